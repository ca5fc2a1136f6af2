//! From text to tree. One loop over the tokens, no recursion.

use super::document::{Attribute, Document, Node, Prefixed};
use super::encoding;
use super::error::XmlError;
use super::limits::Limits;
use super::name::is_qualified_name;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::attributes::{AttrError, Attribute as RawAttribute};
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::borrow::Cow;
use std::collections::HashMap;

/// The namespaces that the prefixes `xml` and `xmlns` always have.
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// Bytes of names and texts, and elements, for which there is room from the start.
const ROOM: usize = 4 << 10;
const NODES: usize = 16;

/// Parses `bytes`, keeping nothing of what is inside elements named `skipped`.
pub(super) fn parse(bytes: &[u8], limits: &Limits, skipped: &str) -> Result<Document, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: bytes.len(), limit: limits.bytes });
    }
    let decoded = encoding::decode(bytes)?;
    let mut builder = Builder::new(limits, skipped, decoded.offset);
    builder.document.words.reserve(decoded.text.len().min(ROOM));
    builder.document.nodes.reserve(NODES);
    builder.document.notes.extend(decoded.note);
    let mut reader = Reader::from_str(&decoded.text);
    reader.config_mut().enable_all_checks(true);
    reader.config_mut().trim_markup_names_in_closing_tags = true;
    loop {
        let start = position(&reader, decoded.offset);
        let event = reader.read_event().map_err(|error| XmlError::Malformed {
            offset: usize::try_from(reader.error_position()).unwrap_or(0),
            what: error.to_string(),
        })?;
        builder.here = start;
        let end = position(&reader, decoded.offset);
        match event {
            Event::Start(tag) => builder.open(&tag, start, end, true)?,
            Event::Empty(tag) => builder.open(&tag, start, end, false)?,
            Event::End(_) => builder.close(start, end)?,
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(text) if builder.open.is_empty() => {
                return Err(builder.malformed(&format!("text outside the root: {}", text.len())));
            }
            Event::CData(text) => {
                builder.is_not_plain();
                builder.text(&text.xml10_content())?;
            }
            Event::GeneralRef(reference) => {
                builder.is_not_plain();
                builder.reference(&reference)?;
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) if start > decoded.offset => return Err(builder.malformed("late declaration")),
            Event::PI(instruction) if instruction.target().eq_ignore_ascii_case("xml") => {
                return Err(builder.malformed("an instruction that is called as the declaration is"));
            }
            Event::PI(instruction) => {
                builder.document.instruction.get_or_insert_with(|| instruction.target().to_owned());
                builder.is_not_plain();
            }
            Event::Comment(_) => builder.is_not_plain(),
            Event::Decl(_) => {}
            Event::Eof => return builder.finish(),
        }
    }
}

fn position(reader: &Reader<&[u8]>, offset: usize) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).saturating_add(offset)
}

/// An element whose closing tag has not come yet.
struct Open {
    /// Its node; `None` when it is inside a skipped element.
    node: Option<usize>,
    last_child: Option<usize>,
    /// How many namespace bindings were there before it.
    bindings: usize,
}

struct Builder<'l> {
    limits: &'l Limits,
    skipped: &'l str,
    document: Document,
    open: Vec<Open>,
    /// Prefix and namespace index of every binding in force, the latest last.
    bindings: Vec<(String, Option<usize>)>,
    known: HashMap<String, usize>,
    here: usize,
    offset: usize,
}

impl<'l> Builder<'l> {
    fn new(limits: &'l Limits, skipped: &'l str, offset: usize) -> Self {
        let document = Document {
            nodes: Vec::new(),
            attributes: Vec::new(),
            prefixed: Vec::new(),
            namespaces: Vec::new(),
            words: String::new(),
            notes: Vec::new(),
            instruction: None,
        };
        Self {
            limits,
            skipped,
            document,
            open: Vec::new(),
            bindings: Vec::new(),
            known: HashMap::new(),
            here: offset,
            offset,
        }
    }

    fn malformed(&self, what: &str) -> XmlError {
        XmlError::Malformed { offset: self.here.saturating_sub(self.offset), what: what.to_owned() }
    }

    /// Whether the innermost open element, or one around it, is skipped.
    fn skipping(&self) -> bool {
        self.open.last().is_some_and(|open| match open.node {
            None => true,
            Some(index) => {
                !self.skipped.is_empty()
                    && self.document.nodes.get(index).is_some_and(|node| {
                        self.document.word(&node.name).get(node.prefix..) == Some(self.skipped)
                    })
            }
        })
    }

    fn open(&mut self, tag: &BytesStart<'_>, start: usize, end: usize, stays: bool) -> Result<(), XmlError> {
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooDeep { limit: self.limits.depth });
        }
        if !is_qualified_name(tag.name().into_inner()) {
            return Err(self.malformed("a bad name of an element"));
        }
        let bindings = self.bindings.len();
        if self.skipping() {
            self.check_attributes(tag)?;
            if stays {
                self.open.push(Open { node: None, last_child: None, bindings });
            }
            return Ok(());
        }
        let index = self.document.nodes.len();
        if index >= self.limits.elements {
            return Err(XmlError::TooManyElements { limit: self.limits.elements });
        }
        if self.open.is_empty() && index > 0 {
            return Err(self.malformed("a second root element"));
        }
        let attributes = self.attributes(tag)?;
        let name = tag.name().into_inner();
        let prefix = name.find(':').map_or(0, |colon| colon + 1);
        let namespace = self.namespace(name.get(..prefix).unwrap_or_default())?;
        let name = self.document.keep(name);
        let (range, content, text, joined) = (start..end, end..end, 0..0, String::new());
        let (first_child, next) = (None, None);
        self.document.nodes.push(Node {
            name,
            prefix,
            namespace,
            first_child,
            next,
            attributes,
            range,
            content,
            text,
            joined,
            is_plain: true,
        });
        self.is_not_plain();
        self.link(index);
        if stays {
            self.open.push(Open { node: Some(index), last_child: None, bindings });
        } else {
            self.bindings.truncate(bindings);
        }
        Ok(())
    }

    /// Something else than a piece of text stands in the innermost open element.
    fn is_not_plain(&mut self) {
        let node = self.open.last().and_then(|open| open.node);
        if let Some(node) = node.and_then(|index| self.document.nodes.get_mut(index)) {
            node.is_plain = false;
        }
    }

    /// Makes node `index` the last child of the innermost open element.
    fn link(&mut self, index: usize) {
        let Some(parent) = self.open.last_mut() else { return };
        let before = parent.last_child.replace(index);
        let nodes = &mut self.document.nodes;
        if let Some(node) = before.and_then(|before| nodes.get_mut(before)) {
            node.next = Some(index);
        } else if let Some(node) = parent.node.and_then(|parent| nodes.get_mut(parent)) {
            node.first_child = Some(index);
        }
    }

    /// Attributes inside a skipped element: checked like all others, and forgotten.
    fn check_attributes(&self, tag: &BytesStart<'_>) -> Result<(), XmlError> {
        tag.attributes()
            .enumerate()
            .try_for_each(|(count, attribute)| self.attribute(count, attribute, false).map(|_| ()))
    }

    /// Name and value of the attribute that comes after `count` others; the value is of use only where it is kept.
    fn attribute<'t>(
        &self,
        count: usize,
        attribute: Result<RawAttribute<'t>, AttrError>,
        keeps: bool,
    ) -> Result<(&'t str, Cow<'t, str>), XmlError> {
        if count >= self.limits.attributes {
            return Err(XmlError::TooManyAttributes { limit: self.limits.attributes });
        }
        let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
        let name = attribute.key.into_inner();
        if !is_qualified_name(name) {
            return Err(self.malformed("a bad name of an attribute"));
        }
        match memchr::memchr2(b'<', b'&', attribute.value.as_bytes()) {
            // Without references nothing is left to resolve but white space, and nothing can be wrong.
            None if !keeps => return Ok((name, Cow::Borrowed(""))),
            Some(_) if attribute.value.contains('<') => return Err(self.malformed("`<` in an attribute")),
            _ => {}
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| self.malformed(&error.to_string()))?;
        // A value without references is part of the text, whose characters were all looked at.
        let is_allowed = match &value {
            Cow::Borrowed(_) => true,
            Cow::Owned(value) => value.chars().all(encoding::allowed),
        };
        if is_allowed { Ok((name, value)) } else { Err(XmlError::BadText) }
    }

    /// Reads the attributes of a tag and the namespaces it declares.
    fn attributes(&mut self, tag: &BytesStart<'_>) -> Result<std::ops::Range<usize>, XmlError> {
        let first = self.document.attributes.len();
        let limit = self.limits.all_attributes;
        let mut prefixed = Vec::new();
        for (count, attribute) in tag.attributes().enumerate() {
            let (name, value) = self.attribute(count, attribute, true)?;
            if self.document.attributes.len() >= limit {
                return Err(XmlError::TooManyAttributesInAll { limit });
            }
            if let Some(colon) = name.find(':') {
                prefixed.push((self.document.attributes.len(), name.get(..=colon).unwrap_or_default()));
            }
            if name == "xmlns" {
                self.bind(String::new(), &value)?;
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bind(format!("{prefix}:"), &value)?;
            }
            let attribute = Attribute { name: self.document.keep(name), value: self.document.keep(&value) };
            self.document.attributes.push(attribute);
        }
        // A tag may declare a prefix behind an attribute that has it.
        for (attribute, prefix) in prefixed {
            let namespace = self.bound(prefix);
            self.document.prefixed.push(Prefixed { attribute, namespace });
        }
        Ok(first..self.document.attributes.len())
    }

    fn bind(&mut self, prefix: String, namespace: &str) -> Result<(), XmlError> {
        if self.bindings.len() >= self.limits.namespaces {
            return Err(XmlError::TooManyNamespaces { limit: self.limits.namespaces });
        }
        let index = (!namespace.is_empty()).then(|| self.intern(namespace));
        self.bindings.push((prefix, index));
        Ok(())
    }

    fn intern(&mut self, namespace: &str) -> usize {
        if let Some(index) = self.known.get(namespace) {
            return *index;
        }
        let index = self.document.namespaces.len();
        self.document.namespaces.push(namespace.to_owned());
        self.known.insert(namespace.to_owned(), index);
        index
    }

    /// The namespace that a prefix (with its colon) stands for here; `None` too for one that is not declared.
    fn bound(&mut self, prefix: &str) -> Option<usize> {
        if let Some((_, index)) = self.bindings.iter().rev().find(|(bound, _)| bound == prefix) {
            return *index;
        }
        match prefix {
            "xml:" => Some(self.intern(XML_NAMESPACE)),
            "xmlns:" => Some(self.intern(XMLNS_NAMESPACE)),
            _ => None,
        }
    }

    /// The namespace of an element with this prefix.
    fn namespace(&mut self, prefix: &str) -> Result<Option<usize>, XmlError> {
        let is_declared = self.bindings.iter().any(|(bound, _)| bound == prefix);
        match self.bound(prefix) {
            None if !is_declared && !prefix.is_empty() => Err(self.malformed("a prefix without a namespace")),
            Some(_) if !is_declared && prefix == "xmlns:" => {
                Err(self.malformed("a prefix without a namespace"))
            }
            namespace => Ok(namespace),
        }
    }

    fn close(&mut self, start: usize, end: usize) -> Result<(), XmlError> {
        let Some(open) = self.open.pop() else { return Err(self.malformed("a closing tag too many")) };
        self.bindings.truncate(open.bindings);
        if let Some(node) = open.node.and_then(|index| self.document.nodes.get_mut(index)) {
            node.content.end = start;
            node.range.end = end;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        let Some(open) = self.open.last() else {
            let blank = text.chars().all(|character| matches!(character, ' ' | '\t' | '\r' | '\n'));
            return if blank { Ok(()) } else { Err(self.malformed("text outside the root element")) };
        };
        if let (false, Some(index)) = (self.skipping(), open.node) {
            self.add_text(index, text);
        }
        Ok(())
    }

    /// Adds a piece to the text of node `index`: the first among the words, where it can grow while nothing comes
    /// behind it; further ones in a string of its own.
    fn add_text(&mut self, index: usize, text: &str) {
        let end = self.document.words.len();
        let Some(node) = self.document.nodes.get_mut(index) else { return };
        if !node.joined.is_empty() {
            node.joined.push_str(text);
        } else if node.text.is_empty() {
            node.text = end..end + text.len();
            self.document.words.push_str(text);
        } else if node.text.end == end {
            node.text.end += text.len();
            self.document.words.push_str(text);
        } else {
            let first = self.document.words.get(node.text.clone()).unwrap_or_default();
            node.joined = [first, text].concat();
        }
    }

    /// A reference in text: a character by number, or one of the five entities of XML.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlError> {
        if self.open.is_empty() {
            return Err(self.malformed("text outside the root element"));
        }
        let by_number = reference.resolve_char_ref().map_err(|error| self.malformed(&error.to_string()))?;
        if let Some(character) = by_number {
            if !encoding::allowed(character) {
                return Err(XmlError::BadText);
            }
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        match quick_xml::escape::resolve_predefined_entity(reference) {
            Some(text) => self.text(text),
            None => Err(XmlError::UnknownEntity { name: reference.chars().take(64).collect() }),
        }
    }

    fn finish(self) -> Result<Document, XmlError> {
        if !self.open.is_empty() {
            return Err(self.malformed("an element is not closed"));
        }
        if self.document.nodes.is_empty() {
            return Err(self.malformed("no element"));
        }
        Ok(self.document)
    }
}
