//! Riding seals (骑缝章): one seal cut into slices along the edge of several pages, so that laid over one another
//! they show it whole. The stamp of each page holds the whole seal, shifted so that its slice meets the edge,
//! and a clip that leaves only the slice.

use super::error::SealError;
use super::placement::Stamp;
use crate::ofd::Rect;
use crate::ofd::values::rounded;

/// Narrower slices cannot be seen, and rounding would matter.
const NARROWEST_MM: f64 = 0.5;

/// The edge of the pages along which the seal is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The left edge.
    Left,
    /// The right edge, the usual one.
    Right,
    /// The upper edge.
    Top,
    /// The lower edge.
    Bottom,
}

/// Where along the edge the seal is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Along {
    /// In the middle of each page's edge.
    Middle,
    /// So many millimetres from the edge's left or upper end.
    Millimetres(f64),
}

/// A riding seal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RidingSeal {
    /// Width of the whole seal in millimetres.
    pub width_mm: f64,
    /// Height of the whole seal in millimetres.
    pub height_mm: f64,
    /// The edge.
    pub edge: Edge,
    /// Where along the edge.
    pub along: Along,
    /// Over how many pages one seal is cut at most; a longer document gets several, as even as possible.
    pub pages_per_seal: usize,
}

impl RidingSeal {
    /// The stamps over `pages`, given by position in the document and physical box; the boxes may differ.
    ///
    /// # Errors
    /// [`SealError::Slices`] for fewer than two pages or slices too narrow. Whether the stamps fit on the pages
    /// is checked when the placement is prepared.
    pub fn stamps(&self, pages: &[(usize, Rect)]) -> Result<Vec<Stamp>, SealError> {
        let groups = groups(pages.len(), self.pages_per_seal);
        let mut stamps = Vec::with_capacity(pages.len());
        let mut rest = pages;
        for group in 0..groups {
            // The first groups take one page more where the division leaves a rest.
            let count = pages.len() / groups + usize::from(group < pages.len() % groups);
            let (now, later) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = later;
            self.group(now, &mut stamps)?;
        }
        Ok(stamps)
    }

    /// One seal over `pages`.
    fn group(&self, pages: &[(usize, Rect)], stamps: &mut Vec<Stamp>) -> Result<(), SealError> {
        let length = match self.edge {
            Edge::Left | Edge::Right => self.width_mm,
            Edge::Top | Edge::Bottom => self.height_mm,
        };
        let slices = pages.len();
        let cut = cuts(length, slices);
        let sensible = self.width_mm.is_finite() && self.height_mm.is_finite();
        if slices < 2 || !sensible || length / count(slices) < NARROWEST_MM {
            return Err(SealError::Slices { length_mm: whole_mm(length), slices });
        }
        for ((page_index, page), (from, to)) in pages.iter().zip(cut) {
            let (boundary, clip) = self.slice(*page, from, to);
            stamps.push(Stamp { page_index: *page_index, boundary, clip: Some(clip) });
        }
        Ok(())
    }

    /// The boundary and clip on a page that shows the seal from `from` to `to` of the side that is cut.
    fn slice(&self, page: Rect, from: f64, to: f64) -> (Rect, Rect) {
        let (width, height) = (self.width_mm, self.height_mm);
        let along = |edge: f64, side: f64| match self.along {
            Along::Middle => rounded((edge - side) / 2.0),
            Along::Millimetres(distance) => distance,
        };
        let (x, y) = match self.edge {
            Edge::Right => (rounded(page.width - to), along(page.height, height)),
            Edge::Left => (rounded(-from), along(page.height, height)),
            Edge::Bottom => (along(page.width, width), rounded(page.height - to)),
            Edge::Top => (along(page.width, width), rounded(-from)),
        };
        let clip = match self.edge {
            Edge::Left | Edge::Right => Rect { x: from, y: 0.0, width: rounded(to - from), height },
            Edge::Top | Edge::Bottom => Rect { x: 0.0, y: from, width, height: rounded(to - from) },
        };
        (Rect { x, y, width, height }, clip)
    }
}

/// Into how many seals the pages are divided: as few as `most` allows, but none over a single page.
fn groups(pages: usize, most: usize) -> usize {
    let most = most.max(2);
    pages.div_ceil(most).min(pages / 2).max(1)
}

/// The slices of `length`, each from one rounded cut to the next, so that nothing is lost or shown twice.
fn cuts(length: f64, slices: usize) -> impl Iterator<Item = (f64, f64)> {
    let at = move |slice: usize| rounded(length * count(slice) / count(slices));
    (0..slices).map(move |slice| (at(slice), at(slice + 1)))
}

/// A number of pages as a length factor; documents have far fewer than 2^32.
fn count(pages: usize) -> f64 {
    f64::from(u32::try_from(pages).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for a message; the cast saturates"
)]
fn whole_mm(length: f64) -> u32 {
    length as u32
}
