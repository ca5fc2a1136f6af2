//! Opening a file without its cross-reference data, as viewers do with damaged files.

use std::collections::HashMap;
use std::sync::OnceLock;

use memchr::memmem;

use super::parser::Parser;
use super::scan::{Found, Scan, around};
use super::{Dictionary, Entry, Object, ObjectId, Pdf, PdfError};

/// Object streams and trailers that are tried; more are left alone.
const TRIES: usize = 100_000;

impl Pdf<'_> {
    /// Finds objects and a trailer.
    pub(super) fn rebuild(mut self, password: &[u8]) -> Result<Self, PdfError> {
        let found = Scan::of(self.bytes).objects;
        let last = last_of_each(&found, self.limits.objects)?;
        self.merged = OnceLock::from(entries(&last, &[]));
        self.trailer = self.find_trailer(&found, &last)?;
        self.decrypt(password)?;
        let packed = self.packed(&found, &last);
        if !packed.is_empty() {
            self.merged = OnceLock::from(entries(&last, &packed));
            self.forget();
        }
        if self.trailer.get(b"Root").is_none() {
            let root = self.find_catalog().ok_or(PdfError::Unexpected("Root"))?;
            self.trailer.set(b"Root", Object::Reference(root));
        }
        Ok(self)
    }

    /// The last trailer or cross-reference stream that names a catalogue; an empty one where there is none.
    fn find_trailer(&self, found: &[Found], last: &HashMap<u32, Found>) -> Result<Dictionary, PdfError> {
        let mut places: Vec<(usize, Option<Found>)> =
            memmem::find_iter(self.bytes, b"trailer").map(|at| (at + b"trailer".len(), None)).collect();
        places.extend(
            memmem::find_iter(self.bytes, b"/XRef").filter_map(|at| Some((at, Some(around(found, at)?)))),
        );
        places.sort_unstable_by_key(|(at, _)| *at);
        for (at, object) in places.into_iter().rev().take(TRIES) {
            let trailer = match object {
                None => {
                    let mut parser = Parser::new(self.bytes, at, &self.limits);
                    let trailer = parser.dictionary();
                    parser.count(&self.work)?;
                    trailer.ok()
                }
                Some(object) if last.get(&object.id.number) == Some(&object) => {
                    self.cross_reference_stream(object.id)
                }
                Some(_) => None,
            };
            if let Some(trailer) = trailer.filter(|trailer| trailer.get(b"Root").is_some()) {
                return Ok(trailer);
            }
        }
        Ok(Dictionary::new())
    }

    fn cross_reference_stream(&self, id: ObjectId) -> Option<Dictionary> {
        let object = self.object(id).ok()?;
        let dictionary = object.object.as_dictionary()?;
        dictionary.has_name(b"Type", b"XRef").then(|| dictionary.clone())
    }

    /// Number, container and position of the objects in object streams, in the order of the file.
    fn packed(&self, found: &[Found], last: &HashMap<u32, Found>) -> Vec<(u32, Found, u32)> {
        let mut packed = Vec::new();
        let mut before = None;
        for at in memmem::find_iter(self.bytes, b"ObjStm").take(TRIES) {
            let Some(container) =
                around(found, at).filter(|object| last.get(&object.id.number) == Some(object))
            else {
                continue;
            };
            if before.replace(container) == Some(container) {
                continue;
            }
            let Ok(stream) = self.object_stream(container.id.number, 0) else { continue };
            if packed.len() + stream.numbers().len() > self.limits.entries {
                break;
            }
            packed.extend(stream.numbers().iter().map(|(number, index)| (*number, container, *index)));
        }
        packed
    }

    /// The last object that is a catalogue.
    fn find_catalog(&self) -> Option<ObjectId> {
        let ids = self.numbers().into_iter().rev().filter_map(|(number, entry)| match entry {
            Entry::File { generation, .. } => Some(ObjectId { number, generation }),
            Entry::InStream { .. } => Some(ObjectId::new(number)),
            Entry::Free => None,
        });
        let mut ids = ids;
        ids.find(|id| {
            let object = self.read_object(*id);
            object.is_ok_and(|object| {
                object
                    .object
                    .as_dictionary()
                    .is_some_and(|dictionary| dictionary.has_name(b"Type", b"Catalog"))
            })
        })
    }
}

fn last_of_each(found: &[Found], most: usize) -> Result<HashMap<u32, Found>, PdfError> {
    if found.len() > most {
        return Err(PdfError::Limit("objects"));
    }
    let known =
        found.iter().filter(|object| usize::try_from(object.id.number).is_ok_and(|number| number <= most));
    Ok(known.map(|object| (object.id.number, *object)).collect())
}

/// Entries in rising order. An object in a stream counts as standing where its stream does.
fn entries(last: &HashMap<u32, Found>, packed: &[(u32, Found, u32)]) -> Vec<(u32, Entry)> {
    let direct = last.values().map(|object| {
        let Found { id, offset } = *object;
        (id.number, offset, Entry::File { offset, generation: id.generation })
    });
    let mut all: Vec<(u32, usize, Entry)> = direct.collect();
    all.extend(packed.iter().map(|(number, container, index)| {
        (*number, container.offset, Entry::InStream { container: container.id.number, index: *index })
    }));
    // The last of each number first; of those in one stream the later one.
    all.reverse();
    all.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    all.dedup_by_key(|(number, ..)| *number);
    all.into_iter().map(|(number, _, entry)| (number, entry)).collect()
}
