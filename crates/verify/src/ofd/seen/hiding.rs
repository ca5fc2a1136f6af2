//! Seals above other signers' seals. Two riding seals share an edge, and a company's seal may lie over the name of its
//! director: the paper of a seal is transparent, or white, and both are read. What is opaque above most of another seal's
//! ink hides it.

use std::collections::HashMap;

use formats::ofd::Rect;

use super::order::Order;
use super::pictures::Pictures;
use super::placed::Placed;
use super::{Parts, stamps_of, tell};
use crate::catalogue as rule;
use crate::ofd::gather::Signatures;
use crate::ofd::stamps::overlap;
use crate::report::SignatureReport;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Hundredths of a stamp that others may lie over without a word, and of its ink that they may hide.
const HIDDEN: u32 = 50;
/// Hundredths of a stamp that others lie over before their pictures are looked at.
const LOOKED_AT: u32 = 25;
/// Pairs of stamps that are looked at, and such of them of which pictures are.
const MOST_PAIRS: usize = 5_000_000;
const MOST_LOOKED_THROUGH: usize = 2_000;

/// What was found over the stamps of a signature, and whose it is.
type Found = (Status, usize);

/// Readers draw seals in the order of their signatures: a later one above an earlier one may hide it.
pub(super) fn judge(
    signatures: &Signatures<'_>,
    pages: &HashMap<&str, Vec<Placed>>,
    order: &Order,
    reports: &mut [SignatureReport],
) {
    let mut over: HashMap<usize, Found> = HashMap::new();
    let of_seals = reports.iter().map(|report| report.seal.as_ref().map(|seal| seal.picture.as_slice()));
    let mut looking = Looking { pictures: Pictures::new(of_seals.collect()), pairs: 0, looked_through: 0 };
    for placed in pages.values() {
        for lower in placed {
            looking.pairs += placed.len();
            if looking.pairs > MOST_PAIRS {
                break;
            }
            let upper = placed.iter().filter(|upper| order.may_lie_above(upper.signature, lower.signature));
            let upper: Vec<&Placed> = upper.filter(|upper| touches(&lower.seen, &upper.seen)).collect();
            let Some((status, by)) = looking.find(lower, &upper) else { continue };
            over.entry(lower.signature)
                .and_modify(|known| *known = (known.0.max(status), known.1.min(by)))
                .or_insert((status, by));
        }
    }
    let pairs = looking.pairs;
    drop(looking);
    let id = |at: usize| signatures.list.get(at).map(|one| printable(&one.entry.id)).unwrap_or_default();
    for (at, (gathered, report)) in signatures.list.iter().zip(reports).enumerate() {
        if let Some((status, by)) = over.get(&at) {
            let by = id(*by);
            let detail = Detail::new(
                format!("签章 {by} 盖在其一半以上之处"),
                format!("another seal ({by}) lies over more than half of it"),
            );
            tell(gathered, report, &rule::STAMP_SEEN, *status, detail);
        } else if pairs > MOST_PAIRS && !stamps_of(gathered).is_empty() {
            let detail = Detail::new("印章外观过多", "there are too many places of seals");
            tell(gathered, report, &rule::CONTAINER_LIMITS, Status::Unknown, detail);
        }
    }
}

struct Looking<'r> {
    pictures: Pictures<'r>,
    pairs: usize,
    looked_through: usize,
}

impl Looking<'_> {
    /// What lies over a stamp: more than half of its ink hidden is unknown, more than half of its box a note.
    fn find(&mut self, lower: &Placed, upper: &[&Placed]) -> Option<Found> {
        covers(&lower.seen, &Parts::ALL, upper, LOOKED_AT, |_, _| true)?;
        self.looked_through += upper.len();
        let beneath = covers(&lower.seen, &Parts::ALL, upper, HIDDEN, |_, _| true);
        if self.looked_through > MOST_LOOKED_THROUGH {
            return beneath.map(|by| (Status::Unknown, by));
        }
        let pictures = &mut self.pictures;
        let size = (lower.seen.width, lower.seen.height);
        let whole = Rect { x: 0.0, y: 0.0, width: size.0, height: size.1 };
        let mut ink = Parts::NONE;
        ink.add_where(&whole, size, |_, (x, y)| pictures.is_ink(lower, (lower.seen.x + x, lower.seen.y + y)));
        let hidden = covers(&lower.seen, &ink, upper, HIDDEN, |one, at| pictures.is_opaque(one, at));
        hidden.map(|by| (Status::Unknown, by)).or_else(|| beneath.map(|by| (Status::Note, by)))
    }
}

fn touches(one: &Rect, other: &Rect) -> bool {
    let (_, width) = overlap(other.x - one.x, other.width, one.width);
    let (_, height) = overlap(other.y - one.y, other.height, one.height);
    width > 0.0 && height > 0.0
}

/// The signature whose stamp, with those before it, lies over more hundredths of these parts of a box than it may, where
/// `counts` says that a point of the page counts.
fn covers(
    lower: &Rect,
    parts: &Parts,
    upper: &[&Placed],
    most: u32,
    mut counts: impl FnMut(&Placed, (f64, f64)) -> bool,
) -> Option<usize> {
    let mut covered = Parts::NONE;
    for stamp in upper {
        let (x, width) = overlap(stamp.seen.x - lower.x, stamp.seen.width, lower.width);
        let (y, height) = overlap(stamp.seen.y - lower.y, stamp.seen.height, lower.height);
        let part = Rect { x, y, width, height };
        covered.add_where(&part, (lower.width, lower.height), |cell, (column, row)| {
            parts.has(cell) && counts(stamp, (lower.x + column, lower.y + row))
        });
        if covered.count() * 100 > parts.count() * most {
            return Some(stamp.signature);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{HIDDEN, Looking, Parts, Pictures, Placed, Status, covers};
    use formats::ofd::Rect;

    fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    fn placed(signature: usize, seen: Rect) -> Placed {
        Placed { signature, boundary: seen, seen, sheet: rect(0.0, 0.0, 210.0, 297.0) }
    }

    #[test]
    fn later_stamps_cover_an_earlier_one_alone_or_together() {
        let stamp = rect(50.0, 50.0, 40.0, 40.0);
        let later = |seen: &[Rect]| {
            let all: Vec<Placed> = seen.iter().enumerate().map(|(at, seen)| placed(at + 1, *seen)).collect();
            covers(&stamp, &Parts::ALL, &all.iter().collect::<Vec<_>>(), HIDDEN, |_, _| true)
        };
        assert_eq!(later(&[rect(90.0, 50.0, 40.0, 40.0)]), None);
        assert_eq!(later(&[rect(70.0, 50.0, 40.0, 40.0)]), None, "just a half");
        assert_eq!(later(&[rect(65.0, 50.0, 40.0, 40.0)]), Some(1));
        assert_eq!(later(&[rect(0.0, 0.0, 210.0, 297.0)]), Some(1));
        assert_eq!(later(&[rect(50.0, 50.0, 15.0, 40.0), rect(75.0, 50.0, 15.0, 40.0)]), Some(2));
    }

    /// A picture of one column with these pixels.
    fn column(pixels: &[[u8; 4]]) -> Vec<u8> {
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, 1, u32::try_from(pixels.len()).unwrap());
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().unwrap().write_image_data(pixels.as_flattened()).unwrap();
        picture
    }

    const RED: [u8; 4] = [255, 0, 0, 255];
    const WHITE: [u8; 4] = [255; 4];
    const CLEAR: [u8; 4] = [255, 0, 0, 20];

    /// What is found over a seal with one picture, below one with another that lies so far below its top.
    fn over(lower: &[u8], upper: &[u8], further_down: f64) -> Option<Status> {
        let pictures = Pictures::new(vec![Some(lower), Some(upper)]);
        let mut looking = Looking { pictures, pairs: 0, looked_through: 0 };
        let below = placed(0, rect(50.0, 50.0, 40.0, 40.0));
        let above = placed(1, rect(50.0, 50.0 + further_down, 40.0, 40.0));
        looking.find(&below, &[&above]).map(|(status, _)| status)
    }

    #[test]
    fn only_what_is_opaque_hides() {
        let (red, half) = (column(&[RED]), column(&[RED, CLEAR]));
        assert_eq!(over(&red, &half, 0.0), Some(Status::Note), "half of it is seen");
        assert_eq!(over(&red, &red, 0.0), Some(Status::Unknown));
        assert_eq!(over(&red, &red, 25.0), None);
        assert_eq!(over(&red, &column(&[CLEAR]), 0.0), Some(Status::Note));
        assert_eq!(over(&red, b"no picture", 0.0), Some(Status::Unknown), "what cannot be decoded");
        assert_eq!(over(b"no picture", &red, 0.0), Some(Status::Unknown));
    }

    #[test]
    fn paper_over_paper_hides_nothing() {
        // A seal with its ink in the upper quarter, on white paper.
        let seal = column(&[RED, WHITE, WHITE, WHITE]);
        assert_eq!(over(&seal, &seal, 12.0), Some(Status::Note), "most of the paper is covered, and no ink");
        assert_eq!(over(&seal, &seal, 2.0), Some(Status::Unknown), "white paper hides ink");
        assert_eq!(over(&column(&[WHITE]), &seal, 0.0), Some(Status::Note), "there is nothing to hide");
        // Little of the box, and most of the ink: from below.
        let low = column(&[WHITE, WHITE, WHITE, RED]);
        assert_eq!(over(&low, &seal, 28.0), Some(Status::Unknown));
    }
}
