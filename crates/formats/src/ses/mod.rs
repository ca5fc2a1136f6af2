//! Electronic seals and seal signatures: GB/T 38540-2020 ("V4") and GM/T 0031-2014 ("V1" to "V3").
//!
//! Written is version 4 alone. Read are versions 1 to 5, told apart by their shape and never by the version
//! number alone, with every tolerance reported as a deviation. The exact bytes that maker and signer signed
//! are kept; whether anybody is to be trusted is not decided here.

mod cert_list;
mod draft;
mod ext_data;
mod fields;
mod picture;
mod seal;
mod signature;
mod tbs;

use crypto::SignError;

use crate::asn1::Asn1Error;
use crate::oid::Oid;
use crate::x509::SignatureFault;

pub use crate::signature_value::{SignatureCandidate, signature_candidates};
pub use cert_list::{CertDigest, CertList};
pub use draft::{SealDraft, TbsSignDraft, assemble_seal, assemble_signature};
pub use ext_data::ExtData;
pub use picture::{Picture, PictureKind};
pub use seal::{RawTimes, Seal, SealVersion};
pub use signature::SesSignature;
pub use tbs::{TbsSign, parse_tbs};

/// Why a seal or a signature could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SesError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// A text does not fit its string type.
    #[error("{0} holds characters that its type does not have")]
    Text(&'static str),
    /// A number or list is outside what the standard allows.
    #[error("{0} is out of range")]
    Range(&'static str),
    /// Only version 4 is written.
    #[error("a seal of version {0} can be verified, but not used to sign")]
    Version(i64),
    /// The signing key is not the one in the certificate.
    #[error("the signing key does not belong to the certificate")]
    WrongKey,
    /// The maker's certificate cannot be read.
    #[error("the maker's certificate cannot be read")]
    Certificate,
    /// The key refused to sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl SesError {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::Text(_) => "ses.text",
            Self::Range(_) => "ses.range",
            Self::Version(_) => "ses.write_version",
            Self::WrongKey => "ses.wrong_key",
            Self::Certificate => "ses.certificate",
            Self::Sign(_) => "ses.sign",
        }
    }
}

/// The signature algorithm of a seal or signature, or the fault of naming none that is known.
fn known_algorithm(oid: &Oid) -> Result<crypto::SignatureAlgorithm, SignatureFault> {
    crate::oid::signature_algorithm(oid).ok_or(SignatureFault::UnknownAlgorithm(*oid))
}
