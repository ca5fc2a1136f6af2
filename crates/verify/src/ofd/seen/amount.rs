//! How much of a page seals take. One seal leaves a page to be read; many of an honest size, side by side, hide it like one
//! that is as large as the page. Slices of a riding seal are counted like all others: a page has one of them, or two.

use std::collections::{BTreeMap, HashMap};

use super::placed::Placed;
use super::tell;
use crate::catalogue as rule;
use crate::ofd::gather::Signatures;
use crate::report::SignatureReport;
use crate::text::Detail;
use crate::verdict::Status;

/// The most places of one signature on one page: a sheet of tickets, each with its seal, has fewer.
const MOST_PLACES: usize = 20;
/// The most of a page that the places of one signature take from the third one on, and that two take, or all together. A
/// seal of 42 mm is less than 3 % of A4, and eight of them 23 %.
const MOST_OF_ONE: f64 = 0.25;
const MOST_TOGETHER: f64 = 0.5;
/// From so many places on. A small receipt may be hardly larger than its seal.
const SEVERAL: usize = 3;

/// Judges the seals on each page, whoever made them: their areas are added up, since what lies over another seal still lies
/// over a page.
pub(super) fn judge(
    signatures: &Signatures<'_>,
    pages: &HashMap<&str, Vec<Placed>>,
    reports: &mut [SignatureReport],
) {
    // By signature: its places on the worst page, and the part of it.
    let mut over: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
    for placed in pages.values() {
        let sum = |places: &[Placed]| places.iter().map(Placed::share).sum::<f64>();
        let all = sum(placed);
        let is_full = placed.len() >= SEVERAL && all > MOST_TOGETHER;
        for own in placed.chunk_by(|one, two| one.signature == two.signature) {
            let share = sum(own);
            let most = if own.len() >= SEVERAL { MOST_OF_ONE } else { MOST_TOGETHER };
            let is_much = own.len() > 1 && share > most;
            let Some(first) = own.first().filter(|_| is_full || is_much || own.len() > MOST_PLACES) else {
                continue;
            };
            let found = if is_much || !is_full { (own.len(), share) } else { (placed.len(), all) };
            let known = over.entry(first.signature).or_insert(found);
            if found.1 > known.1 {
                *known = found;
            }
        }
    }
    for (at, (count, share)) in over {
        let (Some(gathered), Some(report)) = (signatures.list.get(at), reports.get_mut(at)) else { continue };
        let percent = share * 100.0;
        let detail = Detail::new(
            format!("同一页上有 {count} 处印章，共占页面的 {percent:.0}%"),
            format!("{count} seals on one page take {percent:.0} % of it"),
        );
        tell(gathered, report, &rule::STAMP_SEEN, Status::Unknown, detail);
    }
}

#[cfg(test)]
mod tests {
    use super::Placed;
    use formats::ofd::Rect;

    #[test]
    fn a_seal_is_a_small_part_of_a_page() {
        let rect = |x, width| Rect { x, y: 0.0, width, height: 42.0 };
        let sheet = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };
        let placed = Placed { signature: 0, boundary: rect(0.0, 42.0), seen: rect(0.0, 42.0), sheet };
        assert!(placed.share() > 0.028 && 8.0 * placed.share() < super::MOST_OF_ONE);
    }
}
