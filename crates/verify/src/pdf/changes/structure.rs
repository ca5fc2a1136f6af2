//! Logical structure (ISO 32000-1 §14.7): it is read aloud and not shown, and may grow with a new field. Its parts have the
//! form of other things (name trees, number trees, action and decoding dictionaries), so that an object counts as one for
//! what leads to it, not for what it looks like: what was there must have been structure, and nothing else, when it was
//! signed.

use std::collections::BTreeSet;

use formats::pdf::{Dictionary, Name, Object, Pdf};

use super::{Comparison, Kind};
use crate::pdf::file::id_of;
use crate::pdf::same;
use crate::text::Detail;

/// What may differ in the root (table 322).
const ROOT: [&[u8]; 5] = [b"K", b"ParentTree", b"ParentTreeNextKey", b"RoleMap", b"ClassMap"];
/// What may differ in an element (table 323): what is in it.
const ELEMENT: [&[u8]; 1] = [b"K"];
/// What may differ in a node of the tree that leads from content to elements (table 37).
const NODE: [&[u8]; 3] = [b"Nums", b"Kids", b"Limits"];
/// What leads from outlines and destinations to an element.
const DESTINATIONS: [&[u8]; 2] = [b"SE", b"SD"];
/// Nodes of one tree that are followed.
const NODES: usize = 100_000;

/// The logical structure of the signed revision, and what of it changed.
#[derive(Debug, Default)]
pub(super) struct Structure {
    catalog: Option<u32>,
    root: Option<u32>,
    /// Nodes of the tree that leads from content to its elements, and of that of their names.
    parents: BTreeSet<u32>,
    names: BTreeSet<u32>,
    /// What was there and changed.
    grown: BTreeSet<u32>,
}

impl Comparison<'_, '_> {
    /// Elements, root and the tree of parents: those that are new, and those that were there and only hold more.
    pub(super) fn structure(&mut self, before: &Dictionary, now: &Dictionary) {
        let (was, root) = (before.get(b"StructTreeRoot"), now.get(b"StructTreeRoot"));
        let is_kept = was.is_none_or(|was| {
            root.is_some_and(|root| was == root || same::value(self.old, was, self.new, root))
        });
        if !is_kept {
            let words = Detail::new(
                "逻辑结构被换成另一份或被移除",
                "the logical structure is another one, or was taken out",
            );
            self.tell(Kind::Refused, None, words);
        }
        let Some(root) = root else { return };
        let nodes = tree(self.new, root, b"ParentTree");
        self.structure = Structure {
            catalog: self.old.catalog().ok().map(|catalog| catalog.id.number),
            root: was.and_then(super::catalog::number),
            parents: was.map(|was| tree(self.old, was, b"ParentTree")).unwrap_or_default(),
            names: was.map(|was| tree(self.old, was, b"IDTree")).unwrap_or_default(),
            grown: BTreeSet::new(),
        };
        let root = super::catalog::number(root);
        let touched = self.touched.keys().copied();
        let grown: Vec<u32> =
            touched.filter(|number| self.has_grown(*number, root, nodes.contains(number))).collect();
        if let Some(first) = grown.first().copied() {
            self.tell(Kind::Structure, Some(first), Detail::new("逻辑结构", "logical structure"));
        }
        for number in grown {
            if self.touched.get(&number).is_some_and(|touched| !touched.is_new()) {
                self.structure.grown.insert(number);
            }
            self.structural.insert(number);
        }
    }

    /// True for a part of the structure that is new, or that was one and only holds more.
    fn has_grown(&self, number: u32, root: Option<u32>, is_node: bool) -> bool {
        let Some(touched) = self.touched.get(&number) else { return false };
        let dictionary = |object: &Object| match object {
            Object::Dictionary(dictionary) => Some(dictionary.clone()),
            _ => None,
        };
        let Some(new) = touched.new.as_ref().and_then(|new| dictionary(&new.object)) else { return false };
        let is_root = root == Some(number) && new.has_name(b"Type", b"StructTreeRoot");
        if !is_root && !is_node && !is_element(&new) {
            return false;
        }
        if touched.is_new() {
            // Files that come along with an element are shown by some readers.
            return new.entry(b"AF").is_none();
        }
        let Some(old) = touched.old.as_ref().and_then(|old| dictionary(&old.object)) else { return false };
        let keys: Vec<Name> = same::differing(self.old, &old, self.new, &new);
        let only = |allowed: &[&[u8]]| keys.iter().all(|key| allowed.contains(&key.as_bytes()));
        if is_root {
            self.structure.root == Some(number) && only(&ROOT)
        } else if is_node {
            self.structure.parents.contains(&number) && only(&NODE)
        } else {
            is_element(&old) && only(&ELEMENT)
        }
    }

    /// True for a part of the structure that was there and changed.
    pub(super) fn is_structure(&self, number: u32) -> bool {
        self.structure.grown.contains(&number)
    }

    /// True when a user of a part of the structure, as it was signed, is the structure itself, or an outline or a
    /// destination that points there.
    pub(super) fn uses_as_structure(&self, user: u32, number: u32) -> bool {
        let structure = &self.structure;
        if structure.root == Some(number) && structure.catalog == Some(user) {
            return true;
        }
        let leads_to_node = structure.root == Some(user) || structure.parents.contains(&user);
        if structure.parents.contains(&number) {
            return leads_to_node;
        }
        if leads_to_node || structure.names.contains(&user) {
            return true;
        }
        let Some(indirect) = id_of(self.old, user).and_then(|id| self.old.object(id).ok()) else {
            return false;
        };
        match &indirect.object {
            Object::Dictionary(dictionary) => is_element(dictionary) || points_there(dictionary, number),
            // The elements of one page, or of one element.
            Object::Array(items) => items.iter().all(|item| match item {
                Object::Reference(id) => self.old.object(*id).is_ok_and(
                    |one| matches!(&one.object, Object::Dictionary(dictionary) if is_element(dictionary)),
                ),
                Object::Integer(_) | Object::Null => true,
                Object::Dictionary(item) => item.has_name(b"Type", b"MCR") || item.has_name(b"Type", b"OBJR"),
                _ => false,
            }),
            _ => false,
        }
    }
}

/// True when a dictionary refers to an object from its entries about destinations alone.
fn points_there(dictionary: &Dictionary, number: u32) -> bool {
    dictionary.entries().iter().all(|entry| {
        let mut leads = false;
        entry.value.references(&mut |id| leads |= id.number == number);
        !leads || DESTINATIONS.contains(&entry.key.as_bytes())
    })
}

/// The nodes of a tree of the structure root, with the arrays that list them, by what leads to them: page labels and
/// names are trees of the same form.
fn tree(pdf: &Pdf<'_>, root: &Object, key: &[u8]) -> BTreeSet<u32> {
    let mut nodes = BTreeSet::new();
    let root = pdf.resolve(root).ok();
    let tree = root.as_ref().and_then(|root| root.as_dictionary()?.get(key).cloned());
    let mut open: Vec<Object> = tree.into_iter().collect();
    while let Some(node) = open.pop() {
        if let Some(id) = node.as_reference()
            && (nodes.len() >= NODES || !nodes.insert(id.number))
        {
            continue;
        }
        let Ok(node) = pdf.resolve(&node) else { continue };
        let Some(node) = node.as_dictionary() else { continue };
        let Some(list) = node.get(b"Kids") else { continue };
        nodes.extend(list.as_reference().map(|id| id.number));
        if let Ok(Object::Array(kids)) = pdf.resolve(list).map(std::borrow::Cow::into_owned) {
            open.extend(kids.into_iter().filter(|kid| kid.as_reference().is_some()));
        }
    }
    nodes
}

/// What elements hold (ISO 32000-1 table 323, ISO 32000-2 table 355): what holds anything else may be a dictionary of
/// resources to a reader, whatever it calls itself.
const OF_ELEMENTS: [&[u8]; 19] = [
    b"Type",
    b"S",
    b"P",
    b"ID",
    b"Pg",
    b"K",
    b"A",
    b"C",
    b"R",
    b"T",
    b"Lang",
    b"Alt",
    b"E",
    b"ActualText",
    b"AF",
    b"NS",
    b"Ref",
    b"PhoneticAlphabet",
    b"Phoneme",
];

/// An element of the logical structure.
fn is_element(dictionary: &Dictionary) -> bool {
    let is_typed = dictionary.get(b"Type").is_none() || dictionary.has_name(b"Type", b"StructElem");
    let has_parent = dictionary.get(b"P").is_some_and(|parent| parent.as_reference().is_some());
    let mut keys = dictionary.entries().iter().map(|entry| entry.key.as_bytes());
    is_typed && has_parent && dictionary.name(b"S").is_some() && keys.all(|key| OF_ELEMENTS.contains(&key))
}
