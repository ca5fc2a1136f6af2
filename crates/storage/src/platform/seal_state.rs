//! Enabling, disabling and revoking (启用, 停用, 注销; standard 6.1.3): the history is only ever added to, and
//! whatever may still lead to a signature dies in the same transaction (`facts` §3.3).

use crate::platform::filing::Origin;
use crate::platform::seals::SealState;
use crate::platform::{consents, sign_ids};
use crate::{Result, Tx};

/// One change of a seal's state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StateChange {
    /// 1 for the filing, then counting.
    pub version: i64,
    /// The state before; `None` for the filing.
    pub from_state: Option<String>,
    /// The state after.
    #[sqlx(try_from = "String")]
    pub to_state: SealState,
    /// When.
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// Why, where it was told.
    pub reason: Option<String>,
    /// The request that did it.
    pub request_id: String,
}

/// What a change of state has cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Voided {
    /// Sign ids that can no longer be used.
    pub sign_ids: u64,
    /// Consents that can no longer be used.
    pub consents: u64,
}

sql! {
    SET = "UPDATE seals SET state = $3, state_version = state_version + 1, changed_at = $4 \
        WHERE seal_code = $1 AND state = $2 RETURNING state_version";
    ADD = "INSERT INTO seal_state_history (seal_code, version, from_state, to_state, at, actor, reason, request_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    HISTORY = "SELECT version, from_state, to_state, at, actor, reason, request_id FROM seal_state_history \
        WHERE seal_code = $1 ORDER BY version";
    STATE_AT = "SELECT version, from_state, to_state, at, actor, reason, request_id FROM seal_state_history \
        WHERE seal_code = $1 AND at <= $2 ORDER BY version DESC LIMIT 1";
}

/// Moves a seal from one state to another, writes the history and, unless it becomes enabled, voids its sign ids
/// and consents. `None` when the seal is not in the state `from`; nothing is changed then.
///
/// # Errors
/// Failures of the database.
pub async fn change(
    tx: &mut Tx,
    seal_code: &str,
    (from, to): (SealState, SealState),
    reason: Option<&str>,
    origin: Origin<'_>,
) -> Result<Option<Voided>> {
    let (at, actor) = (origin.at, origin.actor);
    let moved = run!(&mut *tx, scalar_optional::<i64>(SET, seal_code, from.as_str(), to.as_str(), at))?;
    let Some(version) = moved else { return Ok(None) };
    run!(
        &mut *tx,
        execute(ADD, seal_code, version, from.as_str(), to.as_str(), at, actor, reason, origin.request_id)
    )?;
    if to == SealState::Enabled {
        return Ok(Some(Voided::default()));
    }
    void_for_seal(tx, seal_code, at).await.map(Some)
}

/// Voids every sign id and consent of a seal that could still lead to a signature; also for a change of the
/// seal's content or the suspension of its system.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_seal(tx: &mut Tx, seal_code: &str, at: i64) -> Result<Voided> {
    let sign_ids = sign_ids::void_for_seal(tx, seal_code, at).await?;
    let consents = consents::void_for_seal(tx, seal_code, at).await?;
    Ok(Voided { sign_ids, consents })
}

/// The change that was the last at the time `at`: `to_state` is the state the seal was in. `None` when it was not
/// filed yet.
///
/// # Errors
/// Failures of the database.
pub async fn state_at(tx: &mut Tx, seal_code: &str, at: i64) -> Result<Option<StateChange>> {
    run!(tx, optional::<StateChange>(STATE_AT, seal_code, at))
}

/// Every change of state, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn history(tx: &mut Tx, seal_code: &str) -> Result<Vec<StateChange>> {
    run!(tx, all::<StateChange>(HISTORY, seal_code))
}

/// The first line of a seal's history.
pub(super) async fn begin_history(
    tx: &mut Tx,
    seal_code: &str,
    state: SealState,
    origin: Origin<'_>,
) -> Result<()> {
    let none = None::<&str>;
    run!(
        tx,
        execute(
            ADD,
            seal_code,
            1_i64,
            none,
            state.as_str(),
            origin.at,
            origin.actor,
            none,
            origin.request_id
        )
    )
    .map(|_| ())
}
