//! What the signer decided (获取意愿认证结果, tables 13 to 15): 40001 while pending, 40002 refused, 40003 over.

use std::time::Instant;

use client::Answer;
use http_server::Caller;
use jiff::SignedDuration;
use protocol::consent_record::{ConsentRecord, MAX_RECORD};
use protocol::endpoints::ConsentOutcome;
use protocol::tables::{ConsentResult, ConsentResultRequest};
use protocol::{ApiError, Code, Endpoint};
use storage::platform::consents::{self, Consent, ConsentState, Passing};
use storage::platform::seals::Seal;

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::registry;
use crate::routing::{self, Budget, Route, Routes, Upset};

/// Codes of the seal system that are answers about the consent.
const PASSED_ON: [Code; 3] = [Code::ConsentPending, Code::ConsentRefused, Code::AuthIdUnknown];
/// A voucher shorter than this cannot carry 128 random bits.
const SHORTEST_CODE: usize = 22;

/// Asks the seal's system what the signer decided. The answer can be read again until the consent is used.
///
/// # Errors
/// 40001, 40002, 40003, 40004 once used, 40005 for another seal, 3000x for the seal, 6000x for the system.
pub async fn outcome(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &ConsentResultRequest,
) -> Outcome<ConsentResult> {
    let (seal, route, consent) = prepare(context, routes, caller, request).await?;
    let origin = caller.origin();
    let budget = Budget::new(context.config.times.route(), None, Instant::now());
    match route.call::<ConsentOutcome>(request, Some(&origin), budget).await {
        Ok(answer) => match fault_of(&answer.data, &consent) {
            Some(cause) => wrong(context, caller, (&seal, &route), &Upset::Wrong(cause)).await,
            None => passed(context, caller, (&seal, &route, &consent), answer).await,
        },
        Err(upset) => match upset.passed_on(&PASSED_ON) {
            Some(code) => {
                close(context, caller, &consent, code).await?;
                Err(ApiError::new(code).into())
            }
            None => wrong(context, caller, (&seal, &route), &upset).await,
        },
    }
}

async fn prepare(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &ConsentResultRequest,
) -> Outcome<(Seal, Route, Consent)> {
    let now = context.now();
    // What is read here is judged again when the voucher is recorded.
    let mut tx = context.database.look().await?;
    let found = registry::look_up(&mut tx, request.seal_code.as_str()).await?;
    let consent = consents::find(&mut tx, &found.seal.app_id, request.auth_id.as_str()).await?;
    let consent = consent.filter(|consent| consent.caller_app_id == caller.app_id.as_str());
    let consent = consent.ok_or_else(|| ApiError::new(Code::AuthIdUnknown))?;
    if consent.seal_code != found.seal.seal_code {
        return Err(ApiError::new(Code::ConsentForOther).into());
    }
    registry::check_usable(&found.seal, found.system.state, now)?;
    let over = consent.expires_at <= now.as_millisecond();
    match consent.state {
        ConsentState::Pending if !over => {}
        ConsentState::Passed => {}
        ConsentState::Pending | ConsentState::Expired | ConsentState::Void => {
            return Err(ApiError::new(Code::AuthIdUnknown).into());
        }
        ConsentState::Refused => return Err(ApiError::new(Code::ConsentRefused).into()),
        ConsentState::Used => return Err(ApiError::new(Code::AuthCodeUnknown).into()),
    }
    let route = routes.to(&mut tx, &found.system, now).await?;
    tx.commit().await?;
    Ok((found.seal, route, consent))
}

fn fault_of(result: &ConsentResult, consent: &Consent) -> Option<String> {
    if result.auth_id.as_str() != consent.auth_id {
        return Some("it answered for another authId".to_owned());
    }
    if result.auth_code.as_str().len() < SHORTEST_CODE {
        return Some("the authCode is too short".to_owned());
    }
    record(result).and_then(|record| record_fault(record.as_ref(), consent)).err().map(str::to_owned)
}

/// How the signer agreed, where the system says so.
fn record(result: &ConsentResult) -> Result<Option<ConsentRecord>, &'static str> {
    let Some(record) = &result.record else { return Ok(None) };
    if record.bytes().len() > MAX_RECORD {
        return Err("the record of the consent is too large");
    }
    serde_json::from_slice(record.bytes()).map(Some).map_err(|_| "the record of the consent cannot be read")
}

/// It must be of this consent, and of what the consent was asked for.
fn record_fault(record: Option<&ConsentRecord>, consent: &Consent) -> Result<(), &'static str> {
    let Some(record) = record else { return Ok(()) };
    let same = record.auth_id == consent.auth_id
        && record.doc_hash == consent.doc_hash
        && record.doc_hashes == consent.doc_hashes
        && record.sign_id == consent.sign_id;
    if same { Ok(()) } else { Err("the record of the consent is of another one") }
}

/// The signer agreed: the voucher's digest is stored, its time runs from when it was first handed over.
async fn passed(
    context: &Context,
    caller: &Caller,
    (seal, route, consent): (&Seal, &Route, &Consent),
    answer: Answer<ConsentResult>,
) -> Outcome<ConsentResult> {
    let at = context.now();
    let sm3 = hex::encode(crypto::sm3::digest(answer.data.auth_code.as_str().as_bytes()));
    let again = consent.auth_code_sm3.as_ref() == Some(&sm3);
    let own = context.config.policy.signing.rules(&seal.seal_type).voucher_minutes;
    let life =
        own.map_or_else(|| context.config.times.auth_code(), |own| SignedDuration::from_mins(own.into()));
    let fresh = at.checked_add(life).unwrap_or(at).as_millisecond();
    let end = consent.auth_code_expires_at.filter(|_| again).unwrap_or(fresh);
    let record = answer.data.record.as_ref().map(|record| String::from_utf8_lossy(record.bytes()));
    let sealed = record.map(|record| context.seal(super::RECORD, &record)).transpose()?;
    let detail = serde_json::json!({
        "caller": caller.app_id.as_str(), "authIdSm3": hex::encode(crypto::sm3::digest(consent.auth_id.as_bytes())),
        "docHash": consent.doc_hash, "docHashes": consent.doc_hashes, "codeExpiresAt": end,
    });
    let mut events = vec![
        evidence::accepted(context, ConsentOutcome::INFO, caller)?,
        routing::answered(
            context,
            at,
            &caller.request_id,
            (&route.app_id, ConsentOutcome::INFO.name),
            &answer.exchange,
        )?,
    ];
    if !again {
        events.push(Event::new(Kind::ConsentGiven, at, &caller.request_id, &seal.seal_code, &detail)?);
    }
    let mut tx = context.database.begin().await?;
    let current = registry::hold(&mut tx, &seal.seal_code).await?;
    registry::check_usable(&current.seal, current.system.state, at)?;
    let ids = (consent.system_app_id.as_str(), consent.auth_id.as_str());
    let first = consent.result_request_id.as_deref().filter(|_| again);
    let passing = Passing {
        auth_code_sm3: &sm3,
        code_expires_at: end,
        request_id: first.unwrap_or(&caller.request_id),
        record: sealed.as_deref(),
        at: at.as_millisecond(),
    };
    if !consents::pass(&mut tx, ids, &passing).await? {
        return Err(ApiError::new(Code::AuthIdUnknown).into());
    }
    evidence::append_all(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(answer.data)
}

/// The signer refused or the time ran out; nothing is closed while the signer has not decided.
async fn close(context: &Context, caller: &Caller, consent: &Consent, code: Code) -> Outcome<()> {
    let state = match code {
        Code::ConsentRefused => ConsentState::Refused,
        Code::AuthIdUnknown => ConsentState::Expired,
        _ => return Ok(()),
    };
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let ids = (consent.system_app_id.as_str(), consent.auth_id.as_str());
    if consents::close(&mut tx, ids, state, at.as_millisecond()).await? {
        let detail = serde_json::json!({
            "caller": caller.app_id.as_str(), "state": state.as_str(),
            "authIdSm3": hex::encode(crypto::sm3::digest(consent.auth_id.as_bytes())),
        });
        let events = [
            evidence::accepted(context, ConsentOutcome::INFO, caller)?,
            Event::new(Kind::ConsentClosed, at, &caller.request_id, &consent.seal_code, &detail)?,
        ];
        evidence::append_all(&mut tx, &events).await?;
    }
    Ok(tx.commit().await?)
}

async fn wrong<T>(
    context: &Context,
    caller: &Caller,
    (seal, route): (&Seal, &Route),
    upset: &Upset,
) -> Outcome<T> {
    let about = (ConsentOutcome::INFO.name, seal.seal_code.as_str());
    Err(routing::refused(context, caller, about, (&route.app_id, upset)).await?.into())
}
