//! Text with its places, to put a seal at a keyword (关键字定位): ISO 32000-1 §9.
//!
//! Content streams are followed as far as text needs it: the matrices, the text operators, forms within pages. What a
//! font shows becomes Unicode by its `ToUnicode`, by its encoding and the names of its glyphs, or by a predefined CMap
//! whose codes are Unicode, GBK or GB 18030 themselves.
//!
//! Not read are text in pictures, text drawn as lines, fonts that say nowhere what their glyphs mean (`Identity-H`
//! without `ToUnicode`), appearances of annotations, and `ActualText`. Text that is drawn invisibly is read: it lies
//! over scanned pages. Widths of predefined CMaps are those of ASCII and of whole squares. What a page has that cannot
//! be read is left out.

mod cmap;
mod content;
mod encoding;
mod font;
mod load;
mod search;
pub(super) mod sound;
mod widths;

use super::matrix::around;
use super::{Page, Pdf, PdfError, Rect, Stream};
use content::Interpreter;

/// The most places of a keyword in one file.
const MOST_MATCHES: usize = 10_000;
/// The longest keyword in characters.
const MOST_KEYWORD: usize = 1_000;

/// A place of a keyword.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextMatch {
    /// Position of the page, counted from zero.
    pub page: usize,
    /// The box around it in the page's user space, in units of [`Page::user_unit`].
    pub rect: Rect,
}

/// What one string of a content stream shows.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRun {
    /// Its text. Glyphs whose meaning is not known are U+FFFD.
    pub text: String,
    /// The box around it in the page's user space.
    pub rect: Rect,
}

/// One glyph of a form or a page.
#[derive(Clone, Debug, PartialEq)]
pub struct TextGlyph {
    /// Its text; U+FFFD where that is not known.
    pub text: String,
    /// The box around it in the space of the form or the page.
    pub rect: Rect,
    /// Where its type begins on the line.
    pub origin: (f64, f64),
    /// Its font, told apart from the others on the same page or form.
    pub font: usize,
    /// Its code in the font.
    pub code: u64,
}

/// What the strings of a form XObject (§8.10), or of a page, show.
#[derive(Clone, Debug, PartialEq)]
pub struct FormText {
    /// Its glyphs in the order in which they are drawn.
    pub glyphs: Vec<TextGlyph>,
    /// False when there are strings in a font that cannot be read, when its content is not such that all readers follow
    /// it alike, and, of a page, when it is not known how wide the glyphs are.
    pub is_whole: bool,
}

impl Pdf<'_> {
    /// The glyphs that a form shows, an appearance for example, in its own space, and those of the forms that it draws.
    ///
    /// # Errors
    /// When its content cannot be read, or there is more than the limits allow.
    pub fn form_text(&self, form: &Stream) -> Result<FormText, PdfError> {
        let mut interpreter = Interpreter::strict(self);
        let text = interpreter.drawn(form)?;
        Ok(FormText { glyphs: text.told(), is_whole: !interpreter.is_unread() })
    }

    /// The glyphs that a page shows, in its user space, and those of the forms that it draws.
    ///
    /// # Errors
    /// When there is more than the limits allow.
    pub fn page_text(&self, page: &Page) -> Result<FormText, PdfError> {
        let mut interpreter = Interpreter::strict(self);
        let text = interpreter.page(page)?;
        let is_whole = !interpreter.is_unread() && !interpreter.is_displaced();
        Ok(FormText { glyphs: text.told(), is_whole })
    }

    /// The places of a keyword within what pages show (their CropBox), page by page and from the top. A keyword may go
    /// over several strings of one line; spaces, and whether characters have full or half width, do not count.
    ///
    /// # Errors
    /// When the pages cannot be read, and when there is more than the limits allow: work, fonts, matches, the length
    /// of the keyword.
    pub fn find_text(&self, keyword: &str) -> Result<Vec<TextMatch>, PdfError> {
        let wanted = search::normal(keyword);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        if wanted.chars().count() > MOST_KEYWORD {
            return Err(PdfError::Limit("length of the keyword"));
        }
        let mut interpreter = Interpreter::new(self);
        let mut matches = Vec::new();
        for (position, page) in self.pages()?.iter().enumerate() {
            let text = interpreter.page(page)?;
            for rect in search::places(&text, &wanted) {
                if rect.overlaps(&page.crop_box) {
                    matches.push(TextMatch { page: position, rect });
                }
                if matches.len() > MOST_MATCHES {
                    return Err(PdfError::Limit("places of the keyword"));
                }
            }
        }
        Ok(matches)
    }

    /// The text of a page, string by string in the order in which it is drawn.
    ///
    /// # Errors
    /// When there is more than the limits allow.
    pub fn text_runs(&self, page: &Page) -> Result<Vec<TextRun>, PdfError> {
        let text = Interpreter::new(self).page(page)?;
        Ok(text.runs())
    }
}

/// The glyphs of a page.
#[derive(Debug, Default)]
struct PageText {
    /// The text of all glyphs.
    text: String,
    glyphs: Vec<Glyph>,
}

/// One glyph.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    /// Where its text begins and ends.
    text: (usize, usize),
    rect: Rect,
    /// Where it begins, and the direction in which its line goes on.
    origin: (f64, f64),
    direction: (f64, f64),
    /// Where it ends along the line, from its origin.
    advance: f64,
    /// Size of its type on the page.
    size: f64,
    /// Number of its string.
    run: u32,
    /// Its font, and its code there.
    font: usize,
    code: u64,
}

impl PageText {
    fn text_of(&self, glyph: &Glyph) -> &str {
        self.text.get(glyph.text.0..glyph.text.1).unwrap_or_default()
    }

    fn told(&self) -> Vec<TextGlyph> {
        let told = self.glyphs.iter().map(|glyph| TextGlyph {
            text: self.text_of(glyph).to_owned(),
            rect: glyph.rect,
            origin: glyph.origin,
            font: glyph.font,
            code: glyph.code,
        });
        told.collect()
    }

    fn runs(&self) -> Vec<TextRun> {
        let same = |a: &Glyph, b: &Glyph| a.run == b.run;
        let runs = self.glyphs.chunk_by(same).map(|glyphs| TextRun {
            text: glyphs.iter().map(|glyph| self.text_of(glyph)).collect(),
            rect: around(glyphs.iter().map(|glyph| glyph.rect)),
        });
        runs.collect()
    }
}
