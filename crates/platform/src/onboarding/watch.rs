//! What ends by itself: documents and keys. It is told before and at their end, once each; a system whose required
//! document has ended is suspended where the operator wants that (`onboarding.expired`).

use jiff::{SignedDuration, Timestamp};
use protocol::ApiError;
use storage::platform::documents::{self, DocumentRow};
use storage::platform::system_keys;

use super::{state, steps};
use crate::changes::News;
use crate::config::Expired;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// Documents, and keys, that are looked at in one go; the rest comes in the next.
const AT_ONCE: i64 = 100;

/// Tells what ends soon and what has ended; gives how many there were. Replicas may run it side by side: each is told by
/// one of them.
///
/// # Errors
/// Failures of the database; what was told before stays so.
pub async fn watch_ends(context: &Context) -> Outcome<usize> {
    let now = context.now();
    let days = i64::from(context.config.onboarding.warn_days);
    let until = now.checked_add(SignedDuration::from_hours(24 * days)).map_err(ApiError::fault)?;
    let mut tx = context.database.read().await?;
    let ended = documents::to_expire(&mut tx, now.as_millisecond(), AT_ONCE).await?;
    let ending = documents::to_warn(&mut tx, now.as_millisecond(), until.as_millisecond(), AT_ONCE).await?;
    let keys = system_keys::to_warn(&mut tx, now.as_millisecond(), until.as_millisecond(), AT_ONCE).await?;
    tx.commit().await?;
    let mut told = 0;
    for document in &ended {
        told += usize::from(has_ended(context, document).await?);
    }
    for document in &ending {
        told += usize::from(ends_soon(context, document).await?);
    }
    for key in &keys {
        told += usize::from(key_ends_soon(context, key).await?);
    }
    Ok(told)
}

fn time(millis: Option<i64>) -> Option<String> {
    millis.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| at.to_string())
}

fn event(kind: Kind, now: Timestamp, document: &DocumentRow) -> Result<Event, ApiError> {
    let detail = serde_json::json!({
        "documentId": document.document_id, "kind": document.kind.as_str(), "sm3": document.sm3,
        "validUntil": time(document.valid_until),
    });
    let state = if kind == Kind::DocumentExpired { "ended" } else { "ends-soon" };
    Ok(Event::new(kind, now, "", &document.app_id, &detail)?.told(News::own(&document.app_id, state)))
}

async fn has_ended(context: &Context, document: &DocumentRow) -> Outcome<bool> {
    let now = context.now();
    let mut tx = context.database.begin().await?;
    if !documents::expired(&mut tx, &document.document_id, now.as_millisecond()).await? {
        return Ok(false);
    }
    let mut events = vec![event(Kind::DocumentExpired, now, document)?];
    let rules = &context.config.onboarding;
    let mut suspended = false;
    if rules.expired == Expired::Suspend && rules.required().contains(&document.kind) {
        let all = documents::of_system(&mut tx, &document.app_id).await?;
        let lacking = steps::lacking(&all, &[document.kind], rules.way, now.as_millisecond());
        if !lacking.is_empty() {
            let reason = format!("材料过期 document expired: {}", document.kind.as_str());
            let event = state::suspend(context, &mut tx, &document.app_id, &reason).await?;
            suspended = event.is_some();
            events.extend(event);
        }
    }
    evidence::append_all(&mut tx, &events).await?;
    tx.commit().await?;
    let (kind, system) = (document.kind.as_str(), &document.app_id);
    tracing::warn!(system, kind, suspended, "a document of a system has ended");
    Ok(true)
}

async fn ends_soon(context: &Context, document: &DocumentRow) -> Outcome<bool> {
    let now = context.now();
    let mut tx = context.database.begin().await?;
    if !documents::warned(&mut tx, &document.document_id, now.as_millisecond()).await? {
        return Ok(false);
    }
    evidence::append(&mut tx, &event(Kind::DocumentExpiring, now, document)?).await?;
    tx.commit().await?;
    let (kind, system, until) = (document.kind.as_str(), &document.app_id, time(document.valid_until));
    tracing::warn!(system, kind, until, "a document of a system ends soon");
    Ok(true)
}

async fn key_ends_soon(context: &Context, key: &system_keys::SystemKey) -> Outcome<bool> {
    let now = context.now();
    let mut tx = context.database.begin().await?;
    if !system_keys::warned(&mut tx, &key.key_id, now.as_millisecond()).await? {
        return Ok(false);
    }
    let detail = serde_json::json!({ "appId": key.app_id, "notAfter": time(Some(key.not_after)) });
    let event = Event::new(Kind::KeyExpiring, now, "", &key.key_id, &detail)?;
    evidence::append(&mut tx, &event.told(News::own(&key.app_id, "ends-soon"))).await?;
    tx.commit().await?;
    tracing::warn!(system = key.app_id, key = key.key_id, "a key of a system ends soon");
    Ok(true)
}
