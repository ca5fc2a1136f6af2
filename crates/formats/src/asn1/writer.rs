//! The writer: DER and nothing else (X.690 §10, §11).

use jiff::Timestamp;

use super::Tag;
use crate::oid::Oid;
use crate::time;

/// Builds an encoding front to back; nested values are closures.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// The encoding of what `write` writes.
    pub fn build(write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer = Self::new();
        write(&mut writer);
        writer.finish()
    }

    /// Bytes that are encoded already.
    pub fn raw(&mut self, encoded: &[u8]) {
        self.out.extend_from_slice(encoded);
    }

    /// A value with the tag and these content octets.
    pub fn value(&mut self, tag: Tag, content: &[u8]) {
        self.header(tag, content.len());
        self.out.extend_from_slice(content);
    }

    /// A constructed value whose content `write` writes.
    pub fn nested(&mut self, tag: Tag, write: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.out);
        write(self);
        let content = std::mem::replace(&mut self.out, outer);
        self.value(tag, &content);
    }

    /// A SEQUENCE.
    pub fn sequence(&mut self, write: impl FnOnce(&mut Self)) {
        self.nested(Tag::SEQUENCE, write);
    }

    /// An explicit tag `[number]` around what `write` writes.
    pub fn explicit(&mut self, number: u8, write: impl FnOnce(&mut Self)) {
        self.nested(Tag::context(number), write);
    }

    /// An implicit tag `[number]` over a primitive type with these content octets.
    pub fn implicit_primitive(&mut self, number: u8, content: &[u8]) {
        self.value(Tag::context_primitive(number), content);
    }

    /// A SET OF, sorted as DER asks, with the tag given (0x31, or an implicit one).
    pub fn set_of(&mut self, tag: Tag, mut elements: Vec<Vec<u8>>) {
        elements.sort_unstable();
        self.value(tag, &elements.concat());
    }

    /// An INTEGER.
    pub fn integer(&mut self, number: i64) {
        let octets = number.to_be_bytes();
        let mut content = octets.as_slice();
        while let [first, rest @ ..] = content {
            let redundant = match rest.first() {
                Some(second) => (*first == 0 && *second < 0x80) || (*first == 0xFF && *second >= 0x80),
                None => false,
            };
            if !redundant {
                break;
            }
            content = rest;
        }
        self.value(Tag::INTEGER, content);
    }

    /// A non-negative INTEGER given by its big-endian octets; leading zeros are dropped, a sign octet is
    /// added where it is needed.
    pub fn unsigned(&mut self, big_endian: &[u8]) {
        let start = big_endian.iter().position(|&octet| octet != 0).unwrap_or(big_endian.len());
        let digits = big_endian.get(start..).unwrap_or_default();
        let mut content = Vec::with_capacity(digits.len().saturating_add(1));
        if digits.first().is_none_or(|first| *first >= 0x80) {
            content.push(0);
        }
        content.extend_from_slice(digits);
        self.value(Tag::INTEGER, &content);
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, truth: bool) {
        self.value(Tag::BOOLEAN, &[if truth { 0xFF } else { 0x00 }]);
    }

    /// NULL.
    pub fn null(&mut self) {
        self.value(Tag::NULL, &[]);
    }

    /// An OBJECT IDENTIFIER.
    pub fn oid(&mut self, oid: &Oid) {
        self.value(Tag::OID, oid.der_content());
    }

    /// An OCTET STRING.
    pub fn octets(&mut self, octets: &[u8]) {
        self.value(Tag::OCTET_STRING, octets);
    }

    /// A BIT STRING of whole octets: no unused bits, nothing trimmed.
    pub fn bits(&mut self, octets: &[u8]) {
        self.header(Tag::BIT_STRING, octets.len().saturating_add(1));
        self.out.push(0);
        self.out.extend_from_slice(octets);
    }

    /// A BIT STRING with named bits (X.690 §11.2.2): zero bits at the end are left out.
    pub fn named_bits(&mut self, octets: &[u8]) {
        let len = octets.iter().rposition(|&octet| octet != 0).map_or(0, |last| last.saturating_add(1));
        let kept = octets.get(..len).unwrap_or_default();
        let unused = kept.last().map_or(0, |last| last.trailing_zeros());
        let mut content = vec![u8::try_from(unused).unwrap_or(0)];
        content.extend_from_slice(kept);
        self.value(Tag::BIT_STRING, &content);
    }

    /// A string of the given type. The caller chooses a type that has the characters.
    pub fn string(&mut self, tag: Tag, text: &str) {
        self.value(tag, text.as_bytes());
    }

    /// A time as X.509 writes it: UTCTime to 2049, GeneralizedTime after, whole seconds, Z.
    pub fn x509_time(&mut self, at: Timestamp) {
        match time::utc_time_text(at) {
            Some(text) => self.string(Tag::UTC_TIME, &text),
            None => self.generalized_time(at),
        }
    }

    /// A GeneralizedTime `YYYYMMDDHHMMSSZ`.
    pub fn generalized_time(&mut self, at: Timestamp) {
        self.string(Tag::GENERALIZED_TIME, &time::generalized_time_text(at));
    }

    fn header(&mut self, tag: Tag, len: usize) {
        self.out.push(tag.0);
        if let Ok(short) = u8::try_from(len)
            && short < 0x80
        {
            self.out.push(short);
            return;
        }
        let octets = len.to_be_bytes();
        let start = octets.iter().position(|&octet| octet != 0).unwrap_or(octets.len());
        let digits = octets.get(start..).unwrap_or_default();
        self.out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
        self.out.extend_from_slice(digits);
    }
}
