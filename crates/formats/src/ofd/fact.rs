//! What is unusual about the files of a package. Judging it is left to others.

use crate::xml;
use std::collections::HashMap;

/// What is unusual about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathNote {
    /// Backslashes were read as slashes.
    Backslash,
    /// Empty segments, as in `//Doc_0`, were dropped.
    EmptySegment,
    /// The file exists in another case only, though paths are case-sensitive (GB/T 33190-2016 §7.3).
    WrongCase,
    /// The path climbs out of the package, or is the address of something else.
    Outside,
    /// The path is empty or too long.
    Unusable,
}

impl PathNote {
    /// A stable id, for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Backslash => "ofd.path-backslash",
            Self::EmptySegment => "ofd.path-empty-segment",
            Self::WrongCase => "ofd.path-wrong-case",
            Self::Outside => "ofd.path-outside",
            Self::Unusable => "ofd.path-unusable",
        }
    }
}

/// Something a careful reader wants to know about a file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// The file's encoding is unusual.
    Encoding {
        /// The file.
        file: String,
        /// In which way.
        note: xml::Note,
    },
    /// The root element is not in the namespace of OFD.
    Namespace {
        /// The file.
        file: String,
        /// The namespace it is in, if any.
        found: Option<String>,
    },
    /// An element is in another namespace than its root; a reader may ignore it.
    ForeignElement {
        /// The file.
        file: String,
        /// Name of the first such element.
        element: String,
    },
    /// An attribute that OFD knows has a prefix, which no attribute of OFD has: a reader that goes by names alone takes
    /// it, and one that goes by namespaces does not.
    PrefixedAttribute {
        /// The file.
        file: String,
        /// Name of the first such attribute, as written.
        attribute: String,
    },
    /// An element that may occur once occurs again; readers may differ in which they take. We take the first.
    Repeated {
        /// The file.
        file: String,
        /// Name of the element.
        element: String,
    },
    /// A path was written in an unusual way.
    Path {
        /// The file that holds the path.
        file: String,
        /// The path as written.
        written: String,
        /// What is unusual.
        note: PathNote,
    },
    /// A value cannot be read.
    BadValue {
        /// The file.
        file: String,
        /// Of which element or attribute.
        what: &'static str,
        /// As written, cut to a few characters.
        written: String,
    },
    /// A departure from the letter that is understood all the same.
    Letter {
        /// The file.
        file: String,
        /// Which one: a stable id.
        code: &'static str,
        /// As written, cut to a few characters.
        written: String,
    },
    /// An id that should be unique is used again.
    RepeatedId {
        /// The file.
        file: String,
        /// The id.
        id: String,
    },
    /// The entry file, a list of signatures or a description holds something that the schema does not know there: an element
    /// or an attribute of another name or namespace, in another place or too often, an instruction, or text where there is
    /// none.
    NotInSchema {
        /// The file.
        file: String,
        /// The name as written, or the text.
        what: String,
    },
    /// A description of a signature holds an element or an attribute that somebody may take for what is signed, for the seal
    /// or for a place of it, and that is none by the schema: of another case or namespace, in another place or too often.
    Misplaced {
        /// The file.
        file: String,
        /// The name as written.
        what: String,
    },
    /// There are more facts of a kind about the file than are kept.
    More {
        /// The file.
        file: String,
        /// Their [`Fact::code`].
        kind: &'static str,
    },
}

impl Fact {
    /// A stable id of the kind of fact, for reports.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding { note, .. } => note.code(),
            Self::Namespace { .. } => "ofd.namespace",
            Self::ForeignElement { .. } => "ofd.foreign-element",
            Self::PrefixedAttribute { .. } => "ofd.prefixed-attribute",
            Self::Repeated { .. } => "ofd.repeated-element",
            Self::Path { note, .. } => note.code(),
            Self::BadValue { .. } => "ofd.bad-value",
            Self::Letter { code, .. } => code,
            Self::RepeatedId { .. } => "ofd.repeated-id",
            Self::NotInSchema { .. } => "ofd.not-in-schema",
            Self::Misplaced { .. } => "ofd.misplaced",
            Self::More { .. } => "ofd.more",
        }
    }

    /// The file it is about.
    pub fn file(&self) -> &str {
        match self {
            Self::Encoding { file, .. }
            | Self::Namespace { file, .. }
            | Self::ForeignElement { file, .. }
            | Self::PrefixedAttribute { file, .. }
            | Self::Repeated { file, .. }
            | Self::Path { file, .. }
            | Self::BadValue { file, .. }
            | Self::RepeatedId { file, .. }
            | Self::Letter { file, .. }
            | Self::NotInSchema { file, .. }
            | Self::Misplaced { file, .. }
            | Self::More { file, .. } => file,
        }
    }

    /// Bytes that it takes in memory, about.
    pub(super) fn len(&self) -> usize {
        let own = match self {
            Self::Encoding { .. } | Self::More { .. } => 0,
            Self::Namespace { found, .. } => found.as_ref().map_or(0, String::len),
            Self::ForeignElement { element: text, .. }
            | Self::Repeated { element: text, .. }
            | Self::NotInSchema { what: text, .. }
            | Self::Misplaced { what: text, .. }
            | Self::PrefixedAttribute { attribute: text, .. }
            | Self::Path { written: text, .. }
            | Self::BadValue { written: text, .. }
            | Self::Letter { written: text, .. }
            | Self::RepeatedId { id: text, .. } => text.len(),
        };
        size_of::<Self>() + self.file().len() + own
    }

    pub(super) fn bad_value(file: &str, what: &'static str, written: &str) -> Self {
        Self::BadValue { file: file.to_owned(), what, written: written.chars().take(80).collect() }
    }
}

/// Bytes that are kept of what is written: enough to find the place, and more than any name that means something.
const WRITTEN: usize = 160;

/// What is written, cut to what is kept.
pub(super) fn cut(written: &str) -> String {
    let end = (0..=written.len().min(WRITTEN)).rev().find(|end| written.is_char_boundary(*end));
    written.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

/// Facts of one kind that are kept of a file. One is enough to judge by, and a file can give rise to millions.
const KEPT: usize = 32;

/// The facts of one file as they are collected.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    list: Vec<Fact>,
    counts: HashMap<&'static str, usize>,
}

impl Facts {
    /// Takes a fact; of each kind only the first few are kept, and then the fact that there are more.
    pub fn push(&mut self, fact: Fact) {
        let kind = fact.code();
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= KEPT {
            self.list.push(fact);
        } else if *count == KEPT + 1 {
            self.list.push(Fact::More { file: fact.file().to_owned(), kind });
        }
    }

    /// What was kept, as far as there is room for it, which shrinks; and whether there was.
    pub(super) fn into_room(self, room: &mut usize) -> (Vec<Fact>, bool) {
        let all = self.list.len();
        let mut fits = |fact: &Fact| match room.checked_sub(fact.len()) {
            Some(left) => {
                *room = left;
                true
            }
            None => false,
        };
        let kept: Vec<Fact> = self.list.into_iter().take_while(|fact| fits(fact)).collect();
        let is_whole = kept.len() == all;
        (kept, is_whole)
    }

    /// What was kept.
    pub fn into_list(self) -> Vec<Fact> {
        self.list
    }
}

impl Extend<Fact> for Facts {
    fn extend<I: IntoIterator<Item = Fact>>(&mut self, facts: I) {
        facts.into_iter().for_each(|fact| self.push(fact));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_kind_a_few_are_kept_and_none_hides_another() {
        let fact =
            |number: usize, note| Fact::Path { file: "a".to_owned(), written: number.to_string(), note };
        let mut facts = Facts::default();
        facts.extend((0..50_000).map(|number| fact(number, PathNote::EmptySegment)));
        facts.push(fact(1, PathNote::Outside));
        let list = facts.into_list();
        assert_eq!(list.len(), KEPT + 2);
        assert_eq!(list[KEPT], Fact::More { file: "a".to_owned(), kind: "ofd.path-empty-segment" });
        assert_eq!(list[KEPT + 1].code(), "ofd.path-outside");
    }
}
