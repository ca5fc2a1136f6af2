//! Paragraphs and tables, broken into lines and pages.

use super::composer::Composer;
use super::page::{FontFace, PageDraft};
use super::text;

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// The font.
    pub face: FontFace,
    /// Height of a character in millimetres.
    pub size_mm: f64,
    /// Free space before the first line, in characters.
    pub indent: f64,
    /// Whether every line stands in the middle.
    pub is_centred: bool,
}

impl Style {
    /// The title of a document.
    pub const TITLE: Self = Self { face: FontFace::Hei, size_mm: 7.5, indent: 0.0, is_centred: true };
    /// The heading of a section.
    pub const HEADING: Self = Self { face: FontFace::Hei, size_mm: 4.6, indent: 0.0, is_centred: false };
    /// Running text.
    pub const BODY: Self = Self { face: FontFace::Song, size_mm: 4.2, indent: 2.0, is_centred: false };
    /// Text without indentation.
    pub const PLAIN: Self = Self { face: FontFace::Song, size_mm: 4.2, indent: 0.0, is_centred: false };
}

/// Distance from one line to the next, in characters.
const LEADING: f64 = 1.6;
/// Width of table lines in millimetres.
const RULE_MM: f64 = 0.25;
/// Space within a table cell, at each side.
const PADDING_MM: f64 = 1.5;

/// Text that runs over as many pages as it needs.
#[derive(Debug)]
pub struct Flow<'c> {
    composer: &'c mut Composer,
    margin_mm: f64,
    page: PageDraft,
    y: f64,
}

impl<'c> Flow<'c> {
    /// Begins on a new page of the document's usual size with this margin all around.
    pub fn new(composer: &'c mut Composer, margin_mm: f64) -> Self {
        let page = composer.blank();
        Self { composer, margin_mm, page, y: margin_mm }
    }

    /// The usable width in millimetres.
    fn room(&self) -> f64 {
        self.page.size().0 - 2.0 * self.margin_mm
    }

    /// Begins a new page unless `height` more millimetres fit on this one.
    fn need(&mut self, height: f64) {
        if self.y + height > self.page.size().1 - self.margin_mm && self.y > self.margin_mm {
            let blank = self.composer.blank();
            self.composer.push(std::mem::replace(&mut self.page, blank));
            self.y = self.margin_mm;
        }
    }

    /// Begins a new page unless so much still fits on this one.
    pub fn keep(&mut self, height_mm: f64) -> &mut Self {
        self.need(height_mm);
        self
    }

    /// Leaves free space.
    pub fn space(&mut self, height_mm: f64) -> &mut Self {
        self.y += height_mm;
        self
    }

    /// A paragraph.
    pub fn paragraph(&mut self, style: Style, text: &str) -> &mut Self {
        let size = style.size_mm;
        for (index, line) in text::lines(text, self.room() / size, style.indent).iter().enumerate() {
            self.need(size * LEADING);
            let indent = if index == 0 { style.indent * size } else { 0.0 };
            let free = self.room() - text::width(line) * size;
            let x = self.margin_mm + if style.is_centred { free / 2.0 } else { indent };
            self.page.text(x, self.y, size, style.face, line);
            self.y += size * LEADING;
        }
        self
    }

    /// A table with lines around every cell. `columns` are shares of the whole width; rows with fewer cells are
    /// filled up with empty ones.
    pub fn table(&mut self, columns: &[f64], rows: &[&[&str]]) -> &mut Self {
        let total: f64 = columns.iter().sum();
        let widths: Vec<f64> = columns.iter().map(|share| share / total * self.room()).collect();
        for row in rows {
            self.row(&widths, row);
        }
        self.y += 2.0;
        self
    }

    fn row(&mut self, widths: &[f64], row: &[&str]) {
        let size = Style::PLAIN.size_mm * 0.9;
        let cells: Vec<Vec<String>> = widths
            .iter()
            .enumerate()
            .map(|(index, width)| {
                let cell = row.get(index).copied().unwrap_or_default();
                text::lines(cell, (width - 2.0 * PADDING_MM) / size, 0.0)
            })
            .collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        let step = size * LEADING;
        let height = (0..lines).fold(2.0 * PADDING_MM, |height, _| height + step);
        self.need(height);
        let (left, top) = (self.margin_mm, self.y);
        let (right, bottom) = (left + widths.iter().sum::<f64>(), top + height);
        let mut x = left;
        for (width, cell) in widths.iter().zip(&cells) {
            let mut y = top + PADDING_MM + 0.2 * size;
            for line in cell {
                self.page.text(x + PADDING_MM, y, size, FontFace::Song, line);
                y += step;
            }
            self.page.line((x, top), (x, bottom), RULE_MM);
            x += width;
        }
        self.page.line((right, top), (right, bottom), RULE_MM);
        self.page.line((left, top), (right, top), RULE_MM);
        self.page.line((left, bottom), (right, bottom), RULE_MM);
        self.y = bottom;
    }

    /// Two columns of lines that stay together on one page, such as the parties' signatures.
    pub fn columns(&mut self, left: &[&str], right: &[&str]) -> &mut Self {
        let size = Style::PLAIN.size_mm;
        let step = size * 2.0;
        let rows = left.len().max(right.len());
        self.need((0..rows).fold(0.0, |height, _| height + step));
        let middle = self.margin_mm + self.room() / 2.0;
        let top = self.y;
        for (x, lines) in [(self.margin_mm, left), (middle, right)] {
            let mut y = top;
            for line in lines {
                self.page.text(x, y, size, FontFace::Song, line);
                y += step;
            }
            self.y = self.y.max(y);
        }
        self
    }

    /// Where the next line goes: position of the page in the document, and distance from its upper edge in
    /// millimetres.
    pub fn position(&self) -> (usize, f64) {
        (self.composer.page_count(), self.y)
    }

    /// Ends the text; the last page joins the document.
    pub fn end(self) {
        self.composer.push(self.page);
    }
}
