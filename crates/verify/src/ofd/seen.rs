//! How much of a seal is seen, and how large: its own size in millimetres, the whole of it ([`judge_whole`]), no seal of
//! another signer that hides it ([`hiding`]), and a page that can be read beside it ([`amount`]). A seal is a picture, and a
//! picture can hide what others signed. None of this depends on the order of a list that anybody may change ([`order`]).

mod amount;
mod hiding;
mod order;
mod pictures;
mod placed;

use std::ops::RangeInclusive;

use formats::ofd::{Id, Rect, StampAnnot};

use self::order::Order;
use self::pictures::Pictures;
use super::coverage::Shown;
use super::gather::{Gathered, Signatures};
use super::stamps::{overlap, visible};
use crate::catalogue as rule;
use crate::catalogue::Rule;
use crate::finding::Finding;
use crate::report::{SealSummary, SignatureReport};
use crate::text::Detail;
use crate::verdict::Status;

/// Sides of a seal in millimetres. The largest one in use, that of the State Council, has 60 (国发〔1999〕25号); none is
/// twice as large, and of less than 3 nobody reads anything.
const SIDES: RangeInclusive<i64> = 3..=120;
const LEAST_SIDE: f64 = 3.0;
/// Parts of a seal's own size that need not be told, and beyond which it is no longer taken for the seal: smaller it cannot
/// be read, larger it hides what is around it.
const TOLD: RangeInclusive<f64> = 0.95..=1.05;
const STILL_A_SEAL: RangeInclusive<f64> = 0.25..=2.0;
/// How much more one side may be changed than the other, and how much larger a seal beside those of others may be shown;
/// sizes are whole millimetres.
const DISTORTED: f64 = 2.0;
const BESIDE_OTHERS: f64 = 1.25;
/// From which part of its own size on downwards a seal may be shown in the place of another one that looks the same, and
/// how near it comes to that one's size.
const SMALL: f64 = 0.5;
const ABOUT: RangeInclusive<f64> = 0.9..=1.1;
/// Hundredths of a seal that clips may leave out, for the sake of rounding, and that edges of pages may cut off.
const CUT_OFF: u32 = 2;
const BEYOND_EDGES: u32 = 50;
/// Millimetres that writers round the edges of a slice by: in a thin one that is much.
const ROUNDED_MM: f64 = 0.05;

/// Which parts of a box are seen, row by row.
#[derive(Clone)]
struct Parts([u64; 64]);

impl Parts {
    const NONE: Self = Self([0; 64]);
    const ALL: Self = Self([u64::MAX; 64]);

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

    /// The same, where `counts` takes a part, by its row and column, with its middle from the corner of the box.
    fn add_where(
        &mut self,
        part: &Rect,
        (width, height): (f64, f64),
        mut counts: impl FnMut((usize, usize), (f64, f64)) -> bool,
    ) {
        for row in cells(part.y, part.height, height) {
            let Some(parts) = self.0.get_mut(row) else { continue };
            for column in cells(part.x, part.width, width) {
                let point = (middle(column, width), middle(row, height));
                if *parts & (1 << column) == 0 && counts((row, column), point) {
                    *parts |= 1 << column;
                }
            }
        }
    }

    fn has(&self, (row, column): (usize, usize)) -> bool {
        self.0.get(row).is_some_and(|parts| parts & (1 << column) != 0)
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|row| row.count_ones()).sum()
    }

    /// How much of the box it is, in hundredths.
    fn percent(&self) -> u32 {
        self.count() * 100 / 4096
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

/// Judges what is seen of the seals of all signatures.
pub(super) fn judge(signatures: &Signatures<'_>, shown: &Shown, reports: &mut [SignatureReport]) {
    let order = Order::find(signatures);
    let sizes = judge_sizes(signatures, &order, reports);
    for ((gathered, report), size) in signatures.list.iter().zip(&mut *reports).zip(sizes) {
        let stamps = stamps_of(gathered);
        let whole = if stamps.is_empty() { None } else { judge_whole(gathered, stamps, shown) };
        for (status, detail) in size.into_iter().chain(whole) {
            tell(gathered, report, &rule::STAMP_SEEN, status, detail);
        }
    }
    let pages = placed::by_page(signatures, shown);
    amount::judge(signatures, &pages, reports);
    hiding::judge(signatures, &pages, &order, reports);
}

fn stamps_of<'s>(gathered: &'s Gathered<'_>) -> &'s [StampAnnot] {
    gathered.description.as_ref().map_or(&[], |description| &description.signature.signed_info.stamps)
}

pub(super) fn tell(
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

/// How large each seal is shown beside its own size; nothing where the two agree, and where no seal is shown.
fn judge_sizes(
    signatures: &Signatures<'_>,
    order: &Order,
    reports: &[SignatureReport],
) -> Vec<Option<(Status, Detail)>> {
    let of_seals = reports.iter().map(|report| report.seal.as_ref().map(|seal| seal.picture.as_slice()));
    let mut pictures = Pictures::new(of_seals.collect());
    let with_stamps: Vec<usize> =
        (0..signatures.list.len()).filter(|at| signatures.list.get(*at).is_some_and(has_stamps)).collect();
    let one = |(at, (gathered, report)): (usize, (&Gathered<'_>, &SignatureReport))| {
        let (stamps, seal) = (stamps_of(gathered), report.seal.as_ref()?);
        // Those that may have been there already: they do not cover this one.
        let mut others =
            with_stamps.iter().copied().filter(|other| *other != at && !order.is_before(at, *other));
        let is_beside_others = others.clone().next().is_some();
        let found = judge_size(stamps, seal, is_beside_others);
        if found.as_ref().is_none_or(|(status, _)| *status == Status::Note) {
            let imitated = others.find(|other| {
                let other_seal = reports.get(*other).and_then(|report| report.seal.as_ref());
                other_seal.is_some_and(|other| is_in_size_of(stamps, seal, other))
                    && pictures.are_alike(at, *other)
            });
            let name = imitated.and_then(|other| reports.get(other)).map(|report| report.id.as_str());
            return name.map(imitates).or(found);
        }
        found
    };
    signatures.list.iter().zip(reports).enumerate().map(one).collect()
}

fn has_stamps(gathered: &Gathered<'_>) -> bool {
    !stamps_of(gathered).is_empty()
}

/// The size that a seal has by itself; none that no seal has.
fn own_size(seal: &SealSummary) -> Option<(f64, f64)> {
    let own = |side: i64| u16::try_from(side).ok().filter(|_| SIDES.contains(&side)).map(f64::from);
    own(seal.width_mm).zip(own(seal.height_mm))
}

fn judge_size(stamps: &[StampAnnot], seal: &SealSummary, is_beside_others: bool) -> Option<(Status, Detail)> {
    let own = format!("{} × {} mm", seal.width_mm, seal.height_mm);
    let Some((own_width, own_height)) = own_size(seal) else {
        let detail = Detail::new(
            format!("印章自身写明为 {own}，没有这样大小的印章"),
            format!("the seal says that it has {own}, as no seal does"),
        );
        return has_place(stamps).then_some((Status::Unknown, detail));
    };
    let mut worst: Option<(Status, &Rect)> = None;
    for shown in stamps.iter().filter_map(|stamp| stamp.boundary.as_ref()) {
        let (x, y) = (shown.width / own_width, shown.height / own_height);
        let are_both = |within: &RangeInclusive<f64>| within.contains(&x) && within.contains(&y);
        let status = if are_both(&TOLD) {
            continue;
        } else if !are_both(&STILL_A_SEAL)
            || x.max(y) > x.min(y) * DISTORTED
            || shown.width.min(shown.height) < LEAST_SIDE
            || (is_beside_others && x.max(y) > BESIDE_OTHERS)
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
    let detail = Detail::new(
        format!("显示为 {width:.1} × {height:.1} mm，印章为 {own}"),
        format!("shown as {width:.1} × {height:.1} mm, the seal has {own}"),
    );
    Some((status, detail))
}

fn has_place(stamps: &[StampAnnot]) -> bool {
    stamps.iter().any(|stamp| stamp.boundary.is_some())
}

/// Whether a seal is made so much smaller that it has the size of another one.
fn is_in_size_of(stamps: &[StampAnnot], seal: &SealSummary, other: &SealSummary) -> bool {
    let (Some(own), Some(other)) = (own_size(seal), own_size(other)) else { return false };
    stamps.iter().filter_map(|stamp| stamp.boundary.as_ref()).any(|shown| {
        shown.width < own.0 * SMALL
            && shown.height < own.1 * SMALL
            && ABOUT.contains(&(shown.width / other.0))
            && ABOUT.contains(&(shown.height / other.1))
    })
}

fn imitates(other: &str) -> (Status, Detail) {
    let detail = Detail::new(
        format!("缩小到与签章 {other} 的印章一样大小，图案也相同"),
        format!("made smaller, so that it has the size and the look of the seal of {other}"),
    );
    (Status::Unknown, detail)
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
        left.add(&rounded(stamp, &inside(&part)), size);
        let sheet = pages.and_then(|pages| shown.sheet(pages, &Id::of(&stamp.page_ref)));
        if let Some(sheet) = sheet {
            is_placed = true;
            on_pages.add(&rounded(stamp, &inside(&within(&part, &sheet))), size);
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

/// A slice of a riding seal with what rounding took of it; of a hundred thin ones that is not little.
fn rounded(stamp: &StampAnnot, part: &Rect) -> Rect {
    if stamp.clip.is_none() || part.width <= 0.0 || part.height <= 0.0 {
        return *part;
    }
    Rect {
        x: part.x - ROUNDED_MM,
        y: part.y - ROUNDED_MM,
        width: part.width + 2.0 * ROUNDED_MM,
        height: part.height + 2.0 * ROUNDED_MM,
    }
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
