//! Facts about an archive as they are collected.

use super::fact::{Fact, SameName};
use super::raw;
use std::collections::HashMap;

/// Facts of one class that are kept. One is enough to judge by, and an archive can give rise to millions.
pub(super) const KEPT: usize = 1_000;

/// What is judged alike: the kind of fact, in which sense names are the same, whether bytes are padding, and why an entry
/// cannot be read. No flood of one class hides a fact of another.
type Class = (&'static str, Option<SameName>, bool, &'static str);

/// The facts of an archive; of each class the first ones.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    bytes: &'a [u8],
    list: Vec<Fact>,
    counts: HashMap<Class, usize>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, list: Vec::new(), counts: HashMap::new() }
    }

    /// Takes a fact, unless there are enough of its class.
    pub(super) fn push(&mut self, fact: Fact) {
        let count = self.counts.entry(class(self.bytes, &fact)).or_default();
        *count += 1;
        if *count <= KEPT {
            self.list.push(fact);
        }
    }

    /// What was kept, in the order in which it was found.
    pub(super) fn into_list(self) -> Vec<Fact> {
        self.list
    }
}

fn class(bytes: &[u8], fact: &Fact) -> Class {
    let (mut same, mut reason) = (None, "");
    let is_blank = match fact {
        Fact::ExtraBytes { is_blank, .. } | Fact::EntryComment { is_blank, .. } => *is_blank,
        other => other.loose_bytes().is_some_and(|range| bytes.get(range.clone()).is_none_or(raw::is_blank)),
    };
    match fact {
        Fact::DuplicateName { same: sense, .. } => same = Some(*sense),
        Fact::Unreadable { code, .. } => reason = code,
        _ => {}
    }
    (fact.code(), same, is_blank, reason)
}

#[cfg(test)]
mod tests {
    use super::{Fact, Facts, KEPT, SameName};

    #[test]
    fn of_each_class_the_first_are_kept_and_none_hides_another() {
        let bytes = b"    x";
        let mut facts = Facts::new(bytes);
        let twice = |same| Fact::DuplicateName { first: 0, second: 1, same };
        for entry in 0..5_000 {
            facts.push(Fact::ExtraBytes { entry, range: 0..4, is_blank: true });
            facts.push(Fact::Gap { range: 0..4, hidden_record: false });
            facts.push(twice(SameName::Reading));
            facts.push(Fact::Unreadable { entry, code: "zip.encrypted" });
        }
        let others = [
            Fact::ExtraBytes { entry: 0, range: 0..5, is_blank: false },
            Fact::Gap { range: 0..5, hidden_record: false },
            twice(SameName::Exact),
            Fact::Unreadable { entry: 0, code: "zip.crc-mismatch" },
        ];
        for fact in &others {
            facts.push(fact.clone());
        }
        let list = facts.into_list();
        assert_eq!(list.len(), 4 * KEPT + others.len());
        assert_eq!(list[4 * KEPT..], others);
        assert_eq!(list[0], Fact::ExtraBytes { entry: 0, range: 0..4, is_blank: true });
    }
}
