//! The font that stands in for Chinese, Japanese and Korean fonts that are not in the file: one that is installed, else the
//! font that is in the program. One for all pages, so that pictures can be compared.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hayro::hayro_interpret::font::{FontData, FontQuery};
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use ttf_parser::Face;

/// Where systems keep such fonts, and which of the fonts in the file has simplified Chinese forms.
const INSTALLED: [(&str, u32); 8] = [
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
];
/// The largest font file that is read, in bytes.
const MAX_FONT: u64 = 64 << 20;

/// The font that stands in. The file is found at once and read when the font is first wanted: by then the process may
/// open no file any more.
#[derive(Clone)]
pub(crate) struct Fonts(Arc<Inner>);

struct Inner {
    installed: Mutex<Option<(File, u32)>>,
    loaded: OnceLock<(FontData, u32)>,
}

impl Fonts {
    /// The font that is installed, else the one in the program.
    pub(crate) fn find() -> Self {
        let installed = INSTALLED.iter().find_map(|(path, index)| Some((File::open(path).ok()?, *index)));
        Self(Arc::new(Inner { installed: Mutex::new(installed), loaded: OnceLock::new() }))
    }

    fn load(&self) -> (FontData, u32) {
        let load = || {
            let installed = self.0.installed.lock().unwrap_or_else(PoisonError::into_inner).take();
            let read = installed.and_then(|(file, index)| {
                let mut bytes = Vec::new();
                file.take(MAX_FONT).read_to_end(&mut bytes).ok()?;
                Some((Arc::new(bytes) as FontData, index))
            });
            read.unwrap_or_else(|| (Arc::new(picture::SONG_FONT), 0))
        };
        self.0.loaded.get_or_init(load).clone()
    }

    /// The font that stands in, where it was wanted.
    pub(crate) fn face(&self) -> Option<Face<'_>> {
        let (data, index) = self.0.loaded.get()?;
        Face::parse(data.as_ref().as_ref(), *index).ok()
    }

    /// True when these are the bytes of the font that stands in.
    pub(crate) fn is_stand_in(&self, data: &FontData) -> bool {
        let start = |data: &FontData| data.as_ref().as_ref().as_ptr();
        self.0.loaded.get().is_some_and(|(loaded, _)| std::ptr::eq(start(loaded), start(data)))
    }
}

/// What the renderer noticed while it drew a page.
#[derive(Clone, Default)]
pub(crate) struct Noticed(Arc<Flags>);

#[derive(Default)]
struct Flags {
    font: AtomicBool,
    image: AtomicBool,
    annotation: AtomicBool,
    stand_in: AtomicBool,
}

impl Noticed {
    fn set(flag: &AtomicBool) {
        flag.store(true, Ordering::Relaxed);
    }

    /// A font cannot be used.
    pub(crate) fn font(&self) -> bool {
        self.0.font.load(Ordering::Relaxed)
    }

    /// A picture cannot be decoded.
    pub(crate) fn image(&self) -> bool {
        self.0.image.load(Ordering::Relaxed)
    }

    /// An annotation has an appearance that cannot be used.
    pub(crate) fn annotation(&self) -> bool {
        self.0.annotation.load(Ordering::Relaxed)
    }

    /// A font is not in the file, and another stands in.
    pub(crate) fn stand_in(&self) -> bool {
        self.0.stand_in.load(Ordering::Relaxed)
    }

    /// The settings of the renderer that notice it.
    pub(crate) fn settings(&self, fonts: &Fonts) -> InterpreterSettings {
        let (fonts, asked, told) = (fonts.clone(), self.clone(), self.clone());
        InterpreterSettings {
            font_resolver: Arc::new(move |query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                // A composite font: only it can have such characters.
                FontQuery::Fallback(font) if font.character_collection.is_some() => {
                    Self::set(&asked.0.stand_in);
                    Some(fonts.load())
                }
                FontQuery::Fallback(font) => Some(font.pick_standard_font().get_font_data()),
            }),
            warning_sink: Arc::new(move |warning| match warning {
                InterpreterWarning::UnsupportedFont => Self::set(&told.0.font),
                InterpreterWarning::ImageDecodeFailure => Self::set(&told.0.image),
                InterpreterWarning::UnresolvedAnnotationAppearance => Self::set(&told.0.annotation),
                _ => {}
            }),
            ..InterpreterSettings::default()
        }
    }
}
