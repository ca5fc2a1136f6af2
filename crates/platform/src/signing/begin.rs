//! The first step of signing: is this request to be signed? In the order of resolution 29: the seal's state, the
//! signId (issued to this caller, for this seal, unused), the consent, all in one transaction that binds both to
//! the request.

use formats::x509::Certificate;
use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::CloudSign;
use protocol::tables::CloudSignRequest;
use protocol::{ApiError, Base64Data, Code, Endpoint, Fault};
use storage::Tx;
use storage::platform::consent_documents;
use storage::platform::consents::{self, Consent};
use storage::platform::seals::Seal;
use storage::platform::sign_ids::{self, SignId, SignIdState, Signed};

use super::check;
use crate::consent::{check_owner, require_cloud};
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::registry;
use crate::routing::{Route, Routes};

/// What signing a request needs.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) seal: Seal,
    pub(super) certificate: Certificate,
    pub(super) route: Route,
    /// The consent that the request uses, and the request that its signId was handed out for.
    pub(super) consent: Consent,
    pub(super) query_request_id: Option<String>,
    /// When it was begun.
    pub(super) at: Timestamp,
}

/// What the first step came to.
#[derive(Debug)]
pub(super) enum Begun {
    /// The same request was signed before: what was handed out.
    Done(Signed),
    /// It may be signed now.
    Task(Box<Task>),
}

/// Judges a request and binds signId and consent to it.
pub(super) async fn begin(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &CloudSignRequest,
    fingerprint: &str,
) -> Outcome<Begun> {
    let at = context.now();
    // Made before the transaction: others wait while it is open.
    let accepted = evidence::accepted(context, CloudSign::INFO, caller)?;
    let mut tx = context.database.begin().await?;
    let found = registry::hold(&mut tx, request.seal_code.as_str()).await?;
    let using = using(&found.seal, caller, request, fingerprint, at);
    // A signature that was made is given again whatever became of the seal since: it is the answer to the same
    // request, and was evidenced when the seal was in force (wire profile §7).
    let issued = sign_ids::find(&mut tx, using.system_app_id, using.sign_id).await?;
    if let Some(signed) = issued.as_ref().and_then(|row| signed_before(row, &using)) {
        return Ok(Begun::Done(signed));
    }
    registry::check_usable(&found.seal, found.system.state, at)?;
    let certificate = check_request(context, &found.seal, request)?;
    let sign_id = sign_ids::begin(&mut tx, &using).await?;
    match sign_id {
        sign_ids::Begin::Started | sign_ids::Begin::Resumed => {}
        sign_ids::Begin::Done(signed) => return Ok(Begun::Done(signed)),
        sign_ids::Begin::Refused(refusal) => {
            return Err(ApiError::new(Code::SignIdUnknown).because(format!("{refusal:?}")).into());
        }
    }
    let query_request_id = check_version(issued, &found.seal)?;
    let consent = take_consent(context, &mut tx, request, &using).await?;
    let route = routes.to(&mut tx, &found.system, at).await?;
    let detail = serde_json::json!({
        "caller": caller.app_id.as_str(), "system": found.seal.app_id, "version": found.seal.version,
        "fingerprint": fingerprint, "resumed": sign_id == sign_ids::Begin::Resumed,
    });
    let event = Event::new(Kind::SigningBegun, at, &caller.request_id, &found.seal.seal_code, &detail)?;
    evidence::append_all(&mut tx, &[accepted, event]).await?;
    tx.commit().await?;
    let task = Task { seal: found.seal, certificate, route, consent, query_request_id, at };
    Ok(Begun::Task(Box::new(task)))
}

fn using<'a>(
    seal: &'a Seal,
    caller: &'a Caller,
    request: &'a CloudSignRequest,
    fingerprint: &'a str,
    at: Timestamp,
) -> sign_ids::Use<'a> {
    sign_ids::Use {
        system_app_id: &seal.app_id,
        sign_id: request.sign_id.as_str(),
        caller_app_id: caller.app_id.as_str(),
        seal_code: &seal.seal_code,
        fingerprint,
        at: at.as_millisecond(),
    }
}

fn signed_before(row: &SignId, using: &sign_ids::Use<'_>) -> Option<Signed> {
    let same = row.state == SignIdState::Used
        && row.caller_app_id == using.caller_app_id
        && row.seal_code == using.seal_code
        && row.fingerprint.as_deref() == Some(using.fingerprint);
    same.then(|| row.clone().signed()).flatten()
}

/// What can be judged from the seal and the request alone.
fn check_request(
    context: &Context,
    seal: &Seal,
    request: &CloudSignRequest,
) -> Result<Certificate, ApiError> {
    require_cloud(seal)?;
    if !registry::is_person(seal) && request.org_code.is_none() {
        let (zh, en) = ("单位印章签名时必填", "required for seals of organisations");
        return Err(Fault::new(Code::ParameterMissing, "missing", zh, en).on("orgCode").into());
    }
    check_owner(context, seal, request.org_code.as_ref(), (Some(&request.credent_no), "credentNo"))?;
    let (Some(_), Some(certificate)) = (&seal.seal_data_sm3, registry::certificate(context, seal)?) else {
        let (zh, en) =
            ("印章数据尚未核验,请先获取印章", "the seal's data were not checked yet, get the seal first");
        return Err(ApiError::explained(Code::SealDataWrong, zh, en));
    };
    let rules = context.config.policy.signing.rules(&seal.seal_type);
    check::form(&rules, request.format)?;
    check::hash_type(&rules, request.hash_type, &certificate)?;
    check::message(&rules, request.format, request.doc_hash.bytes(), seal)?;
    Ok(certificate)
}

/// A signId is for the version of the seal it was handed out with. Gives the request that it was handed out for. Neither
/// ever changes, so the row may be from before the signId was taken.
fn check_version(issued: Option<SignId>, seal: &Seal) -> Result<Option<String>, ApiError> {
    match issued {
        Some(row) if row.seal_version == seal.version => Ok(row.request_id),
        _ => Err(ApiError::new(Code::SignIdUnknown).because("the seal has changed since")),
    }
}

async fn take_consent(
    context: &Context,
    tx: &mut Tx,
    request: &CloudSignRequest,
    using: &sign_ids::Use<'_>,
) -> Outcome<Consent> {
    let consent = consents::find(tx, using.system_app_id, request.auth_id.as_str()).await?;
    let consent = consent.filter(|consent| consent.caller_app_id == using.caller_app_id);
    let consent = consent.ok_or_else(|| ApiError::new(Code::AuthIdUnknown))?;
    check_consent(context, &consent, request)?;
    let auth_code_sm3 = hex::encode(crypto::sm3::digest(request.auth_code.as_str().as_bytes()));
    let taking = consents::Use {
        system_app_id: using.system_app_id,
        auth_id: request.auth_id.as_str(),
        caller_app_id: using.caller_app_id,
        seal_code: using.seal_code,
        sign_id: using.sign_id,
        auth_code_sm3: &auth_code_sm3,
        fingerprint: using.fingerprint,
        at: using.at,
    };
    let begun = match document(tx, &consent, request).await? {
        Some(document) => consent_documents::begin(tx, &taking, &document).await?,
        None => consents::begin(tx, &taking).await?,
    };
    let code = match begun {
        consents::Begin::Started | consents::Begin::Resumed => return Ok(consent),
        consents::Begin::Refused(refusal) => match refusal {
            consents::Refusal::Pending => Code::ConsentPending,
            consents::Refusal::Refused => Code::ConsentRefused,
            consents::Refusal::Unknown | consents::Refusal::Expired | consents::Refusal::Void => {
                Code::AuthIdUnknown
            }
            consents::Refusal::BoundToAnother => Code::ConsentForOther,
            consents::Refusal::Code | consents::Refusal::Used => Code::AuthCodeUnknown,
        },
    };
    Err(ApiError::new(code).into())
}

/// Of a consent to several documents, the one that is to be signed (lower hexadecimal). `None` where the consent is for one
/// document, or for any.
async fn document(tx: &mut Tx, consent: &Consent, request: &CloudSignRequest) -> Outcome<Option<String>> {
    if consent.doc_hashes.is_none() {
        return Ok(None);
    }
    let ids = (consent.system_app_id.as_str(), consent.auth_id.as_str());
    for digest in check::digests(request.format, request.doc_hash.bytes()) {
        if consent_documents::find(tx, ids, &digest).await?.is_some() {
            return Ok(Some(digest));
        }
    }
    Err(ApiError::new(Code::ConsentForOther).because("none of the documents").into())
}

/// The consent must be for this document and person, where it names them.
fn check_consent(context: &Context, consent: &Consent, request: &CloudSignRequest) -> Result<(), ApiError> {
    let other = |cause: &str| Err(ApiError::new(Code::ConsentForOther).because(cause));
    if let Some(text) = &consent.doc_hash {
        let consented = Base64Data::parse(text).map_err(|fault| ApiError::fault(fault.en))?;
        if !check::digests(request.format, request.doc_hash.bytes()).contains(&hex::encode(consented.bytes()))
        {
            return other("another document");
        }
    }
    if consent.hash_type.is_some_and(|hash_type| hash_type != i64::from(request.hash_type.number())) {
        return other("another hashType");
    }
    let index = registry::number_index(context, request.credent_no.as_str());
    if consent.id_card_index.as_ref().is_some_and(|own| *own != index) {
        return other("another person");
    }
    Ok(())
}
