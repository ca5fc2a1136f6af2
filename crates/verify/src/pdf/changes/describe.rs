//! Words about fields and pages: what a field shows, and which page uses an object.

use std::collections::HashSet;

use formats::pdf::{Field, Object, Pdf, text_of};

use super::Comparison;
use crate::text::{Detail, printable};

/// Objects that are gone through to find out which page uses one.
const MOST_OBJECTS: usize = 20_000;

/// Words about a field.
pub(super) fn field_words(zh: &str, en: &str, name: &str) -> Detail {
    let name = printable(name);
    Detail::new(format!("{zh} {name}"), format!("{en} {name}"))
}

/// The value of a field as text.
pub(super) fn value_text(pdf: &Pdf<'_>, field: &Field) -> String {
    let Some(value) = &field.value else { return String::new() };
    match pdf.resolve(value).ok().as_deref() {
        Some(Object::String(bytes)) => text_of(bytes),
        Some(Object::Name(name)) => name.to_text(),
        Some(Object::Array(items)) => {
            let texts = items.iter().filter_map(Object::as_string).map(text_of);
            texts.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

impl Comparison<'_, '_> {
    /// The first page that leads to an object, counted from zero.
    pub(super) fn page_of(&self, number: u32) -> Option<usize> {
        let mut seen: HashSet<u32> = HashSet::new();
        self.new_pages.iter().position(|page| {
            let mut open: Vec<u32> = Vec::new();
            for dictionary in [&page.dictionary, &page.resources] {
                let entries = dictionary.entries().iter();
                for entry in entries.filter(|entry| entry.key.as_bytes() != b"Parent") {
                    entry.value.references(&mut |id| open.push(id.number));
                }
            }
            self.leads_to(open, number, &mut seen)
        })
    }

    fn leads_to(&self, mut open: Vec<u32>, number: u32, seen: &mut HashSet<u32>) -> bool {
        while let Some(next) = open.pop() {
            if next == number {
                return true;
            }
            if seen.len() >= MOST_OBJECTS || !seen.insert(next) {
                continue;
            }
            let Some(id) = crate::pdf::file::id_of(self.new, next) else { continue };
            let Ok(indirect) = self.new.object(id) else { continue };
            let Some(dictionary) = indirect.object.as_dictionary() else { continue };
            // The tree of pages and the structure lead everywhere.
            let is_way_up = [&b"Page"[..], b"Pages", b"Catalog", b"StructElem"]
                .iter()
                .any(|kind| dictionary.has_name(b"Type", kind));
            if !is_way_up {
                for entry in dictionary
                    .entries()
                    .iter()
                    .filter(|e| ![&b"Parent"[..], b"P"].contains(&e.key.as_bytes()))
                {
                    entry.value.references(&mut |id| open.push(id.number));
                }
            }
        }
        false
    }
}
