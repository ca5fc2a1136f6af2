//! X.509 certificates and requests, read and issued: RFC 5280 with the profile of GB/T 20518.
//!
//! No trust decision is made here. A [`Certificate`] tells what is written in it and keeps the exact bytes
//! that its issuer signed.

mod algorithm;
mod builder;
mod certificate;
mod constraints;
mod extension_writer;
mod extensions;
mod identity;
mod name;
mod pem;
mod request;

use crypto::{KeyError, SignError, VerifyError, VerifyingKey};

use crate::asn1::{Asn1Error, BitString};
use crate::oid::{self, Oid};

pub use algorithm::{AlgorithmIdentifier, Parameters};
pub use builder::{CertificateBuilder, Profile};
pub use certificate::Certificate;
pub(crate) use certificate::serial_hex;
pub use constraints::NameConstraints;
pub use extension_writer::key_identifier;
pub(crate) use extension_writer::{authority_key_id as write_authority_key_id, extension as write_extension};
pub use extensions::{BasicConstraints, Extension, Extensions, KeyUsage};
pub(crate) use extensions::{authority_key_id, inner as extension_inner, read_extension};
pub use identity::{Identity, IdentityKind, IdentityValue, PersonDocument};
pub use name::{Name, NameAttribute, NameBuilder};
pub use pem::{PemBlock, pem_blocks, pem_encode, read_certificates};
pub use request::CertificationRequest;

/// Why a certificate, request or bundle could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum X509Error {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// The algorithm named outside the signed part differs from the one inside.
    #[error("the signature algorithm is named differently inside and outside the signed part")]
    AlgorithmMismatch,
    /// One extension occurs twice.
    #[error("extension {0} occurs twice")]
    DuplicateExtension(Oid),
    /// The PEM armour is damaged.
    #[error("damaged PEM text")]
    Pem,
    /// There is no certificate in the bytes.
    #[error("no certificate found")]
    Empty,
    /// More certificates than a bundle may hold.
    #[error("more certificates than allowed")]
    TooMany,
}

impl X509Error {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::AlgorithmMismatch => "x509.algorithm_mismatch",
            Self::DuplicateExtension(_) => "x509.duplicate_extension",
            Self::Pem => "x509.pem",
            Self::Empty => "x509.empty",
            Self::TooMany => "x509.too_many",
        }
    }
}

/// Why a signature over a certificate, request or list was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// No algorithm of ours has this identifier.
    #[error("signature algorithm {0} is not known")]
    UnknownAlgorithm(Oid),
    /// The algorithm has parameters that it must not have.
    #[error("the signature algorithm has parameters that it must not have")]
    Parameters,
    /// The public key cannot be used.
    #[error("public key: {0}")]
    Key(#[from] KeyError),
    /// The signature is wrong or malformed.
    #[error(transparent)]
    Wrong(#[from] VerifyError),
}

impl SignatureFault {
    /// A stable name of the fault for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAlgorithm(_) => "signature.unknown_algorithm",
            Self::Parameters => "signature.parameters",
            Self::Key(_) => "signature.key",
            Self::Wrong(VerifyError::Mismatch) => "signature.wrong",
            Self::Wrong(_) => "signature.malformed",
        }
    }
}

/// Why a certificate, request or list was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The signing key is not the one in the issuer's certificate.
    #[error("the signing key does not belong to the issuer's certificate")]
    WrongKey,
    /// The period of validity ends before it begins.
    #[error("the period of validity ends before it begins")]
    Period,
    /// A text does not fit its string type.
    #[error("{0} holds characters that its type does not have")]
    Text(&'static str),
    /// The subject's key is not readable.
    #[error("the subject's public key is not readable")]
    SubjectKey,
    /// The key refused to sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Checks a signature over `message` as X.509 structures hold it.
pub(crate) fn check_signature(
    algorithm: &AlgorithmIdentifier,
    key: &VerifyingKey,
    message: &[u8],
    signature: &BitString,
) -> Result<(), SignatureFault> {
    let known = algorithm.signature_algorithm().ok_or(SignatureFault::UnknownAlgorithm(algorithm.oid))?;
    if matches!(algorithm.parameters, Parameters::Other(_)) && algorithm.oid != oid::RSA_PSS {
        return Err(SignatureFault::Parameters);
    }
    Ok(key.verify(known, message, &signature.bytes)?)
}
