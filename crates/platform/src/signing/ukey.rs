//! Verifying a signId before a UKey signs (6.3.1.3, resolution 32).
//!
//! The seal's own system asks (its agent met a request of table 19). The platform checks that request's signature
//! too, as a request of the system that got the seal, and uses the signId up. The same question again gets the
//! same answer; any other is refused.

use std::time::Duration;

use crypto::VerifyingKey;
use formats::x509::Certificate;
use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::{SignIdVerify, UkeySign};
use protocol::lists::CertType;
use protocol::schema::{Head, read_request};
use protocol::tables::{SignIdVerification, SignIdVerifyRequest, UkeySignRequest};
use protocol::wire::{Canonical, Limits, SignatureValue};
use protocol::{ApiError, Base64Data, BeijingTime, CertNumber, Code, Endpoint, Fault, Params};
use storage::Tx;
use storage::platform::seals::Seal;
use storage::platform::sign_ids::{self, Begin};
use storage::platform::signings::{self, Signing};
use storage::platform::system_keys::{self, KeyState};
use storage::platform::systems::{self, SystemState};

use super::check;
use crate::context::Context;
use crate::evidence::{self, Event, Kind, REQUESTER_KEY};
use crate::failure::Outcome;
use crate::registry;

/// What is stored as the signature of a signId that a UKey used: the platform never sees the real one.
const BY_UKEY: &[u8] = b"ukey";
/// How long the requester's own request may have been on its way, where it says when it was made.
const REQUEST_LIFE: Duration = Duration::from_mins(5);

/// Answers what may be signed and with which certificate, and uses the signId up.
///
/// # Errors
/// 3000x for the seal, 30003 when the asking system does not serve it, 20002 and 20004 for a request of table 19
/// that is malformed or does not go with the question, 10003 and 10004 for its signature, 40006 for the signId.
pub async fn verify_sign_id(
    context: &Context,
    caller: &Caller,
    question: &SignIdVerifyRequest,
) -> Outcome<SignIdVerification> {
    let (params, head, request) = read(question)?;
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let found = registry::hold(&mut tx, question.seal_code.as_str()).await?;
    if found.seal.app_id != caller.app_id.as_str() {
        return Err(ApiError::new(Code::NotYourSeal).into());
    }
    registry::check_usable(&found.seal, found.system.state, at)?;
    let certificate = check_seal(context, &found.seal, question, &request)?;
    let requester = check_requester(context, &mut tx, (&params, &head), at).await?;
    let fingerprint = fingerprint(question, &head, &request);
    let using = sign_ids::Use {
        system_app_id: &found.seal.app_id,
        sign_id: question.sign_id.as_str(),
        caller_app_id: head.app_id.as_str(),
        seal_code: &found.seal.seal_code,
        fingerprint: &fingerprint,
        at: at.as_millisecond(),
    };
    let (expires, is_new) = use_up(&mut tx, &using, &found.seal).await?;
    if is_new {
        enter(&mut tx, (caller, question), (&head, &request), &found.seal, at).await?;
    }
    let sm3_hex = |bytes: &[u8]| hex::encode(crypto::sm3::digest(bytes));
    let detail = serde_json::json!({
        "requester": head.app_id.as_str(), "origin": question.origin.as_str(), "ukeyId": question.ukey_id.as_str(),
        "fingerprint": fingerprint, "docHashSm3": sm3_hex(question.doc_hash.bytes()), "requestSign": head.sign,
        REQUESTER_KEY: requester.key_id, "signIdSm3": sm3_hex(question.sign_id.as_str().as_bytes()),
        "version": found.seal.version, "sealDataSm3": found.seal.seal_data_sm3, "orgCode": found.seal.org_code,
        "type": request.sign_format().text(), "hashType": request.hash_type().number(),
        "certSm3": sm3_hex(certificate.der()),
    });
    let events = [
        evidence::accepted(context, SignIdVerify::INFO, caller)?,
        Event::new(Kind::UkeyAuthorised, at, &caller.request_id, &found.seal.seal_code, &detail)?,
    ];
    evidence::append_all(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(SignIdVerification {
        sign_id: question.sign_id.clone(),
        seal_code: question.seal_code.clone(),
        seal_name: found.seal.name,
        requester: requester.name,
        doc_hash: question.doc_hash.clone(),
        sign_format: request.sign_format(),
        hash_type: request.hash_type(),
        cert_number: CertNumber::from_bytes(&certificate.serial),
        cert_data: Base64Data::from(certificate.der().to_vec()),
        expire_time: BeijingTime::of(expires),
    })
}

/// The request of table 19, strictly, and whether it asks what the question says.
fn read(question: &SignIdVerifyRequest) -> Result<(Params, Head, UkeySignRequest), ApiError> {
    let text = question.request.as_str().as_bytes();
    let params = Params::from_json(text, Limits::bytes(text.len()))?;
    let (head, request) = read_request::<UkeySignRequest>(&params)?;
    let same = request.sign_id == question.sign_id
        && request.seal_code.as_ref().is_none_or(|code| *code == question.seal_code)
        && request.doc_hash.as_ref().is_none_or(|hash| *hash == question.doc_hash);
    if same {
        return Ok((params, head, request));
    }
    let (zh, en) = ("与 signId、sealCode 或 docHash 不符", "does not go with signId, sealCode or docHash");
    Err(Fault::new(Code::Contradiction, "request", zh, en).on("request").into())
}

fn check_seal(
    context: &Context,
    seal: &Seal,
    question: &SignIdVerifyRequest,
    request: &UkeySignRequest,
) -> Result<Certificate, ApiError> {
    let contradiction = |field: &str, zh: &'static str, en: &'static str| {
        ApiError::from(Fault::new(Code::Contradiction, "ukey", zh, en).on(field))
    };
    if seal.cert_type != i64::from(CertType::Ukey.number()) {
        return Err(contradiction("sealCode", "不是 UKey 印章", "is not a seal in a UKey"));
    }
    if seal.ukey_id.as_deref().is_some_and(|filed| filed != question.ukey_id.as_str()) {
        return Err(contradiction("UKeyId", "与备案不符", "is not the filed one"));
    }
    let (Some(_), Some(certificate)) = (&seal.seal_data_sm3, registry::certificate(context, seal)?) else {
        return Err(ApiError::new(Code::SealDataWrong).because("not checked yet"));
    };
    let rules = context.config.policy.signing.rules(&seal.seal_type);
    check::form(&rules, request.sign_format())?;
    check::hash_type(&rules, request.hash_type(), &certificate)?;
    check::message(&rules, request.sign_format(), question.doc_hash.bytes(), seal)?;
    Ok(certificate)
}

/// The system that wants the signature.
struct Requester {
    name: String,
    /// The key that signed its request of table 19.
    key_id: String,
}

/// Where the evidence of this signing begins: the platform sees no more of it than this question.
async fn enter(
    tx: &mut Tx,
    (caller, question): (&Caller, &SignIdVerifyRequest),
    (head, request): (&Head, &UkeySignRequest),
    seal: &Seal,
    at: Timestamp,
) -> Outcome<()> {
    let sign_id = question.sign_id.as_str();
    let issued = sign_ids::find(tx, &seal.app_id, sign_id).await?;
    let signing = Signing {
        system_app_id: seal.app_id.clone(),
        sign_id: sign_id.to_owned(),
        caller_app_id: head.app_id.as_str().to_owned(),
        seal_code: seal.seal_code.clone(),
        seal_version: seal.version,
        auth_id: String::new(),
        query_request_id: issued.and_then(|row| row.request_id),
        apply_request_id: None,
        result_request_id: None,
        sign_request_id: caller.request_id.clone(),
        signed_at: at.as_millisecond(),
    };
    let digests = check::digests(request.sign_format(), question.doc_hash.bytes());
    Ok(signings::add(tx, &signing, &digests).await?)
}

/// The requester is a live system, and its own signature over its request of table 19, addressed to this platform,
/// is by a key that may be used now.
async fn check_requester(
    context: &Context,
    tx: &mut Tx,
    (params, head): (&Params, &Head),
    at: Timestamp,
) -> Outcome<Requester> {
    let app_id = head.app_id.as_str();
    let system = systems::find(tx, app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    if system.state != SystemState::Online {
        return Err(ApiError::new(Code::CallerNotLive).into());
    }
    let late =
        |time: &protocol::MillisTime| at.duration_since(time.timestamp()).unsigned_abs() > REQUEST_LIFE;
    if head.time.as_ref().is_some_and(late) {
        return Err(ApiError::new(Code::TimeOutsideWindow).into());
    }
    let canonical = Canonical::of(&UkeySign::INFO.target(&context.id), params)?;
    let wrong = || {
        ApiError::explained(
            Code::SignatureWrong,
            "原始请求的签名错误",
            "the request's own signature is wrong",
        )
    };
    let value = SignatureValue::parse(&head.sign).map_err(|fault| wrong().because(fault))?;
    let now = at.as_millisecond();
    for key in system_keys::of_system(tx, app_id).await? {
        let usable = key.state == KeyState::Active && key.not_before <= now && now <= key.not_after;
        let right = VerifyingKey::prepared(&key.spki)
            .is_ok_and(|prepared| value.verify(&prepared, canonical.bytes()).is_ok());
        match (right, usable) {
            (true, true) => return Ok(Requester { name: system.name, key_id: key.key_id }),
            (true, false) => return Err(ApiError::new(Code::KeyNotValid).into()),
            (false, _) => {}
        }
    }
    Err(wrong().into())
}

fn fingerprint(question: &SignIdVerifyRequest, head: &Head, request: &UkeySignRequest) -> String {
    let message = hex::encode(crypto::sm3::digest(question.doc_hash.bytes()));
    let parts = [
        question.seal_code.as_str(),
        question.sign_id.as_str(),
        question.ukey_id.as_str(),
        head.app_id.as_str(),
        &message,
        request.sign_format().text(),
        request.hash_type().text(),
    ];
    hex::encode(crypto::sm3::digest(parts.join(super::BETWEEN).as_bytes()))
}

/// Uses the signId up, or finds that this very question did; returns when it ends, and whether it is used up only now.
async fn use_up(tx: &mut Tx, using: &sign_ids::Use<'_>, seal: &Seal) -> Outcome<(Timestamp, bool)> {
    let refused = |cause: String| ApiError::new(Code::SignIdUnknown).because(cause);
    let begun = sign_ids::begin(tx, using).await?;
    let is_new = matches!(begun, Begin::Started | Begin::Resumed);
    match begun {
        Begin::Started | Begin::Resumed => {
            let ids = (using.system_app_id, using.sign_id);
            if !sign_ids::finish(tx, ids, using.fingerprint, (BY_UKEY, None), using.at).await? {
                return Err(refused("finished elsewhere".to_owned()).into());
            }
        }
        Begin::Done(_) => {}
        Begin::Refused(refusal) => return Err(refused(format!("{refusal:?}")).into()),
    }
    let row = sign_ids::find(tx, using.system_app_id, using.sign_id).await?;
    let row = row.filter(|row| row.seal_version == seal.version && row.expires_at > using.at);
    let row = row.ok_or_else(|| refused("expired, or the seal has changed since".to_owned()))?;
    Ok((Timestamp::from_millisecond(row.expires_at).map_err(ApiError::fault)?, is_new))
}
