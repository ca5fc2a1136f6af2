//! The objects that later revisions put in another place, and that say something else there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use formats::pdf::{Entry, Indirect, Pdf, PdfError};

use crate::pdf::file::id_of;
use crate::pdf::same;

/// Objects that are read to be compared.
const MOST: usize = 500_000;

/// An object before and after; none where there is no such object, or where what is there cannot be read.
pub(super) struct Touched {
    pub(super) old: Option<Arc<Indirect>>,
    pub(super) new: Option<Arc<Indirect>>,
    /// What stood there cannot be read.
    was_odd: bool,
    /// What stands there cannot be read: other readers may make something of it.
    pub(super) is_odd: bool,
}

impl Touched {
    /// True when the signed revision has no such object.
    pub(super) fn is_new(&self) -> bool {
        self.old.is_none() && !self.was_odd
    }
}

/// What stands where an object should be.
enum Read {
    Nothing,
    Object(Arc<Indirect>),
    /// Something that we cannot read. Readers that forgive more take it for an object.
    Odd,
}

impl Read {
    fn object(self) -> Option<Arc<Indirect>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
}

/// The touched objects of two revisions, by number.
pub(super) fn find(old: &Pdf<'_>, new: &Pdf<'_>) -> Result<BTreeMap<u32, Touched>, PdfError> {
    let numbers = numbers(old, new);
    if numbers.len() > MOST {
        return Err(PdfError::Limit("changed objects"));
    }
    let mut touched = BTreeMap::new();
    for number in numbers {
        let (before, now) = (read(old, number)?, read(new, number)?);
        let is_same = match (&before, &now) {
            (Read::Object(a), Read::Object(b)) => a.id == b.id && same::value(old, &a.object, new, &b.object),
            (Read::Nothing, Read::Nothing) => true,
            _ => false,
        };
        if !is_same {
            let (was_odd, is_odd) = (matches!(before, Read::Odd), matches!(now, Read::Odd));
            touched.insert(number, Touched { old: before.object(), new: now.object(), was_odd, is_odd });
        }
    }
    Ok(touched)
}

/// Numbers whose place is another one.
fn numbers(old: &Pdf<'_>, new: &Pdf<'_>) -> BTreeSet<u32> {
    let known: HashSet<usize> = old.sections().iter().map(|section| section.offset).collect();
    let there: HashSet<usize> = new.sections().iter().map(|section| section.offset).collect();
    let moved = |number: &u32| place(old, *number) != place(new, *number);
    let mut numbers: BTreeSet<u32> = if known.is_subset(&there) {
        let later = new.sections().iter().filter(|section| !known.contains(&section.offset));
        later.flat_map(|section| &section.entries).map(|(number, _)| *number).filter(moved).collect()
    } else {
        // The document does not build on the signed revision: every object is looked at.
        let all = old.numbers().into_iter().chain(new.numbers());
        all.map(|(number, _)| number).filter(moved).collect()
    };
    // What stands in an object stream changes with it.
    let inside = old.numbers().into_iter().filter_map(|(number, entry)| match entry {
        Entry::InStream { container, .. } if numbers.contains(&container) => Some(number),
        _ => None,
    });
    let inside: Vec<u32> = inside.collect();
    numbers.extend(inside);
    numbers
}

/// Where an object is; free and absent are the same.
fn place(pdf: &Pdf<'_>, number: u32) -> Option<Entry> {
    pdf.entry(number).filter(|entry| *entry != Entry::Free)
}

/// What stands there; one beyond a limit is an error.
fn read(pdf: &Pdf<'_>, number: u32) -> Result<Read, PdfError> {
    let Some(id) = id_of(pdf, number) else { return Ok(Read::Nothing) };
    match pdf.object(id) {
        Ok(indirect) => Ok(Read::Object(indirect)),
        Err(error @ (PdfError::Limit(_) | PdfError::Filter(_))) => Err(error),
        Err(_) => Ok(Read::Odd),
    }
}

/// True when both trailers lead to the same catalogue, information and encryption.
pub(super) fn trailers_agree(old: &Pdf<'_>, new: &Pdf<'_>) -> bool {
    let size = |pdf: &Pdf<'_>| pdf.trailer().integer(b"Size").unwrap_or_default();
    size(new) >= size(old)
        && [&b"Root"[..], b"Info", b"Encrypt"].iter().all(|key| {
            let (a, b) = (old.trailer().get(key), new.trailer().get(key));
            match (a, b) {
                (Some(a), Some(b)) => same::value(old, a, new, b),
                (None, None) => true,
                _ => false,
            }
        })
}
