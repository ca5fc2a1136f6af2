//! The structure of the document, for those who have it read aloud and for programs.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, ListNumbering, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

use crate::flow::{Element, Kind, Part};

/// Parts with what was painted for them.
pub(super) struct Structure {
    parts: Vec<(Element, Vec<Identifier>)>,
}

impl Structure {
    pub(super) fn new(parts: Vec<Element>) -> Self {
        Self { parts: parts.into_iter().map(|element| (element, Vec::new())).collect() }
    }

    /// Something painted belongs to a part.
    pub(super) fn add(&mut self, part: Part, identifier: Identifier) {
        if let Some((_, painted)) = self.parts.get_mut(part.0) {
            painted.push(identifier);
        }
    }

    /// The whole tree.
    pub(super) fn tree(self) -> TagTree {
        // A part is made after the part it stands in, so going backwards every part is whole when it is met.
        let mut within: Vec<Vec<TagGroup>> = self.parts.iter().map(|_| Vec::new()).collect();
        let mut top = Vec::new();
        for (element, painted) in self.parts.into_iter().rev() {
            let parts = within.pop().unwrap_or_default();
            if parts.is_empty() && painted.is_empty() {
                continue;
            }
            let mut group = TagGroup::new(tag(element.kind));
            for identifier in painted {
                group.push(identifier);
            }
            parts.into_iter().rev().for_each(|part| group.push(part));
            match element.within.and_then(|part| within.get_mut(part.0)) {
                Some(siblings) => siblings.push(group),
                None => top.push(group),
            }
        }
        let mut tree = TagTree::new().with_lang(Some("zh-CN".to_owned()));
        top.into_iter().rev().for_each(|group| tree.push(group));
        tree
    }
}

fn tag(kind: Kind) -> TagKind {
    match kind {
        Kind::Section => Tag::Section.into(),
        Kind::Heading(level, title) => {
            Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(title)).into()
        }
        Kind::Paragraph => Tag::P.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Row => Tag::TR.into(),
        Kind::HeaderCell => Tag::TH(TableHeaderScope::Row).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::List => Tag::L(ListNumbering::None).into(),
        Kind::Entry => Tag::LI.into(),
        Kind::Body => Tag::LBody.into(),
        Kind::Figure(words) => Tag::Figure(Some(words)).into(),
        Kind::Link => Tag::Link.into(),
    }
}
