//! Many signatures at once: eight to a call in vector lanes where the processor has them.

use std::sync::Arc;

use lanes::sm2::{Ifma, Part, Sum};

use super::claim::{Answer, Claim};
use super::field::Fe;
use super::table::{GeneratorDigits, KeyDigits, KeyTable};
use super::{Sm2Key, cache, judge, lanes_in_use};
use crate::signature::Sm2Signature;

/// Lanes of one call.
const LANES: usize = 8;
/// From how many signatures on a call of eight lanes is quicker than one signature after the other.
const WORTHWHILE: usize = 7;

/// One signature over a digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) key: &'a Sm2Key,
    pub(crate) e: [u8; 32],
    pub(crate) signature: Sm2Signature,
}

/// A job that is under way.
pub(super) struct Open<'a> {
    pub(super) place: usize,
    pub(super) job: &'a Job<'a>,
    pub(super) claim: Claim,
    pub(super) table: Option<Arc<KeyTable>>,
}

/// Which of the signatures are right, each as [`Sm2Key::verify`] says.
pub(crate) fn verify_many(jobs: &[Job<'_>]) -> Vec<bool> {
    let Some(ifma) = lanes_in_use().filter(|_| jobs.len() >= WORTHWHILE) else {
        return jobs.iter().map(|job| job.key.verify(&job.e, &job.signature)).collect();
    };
    let mut right = vec![false; jobs.len()];
    let open = jobs.iter().enumerate().filter_map(|(place, job)| {
        let claim = job.signature.claim(&job.e)?;
        Some(Open { place, job, claim, table: cache::table(&job.key.id, &job.key.point) })
    });
    let (known, fresh): (Vec<_>, Vec<_>) = open.partition(|open| open.table.is_some());
    let (groups, rest) = groups(&known);
    for group in groups {
        for (open, answer) in group.iter().zip(sums_with_tables(ifma, group)) {
            set(&mut right, open, answer);
        }
    }
    for open in rest.iter().chain(&fresh) {
        set(&mut right, open, judge(&open.claim, open.table.as_deref(), &open.job.key.point));
    }
    right
}

/// Groups for a call each, the last perhaps with empty lanes, and those that are quicker one by one.
fn groups<'a, 'b>(known: &'b [Open<'a>]) -> (std::slice::Chunks<'b, Open<'a>>, &'b [Open<'a>]) {
    let over = known.len() % LANES;
    let grouped = if over < WORTHWHILE { known.len() - over } else { known.len() };
    let (grouped, rest) = known.split_at(grouped);
    (grouped.chunks(LANES), rest)
}

fn set(right: &mut [bool], open: &Open<'_>, answer: Answer) {
    if let Some(place) = right.get_mut(open.place) {
        *place = open.job.key.conclude(answer, &open.job.e, &open.job.signature);
    }
}

/// The answers of at most eight jobs whose keys have tables.
pub(super) fn sums_with_tables(ifma: Ifma, group: &[Open<'_>]) -> Vec<Answer> {
    let digits: Vec<_> = group
        .iter()
        .map(|open| (GeneratorDigits::new(&open.claim.s), KeyDigits::new(&open.claim.t)))
        .collect();
    let sums: [Sum<'_>; LANES] = std::array::from_fn(|lane| {
        let filled = digits.get(lane).zip(group.get(lane).and_then(|open| open.table.as_deref()));
        // Lanes without a job add up nothing.
        filled.map_or(EMPTY, |((g, key), table)| Sum { parts: [g.part(), key.part(table)] })
    });
    let ratios = ifma.sums(&sums);
    group.iter().zip(ratios).map(|(open, ratio)| open.claim.judge_ratio(&Fe(ratio.x), &Fe(ratio.z))).collect()
}

const NOTHING: Part<'static> = Part { table: &[], half: 0, digits: &[] };
const EMPTY: Sum<'static> = Sum { parts: [NOTHING; 2] };
