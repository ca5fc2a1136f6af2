//! How pages look: drawn as they were signed and as they are now, and compared.
//!
//! The verifier draws nothing and starts nothing itself: somebody who can draw is handed over ([`PageDrawer`]), as the
//! network is ([`crate::Fetcher`]) and the register. What came of each comparison is written down beside a report, so that
//! judging again needs nobody who draws, and no clock.

mod difference;
mod look;
mod session;

use std::fmt;
use std::sync::Arc;

pub(crate) use difference::PixelBox;
pub(crate) use look::{Entry, Look, Seen};
pub(crate) use session::{Place, Session};

use look::Tape;

use crate::text::Text;

/// A page as it looks.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue and alpha of each pixel, eight bits each; rows from above. The page is on white, so alpha is 255.
    pub pixels: Vec<u8>,
    /// From the page's own space in points (ISO 32000-1 §8.3.2.3) to pixels counted from the upper left corner:
    /// `x' = a·x + c·y + e`, `y' = b·x + d·y + f`, in the order a b c d e f.
    pub to_pixels: [f64; 6],
    /// How many pages the document has for whoever drew it.
    pub pages: u32,
    /// What of the page is not in the picture.
    pub lacks: Lacks,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {}, {:?})", self.width, self.height, self.lacks)
    }
}

/// What of a page could not be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Lacks {
    /// Text, for want of a font.
    pub text: bool,
    /// A picture.
    pub image: bool,
    /// An annotation.
    pub annotation: bool,
}

impl Lacks {
    const WORDS: [(&'static str, Text); 3] = [
        (
            "text",
            Text::new(
                "部分文字未绘出（字体未嵌入）",
                "some text was not drawn, whose font is not in the file",
            ),
        ),
        ("image", Text::new("部分图片未绘出", "a picture was not drawn")),
        ("annotation", Text::new("部分批注未绘出", "an annotation was not drawn")),
    ];

    /// Those that apply: a stable word each, and what it says.
    pub(crate) fn told(self) -> impl Iterator<Item = (&'static str, Text)> {
        let flags = [self.text, self.image, self.annotation];
        Self::WORDS.into_iter().zip(flags).filter(|(_, is_lacking)| *is_lacking).map(|(word, _)| word)
    }

    /// What either of two pictures lacks.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            text: self.text || other.text,
            image: self.image || other.image,
            annotation: self.annotation || other.annotation,
        }
    }
}

/// Why there is no picture of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotDrawn {
    /// There is nobody who draws.
    NoRenderer,
    /// The document is larger than is drawn.
    TooLarge,
    /// The page is so large, or so long and narrow, that it is not drawn.
    Shape,
    /// The document cannot be opened by whoever draws.
    Unreadable,
    /// It has another number of pages for whoever draws.
    OtherPages,
    /// It took too long.
    Deadline,
    /// Drawing broke down: too much memory, or something worse.
    BrokeDown,
    /// Too much time was spent on this document, or drawing broke down too often.
    GivenUp,
    /// More pages than are compared.
    Beyond,
    /// The revision that is signed cannot be opened by itself.
    NoRevision,
    /// The record does not say what came of it.
    NotRecorded,
}

impl NotDrawn {
    const ALL: [(Self, &'static str, Text); 11] = [
        (Self::NoRenderer, "noRenderer", Text::new("没有可用的绘制程序", "there is nobody who draws")),
        (Self::TooLarge, "tooLarge", Text::new("文件过大", "the file is too large to be drawn")),
        (Self::Shape, "shape", Text::new("页面尺寸超出限度", "the size of the page is out of bounds")),
        (Self::Unreadable, "unreadable", Text::new("绘制程序无法打开", "it cannot be opened to be drawn")),
        (
            Self::OtherPages,
            "otherPages",
            Text::new("绘制程序看到的页数不同", "whoever draws it finds another number of pages"),
        ),
        (Self::Deadline, "deadline", Text::new("绘制超时", "drawing took too long")),
        (
            Self::BrokeDown,
            "brokeDown",
            Text::new("绘制中断（内存或程序错误）", "drawing broke down, for want of memory or otherwise"),
        ),
        (
            Self::GivenUp,
            "givenUp",
            Text::new("用时过多或多次中断，不再绘制", "given up after too much time or too many breakdowns"),
        ),
        (Self::Beyond, "beyond", Text::new("超出比对页数上限", "more pages than are compared")),
        (
            Self::NoRevision,
            "noRevision",
            Text::new("所签修订版无法单独打开", "the revision that is signed cannot be opened by itself"),
        ),
        (Self::NotRecorded, "notRecorded", Text::new("记录中没有比对结果", "the record does not say")),
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, word, _)| word)
    }

    /// What it says, for people.
    pub fn text(self) -> Text {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or(Text::new("", ""), |(.., text)| *text)
    }

    /// The reason that a word stands for.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(one, ..)| *one)
    }
}

/// Somebody who draws pages of PDF documents. The documents come from outside: they must not be able to do harm, take
/// more time than they are given, or more memory.
pub trait PageDrawer: fmt::Debug + Send + Sync {
    /// Who draws, with its version: it stands in the record of a report.
    fn name(&self) -> String;

    /// Takes a document to draw pages of it.
    fn open<'d>(&'d self, document: &'d [u8]) -> Box<dyn Drawing + 'd>;
}

/// A document of which pages are drawn.
pub trait Drawing {
    /// Draws a page, counted from zero, of the document as if the file ended at an offset; `width` pixels wide.
    ///
    /// # Errors
    /// Why there is no picture. The next page may be drawn all the same.
    fn draw(&mut self, end: usize, page: u32, width: u32) -> Result<Picture, NotDrawn>;
}

/// That pages are compared by how they look, and who draws them.
#[derive(Clone)]
pub struct Rendering(Source);

#[derive(Clone)]
enum Source {
    /// They are drawn; what came of it is written down where somebody wants that.
    Drawn { by: Option<Arc<dyn PageDrawer>>, tape: Option<Arc<Tape>> },
    /// What was written down.
    Recorded(Arc<Tape>),
}

impl Rendering {
    /// Drawn by somebody.
    pub fn by(drawer: Arc<dyn PageDrawer>) -> Self {
        Self(Source::Drawn { by: Some(drawer), tape: None })
    }

    /// Wanted, and nobody there who draws: the report says so of every page.
    pub fn without_drawer() -> Self {
        Self(Source::Drawn { by: None, tape: None })
    }

    /// The name of the rules by which pages are compared.
    pub(crate) const RULES: &'static str = "pages-1";

    /// The same, writing down what comes of it.
    pub(crate) fn recording(&self) -> Self {
        match &self.0 {
            Source::Drawn { by, .. } => {
                Self(Source::Drawn { by: by.clone(), tape: Some(Arc::new(Tape::default())) })
            }
            Source::Recorded(tape) => Self(Source::Recorded(Arc::clone(tape))),
        }
    }

    /// Not drawn: what was written down is what they look like.
    pub(crate) fn recorded(entries: Vec<Entry>) -> Self {
        Self(Source::Recorded(Arc::new(Tape::of(entries))))
    }

    /// Who draws.
    pub(crate) fn drawer_name(&self) -> String {
        match &self.0 {
            Source::Drawn { by: Some(drawer), .. } => drawer.name(),
            Source::Drawn { by: None, .. } | Source::Recorded(_) => String::new(),
        }
    }

    /// What was written down, in order.
    pub(crate) fn take(&self) -> Vec<Entry> {
        match &self.0 {
            Source::Drawn { tape: Some(tape), .. } | Source::Recorded(tape) => tape.take(),
            Source::Drawn { tape: None, .. } => Vec::new(),
        }
    }

    /// True when every comparison that was asked for stood in the record, and no other.
    pub(crate) fn was_complete(&self) -> bool {
        match &self.0 {
            Source::Recorded(tape) => tape.was_complete(),
            Source::Drawn { .. } => true,
        }
    }

    /// Begins with a document.
    pub(crate) fn session<'s>(&'s self, document: &'s [u8]) -> Session<'s> {
        match &self.0 {
            Source::Drawn { by, tape } => {
                Session::drawing(by.as_ref().map(|drawer| drawer.open(document)), tape.as_deref(), document)
            }
            Source::Recorded(tape) => Session::playing(tape),
        }
    }
}

impl fmt::Debug for Rendering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::Drawn { .. } => "Rendering(drawn)",
            Source::Recorded(_) => "Rendering(recorded)",
        })
    }
}
