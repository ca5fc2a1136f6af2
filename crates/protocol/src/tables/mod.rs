//! The 28 tables of the standard, one file per interface family.

mod changes;
mod consent;
mod documents;
mod filing;
mod query;
mod reconciliation;
mod sign;
mod state;
mod ukey;

pub use changes::{ChangeEntry, ChangeNoticeRequest, ChangePage, ChangesRequest};
pub use consent::{ConsentApplication, ConsentApplyRequest, ConsentResult, ConsentResultRequest};
pub use documents::{DocumentReport, DocumentVerifyRequest, SignatureDetail, VerifyStep};
pub use filing::FilingRequest;
pub use query::{AuthorisedUser, CertInfo, SealInfo, SealQueryRequest, SealSource};
pub use reconciliation::{DailyDigest, DigestRequest, RowPage, RowsRequest, SealRow};
pub use sign::{CloudSignRequest, SignatureValueData};
pub use state::StateRequest;
pub use ukey::{SignIdVerification, SignIdVerifyRequest, UkeyInfo, UkeyInfoRequest, UkeySignRequest};

use crate::code::Code;
use crate::error::{Fault, FieldError};
use crate::lists::{HashType, SignFormat};
use crate::values::Base64Data;

/// 20004 on `field`.
fn contradiction(field: &str, zh: &'static str, en: &'static str) -> FieldError {
    Fault::new(Code::Contradiction, "contradiction", zh, en).on(field)
}

/// 20001 on a field that is required under a condition.
fn missing(field: &str, zh: &'static str, en: &'static str) -> FieldError {
    Fault::new(Code::ParameterMissing, "missing", zh, en).on(field)
}

/// Judges `hashType` and `docHash` of tables 16 and 19 (resolutions 27 and 28).
///
/// MD5 and SHA-1 are refused here; whether SHA-256 is allowed depends on the certificate and the operator.
fn check_hash(
    hash_type: HashType,
    format: Option<SignFormat>,
    doc_hash: Option<&Base64Data>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if matches!(hash_type, HashType::Md5 | HashType::Sha1) {
        let (zh, en) = ("不允许使用 MD5 和 SHA-1", "MD5 and SHA-1 are not allowed");
        errors.push(Fault::new(Code::AlgorithmNotAllowed, "hash-type", zh, en).on("hashType"));
    }
    if let (Some(SignFormat::P7), Some(hash)) = (format, doc_hash)
        && hash.bytes().len() != 32
    {
        let fault =
            Fault::malformed("doc-hash", "P7 时应为 32 字节杂凑值", "must be a digest of 32 bytes for P7");
        errors.push(fault.on("docHash"));
    }
    errors
}
