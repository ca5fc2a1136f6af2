//! What the operator does about subscribers.

use protocol::{ApiError, AppId, Code};
use storage::platform::subscriptions::{self, SubscriptionState};
use storage::platform::systems;

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

fn unknown() -> ApiError {
    ApiError::explained(Code::NotInList, "没有这个订阅或通知", "there is no such subscription or notice")
}

/// Subscribes a system at a base address, from the next change on; what waits for it goes there too.
///
/// # Errors
/// 10001 when there is no such system, 20002 for an address that is not https (or of this machine).
pub async fn subscribe(context: &Context, app_id: &AppId, url: &str, actor: &str) -> Outcome<()> {
    crate::routing::check_base_url(url)?;
    let at = context.now();
    let url = url.trim_end_matches('/');
    let detail = serde_json::json!({ "actor": actor, "url": url, "state": "active" });
    let event = Event::new(Kind::SubscriptionChanged, at, "", app_id.as_str(), &detail)?;
    let mut tx = context.database.begin().await?;
    systems::find(&mut tx, app_id.as_str()).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    subscriptions::subscribe(&mut tx, app_id.as_str(), url, (actor, at.as_millisecond())).await?;
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Calls a subscriber no more: for now, or for good, when what waits goes too.
///
/// # Errors
/// 20003 when there is no such subscription, or it is so already.
pub async fn unsubscribe(
    context: &Context,
    app_id: &AppId,
    state: SubscriptionState,
    actor: &str,
) -> Outcome<()> {
    let at = context.now();
    let detail = serde_json::json!({ "actor": actor, "state": state.as_str() });
    let event = Event::new(Kind::SubscriptionChanged, at, "", app_id.as_str(), &detail)?;
    let mut tx = context.database.begin().await?;
    if !subscriptions::set_state(&mut tx, app_id.as_str(), state, at.as_millisecond()).await? {
        return Err(unknown().into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Tells one change again, whatever became of it.
///
/// # Errors
/// 20003 when it was never to be told to this system.
pub async fn resend(context: &Context, app_id: &AppId, seq: i64, actor: &str) -> Outcome<()> {
    let at = context.now();
    let detail = serde_json::json!({ "actor": actor, "resent": seq });
    let event = Event::new(Kind::SubscriptionChanged, at, "", app_id.as_str(), &detail)?;
    let mut tx = context.database.begin().await?;
    if !subscriptions::resend(&mut tx, app_id.as_str(), seq, at.as_millisecond()).await? {
        return Err(unknown().into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Tells everything again that is dead; gives its number.
///
/// # Errors
/// Failures of the database.
pub async fn resend_dead(context: &Context, app_id: &AppId, actor: &str) -> Outcome<u64> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let number = subscriptions::resend_dead(&mut tx, app_id.as_str(), at.as_millisecond()).await?;
    let detail = serde_json::json!({ "actor": actor, "resentDead": number });
    let event = Event::new(Kind::SubscriptionChanged, at, "", app_id.as_str(), &detail)?;
    evidence::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(number)
}
