//! The consent (意愿认证): that the signer agreed, to what, and how.

use protocol::consent_record::ConsentRecord;
use protocol::{Base64Data, DocHashes};
use serde_json::Value;
use verify::Detail;

use super::exchange::{Asked, Said, What};
use super::{Case, told};
use crate::finding::{self as rule, Lack, Step};

pub(super) fn check(case: &mut Case<'_>, said: &Said) {
    // Where the answer itself could not be verified, that was told already.
    if said.given.is_some() {
        let step = given(case, said);
        case.tell(rule::CONSENT_GIVEN, step);
    }
    case.tell(rule::CONSENT_DOCUMENT, document(said));
    let step = record(case, said);
    case.tell(rule::CONSENT_RECORD, step);
}

fn text<'a>(value: Option<&'a Value>, name: &str) -> &'a str {
    value.and_then(|value| value.get(name)).and_then(Value::as_str).unwrap_or_default()
}

/// One authId and one voucher lead through application, answer and signing request.
fn given(case: &Case<'_>, said: &Said) -> Step {
    let auth_id = case.bundle.head.auth_id.as_str();
    let seal = case.bundle.head.seal_code.as_str();
    let asked = said.result.as_ref();
    let param = |name: &str| asked.and_then(|asked| asked.param(name)).unwrap_or_default();
    let same = text(said.given.as_ref(), "authId") == auth_id
        && said.applied.as_ref().is_none_or(|applied| text(Some(applied), "authId") == auth_id)
        && param("authId") == auth_id
        && param("sealCode") == seal;
    if !same {
        return Err(Lack::bad("意愿认证标识前后不一", "the consent is another one than that applied for"));
    }
    let sign = said
        .sign
        .as_ref()
        .ok_or_else(|| Lack::unknown("签名请求未核验", "the signing request was not verified"))?;
    let code = text(said.given.as_ref(), "authCode");
    if code.is_empty() || sign.param("authCode") != Some(code) {
        return Err(Lack::bad("凭证与签名请求所用的不符", "the voucher is not the one that was used"));
    }
    Ok(Detail::new("印章系统确认签署人同意", "the seal system says that the signer agreed"))
}

/// What the application names is what was signed.
fn document(said: &Said) -> Step {
    let (Some(apply), Some(sign), Some(what)) = (&said.apply, &said.sign, said.what()) else {
        return Err(Lack::unknown("申请或签名请求未核验", "application or request were not verified"));
    };
    let other = |field: &str| {
        Lack::bad(format!("意愿针对另一 {field}"), format!("the consent is for another {field}"))
    };
    let differs = |name: &str, of_sign: &str| {
        apply.param(name).zip(sign.param(of_sign)).is_some_and(|(consented, signed)| consented != signed)
    };
    for (name, of_sign) in
        [("signId", "signId"), ("orgCode", "orgCode"), ("idCard", "credentNo"), ("hashType", "hashType")]
    {
        if differs(name, of_sign) {
            return Err(other(name));
        }
    }
    if let Some(batch) = apply.param("docHashes") {
        return one_of(batch, what).ok_or_else(|| other("docHashes"));
    }
    let Some(consented) = apply.param("docHash") else {
        return Err(Lack::absent("意愿未绑定文档", "the consent names no document"));
    };
    let consented = Base64Data::parse(consented).map_err(|_| other("docHash"))?;
    if !named(what).iter().any(|digest| digest == consented.bytes()) {
        return Err(other("docHash"));
    }
    let name = apply.param("docName").unwrap_or_default();
    Ok(Detail::same(format!("{} {name}", hex::encode(consented.bytes())).trim_end().to_owned()))
}

/// The digests by which a consent may name what was signed: that of the request, or the one in a seal signature.
fn named(what: &What) -> Vec<Vec<u8>> {
    std::iter::once(what.digest()).chain(what.document_digest()).collect()
}

/// Which document of a batch was signed.
fn one_of(batch: &str, what: &What) -> Option<Detail> {
    let batch = DocHashes::parse(batch).ok()?;
    let named = named(what);
    let number = batch.digests().iter().position(|digest| named.iter().any(|one| one == digest))? + 1;
    let count = batch.digests().len();
    Some(Detail::new(format!("{count} 份文档中的第 {number} 份"), format!("document {number} of {count}")))
}

/// How the signer agreed.
fn record(case: &Case<'_>, said: &Said) -> Step {
    let stated = said.given.as_ref().and_then(|given| given.get("record")).and_then(Value::as_str);
    let Some(stated) = stated else {
        return Err(Lack::absent("印章系统未说明", "the seal system does not say"));
    };
    let wrong = || Lack::bad("签署人确认记录与意愿认证不符", "the record is of another consent");
    let bytes = Base64Data::parse(stated).map_err(|_| wrong())?;
    let record: ConsentRecord = serde_json::from_slice(bytes.bytes()).map_err(|_| wrong())?;
    let param =
        |name: &str| said.apply.as_ref().and_then(|apply: &Asked| apply.param(name)).map(str::to_owned);
    let same = record.auth_id == case.bundle.head.auth_id
        && (said.apply.is_none()
            || (record.doc_hash == param("docHash")
                && record.doc_hashes == param("docHashes")
                && record.sign_id == param("signId")));
    if !same || record.decided_at < record.applied_at {
        return Err(wrong());
    }
    let who = [record.signer.as_deref(), record.mobile.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let (at, method) = (told(record.decided_at), &record.method);
    Ok(Detail::same(format!("{who} {method} {at} {}", record.wording).trim_start().to_owned()))
}
