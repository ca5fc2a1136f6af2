//! Eight sums of table entries.

use super::point::Point;
use super::rows::{Rows, words};
use super::{Part, Ratio, Sum, Term};

/// The sums of the jobs; see [`super::Ifma::sums`].
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sums(jobs: &[Sum<'_>; 8]) -> [Ratio; 8] {
    let mut point = Point::infinity();
    let mut bad = 0;
    for which in 0..2 {
        bad |= add_part(&mut point, &jobs.each_ref().map(|job| &job.parts[which]));
    }
    ratios(&point, bad)
}

/// One sum from all lanes; see [`super::Ifma::total`].
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn total(parts: &[Part<'_>; 8], terms: &[Term]) -> Ratio {
    let mut point = Point::infinity();
    let bad = add_part(&mut point, &parts.each_ref());
    for group in terms.chunks(8) {
        point = point.join(&Point::load(group));
    }
    let point = point.fold();
    // Every lane holds the sum now.
    let [ratio, ..] = ratios(&point, if bad == 0 { 0 } else { !0 });
    ratio
}

/// Adds one part of each lane; answers which lanes had a digit without an entry.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add_part(point: &mut Point, parts: &[&Part<'_>; 8]) -> u8 {
    let windows = parts.iter().map(|part| part.digits.len()).max().unwrap_or(0);
    let mut bad = 0;
    let mut next = Rows::find(parts, 0);
    for window in 0..windows {
        let now = next;
        // The next rows travel from memory while these are added.
        next = Rows::find(parts, window + 1);
        next.prefetch();
        bad |= now.bad;
        point.add(&now.entries());
    }
    bad
}

/// What leaves: nothing but Z = 0 from a bad lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn ratios(point: &Point, bad: u8) -> [Ratio; 8] {
    let (x, z) = point.ratio();
    let (x, z) = (words(&x), words(&z));
    std::array::from_fn(|lane| Ratio { x: x[lane], z: if bad >> lane & 1 == 0 { z[lane] } else { [0; 4] } })
}
