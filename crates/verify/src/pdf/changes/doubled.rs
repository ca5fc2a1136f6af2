//! What stands twice. Of keys readers take the first value or the last, and of a hybrid section the table or the stream, so
//! that two of them see two documents: whatever rule explains the object, it explains one of the two.

use std::collections::{BTreeSet, HashSet};

use formats::pdf::{Dictionary, Entry, Name, Object, Pdf, Section};

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

    /// Objects that were there, and of which the table of a later hybrid section says another thing than its stream, such
    /// as that they are free: for readers that believe the one they are gone, or others. Where they were hidden from
    /// readers of tables when it was signed, nothing is taken from anybody (§7.5.8.4).
    pub(super) fn hybrids(&mut self) {
        let split: BTreeSet<u32> =
            later_sections(self.old, self.new).flat_map(|section| &section.split).copied().collect();
        if split.is_empty() {
            return;
        }
        let hidden = hidden(self.old);
        let was_there = |number: &u32| self.old.entry(*number).is_some_and(|entry| entry != Entry::Free);
        let told: Vec<u32> =
            split.into_iter().filter(|number| was_there(number) && !hidden.contains(number)).collect();
        for number in told {
            let words = Detail::new(
                "混合交叉引用的表与流说法不一（如表中已释放），有的阅读器不再显示它",
                "the table and the stream of hybrid cross-reference data disagree about it (such as that it is free), \
                 and some readers no longer show it",
            );
            self.tell(Kind::Refused, Some(number), words);
        }
    }
}

/// The objects that the newest section which names them hides from readers of tables.
fn hidden(pdf: &Pdf<'_>) -> BTreeSet<u32> {
    let mut decided: HashSet<u32> = HashSet::new();
    let mut hidden = BTreeSet::new();
    for section in pdf.sections() {
        for (number, entry) in &section.entries {
            let is_split = decided.insert(*number) && section.split.binary_search(number).is_ok();
            if is_split && matches!(entry, Entry::InStream { .. }) {
                hidden.insert(*number);
            }
        }
    }
    hidden
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

/// The same for a dictionary.
pub(in crate::pdf) fn doubled_in_dictionary(dictionary: &Dictionary) -> Option<&Name> {
    let inside = || dictionary.entries().iter().find_map(|entry| doubled_in(&entry.value));
    dictionary.doubled_key().or_else(inside)
}
