//! The tree of an XML file.

use super::element::Element;
use super::error::XmlError;
use super::limits::Limits;
use super::parse;
use std::ops::Range;

/// Something unusual about a file that does not hinder reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The file is stored in GBK, as it declares.
    Gbk,
    /// The file declares GBK, yet begins with the byte order mark of UTF-8.
    EncodingContradicted,
}

impl Note {
    /// A stable id, for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gbk => "xml.gbk",
            Self::EncodingContradicted => "xml.encoding-contradicted",
        }
    }
}

/// The tree of one file. It owns everything; ranges are offsets in the stored bytes, or, for a file in GBK, in
/// its text as UTF-8.
#[derive(Debug, Clone)]
pub struct Document {
    /// All elements, each after its parent; the first is the root.
    pub(super) nodes: Vec<Node>,
    /// Attributes of all elements, in order.
    pub(super) attributes: Vec<Attribute>,
    /// Which of them have a prefix, in order.
    pub(super) prefixed: Vec<Prefixed>,
    /// Namespace names.
    pub(super) namespaces: Vec<String>,
    /// Names, values and texts, one after the other: ranges of it stand in the others.
    pub(super) words: String,
    pub(super) notes: Vec<Note>,
    /// Target of the first instruction.
    pub(super) instruction: Option<String>,
}

/// One element.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Name with its prefix, as a range of [`Document::words`].
    pub name: Range<usize>,
    /// Length of the prefix and its colon.
    pub prefix: usize,
    /// Index of the namespace.
    pub namespace: Option<usize>,
    /// Index of the first child.
    pub first_child: Option<usize>,
    /// Index of the next sibling.
    pub next: Option<usize>,
    /// Attributes, as a range of [`Document::attributes`].
    pub attributes: Range<usize>,
    /// From `<` of the opening tag to `>` of the closing tag.
    pub range: Range<usize>,
    /// Between the tags; empty at the end of the opening tag for `<a/>`.
    pub content: Range<usize>,
    /// The text directly within the element, as a range of [`Document::words`], while it is one piece.
    pub text: Range<usize>,
    /// The same, its pieces joined, when there are several.
    pub joined: String,
    /// Whether it has one piece of text and nothing else, or nothing at all.
    pub is_plain: bool,
}

/// One attribute.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    /// Name with its prefix, as a range of [`Document::words`].
    pub name: Range<usize>,
    /// Value with references resolved, likewise.
    pub value: Range<usize>,
}

/// An attribute whose name has a prefix.
#[derive(Debug, Clone)]
pub(super) struct Prefixed {
    /// Index of the attribute.
    pub attribute: usize,
    /// Index of the namespace.
    pub namespace: Option<usize>,
}

/// An attribute whose name has a prefix: readers that go by namespaces and those that go by the name alone see
/// different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixedAttribute<'d> {
    /// The name with its prefix, as written.
    pub qualified: &'d str,
    /// The name without prefix.
    pub name: &'d str,
    /// The namespace; `None` for a prefix that is not declared.
    pub namespace: Option<&'d str>,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// [`XmlError`] when it is not well-formed, has a document type, or exceeds a limit.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, XmlError> {
        parse::parse(bytes, limits, "")
    }

    /// Reads a file, but keeps nothing of what is inside the elements named `skipped` (without prefix). Those
    /// parts must be well-formed and within the limits all the same.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_without(bytes: &[u8], limits: &Limits, skipped: &str) -> Result<Self, XmlError> {
        parse::parse(bytes, limits, skipped)
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element { document: self, index: 0 }
    }

    /// All elements in the order of their opening tags.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        (0..self.nodes.len()).map(|index| Element { document: self, index })
    }

    /// The attributes of all elements whose names have a prefix, in order; declarations of namespaces too.
    pub fn prefixed_attributes(&self) -> impl Iterator<Item = PrefixedAttribute<'_>> {
        self.prefixed.iter().filter_map(|found| {
            let qualified = self.word(&self.attributes.get(found.attribute)?.name);
            let (_, name) = qualified.split_once(':')?;
            let namespace = found.namespace.and_then(|index| self.namespaces.get(index));
            Some(PrefixedAttribute { qualified, name, namespace: namespace.map(String::as_str) })
        })
    }

    /// A range of the words.
    pub(super) fn word(&self, range: &Range<usize>) -> &str {
        self.words.get(range.clone()).unwrap_or_default()
    }

    /// Adds to the words.
    pub(super) fn keep(&mut self, word: &str) -> Range<usize> {
        let start = self.words.len();
        self.words.push_str(word);
        start..self.words.len()
    }

    /// The target of the first processing instruction, if there is one; the declaration is none.
    pub fn instruction(&self) -> Option<&str> {
        self.instruction.as_deref()
    }

    /// What is unusual about the file.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}
