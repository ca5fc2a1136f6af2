//! Certificate revocation lists (RFC 5280 §5), read and issued.
//!
//! A list may have hundreds of thousands of entries. They stay in the bytes they came in; an index sorted by
//! serial number makes a look-up a binary search that copies nothing.

mod builder;
mod entry;
mod list;

use crate::asn1::Asn1Error;
use crate::x509::X509Error;

pub use builder::CrlBuilder;
pub(crate) use entry::digits;
pub use entry::{CrlReason, RevokedEntry};
pub use list::{Crl, read_crls};

/// Why a revocation list could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// A part that lists share with certificates is not in order.
    #[error(transparent)]
    X509(#[from] X509Error),
    /// More entries than allowed.
    #[error("more entries than allowed")]
    TooMany,
}

impl CrlError {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::X509(error) => error.code(),
            Self::TooMany => "crl.too_many",
        }
    }
}
