//! Where a seal is shown.

use super::document::{Document, Found, Opened, PageSize};
use super::error::SealingError;
use super::free::Taken;
use crate::ofd::{Along, Edge, Rect, RidingSeal, Stamp};

/// A place for a seal, in millimetres from the left upper corner of the page as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// Its left upper corner.
    At {
        /// Position of the page, counted from zero.
        page_index: usize,
        /// From the left edge.
        x_mm: f64,
        /// From the upper edge.
        y_mm: f64,
    },
    /// Near the lower right corner, beside the seals that are there already.
    Corner {
        /// Position of the page, counted from zero.
        page_index: usize,
        /// Distance from both edges, as far as the page has room.
        margin_mm: f64,
    },
    /// Cut over an edge of all pages (骑缝章), in its middle or beside the one that is there already.
    Riding {
        /// The edge.
        edge: Edge,
        /// Over so many pages one seal is cut at most.
        pages_per_seal: usize,
    },
    /// Its middle on the middle of a text (关键字), as far as the page has room.
    Keyword {
        /// The text. White space is not compared.
        text: String,
        /// Where the text stands more than once.
        which: Which,
    },
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The first of the document.
    First,
    /// The last one; the block for the seals is at a document's end mostly.
    Last,
    /// Every one.
    Every,
}

impl Document<'_> {
    /// Slices are cut alike in both kinds of document, and refused as one of this kind.
    fn refusal(&self, error: SealingError) -> SealingError {
        match (&self.0, error) {
            (Opened::Pdf { .. }, SealingError::Ofd(error)) => {
                SealingError::Pdf(crate::pdf::seal::SealError::Riding(error))
            }
            (_, error) => error,
        }
    }

    /// The stamps of a seal of this size, in the document's order.
    ///
    /// # Errors
    /// [`SealingError`] when there is no such page or text, or the pages cannot take a riding seal. Whether a stamp
    /// lies on its page is checked when the placement is prepared.
    pub fn stamps(&self, place: &Place, seal: PageSize) -> Result<Vec<Stamp>, SealingError> {
        let at = |page_index, x, y| Stamp::at(page_index, x, y, seal.width_mm, seal.height_mm);
        match place {
            Place::At { page_index, x_mm, y_mm } => {
                self.page_size(*page_index)?;
                Ok(vec![at(*page_index, *x_mm, *y_mm)])
            }
            Place::Corner { page_index, margin_mm } => {
                let page = self.page_size(*page_index)?;
                Ok(vec![Taken::of(self).corner(*page_index, page, seal, *margin_mm)])
            }
            Place::Riding { edge, pages_per_seal } => {
                let riding = RidingSeal {
                    width_mm: seal.width_mm,
                    height_mm: seal.height_mm,
                    edge: *edge,
                    along: Along::Middle,
                    pages_per_seal: *pages_per_seal,
                };
                let stamps = Taken::of(self).riding(riding, &self.sheets()?);
                stamps.map_err(|error| self.refusal(error))
            }
            Place::Keyword { text, which } => {
                let found = self.find(text)?;
                let chosen: &[Found] = match which {
                    Which::First => found.get(..1),
                    Which::Last => found.len().checked_sub(1).and_then(|last| found.get(last..)),
                    Which::Every => Some(found.as_slice()).filter(|found| !found.is_empty()),
                }
                .ok_or_else(|| SealingError::no_keyword(text))?;
                let middle = |found: &Found| {
                    let page = self.page_size(found.page_index)?;
                    let Rect { x, y, width, height } = found.rect;
                    let from =
                        |middle: f64, page: f64, seal: f64| (middle - seal / 2.0).min(page - seal).max(0.0);
                    let x = from(x + width / 2.0, page.width_mm, seal.width_mm);
                    Ok(at(found.page_index, x, from(y + height / 2.0, page.height_mm, seal.height_mm)))
                };
                chosen.iter().map(middle).collect()
            }
        }
    }

    /// All pages with their sheets, the corners at zero.
    fn sheets(&self) -> Result<Vec<(usize, Rect)>, SealingError> {
        (0..self.page_count())
            .map(|index| {
                let PageSize { width_mm, height_mm } = self.page_size(index)?;
                Ok((index, Rect { x: 0.0, y: 0.0, width: width_mm, height: height_mm }))
            })
            .collect()
    }
}
