//! What two administrators decide together (两人复核; `facts` §3.3 and §6.2): letting a system in, putting it live,
//! disabling a seal by order of the platform and lifting that.
//!
//! The first administrator asks for it; when another one asks for the same, it is done. In between it waits in the
//! database, for a bounded time, and lapses when what it is about has moved meanwhile. No administrator agrees with
//! itself, and a third may refuse.

use jiff::{SignedDuration, Timestamp};
use protocol::{ApiError, Code};
use storage::Tx;
use storage::platform::reviews::{self, ReviewRow, ReviewState};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// What needs two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Approving an application for access.
    ApproveSystem,
    /// Putting a system live, also again after a suspension.
    PutSystemOnline,
    /// Disabling a seal by order of the platform (强制停用).
    DisableSeal,
    /// Lifting that.
    ReleaseSeal,
}

impl Action {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApproveSystem => "system.approve",
            Self::PutSystemOnline => "system.online",
            Self::DisableSeal => "seal.disable",
            Self::ReleaseSeal => "seal.release",
        }
    }
}

/// What an administrator asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) action: Action,
    /// An appId or a seal code.
    pub(crate) subject: &'a str,
    /// The version of that now.
    pub(crate) basis: i64,
    pub(crate) actor: &'a str,
    pub(crate) reason: Option<&'a str>,
}

/// Whose voice it is.
pub(crate) enum Voice {
    /// The first: it waits, which is evidenced.
    First(Waiting),
    /// The second: it is to be done, in this transaction. The event has to be evidenced with it.
    Second(Agreed, Event),
}

/// The two that agreed.
pub(crate) struct Agreed {
    /// Who asked for it first.
    pub(crate) first: String,
    /// What that one gave as the reason.
    pub(crate) reason: Option<String>,
}

/// A review that waits for a second administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub review_id: String,
    /// Until when another may agree.
    pub until: Timestamp,
}

/// What became of something that needs two administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is done.
    Done,
    /// It waits for a second administrator.
    Waiting(Waiting),
}

/// Takes an administrator's voice.
///
/// # Errors
/// 20004 when the same administrator asks again, or two begin at the same moment.
pub(crate) async fn voice(context: &Context, tx: &mut Tx, asked: Asked<'_>) -> Outcome<Voice> {
    let (at, action) = (context.now(), asked.action.as_str());
    let now = at.as_millisecond();
    let open = reviews::waiting(tx, action, asked.subject).await?;
    let Some(open) = open else { return first(context, tx, asked).await };
    if open.expires_at < now || open.basis != asked.basis {
        let why = if open.basis == asked.basis { "not in time" } else { "its subject has moved" };
        reviews::close(tx, &open.review_id, ReviewState::Lapsed, now, ("", Some(why))).await?;
        return first(context, tx, asked).await;
    }
    if open.proposed_by == asked.actor {
        let (zh, en) = ("须由另一名管理员复核", "another administrator must agree");
        return Err(ApiError::explained(Code::Contradiction, zh, en).into());
    }
    let decision = (asked.actor, asked.reason);
    if !reviews::close(tx, &open.review_id, ReviewState::Done, now, decision).await? {
        return Err(collision().into());
    }
    let detail = serde_json::json!({
        "reviewId": open.review_id, "action": action, "first": open.proposed_by, "second": asked.actor,
        "reason": open.reason, "secondReason": asked.reason,
    });
    let event = Event::new(Kind::ReviewDone, at, "", asked.subject, &detail)?;
    Ok(Voice::Second(Agreed { first: open.proposed_by, reason: open.reason }, event))
}

async fn first(context: &Context, tx: &mut Tx, asked: Asked<'_>) -> Outcome<Voice> {
    let at = context.now();
    let hours = i64::from(context.config.onboarding.review_hours);
    let until = at.checked_add(SignedDuration::from_hours(hours)).map_err(ApiError::fault)?;
    let row = ReviewRow {
        review_id: context.random.hex_id(),
        action: asked.action.as_str().to_owned(),
        subject: asked.subject.to_owned(),
        basis: asked.basis,
        reason: asked.reason.map(str::to_owned),
        proposed_by: asked.actor.to_owned(),
        proposed_at: at.as_millisecond(),
        expires_at: until.as_millisecond(),
        state: ReviewState::Open,
        decided_by: None,
        decided_at: None,
        decision: None,
    };
    if !reviews::insert(tx, &row).await? {
        return Err(collision().into());
    }
    let detail = serde_json::json!({
        "reviewId": row.review_id, "action": row.action, "actor": asked.actor, "reason": asked.reason,
        "until": until.to_string(),
    });
    let event = Event::new(Kind::ReviewOpened, at, "", asked.subject, &detail)?;
    evidence::append(tx, &event).await?;
    Ok(Voice::First(Waiting { review_id: row.review_id, until }))
}

fn collision() -> ApiError {
    let (zh, en) = ("另一名管理员正在处理，请重试", "another administrator is at it, try again");
    ApiError::explained(Code::Contradiction, zh, en)
}

/// Refuses what waits: whoever wants it has to ask anew.
///
/// # Errors
/// 20003 when no review waits under this id.
pub async fn refuse(context: &Context, review_id: &str, (actor, reason): (&str, &str)) -> Outcome<()> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let unknown =
        || ApiError::explained(Code::NotInList, "没有待复核的事项", "no review waits under this id");
    let row = reviews::find(&mut tx, review_id).await?.ok_or_else(unknown)?;
    let decision = (actor, Some(reason));
    if !reviews::close(&mut tx, review_id, ReviewState::Refused, at.as_millisecond(), decision).await? {
        return Err(unknown().into());
    }
    let detail = serde_json::json!({
        "reviewId": review_id, "action": row.action, "first": row.proposed_by, "actor": actor, "reason": reason,
    });
    evidence::append(&mut tx, &Event::new(Kind::ReviewRefused, at, "", &row.subject, &detail)?).await?;
    Ok(tx.commit().await?)
}
