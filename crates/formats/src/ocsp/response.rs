//! The answer.
//!
//! ```text
//! OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
//! ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
//! BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm, signature BIT STRING,
//!     certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
//! ResponseData ::= SEQUENCE { version [0] EXPLICIT INTEGER DEFAULT v1, responderID ResponderID,
//!     producedAt GeneralizedTime, responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
//! ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }
//! ```

use std::fmt;

use crypto::{DigestAlgorithm, VerifyingKey};
use jiff::Timestamp;

use super::cert_id::{Named, key_bits};
use super::single::read_time;
use super::{OcspError, OcspExtensions, SingleResponse};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Reader, Span, Tag,
    Value, Writer,
};
use crate::oid::{self, Oid};
use crate::x509::{AlgorithmIdentifier, Certificate, SignatureFault, X509Error, check_signature, pem_blocks};

/// Longest answer accepted, in bytes.
const MAX_LEN: usize = 1024 * 1024;
/// Certificates an answer speaks of.
const MAX_SINGLES: usize = 1024;
/// Certificates sent along; an honest answer has one or two.
const MAX_CERTS: usize = 16;

/// Whether there is an answer at all (OCSPResponseStatus).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// There is.
    Successful,
    /// The question was malformed.
    MalformedRequest,
    /// The responder has a fault.
    InternalError,
    /// The responder is busy.
    TryLater,
    /// The question must be signed.
    SignatureRequired,
    /// The responder does not answer this.
    Unauthorized,
}

impl ResponseStatus {
    const NUMBERS: [(Self, u8); 6] = [
        (Self::Successful, 0),
        (Self::MalformedRequest, 1),
        (Self::InternalError, 2),
        (Self::TryLater, 3),
        (Self::SignatureRequired, 5),
        (Self::Unauthorized, 6),
    ];

    fn from_number(number: i64) -> Option<Self> {
        Self::NUMBERS.iter().find(|(_, known)| i64::from(*known) == number).map(|(status, _)| *status)
    }

    fn number(self) -> u8 {
        Self::NUMBERS.iter().find(|(status, _)| *status == self).map_or(2, |(_, number)| *number)
    }
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By the encoded name.
    ByName(Vec<u8>),
    /// By a digest of the public key's bits: SHA-1 (RFC 6960), or SM3 as some write it.
    ByKey(Vec<u8>),
}

impl ResponderId {
    /// True when it names the owner of this certificate.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::ByName(name) => name == certificate.subject_der(),
            Self::ByKey(hash) => {
                let digest = match hash.len() {
                    20 => DigestAlgorithm::Sha1,
                    32 => DigestAlgorithm::Sm3,
                    _ => return false,
                };
                key_bits(certificate).is_ok_and(|bits| digest.digest(&bits) == *hash)
            }
        }
    }
}

/// An answer, or the refusal of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspResponse {
    /// Whether there is an answer.
    pub status: ResponseStatus,
    /// The answer.
    pub basic: Option<BasicResponse>,
    /// What was tolerated in reading it, the answer inside not counted.
    pub deviations: Vec<Deviation>,
}

impl OcspResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// When the bytes are none, or say that there is an answer and hold none.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, OcspError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let number = outer.read(Tag::ENUMERATED)?;
        let status = ResponseStatus::from_number(number.integer()?)
            .ok_or_else(|| number.error(Asn1ErrorKind::Content("OCSPResponseStatus")))?;
        let basic = match outer.read_optional(Tag::context(0))? {
            None => None,
            Some(tagged) => {
                let mut fields = tagged.explicit()?.sequence()?;
                let kind = fields.read(Tag::OID)?.oid()?;
                if kind != oid::OCSP_BASIC {
                    return Err(OcspError::ResponseType(kind));
                }
                let basic = BasicResponse::parse(&fields.read(Tag::OCTET_STRING)?.octets()?, mode)?;
                fields.finish()?;
                Some(basic)
            }
        };
        outer.finish()?;
        if (status == ResponseStatus::Successful) != basic.is_some() {
            return Err(value.error(Asn1ErrorKind::Shape("OCSP answer")).into());
        }
        Ok(Self { status, basic, deviations: context.take_notes() })
    }

    /// The encoding.
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.value(Tag::ENUMERATED, &[self.status.number()]);
                if let Some(basic) = &self.basic {
                    w.explicit(0, |w| {
                        w.sequence(|w| {
                            w.oid(&oid::OCSP_BASIC);
                            w.octets(basic.der());
                        });
                    });
                }
            });
        })
    }
}

/// A signed answer: its bytes as received, and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicResponse {
    raw: Vec<u8>,
    tbs: Span,
    signature: BitString,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Who answers.
    pub responder: ResponderId,
    /// When the answer was signed.
    pub produced_at: Timestamp,
    /// What it says of each certificate.
    pub singles: Vec<SingleResponse>,
    /// The octets of the question that it answers.
    pub nonce: Option<Vec<u8>>,
    /// Critical extensions that are not understood: the answer must not be relied on.
    pub unknown_critical: Vec<Oid>,
    /// The certificates sent along, in DER.
    pub certs: Vec<Vec<u8>>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl BasicResponse {
    /// Reads a signed answer.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, OcspError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let data = outer.read(Tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let signature = outer.read(Tag::BIT_STRING)?.octet_bits()?;
        let certs = match outer.read_optional(Tag::context(0))? {
            Some(tagged) => read_certs(&tagged.explicit()?)?,
            None => Vec::new(),
        };
        outer.finish()?;
        let mut fields = data.children()?;
        read_version(&mut fields)?;
        let responder = read_responder(&mut fields)?;
        let produced_at = read_time(&fields.read(Tag::GENERALIZED_TIME)?)?;
        let singles = read_singles(&fields.read(Tag::SEQUENCE)?)?;
        let extensions = OcspExtensions::read_optional(&mut fields, 1)?;
        fields.finish()?;
        Ok(Self {
            raw: value.raw().to_vec(),
            tbs: data.span(),
            signature,
            signature_algorithm,
            responder,
            produced_at,
            singles,
            nonce: extensions.nonce,
            unknown_critical: extensions.unknown_critical,
            certs,
            deviations: context.take_notes(),
        })
    }

    /// The whole signed answer as received, without the wrapping that tells its status.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// The signed part as received.
    pub fn tbs(&self) -> &[u8] {
        self.tbs.of(&self.raw)
    }

    /// The signature value.
    pub fn signature(&self) -> &BitString {
        &self.signature
    }

    /// What is said of a certificate; of several entries, the newest.
    pub fn find(&self, subject: &Certificate, issuer: &Certificate) -> Option<&SingleResponse> {
        let mut named = Named::new(subject, issuer);
        let about = self.singles.iter().filter(|single| named.by(&single.cert));
        about.max_by_key(|single| single.this_update)
    }

    /// Checks the signature with a key.
    ///
    /// # Errors
    /// When the signature is not one of this key.
    pub fn check_signature(&self, key: &VerifyingKey) -> Result<(), SignatureFault> {
        check_signature(&self.signature_algorithm, key, self.tbs(), &self.signature)
    }
}

impl fmt::Debug for BasicResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BasicResponse({}, {} certificates)", self.produced_at, self.singles.len())
    }
}

/// `version [0] EXPLICIT INTEGER DEFAULT v1`; there has never been another.
pub(super) fn read_version(fields: &mut Reader<'_>) -> Result<(), Asn1Error> {
    let Some(tagged) = fields.read_optional(Tag::context(0))? else { return Ok(()) };
    let number = tagged.explicit()?;
    match number.integer()? {
        0 => number.note(DeviationKind::DefaultEncoded),
        _ => Err(number.error(Asn1ErrorKind::Content("OCSP version"))),
    }
}

fn read_responder(fields: &mut Reader<'_>) -> Result<ResponderId, Asn1Error> {
    let offset = fields.offset();
    let choice = fields.read_any()?.ok_or(Asn1ErrorKind::Missing(Tag::context(1)).at(offset))?;
    if choice.tag() == Tag::context(1) {
        Ok(ResponderId::ByName(choice.explicit()?.expect(Tag::SEQUENCE)?.raw().to_vec()))
    } else if choice.tag() == Tag::context(2) {
        Ok(ResponderId::ByKey(choice.explicit()?.octets()?.into_owned()))
    } else {
        Err(choice.error(Asn1ErrorKind::Content("ResponderID")))
    }
}

fn read_singles(value: &Value<'_>) -> Result<Vec<SingleResponse>, Asn1Error> {
    let mut list = value.children()?;
    let mut singles = Vec::new();
    while !list.is_empty() {
        if singles.len() >= MAX_SINGLES {
            return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
        }
        singles.push(SingleResponse::read(&mut list)?);
    }
    Ok(singles)
}

fn read_certs(value: &Value<'_>) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let mut list = value.sequence()?;
    let mut certs = Vec::new();
    while !list.is_empty() {
        if certs.len() >= MAX_CERTS {
            return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
        }
        certs.push(list.read(Tag::SEQUENCE)?.raw().to_vec());
    }
    Ok(certs)
}

/// All answers in a file: PEM blocks labelled `OCSP RESPONSE`, or one in DER. Refusals are left out.
///
/// # Errors
/// When there is no answer, or one is malformed.
pub fn read_responses(file: &[u8]) -> Result<Vec<BasicResponse>, OcspError> {
    let is_pem = file.windows(11).any(|window| window == b"-----BEGIN ");
    let mut found = Vec::new();
    if is_pem {
        for block in pem_blocks(file)?.iter().filter(|block| block.label.ends_with("OCSP RESPONSE")) {
            found.extend(OcspResponse::parse(&block.der, Mode::Tolerant)?.basic);
        }
    } else {
        found.extend(OcspResponse::parse(file, Mode::Tolerant)?.basic);
    }
    if found.is_empty() { Err(X509Error::Empty.into()) } else { Ok(found) }
}
