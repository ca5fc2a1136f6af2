//! Enabling, disabling and revoking a seal (启用, 停用, 注销; table 3; `facts` §3.3).

use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::SealStateChange;
use protocol::tables::StateRequest;
use protocol::{ApiError, Code, Endpoint, SealCode};
use storage::Tx;
use storage::platform::filing::Origin;
use storage::platform::seal_holds;
use storage::platform::seal_state::{self, StateChange};
use storage::platform::seals::{self, Seal, SealState};

use crate::changes::News;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

fn stored(state: protocol::lists::SealState) -> SealState {
    match state {
        protocol::lists::SealState::Enabled => SealState::Enabled,
        protocol::lists::SealState::Revoked => SealState::Revoked,
        protocol::lists::SealState::Disabled => SealState::Disabled,
    }
}

/// Sets the state of a seal. Asking for the state it has is a success without effect; revoked is final.
///
/// # Errors
/// 30001, 30003 for another system's seal, 30005 for a revoked one, and for enabling one that the platform holds.
pub async fn set_state(context: &Context, caller: &Caller, request: &StateRequest) -> Outcome<()> {
    let (app_id, code) = (caller.app_id.as_str(), request.seal_code.as_str());
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let seal =
        seals::find_to_change(&mut tx, code).await?.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
    if seal.app_id != app_id {
        return Err(ApiError::new(Code::NotYourSeal).into());
    }
    let to = stored(request.state);
    if to == SealState::Enabled && seal_holds::current(&mut tx, code).await?.is_some() {
        let (zh, en) = ("平台已强制停用该印章", "the platform has disabled this seal by order");
        return Err(ApiError::explained(Code::StateForbids, zh, en).into());
    }
    let origin = Origin { request_id: &caller.request_id, actor: app_id, at: at.as_millisecond() };
    let Some(event) = move_to(&mut tx, &seal, to, None, origin).await? else {
        return Ok(());
    };
    let accepted = evidence::accepted(context, SealStateChange::INFO, caller)?;
    evidence::append_all(&mut tx, &[accepted, event]).await?;
    Ok(tx.commit().await?)
}

/// Takes over what the system of a seal, another platform, says of its state: nothing for a seal that is not here, not
/// that platform's, revoked, or held here by order and not to be enabled.
///
/// # Errors
/// Failures of the database.
pub(crate) async fn follow(
    tx: &mut Tx,
    code: &SealCode,
    (to, reason): (SealState, &str),
    origin: Origin<'_>,
) -> Outcome<Option<Event>> {
    let code = code.as_str();
    let found = seals::find_to_change(tx, code).await?;
    let own = found.filter(|seal| seal.app_id == origin.actor && seal.state != SealState::Revoked);
    let Some(seal) = own else { return Ok(None) };
    if to == SealState::Enabled && seal_holds::current(tx, code).await?.is_some() {
        return Ok(None);
    }
    move_to(tx, &seal, to, Some(reason), origin).await
}

/// Moves a seal; `None` when it is there already. Whatever may still lead to a signature dies with it.
pub(super) async fn move_to(
    tx: &mut Tx,
    seal: &Seal,
    to: SealState,
    reason: Option<&str>,
    origin: Origin<'_>,
) -> Outcome<Option<Event>> {
    let from = seal.state;
    if from == to {
        return Ok(None);
    }
    let refused = || ApiError::new(Code::StateForbids);
    if from == SealState::Revoked {
        return Err(refused().into());
    }
    let changed = seal_state::change(tx, &seal.seal_code, (from, to), reason, origin).await?;
    let voided = changed.ok_or_else(refused)?;
    let detail = serde_json::json!({
        "actor": origin.actor, "from": from.as_str(), "to": to.as_str(), "reason": reason,
        "voidedSignIds": voided.sign_ids, "voidedConsents": voided.consents,
    });
    let at = Timestamp::from_millisecond(origin.at).map_err(ApiError::fault)?;
    let event = Event::new(Kind::SealState, at, origin.request_id, &seal.seal_code, &detail)?;
    Ok(Some(event.told(News::of_seal(seal, to, seal.version))))
}

/// In which state the seal was at a time; `None` when it was not filed yet.
///
/// # Errors
/// Failures of the database.
pub async fn state_at(tx: &mut Tx, seal_code: &str, at: Timestamp) -> Outcome<Option<StateChange>> {
    Ok(seal_state::state_at(tx, seal_code, at.as_millisecond()).await?)
}
