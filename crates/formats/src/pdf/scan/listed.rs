//! Which of the objects that stand in a file its cross-reference data names.

use super::super::lexer::is_space;
use super::super::{Entry, Pdf};
use super::Found;

/// Where cross-reference data of any revision says that an object begins, and its number, in rising order. The objects
/// are those that were found, in the order of the file.
pub fn listed(pdf: &Pdf<'_>, objects: &[Found]) -> Vec<(usize, u32)> {
    // Some writers name the end of the line before an object: what begins behind the white space is meant.
    let begins = |offset: usize| {
        let found = objects.get(objects.partition_point(|found| found.offset < offset));
        let between = found.and_then(|found| pdf.bytes().get(offset..found.offset));
        let is_white = between.is_some_and(|between| between.iter().all(|byte| is_space(*byte)));
        found.filter(|_| is_white).map_or(offset, |found| found.offset)
    };
    let entries = pdf.sections().iter().flat_map(|section| &section.entries);
    let mut listed: Vec<(usize, u32)> = entries
        .filter_map(|(number, entry)| match entry {
            Entry::File { offset, .. } => Some((begins(*offset), *number)),
            Entry::Free | Entry::InStream { .. } => None,
        })
        .collect();
    // Streams of cross-reference data are objects too, and need not name themselves.
    let base = pdf.header_offset();
    let beside = pdf.sections().iter().filter_map(|section| section.trailer.exact_integer(b"XRefStm"));
    let beside = beside.filter_map(|offset| usize::try_from(offset).ok()?.checked_add(base));
    for offset in pdf.sections().iter().map(|section| section.offset).chain(beside) {
        let at = objects.partition_point(|found| found.offset < offset);
        let found = objects.get(at).filter(|found| found.offset == offset);
        listed.extend(found.map(|found| (offset, found.id.number)));
    }
    listed.sort_unstable();
    listed.dedup();
    listed
}
