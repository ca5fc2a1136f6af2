//! Time stamps: GB/T 20520 (GM/T 0033), in ASN.1 the same as RFC 3161, with SM3 and SM2.
//!
//! A token is SignedData of GB/T 35275 over TSTInfo when the authority's key is SM2; tokens under the
//! identifiers of RFC 5652 are read too. Trust in the authority is not decided here.

mod info;
mod request;
mod respond;
mod response;
mod token;

use crate::asn1::Asn1Error;
use crate::cms::CmsError;
use crate::oid::Oid;

pub use info::{Accuracy, TstInfo};
pub use request::{MessageImprint, TimeStampReq};
pub use respond::{Reply, Tsa, reject, respond};
pub use response::{FailInfo, PkiStatus, TimeStampResp};
pub use token::TimeStampToken;

/// Why a time-stamp structure could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TspError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// The token is no readable SignedData, or none could be made.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// The content of the token is of another type.
    #[error("content type {0} is no time stamp")]
    NotTimeStamp(Oid),
    /// The token has no content, or not exactly one signer.
    #[error("a time stamp has its content inside and exactly one signer")]
    Form,
    /// The authority's certificate is not for time stamps alone.
    #[error("the authority's certificate is not for time stamps")]
    Purpose,
}

impl TspError {
    /// A stable name of the error for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Asn1(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::NotTimeStamp(_) => "tsp.not_time_stamp",
            Self::Form => "tsp.form",
            Self::Purpose => "tsp.purpose",
        }
    }
}
