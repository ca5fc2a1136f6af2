//! Logical structure (ISO 32000-1 §14.7): it is read aloud and not shown, and may grow with a new field. Its parts have the
//! form of other things (name trees, number trees, action and decoding dictionaries), so that an object counts as one for
//! what leads to it, not for what it looks like: what was there must have been structure, and nothing else, when it was
//! signed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use formats::pdf::{Dictionary, Name, Object, ObjectId, Pdf};

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
/// What leads from the root to parts of the structure, and from one element to others.
const OF_ROOT: [&[u8]; 3] = [b"K", b"ParentTree", b"IDTree"];
const BETWEEN: [&[u8]; 3] = [b"K", b"P", b"Ref"];
/// What leads from a node of a tree.
const OF_NODES: [&[u8]; 3] = [b"Nums", b"Names", b"Kids"];
/// What leads from outlines and destinations to an element, and what these hold (tables 153, 199).
const DESTINATIONS: [&[u8]; 2] = [b"SE", b"SD"];
const OF_OUTLINES: [&[u8]; 14] = [
    b"Title", b"Parent", b"Prev", b"Next", b"First", b"Last", b"Count", b"Dest", b"A", b"SE", b"C", b"F",
    b"Type", b"S",
];
const OF_ACTIONS: [&[u8]; 6] = [b"Type", b"S", b"D", b"SD", b"F", b"Next"];
/// Nodes of one tree that are followed.
const NODES: usize = 100_000;
/// Elements above one another, and what all that were looked at hold together.
const DEPTH: usize = 256;
const KIDS: usize = 1_000_000;

/// The logical structure of the signed revision, and what of it changed.
#[derive(Debug, Default)]
pub(super) struct Structure {
    catalog: Option<u32>,
    root: Option<u32>,
    /// The tree that leads from content to its elements, and that of their names.
    parents: Tree,
    names: Tree,
    /// What was there and changed.
    grown: BTreeSet<u32>,
    reach: RefCell<Reach>,
}

/// A tree of the structure root by what leads to it: page labels and names are trees of the same form.
#[derive(Debug, Default)]
struct Tree {
    /// Its nodes.
    nodes: BTreeSet<u32>,
    /// Arrays that list nodes or values, and arrays that are values.
    lists: BTreeSet<u32>,
}

impl Tree {
    fn holds(&self, number: u32) -> bool {
        self.nodes.contains(&number) || self.lists.contains(&number)
    }
}

/// Elements that the root of a revision leads to: what it lists, and what those list that it does.
#[derive(Debug)]
struct Reach {
    root: Option<u32>,
    /// What an element or the root has under `K`.
    kids: HashMap<u32, HashSet<u32>>,
    known: HashMap<u32, bool>,
    left: usize,
}

impl Default for Reach {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Reach {
    fn new(root: Option<u32>) -> Self {
        Self { root, kids: HashMap::new(), known: HashMap::new(), left: KIDS }
    }

    /// True when an object is an element that the root leads to: its parent lists it, and so on up to the root.
    fn holds(&mut self, pdf: &Pdf<'_>, number: u32) -> bool {
        let mut path = Vec::new();
        let mut current = number;
        let is_reached = loop {
            if let Some(known) = self.known.get(&current) {
                break *known;
            }
            path.push(current);
            let Some(parent) = element(pdf, current).as_ref().and_then(parent_of) else { break false };
            if path.len() > DEPTH || path.contains(&parent) || !self.lists(pdf, parent, current) {
                break false;
            }
            if self.root == Some(parent) {
                break true;
            }
            current = parent;
        };
        self.known.extend(path.into_iter().map(|number| (number, is_reached)));
        is_reached
    }

    /// True when an element or the root has another one under `K`.
    fn lists(&mut self, pdf: &Pdf<'_>, parent: u32, kid: u32) -> bool {
        if !self.kids.contains_key(&parent) {
            let mut kids = HashSet::new();
            let dictionary = dictionary(pdf, parent).unwrap_or_default();
            for item in items(pdf, dictionary.get(b"K")) {
                let Some(left) = self.left.checked_sub(1) else { break };
                self.left = left;
                kids.extend(item.as_reference().map(|id| id.number));
            }
            self.kids.insert(parent, kids);
        }
        self.kids.get(&parent).is_some_and(|kids| kids.contains(&kid))
    }
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
        let nodes = tree(self.new, root, b"ParentTree").nodes;
        self.structure = Structure {
            catalog: self.old.catalog().ok().map(|catalog| catalog.id.number),
            root: was.and_then(super::catalog::number),
            parents: was.map(|was| tree(self.old, was, b"ParentTree")).unwrap_or_default(),
            names: was.map(|was| tree(self.old, was, b"IDTree")).unwrap_or_default(),
            grown: BTreeSet::new(),
            reach: RefCell::new(Reach::new(was.and_then(super::catalog::number))),
        };
        let root = super::catalog::number(root);
        let mut reach = Reach::new(root);
        let touched: Vec<u32> = self.touched.keys().copied().collect();
        let has_grown = |number: &u32| self.has_grown(*number, root, nodes.contains(number), &mut reach);
        let grown: Vec<u32> = touched.into_iter().filter(has_grown).collect();
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

    /// True for a part of the structure that is new, or that was one and only holds more. An element is what the root
    /// leads to, in the revision that it is a part of; one that only looks like it is an object like any other.
    fn has_grown(&self, number: u32, root: Option<u32>, is_node: bool, now: &mut Reach) -> bool {
        let Some(touched) = self.touched.get(&number) else { return false };
        let dictionary = |object: &Object| match object {
            Object::Dictionary(dictionary) => Some(dictionary.clone()),
            _ => None,
        };
        let Some(new) = touched.new.as_ref().and_then(|new| dictionary(&new.object)) else { return false };
        let is_root = root == Some(number) && new.has_name(b"Type", b"StructTreeRoot");
        if !is_root && !is_node && !now.holds(self.new, number) {
            return false;
        }
        if touched.is_new() {
            // Files that come along with an element are shown by some readers.
            return new.entry(b"AF").is_none();
        }
        let Some(old) = touched.old.as_ref().and_then(|old| dictionary(&old.object)) else { return false };
        let keys: Vec<Name> = same::differing(self.old, &old, self.new, &new);
        let only = |allowed: &[&[u8]]| keys.iter().all(|key| allowed.contains(&key.as_bytes()));
        if is_node && !is_root {
            return self.structure.parents.nodes.contains(&number) && only(&NODE);
        }
        let are_kids = holds_kids(self.old, &old) && holds_kids(self.new, &new);
        if is_root {
            self.structure.root == Some(number) && are_kids && only(&ROOT)
        } else {
            are_kids && self.was_element(number) && only(&ELEMENT)
        }
    }

    /// True for an element that the structure of the signed revision leads to.
    fn was_element(&self, number: u32) -> bool {
        self.structure.reach.borrow_mut().holds(self.old, number)
    }

    /// True for a part of the structure that was there and changed.
    pub(super) fn is_structure(&self, number: u32) -> bool {
        self.structure.grown.contains(&number)
    }

    /// True when a user of a part of the structure, as it was signed, is the structure itself, or an outline or a
    /// destination that points there.
    pub(super) fn uses_as_structure(&self, user: u32, number: u32) -> bool {
        let structure = &self.structure;
        let by =
            |keys: &[&[u8]]| dictionary(self.old, user).is_some_and(|user| leads_by(&user, number, keys));
        if structure.catalog == Some(user) {
            return structure.root == Some(number) && by(&[b"StructTreeRoot"]);
        }
        if structure.root == Some(user) {
            return by(&OF_ROOT);
        }
        if structure.parents.holds(user) || structure.names.holds(user) {
            return structure.parents.lists.contains(&user)
                || structure.names.lists.contains(&user)
                || by(&OF_NODES);
        }
        if structure.parents.holds(number) {
            return false;
        }
        if self.was_element(user) {
            return by(&BETWEEN);
        }
        match id_of(self.old, user).and_then(|id| self.old.object(id).ok()).map(|one| one.object.clone()) {
            Some(Object::Dictionary(one)) => {
                let keys = one.entries().iter().map(|entry| entry.key.as_bytes());
                let is_outline =
                    one.entry(b"Title").is_some() && keys.clone().all(|key| OF_OUTLINES.contains(&key));
                let is_action =
                    one.has_name(b"S", b"GoTo") && keys.clone().all(|key| OF_ACTIONS.contains(&key));
                (is_outline || is_action) && leads_by(&one, number, &DESTINATIONS)
            }
            // What an element has under `K`, in an object of its own.
            Some(Object::Array(items)) => {
                let first = items.iter().find_map(Object::as_reference);
                let above =
                    first.and_then(|first| element(self.old, first.number)?.get(b"P")?.as_reference());
                above.is_some_and(|above| {
                    let is_of_structure =
                        structure.root == Some(above.number) || self.was_element(above.number);
                    let kids = dictionary(self.old, above.number).and_then(|above| above.get(b"K").cloned());
                    is_of_structure
                        && kids.and_then(|kids| kids.as_reference()).is_some_and(|kids| kids.number == user)
                })
            }
            _ => false,
        }
    }
}

/// True when a dictionary refers to an object from these entries alone.
fn leads_by(dictionary: &Dictionary, number: u32, keys: &[&[u8]]) -> bool {
    dictionary.entries().iter().all(|entry| {
        let mut leads = false;
        entry.value.references(&mut |id| leads |= id.number == number);
        !leads || keys.contains(&entry.key.as_bytes())
    })
}

/// The object of a number, when it is a dictionary and no stream.
fn dictionary(pdf: &Pdf<'_>, number: u32) -> Option<Dictionary> {
    match id_of(pdf, number).and_then(|id| pdf.object(id).ok())?.object.clone() {
        Object::Dictionary(dictionary) => Some(dictionary),
        _ => None,
    }
}

/// The object of a number, when it has the form of an element.
fn element(pdf: &Pdf<'_>, number: u32) -> Option<Dictionary> {
    dictionary(pdf, number).filter(is_element)
}

fn parent_of(element: &Dictionary) -> Option<u32> {
    element.get(b"P").and_then(Object::as_reference).map(|id| id.number)
}

/// What stands under `K`: one thing, or an array of them, which may be an object of its own.
fn items(pdf: &Pdf<'_>, kids: Option<&Object>) -> Vec<Object> {
    match kids {
        None => Vec::new(),
        Some(Object::Array(items)) => items.clone(),
        Some(kids @ Object::Reference(id)) => match pdf.object(*id).map(|one| one.object.clone()) {
            Ok(Object::Array(items)) => items,
            _ => vec![kids.clone()],
        },
        Some(kids) => vec![kids.clone()],
    }
}

/// True when what a part of the structure has under `K` are elements, and content that is told by its number or as an
/// object (§14.7.4): nothing that is drawn.
fn holds_kids(pdf: &Pdf<'_>, holder: &Dictionary) -> bool {
    let is_reference = |one: &Dictionary| one.has_name(b"Type", b"MCR") || one.has_name(b"Type", b"OBJR");
    let is_kid = |one: &Dictionary| is_reference(one) || is_element(one);
    items(pdf, holder.get(b"K")).iter().take(KIDS).all(|item| match item {
        Object::Integer(_) | Object::Null => true,
        Object::Dictionary(one) => is_kid(one),
        Object::Reference(id) => match pdf.object(*id).map(|one| one.object.clone()) {
            Ok(Object::Dictionary(one)) => is_kid(&one),
            Ok(Object::Integer(_) | Object::Null) => true,
            Ok(_) => false,
            // What is not there is nothing.
            Err(_) => id_of(pdf, id.number).is_none(),
        },
        _ => false,
    })
}

/// A tree of the structure root.
fn tree(pdf: &Pdf<'_>, root: &Object, key: &[u8]) -> Tree {
    let mut found = Tree::default();
    let root = pdf.resolve(root).ok();
    let tree = root.as_ref().and_then(|root| root.as_dictionary()?.get(key).cloned());
    let mut open: Vec<Object> = tree.into_iter().collect();
    while let Some(node) = open.pop() {
        if let Some(id) = node.as_reference()
            && (found.nodes.len() >= NODES || !found.nodes.insert(id.number))
        {
            continue;
        }
        let Ok(node) = pdf.resolve(&node) else { continue };
        let Some(node) = node.as_dictionary() else { continue };
        for key in [&b"Nums"[..], b"Names"] {
            found.values(pdf, node.get(key));
        }
        let Some(list) = node.get(b"Kids") else { continue };
        found.lists.extend(list.as_reference().map(|id| id.number));
        if let Ok(Object::Array(kids)) = pdf.resolve(list).map(std::borrow::Cow::into_owned) {
            open.extend(kids.into_iter().filter(|kid| kid.as_reference().is_some()));
        }
    }
    found
}

impl Tree {
    /// Notes the arrays among the values of a node, and the list of these values where it is an object of its own.
    fn values(&mut self, pdf: &Pdf<'_>, list: Option<&Object>) {
        let Some(list) = list else { return };
        self.lists.extend(list.as_reference().map(|id| id.number));
        let Ok(Object::Array(items)) = pdf.resolve(list).map(std::borrow::Cow::into_owned) else { return };
        let is_array =
            |id: &ObjectId| pdf.object(*id).is_ok_and(|one| matches!(one.object, Object::Array(_)));
        let room = NODES.saturating_sub(self.lists.len());
        let arrays = items.iter().filter_map(Object::as_reference).filter(is_array).take(room);
        self.lists.extend(arrays.map(|id| id.number));
    }
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
