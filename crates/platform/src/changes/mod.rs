//! What changed, for those who may see it (状态同步, standard 6.1.3): a feed that is read on by a cursor, and signed
//! notices to subscribers.
//!
//! A change is written in the transaction of the change itself, behind its entry in the evidence log, whose number is its
//! cursor; so is the outbox of its notices. A system sees its own seals and itself; of other systems' seals those that it
//! has fetched, and of other systems those of which it has fetched a seal.
//!
//! A notice is a signed request like all others (wire profile §2), and only an answer that the subscriber signed
//! acknowledges it. What is not acknowledged is told again, for hours, with pauses that grow; then it is dead (死信) until
//! somebody sends it again. The feed has it all the same.

mod feed;
mod push;
mod subscribe;

pub use feed::page;
pub(crate) use push::run_push;
pub use push::{Pushed, push_once};
pub use subscribe::{resend, resend_dead, subscribe, unsubscribe};

use protocol::{ApiError, AppId};
use storage::platform::changes::{self, Audience, Change};
use storage::platform::seals::{Seal, SealState};
use storage::{Tx, evidence::Receipt};

use crate::failure::Outcome;

/// What is told of an event, beside its kind and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// The system it is about, or whose seal it is about.
    pub(crate) app_id: String,
    /// The seal, if it is about one.
    pub(crate) seal_code: Option<String>,
    /// The state after it.
    pub(crate) state: &'static str,
    /// The version of the seal's content, or of the system's state.
    pub(crate) version: i64,
    /// Who may see it beside the system.
    pub(crate) audience: Audience,
}

impl News {
    /// Writes it down behind its entry in the evidence log.
    pub(crate) async fn publish(
        &self,
        tx: &mut Tx,
        (kind, at): (&str, i64),
        receipt: Receipt,
    ) -> Outcome<()> {
        let change = Change {
            seq: receipt.seq,
            at,
            kind: kind.to_owned(),
            app_id: self.app_id.clone(),
            seal_code: self.seal_code.clone(),
            state: self.state.to_owned(),
            version: self.version,
        };
        Ok(changes::add(tx, &change, self.audience).await?)
    }
}

impl News {
    /// Of a seal, for those who have fetched it.
    pub(crate) fn of_seal(seal: &Seal, state: SealState, version: i64) -> Self {
        Self {
            app_id: seal.app_id.clone(),
            seal_code: Some(seal.seal_code.clone()),
            state: state.as_str(),
            version,
            audience: Audience::SealUsers,
        }
    }

    /// Of a system, for itself alone.
    pub(crate) fn own(app_id: &str, state: &'static str) -> Self {
        Self { app_id: app_id.to_owned(), seal_code: None, state, version: 0, audience: Audience::Own }
    }
}

fn stored_id(text: &str) -> Result<AppId, ApiError> {
    AppId::parse(text).map_err(|fault| ApiError::fault(fault.en))
}
