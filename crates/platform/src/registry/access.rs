//! Whether a filed seal may be used now: its state, its validity, its system.

use jiff::Timestamp;
use protocol::{ApiError, Code};
use storage::Tx;
use storage::platform::seals::{self, Seal, SealState};
use storage::platform::systems::{self, System, SystemState};

use crate::failure::Outcome;

/// A seal with the system that serves it.
#[derive(Debug, Clone)]
pub struct SealAccess {
    /// The seal.
    pub seal: Seal,
    /// Its system.
    pub system: System,
}

/// The seal with this code and its system, whatever its state.
///
/// # Errors
/// 30001 when there is none.
pub async fn look_up(tx: &mut Tx, seal_code: &str) -> Outcome<SealAccess> {
    with_system(seals::find(tx, seal_code).await?, tx).await
}

/// The same in a transaction that writes; nobody changes the seal until it ends. Whatever hands out or uses a
/// signId or a consent begins with this.
///
/// # Errors
/// 30001 when there is none.
pub async fn hold(tx: &mut Tx, seal_code: &str) -> Outcome<SealAccess> {
    with_system(seals::find_and_hold(tx, seal_code).await?, tx).await
}

async fn with_system(seal: Option<Seal>, tx: &mut Tx) -> Outcome<SealAccess> {
    let seal = seal.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
    let system =
        systems::find(tx, &seal.app_id).await?.ok_or_else(|| ApiError::fault("a seal without a system"))?;
    Ok(SealAccess { seal, system })
}

/// Whether the seal may be used at the time `at`.
///
/// # Errors
/// 30005 revoked, 30006 disabled, 30008 its system is not live, 30007 not valid at that time.
pub fn check_usable(seal: &Seal, system: SystemState, at: Timestamp) -> Result<(), ApiError> {
    match seal.state {
        SealState::Enabled => {}
        SealState::Disabled => return Err(ApiError::new(Code::SealDisabled)),
        SealState::Revoked => {
            return Err(ApiError::explained(Code::StateForbids, "印章已注销", "the seal is revoked"));
        }
    }
    if system != SystemState::Online {
        return Err(ApiError::new(Code::SealSystemSuspended));
    }
    let at = at.as_millisecond();
    if seal.valid_end.is_some_and(|end| at > end) || seal.valid_start.is_some_and(|start| at < start) {
        return Err(ApiError::new(Code::SealExpired));
    }
    Ok(())
}
