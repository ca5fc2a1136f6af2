//! Where glyphs come from: two embedded fonts, then the fonts installed on the system.

mod fallback;
mod glyph;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use ttf_parser::Face;

use crate::error::PictureError;
use fallback::Fallback;
pub(crate) use glyph::Glyph;

/// The embedded font for everything in words, Chinese and Latin: an OpenType font with CFF outlines.
pub static SONG_FONT: &[u8] = include_bytes!("../../fonts/SealbridgeSong-Bold.otf");
/// The embedded font for numbers: ASCII without serifs.
pub static FIGURES_FONT: &[u8] = include_bytes!("../../fonts/SealbridgeFigures-Bold.otf");

static SONG: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(SONG_FONT, 0).ok());
static FIGURES: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(FIGURES_FONT, 0).ok());

/// The two styles of a seal's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Song (宋体), for everything written in words.
    Song,
    /// Sans serif figures and Latin letters, for numbers.
    Figures,
}

/// The fonts to draw with. Building one is cheap: folders are read when the first character
/// comes that the embedded fonts lack, and what was found is remembered as long as the set lives
/// (a font installed later is seen by a new set only).
#[derive(Debug)]
pub struct FontSet {
    fallback: Fallback,
}

impl FontSet {
    /// The embedded fonts alone, so that the result depends on nothing outside the program.
    pub fn embedded_only() -> Self {
        Self::with_folders(Vec::new())
    }

    /// The embedded fonts, then those in the usual folders of the operating system.
    pub fn system() -> Self {
        Self::with_folders(fallback::usual_folders())
    }

    /// The embedded fonts, then the font files in `folders` and below.
    pub fn with_folders(folders: Vec<PathBuf>) -> Self {
        Self { fallback: Fallback::new(folders) }
    }

    /// The outline of `c`.
    ///
    /// # Errors
    /// [`PictureError::MissingGlyph`] if no font has ink for it, [`PictureError::Font`] if an
    /// embedded font is damaged.
    pub(crate) fn glyph(&self, style: Style, c: char) -> Result<Arc<Glyph>, PictureError> {
        let embedded = match style {
            Style::Figures => &FIGURES,
            Style::Song => &SONG,
        };
        let face = embedded.as_ref().ok_or(PictureError::Font)?;
        match Glyph::of(face, c) {
            Some(glyph) => Ok(Arc::new(glyph)),
            None => self.fallback.glyph(c).ok_or(PictureError::MissingGlyph { character: c }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of GB/T 2312: rows 1 to 9 (symbols) and 16 to 87 (hanzi), decoded from EUC-CN.
    fn gb2312() -> Vec<char> {
        let rows = (0xA1..=0xA9_u8).chain(0xB0..=0xF7);
        let codes = rows.flat_map(|row| (0xA1..=0xFE_u8).map(move |column| [row, column]));
        codes
            // GBK added characters to rows 2, 6 and 8 that GB/T 2312 does not have
            .filter(|code| match code {
                [0xA2, column] => {
                    (0xB1..=0xE2).contains(column)
                        || (0xE5..=0xEE).contains(column)
                        || (0xF1..=0xFC).contains(column)
                }
                [0xA6, column] => (0xA1..=0xB8).contains(column) || (0xC1..=0xD8).contains(column),
                [0xA8, column] => (0xA1..=0xBA).contains(column) || (0xC5..=0xE9).contains(column),
                _ => true,
            })
            .filter_map(|code| {
                let (text, _, failed) = encoding_rs::GBK.decode(&code);
                (!failed).then(|| text.chars().next()).flatten()
            })
            .filter(|&c| !('\u{e000}'..='\u{f8ff}').contains(&c))
            .collect()
    }

    #[test]
    fn every_character_of_gb2312_has_ink() {
        let all = gb2312();
        let hanzi = all.iter().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        assert_eq!((all.len(), hanzi), (7445, 6763));
        let fonts = FontSet::embedded_only();
        let blank: String =
            all.into_iter().filter(|&c| c != '\u{3000}' && fonts.glyph(Style::Song, c).is_err()).collect();
        assert_eq!(blank, "");
    }

    #[test]
    fn names_and_figures_have_ink() {
        let fonts = FontSet::embedded_only();
        for c in "堃喆淼翀珺祎玥镕䶮囍頔翾㛃㬎㳠婳垚焱骉鱻赟龑璟靓晞彧昇囧劼勍𠮷臺灣國際".chars()
        {
            assert!(fonts.glyph(Style::Song, c).is_ok(), "{c}");
        }
        for c in ('!'..='~').chain('！'..='～') {
            assert!(fonts.glyph(Style::Song, c).is_ok(), "{c}");
        }
        for c in ('0'..='9').chain('A'..='Z').chain('a'..='z') {
            assert!(fonts.glyph(Style::Figures, c).is_ok(), "{c}");
        }
    }

    #[test]
    fn installed_fonts_help_where_the_embedded_ones_lack_a_character() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
        let installed = FontSet::with_folders(vec![folder]);
        assert!(FontSet::embedded_only().glyph(Style::Figures, '中').is_err());
        assert!(installed.glyph(Style::Figures, '中').is_ok());
        assert!(installed.glyph(Style::Figures, '𪚥').is_err());
    }

    #[test]
    fn a_character_found_nowhere_is_named() {
        let error = FontSet::embedded_only().glyph(Style::Song, '𪚥').unwrap_err();
        assert!(matches!(error, PictureError::MissingGlyph { character: '𪚥' }));
        assert!(error.to_string().contains("𪚥 (U+2A6A5)"), "{error}");
    }
}
