//! Edits of a stored file as splices of its bytes.

use super::document::{Document, Note};
use super::element::Element;
use super::error::XmlError;
use std::ops::Range;

/// Edits of one stored file. Every byte that is not spliced stays as it is.
#[derive(Debug)]
pub struct Edit<'b> {
    bytes: &'b [u8],
    /// Replaced ranges with their new text, in the order they were asked for.
    splices: Vec<(Range<usize>, String)>,
}

impl<'b> Edit<'b> {
    /// Edits of `bytes`, of which `document` was parsed.
    ///
    /// # Errors
    /// [`XmlError::NotEditable`] for a file in GBK, whose ranges are not those of its bytes.
    pub fn new(bytes: &'b [u8], document: &Document) -> Result<Self, XmlError> {
        if document.notes().contains(&Note::Gbk) {
            return Err(XmlError::NotEditable);
        }
        Ok(Self { bytes, splices: Vec::new() })
    }

    /// Puts `xml` before the closing tag of `parent`, opening up `<a/>` if need be.
    pub fn append_inside(&mut self, parent: Element<'_>, xml: &str) {
        self.put_inside(parent, parent.content_range().end, xml);
    }

    /// Puts `xml` after the opening tag of `parent`, opening up `<a/>` if need be.
    pub fn prepend_inside(&mut self, parent: Element<'_>, xml: &str) {
        self.put_inside(parent, parent.content_range().start, xml);
    }

    /// Puts `xml` after `element`.
    pub fn insert_after(&mut self, element: Element<'_>, xml: &str) {
        let at = element.range().end;
        self.splices.push((at..at, xml.to_owned()));
    }

    /// Replaces all that is inside `element` by `xml`.
    pub fn replace_content(&mut self, element: Element<'_>, xml: &str) {
        if element.is_self_closing() {
            self.put_inside(element, element.content_range().end, xml);
        } else {
            self.splices.push((element.content_range(), xml.to_owned()));
        }
    }

    fn put_inside(&mut self, parent: Element<'_>, at: usize, xml: &str) {
        if parent.is_self_closing() {
            // `/>` becomes `>…</name>`.
            let end = parent.range().end;
            let text = format!(">{xml}</{}>", parent.qualified_name());
            self.splices.push((end.saturating_sub(2)..end, text));
        } else {
            self.splices.push((at..at, xml.to_owned()));
        }
    }

    /// The edited file.
    ///
    /// # Errors
    /// [`XmlError::NotEditable`] when two edits concern the same bytes.
    pub fn apply(mut self) -> Result<Vec<u8>, XmlError> {
        // Stable: what was asked for first at one place stands first.
        self.splices.sort_by_key(|(range, _)| range.start);
        let added: usize = self.splices.iter().map(|(_, text)| text.len()).sum();
        let mut out = Vec::with_capacity(self.bytes.len() + added);
        let mut at = 0;
        for (range, text) in &self.splices {
            out.extend_from_slice(self.bytes.get(at..range.start).ok_or(XmlError::NotEditable)?);
            out.extend_from_slice(text.as_bytes());
            at = range.end;
        }
        out.extend_from_slice(self.bytes.get(at..).ok_or(XmlError::NotEditable)?);
        Ok(out)
    }
}
