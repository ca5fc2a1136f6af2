//! The message as a whole.
//!
//! ```text
//! ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY OPTIONAL }
//! SignedData ::= SEQUENCE { version INTEGER, digestAlgorithms SET OF AlgorithmIdentifier, contentInfo ContentInfo,
//!     certificates [0] IMPLICIT OPTIONAL, crls [1] IMPLICIT OPTIONAL, signerInfos SET OF SignerInfo }
//! ```

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crypto::SignatureAlgorithm;

use super::{CmsError, SignedAttributes, SignerInfo};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind, Context, Deviation, DeviationKind, Limits, Mode, Reader, Tag, Value,
};
use crate::oid::{self, Oid};
use crate::x509::{AlgorithmIdentifier, Certificate};

/// Longest message accepted, in bytes; large lists of revoked certificates may be inside.
const MAX_LEN: usize = 64 * 1024 * 1024;
/// Entries in one of its lists.
const MAX_ENTRIES: usize = 1_000;

/// What a signature file of type Sign holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedMessage {
    /// SignedData.
    SignedData(SignedData),
    /// A bare SM2 signature value, with no certificate: an old form outside the standard.
    Bare(Vec<u8>),
}

impl SignedMessage {
    /// Reads SignedData, or in tolerant mode a bare `SEQUENCE { r INTEGER, s INTEGER }`.
    ///
    /// # Errors
    /// When the bytes are neither.
    pub fn parse(der: &[u8], mode: Mode) -> Result<(Self, Vec<Deviation>), CmsError> {
        match Self::parse_bearing(der, mode)? {
            (message, notes, None) => Ok((message, notes)),
            (_, _, Some(fault)) => Err(fault),
        }
    }

    /// The same for a verifier, which judges what can be read of a message that is wrong in one part: an error in a
    /// part that the rest can do without comes beside what was read.
    ///
    /// # Errors
    /// When too little can be read for a message.
    pub fn parse_bearing(
        der: &[u8],
        mode: Mode,
    ) -> Result<(Self, Vec<Deviation>, Option<CmsError>), CmsError> {
        let context = Context::new(mode);
        let value = context.top(der)?;
        if value.sequence()?.peek() != Some(Tag::INTEGER) {
            let (data, fault) = SignedData::parse_bearing(der, mode)?;
            let deviations = data.deviations.clone();
            return Ok((Self::SignedData(data), deviations, fault));
        }
        let mut numbers = value.sequence()?;
        numbers.read(Tag::INTEGER)?.integer_bytes()?;
        numbers.read(Tag::INTEGER)?.integer_bytes()?;
        numbers.finish()?;
        value.note(DeviationKind::BareSignature)?;
        Ok((Self::Bare(value.raw().to_vec()), context.take_notes(), None))
    }
}

/// A signed message: its bytes as received, and what they say. `Debug` shows its signers alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedData {
    raw: Vec<u8>,
    /// Version number.
    pub version: i64,
    /// Digest algorithms announced.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// Type of the content.
    pub content_type: Oid,
    /// The content, when it is inside.
    pub content: Option<Vec<u8>>,
    /// Certificates in DER, in stored order.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists in DER, in stored order.
    pub crls: Vec<Vec<u8>>,
    /// The signers.
    pub signers: Vec<SignerInfo>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl fmt::Debug for SignedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.signers.iter().map(|signer| &signer.id)).finish()
    }
}

impl SignedData {
    /// Reads a ContentInfo that holds SignedData.
    ///
    /// # Errors
    /// When the bytes are none, or depart from the standard in strict mode.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, CmsError> {
        match Self::parse_bearing(der, mode)? {
            (data, None) => Ok(data),
            (_, Some(fault)) => Err(fault),
        }
    }

    fn parse_bearing(der: &[u8], mode: Mode) -> Result<(Self, Option<CmsError>), CmsError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let kind = outer.read(Tag::OID)?;
        match kind.oid()? {
            oid::GM_SIGNED_DATA | oid::PKCS7_SIGNED_DATA => {}
            other => return Err(CmsError::NotSignedData(other)),
        }
        let inner = outer.read(Tag::context(0))?.explicit()?;
        outer.finish_bearing()?;
        let mut data = Self::read(&inner)?;
        // RFC 3161 and GB/T 20520 are written for the identifiers of RFC 5652; GM/T 0033 has those of GB/T 35275 where
        // the authority signs with SM2. Both are right for a time stamp.
        if kind.oid()? == oid::PKCS7_SIGNED_DATA && data.content_type != oid::TST_INFO {
            kind.note(DeviationKind::ForeignContentType)?;
        }
        data.raw = value.raw().to_vec();
        data.deviations = context.take_notes();
        if data.is_foreign() {
            data.deviations.retain(|deviation| !is_of_rfc5652(deviation.kind));
        }
        Ok((data, context.take_fault().map(CmsError::from)))
    }

    /// True when none of its signers signs with SM2: then RFC 5652 is what it has to follow, and for time stamps
    /// GM/T 0033 asks for just that.
    fn is_foreign(&self) -> bool {
        !self.signers.is_empty()
            && self.signers.iter().all(|signer| {
                signer.algorithm().is_some_and(|algorithm| algorithm != SignatureAlgorithm::Sm2Sm3)
            })
    }

    fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        let mut fields = value.sequence()?;
        let version_value = fields.read(Tag::INTEGER)?;
        let version = version_value.integer()?;
        // RFC 5652 asks for 3 where the content is not plain data; GB/T 35275 knows 1 alone.
        if !matches!(version, 1 | 3) {
            version_value.note(DeviationKind::CmsVersion)?;
        }
        let digest_algorithms = read_algorithms(&fields.read(Tag::SET)?)?;
        let (content_type, content) = read_content(&mut fields)?;
        let certificates = raw_list(fields.read_optional(Tag::context(0))?)?;
        let crls = raw_list(fields.read_optional(Tag::context(1))?)?;
        let mut list = fields.read(Tag::SET)?.children()?;
        let mut signers = Vec::new();
        while !list.is_empty() {
            if signers.len() >= MAX_ENTRIES {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()).into());
            }
            signers.push(SignerInfo::read(&mut list)?);
        }
        fields.finish_bearing()?;
        for signer in &signers {
            note_contradictions(value, signer, &content_type, &digest_algorithms)?;
        }
        Ok(Self {
            raw: Vec::new(),
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            crls,
            signers,
            deviations: Vec::new(),
        })
    }

    /// The whole message as received.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The certificate of a signer, when it is inside.
    pub fn certificate_of(&self, signer: &SignerInfo) -> Option<Certificate> {
        let mut readable = self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
        readable.find(|certificate| signer.id.names(certificate))
    }

    /// The content taken as a digest of `len` octets: as it stands, or as Base64 text (a deviation).
    pub fn content_as_digest(&self, len: usize) -> Option<(Vec<u8>, Option<DeviationKind>)> {
        let content = self.content.as_ref()?;
        if content.len() == len {
            return Some((content.clone(), None));
        }
        let text: Vec<u8> = content.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(text).ok().filter(|decoded| decoded.len() == len)?;
        Some((decoded, Some(DeviationKind::Base64Digest)))
    }
}

/// What a signer says otherwise than the message: the type of the content in the signed attributes, and a digest
/// algorithm that the message does not announce.
fn note_contradictions(
    message: &Value<'_>,
    signer: &SignerInfo,
    content_type: &Oid,
    announced: &[AlgorithmIdentifier],
) -> Result<(), Asn1Error> {
    let signed_type = signer.signed_attributes.as_ref().and_then(SignedAttributes::content_type);
    if signed_type.is_some_and(|signed_type| signed_type != *content_type) {
        message.note(DeviationKind::SignedContentType)?;
    }
    let own = &signer.digest_algorithm.oid;
    let is_own = |one: &AlgorithmIdentifier| {
        let same_digest =
            oid::digest_algorithm(own).is_some_and(|digest| oid::digest_algorithm(&one.oid) == Some(digest));
        one.oid == *own || same_digest
    };
    if !announced.iter().any(is_own) {
        message.note(DeviationKind::DigestNotAnnounced)?;
    }
    Ok(())
}

/// What departs from GB/T 35275 and not from RFC 5652.
fn is_of_rfc5652(kind: DeviationKind) -> bool {
    matches!(kind, DeviationKind::ForeignContentType | DeviationKind::SubjectKeySigner)
}

fn read_algorithms(set: &Value<'_>) -> Result<Vec<AlgorithmIdentifier>, Asn1Error> {
    let mut list = set.children()?;
    let mut algorithms = Vec::new();
    while !list.is_empty() {
        if algorithms.len() >= MAX_ENTRIES {
            return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
        }
        algorithms.push(AlgorithmIdentifier::read(&mut list)?);
    }
    Ok(algorithms)
}

/// The inner ContentInfo. A content that is no OCTET STRING is kept without its own tag, as PKCS#7 digests it.
fn read_content(fields: &mut Reader<'_>) -> Result<(Oid, Option<Vec<u8>>), Asn1Error> {
    let mut info = fields.sequence()?;
    let kind = info.read(Tag::OID)?;
    let content_type = kind.oid()?;
    if content_type == oid::PKCS7_DATA {
        kind.note(DeviationKind::ForeignContentType)?;
    }
    let content = match info.read_optional(Tag::context(0))? {
        None => None,
        Some(tagged) => {
            let value = tagged.explicit()?;
            let is_octets = value.tag().primitive() == Tag::OCTET_STRING;
            Some(if is_octets { value.octets()?.into_owned() } else { value.content().to_vec() })
        }
    };
    info.finish()?;
    Ok((content_type, content))
}

/// The encodings of a list's elements.
fn raw_list(set: Option<Value<'_>>) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let mut list = set.children()?;
    let mut encodings = Vec::new();
    while let Some(element) = list.read_any()? {
        if encodings.len() >= MAX_ENTRIES {
            return Err(element.error(Asn1ErrorKind::TooLarge));
        }
        encodings.push(element.raw().to_vec());
    }
    Ok(encodings)
}
