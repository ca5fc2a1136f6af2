//! Seals of later signers above earlier ones. Two riding seals share an edge, and a company's seal may lie over the name of
//! its director: the paper of a seal is transparent, and both are read. What is opaque there hides the other.

use std::collections::HashMap;

use formats::ofd::{Id, Rect};
use formats::pdf::seal::{Pixels, pixels};

use super::{Parts, stamps_of, tell, within};
use crate::catalogue as rule;
use crate::ofd::coverage::Shown;
use crate::ofd::gather::Signatures;
use crate::ofd::stamps::{overlap, visible};
use crate::report::SignatureReport;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Hundredths of a stamp that later ones may lie over without a word, and that they may hide.
const HIDDEN: u32 = 50;
/// Pairs of stamps that are looked at, and such of them of which pictures are.
const MOST_PAIRS: usize = 5_000_000;
const MOST_LOOKED_THROUGH: usize = 2_000;
/// Pixels of all pictures that are decoded for this.
const MOST_PIXELS: usize = 32 << 20;
/// What is seen through, of 255.
const SEEN_THROUGH: u8 = 128;

/// A stamp on its page.
struct Placed {
    /// Position of its signature.
    signature: usize,
    /// Where the whole picture lies.
    boundary: Rect,
    /// What of it is on the page.
    seen: Rect,
}

/// The stamps of all signatures by the file of their page, in the order of the signatures.
fn by_page<'s>(signatures: &'s Signatures<'_>, shown: &'s Shown) -> HashMap<&'s str, Vec<Placed>> {
    let mut pages: HashMap<&str, Vec<Placed>> = HashMap::new();
    for (signature, gathered) in signatures.list.iter().enumerate() {
        let Some(of_body) = shown.pages_of(gathered.body) else { continue };
        for stamp in stamps_of(gathered) {
            let id = Id::of(&stamp.page_ref);
            let place = shown.sheet(of_body, &id).zip(shown.page_path(of_body, &id));
            let Some(boundary) = stamp.boundary else { continue };
            let (Some(part), Some((sheet, path))) = (visible(stamp), place) else { continue };
            let seen = within(&part, &sheet);
            if seen.width > 0.0 && seen.height > 0.0 {
                pages.entry(path).or_default().push(Placed { signature, boundary, seen });
            }
        }
    }
    pages
}

/// The pictures of seals, each decoded once, as far as there is room.
struct Pictures<'r> {
    of_seals: Vec<Option<&'r [u8]>>,
    known: HashMap<usize, Option<Pixels>>,
    room: usize,
}

impl<'r> Pictures<'r> {
    fn new(of_seals: Vec<Option<&'r [u8]>>) -> Self {
        Self { of_seals, known: HashMap::new(), room: MOST_PIXELS }
    }

    /// The picture of a signature's seal; none that cannot be decoded here, which is taken for opaque.
    fn of(&mut self, signature: usize) -> Option<&Pixels> {
        let Self { of_seals, known, room } = self;
        let decode = || {
            let bytes = of_seals.get(signature).copied().flatten().filter(|_| *room > 0)?;
            let pixels = pixels(bytes).ok()?;
            *room = room.saturating_sub(pixels.rgba.len());
            Some(pixels)
        };
        known.entry(signature).or_insert_with(decode).as_ref()
    }
}

/// Readers draw seals in the order of their signatures: a later one above an earlier one may hide it.
pub(super) fn judge(signatures: &Signatures<'_>, shown: &Shown, reports: &mut [SignatureReport]) {
    let mut over: HashMap<usize, (Status, usize)> = HashMap::new();
    let (mut pairs, mut looked_through) = (0, 0);
    let of_seals = reports.iter().map(|report| report.seal.as_ref().map(|seal| seal.picture.as_slice()));
    let mut pictures = Pictures::new(of_seals.collect());
    for placed in by_page(signatures, shown).values() {
        for earlier in placed {
            let from = placed.partition_point(|other| other.signature <= earlier.signature);
            let later = placed.get(from..).unwrap_or_default();
            pairs += later.len();
            if pairs > MOST_PAIRS {
                break;
            }
            let Some(by) = covers(&earlier.seen, later, |_, _| true) else { continue };
            looked_through += later.len();
            let is_seen = looked_through <= MOST_LOOKED_THROUGH
                && covers(&earlier.seen, later, |one, at| is_opaque(&mut pictures, one, at)).is_none();
            let found = (if is_seen { Status::Note } else { Status::Unknown }, by);
            over.entry(earlier.signature)
                .and_modify(|known| *known = (known.0.max(found.0), known.1.min(by)))
                .or_insert(found);
        }
    }
    drop(pictures);
    let id = |at: usize| signatures.list.get(at).map(|one| printable(&one.entry.id)).unwrap_or_default();
    for (at, (gathered, report)) in signatures.list.iter().zip(reports).enumerate() {
        if let Some((status, by)) = over.get(&at) {
            let by = id(*by);
            let detail = Detail::new(
                format!("其后的签章 {by} 盖在一半以上之处"),
                format!("a later seal ({by}) lies over more than half of it"),
            );
            tell(gathered, report, &rule::STAMP_SEEN, *status, detail);
        } else if pairs > MOST_PAIRS && !stamps_of(gathered).is_empty() {
            let detail = Detail::new("印章外观过多", "there are too many places of seals");
            tell(gathered, report, &rule::CONTAINER_LIMITS, Status::Unknown, detail);
        }
    }
}

/// Whether the picture of a stamp hides what is below it at a point of the page.
fn is_opaque(pictures: &mut Pictures<'_>, stamp: &Placed, (x, y): (f64, f64)) -> bool {
    let Some(pixels) = pictures.of(stamp.signature) else { return true };
    let place = |at: f64, start: f64, length: f64, count: u32| {
        // Between the two ends, so that the fraction has no place.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
        let index = ((at - start) / length * f64::from(count)).clamp(0.0, f64::from(count) - 1.0) as usize;
        index
    };
    let column = place(x, stamp.boundary.x, stamp.boundary.width, pixels.width);
    let row = place(y, stamp.boundary.y, stamp.boundary.height, pixels.height);
    let width = usize::try_from(pixels.width).unwrap_or(usize::MAX);
    let at = row.saturating_mul(width).saturating_add(column);
    pixels.rgba.get(at).is_none_or(|[.., opacity]| *opacity >= SEEN_THROUGH)
}

/// The signature whose stamp, with those before it, lies over more of an earlier one than it may, where `counts` says that
/// a point of the page counts.
fn covers(
    earlier: &Rect,
    later: &[Placed],
    mut counts: impl FnMut(&Placed, (f64, f64)) -> bool,
) -> Option<usize> {
    let mut parts = Parts::NONE;
    for stamp in later {
        let (x, width) = overlap(stamp.seen.x - earlier.x, stamp.seen.width, earlier.width);
        let (y, height) = overlap(stamp.seen.y - earlier.y, stamp.seen.height, earlier.height);
        if width <= 0.0 || height <= 0.0 {
            continue;
        }
        let part = Rect { x, y, width, height };
        parts.add_where(&part, (earlier.width, earlier.height), |(column, row)| {
            counts(stamp, (earlier.x + column, earlier.y + row))
        });
        if parts.percent() > HIDDEN {
            return Some(stamp.signature);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Pictures, Placed, covers, is_opaque};
    use formats::ofd::Rect;

    fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn later_stamps_cover_an_earlier_one_alone_or_together() {
        let stamp = rect(50.0, 50.0, 40.0, 40.0);
        let later = |seen: &[Rect]| {
            let placed = seen.iter().enumerate();
            let placed: Vec<Placed> =
                placed.map(|(at, seen)| Placed { signature: at + 1, boundary: *seen, seen: *seen }).collect();
            covers(&stamp, &placed, |_, _| true)
        };
        assert_eq!(later(&[rect(90.0, 50.0, 40.0, 40.0)]), None);
        assert_eq!(later(&[rect(70.0, 50.0, 40.0, 40.0)]), None, "just a half");
        assert_eq!(later(&[rect(65.0, 50.0, 40.0, 40.0)]), Some(1));
        assert_eq!(later(&[rect(0.0, 0.0, 210.0, 297.0)]), Some(1));
        assert_eq!(later(&[rect(50.0, 50.0, 15.0, 40.0), rect(75.0, 50.0, 15.0, 40.0)]), Some(2));
    }

    /// A picture of two rows, the upper one opaque: what lies below the other is seen.
    #[test]
    fn only_what_is_opaque_hides() {
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, 1, 2);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().unwrap().write_image_data(&[255, 0, 0, 255, 255, 0, 0, 20]).unwrap();
        let stamp = rect(50.0, 50.0, 40.0, 40.0);
        let hides = |boundary: Rect, pictures: &mut Pictures<'_>| {
            let placed = [Placed { signature: 0, boundary, seen: boundary }];
            covers(&stamp, &placed, |one, at| is_opaque(pictures, one, at)).is_some()
        };
        let mut pictures = Pictures::new(vec![Some(&picture)]);
        assert!(!hides(stamp, &mut pictures), "half of it is seen");
        assert!(hides(rect(50.0, 40.0, 40.0, 80.0), &mut pictures), "its upper half lies over most");
        assert!(!hides(rect(50.0, 0.0, 40.0, 80.0), &mut pictures), "its lower half does");
        assert!(hides(stamp, &mut Pictures::new(vec![Some(b"no picture")])), "what cannot be decoded");
        assert!(hides(stamp, &mut Pictures::new(vec![None])));
    }
}
