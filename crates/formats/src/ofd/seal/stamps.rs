//! Whether the stamps lie on their pages.

use super::error::SealError;
use super::placement::{Kind, Placement, Stamp};
use crate::ofd::{Document, Package, Rect};
use std::collections::BTreeMap;

/// Rounding that is forgiven at the edges of a page.
const TOLERANCE_MM: f64 = 0.01;

/// Checks every stamp against the box of its page, and gives the ids of the pages, stamp by stamp.
pub(super) fn check(package: &Package<'_>, placement: &Placement) -> Result<Vec<String>, SealError> {
    match (&placement.kind, placement.stamps.as_slice()) {
        (Kind::Seal(_), []) => return Err(SealError::Stamps("a seal needs a place where it is shown")),
        (Kind::Sign, [_, ..]) => return Err(SealError::Stamps("a plain signature is not shown")),
        (Kind::Sign, []) => return Ok(Vec::new()),
        (Kind::Seal(_), _) => {}
    }
    let document = package.document(placement.body)?;
    let mut sizes = BTreeMap::new();
    let mut ids = Vec::with_capacity(placement.stamps.len());
    for stamp in &placement.stamps {
        let page = document.pages.get(stamp.page_index);
        let page = page.ok_or(SealError::NoPage { page_index: stamp.page_index })?;
        let size = match sizes.get(&stamp.page_index) {
            Some(size) => *size,
            None => {
                *sizes.entry(stamp.page_index).or_insert(page_size(package, &document, stamp.page_index)?)
            }
        };
        on_page(stamp, size)?;
        ids.push(page.id.clone());
    }
    Ok(ids)
}

/// The physical box of a page.
pub(super) fn page_size(
    package: &Package<'_>,
    document: &Document,
    page_index: usize,
) -> Result<Rect, SealError> {
    let area = package.page(document, page_index)?.area;
    area.map(|(area, _)| area.physical).ok_or(SealError::NoPageSize { page_index })
}

/// Positions count from the corner of the physical box, so only its size matters.
fn on_page(stamp: &Stamp, page: Rect) -> Result<(), SealError> {
    let page_index = stamp.page_index;
    let bad = SealError::BadStamp { page_index };
    let Stamp { boundary, clip, .. } = stamp;
    let sensible = |rect: &Rect| {
        [rect.x, rect.y, rect.width, rect.height].iter().all(|value| value.is_finite())
            && rect.width > 0.0
            && rect.height > 0.0
    };
    if !sensible(boundary) || !clip.as_ref().is_none_or(sensible) {
        return Err(bad);
    }
    let whole = Rect { x: 0.0, y: 0.0, ..*boundary };
    if !clip.as_ref().is_none_or(|clip| inside(clip, &whole)) {
        return Err(bad);
    }
    let shown =
        clip.map_or(*boundary, |clip| Rect { x: boundary.x + clip.x, y: boundary.y + clip.y, ..clip });
    let sheet = Rect { x: 0.0, y: 0.0, ..page };
    if inside(&shown, &sheet) { Ok(()) } else { Err(SealError::OffPage { page_index }) }
}

fn inside(inner: &Rect, outer: &Rect) -> bool {
    inner.x >= outer.x - TOLERANCE_MM
        && inner.y >= outer.y - TOLERANCE_MM
        && inner.x + inner.width <= outer.x + outer.width + TOLERANCE_MM
        && inner.y + inner.height <= outer.y + outer.height + TOLERANCE_MM
}
