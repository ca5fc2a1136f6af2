//! Keys that stand twice. Readers take the first value or the last, so that two of them see two documents: whatever rule
//! explains the object, it explains one of the two.

use std::collections::HashSet;

use formats::pdf::{Dictionary, Name, Object, Pdf, Section};

use super::{Comparison, Kind};
use crate::text::Detail;

impl Comparison<'_, '_> {
    /// Tells of each in a changed object, and in a trailer or the dictionary of a cross-reference stream that came later.
    pub(super) fn doubled(&mut self) {
        let in_objects = self.touched.iter().filter_map(|(number, touched)| {
            let key = doubled_in(&touched.new.as_ref()?.object)?;
            Some((Some(*number), key.clone()))
        });
        let in_trailers =
            later_sections(self.old, self.new).filter_map(|section| Some((None, section.doubled.clone()?)));
        let found: Vec<(Option<u32>, Name)> = in_objects.chain(in_trailers).collect();
        for (object, key) in found {
            let key = crate::text::printable(&key.to_text());
            let (zh, en) =
                if object.is_some() { ("", "the key") } else { ("文件尾的", "in a trailer, the key") };
            let words = Detail::new(
                format!("{zh}键 /{key} 出现两次，阅读器各取其一"),
                format!("{en} /{key} stands twice, and readers take one or the other"),
            );
            self.tell(Kind::Ambiguous, object, words);
        }
    }
}

/// The sections that the signed revision does not have.
pub(super) fn later_sections<'n>(old: &Pdf<'_>, new: &'n Pdf<'_>) -> impl Iterator<Item = &'n Section> {
    let known: HashSet<usize> = old.sections().iter().map(|section| section.offset).collect();
    new.sections().iter().filter(move |section| !known.contains(&section.offset))
}

/// The first key that stands twice in a dictionary of an object. As deep as the reader reads.
fn doubled_in(object: &Object) -> Option<&Name> {
    match object {
        Object::Array(items) => items.iter().find_map(doubled_in),
        Object::Dictionary(dictionary) => doubled_in_dictionary(dictionary),
        Object::Stream(stream) => doubled_in_dictionary(&stream.dictionary),
        _ => None,
    }
}

fn doubled_in_dictionary(dictionary: &Dictionary) -> Option<&Name> {
    let inside = || dictionary.entries().iter().find_map(|entry| doubled_in(&entry.value));
    dictionary.doubled_key().or_else(inside)
}
