//! The document by its cross-reference data against the document by looking for objects (rule 4): the two differ where
//! somebody put in objects that only a reader that repairs will show.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use formats::pdf::{Dictionary, Entry, Object, ObjectId, Pdf, PdfError};

use super::file::{File, Opened, id_of};
use super::same;
use super::signed::is_dictionary_of;

/// Objects that are compared, and objects that are read to see what they refer to.
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

/// Compares: first the catalogues that trailers name, then the objects. Only those of which looking for them finds
/// another one than the cross-reference data names can differ, so that most files need not be opened a second time.
pub(super) fn compare(file: &File<'_>) -> Rebuilt {
    let (Opened::ByXref | Opened::Earlier(_), Some(view)) = (&file.opened, file.view.as_deref()) else {
        return Rebuilt::NotComparable;
    };
    if let Some(objects) = other_catalogue(file, view) {
        return Rebuilt::Differs { objects, pages: Vec::new() };
    }
    if let Some(error) = &file.trailers().limit {
        return Rebuilt::Unclear(error.clone());
    }
    let suspects = match suspects(file, view) {
        Ok(suspects) if suspects.is_empty() => return Rebuilt::Same,
        Ok(suspects) => suspects,
        Err(error) => return Rebuilt::Unclear(error),
    };
    if suspects.len() > MOST {
        return Rebuilt::Unclear(PdfError::Limit("objects that no cross-reference data names"));
    }
    let rebuilt = match file.reconstruct() {
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

/// Another catalogue (its number where it is an object) that a reader which repairs may take: that of the last trailer
/// in the file, as most do, or of any trailer that the cross-reference data does not lead to, since some take another
/// one. One that names two is as good as another one.
fn other_catalogue(file: &File<'_>, view: &Pdf<'_>) -> Option<Vec<u32>> {
    let trailers = &file.trailers().list;
    let last = trailers.iter().rposition(|trailer| trailer.dictionary.get(b"Root").is_some());
    let is_followed =
        |dictionary: &Dictionary| view.sections().iter().any(|one| is_dictionary_of(dictionary, one));
    let could_be_taken = trailers
        .iter()
        .enumerate()
        .filter(|(index, trailer)| Some(*index) == last || !is_followed(&trailer.dictionary));
    could_be_taken.map(|(_, trailer)| &trailer.dictionary).find_map(|trailer| {
        let mut roots = trailer.entries().iter().filter(|entry| entry.key.as_bytes() == b"Root");
        let other = roots.find(|root| !is_catalogue(view, &root.value))?;
        Some(other.value.as_reference().map(|id| id.number).into_iter().collect())
    })
}

/// True when a value is the catalogue, or says the same.
fn is_catalogue(view: &Pdf<'_>, root: &Object) -> bool {
    let Ok(catalogue) = view.catalog() else { return false };
    root.as_reference() == Some(catalogue.id) || same::value(view, &catalogue.object, view, root)
}

/// Numbers of which the last object in the file is not the one that the cross-reference data names, unless an older
/// revision explains it: one that a later revision wrote anew is passed over by both ways of opening.
fn suspects(file: &File<'_>, view: &Pdf<'_>) -> Result<BTreeSet<u32>, PdfError> {
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
    let packed = packed(view);
    let mut freed = BTreeSet::new();
    let begin = first_end(file);
    for (number, newest) in newest(view) {
        let found = offset_of(number);
        // An object in a stream stands where its stream does.
        let later = |at: usize| {
            let packed = packed.get(&number).copied();
            found.into_iter().chain(packed).any(|other| other > at)
        };
        let is_suspect = match newest {
            // PDFium gives its cross-reference stream the number of the one before, which nothing uses.
            Entry::File { offset, .. } if is_again(view, offset, found) => {
                freed.insert(number);
                false
            }
            Entry::File { offset, .. } => found != Some(offset) || later(offset),
            Entry::InStream { container, .. } => place(view, container).is_some_and(later),
            Entry::Free => {
                freed.extend(found.filter(|offset| *offset >= begin).map(|_| number));
                false
            }
        };
        if is_suspect {
            suspects.insert(number);
        }
    }
    suspects.extend(referenced(view, &freed)?);
    Ok(suspects)
}

/// The newest entry of each number, those that are free with them.
fn newest(view: &Pdf<'_>) -> Vec<(u32, Entry)> {
    match view.sections() {
        [only] => only.entries.clone(),
        sections => {
            let numbers: BTreeSet<u32> =
                sections.iter().flat_map(|one| &one.entries).map(|(number, _)| *number).collect();
            numbers.into_iter().filter_map(|number| Some((number, view.entry(number)?))).collect()
        }
    }
}

/// Where the last object stream stands that cross-reference data of some revision names for each number.
fn packed(view: &Pdf<'_>) -> HashMap<u32, usize> {
    let mut places: BTreeMap<u32, Option<usize>> = BTreeMap::new();
    let mut packed: HashMap<u32, usize> = HashMap::new();
    for (number, entry) in view.sections().iter().flat_map(|section| &section.entries) {
        let Entry::InStream { container, .. } = entry else { continue };
        let at = *places.entry(*container).or_insert_with(|| place(view, *container));
        if let Some(at) = at {
            let last = packed.entry(*number).or_insert(at);
            *last = (*last).max(at);
        }
    }
    packed
}

/// Where an object of the file stands.
fn place(view: &Pdf<'_>, number: u32) -> Option<usize> {
    match view.entry(number)? {
        Entry::File { offset, .. } => Some(offset),
        Entry::InStream { .. } | Entry::Free => None,
    }
}

/// Where the first revision ends: what was freed within it was never shown.
fn first_end(file: &File<'_>) -> usize {
    file.ends.iter().find(|end| end.offset != 0).map_or(0, |end| end.range.end)
}

/// Those of some numbers that the document refers to.
fn referenced(view: &Pdf<'_>, numbers: &BTreeSet<u32>) -> Result<BTreeSet<u32>, PdfError> {
    let mut found = BTreeSet::new();
    if numbers.is_empty() {
        return Ok(found);
    }
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut waiting = VecDeque::new();
    let mut refers = |value: &Object, waiting: &mut VecDeque<ObjectId>| {
        value.references(&mut |id| {
            if numbers.contains(&id.number) {
                found.insert(id.number);
            } else if seen.insert(id) {
                waiting.push_back(id);
            }
        });
        seen.len()
    };
    refers(&Object::Dictionary(view.trailer().clone()), &mut waiting);
    while let Some(id) = waiting.pop_front() {
        let Ok(indirect) = view.read_object(id) else { continue };
        if refers(&indirect.object, &mut waiting) > MOST {
            return Err(PdfError::Limit("objects beside which some were freed"));
        }
    }
    Ok(found)
}

/// A stream of cross-reference data need not name itself.
fn is_section(view: &Pdf<'_>, offset: usize) -> bool {
    view.sections().iter().any(|section| section.offset == offset)
}

/// True when other cross-reference data stand in the place of such data.
fn is_again(view: &Pdf<'_>, offset: usize, found: Option<usize>) -> bool {
    found.is_some_and(|found| found != offset && is_section(view, found)) && is_section(view, offset)
}

fn is_same(view: &Pdf<'_>, rebuilt: &Pdf<'_>, number: u32) -> bool {
    let read = |pdf: &Pdf<'_>| id_of(pdf, number).and_then(|id| pdf.object(id).ok());
    match (read(view), read(rebuilt)) {
        (Some(a), Some(b)) => same::value(view, &a.object, rebuilt, &b.object),
        // What is named and stands nowhere makes readers repair the file, and nobody knows what they find.
        (None, None) => id_of(view, number).is_none(),
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
fn uses(page: &Dictionary, resources: &Dictionary, objects: &[u32]) -> bool {
    let mut found = false;
    for dictionary in [page, resources] {
        for entry in dictionary.entries().iter().filter(|entry| entry.key.as_bytes() != b"Parent") {
            entry.value.references(&mut |id| found |= objects.contains(&id.number));
        }
    }
    found
}
