//! Moving a system from step to step, with what each step demands and what it cuts off.

use protocol::{ApiError, AppId, Code};
use storage::Tx;
use storage::platform::applications::ApplicationState;
use storage::platform::changes::Audience;
use storage::platform::seal_state::Voided;
use storage::platform::systems::{self, System, SystemState};
use storage::platform::{applications, consents, documents, federation, sign_ids, system_keys};

use super::steps;
use super::systems::contradiction;
use crate::changes::News;
use crate::config::Way;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::review::{self, Asked, Progress, Voice};

/// A step of a system.
struct Step<'a> {
    system: System,
    to: SystemState,
    actor: &'a str,
    reason: Option<&'a str>,
}

/// Moves a system to another state. Approving it and putting it live takes two administrators: the first call waits,
/// the same call by another does it. Whoever leaves "online" has every sign id and consent of its seals voided in the
/// same transaction; its calls are refused from then on (10007), and its seals too (30008).
///
/// # Errors
/// 10001 when there is no such system, 20001 for a step that has to say why, 20004 when it may not go there now: the
/// message says what is lacking, or who has to agree.
pub async fn set_state(
    context: &Context,
    app_id: &AppId,
    to: SystemState,
    (actor, reason): (&str, Option<&str>),
) -> Outcome<Progress> {
    let mut tx = context.database.begin().await?;
    let system =
        systems::find(&mut tx, app_id.as_str()).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    let step = Step { system, to, actor, reason };
    check(context, &mut tx, &step).await?;
    let Some(action) = steps::needs_two(step.system.state, to) else {
        let event = go(context, &mut tx, &step, None).await?;
        evidence::append(&mut tx, &event).await?;
        tx.commit().await?;
        return Ok(Progress::Done);
    };
    let basis = step.system.version;
    let asked = Asked { action, subject: app_id.as_str(), basis, actor, reason };
    let progress = match review::voice(context, &mut tx, asked).await? {
        Voice::First(waiting) => Progress::Waiting(waiting),
        Voice::Second(agreed, event) => {
            let state = go(context, &mut tx, &step, Some(&agreed.first)).await?;
            evidence::append_all(&mut tx, &[event, state]).await?;
            Progress::Done
        }
    };
    tx.commit().await?;
    Ok(progress)
}

/// What a step demands.
async fn check(context: &Context, tx: &mut Tx, step: &Step<'_>) -> Outcome<()> {
    let (system, to) = (&step.system, step.to);
    // The way of another platform is the exchange of root keys: it has no documents here.
    let peer = federation::find(tx, &system.app_id).await?.is_some();
    let way = if peer { Way::Short } else { context.config.onboarding.way };
    if !steps::allowed(system.state, to, way) {
        return Err(not_there(system.state, way).into());
    }
    if to == SystemState::Applied {
        let (zh, en) = ("须提交入驻申请", "an application has to be handed in");
        return Err(contradiction(zh, en).into());
    }
    if steps::needs_reason(to) && step.reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(ApiError::explained(Code::ParameterMissing, "须说明原因", "the reason is missing").into());
    }
    if matches!(to, SystemState::Approved | SystemState::Online) && !peer {
        demand_documents(context, tx, &system.app_id, way).await?;
    }
    if to == SystemState::Online && !peer {
        demand_key(context, tx, &system.app_id).await?;
    }
    if (system.state, to) == (SystemState::Registered, SystemState::Online) {
        demand_another(tx, step).await?;
    }
    Ok(())
}

fn not_there(from: SystemState, way: Way) -> ApiError {
    let mut next: Vec<&str> = steps::next(from).iter().map(|state| state.as_str()).collect();
    if way == Way::Short && from == SystemState::Registered {
        next.push(SystemState::Online.as_str());
    }
    let next = if next.is_empty() { "-".to_owned() } else { next.join(", ") };
    contradiction(
        &format!("系统当前状态（{}）不允许此操作，可转为：{next}", from.as_str()),
        &format!("not allowed in the system's state ({}); it may go to: {next}", from.as_str()),
    )
}

async fn demand_documents(context: &Context, tx: &mut Tx, app_id: &str, way: Way) -> Outcome<()> {
    let all = documents::of_system(tx, app_id).await?;
    let required = context.config.onboarding.required();
    let lacking = steps::lacking(&all, &required, way, context.now().as_millisecond());
    if lacking.is_empty() {
        return Ok(());
    }
    let names = lacking.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    let (zh, en) = (format!("缺少有效的入驻材料：{names}"), format!("no document in force: {names}"));
    Err(contradiction(&zh, &en).into())
}

async fn demand_key(context: &Context, tx: &mut Tx, app_id: &str) -> Outcome<()> {
    if system_keys::usable(tx, app_id, context.now().as_millisecond()).await?.is_empty() {
        let (zh, en) = ("系统没有有效密钥", "the system has no key in force");
        return Err(contradiction(zh, en).into());
    }
    Ok(())
}

/// On the short way the one who registered the system is the first of the two.
async fn demand_another(tx: &mut Tx, step: &Step<'_>) -> Outcome<()> {
    let history = systems::history(tx, &step.system.app_id).await?;
    if history.first().is_none_or(|first| first.actor == step.actor) {
        let (zh, en) = ("须由登记人以外的管理员上线", "another administrator than the one who registered it");
        return Err(contradiction(zh, en).into());
    }
    Ok(())
}

/// Does a step that was checked, with what it cuts off. The event has to be evidenced in the same transaction.
async fn go(context: &Context, tx: &mut Tx, step: &Step<'_>, first: Option<&str>) -> Outcome<Event> {
    let (system, to, at) = (&step.system, step.to, context.now());
    let (from, now) = (system.state, at.as_millisecond());
    if !systems::set_state(tx, &system.app_id, (from, to), now, (step.actor, step.reason)).await? {
        let (zh, en) = ("系统状态已变化，请重试", "the system was moved meanwhile, try again");
        return Err(contradiction(zh, en).into());
    }
    let decided = match to {
        SystemState::Approved => Some(ApplicationState::Approved),
        SystemState::Rejected => Some(ApplicationState::Rejected),
        _ => None,
    };
    if let Some(state) = decided {
        applications::decide(tx, &system.app_id, state, now, (step.actor, step.reason)).await?;
    }
    let voided =
        if from == SystemState::Online { void(tx, &system.app_id, now).await? } else { Voided::default() };
    let detail = serde_json::json!({
        "actor": step.actor, "first": first, "from": from.as_str(), "to": to.as_str(), "reason": step.reason,
        "voidedSignIds": voided.sign_ids, "voidedConsents": voided.consents,
    });
    let news = News {
        app_id: system.app_id.clone(),
        seal_code: None,
        state: to.as_str(),
        version: system.version.saturating_add(1),
        audience: Audience::SystemUsers,
    };
    Ok(Event::new(Kind::SystemState, at, "", &system.app_id, &detail)?.told(news))
}

async fn void(tx: &mut Tx, app_id: &str, now: i64) -> Outcome<Voided> {
    let sign_ids = sign_ids::void_for_system(tx, app_id, now).await?;
    let consents = consents::void_for_system(tx, app_id, now).await?;
    Ok(Voided { sign_ids, consents })
}

/// Suspends a system that is live, by the platform itself; the event has to be evidenced in the same transaction.
/// `None` when it is not live.
pub(super) async fn suspend(
    context: &Context,
    tx: &mut Tx,
    app_id: &str,
    reason: &str,
) -> Outcome<Option<Event>> {
    let Some(system) = systems::find(tx, app_id).await? else { return Ok(None) };
    if system.state != SystemState::Online {
        return Ok(None);
    }
    let step =
        Step { system, to: SystemState::Suspended, actor: super::PLATFORM_ACTOR, reason: Some(reason) };
    go(context, tx, &step, None).await.map(Some)
}
