//! What is drawn on one page.

use super::text::advance;
use crate::ofd::NAMESPACE;
use crate::ofd::values::millimetres;
use crate::xml;
use std::fmt::Write as _;

/// A font by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FontFace {
    /// 宋体, for running text.
    Song,
    /// 黑体, for headings.
    Hei,
}

impl FontFace {
    /// All fonts, in the order of the resource file.
    pub(super) const ALL: [Self; 2] = [Self::Song, Self::Hei];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Song => "宋体",
            Self::Hei => "黑体",
        }
    }

    fn index(self) -> usize {
        Self::ALL.iter().position(|face| *face == self).unwrap_or(0)
    }
}

/// A page in the making; all lengths in millimetres from the left upper corner.
#[derive(Debug, Clone)]
pub struct PageDraft {
    width_mm: f64,
    height_mm: f64,
    marks: Vec<Mark>,
}

/// Something drawn. [`crate::pdf::compose`] writes the same marks as PDF.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    Text { x: f64, y: f64, size: f64, face: FontFace, text: String },
    Line { from: (f64, f64), to: (f64, f64), width: f64 },
}

impl PageDraft {
    pub(super) fn new(width_mm: f64, height_mm: f64) -> Self {
        Self { width_mm, height_mm, marks: Vec::new() }
    }

    /// What is drawn, in order.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        (self.width_mm, self.height_mm)
    }

    /// A line of text whose box begins at `x`, `y`; `size` is the height of a character.
    pub fn text(&mut self, x: f64, y: f64, size: f64, face: FontFace, text: &str) -> &mut Self {
        if !text.is_empty() {
            self.marks.push(Mark::Text { x, y, size, face, text: text.to_owned() });
        }
        self
    }

    /// A straight line of the given width.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64) -> &mut Self {
        self.marks.push(Mark::Line { from, to, width });
        self
    }

    /// The page's file. `usual` is the document's page size, `font_ids` the ids of [`FontFace::ALL`].
    pub(super) fn to_xml(
        &self,
        usual: (f64, f64),
        font_ids: &[u64; Self::FONTS],
        next_id: &mut dyn FnMut() -> u64,
    ) -> String {
        let mut out = format!(r#"<ofd:Page xmlns:ofd="{NAMESPACE}">"#);
        // Writing into a String cannot fail.
        let _ = self.write(&mut out, usual, font_ids, next_id);
        out
    }

    /// Number of fonts.
    pub(super) const FONTS: usize = FontFace::ALL.len();

    fn write(
        &self,
        out: &mut String,
        usual: (f64, f64),
        font_ids: &[u64; Self::FONTS],
        next_id: &mut dyn FnMut() -> u64,
    ) -> std::fmt::Result {
        let (width, height) = self.size();
        if self.size() != usual {
            write!(out, "<ofd:Area><ofd:PhysicalBox>0 0 {width} {height}</ofd:PhysicalBox></ofd:Area>")?;
        }
        write!(out, r#"<ofd:Content><ofd:Layer ID="{}">"#, next_id())?;
        for mark in &self.marks {
            let id = next_id();
            match mark {
                Mark::Text { x, y, size, face, text } => {
                    let font = font_ids.get(face.index()).copied().unwrap_or_default();
                    write_text(out, id, font, (*x, *y), *size, text)?;
                }
                Mark::Line { from, to, width } => write_line(out, id, *from, *to, *width)?,
            }
        }
        out.push_str("</ofd:Layer></ofd:Content></ofd:Page>");
        Ok(())
    }
}

/// A text object (§11.3): every character but the last with its advance.
fn write_text(
    out: &mut String,
    id: u64,
    font: u64,
    (x, y): (f64, f64),
    size: f64,
    text: &str,
) -> std::fmt::Result {
    let advances: Vec<f64> = text.chars().map(|character| advance(character) * size).collect();
    let width: f64 = advances.iter().sum();
    let [x, y, width, height] = [x, y, width, size * 1.3].map(millimetres);
    write!(out, r#"<ofd:TextObject ID="{id}" Boundary="{x} {y} {width} {height}""#)?;
    write!(out, r#" Font="{font}" Size="{}">"#, millimetres(size))?;
    write!(out, r#"<ofd:TextCode X="0" Y="{}""#, millimetres(size))?;
    let steps = advances.split_last().map_or(&[][..], |(_, steps)| steps);
    if !steps.is_empty() {
        let steps: Vec<String> = steps.iter().map(|step| millimetres(*step)).collect();
        write!(out, r#" DeltaX="{}""#, steps.join(" "))?;
    }
    write!(out, ">{}</ofd:TextCode></ofd:TextObject>", xml::text(text))
}

/// A path object (§9.1) of one stroke. Its box has room for the width of the line.
fn write_line(out: &mut String, id: u64, from: (f64, f64), to: (f64, f64), width: f64) -> std::fmt::Result {
    let corner = (from.0.min(to.0) - width, from.1.min(to.1) - width);
    let size = ((from.0 - to.0).abs() + 2.0 * width, (from.1 - to.1).abs() + 2.0 * width);
    let [x, y, wide, high] = [corner.0, corner.1, size.0, size.1].map(millimetres);
    let [x1, y1, x2, y2] =
        [from.0 - corner.0, from.1 - corner.1, to.0 - corner.0, to.1 - corner.1].map(millimetres);
    write!(out, r#"<ofd:PathObject ID="{id}" Boundary="{x} {y} {wide} {high}""#)?;
    write!(out, r#" LineWidth="{}"><ofd:AbbreviatedData>"#, millimetres(width))?;
    write!(out, "M {x1} {y1} L {x2} {y2}</ofd:AbbreviatedData></ofd:PathObject>")
}
