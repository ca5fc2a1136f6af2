//! Whether every reader finds the same objects in a file.
//!
//! A file that has to be repaired on reading is not signed: each reader repairs in its own way, and what was signed would
//! stay in that state for good. So every object is read once, where the cross-reference data says that it is.

use std::collections::BTreeSet;

use super::error::SealError;
use crate::pdf::load::MOST_FACTS;
use crate::pdf::scan::{self, Scan};
use crate::pdf::{Entry, Fact, Object, ObjectId, PageFaultKind, PageTree, Pdf, StreamData};

/// Refuses a file with an object that is not whole in its place, or that only looking for objects would find.
pub(super) fn check(file: &Pdf<'_>) -> Result<(), SealError> {
    let (mut named, mut streams) = (BTreeSet::new(), Vec::new());
    for (number, entry) in file.numbers() {
        let generation = if let Entry::File { generation, .. } = entry { generation } else { 0 };
        let found = file
            .read_object(ObjectId { number, generation })
            .map_err(|error| SealError::Unsound { object: number, what: error.to_string() })?;
        found.object.references(&mut |id| {
            named.insert(id.number);
        });
        if let Object::Stream(stream) = &found.object
            && let StreamData::File { range, .. } = &stream.data
        {
            streams.push(range.clone());
        }
    }
    check_facts(&file.facts())?;
    streams.sort_unstable_by_key(|range| range.start);
    let is_in_stream = |offset: usize| {
        let before = streams.partition_point(|range| range.start <= offset);
        before.checked_sub(1).and_then(|at| streams.get(at)).is_some_and(|range| range.contains(&offset))
    };
    check_strays(file, &named, &is_in_stream)
}

/// Refuses a tree of pages that contradicts itself: two readers show other pages of it (`Count`, `Parent`).
pub(super) fn check_pages(tree: &PageTree) -> Result<(), SealError> {
    let Some(fault) = tree.faults.first() else { return Ok(()) };
    let what = match &fault.kind {
        PageFaultKind::Count { found, .. } => format!("its Count is not the {found} pages below it"),
        PageFaultKind::Parent(_) => "its Parent is not the node that lists it".to_owned(),
        PageFaultKind::Type => "its Type and its Kids say different things".to_owned(),
        PageFaultKind::Kid => "the tree of pages lists it, and it is neither a page nor a node".to_owned(),
    };
    Err(SealError::Unsound { object: fault.object.map_or(0, |id| id.number), what })
}

/// What was forgiven on reading, and what other readers would forgive in another way.
fn check_facts(facts: &[Fact]) -> Result<(), SealError> {
    if facts.len() >= MOST_FACTS {
        return Err(SealError::Structure("so much is odd about the file that not all of it was noted"));
    }
    facts
        .iter()
        .find_map(damage)
        .map_or(Ok(()), |(object, what)| Err(SealError::Unsound { object, what: what.to_owned() }))
}

fn damage(fact: &Fact) -> Option<(u32, &'static str)> {
    match fact {
        Fact::WrongLength(id) => Some((id.number, "the length of its stream is wrong")),
        Fact::OddStream(id) => Some((id.number, "its stream does not begin or end as it must")),
        Fact::MissingEndobj(id) => Some((id.number, "endobj is missing")),
        Fact::BeyondSize { number, .. } => Some((*number, "its number is not below the Size of the trailer")),
        Fact::UnknownEntry { number, .. } => Some((*number, "its entry is of no known kind")),
        Fact::DoubledEntry { number, .. } => Some((*number, "cross-reference data name two places for it")),
        Fact::OddObjectStream { number, .. } => {
            Some((*number, "it does not stand where its object stream says"))
        }
        _ => None,
    }
}

/// Objects that no cross-reference data of any revision names, though the document refers to their number: readers that
/// look for objects show them, and others do not.
fn check_strays(
    file: &Pdf<'_>,
    named: &BTreeSet<u32>,
    is_in_stream: &dyn Fn(usize) -> bool,
) -> Result<(), SealError> {
    let objects = Scan::of(file.bytes()).objects;
    let listed = scan::listed(file, &objects);
    for found in objects {
        let number = found.id.number;
        let is_known = listed.binary_search(&(found.offset, number)).is_ok() || is_in_stream(found.offset);
        if !is_known && named.contains(&number) {
            let what =
                format!("another one of its number stands at byte {}, which nothing names", found.offset);
            return Err(SealError::Unsound { object: number, what });
        }
    }
    Ok(())
}
