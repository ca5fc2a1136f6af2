//! Attributes of a signer: signed and unsigned.
//!
//! `Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }`

use jiff::Timestamp;

use super::{AdobeRevocation, AlgorithmProtection, CmsError, SigningCertificate, single};
use crate::asn1::{Asn1Error, Asn1ErrorKind, Context, DeviationKind, Mode, Reader, Tag, Value, Writer};
use crate::oid::{self, Oid};
use crate::time;

/// Attributes of one signer; real ones have fewer than ten.
const MAX_ATTRIBUTES: usize = 64;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub oid: Oid,
    /// The encodings of its values.
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    fn read(list: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let mut fields = list.sequence()?;
        let oid = fields.read(Tag::OID)?.oid()?;
        let mut set = fields.read(Tag::SET)?.children()?;
        fields.finish()?;
        let mut values = Vec::new();
        while let Some(value) = set.read_any()? {
            if values.len() >= MAX_ATTRIBUTES {
                return Err(value.error(Asn1ErrorKind::TooLarge));
            }
            values.push(value.raw().to_vec());
        }
        Ok(Self { oid, values })
    }

    /// Reads attributes to the end of the reader.
    pub(super) fn read_all(mut list: Reader<'_>) -> Result<Vec<Self>, Asn1Error> {
        let mut attributes = Vec::new();
        while !list.is_empty() {
            if attributes.len() >= MAX_ATTRIBUTES {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
            }
            attributes.push(Self::read(&mut list)?);
        }
        Ok(attributes)
    }

    /// The encoding of an attribute with one value.
    pub(crate) fn encode(oid: &Oid, value: &[u8]) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(oid);
                w.value(Tag::SET, value);
            });
        })
    }

    fn first(&self) -> Option<&[u8]> {
        self.values.first().map(Vec::as_slice)
    }
}

/// The signed attributes, with the bytes that the signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAttributes {
    /// The stored encoding with its tag `[0]` replaced by that of SET: what is signed (GB/T 35275 §7, RFC
    /// 5652 §5.4).
    pub stored: Vec<u8>,
    /// The attributes in stored order.
    pub list: Vec<Attribute>,
    /// True when they are in the order of DER.
    pub sorted: bool,
}

impl SignedAttributes {
    pub(super) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        let list = Attribute::read_all(value.children()?)?;
        for (index, attribute) in list.iter().enumerate() {
            if list.iter().skip(index.saturating_add(1)).any(|other| other.oid == attribute.oid) {
                return Err(CmsError::DuplicateAttribute(attribute.oid));
            }
        }
        single::check(&list)?;
        if !single::names_content(&list) {
            value.note(DeviationKind::ContentTypeMissing)?;
        }
        let encodings = encodings(value)?;
        let sorted = encodings.is_sorted();
        if !sorted {
            value.note(DeviationKind::SetNotSorted)?;
        }
        let mut stored = value.raw().to_vec();
        if let Some(tag) = stored.first_mut() {
            *tag = Tag::SET.0;
        }
        Ok(Self { stored, list, sorted })
    }

    /// The attributes in the order of DER, for signers that stored them otherwise than they signed them;
    /// `None` when they are stored in that order.
    pub fn in_der_order(&self) -> Option<Vec<u8>> {
        if self.sorted {
            return None;
        }
        let context = Context::new(Mode::Tolerant);
        let elements = encodings(&context.top(&self.stored).ok()?).ok()?;
        Some(Writer::build(|w| w.set_of(Tag::SET, elements)))
    }

    /// The first value of an attribute.
    pub fn get(&self, oid: &Oid) -> Option<&[u8]> {
        self.list.iter().find(|attribute| attribute.oid == *oid).and_then(Attribute::first)
    }

    /// messageDigest.
    pub fn message_digest(&self) -> Option<Vec<u8>> {
        read_value(self.get(&oid::MESSAGE_DIGEST)?, |value| Ok(value.octets()?.into_owned()))
    }

    /// contentType.
    pub fn content_type(&self) -> Option<Oid> {
        read_value(self.get(&oid::CONTENT_TYPE)?, |value| value.expect(Tag::OID)?.oid())
    }

    /// signingCertificate or signingCertificateV2: which certificate the signature is tied to.
    pub fn signing_certificate(&self) -> Option<SigningCertificate> {
        SigningCertificate::of(self)
    }

    /// cms-algorithm-protection (RFC 6211); an error when it is there and cannot be read.
    pub fn algorithm_protection(&self) -> Option<Result<AlgorithmProtection, Asn1Error>> {
        Some(AlgorithmProtection::read(self.get(&oid::ALGORITHM_PROTECTION)?))
    }

    /// adbe-revocationInfoArchival: revocation information that the signature protects.
    pub fn adobe_revocation(&self) -> Option<AdobeRevocation> {
        AdobeRevocation::read(self.get(&oid::ADOBE_REVOCATION)?).ok()
    }

    /// signingTime.
    pub fn signing_time(&self) -> Option<Timestamp> {
        read_value(self.get(&oid::SIGNING_TIME)?, time::read_choice)
    }
}

fn read_value<T>(encoded: &[u8], read: impl Fn(&Value<'_>) -> Result<T, Asn1Error>) -> Option<T> {
    let context = Context::new(Mode::Tolerant);
    read(&context.top(encoded).ok()?).ok()
}

/// The encodings of the elements, in stored order.
fn encodings(value: &Value<'_>) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let mut list = value.children()?;
    let mut encodings = Vec::new();
    while let Some(element) = list.read_any()? {
        encodings.push(element.raw().to_vec());
    }
    Ok(encodings)
}
