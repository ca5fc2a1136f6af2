//! What the operator does about the addresses of systems: add, remove, drain (排空), take back, and maintenance. Every
//! change is evidenced in its transaction.

use jiff::Timestamp;
use protocol::{ApiError, AppId, Code};
use storage::Tx;
use storage::platform::endpoints::{self, EndpointRow, EndpointState, Maintenance, PLATFORM};
use storage::platform::systems;

use super::address::{check_base_url, normal_form};
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// Addresses of one system at most.
const MOST_ADDRESSES: i64 = 32;
/// Longest address and longest reason, in characters.
const LONGEST: (usize, usize) = (512, 200);

/// An address about to be added.
#[derive(Debug, Clone)]
pub struct NewAddress {
    /// The system.
    pub app_id: AppId,
    /// Its base address.
    pub base_url: String,
    /// Lower ones are asked first; 1 to 100.
    pub priority: i64,
    /// The share among those of one priority; 0 to 1000.
    pub weight: i64,
}

fn wrong(code: Code, zh: &str, en: &str) -> ApiError {
    ApiError::explained(code, zh, en)
}

/// A reason that callers may be told.
fn check_reason(reason: &str) -> Result<(), ApiError> {
    let length = reason.chars().count();
    if (1..=LONGEST.1).contains(&length) && !reason.chars().any(char::is_control) {
        return Ok(());
    }
    Err(wrong(Code::Malformed, "原因须为 1 至 200 个字符", "the reason has 1 to 200 characters"))
}

/// The address as it is stored: one spelling for one address, without a slash at the end.
fn settled(base_url: &str) -> Result<String, ApiError> {
    check_base_url(base_url)?;
    if base_url.len() > LONGEST.0 {
        return Err(wrong(Code::Malformed, "接口地址过长", "the address is too long"));
    }
    let normal = normal_form(base_url).unwrap_or_else(|| base_url.to_owned());
    Ok(normal.trim_end_matches('/').to_owned())
}

async fn require_system(tx: &mut Tx, app_id: &AppId) -> Outcome<()> {
    match systems::find(tx, app_id.as_str()).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::new(Code::UnknownCaller).into()),
    }
}

/// The stored spelling of a registered address; it may have come in another one at the system's registration.
async fn stored(tx: &mut Tx, app_id: &AppId, base_url: &str) -> Outcome<EndpointRow> {
    require_system(tx, app_id).await?;
    let wanted = [base_url.trim_end_matches('/').to_owned(), settled(base_url)?];
    let rows = endpoints::of_system(tx, app_id.as_str()).await?;
    let found = rows.into_iter().find(|row| wanted.contains(&row.base_url));
    found.ok_or_else(|| wrong(Code::NotInList, "系统没有该地址", "the system has no such address").into())
}

/// Adds an address to a system.
///
/// # Errors
/// 10001 when there is no such system, 20002 for an address, priority or weight out of form, 20004 when it is there
/// already or there are too many.
pub async fn add(context: &Context, new: &NewAddress, actor: &str) -> Outcome<()> {
    let base_url = settled(&new.base_url)?;
    if !(1..=100).contains(&new.priority) || !(0..=1000).contains(&new.weight) {
        let (zh, en) = ("优先级应为 1 至 100,权重应为 0 至 1000", "priority is 1 to 100, weight 0 to 1000");
        return Err(wrong(Code::Malformed, zh, en).into());
    }
    let at = context.now();
    let app_id = new.app_id.as_str();
    let row = EndpointRow {
        priority: new.priority,
        weight: new.weight,
        ..EndpointRow::first(app_id, &base_url, at.as_millisecond())
    };
    let mut tx = context.database.begin().await?;
    require_system(&mut tx, &new.app_id).await?;
    if endpoints::count(&mut tx, app_id).await? >= MOST_ADDRESSES {
        return Err(
            wrong(Code::Contradiction, "该系统的地址过多", "the system has too many addresses").into()
        );
    }
    if !endpoints::add(&mut tx, &row).await? {
        return Err(wrong(Code::Contradiction, "该地址已登记", "the address is there already").into());
    }
    let what = serde_json::json!({
        "change": "added", "address": base_url, "priority": new.priority, "weight": new.weight,
    });
    changed(&mut tx, at, (app_id, actor), what).await?;
    Ok(tx.commit().await?)
}

/// Removes an address from a system.
///
/// # Errors
/// 10001 when there is no such system, 20003 when it does not have the address.
pub async fn remove(context: &Context, (app_id, base_url): (&AppId, &str), actor: &str) -> Outcome<()> {
    let mut tx = context.database.begin().await?;
    let row = stored(&mut tx, app_id, base_url).await?;
    endpoints::remove(&mut tx, &row.app_id, &row.base_url).await?;
    let what = serde_json::json!({ "change": "removed", "address": row.base_url });
    changed(&mut tx, context.now(), (&row.app_id, actor), what).await?;
    Ok(tx.commit().await?)
}

/// Drains an address: it gets no new calls. Callers are told the reason when none is left.
///
/// # Errors
/// 10001, 20002 for a reason out of form, 20003 when there is no such address, 20004 when it is drained already.
pub async fn drain(
    context: &Context,
    (app_id, base_url): (&AppId, &str),
    (actor, reason): (&str, &str),
) -> Outcome<()> {
    check_reason(reason)?;
    move_to(context, (app_id, base_url), EndpointState::Drained, (actor, Some(reason))).await
}

/// Takes a drained address back into service.
///
/// # Errors
/// 10001, 20003 when there is no such address, 20004 when it is not drained.
pub async fn undrain(context: &Context, (app_id, base_url): (&AppId, &str), actor: &str) -> Outcome<()> {
    move_to(context, (app_id, base_url), EndpointState::Active, (actor, None)).await
}

async fn move_to(
    context: &Context,
    (app_id, base_url): (&AppId, &str),
    to: EndpointState,
    (actor, reason): (&str, Option<&str>),
) -> Outcome<()> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let row = stored(&mut tx, app_id, base_url).await?;
    let address = (row.app_id.as_str(), row.base_url.as_str());
    if !endpoints::set_state(&mut tx, address, to, (reason, at.as_millisecond())).await? {
        let (zh, en) = ("该地址已处于此状态", "the address is in that state already");
        return Err(wrong(Code::Contradiction, zh, en).into());
    }
    let what = serde_json::json!({ "change": to.as_str(), "address": row.base_url, "reason": reason });
    changed(&mut tx, at, (&row.app_id, actor), what).await?;
    Ok(tx.commit().await?)
}

async fn changed(
    tx: &mut Tx,
    at: Timestamp,
    (app_id, actor): (&str, &str),
    mut what: serde_json::Value,
) -> Outcome<()> {
    what["actor"] = actor.into();
    let event = Event::new(Kind::EndpointChanged, at, "", app_id, &what)?;
    evidence::append(tx, &event).await?;
    Ok(())
}

/// Announces maintenance of a system, or of the platform itself (`None`), in place of what was announced before.
///
/// # Errors
/// 10001 when there is no such system, 20002 for a reason out of form, 20004 for an end that is over.
pub async fn announce_maintenance(
    context: &Context,
    app_id: Option<&AppId>,
    (reason, until): (&str, Option<Timestamp>),
    actor: &str,
) -> Outcome<()> {
    check_reason(reason)?;
    let at = context.now();
    if until.is_some_and(|until| until <= at) {
        return Err(wrong(Code::Contradiction, "结束时间已过", "the end is over already").into());
    }
    let announced = Maintenance {
        app_id: app_id.map_or(PLATFORM, AppId::as_str).to_owned(),
        reason: reason.to_owned(),
        since: at.as_millisecond(),
        until: until.map(Timestamp::as_millisecond),
        actor: actor.to_owned(),
    };
    let mut tx = context.database.begin().await?;
    if let Some(app_id) = app_id {
        require_system(&mut tx, app_id).await?;
    }
    endpoints::announce(&mut tx, &announced).await?;
    let detail = serde_json::json!({
        "actor": actor, "on": true, "appId": announced.app_id, "reason": reason, "until": announced.until,
    });
    maintained(&mut tx, at, context, &announced.app_id, &detail).await?;
    Ok(tx.commit().await?)
}

/// Ends maintenance of a system, or of the platform itself (`None`).
///
/// # Errors
/// 20004 when there is none.
pub async fn end_maintenance(context: &Context, app_id: Option<&AppId>, actor: &str) -> Outcome<()> {
    let subject = app_id.map_or(PLATFORM, AppId::as_str);
    let mut tx = context.database.begin().await?;
    if !endpoints::end(&mut tx, subject).await? {
        return Err(wrong(Code::Contradiction, "没有维护公告", "no maintenance is announced").into());
    }
    let detail = serde_json::json!({ "actor": actor, "on": false, "appId": subject });
    maintained(&mut tx, context.now(), context, subject, &detail).await?;
    Ok(tx.commit().await?)
}

async fn maintained(
    tx: &mut Tx,
    at: Timestamp,
    context: &Context,
    app_id: &str,
    detail: &serde_json::Value,
) -> Outcome<()> {
    let subject = if app_id == PLATFORM { context.id.as_str() } else { app_id };
    evidence::append(tx, &Event::new(Kind::MaintenanceChanged, at, "", subject, detail)?).await?;
    Ok(())
}
