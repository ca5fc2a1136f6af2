//! What an object was used for, beside what a rule takes it for. A dictionary that is looked at key by key (a page, a
//! field, the form) could have been another thing as well when it was signed: a table of pictures in which one of its own
//! keys names what is drawn, or a node of a tree of attachments. What changes under a permitted key would be seen there.
//!
//! So what the signed revision draws (from the resources of pages, nodes and the form, and from appearances) and the trees
//! of names that its catalogue leads to are followed by the part that each object plays in it.

use std::collections::{BTreeSet, HashSet};

use formats::pdf::{Dictionary, Form, Object, ObjectId, Pdf, PdfError};

use super::{Comparison, TRAILER};
use crate::pdf::file::id_of;
use crate::text::Detail;

/// What a dictionary of resources leads to (ISO 32000-1 table 33).
const CATEGORIES: [&[u8]; 7] =
    [b"ExtGState", b"ColorSpace", b"Pattern", b"Shading", b"XObject", b"Font", b"Properties"];
/// What in the dictionary of a stream is not drawn with it.
const BESIDE: [&[u8]; 9] = [
    b"PieceInfo",
    b"Metadata",
    b"LastModified",
    b"StructParent",
    b"StructParents",
    b"Parent",
    b"P",
    b"Pg",
    b"AF",
];

/// The part that an object plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    /// A dictionary of resources.
    Resources,
    /// Whatever key it has is the name of something drawn: a category of resources, states of an appearance, glyphs.
    Table,
    /// Drawn, or part of what is.
    Drawn,
    /// An appearance dictionary (§12.5.5).
    Appearance,
    /// One of its appearances: a form, or the states of a button.
    States,
    /// The dictionary of names (§7.7.4), each value a tree.
    Names,
    /// A node of a tree of names or numbers (§7.9.6).
    Node,
    /// A list of such nodes.
    Nodes,
    /// Used, and not followed.
    End,
}

impl Comparison<'_, '_> {
    /// Refuses what a rule went through key by key, and what was something else too when it was signed.
    pub(super) fn other_roles(&mut self) -> Result<(), PdfError> {
        let holders = self.holders();
        if holders.is_empty() {
            return Ok(());
        }
        let elsewhere = self.elsewhere()?;
        for number in holders.into_iter().filter(|number| elsewhere.contains(number)) {
            let what = self.describe(number);
            let page = self.page_of(number);
            let words = Detail::new(
                format!("{} 的条目被改动，而它同时用作页面或外观的资源，或名称树的节点", what.zh),
                format!(
                    "{}: an entry was changed, and it is a resource of a page or an appearance, or a node of a tree of names, as well",
                    what.en
                ),
            );
            self.refuse_at(Some(number), page, words);
        }
        Ok(())
    }

    /// Objects of the signed revision of which a rule looked at single keys: those that changed, and those that lead to
    /// what did. Of all others it is asked who uses them.
    fn holders(&self) -> BTreeSet<u32> {
        let is_asked = |number: &u32| self.content.contains(number) || self.passed.contains(number);
        let changed = self.structural.iter().filter(|number| self.touched.contains_key(number));
        let leading = self.edges.keys().filter(|(_, target)| self.touched.contains_key(target));
        let all = changed.chain(leading.map(|(owner, _)| owner)).copied();
        all.filter(|number| *number != TRAILER && !is_asked(number) && id_of(self.old, *number).is_some())
            .collect()
    }

    /// Everything that the signed revision draws, and the nodes of its trees of names.
    fn elsewhere(&self) -> Result<BTreeSet<u32>, PdfError> {
        let mut walk = Walk::new(self.old);
        for page in self.old_pages.iter() {
            walk.under(&page.dictionary, b"Resources", Role::Resources);
            walk.under(&page.dictionary, b"Contents", Role::End);
            walk.under(&page.dictionary, b"Group", Role::Drawn);
            let Ok(Some(Object::Array(items))) = self.old.get(&page.dictionary, b"Annots") else { continue };
            for item in &items {
                walk.with(item, &[(b"AP", Role::Appearance), (b"MK", Role::Drawn)])?;
            }
        }
        for id in &self.old_tree.nodes {
            walk.with(&Object::Reference(*id), &[(b"Resources", Role::Resources)])?;
        }
        walk.under(&self.old_form.dictionary, b"DR", Role::Resources);
        if let Ok(catalog) = self.old.catalog()
            && let Some(catalog) = catalog.object.as_dictionary()
        {
            walk.under(catalog, b"Names", Role::Names);
            walk.under(catalog, b"PageLabels", Role::Node);
            walk.under(catalog, b"Dests", Role::End);
        }
        walk.run()
    }

    /// True for a field of the form in the signed revision, one above others, or a widget: what `Fields` leads to by
    /// `Kids`.
    pub(super) fn was_field(&mut self, number: u32) -> bool {
        let (old, form) = (self.old, self.old_form);
        self.old_nodes.get_or_insert_with(|| form_nodes(old, form)).contains(&number)
    }

    /// True for an object that the signed revision has, that is as it was, and that was no field: what it leads to is not
    /// explained by a field that begins to name it.
    pub(super) fn is_borrowed(&mut self, number: u32) -> bool {
        !self.touched.contains_key(&number) && !self.was_field(number)
    }
}

/// Objects found by the parts that they play.
struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    open: Vec<(ObjectId, Role)>,
    seen: HashSet<(u32, Role)>,
    found: BTreeSet<u32>,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(pdf: &'p Pdf<'a>) -> Self {
        Self { pdf, open: Vec::new(), seen: HashSet::new(), found: BTreeSet::new() }
    }

    /// Follows all that was noted. Each object is read once for each of its parts.
    fn run(mut self) -> Result<BTreeSet<u32>, PdfError> {
        while let Some((id, role)) = self.open.pop() {
            if let Some(object) = read(self.pdf, id)? {
                self.note(&object, role);
            }
        }
        Ok(self.found)
    }

    /// Notes some entries of a dictionary that stands there or is referred to.
    fn with(&mut self, value: &Object, keys: &[(&[u8], Role)]) -> Result<(), PdfError> {
        let held = match value.as_reference() {
            Some(id) => read(self.pdf, id)?,
            None => Some(value.clone()),
        };
        if let Some(dictionary) = held.as_ref().and_then(Object::as_dictionary) {
            for (key, role) in keys {
                self.under(dictionary, key, *role);
            }
        }
        Ok(())
    }

    /// Notes what stands under a key, each time that the key does.
    fn under(&mut self, dictionary: &Dictionary, key: &[u8], role: Role) {
        for entry in dictionary.entries().iter().filter(|entry| entry.key.as_bytes() == key) {
            self.note(&entry.value, role);
        }
    }

    fn all(&mut self, dictionary: &Dictionary, role: Role) {
        for entry in dictionary.entries() {
            self.note(&entry.value, role);
        }
    }

    fn refer(&mut self, id: ObjectId, role: Role) {
        if !self.seen.insert((id.number, role)) {
            return;
        }
        self.found.insert(id.number);
        if role != Role::End {
            self.open.push((id, role));
        }
    }

    fn note(&mut self, value: &Object, role: Role) {
        match (value, role) {
            (Object::Reference(id), _) => self.refer(*id, role),
            (Object::Array(items), Role::Drawn | Role::Table | Role::Nodes) => {
                let role = if role == Role::Nodes { Role::Node } else { Role::Drawn };
                for item in items {
                    self.note(item, role);
                }
            }
            (Object::Dictionary(dictionary), _) => self.entries(dictionary, role),
            (Object::Stream(stream), Role::Drawn | Role::States) => self.stream(&stream.dictionary),
            // Some readers take the dictionary of a stream for a dictionary.
            (Object::Stream(stream), _) => self.entries(&stream.dictionary, role),
            _ => {}
        }
    }

    /// The entries of a dictionary that is no stream's.
    fn entries(&mut self, dictionary: &Dictionary, role: Role) {
        match role {
            Role::Resources => {
                for key in CATEGORIES {
                    self.under(dictionary, key, Role::Table);
                }
            }
            Role::Table | Role::States => self.all(dictionary, Role::Drawn),
            // Beside what else it may be, a dictionary with resources is a font whose glyphs are drawn with them.
            Role::Drawn => {
                self.under(dictionary, b"Resources", Role::Resources);
                self.all(dictionary, Role::Drawn);
            }
            Role::Appearance => {
                for key in [&b"N"[..], b"R", b"D"] {
                    self.under(dictionary, key, Role::States);
                }
            }
            Role::Names => self.all(dictionary, Role::Node),
            Role::Node => {
                self.under(dictionary, b"Kids", Role::Nodes);
                self.under(dictionary, b"Names", Role::End);
                self.under(dictionary, b"Nums", Role::End);
            }
            Role::Nodes | Role::End => {}
        }
    }

    /// A form, a picture, a pattern.
    fn stream(&mut self, dictionary: &Dictionary) {
        self.under(dictionary, b"Resources", Role::Resources);
        let beside = |key: &[u8]| key == b"Resources" || BESIDE.contains(&key);
        for entry in dictionary.entries().iter().filter(|entry| !beside(entry.key.as_bytes())) {
            self.note(&entry.value, Role::Drawn);
        }
    }
}

/// An object; none where there is no such one, or one that cannot be read.
fn read(pdf: &Pdf<'_>, id: ObjectId) -> Result<Option<Object>, PdfError> {
    match pdf.read_object(id) {
        Ok(indirect) => Ok(Some(indirect.object)),
        Err(error @ PdfError::Limit(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The objects of a form that `Fields` leads to by `Kids`.
fn form_nodes(pdf: &Pdf<'_>, form: &Form) -> BTreeSet<u32> {
    let list = |value: Option<&Object>| match value.map(|value| pdf.resolve(value)) {
        Some(Ok(list)) => list.as_array().unwrap_or_default().to_vec(),
        _ => Vec::new(),
    };
    let most = pdf.limits().fields;
    let mut nodes = BTreeSet::new();
    let mut open = list(form.dictionary.get(b"Fields"));
    while let Some(item) = open.pop() {
        if let Some(id) = item.as_reference()
            && (nodes.len() >= most || !nodes.insert(id.number))
        {
            continue;
        }
        if let Ok(Object::Dictionary(node)) = pdf.resolve(&item).as_deref() {
            open.extend(list(node.get(b"Kids")));
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use formats::pdf::{Limits, Object, ObjectId, Pdf};

    use super::{Role, Walk};

    fn found(objects: &[&str], first: u32, role: Role) -> BTreeSet<u32> {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        for (number, body) in (1..).zip(objects) {
            bytes.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
        }
        bytes.extend_from_slice(b"trailer\n<</Root 1 0 R>>\n");
        let pdf = Pdf::reconstruct(&bytes, &Limits::default()).unwrap();
        let mut walk = Walk::new(&pdf);
        walk.note(&Object::Reference(ObjectId::new(first)), role);
        walk.run().unwrap()
    }

    #[test]
    fn objects_are_found_by_the_part_they_play() {
        let catalog = "<</Type/Catalog/Pages 2 0 R>>";
        let pages = "<</Type/Pages/Kids[]/Count 0>>";
        // A dictionary of resources leads on by its categories, a category by every key.
        let resources = "<</XObject 4 0 R/Parent 2 0 R>>";
        let table = "<</PieceInfo 5 0 R>>";
        let form = "<</Subtype/Form/Parent 1 0 R/Length 0>>stream\n\nendstream";
        let objects = [catalog, pages, resources, table, form];
        assert_eq!(found(&objects, 3, Role::Resources), BTreeSet::from([3, 4, 5]));
        let node = "<</Kids[4 0 R]/Parent 1 0 R>>";
        let leaf = "<</Names[(a) 2 0 R]>>";
        assert_eq!(found(&[catalog, pages, node, leaf], 3, Role::Node), BTreeSet::from([3, 4]));
    }
}
