//! An element of a tree.

use super::document::{Document, Node};
use std::ops::Range;

/// One element, a light reference into its [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Element<'d> {
    pub(super) document: &'d Document,
    pub(super) index: usize,
}

/// What an element looks like that does not exist; [`Element`] only holds indices of its own document, so this
/// is never seen.
static NOTHING: Node = Node {
    name: 0..0,
    prefix: 0,
    namespace: None,
    first_child: None,
    next: None,
    attributes: 0..0,
    range: 0..0,
    content: 0..0,
    text: 0..0,
    joined: String::new(),
    is_plain: true,
};

impl<'d> Element<'d> {
    fn node(self) -> &'d Node {
        self.document.nodes.get(self.index).unwrap_or(&NOTHING)
    }

    /// The name without prefix.
    pub fn name(self) -> &'d str {
        self.qualified_name().get(self.node().prefix..).unwrap_or_default()
    }

    /// The name with its prefix, as written.
    pub fn qualified_name(self) -> &'d str {
        self.document.word(&self.node().name)
    }

    /// The prefix with its colon, or nothing.
    pub fn prefix(self) -> &'d str {
        self.qualified_name().get(..self.node().prefix).unwrap_or_default()
    }

    /// The namespace its name is in.
    pub fn namespace(self) -> Option<&'d str> {
        self.node().namespace.and_then(|index| self.document.namespaces.get(index)).map(String::as_str)
    }

    /// The value of the attribute with this name. Attributes of OFD have no prefix (GB/T 33190-2016).
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        self.attributes().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Names and values of all attributes, namespace declarations too.
    pub fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let range = self.node().attributes.clone();
        let (document, all) = (self.document, self.document.attributes.get(range).unwrap_or_default());
        all.iter().map(|attribute| (document.word(&attribute.name), document.word(&attribute.value)))
    }

    /// The text directly within it, without white space at both ends.
    pub fn text(self) -> &'d str {
        self.raw_text().trim_matches([' ', '\t', '\r', '\n'])
    }

    /// The text directly within it, as written.
    pub fn raw_text(self) -> &'d str {
        let node = self.node();
        if node.joined.is_empty() { self.document.word(&node.text) } else { &node.joined }
    }

    /// Whether there is one piece of text in it and nothing else, or nothing at all. Of text with comments, instructions,
    /// CDATA, references or elements in between, some readers see the first piece alone and some the last.
    pub fn is_plain(self) -> bool {
        self.node().is_plain
    }

    /// The elements directly within it.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        let document = self.document;
        let element = move |index| Element { document, index };
        std::iter::successors(self.node().first_child.map(element), move |child| {
            child.node().next.map(element)
        })
    }

    /// The elements directly within it that have this name, whatever their prefix.
    pub fn children_named(self, name: &str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first element directly within it that has this name.
    pub fn child(self, name: &str) -> Option<Element<'d>> {
        self.children_named(name).next()
    }

    /// The text of the first child with this name.
    pub fn child_text(self, name: &str) -> Option<&'d str> {
        self.child(name).map(Element::text)
    }

    /// From `<` of its opening tag to `>` of its closing tag.
    pub fn range(self) -> Range<usize> {
        self.node().range.clone()
    }

    /// Between its tags; for `<a/>` empty and at the end of the tag.
    pub fn content_range(self) -> Range<usize> {
        self.node().content.clone()
    }

    /// Whether it is written as `<a/>`.
    pub fn is_self_closing(self) -> bool {
        self.node().content.end == self.node().range.end
    }
}
