//! One signature at a time, spread over the eight vector lanes.

use lanes::sm2::{Ifma, Part, Ratio, Term};

use super::claim::{Answer, Claim};
use super::field::Fe;
use super::point::{Jacobian, Point};
use super::recode::naf;
use super::table::{GeneratorDigits, KeyDigits, KeyTable};

/// Judges a claim by a key with a table: three lanes share the 24 windows of the generator, five the 37 of the key,
/// so that each has seven or eight to add.
pub(super) fn judge_with_table(ifma: Ifma, claim: &Claim, table: &KeyTable) -> Answer {
    let g = GeneratorDigits::new(&claim.s);
    let key = KeyDigits::new(&claim.t);
    let (g, key) = (g.part(), key.part(table));
    let parts = [
        windows(&g, 0, 8),
        windows(&g, 8, 16),
        windows(&g, 16, usize::MAX),
        windows(&key, 0, 8),
        windows(&key, 8, 16),
        windows(&key, 16, 23),
        windows(&key, 23, 30),
        windows(&key, 30, usize::MAX),
    ];
    judge(claim, &ifma.total(&parts, &[]))
}

/// Judges a claim by a key without a table. Only the doublings are one after the other: t is written with the digits
/// 1, 0 and -1, and those multiples 2^j of P that it names are terms which the lanes add up.
pub(super) fn judge_without_table(ifma: Ifma, claim: &Claim, point: &Point) -> Answer {
    let g = GeneratorDigits::new(&claim.s);
    let g = g.part();
    let parts = std::array::from_fn(|lane| windows(&g, 3 * lane, 3 * lane + 3));
    judge(claim, &ifma.total(&parts, &terms(&claim.t, point)))
}

fn judge(claim: &Claim, ratio: &Ratio) -> Answer {
    claim.judge_ratio(&Fe(ratio.x), &Fe(ratio.z))
}

/// Some windows of a part; those beyond its end are left out.
fn windows<'a>(part: &Part<'a>, from: usize, to: usize) -> Part<'a> {
    let to = to.min(part.digits.len());
    let entries = from * part.half..part.table.len().min(to * part.half);
    Part {
        table: part.table.get(entries).unwrap_or_default(),
        half: part.half,
        digits: part.digits.get(from..to).unwrap_or_default(),
    }
}

/// The terms that add up to t P; a third of 256 on average, 128 at most.
fn terms(t: &[u64; 4], point: &Point) -> Vec<Term> {
    let digits = naf::<2>(t);
    let length = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    let mut terms = Vec::with_capacity(digits.len() / 2 + 1);
    let mut power = Jacobian::from(*point);
    for (at, digit) in digits.iter().take(length).enumerate() {
        if at > 0 {
            power = power.double();
        }
        if *digit != 0 {
            let y = if *digit < 0 { power.y.neg() } else { power.y };
            terms.push(Term { x: power.x.0, y: y.0, z: power.z.0 });
        }
    }
    terms
}
