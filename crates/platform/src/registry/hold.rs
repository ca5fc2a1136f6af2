//! Disabling a seal by order of the platform (强制停用; `facts` §3.3), by two administrators and with a reason. The seal
//! is held from then on: its system may revoke it but not enable it, until two administrators lift the hold. It stays
//! disabled then, and its system decides.

use protocol::{ApiError, Code, SealCode};
use storage::Tx;
use storage::platform::filing::Origin;
use storage::platform::seal_holds;
use storage::platform::seals::{self, Seal, SealState};

use super::state::move_to;
use crate::changes::News;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::review::{self, Action, Asked, Progress, Voice};

/// What the owner's system does to the seal meanwhile does not make the administrators begin anew.
const WHATEVER: i64 = 0;

async fn seal(tx: &mut Tx, code: &SealCode) -> Outcome<Seal> {
    let seal = seals::find_to_change(tx, code.as_str()).await?;
    Ok(seal.ok_or_else(|| ApiError::new(Code::SealNotFound))?)
}

fn contradiction(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::Contradiction, zh, en)
}

/// Disables and holds a seal. The first call waits; the same call by another administrator does it, and voids its sign
/// ids and consents in the same transaction.
///
/// # Errors
/// 30001, 30005 for a revoked seal, 20004 for one that is held already or when the same administrator asks again.
pub async fn force_disable(
    context: &Context,
    code: &SealCode,
    (actor, reason): (&str, &str),
) -> Outcome<Progress> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let seal = seal(&mut tx, code).await?;
    if seal.state == SealState::Revoked {
        return Err(ApiError::new(Code::StateForbids).into());
    }
    if seal_holds::current(&mut tx, code.as_str()).await?.is_some() {
        return Err(contradiction("该印章已被强制停用", "the seal is held already").into());
    }
    let asked = Asked {
        action: Action::DisableSeal,
        subject: code.as_str(),
        basis: WHATEVER,
        actor,
        reason: Some(reason),
    };
    let progress = match review::voice(context, &mut tx, asked).await? {
        Voice::First(waiting) => Progress::Waiting(waiting),
        Voice::Second(agreed, reviewed) => {
            let now = at.as_millisecond();
            let why = agreed.reason.as_deref().unwrap_or(reason);
            let origin = Origin { request_id: "", actor, at: now };
            let moved = move_to(&mut tx, &seal, SealState::Disabled, Some(why), origin).await?;
            let two = (agreed.first.as_str(), actor);
            if !seal_holds::place(&mut tx, code.as_str(), (now, why), two).await? {
                return Err(contradiction("该印章已被强制停用", "the seal is held already").into());
            }
            let detail = serde_json::json!({ "first": agreed.first, "second": actor, "reason": why });
            let news = News::of_seal(&seal, SealState::Disabled, seal.version);
            let held = Event::new(Kind::SealHeld, at, "", code.as_str(), &detail)?.told(news);
            let events: Vec<Event> = [reviewed].into_iter().chain(moved).chain([held]).collect();
            evidence::append_all(&mut tx, &events).await?;
            Progress::Done
        }
    };
    tx.commit().await?;
    Ok(progress)
}

/// Lifts the hold on a seal, by two administrators; the seal stays disabled until its system enables it.
///
/// # Errors
/// 30001, 20004 for a seal that is not held or when the same administrator asks again.
pub async fn release(context: &Context, code: &SealCode, (actor, reason): (&str, &str)) -> Outcome<Progress> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let seal = seal(&mut tx, code).await?;
    let not_held = || contradiction("该印章未被强制停用", "the seal is not held");
    let hold = seal_holds::current(&mut tx, code.as_str()).await?.ok_or_else(not_held)?;
    let asked = Asked {
        action: Action::ReleaseSeal,
        subject: code.as_str(),
        basis: hold.since,
        actor,
        reason: Some(reason),
    };
    let progress = match review::voice(context, &mut tx, asked).await? {
        Voice::First(waiting) => Progress::Waiting(waiting),
        Voice::Second(agreed, reviewed) => {
            let by = (actor, agreed.reason.as_deref());
            if !seal_holds::lift(&mut tx, code.as_str(), at.as_millisecond(), by).await? {
                return Err(not_held().into());
            }
            let detail =
                serde_json::json!({ "first": agreed.first, "second": actor, "reason": agreed.reason });
            let news = News::of_seal(&seal, seal.state, seal.version);
            let lifted = Event::new(Kind::SealReleased, at, "", code.as_str(), &detail)?.told(news);
            evidence::append_all(&mut tx, &[reviewed, lifted]).await?;
            Progress::Done
        }
    };
    tx.commit().await?;
    Ok(progress)
}
