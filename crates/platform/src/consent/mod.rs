//! Consent of the signer (意愿认证, tables 10 to 15): the seal system asks the signer, the platform routes, records
//! what the consent is bound to, and lets its voucher serve one signature (`facts` §7).

mod apply;
mod outcome;
mod redirect;

pub use apply::apply;
pub use outcome::outcome;
pub use redirect::check_redirect_prefix;

use protocol::lists::CertType;
use protocol::{ApiError, Code, Fault};
use storage::platform::seals::Seal;

use crate::context::Context;
use crate::registry;

/// The column of documents' names, encrypted.
const DOC_NAME: &str = "consents.doc_name";
/// The column of what seal systems say of how signers agreed, encrypted.
pub(crate) const RECORD: &str = "consents.record";
/// The column of telephone numbers, of which only an index is kept.
const MOBILE: &str = "consents.mobile";

/// Consent and cloud signing are for cloud seals; a UKey has its own way (6.3).
///
/// # Errors
/// 20004.
pub(crate) fn require_cloud(seal: &Seal) -> Result<(), ApiError> {
    if seal.cert_type == i64::from(CertType::Cloud.number()) {
        return Ok(());
    }
    let fault = Fault::new(
        Code::Contradiction,
        "cert-type",
        "不是云证书印章",
        "is not a seal with a cloud certificate",
    );
    Err(fault.on("sealCode").into())
}

/// The organisation and person named in a request must be the seal's owner, where they are named.
///
/// # Errors
/// 20004 naming the parameter.
pub(crate) fn check_owner(
    context: &Context,
    seal: &Seal,
    org_code: Option<&protocol::Uscc>,
    (person, field): (Option<&protocol::IdCard>, &str),
) -> Result<(), ApiError> {
    let differs = |field: &str| {
        let (zh, en) = ("与印章所有者不符", "is not the seal's owner");
        Err(Fault::new(Code::Contradiction, "owner", zh, en).on(field).into())
    };
    let index = |number: &str| registry::number_index(context, number);
    if registry::is_person(seal) {
        return match person {
            Some(card) if index(card.as_str()) != seal.possessor_cert_no_index => differs(field),
            _ => Ok(()),
        };
    }
    match org_code {
        Some(code) if index(code.as_str()) != seal.possessor_cert_no_index => differs("orgCode"),
        _ => Ok(()),
    }
}
