//! What was said on the wire: the caller's signed requests, the seal system's signed answers, what the platform forwarded
//! and what it answered.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::asn1::Mode;
use formats::ses::parse_tbs;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SignFormat};
use protocol::scalar::{Scalar, TableType};
use protocol::wire::{Binding, Bound, Origin, Reply, ReplyHeaders, verify_reply};
use protocol::{AppId, Base64Data, Canonical, Endpoint, EndpointInfo, MillisTime, ParamValue, Params};
use serde_json::Value;
use verify::Detail;

use super::{Case, Details, keys, sm3_hex};
use crate::finding::{self as rule, Lack, Step};

/// Length of a digest.
const DIGEST: usize = 32;
/// Parameters that the caller's request and the forwarded one do not share.
const ENVELOPE: [&str; 8] =
    ["appId", "time", "nonce", "sign", "originAppId", "originKey", "originRequest", "originSign"];

/// A request of the caller as it was signed.
pub(super) struct Asked {
    pub(super) params: BTreeMap<String, String>,
    hash: String,
    origin: Origin,
}

impl Asked {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }
}

/// What was asked to be signed.
pub(super) struct What {
    pub(super) format: SignFormat,
    pub(super) hash_type: HashType,
    /// P1: the message. P7: the digest of the document.
    pub(super) doc_hash: Vec<u8>,
}

impl What {
    fn of(asked: &Asked) -> Option<Self> {
        let text = |name: &str| asked.param(name).map(|text| ParamValue::Text(text.to_owned()));
        let number: i128 = asked.param("hashType")?.parse().ok()?;
        Some(Self {
            format: SignFormat::read(&text("type")?, TableType::String).ok()?,
            hash_type: HashType::read(&ParamValue::Integer(number), TableType::Integer).ok()?,
            doc_hash: Base64Data::parse(asked.param("docHash")?).ok()?.bytes().to_vec(),
        })
    }

    /// The digest that a consent to it names.
    pub(super) fn digest(&self) -> Vec<u8> {
        match self.format {
            SignFormat::P7 => self.doc_hash.clone(),
            SignFormat::P1 => crypto::sm3::digest(&self.doc_hash).to_vec(),
        }
    }

    /// The digest of the document in a seal signature.
    pub(super) fn document_digest(&self) -> Option<Vec<u8>> {
        let (tbs, _) =
            parse_tbs(&self.doc_hash, Mode::Tolerant).ok().filter(|_| self.format == SignFormat::P1)?;
        tbs.data_hash.restored(DIGEST)
    }
}

/// Everything that was said, as far as it could be verified.
pub(super) struct Said {
    pub(super) apply: Option<Asked>,
    pub(super) result: Option<Asked>,
    pub(super) sign: Option<Asked>,
    /// Contents of the seal system's answers.
    pub(super) applied: Option<Value>,
    pub(super) given: Option<Value>,
    pub(super) signed: Option<Value>,
    what: Option<What>,
}

impl Said {
    /// Of a UKey: nothing but what was asked for.
    pub(super) fn only(what: Option<What>) -> Self {
        Self { apply: None, result: None, sign: None, applied: None, given: None, signed: None, what }
    }

    pub(super) fn what(&self) -> Option<&What> {
        self.what.as_ref()
    }
}

pub(super) fn check(case: &mut Case<'_>) -> Said {
    let requests = case.bundle.head.requests.clone();
    let handed = handed_over(case, requests.query.as_deref());
    case.tell(rule::SEAL_REQUEST, handed);
    let caller = case.bundle.head.caller.clone();
    let apply = asked(case, &caller, requests.apply.as_deref(), ConsentApply::INFO);
    let applied = apply.as_ref().map_err(Clone::clone).and_then(|asked| {
        answer(case, requests.apply.as_deref(), ConsentApply::INFO, asked).map(|answer| answer.data)
    });
    let applied = take(case, rule::CONSENT_REQUEST, applied, |case| application(case, apply.as_ref().ok()));
    let result = asked(case, &caller, requests.result.as_deref(), ConsentOutcome::INFO);
    let given = result.as_ref().map_err(Clone::clone).and_then(|asked| {
        answer(case, requests.result.as_deref(), ConsentOutcome::INFO, asked).map(|answer| answer.data)
    });
    let given = given.map_err(|lack| case.tell(rule::CONSENT_GIVEN, Err(lack))).ok();
    let sign = asked(case, &caller, Some(&requests.sign), CloudSign::INFO);
    let sign = match sign {
        Ok(asked) => {
            let step = request(case, &asked);
            case.tell(rule::SIGN_REQUEST, step);
            Some(asked)
        }
        Err(lack) => {
            case.tell(rule::SIGN_REQUEST, Err(lack));
            None
        }
    };
    let signed = sign.as_ref().and_then(|asked| sign_answer(case, &requests.sign, asked));
    let answered = answered(case, &caller, &requests.sign, sign.as_ref());
    case.tell(rule::ANSWER, answered);
    let what = sign.as_ref().and_then(What::of);
    Said { apply: apply.ok(), result: result.ok(), sign, applied, given, signed, what }
}

/// Tells a step, with what the contents come to where there are any.
fn take(
    case: &mut Case<'_>,
    rule: &'static rule::Rule,
    found: Step<Value>,
    judge: impl Fn(&Case<'_>) -> Step,
) -> Option<Value> {
    match found {
        Ok(value) => {
            let step = judge(case);
            case.tell(rule, step);
            Some(value)
        }
        Err(lack) => {
            case.tell(rule, Err(lack));
            None
        }
    }
}

/// A request of a system: its own signature over its own string, addressed to this platform and interface.
pub(super) fn asked(
    case: &mut Case<'_>,
    caller: &AppId,
    request_id: Option<&str>,
    info: &EndpointInfo,
) -> Step<Asked> {
    let Some(request_id) = request_id else {
        return Err(Lack::unknown("请求未记录", "the request was not recorded at that time"));
    };
    let (entry, details) = case.entry(request_id, "request.accepted", |_| true)?;
    if details.text("interface") != info.name || details.text("appId") != caller.as_str() {
        return Err(Lack::bad(
            "不是该调用方对该接口的请求",
            "it is not this caller's request to this interface",
        ));
    }
    let opened = entry.opened.as_ref().and_then(|opened| opened.request.as_ref());
    let text = opened
        .ok_or_else(|| Lack::unknown("请求原文不在包内", "the caller's string is not in the bundle"))?;
    let hash = sm3_hex(text.as_bytes());
    if hash != details.text("requestHash") {
        return Err(Lack::bad("请求原文与存证摘要不符", "the string is not the one of the log"));
    }
    let (id, at) = (details.text("keyId").to_owned(), entry.at);
    let key = keys::of_system(case, caller, &id, at)?;
    let origin = origin(caller, key.spki_der(), text, details.text("sign"))
        .ok_or_else(|| Lack::bad("请求格式错误", "the request is malformed"))?;
    let platform = &case.bundle.head.platform;
    let request = origin
        .verify(&info.target(platform))
        .map_err(|_| Lack::bad("调用方签名无效", "the caller did not sign this request"))?;
    let late = |time: MillisTime| time.millis().abs_diff(at) > 2 * keys::SKEW.unsigned_abs();
    if request.time.is_some_and(late) {
        return Err(Lack::bad("请求时间与存证时间相差过大", "the request is of another time than its entry"));
    }
    let used = keys::Used { owner: caller.clone(), id, at };
    let asked = Asked { params: request.params, hash, origin };
    case.used.push(used);
    Ok(asked)
}

/// A forwarded request, from its parts.
fn origin(app_id: &AppId, spki: &[u8], text: &str, sign: &str) -> Option<Origin> {
    let mut params = Params::new();
    let parts = [
        ("originAppId", app_id.as_str().to_owned()),
        ("originKey", STANDARD.encode(spki)),
        ("originRequest", STANDARD.encode(text)),
        ("originSign", sign.to_owned()),
    ];
    for (key, value) in parts {
        params.insert(key, ParamValue::Text(value)).ok()?;
    }
    Origin::read(&params).ok().flatten()
}

/// The caller got this seal and this signId from its own signed request.
pub(super) fn handed_over(case: &mut Case<'_>, request_id: Option<&str>) -> Step {
    let caller = case.bundle.head.caller.clone();
    asked(case, &caller, request_id, SealQuery::INFO)?;
    let head = &case.bundle.head;
    let sign_id = sm3_hex(head.sign_id.as_bytes());
    let is_it = |details: &Details| details.text("signIdSm3") == sign_id;
    let (entry, details) = case.entry(request_id.unwrap_or_default(), "seal.handed-over", is_it)?;
    let same = entry.subject == head.seal_code
        && details.text("caller") == head.caller.as_str()
        && details.number("version") == Some(head.seal_version)
        && details.text("sealDataSm3") == sm3_hex(case.bundle.seal.data.bytes());
    if !same {
        return Err(Lack::bad(
            "签名ID 属于另一印章或另一调用方",
            "the signId was handed over for another seal or caller",
        ));
    }
    Ok(Detail::same(super::told(entry.at)))
}

/// An answer of the seal system.
struct Answer {
    data: Value,
}

/// The seal system's answer to what the platform forwarded: signed by the system, bound to that very request.
fn answer(case: &mut Case<'_>, request_id: Option<&str>, info: &EndpointInfo, asked: &Asked) -> Step<Answer> {
    let request_id = request_id.unwrap_or_default();
    let system = case.bundle.head.system.clone();
    let is_it = |details: &Details| {
        details.text("system") == system.as_str() && details.text("interface") == info.name
    };
    let (entry, details) = case.entry(request_id, "system.answered", is_it)?;
    let platform = &case.bundle.head.platform;
    let body = entry.opened.as_ref().and_then(|opened| opened.body.as_ref());
    let body =
        body.ok_or_else(|| Lack::unknown("应答原文不在包内", "the body of the answer is not in the bundle"))?;
    if sm3_hex(body.as_bytes()) != details.text("bodySm3") {
        return Err(Lack::bad("应答原文与存证摘要不符", "the body is not the one of the log"));
    }
    let (id, at) = (details.text("keyId").to_owned(), entry.at);
    let key = keys::of_system(case, &system, &id, at)?;
    replied((&system, platform), body, &details, key, at)
        .map_err(|()| Lack::bad("印章系统签名无效", "the seal system did not sign this answer"))?;
    forwarded(case, info, asked, &details, at)?;
    let data = data(body)?;
    case.used.push(keys::Used { owner: system, id, at });
    Ok(Answer { data })
}

/// Whether `from` signed this answer to a request of `to`.
fn replied(
    (from, to): (&AppId, &AppId),
    body: &str,
    details: &Details,
    key: crypto::VerifyingKey,
    at: i64,
) -> Result<(), ()> {
    let headers = ReplyHeaders {
        request_id: details.text("requestId").to_owned(),
        time: details.text("time").to_owned(),
        nonce: details.text("nonce").to_owned(),
        key_id: details.text("keyId").to_owned(),
        request_hash: details.text("requestHash").to_owned(),
        signature: details.text("signature").to_owned(),
    };
    let hash = hex::decode(&headers.request_hash).ok().and_then(|hash| hash.try_into().ok()).ok_or(())?;
    let status = details.number("status").and_then(|status| u16::try_from(status).ok()).ok_or(())?;
    let binding = Some(Binding { app_id: to, request_hash: hash });
    let reply = Reply { audience: from, binding, status, body_sm3: crypto::sm3::digest(body.as_bytes()) };
    let now = super::moment(at).ok_or(())?;
    match verify_reply(&reply, &headers, |_| Some(key), now) {
        Ok(Bound::Yes) => Ok(()),
        _ => Err(()),
    }
}

/// What the platform sent, made again from what its caller signed: the seal system's answer is bound to just this.
fn forwarded(case: &Case<'_>, info: &EndpointInfo, asked: &Asked, details: &Details, at: i64) -> Step<()> {
    let wrong = || {
        Lack::bad(
            "平台转发的请求与调用方所签不符",
            "the platform forwarded something else than its caller signed",
        )
    };
    let head = &case.bundle.head;
    let mut params = Params::new();
    let shared = asked.params.iter().filter(|(key, _)| !ENVELOPE.contains(&key.as_str()));
    let own = [
        ("appId", head.platform.as_str()),
        ("time", details.text("sentTime")),
        ("nonce", details.text("sentNonce")),
    ];
    let shared = shared.map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in shared.chain(own) {
        params.insert(key, ParamValue::Text(value.to_owned())).map_err(|_| wrong())?;
    }
    asked.origin.attach(&mut params);
    let canonical = Canonical::of(&info.target(&head.system), &params).map_err(|_| wrong())?;
    if hex::encode(canonical.hash()) != details.text("requestHash") {
        return Err(wrong());
    }
    if !case.keys.signed(canonical.bytes(), details.text("sign"), at) {
        return Err(Lack::bad("平台转发请求的签名无效", "the platform did not sign what it forwarded"));
    }
    Ok(())
}

/// The contents of a good answer.
fn data(body: &str) -> Step<Value> {
    let value: Value =
        serde_json::from_str(body).map_err(|_| Lack::bad("应答不是 JSON", "an answer is no JSON"))?;
    if value.get("code").and_then(Value::as_str) != Some(protocol::SUCCESS) {
        return Err(Lack::bad("应答是拒绝", "the answer is a refusal"));
    }
    Ok(value.get("data").cloned().unwrap_or_default())
}

fn application(case: &Case<'_>, asked: Option<&Asked>) -> Step {
    let head = &case.bundle.head;
    let asked = asked.ok_or_else(|| Lack::unknown("申请未核验", "the application was not verified"))?;
    if asked.param("sealCode") != Some(head.seal_code.as_str()) {
        return Err(Lack::bad("申请针对另一印章", "the application is for another seal"));
    }
    Ok(Detail::new(
        "调用方与印章系统均已签名",
        "signed by the caller, answered and signed by the seal system",
    ))
}

/// The request for the signature names this seal, signId and consent.
fn request(case: &Case<'_>, asked: &Asked) -> Step {
    let head = &case.bundle.head;
    let named = [("sealCode", &head.seal_code), ("signId", &head.sign_id), ("authId", &head.auth_id)];
    for (name, value) in named {
        if asked.param(name) != Some(value.as_str()) {
            return Err(Lack::bad(
                format!("请求的 {name} 不符"),
                format!("the request names another {name}"),
            ));
        }
    }
    let what = What::of(asked).ok_or_else(|| Lack::bad("请求内容无法读取", "the request cannot be read"))?;
    Ok(Detail::same(format!("{} {}", what.format.text(), hex::encode(what.digest()))))
}

fn sign_answer(case: &mut Case<'_>, request_id: &str, asked: &Asked) -> Option<Value> {
    match answer(case, Some(request_id), CloudSign::INFO, asked) {
        Ok(answer) => {
            let words = Detail::new("由印章系统签名", "signed by the seal system");
            case.tell(rule::SIGN_ANSWER, Ok(words));
            let words = Detail::new("与调用方所签逐项一致", "the same, parameter by parameter");
            case.tell(rule::FORWARDED, Ok(words));
            Some(answer.data)
        }
        Err(lack) => {
            case.tell(rule::SIGN_ANSWER, Err(lack.clone()));
            case.tell(rule::FORWARDED, Err(lack));
            None
        }
    }
}

/// What the platform answered who asked. It may be missing: a platform that was killed just then has stored the
/// signature and answered the next try.
pub(super) fn answered(case: &Case<'_>, to: &AppId, request_id: &str, asked: Option<&Asked>) -> Step {
    let Ok((entry, details)) = case.entry(request_id, "request.answered", |_| true) else {
        return Err(Lack::absent("没有对该次请求的应答记录", "there is no entry of an answer to this try"));
    };
    let body = entry.opened.as_ref().and_then(|opened| opened.body.as_ref());
    let body =
        body.ok_or_else(|| Lack::unknown("应答原文不在包内", "the body of the answer is not in the bundle"))?;
    if sm3_hex(body.as_bytes()) != details.text("bodySm3") {
        return Err(Lack::bad("应答原文与存证摘要不符", "the body is not the one of the log"));
    }
    let head = &case.bundle.head;
    let wrong = || Lack::bad("平台应答的签名无效", "the platform did not sign this answer");
    let key = case.keys.at(details.text("keyId"), entry.at).ok_or_else(wrong)?;
    let named = Details(named_request(&details, request_id));
    replied((&head.platform, to), body, &named, key.clone(), entry.at).map_err(|()| wrong())?;
    if asked.is_some_and(|asked| asked.hash != details.text("requestHash")) {
        return Err(Lack::bad("应答对应另一请求", "the answer is of another request"));
    }
    Ok(Detail::new(format!("结果编码 {}", details.text("code")), format!("code {}", details.text("code"))))
}

/// The platform's own answers name the request as the log does.
fn named_request(details: &Details, request_id: &str) -> Value {
    let mut value = details.0.clone();
    if let Some(map) = value.as_object_mut() {
        map.insert("requestId".to_owned(), Value::from(request_id));
    }
    value
}
