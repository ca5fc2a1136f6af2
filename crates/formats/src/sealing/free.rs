//! Places that no earlier seal takes: a seal that covers another makes people and verifiers doubt the one beneath.

use super::document::{Document, Opened, PageSize};
use super::error::SealingError;
use crate::ofd::{Along, Edge, Id, Rect, RidingSeal, Stamp};
use crate::pdf;
use std::collections::HashMap;

/// Distance that is kept from an earlier seal, in millimetres.
const GAP_MM: f64 = 2.0;
/// Places that are tried in a row, rows that are tried, and places along an edge.
const MOST_TRIES: u32 = 20;

/// Seals that are shown already.
pub(super) struct Taken(Vec<(usize, Rect)>);

impl Taken {
    /// The seals of a document. What cannot be read is left out: the preparing step refuses it.
    pub(super) fn of(document: &Document<'_>) -> Self {
        match &document.0 {
            Opened::Ofd { package, document } => {
                let pages: HashMap<_, _> = document
                    .pages
                    .iter()
                    .enumerate()
                    .map(|(index, page)| (Id::of(&page.id), index))
                    .collect();
                let list = package.signatures(0).ok().flatten();
                let signatures = list.iter().flat_map(|list| &list.entries);
                let signatures = signatures.filter_map(|entry| package.signature(entry).ok());
                let stamps = signatures.flat_map(|signature| signature.signed_info.stamps.clone());
                Self(
                    stamps
                        .filter_map(|stamp| {
                            let page = pages.get(&Id::of(&stamp.page_ref))?;
                            Some((*page, shown(stamp.boundary?, stamp.clip)))
                        })
                        .collect(),
                )
            }
            Opened::Pdf { file, pages } => {
                let form = file.form().unwrap_or_default();
                let signed = form.fields.iter().filter(|field| {
                    field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig") && field.value.is_some()
                });
                let widgets = signed.flat_map(|field| &field.widgets);
                Self(
                    widgets
                        .filter_map(|widget| {
                            let page = widget.page?;
                            Some((page, pdf::seal::on_sheet(pages.get(page)?, &widget.rect)))
                        })
                        .collect(),
                )
            }
        }
    }

    fn is_free(&self, stamp: &Stamp) -> bool {
        let new = shown(stamp.boundary, stamp.clip);
        self.0.iter().all(|(page, old)| *page != stamp.page_index || !overlap(&new, old))
    }

    /// The place nearest to the lower right corner that is free: to the left, then in the row above. Where none is, the
    /// corner itself.
    pub(super) fn corner(&self, page_index: usize, page: PageSize, seal: PageSize, margin_mm: f64) -> Stamp {
        let at = |column: u32, row: u32| {
            let from =
                |page: f64, seal: f64, step: u32| page - seal - margin_mm - f64::from(step) * (seal + GAP_MM);
            let x = from(page.width_mm, seal.width_mm, column);
            let y = from(page.height_mm, seal.height_mm, row);
            Stamp::at(page_index, x, y, seal.width_mm, seal.height_mm)
        };
        let corner = Stamp::at(
            page_index,
            (page.width_mm - seal.width_mm - margin_mm).max(0.0),
            (page.height_mm - seal.height_mm - margin_mm).max(0.0),
            seal.width_mm,
            seal.height_mm,
        );
        let places = (0..MOST_TRIES).flat_map(|row| (0..MOST_TRIES).map(move |column| at(column, row)));
        let on_page = |stamp: &Stamp| stamp.boundary.x >= 0.0 && stamp.boundary.y >= 0.0;
        std::iter::once(corner)
            .chain(places.filter(on_page))
            .find(|stamp| self.is_free(stamp))
            .unwrap_or(corner)
    }

    /// A riding seal in the middle of its edge or, where an earlier one is, as near to it as is free.
    pub(super) fn riding(
        &self,
        mut seal: RidingSeal,
        sheets: &[(usize, Rect)],
    ) -> Result<Vec<Stamp>, SealingError> {
        let middle = seal.stamps(sheets)?;
        let is_upright = matches!(seal.edge, Edge::Left | Edge::Right);
        let side = if is_upright { seal.height_mm } else { seal.width_mm };
        let edges = sheets.iter().map(|(_, sheet)| if is_upright { sheet.height } else { sheet.width });
        let shortest = edges.fold(f64::INFINITY, f64::min);
        let start = (shortest - side) / 2.0;
        let is_free = |stamps: &[Stamp]| stamps.iter().all(|stamp| self.is_free(stamp));
        if is_free(&middle) {
            return Ok(middle);
        }
        for step in 1..=MOST_TRIES {
            for distance in [-f64::from(step), f64::from(step)].map(|step| start + step * (side + GAP_MM)) {
                if distance < 0.0 || distance + side > shortest {
                    continue;
                }
                seal.along = Along::Millimetres(distance);
                let stamps = seal.stamps(sheets)?;
                if is_free(&stamps) {
                    return Ok(stamps);
                }
            }
        }
        Ok(middle)
    }
}

/// The part of a seal that is shown.
fn shown(boundary: Rect, clip: Option<Rect>) -> Rect {
    clip.map_or(boundary, |clip| Rect { x: boundary.x + clip.x, y: boundary.y + clip.y, ..clip })
}

fn overlap(one: &Rect, two: &Rect) -> bool {
    one.x < two.x + two.width
        && two.x < one.x + one.width
        && one.y < two.y + two.height
        && two.y < one.y + one.height
}
