//! Values of the primitive types that are not text.

use std::borrow::Cow;

use super::{Asn1Error, Asn1ErrorKind as Kind, DeviationKind, Tag, Value};
use crate::oid::Oid;

/// Segments of one constructed string; more serves no purpose but to waste time.
const MAX_SEGMENTS: usize = 65_536;

/// A bit string as received: its octets and how many bits of the last one do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitString {
    /// The octets as they stand in the file.
    pub bytes: Vec<u8>,
    /// Bits of the last octet that do not count, 0 to 7.
    pub unused: u8,
}

impl BitString {
    /// A bit string of whole octets.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), unused: 0 }
    }

    /// True when bit `index` (0 is the first) is there and set.
    pub fn bit(&self, index: usize) -> bool {
        let Some(byte) = self.bytes.get(index / 8) else { return false };
        byte & (0x80_u8 >> (index % 8)) != 0
    }

    /// The octets with the zeros restored that a writer cut off, up to `len` octets; `None` when there are
    /// more octets than that.
    ///
    /// Writers built on old OpenSSL cut zero bits and octets off the end of every bit string; those are the
    /// only octets that can be missing without changing the value.
    pub fn restored(&self, len: usize) -> Option<Vec<u8>> {
        if self.bytes.len() > len {
            return None;
        }
        let mut bytes = self.bytes.clone();
        bytes.resize(len, 0);
        Some(bytes)
    }
}

impl<'a> Value<'a> {
    /// The content octets of an INTEGER or ENUMERATED, two's complement, at least one octet.
    ///
    /// # Errors
    /// When the value is no integer.
    pub fn integer_bytes(&self) -> Result<&'a [u8], Asn1Error> {
        if self.tag() != Tag::INTEGER && self.tag() != Tag::ENUMERATED {
            return Err(self.error(Kind::UnexpectedTag { expected: Tag::INTEGER, found: self.tag() }));
        }
        match *self.content() {
            [] => Err(self.error(Kind::Content("INTEGER"))),
            [0x00, second, ..] if second < 0x80 => {
                self.note(DeviationKind::NonMinimalInteger)?;
                Ok(self.content())
            }
            [0xFF, second, ..] if second >= 0x80 => {
                self.note(DeviationKind::NonMinimalInteger)?;
                Ok(self.content())
            }
            _ => Ok(self.content()),
        }
    }

    /// A small integer.
    ///
    /// # Errors
    /// When the value is no integer or does not fit 64 bits.
    pub fn integer(&self) -> Result<i64, Asn1Error> {
        let bytes = self.integer_bytes()?;
        let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let mut number = if negative { -1_i64 } else { 0 };
        for &byte in bytes {
            let shifted =
                number.checked_mul(256).ok_or_else(|| self.error(Kind::Content("small INTEGER")))?;
            number = shifted | i64::from(byte);
        }
        Ok(number)
    }

    /// A truth value.
    ///
    /// # Errors
    /// When the value is no BOOLEAN.
    pub fn boolean(&self) -> Result<bool, Asn1Error> {
        match *self.expect(Tag::BOOLEAN)?.content() {
            [0x00] => Ok(false),
            [0xFF] => Ok(true),
            [_] => {
                self.note(DeviationKind::BooleanNotFf)?;
                Ok(true)
            }
            _ => Err(self.error(Kind::Content("BOOLEAN"))),
        }
    }

    /// An object identifier.
    ///
    /// # Errors
    /// When the value is none, or one longer than any in use.
    pub fn oid(&self) -> Result<Oid, Asn1Error> {
        let content = self.expect(Tag::OID)?.content();
        Oid::from_der_content(content).ok_or_else(|| self.error(Kind::Content("OBJECT IDENTIFIER")))
    }

    /// The octets of an OCTET STRING; segments of a constructed one are joined.
    ///
    /// # Errors
    /// When the value is none.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, Asn1Error> {
        self.string_octets(Tag::OCTET_STRING)
    }

    /// The octets of a string with the (primitive) tag `tag`; segments of a constructed one are joined.
    ///
    /// # Errors
    /// When the value has another tag, or a segment has.
    pub fn string_octets(&self, tag: Tag) -> Result<Cow<'a, [u8]>, Asn1Error> {
        if self.tag() == tag {
            return Ok(Cow::Borrowed(self.content()));
        }
        if self.tag() != tag.constructed() {
            return Err(self.error(Kind::UnexpectedTag { expected: tag, found: self.tag() }));
        }
        self.note(DeviationKind::ConstructedString)?;
        let segment_tag = if tag.is_universal() { tag } else { Tag::OCTET_STRING };
        let mut joined = Vec::new();
        for segment in self.segments(segment_tag)? {
            joined.extend_from_slice(segment.content());
        }
        Ok(Cow::Owned(joined))
    }

    /// A BIT STRING, by octets and unused bits, as received.
    ///
    /// # Errors
    /// When the value is none.
    pub fn bit_string(&self) -> Result<BitString, Asn1Error> {
        if self.tag() == Tag::BIT_STRING {
            return self.bits_of_content();
        }
        if self.tag() != Tag::BIT_STRING.constructed() {
            return Err(self.error(Kind::UnexpectedTag { expected: Tag::BIT_STRING, found: self.tag() }));
        }
        self.note(DeviationKind::ConstructedString)?;
        let mut joined = BitString::default();
        for segment in self.segments(Tag::BIT_STRING)? {
            if joined.unused != 0 {
                return Err(segment.error(Kind::Content("BIT STRING")));
            }
            let part = segment.bits_of_content()?;
            joined.bytes.extend_from_slice(&part.bytes);
            joined.unused = part.unused;
        }
        Ok(joined)
    }

    /// A BIT STRING that holds whole octets; unused bits in it are a deviation.
    ///
    /// # Errors
    /// When the value is no BIT STRING.
    pub fn octet_bits(&self) -> Result<BitString, Asn1Error> {
        let bits = self.bit_string()?;
        if bits.unused != 0 {
            self.note(DeviationKind::UnusedBits)?;
        }
        Ok(bits)
    }

    /// Reads the content octets as those of a primitive BIT STRING, for implicit tags.
    ///
    /// # Errors
    /// When they are not.
    pub fn bits_of_content(&self) -> Result<BitString, Asn1Error> {
        let invalid = || self.error(Kind::Content("BIT STRING"));
        let (&unused, bytes) = self.content().split_first().ok_or_else(invalid)?;
        if unused > 7 || (bytes.is_empty() && unused != 0) {
            return Err(invalid());
        }
        let mask = (1_u8 << unused).wrapping_sub(1);
        if bytes.last().is_some_and(|last| last & mask != 0) {
            self.note(DeviationKind::UnusedBitsSet)?;
        }
        Ok(BitString { bytes: bytes.to_vec(), unused })
    }

    /// The primitive segments of a constructed string, in order, with no recursion.
    fn segments(&self, tag: Tag) -> Result<Vec<Value<'a>>, Asn1Error> {
        let mut segments = Vec::new();
        let mut open = vec![self.children()?];
        while let Some(reader) = open.last_mut() {
            let Some(value) = reader.read_any()? else {
                open.pop();
                continue;
            };
            if segments.len() >= MAX_SEGMENTS {
                return Err(value.error(Kind::TooLarge));
            }
            if value.tag() == tag {
                segments.push(value);
            } else if value.tag() == tag.constructed() {
                open.push(value.children()?);
            } else {
                return Err(value.error(Kind::UnexpectedTag { expected: tag, found: value.tag() }));
            }
        }
        Ok(segments)
    }
}
