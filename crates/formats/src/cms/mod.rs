//! Signed messages: SignedData of GB/T 35275 (the SM2 form of PKCS#7), and of RFC 5652.
//!
//! All forms of a signature in the field are read: the digest as embedded content without attributes, the
//! detached form with attributes, the digest as Base64 text, and the bare signature value. Written is the
//! detached form with sorted attributes, and the form with embedded content that time stamps have.

mod attributes;
mod contents;
mod draft;
mod protection;
mod revocation;
mod signed_data;
mod signer_info;
mod signing_certificate;
mod single;

use crypto::SignError;

use crate::asn1::Asn1Error;
use crate::oid::Oid;

pub use attributes::{Attribute, SignedAttributes};
pub use contents::{ContentsKind, Stripped, contents_kind, contents_octets, strip_padding};
pub use draft::{SignedDataDraft, sign_detached};
pub use protection::AlgorithmProtection;
pub use revocation::AdobeRevocation;
pub use signed_data::{SignedData, SignedMessage};
pub use signer_info::{SignerId, SignerInfo};
pub(crate) use signing_certificate::encode as encode_signing_certificate;
pub use signing_certificate::{CertDigest, SigningCertificate};

/// Why a signed message could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// The content is of another type.
    #[error("content type {0} is not SignedData")]
    NotSignedData(Oid),
    /// One signed attribute occurs twice, so that it is open which one counts.
    #[error("attribute {0} occurs twice")]
    DuplicateAttribute(Oid),
    /// A signed attribute that has one value has none or several.
    #[error("attribute {0} does not have just one value")]
    AttributeValues(Oid),
    /// The signer's certificate cannot be read.
    #[error("the signer's certificate cannot be read")]
    Certificate,
    /// The signing key is not the one in the certificate.
    #[error("the signing key does not belong to the certificate")]
    WrongKey,
    /// The key refused to sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl CmsError {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::NotSignedData(_) => "cms.not_signed_data",
            Self::DuplicateAttribute(_) => "cms.duplicate_attribute",
            Self::AttributeValues(_) => "cms.attribute_values",
            Self::Certificate => "cms.certificate",
            Self::WrongKey => "cms.wrong_key",
            Self::Sign(_) => "cms.sign",
        }
    }
}
