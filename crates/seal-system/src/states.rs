//! Enabling, disabling and revoking a seal (启用/停用/注销). Outstanding signIds and consents die in the same
//! transaction, and the platform is told.

use protocol::{ApiError, Code};
use serde::Serialize;
use storage::seal_system::{outbox, seals};

use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault, refuse};

pub use protocol::lists::SealState;

#[derive(Serialize)]
struct StateDetails {
    from: &'static str,
    to: &'static str,
}

impl SealSystem {
    /// Moves a seal to a state and enters what the platform must be told. The same state again is no change.
    ///
    /// # Errors
    /// 30001 for an unknown seal, 30005 for one that was revoked.
    pub async fn set_seal_state(&self, seal_id: &str, to: SealState) -> Result<(), ApiError> {
        let (target, operation) = match to {
            SealState::Enabled => (seals::SealState::Enabled, outbox::Operation::Enable),
            SealState::Disabled => (seals::SealState::Disabled, outbox::Operation::Disable),
            SealState::Revoked => (seals::SealState::Revoked, outbox::Operation::Revoke),
        };
        let at = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let seal = seals::find(&mut tx, seal_id).await.or_refuse()?;
        let seal = seal.ok_or_else(|| refuse(Code::SealNotFound, "no such seal"))?;
        if seal.state == target {
            return Ok(());
        }
        if seal.state == seals::SealState::Revoked {
            return Err(ApiError::new(Code::StateForbids));
        }
        if !seals::set_state(&mut tx, seal_id, (seal.state, target), at).await.or_refuse()? {
            return Err(fault("the state changed under our hands"));
        }
        let item = self.random().hex_id();
        outbox::add(&mut tx, &item, (seal_id, seal.version), operation, at).await.or_refuse()?;
        let details = StateDetails { from: seal.state.as_str(), to: target.as_str() };
        let event = Event { at, kind: kind::SEAL_STATE, request_id: "", subject: seal_id, details: &details };
        evidence::note(&mut tx, &event).await?;
        tx.commit().await.or_refuse()?;
        self.outbox_bell.notify_one();
        Ok(())
    }
}
