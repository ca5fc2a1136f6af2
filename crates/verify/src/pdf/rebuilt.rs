//! The document by its cross-reference data against the document by looking for objects (rule 4): the two differ where
//! somebody put in objects that only a reader that repairs will show.

use std::collections::BTreeSet;

use formats::pdf::{Entry, Pdf, PdfError};

use super::file::{File, Opened, id_of};
use super::same;

/// Objects that are compared.
const MOST: usize = 200_000;

/// What came of comparing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rebuilt {
    /// The same document either way.
    Same,
    /// These objects are others, and the pages (counted from one) that differ, as far as can be told.
    Differs { objects: Vec<u32>, pages: Vec<usize> },
    /// It could be opened one way alone, which is told elsewhere.
    NotComparable,
    /// There are objects that may be others, and they could not be compared.
    Unclear(PdfError),
}

/// Compares. Only objects of which looking for them finds another one than the cross-reference data names can differ,
/// so that most files need not be opened a second time.
pub(super) fn compare(file: &File<'_>) -> Rebuilt {
    let (Opened::ByXref | Opened::Earlier(_), Some(view)) = (&file.opened, file.view.as_deref()) else {
        return Rebuilt::NotComparable;
    };
    let suspects = suspects(file, view);
    if suspects.is_empty() {
        return Rebuilt::Same;
    }
    if suspects.len() > MOST {
        return Rebuilt::Unclear(PdfError::Limit("objects that no cross-reference data names"));
    }
    let rebuilt = match Pdf::reconstruct(file.bytes, &file.limits) {
        Ok(rebuilt) => rebuilt,
        Err(error) => return Rebuilt::Unclear(error),
    };
    let differs = |number: &u32| !is_same(view, &rebuilt, *number);
    let objects: Vec<u32> = suspects.into_iter().filter(differs).collect();
    let catalogs_differ = match (view.catalog(), rebuilt.catalog()) {
        (Ok(a), Ok(b)) => !same::value(view, &a.object, &rebuilt, &b.object),
        _ => true,
    };
    if objects.is_empty() && !catalogs_differ {
        return Rebuilt::Same;
    }
    let pages = pages(view, &rebuilt, &objects);
    // What neither document uses may be what it likes.
    if pages.is_empty() && !catalogs_differ && objects.iter().all(|number| view.entry(*number).is_none()) {
        return Rebuilt::Same;
    }
    Rebuilt::Differs { objects, pages }
}

/// Numbers of which the last object in the file is not the one that the cross-reference data names, unless an older
/// revision explains it.
fn suspects(file: &File<'_>, view: &Pdf<'_>) -> BTreeSet<u32> {
    let mut suspects: BTreeSet<u32> = file
        .unlisted()
        .iter()
        .filter(|found| !is_section(view, found.offset))
        .map(|found| found.id.number)
        .collect();
    let mut last: Vec<(u32, usize)> =
        file.objects.iter().map(|found| (found.id.number, found.offset)).collect();
    last.sort_unstable();
    let offset_of = |number: u32| {
        let end = last.partition_point(|(known, _)| *known <= number);
        let (known, offset) = last.get(end.checked_sub(1)?)?;
        (*known == number).then_some(*offset)
    };
    for (number, entry) in view.numbers() {
        if let Entry::File { offset, .. } = entry
            && offset_of(number) != Some(offset)
        {
            suspects.insert(number);
        }
    }
    suspects
}

/// A stream of cross-reference data need not name itself.
fn is_section(view: &Pdf<'_>, offset: usize) -> bool {
    view.sections().iter().any(|section| section.offset == offset)
}

fn is_same(view: &Pdf<'_>, rebuilt: &Pdf<'_>, number: u32) -> bool {
    let read = |pdf: &Pdf<'_>| id_of(pdf, number).and_then(|id| pdf.object(id).ok());
    match (read(view), read(rebuilt)) {
        (Some(a), Some(b)) => same::value(view, &a.object, rebuilt, &b.object),
        (None, None) => true,
        _ => false,
    }
}

/// The pages that use one of these objects, or that are other pages.
fn pages(view: &Pdf<'_>, rebuilt: &Pdf<'_>, objects: &[u32]) -> Vec<usize> {
    let (Ok(a), Ok(b)) = (view.pages(), rebuilt.pages()) else { return Vec::new() };
    let count = a.len().max(b.len());
    let differs = |index: &usize| match (a.get(*index), b.get(*index)) {
        (Some(a), Some(b)) => {
            a.id != b.id
                || !same::dictionary(view, &a.dictionary, rebuilt, &b.dictionary)
                || uses(&b.dictionary, &b.resources, objects)
        }
        _ => true,
    };
    (0..count).filter(differs).map(|index| index + 1).collect()
}

/// True when a page refers to one of these objects from its own dictionary or its resources.
fn uses(page: &formats::pdf::Dictionary, resources: &formats::pdf::Dictionary, objects: &[u32]) -> bool {
    let mut found = false;
    for dictionary in [page, resources] {
        for entry in dictionary.entries().iter().filter(|entry| entry.key.as_bytes() != b"Parent") {
            same::references(&entry.value, &mut |id| found |= objects.contains(&id.number));
        }
    }
    found
}
