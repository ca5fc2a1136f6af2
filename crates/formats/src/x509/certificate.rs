//! One certificate.
//!
//! ```text
//! Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
//! TBSCertificate ::= SEQUENCE {
//!     version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier,
//!     issuer Name, validity SEQUENCE { notBefore Time, notAfter Time }, subject Name,
//!     subjectPublicKeyInfo, issuerUniqueID [1] OPTIONAL, subjectUniqueID [2] OPTIONAL,
//!     extensions [3] EXPLICIT Extensions OPTIONAL }
//! ```

use std::fmt;

use crypto::{KeyError, VerifyingKey};
use jiff::Timestamp;

use super::{AlgorithmIdentifier, Extensions, Name, SignatureFault, X509Error, check_signature};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Reader, Span, Tag,
    Value,
};
use crate::time;

/// Longest certificate accepted, in bytes.
const MAX_LEN: usize = 256 * 1024;

/// A certificate: its bytes as received, and what they say.
///
/// `Debug` shows the serial number alone, since the subject may be a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    raw: Vec<u8>,
    tbs: Span,
    spki: Span,
    issuer_span: Span,
    subject_span: Span,
    signature: BitString,
    /// Version, 1 to 3.
    pub version: u8,
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Who issued it.
    pub issuer: Name,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Whom it is for.
    pub subject: Name,
    /// Its extensions.
    pub extensions: Extensions,
    /// What was tolerated in reading it; offsets count from its first byte.
    pub deviations: Vec<Deviation>,
}

impl Certificate {
    /// Reads a certificate in DER, tolerantly; what was tolerated is in `deviations`.
    ///
    /// # Errors
    /// When the bytes are no certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        Self::parse(der, Mode::Tolerant)
    }

    /// Reads a certificate in the mode given.
    ///
    /// # Errors
    /// When the bytes are no certificate, or depart from DER in strict mode.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, X509Error> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut certificate = Self::read(&value)?;
        certificate.deviations = context.take_notes();
        Ok(certificate)
    }

    /// Reads a certificate that is a value of a larger structure; deviations go to that one's notes.
    fn read(value: &Value<'_>) -> Result<Self, X509Error> {
        let origin = value.offset();
        let mut outer = value.sequence()?;
        let tbs_value = outer.read(Tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let signature = outer.read(Tag::BIT_STRING)?.octet_bits()?;
        outer.finish()?;

        let mut tbs = tbs_value.children()?;
        let version = read_version(&mut tbs)?;
        let serial = read_serial(&mut tbs)?;
        if AlgorithmIdentifier::read(&mut tbs)? != signature_algorithm {
            return Err(X509Error::AlgorithmMismatch);
        }
        let issuer = tbs.read(Tag::SEQUENCE)?;
        let (not_before, not_after) = read_validity(&mut tbs)?;
        let subject = tbs.read(Tag::SEQUENCE)?;
        let spki = tbs.read(Tag::SEQUENCE)?;
        let extensions = read_tail(tbs)?;
        Ok(Self {
            raw: value.raw().to_vec(),
            tbs: tbs_value.span().relative_to(origin),
            spki: spki.span().relative_to(origin),
            issuer_span: issuer.span().relative_to(origin),
            subject_span: subject.span().relative_to(origin),
            signature,
            version,
            serial,
            signature_algorithm,
            issuer: Name::read(&issuer)?,
            not_before,
            not_after,
            subject: Name::read(&subject)?,
            extensions,
            deviations: Vec::new(),
        })
    }

    /// The whole certificate as received.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// The signed part as received.
    pub fn tbs(&self) -> &[u8] {
        self.tbs.of(&self.raw)
    }

    /// The public key (SubjectPublicKeyInfo) as received.
    pub fn spki_der(&self) -> &[u8] {
        self.spki.of(&self.raw)
    }

    /// The issuer's name as received.
    pub fn issuer_der(&self) -> &[u8] {
        self.issuer_span.of(&self.raw)
    }

    /// The subject's name as received.
    pub fn subject_der(&self) -> &[u8] {
        self.subject_span.of(&self.raw)
    }

    /// The signature value.
    pub fn signature(&self) -> &BitString {
        &self.signature
    }

    /// The serial number in upper-case hexadecimal digits, without a sign octet.
    pub fn serial_hex(&self) -> String {
        serial_hex(&self.serial)
    }

    /// SM3 over the whole certificate: its fingerprint.
    pub fn sm3(&self) -> [u8; 32] {
        crypto::sm3::digest(&self.raw)
    }

    /// The public key, ready to verify with.
    ///
    /// # Errors
    /// When the key is of no kind that we verify with, or not valid.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::prepared(self.spki_der())
    }

    /// True when subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der() == self.issuer_der()
    }

    /// True when `at` lies in the period of validity, both ends included.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        // The end is written in whole seconds and means the whole of that second.
        self.not_before.as_second() <= at.as_second() && at.as_second() <= self.not_after.as_second()
    }

    /// Checks the signature of this certificate with a key.
    ///
    /// # Errors
    /// When the signature is not one of this key.
    pub fn check_signature(&self, issuer_key: &VerifyingKey) -> Result<(), SignatureFault> {
        check_signature(&self.signature_algorithm, issuer_key, self.tbs(), &self.signature)
    }

    /// Checks names and signature against an issuer's certificate: nothing else of a chain.
    ///
    /// # Errors
    /// When the signature is not one of the issuer's key, or that key is unusable.
    pub fn check_issued_by(&self, issuer: &Self) -> Result<(), SignatureFault> {
        if self.issuer_der() != issuer.subject_der() {
            return Err(SignatureFault::Wrong(crypto::VerifyError::Mismatch));
        }
        self.check_signature(&issuer.verifying_key()?)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.serial_hex())
    }
}

/// Upper-case hexadecimal digits of a serial number's content octets, without a sign octet.
pub(crate) fn serial_hex(content: &[u8]) -> String {
    let digits = match content {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    hex::encode_upper(digits)
}

fn read_version(tbs: &mut Reader<'_>) -> Result<u8, Asn1Error> {
    let Some(tagged) = tbs.read_optional(Tag::context(0))? else { return Ok(1) };
    let number = tagged.explicit()?;
    match number.integer()? {
        0 => {
            number.note(DeviationKind::DefaultEncoded)?;
            Ok(1)
        }
        1 => Ok(2),
        2 => Ok(3),
        _ => Err(number.error(Asn1ErrorKind::Content("certificate version"))),
    }
}

fn read_serial(tbs: &mut Reader<'_>) -> Result<Vec<u8>, Asn1Error> {
    let value = tbs.read(Tag::INTEGER)?;
    let serial = value.integer_bytes()?;
    let is_negative = serial.first().is_some_and(|first| first & 0x80 != 0);
    let is_zero = serial.iter().all(|&octet| octet == 0);
    if is_negative || is_zero || serial.len() > 20 {
        value.note(DeviationKind::SerialNotPositive)?;
    }
    Ok(serial.to_vec())
}

fn read_validity(tbs: &mut Reader<'_>) -> Result<(Timestamp, Timestamp), Asn1Error> {
    let mut validity = tbs.sequence()?;
    let mut next = || {
        let value =
            validity.read_any()?.ok_or(Asn1ErrorKind::Missing(Tag::UTC_TIME).at(validity.offset()))?;
        time::read_choice(&value)
    };
    let not_before = next()?;
    let not_after = next()?;
    validity.finish()?;
    Ok((not_before, not_after))
}

/// Unique identifiers, which nobody uses, and extensions.
fn read_tail(mut tbs: Reader<'_>) -> Result<Extensions, X509Error> {
    for number in [1, 2] {
        for tag in [Tag::context_primitive(number), Tag::context(number)] {
            tbs.read_optional(tag)?;
        }
    }
    let extensions = match tbs.read_optional(Tag::context(3))? {
        Some(tagged) => Extensions::read(&tagged.explicit()?)?,
        None => Extensions::default(),
    };
    tbs.finish()?;
    Ok(extensions)
}
