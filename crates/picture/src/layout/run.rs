//! A text as a row of items with widths, and how a glyph is fitted into its cell.

use std::sync::Arc;

use crate::{
    error::PictureError,
    font::{FontSet, Glyph, Style},
    geometry::{Affine, Cell, Point},
    text,
};

/// Width of a space, where a hanzi has 1.
const SPACE: f64 = 0.45;
/// Room on both sides of a narrow glyph together, in em.
const SIDE_ROOM: f64 = 0.14;
/// The square of a hanzi reaches from this far above the baseline to [`EM_BOTTOM`] below, in em.
const EM_TOP: f64 = 0.88;
const EM_BOTTOM: f64 = 0.12;

/// What of a glyph is stretched to its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The whole square of the em: hanzi keep their distance from each other.
    Square,
    /// Across the ink, down the square of the em: Latin letters and marks among hanzi.
    Ink,
    /// The ink, its proportions kept: Latin letters and marks in a column.
    Upright,
    /// The ink both ways: figures, which stand alone and are all as high as capitals.
    Figure,
}

/// One character.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// To be drawn.
    Glyph { glyph: Arc<Glyph>, fit: Fit, width: f64 },
    /// Room only.
    Space,
}

impl Item {
    fn width(&self) -> f64 {
        match self {
            Self::Glyph { width, .. } => *width,
            Self::Space => SPACE,
        }
    }
}

/// A row of characters, not empty. Widths are shares of the width of a hanzi.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    items: Vec<Item>,
}

impl Run {
    /// Finds the glyphs of `text`.
    pub(crate) fn new(fonts: &FontSet, style: Style, text: &str) -> Result<Self, PictureError> {
        let items = text.chars().map(|c| item(fonts, style, c)).collect::<Result<_, _>>()?;
        Ok(Self { items })
    }

    /// The same text to be set downwards: widths become heights, and what is not a hanzi takes
    /// only the height of its ink.
    pub(crate) fn downwards(mut self) -> Self {
        for item in &mut self.items {
            if let Item::Glyph { glyph, fit: fit @ Fit::Ink, width } = item {
                (*fit, *width) = (Fit::Upright, glyph.ink.height() + SIDE_ROOM);
            }
        }
        self
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The sum of all widths.
    pub(crate) fn width(&self) -> f64 {
        self.items.iter().map(Item::width).sum()
    }

    /// For each item the distance of its middle from the start of the run, and its width.
    pub(crate) fn stops(&self) -> impl Iterator<Item = (f64, f64)> {
        self.items.iter().scan(0.0, |reached, item| {
            let (start, width) = (*reached, item.width());
            *reached = start + width;
            Some((start + width / 2.0, width))
        })
    }

    /// The run cut into pieces of the given numbers of items, for columns.
    pub(crate) fn split(&self, counts: &[usize]) -> Vec<Self> {
        let mut rest = self.items.iter().cloned();
        counts.iter().map(|&count| Self { items: rest.by_ref().take(count).collect() }).collect()
    }
}

fn item(fonts: &FontSet, style: Style, c: char) -> Result<Item, PictureError> {
    if text::is_space(c) {
        return Ok(Item::Space);
    }
    let glyph = fonts.glyph(style, c)?;
    let (fit, width) = match style {
        Style::Figures => (Fit::Figure, 1.0),
        Style::Song if text::fills_its_square(c) => (Fit::Square, 1.0),
        Style::Song => (Fit::Ink, (glyph.ink.width() + SIDE_ROOM).min(1.0)),
    };
    Ok(Item::Glyph { glyph, fit, width })
}

/// The map that puts `glyph` into `cell`.
pub(crate) fn fit(glyph: &Glyph, fit: Fit, cell: &Cell) -> Affine {
    let em = Point::new(glyph.advance.max(0.5) / 2.0, (EM_BOTTOM - EM_TOP) / 2.0);
    let ink = glyph.ink.centre();
    let height = cell.height;
    let (middle, scale) = match fit {
        Fit::Square => (em, Point::new(cell.width / (em.x * 2.0), height)),
        Fit::Ink => {
            let across = cell.width / (glyph.ink.width() + SIDE_ROOM);
            (Point::new(ink.x, em.y), Point::new(across, height))
        }
        Fit::Upright => {
            let across = cell.width / (glyph.ink.width() + SIDE_ROOM).max(1.0);
            let scale = across.min(height / (glyph.ink.height() + SIDE_ROOM));
            (ink, Point::new(scale, scale))
        }
        Fit::Figure => {
            // thin figures such as 1 and I keep their slenderness
            let across = cell.width * 0.88 / glyph.ink.width().max(0.5);
            (ink, Point::new(across, height / glyph.ink.height()))
        }
    };
    Affine::place(Point::new(-middle.x, -middle.y), scale, cell.angle, cell.centre)
}
