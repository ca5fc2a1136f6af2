//! How much of a seal is seen, and how large: its own size in millimetres, the whole of it, and no seal of a later signer
//! that hides it ([`hiding`]). A seal is a picture, and a picture can hide what others signed.

mod hiding;

use formats::ofd::{Id, Rect, StampAnnot};

use super::coverage::Shown;
use super::gather::{Gathered, Signatures};
use super::stamps::{overlap, visible};
use crate::catalogue as rule;
use crate::catalogue::Rule;
use crate::finding::Finding;
use crate::report::{SealSummary, SignatureReport};
use crate::text::Detail;
use crate::verdict::Status;

/// Parts of a seal's own size that need not be told, and beyond which it is no longer taken for the seal.
const TOLD: std::ops::RangeInclusive<f64> = 0.95..=1.05;
const STILL_A_SEAL: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// How much larger than its own size a seal beside earlier ones may be; sizes are whole millimetres.
const BESIDE_OTHERS: f64 = 1.25;
/// Hundredths of a seal that clips may leave out, for the sake of rounding, and that edges of pages may cut off.
const CUT_OFF: u32 = 2;
const BEYOND_EDGES: u32 = 50;

/// Which parts of a box are seen, row by row.
#[derive(Clone)]
struct Parts([u64; 64]);

impl Parts {
    const NONE: Self = Self([0; 64]);

    /// Adds what lies in `part`, in a box of so many millimetres; both count from the corner of the box.
    fn add(&mut self, part: &Rect, (width, height): (f64, f64)) {
        let columns = cells(part.x, part.width, width);
        let row: u64 = columns.fold(0, |row, column| row | 1 << column);
        for at in cells(part.y, part.height, height) {
            if let Some(parts) = self.0.get_mut(at) {
                *parts |= row;
            }
        }
    }

    /// The same, where `counts` takes the middle of a part, from the corner of the box.
    fn add_where(
        &mut self,
        part: &Rect,
        (width, height): (f64, f64),
        mut counts: impl FnMut((f64, f64)) -> bool,
    ) {
        for row in cells(part.y, part.height, height) {
            let Some(parts) = self.0.get_mut(row) else { continue };
            for column in cells(part.x, part.width, width) {
                if *parts & (1 << column) == 0 && counts((middle(column, width), middle(row, height))) {
                    *parts |= 1 << column;
                }
            }
        }
    }

    /// How much of the box it is, in hundredths.
    fn percent(&self) -> u32 {
        let count: u32 = self.0.iter().map(|row| row.count_ones()).sum();
        count * 100 / 4096
    }
}

/// The rows or columns whose middle lies between `start` and `start + length` of `size`.
fn cells(start: f64, length: f64, size: f64) -> impl Iterator<Item = usize> {
    (0..64_usize)
        .skip_while(move |cell| middle(*cell, size) < start)
        .take_while(move |cell| middle(*cell, size) <= start + length)
}

/// The middle of a row or column of a box of this size.
fn middle(cell: usize, size: f64) -> f64 {
    (f64::from(u8::try_from(cell).unwrap_or(u8::MAX)) + 0.5) * size / 64.0
}

/// Judges what is seen of the seals of all signatures, in their order.
pub(super) fn judge(signatures: &Signatures<'_>, shown: &Shown, reports: &mut [SignatureReport]) {
    let mut is_beside_others = false;
    for (gathered, report) in signatures.list.iter().zip(&mut *reports) {
        let stamps = stamps_of(gathered);
        if stamps.is_empty() {
            continue;
        }
        let size = report.seal.as_ref().and_then(|seal| judge_size(stamps, seal, is_beside_others));
        let whole = judge_whole(gathered, stamps, shown);
        for (status, detail) in size.into_iter().chain(whole) {
            tell(gathered, report, &rule::STAMP_SEEN, status, detail);
        }
        is_beside_others = true;
    }
    hiding::judge(signatures, shown, reports);
}

fn stamps_of<'s>(gathered: &'s Gathered<'_>) -> &'s [StampAnnot] {
    gathered.description.as_ref().map_or(&[], |description| &description.signature.signed_info.stamps)
}

fn tell(
    gathered: &Gathered<'_>,
    report: &mut SignatureReport,
    rule: &'static Rule,
    status: Status,
    detail: Detail,
) {
    let scheme = gathered.value.scheme(gathered.kind);
    report.verdict = report.verdict.and(status.verdict());
    report.findings.push(Finding::new(rule, scheme, status).with(detail));
}

/// How large the seal is shown beside its own size; nothing where the two agree.
fn judge_size(stamps: &[StampAnnot], seal: &SealSummary, is_beside_others: bool) -> Option<(Status, Detail)> {
    let own = |side: i64| u16::try_from(side).ok().filter(|side| *side > 0).map(f64::from);
    let (own_width, own_height) = (own(seal.width_mm)?, own(seal.height_mm)?);
    let mut worst: Option<(Status, &Rect)> = None;
    for shown in stamps.iter().filter_map(|stamp| stamp.boundary.as_ref()) {
        let sides = [shown.width / own_width, shown.height / own_height];
        let is_all = |within: &dyn Fn(f64) -> bool| sides.iter().all(|side| within(*side));
        let status = if is_all(&|side| TOLD.contains(&side)) {
            continue;
        } else if !is_all(&|side| STILL_A_SEAL.contains(&side))
            || (is_beside_others && !is_all(&|side| side <= BESIDE_OTHERS))
        {
            Status::Unknown
        } else {
            Status::Note
        };
        if worst.is_none_or(|(known, _)| known < status) {
            worst = Some((status, shown));
        }
    }
    let (status, Rect { width, height, .. }) = worst?;
    let own = format!("{own_width:.0} × {own_height:.0} mm");
    let detail = Detail::new(
        format!("显示为 {width:.1} × {height:.1} mm，印章为 {own}"),
        format!("shown as {width:.1} × {height:.1} mm, the seal has {own}"),
    );
    Some((status, detail))
}

/// Whether the stamps of a signature show the whole seal together, as the slices of a riding seal do, and most of it on
/// their pages. What lies on no page at all is told elsewhere.
fn judge_whole(gathered: &Gathered<'_>, stamps: &[StampAnnot], shown: &Shown) -> Option<(Status, Detail)> {
    let (mut left, mut on_pages, mut is_placed) = (Parts::NONE, Parts::NONE, false);
    let pages = shown.pages_of(gathered.body);
    for stamp in stamps {
        let (Some(boundary), Some(part)) = (stamp.boundary, visible(stamp)) else { continue };
        let size = (boundary.width, boundary.height);
        let inside = |part: &Rect| Rect { x: part.x - boundary.x, y: part.y - boundary.y, ..*part };
        left.add(&inside(&part), size);
        let sheet = pages.and_then(|pages| shown.sheet(pages, &Id::of(&stamp.page_ref)));
        if let Some(sheet) = sheet {
            is_placed = true;
            on_pages.add(&inside(&within(&part, &sheet)), size);
        }
    }
    if stamps.iter().all(|stamp| visible(stamp).is_none()) {
        return None;
    }
    let (left, on_pages) = (left.percent(), on_pages.percent());
    let percent = if left < 100 - CUT_OFF {
        left
    } else if is_placed && on_pages < 100 - BEYOND_EDGES {
        on_pages
    } else {
        return None;
    };
    let detail = Detail::new(
        format!("只显示了印章的 {percent}%"),
        format!("only {percent} % of the seal is to be seen"),
    );
    Some((Status::Unknown, detail))
}

/// The part of a box that lies on its sheet.
fn within(part: &Rect, sheet: &Rect) -> Rect {
    let (x, width) = overlap(part.x, part.width, sheet.width);
    let (y, height) = overlap(part.y, part.height, sheet.height);
    Rect { x, y, width, height }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use formats::ofd::Rect;

    fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn slices_make_up_the_whole() {
        let mut parts = Parts::NONE;
        for slice in 0..7_u8 {
            assert!(parts.percent() < 98);
            let x = 40.0 / 7.0 * f64::from(slice);
            parts.add(&rect(x, 0.0, 40.0 / 7.0, 20.0), (40.0, 20.0));
        }
        assert_eq!(parts.percent(), 100);
        let mut corner = Parts::NONE;
        corner.add(&rect(0.0, 0.0, 2.0, 2.0), (40.0, 40.0));
        assert_eq!(corner.percent(), 0);
    }
}
