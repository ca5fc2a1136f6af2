//! A signature by a UKey (6.3): the platform lets it be made and sees neither the signer's consent nor the signature. What
//! it took part in is proved: the seal and the signId handed over, the caller's own signed request of table 19, the signed
//! question of the seal's system, and what the platform allowed, with which certificate.

use protocol::endpoints::{SignIdVerify, UkeySign};
use protocol::schema::read_request;
use protocol::tables::UkeySignRequest;
use protocol::wire::{Limits, SignatureValue};
use protocol::{Base64Data, Canonical, Endpoint, Params};
use verify::Detail;

use super::exchange::{self, Asked, Said, What};
use super::signing::{self, Signed};
use super::{Case, Details, keys, sm3_hex};
use crate::finding::{self as rule, Lack, Step};

/// `signature` is what stands in the document, where the checker has it.
pub(super) fn check(case: &mut Case<'_>, signature: Option<&[u8]>) -> (Said, Signed) {
    let (head, requests) = (case.bundle.head.clone(), case.bundle.head.requests.clone());
    let handed = exchange::handed_over(case, requests.query.as_deref());
    case.tell(rule::SEAL_REQUEST, handed);
    let at_the_device = || {
        Lack::absent(
            "签署人在 UKey 处确认，不经平台",
            "the signer agrees at the UKey, out of the platform's sight",
        )
    };
    for rule in [rule::CONSENT_REQUEST, rule::CONSENT_GIVEN, rule::CONSENT_DOCUMENT, rule::CONSENT_RECORD] {
        case.tell(rule, Err(at_the_device()));
    }
    let not_here =
        || Lack::absent("签名不经平台返回", "the signature does not come back through the platform");
    for rule in [rule::SIGN_ANSWER, rule::FORWARDED, rule::RELEASED] {
        case.tell(rule, Err(not_here()));
    }
    let asked = exchange::asked(case, &head.system, Some(&requests.sign), SignIdVerify::INFO);
    let step = asked.as_ref().map_err(Clone::clone).and_then(|asked| question(case, asked));
    case.tell(rule::UKEY_QUESTION, step);
    let asked = asked.ok();
    let certificate = signing::certificate(case);
    let requested = match &asked {
        Some(asked) => requested(case, asked),
        None => Err(Lack::unknown("印章系统的请求未核验", "the system's question was not verified")),
    };
    let (step, what) = match requested {
        Ok(what) => {
            let words = format!("{} {}", what.format.text(), hex::encode(what.digest()));
            (Ok(Detail::same(words)), Some(what))
        }
        Err(lack) => (Err(lack), None),
    };
    case.tell(rule::SIGN_REQUEST, step);
    let step = authorised(case, asked.as_ref(), what.as_ref(), certificate.as_ref());
    case.tell(rule::UKEY_AUTHORISED, step);
    let answered = exchange::answered(case, &head.system, &requests.sign, asked.as_ref());
    case.tell(rule::ANSWER, answered);
    let value = match signature {
        Some(value) => signing::judge(what.as_ref(), certificate.as_ref(), value),
        None => Err(Lack::absent(
            "平台未见签名值；给出文档中的签名值即可核验（--signature）",
            "the platform did not see it; hand over the one in the document and it is checked (--signature)",
        )),
    };
    case.tell(rule::VALUE, value);
    let stamped = signature.map(<[u8]>::to_vec).unwrap_or_default();
    (Said::only(what), Signed { certificate, stamped, time_stamp: None })
}

/// The seal's system asks about this seal and signId.
fn question(case: &Case<'_>, asked: &Asked) -> Step {
    let head = &case.bundle.head;
    for (name, value) in [("sealCode", &head.seal_code), ("signId", &head.sign_id)] {
        if asked.param(name) != Some(value.as_str()) {
            return Err(Lack::bad(
                format!("请求的 {name} 不符"),
                format!("the question names another {name}"),
            ));
        }
    }
    let param = |name: &str| asked.param(name).unwrap_or_default();
    Ok(Detail::same(format!("UKey {} {}", param("UKeyId"), param("origin"))))
}

/// What stands inside the question: the caller's own request of table 19, with its own signature.
fn requested(case: &mut Case<'_>, asked: &Asked) -> Step<What> {
    let bad = |zh: &str, en: &str| Lack::bad(zh, en);
    let unreadable = || bad("原始签名请求无法读取", "the request of table 19 cannot be read");
    let (entry, details) = record(case)?;
    let at = entry.at;
    let text = asked.param("request").ok_or_else(unreadable)?;
    let params = Params::from_json(text.as_bytes(), Limits::bytes(text.len())).map_err(|_| unreadable())?;
    let (signed, request) = read_request::<UkeySignRequest>(&params).map_err(|_| unreadable())?;
    let head = &case.bundle.head;
    let doc_hash =
        asked.param("docHash").map(Base64Data::parse).and_then(Result::ok).ok_or_else(unreadable)?;
    let same = signed.app_id == head.caller
        && request.sign_id.as_str() == head.sign_id
        && request.seal_code.as_ref().is_none_or(|code| code.as_str() == head.seal_code)
        && request.doc_hash.as_ref().is_none_or(|hash| *hash == doc_hash)
        && details.text("requestSign") == signed.sign;
    if !same {
        return Err(bad("原始签名请求针对另一次签名", "the request of table 19 is for another signing"));
    }
    let (owner, id) = (head.caller.clone(), details.text("requesterKeyId").to_owned());
    let wrong = || bad("调用方对原始请求的签名无效", "the caller did not sign the request of table 19");
    let canonical = Canonical::of(&UkeySign::INFO.target(&head.platform), &params).map_err(|_| wrong())?;
    let key = keys::of_system(case, &owner, &id, at)?;
    let value = SignatureValue::parse(&signed.sign).map_err(|_| wrong())?;
    value.verify(&key, canonical.bytes()).map_err(|_| wrong())?;
    case.used.push(keys::Used { owner, id, at });
    Ok(What {
        format: request.sign_format(),
        hash_type: request.hash_type(),
        doc_hash: doc_hash.bytes().to_vec(),
    })
}

fn record<'a>(case: &Case<'a>) -> Step<(&'a crate::model::Entry, Details)> {
    case.entry(&case.bundle.head.requests.sign, "ukey.authorised", |_| true)
}

/// The platform's record of what it allowed, against everything that was asked and what it answered.
fn authorised(
    case: &Case<'_>,
    asked: Option<&Asked>,
    what: Option<&What>,
    certificate: Option<&formats::x509::Certificate>,
) -> Step {
    let (entry, details) = record(case)?;
    let head = &case.bundle.head;
    let named = entry.subject == head.seal_code
        && head.auth_id.is_empty()
        && details.text("requester") == head.caller.as_str()
        && details.number("version") == Some(head.seal_version)
        && details.text("signIdSm3") == sm3_hex(head.sign_id.as_bytes())
        && details.text("sealDataSm3") == sm3_hex(case.bundle.seal.data.bytes());
    if !named {
        return Err(Lack::bad("记录属于另一签名", "the record is of another signing"));
    }
    let is_certificate = certificate.is_some_and(|one| details.text("certSm3") == sm3_hex(one.der()));
    if !is_certificate {
        return Err(Lack::bad("证书与记录不符", "the certificate is not the one of the record"));
    }
    let (Some(asked), Some(what)) = (asked, what) else {
        return Err(Lack::unknown("请求未核验", "the requests were not verified"));
    };
    let same = details.text("docHashSm3") == sm3_hex(&what.doc_hash)
        && details.text("type") == what.format.text()
        && details.number("hashType") == Some(i64::from(what.hash_type.number()))
        && Some(details.text("ukeyId")) == asked.param("UKeyId").or(asked.param("ukeyId"))
        && Some(details.text("origin")) == asked.param("origin");
    if !same {
        return Err(Lack::bad("记录与请求不符", "the record is not of what was asked for"));
    }
    Ok(Detail::new(
        format!("准许 UKey {} 签署", details.text("ukeyId")),
        format!("UKey {} was allowed to sign it", details.text("ukeyId")),
    ))
}
