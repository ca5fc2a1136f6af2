//! "In which state was this seal at time T" (`facts` §3.3; 电子印章管理办法 art. 21), with what is derived: the end of its
//! validity (EXPIRED) and the suspension of its system (SOURCE_SUSPENDED).

use jiff::Timestamp;
use protocol::{ApiError, Code};
use serde::Serialize;
use storage::Tx;
use storage::platform::seal_holds;
use storage::platform::seal_state;
use storage::platform::seals::{self, SealState};
use storage::platform::systems::{self, SystemState};

use crate::failure::Outcome;

/// How a seal stood at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The seal.
    pub seal_code: String,
    /// The time that was asked about.
    pub at: String,
    /// `enabled`, `disabled` or `revoked`, as its system last set it by then.
    pub state: &'static str,
    /// Since when.
    pub since: String,
    /// Who set it.
    pub actor: String,
    /// Why, where it was told.
    pub reason: Option<String>,
    /// Derived: the filed validity had ended, or not begun.
    pub expired: bool,
    /// Derived: its system was not live.
    pub source_suspended: bool,
    /// The platform had disabled it by order (强制停用).
    pub held: bool,
    /// The number of the filed version that was in force.
    pub version: i64,
    /// The end of the validity that was filed in it.
    pub valid_until: Option<String>,
    /// The code with which its use would have been refused; `None` where it could be used.
    pub refused: Option<&'static str>,
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

/// How a seal stood at a time; `None` when it was not filed yet.
///
/// # Errors
/// 30001 when there is no such seal.
pub async fn standing_at(tx: &mut Tx, seal_code: &str, at: Timestamp) -> Outcome<Option<Standing>> {
    let now = at.as_millisecond();
    let seal = seals::find(tx, seal_code).await?.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
    let Some(change) = seal_state::state_at(tx, seal_code, now).await? else { return Ok(None) };
    let versions = seals::versions(tx, seal_code).await?;
    let version = versions.iter().rev().find(|version| version.at <= now);
    let history = systems::history(tx, &seal.app_id).await?;
    let system = history.iter().rev().find(|step| step.at <= now).map(|step| step.to_state);
    let holds = seal_holds::of_seal(tx, seal_code).await?;
    let held = holds.iter().any(|hold| hold.since <= now && hold.lifted_at.is_none_or(|end| now < end));
    let end = version.and_then(|version| version.valid_end);
    let start = version.and_then(|version| version.valid_start);
    let expired = end.is_some_and(|end| now > end) || start.is_some_and(|start| now < start);
    let source_suspended = system != Some(SystemState::Online);
    let refused = match change.to_state {
        SealState::Disabled => Some(Code::SealDisabled),
        SealState::Revoked => Some(Code::StateForbids),
        SealState::Enabled if source_suspended => Some(Code::SealSystemSuspended),
        SealState::Enabled if expired => Some(Code::SealExpired),
        SealState::Enabled => None,
    };
    Ok(Some(Standing {
        seal_code: seal_code.to_owned(),
        at: at.to_string(),
        state: change.to_state.as_str(),
        since: time(change.at),
        actor: change.actor,
        reason: change.reason,
        expired,
        source_suspended,
        held,
        version: version.map_or(0, |version| version.version),
        valid_until: end.map(time),
        refused: refused.map(Code::text),
    }))
}
