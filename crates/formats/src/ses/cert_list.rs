//! The certificates that may sign with a seal.
//!
//! ```text
//! SES_CertList  ::= CHOICE { certs SEQUENCE OF OCTET STRING, certDigestList SEQUENCE OF CertDigestObj }
//! CertDigestObj ::= SEQUENCE { type PrintableString, value OCTET STRING }
//! ```
//! The alternatives have no tags: the type before them and the elements tell.

use std::fmt;

use super::fields;
use crate::asn1::{Asn1Error, Asn1ErrorKind, DeviationKind, Tag, Value, Writer};
use crate::oid;

/// Certificates that one seal may list.
const MAX_ENTRIES: usize = 10_000;

/// A certificate named by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertDigest {
    /// Free text of the writer (自定义类型); it need not name the digest algorithm.
    pub kind: String,
    /// Digest of the certificate in DER.
    pub value: Vec<u8>,
}

impl CertDigest {
    /// True when this is the digest of a certificate. The standard names no algorithm: SM3 is tried first,
    /// then those of other lengths.
    pub fn matches(&self, cert_der: &[u8]) -> bool {
        let algorithm = match self.value.len() {
            32 if self.value == crypto::sm3::digest(cert_der) => return true,
            32 => oid::SHA256,
            48 => oid::SHA384,
            64 => oid::SHA512,
            _ => return false,
        };
        oid::digest_algorithm(&algorithm).is_some_and(|algorithm| algorithm.digest(cert_der) == self.value)
    }
}

/// The list of signers. `Debug` shows how many there are.
#[derive(Clone, PartialEq, Eq)]
pub enum CertList {
    /// Whole certificates in DER (type 1).
    Certificates(Vec<Vec<u8>>),
    /// Digests of certificates (type 2).
    Digests(Vec<CertDigest>),
    /// Text in place of certificates, as one vendor wrote: matches nobody.
    Text(Vec<String>),
}

impl CertList {
    /// True when a certificate is in the list.
    pub fn contains(&self, cert_der: &[u8]) -> bool {
        match self {
            Self::Certificates(list) => list.iter().any(|listed| listed == cert_der),
            Self::Digests(list) => list.iter().any(|digest| digest.matches(cert_der)),
            Self::Text(_) => false,
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        match self {
            Self::Certificates(list) => list.len(),
            Self::Digests(list) => list.len(),
            Self::Text(list) => list.len(),
        }
    }

    /// True when nobody may sign.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// certListType that goes with it.
    pub(super) fn list_type(&self) -> i64 {
        match self {
            Self::Certificates(_) => 1,
            Self::Digests(_) => 2,
            Self::Text(_) => 0,
        }
    }

    /// Reads the list by the tags of its elements.
    pub(super) fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut elements = value.sequence()?;
        let (mut certificates, mut digests, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        let mut count = 0_usize;
        while let Some(element) = elements.read_any()? {
            count = count.saturating_add(1);
            if count > MAX_ENTRIES {
                return Err(element.error(Asn1ErrorKind::TooLarge));
            }
            match element.tag() {
                tag if tag.primitive() == Tag::OCTET_STRING => {
                    certificates.push(fields::certificate(&element)?);
                }
                Tag::SEQUENCE => match element.children()?.peek() {
                    // A certificate begins with its signed part, a digest with a string.
                    Some(Tag::SEQUENCE) => certificates.push(fields::certificate(&element)?),
                    _ => digests.push(read_digest(&element)?),
                },
                _ => {
                    element.note(DeviationKind::CertListText)?;
                    texts.push(element.text()?);
                }
            }
        }
        match (certificates.is_empty(), digests.is_empty(), texts.is_empty()) {
            (_, true, true) => Ok(Self::Certificates(certificates)),
            (true, false, true) => Ok(Self::Digests(digests)),
            (true, true, false) => Ok(Self::Text(texts)),
            _ => Err(value.error(Asn1ErrorKind::Shape("certificate list"))),
        }
    }

    /// Writes the list.
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| match self {
            Self::Certificates(list) => list.iter().for_each(|der| w.octets(der)),
            Self::Digests(list) => {
                for digest in list {
                    w.sequence(|w| {
                        w.string(Tag::PRINTABLE_STRING, &digest.kind);
                        w.octets(&digest.value);
                    });
                }
            }
            Self::Text(list) => list.iter().for_each(|text| w.string(Tag::IA5_STRING, text)),
        });
    }
}

impl fmt::Debug for CertList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Certificates(_) => "certificates",
            Self::Digests(_) => "digests",
            Self::Text(_) => "texts",
        };
        write!(f, "CertList({} {kind})", self.len())
    }
}

fn read_digest(value: &Value<'_>) -> Result<CertDigest, Asn1Error> {
    let mut fields = value.children()?;
    let kind = fields::any(&mut fields, Tag::PRINTABLE_STRING)?.text_as(Tag::PRINTABLE_STRING)?;
    let digest = fields.read(Tag::OCTET_STRING)?.octets()?.into_owned();
    fields.finish()?;
    Ok(CertDigest { kind, value: digest })
}
