//! Questions about the status of certificates, and their answers: OCSP (在线证书状态协议), GB/T 19713 and RFC 6960.
//!
//! No trust decision is made here. An answer tells what its responder says; who may say so, and whether it is
//! still true, is for the verifier. GB/T 19713 has the structures of RFC 6960; with SM2 the digests that name an
//! issuer are SM3.

mod cert_id;
mod request;
mod respond;
mod response;
mod single;

use crypto::SignError;

use crate::asn1::{Asn1Error, Asn1ErrorKind, Reader, Tag, Value, Writer};
use crate::oid::{self, Oid};
use crate::x509::{X509Error, extension_inner, read_extension, write_extension};

pub use cert_id::CertId;
pub use request::OcspRequest;
pub use respond::{Responder, refuse, respond};
pub use response::{BasicResponse, OcspResponse, ResponderId, ResponseStatus, read_responses};
pub use single::{CertStatus, SingleResponse};

/// Why a question or an answer could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// A part that answers share with certificates is not in order.
    #[error(transparent)]
    X509(#[from] X509Error),
    /// The answer is of a type that is not known here.
    #[error("an answer of type {0}")]
    ResponseType(Oid),
    /// The signing key is not the one in the responder's certificate.
    #[error("the signing key does not belong to the responder's certificate")]
    WrongKey,
    /// The key refused to sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl OcspError {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::X509(error) => error.code(),
            Self::ResponseType(_) => "ocsp.response_type",
            Self::WrongKey => "ocsp.wrong_key",
            Self::Sign(_) => "ocsp.sign",
        }
    }
}

/// Extensions of one question, answer or entry; real ones have at most three.
const MAX_EXTENSIONS: usize = 16;
/// Longest nonce (RFC 8954: 32 octets; RFC 9654: 128).
const MAX_NONCE: usize = 128;

/// The extensions that are understood, and the critical ones that are not.
#[derive(Default)]
struct OcspExtensions {
    nonce: Option<Vec<u8>>,
    unknown_critical: Vec<Oid>,
}

impl OcspExtensions {
    /// Reads `Extensions`; `value` is the SEQUENCE.
    fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut list = value.sequence()?;
        let mut found = Self::default();
        let mut count = 0_usize;
        while !list.is_empty() {
            count = count.saturating_add(1);
            if count > MAX_EXTENSIONS {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
            }
            let (oid, critical, value) = read_extension(&mut list)?;
            match oid {
                oid::OCSP_NONCE => found.nonce = Some(nonce(&value)?),
                _ if critical => found.unknown_critical.push(oid),
                _ => {}
            }
        }
        Ok(found)
    }

    /// Reads the optional `[number] EXPLICIT Extensions`.
    fn read_optional(fields: &mut Reader<'_>, number: u8) -> Result<Self, Asn1Error> {
        match fields.read_optional(Tag::context(number))? {
            Some(tagged) => Self::read(&tagged.explicit()?),
            None => Ok(Self::default()),
        }
    }
}

/// `Nonce ::= OCTET STRING`; before RFC 6960 said so, some put the octets into the extension as they are.
fn nonce(value: &Value<'_>) -> Result<Vec<u8>, Asn1Error> {
    let octets = match extension_inner(value) {
        Ok(inner) if inner.tag() == Tag::OCTET_STRING && inner.raw().len() == value.content().len() => {
            inner.octets()?.into_owned()
        }
        _ => value.octets()?.into_owned(),
    };
    if octets.len() > MAX_NONCE {
        return Err(value.error(Asn1ErrorKind::TooLarge));
    }
    Ok(octets)
}

/// Writes `Extensions` with a nonce.
fn write_nonce(w: &mut Writer, nonce: &[u8]) {
    let value = Writer::build(|w| w.octets(nonce));
    w.sequence(|w| write_extension(w, &oid::OCSP_NONCE, false, &value));
}
