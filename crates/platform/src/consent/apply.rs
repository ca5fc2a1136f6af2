//! Application for consent (意愿认证申请, tables 10 to 12).

use std::time::Instant;

use client::Answer;
use http_server::Caller;
use jiff::{SignedDuration, Timestamp};
use protocol::endpoints::ConsentApply;
use protocol::tables::{ConsentApplication, ConsentApplyRequest};
use protocol::{ApiError, AuthId, Code, DocHashes, Endpoint, Fault};
use storage::Tx;
use storage::platform::consent_documents;
use storage::platform::consents::{self, Consent, ConsentState};
use storage::platform::seals::Seal;
use storage::platform::sign_ids::{self, SignIdState};
use storage::platform::systems::{self, GrantKind};

use super::{DOC_NAME, MOBILE, check_owner, redirect, require_cloud};
use crate::config::Rules;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::registry;
use crate::routing::{self, Budget, Route, Routes, Upset, check_auth_url};

/// Asks the seal's system to ask the signer.
///
/// # Errors
/// 3000x for the seal, 20001 when the document must be named, 20003 for a foreign `redirectUrl`, 20004 for another
/// owner, 40006 for a signId that is not the caller's, 6000x for the seal system.
pub async fn apply(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &ConsentApplyRequest,
) -> Outcome<ConsentApplication> {
    let (seal, route) = prepare(context, routes, caller, request).await?;
    let origin = caller.origin();
    let budget = Budget::new(context.config.times.route(), None, Instant::now());
    let answer = match route.call::<ConsentApply>(request, Some(&origin), budget).await {
        Ok(answer) => answer,
        Err(upset) => return Err(refused(context, caller, (&seal, &route), &upset).await?.into()),
    };
    record(context, caller, request, (&seal, &route), answer).await
}

/// What the platform decides before anybody is asked.
async fn prepare(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &ConsentApplyRequest,
) -> Outcome<(Seal, Route)> {
    let now = context.now();
    // What is read here is judged again when the consent is recorded.
    let mut tx = context.database.look().await?;
    let found = registry::look_up(&mut tx, request.seal_code.as_str()).await?;
    registry::check_usable(&found.seal, found.system.state, now)?;
    require_cloud(&found.seal)?;
    check_owner(context, &found.seal, request.org_code.as_ref(), (request.id_card.as_ref(), "idCard"))?;
    check_binding(context, &found.seal, request)?;
    if let Some(url) = &request.redirect_url {
        let grants = systems::grants(&mut tx, caller.app_id.as_str()).await?;
        let own = grants.iter().filter(|grant| grant.kind == GrantKind::RedirectHost);
        redirect::check(url, own.map(|grant| grant.value.as_str()))?;
    }
    check_sign_id(&mut tx, caller, request, &found.seal, now).await?;
    if request.expire_time.is_some_and(|end| end.timestamp() <= now) {
        let fault = Fault::new(Code::Contradiction, "expire-time", "已经过去", "is over already");
        return Err(ApiError::from(fault.on("expireTime")).into());
    }
    let route = routes.to(&mut tx, &found.system, now).await?;
    tx.commit().await?;
    Ok((found.seal, route))
}

/// The operator's policy may demand that the document is named, per type of seal (resolution 24).
fn check_binding(context: &Context, seal: &Seal, request: &ConsentApplyRequest) -> Result<(), ApiError> {
    let rules = context.config.policy.signing.rules(&seal.seal_type);
    if let Some(hashes) = &request.doc_hashes {
        return check_batch(&rules, hashes);
    }
    if request.doc_hash.is_some() || !rules.document_binding {
        return Ok(());
    }
    let (zh, en) = ("该类印章的意愿认证须绑定文档", "consent to this type of seal must name the document");
    Err(Fault::new(Code::ParameterMissing, "document-binding", zh, en).on("docHash").into())
}

/// How many documents one consent may be for is the operator's policy, per type of seal.
fn check_batch(rules: &Rules, hashes: &DocHashes) -> Result<(), ApiError> {
    let count = u32::try_from(hashes.digests().len());
    if count.is_ok_and(|count| count <= rules.batch_documents) {
        return Ok(());
    }
    let (zh, en) = (
        "超过该类印章一次可授权的文档份数",
        "is more documents than one consent to this type of seal may be for",
    );
    Err(Fault::new(Code::NotInList, "batch-documents", zh, en).on("docHashes").into())
}

async fn check_sign_id(
    tx: &mut Tx,
    caller: &Caller,
    request: &ConsentApplyRequest,
    seal: &Seal,
    now: Timestamp,
) -> Outcome<()> {
    let Some(sign_id) = &request.sign_id else { return Ok(()) };
    let found = sign_ids::find(tx, &seal.app_id, sign_id.as_str()).await?;
    let usable = found.is_some_and(|row| {
        row.caller_app_id == caller.app_id.as_str()
            && row.seal_code == seal.seal_code
            && row.state == SignIdState::Issued
            && row.expires_at > now.as_millisecond()
    });
    if usable { Ok(()) } else { Err(ApiError::new(Code::SignIdUnknown).into()) }
}

async fn refused(
    context: &Context,
    caller: &Caller,
    (seal, route): (&Seal, &Route),
    upset: &Upset,
) -> Outcome<ApiError> {
    let about = (ConsentApply::INFO.name, seal.seal_code.as_str());
    routing::refused(context, caller, about, (&route.app_id, upset)).await
}

/// What is wrong with the answer's contents.
fn fault_of(application: &ConsentApplication, hosts: &[String]) -> Option<String> {
    if !application.auth_id.carries_128_bits() {
        return Some("the authId is too short".to_owned());
    }
    check_auth_url(&application.auth_url, hosts.iter().map(String::as_str)).err()
}

/// Records the consent as pending, bound to system, caller, seal and, where named, document and signId.
async fn record(
    context: &Context,
    caller: &Caller,
    request: &ConsentApplyRequest,
    (seal, route): (&Seal, &Route),
    answer: Answer<ConsentApplication>,
) -> Outcome<ConsentApplication> {
    if let Some(cause) = fault_of(&answer.data, route.consent_hosts()) {
        return Err(refused(context, caller, (seal, route), &Upset::Wrong(cause)).await?.into());
    }
    let at = context.now();
    let row = row(context, caller, request, seal, (&answer.data.auth_id, at))?;
    let detail = serde_json::json!({
        "caller": caller.app_id.as_str(), "system": seal.app_id, "authIdSm3": sm3_hex(row.auth_id.as_bytes()),
        "docHash": row.doc_hash, "docHashes": row.doc_hashes, "hashType": row.hash_type, "expiresAt": row.expires_at,
        "mobileIndex": row.mobile_index, "clientType": answer.data.client_type.text(),
    });
    let events = [
        evidence::accepted(context, ConsentApply::INFO, caller)?,
        routing::answered(
            context,
            at,
            &caller.request_id,
            (&route.app_id, ConsentApply::INFO.name),
            &answer.exchange,
        )?,
        Event::new(Kind::ConsentApplied, at, &caller.request_id, &seal.seal_code, &detail)?,
    ];
    let mut tx = context.database.begin().await?;
    let current = registry::hold(&mut tx, &seal.seal_code).await?;
    registry::check_usable(&current.seal, current.system.state, at)?;
    if !consents::apply(&mut tx, &row).await? {
        tx.rollback().await?;
        let again = Upset::Wrong("it used an authId twice".to_owned());
        return Err(refused(context, caller, (seal, route), &again).await?.into());
    }
    if let Some(hashes) = &request.doc_hashes {
        let digests: Vec<String> = hashes.digests().iter().map(hex::encode).collect();
        consent_documents::add(&mut tx, &row, &digests).await?;
    }
    evidence::append_all(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(answer.data)
}

fn sm3_hex(bytes: &[u8]) -> String {
    hex::encode(crypto::sm3::digest(bytes))
}

fn row(
    context: &Context,
    caller: &Caller,
    request: &ConsentApplyRequest,
    seal: &Seal,
    (auth_id, at): (&AuthId, Timestamp),
) -> Result<Consent, ApiError> {
    let own = context.config.policy.signing.rules(&seal.seal_type).consent_minutes;
    let life =
        own.map_or_else(|| context.config.times.auth_id(), |own| SignedDuration::from_mins(own.into()));
    let usual = at.checked_add(life).unwrap_or(at);
    let end = request.expire_time.map_or(usual, |wanted| wanted.timestamp().min(usual));
    let doc_name = request.doc_name.as_ref().map(|name| context.seal(DOC_NAME, name.as_str())).transpose()?;
    Ok(Consent {
        system_app_id: seal.app_id.clone(),
        auth_id: auth_id.as_str().to_owned(),
        caller_app_id: caller.app_id.as_str().to_owned(),
        seal_code: seal.seal_code.clone(),
        state: ConsentState::Pending,
        sign_id: request.sign_id.as_ref().map(|id| id.as_str().to_owned()),
        doc_hash: request.doc_hash.as_ref().map(protocol::Base64Data::text),
        hash_type: request.hash_type.map(|hash_type| hash_type.number().into()),
        doc_name,
        mobile_index: Some(context.cipher.blind_index(MOBILE, request.mobile.as_str())),
        id_card_index: request.id_card.as_ref().map(|card| registry::number_index(context, card.as_str())),
        auth_code_sm3: None,
        auth_code_expires_at: None,
        fingerprint: None,
        applied_at: at.as_millisecond(),
        expires_at: end.as_millisecond(),
        changed_at: at.as_millisecond(),
        apply_request_id: Some(caller.request_id.clone()),
        result_request_id: None,
        record: None,
        doc_hashes: request.doc_hashes.as_ref().map(DocHashes::text),
    })
}
