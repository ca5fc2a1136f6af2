//! The signature: that the log's record of it is what was answered, and that it is right.

use formats::x509;
use protocol::Base64Data;
use serde_json::Value;
use verify::Detail;

use super::exchange::{Said, What};
use super::{Case, Details, sm3_hex};
use crate::finding::{self as rule, Lack, Step};
use crate::model::CertificateRole;
use crate::value::{Expected, signature};

/// What was signed and handed out, as the log has it.
pub(super) struct Signed {
    pub(super) certificate: Option<x509::Certificate>,
    /// The octets that a time stamp is over.
    pub(super) stamped: Vec<u8>,
    pub(super) time_stamp: Option<Vec<u8>>,
}

pub(super) fn check(case: &mut Case<'_>, said: &Said) -> Option<Signed> {
    let found = case.entry(&case.bundle.head.requests.sign, "signature.released", |_| true);
    let details = match found {
        Ok((_, details)) => details,
        Err(lack) => {
            case.tell(rule::RELEASED, Err(lack.clone()));
            case.tell(rule::VALUE, Err(lack));
            return None;
        }
    };
    let certificate = certificate(case);
    let step = released(case, said, &details, certificate.as_ref());
    case.tell(rule::RELEASED, step);
    let value =
        Base64Data::parse(details.text("signature")).map(|data| data.bytes().to_vec()).unwrap_or_default();
    case.tell(rule::VALUE, judge(said.what(), certificate.as_ref(), &value));
    let time_stamp = Base64Data::parse(details.text("timeStamp")).ok().map(|data| data.bytes().to_vec());
    Some(Signed { certificate, stamped: stamped(said.what(), value), time_stamp })
}

pub(super) fn certificate(case: &Case<'_>) -> Option<x509::Certificate> {
    let line = case.bundle.certificates.iter().find(|line| line.role == CertificateRole::Signer)?;
    x509::Certificate::from_der(line.data.bytes()).ok()
}

/// The record in the log against everything that was said.
fn released(
    case: &Case<'_>,
    said: &Said,
    details: &Details,
    certificate: Option<&x509::Certificate>,
) -> Step {
    let head = &case.bundle.head;
    let record = details.inner("record");
    let named = details.text("caller") == head.caller.as_str()
        && details.text("system") == head.system.as_str()
        && details.number("version") == Some(head.seal_version)
        && record.text("sealCode") == head.seal_code
        && record.text("signIdSm3") == sm3_hex(head.sign_id.as_bytes())
        && record.text("authIdSm3") == sm3_hex(head.auth_id.as_bytes())
        && record.text("sealDataSm3") == sm3_hex(case.bundle.seal.data.bytes());
    if !named {
        return Err(Lack::bad("记录属于另一签名", "the record is of another signing"));
    }
    let is_certificate = certificate.is_some_and(|one| details.text("certSm3") == sm3_hex(one.der()));
    if !is_certificate {
        return Err(Lack::bad("证书与记录不符", "the certificate is not the one of the record"));
    }
    let batch = said.apply.as_ref().and_then(|apply| apply.param("docHashes"));
    if said.apply.is_some() && batch.unwrap_or_default() != record.text("batch") {
        return Err(Lack::bad("记录的批量意愿认证不符", "the record names another batch"));
    }
    let sent = said.signed.as_ref().and_then(|data| data.get("signData")).and_then(Value::as_str);
    if sent.is_some_and(|sent| sent != details.text("signature")) {
        return Err(Lack::bad(
            "记录的签名不是印章系统返回的",
            "the signature is not the one that the system gave",
        ));
    }
    let begun = case.entry(&head.requests.sign, "signing.begun", |begun| {
        begun.text("fingerprint") == details.text("fingerprint")
    });
    begun?;
    let what = said.what().ok_or_else(|| Lack::unknown("签名请求未核验", "the request was not verified"))?;
    let same = details.text("docHashSm3") == sm3_hex(&what.doc_hash)
        && details.text("type") == what.format.text()
        && details.number("hashType") == Some(i64::from(what.hash_type.number()));
    if !same {
        return Err(Lack::bad("记录与签名请求不符", "the record is not of what was asked for"));
    }
    Ok(Detail::same(format!("SM3 {}", sm3_hex(details.text("signature").as_bytes()))))
}

pub(super) fn judge(what: Option<&What>, certificate: Option<&x509::Certificate>, value: &[u8]) -> Step {
    let what = what.ok_or_else(|| Lack::unknown("签名请求未核验", "the request was not verified"))?;
    let certificate =
        certificate.ok_or_else(|| Lack::bad("签名证书无法读取", "the certificate cannot be read"))?;
    let expected = Expected { format: what.format, hash_type: what.hash_type, doc_hash: &what.doc_hash };
    signature(&expected, certificate, value)
        .map_err(|cause| Lack::bad(format!("签名无效: {cause}"), format!("wrong: {cause}")))?;
    let name = certificate.subject.common_name().unwrap_or_default();
    Ok(Detail::same(format!("{} {name} {}", what.format.text(), certificate.serial_hex())))
}

/// What a time stamp is over: the octets of a bare signature, the signature of the one signer of a SignedData.
fn stamped(what: Option<&What>, value: Vec<u8>) -> Vec<u8> {
    match what {
        Some(what) if what.format == protocol::lists::SignFormat::P7 => {
            crate::value::stamped_octets(&value).unwrap_or_default()
        }
        _ => value,
    }
}
