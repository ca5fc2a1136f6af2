//! Sealing documents for this system's own users (电子签章软件): open an OFD or a PDF, get seals through the platform, place
//! one, ask the signer, sign, embed, verify.
//!
//! Every step is stored before the next begins, so that sealing goes on after a restart: what was prepared is kept,
//! and signing twice with the same signId gives the same signature (wire profile §7).
//!
//! Several documents are sealed together as a batch (批量签章): each is a document of its own that goes the same way, with
//! a signId of its own; what they share is the consent, for which the signer is shown all of them (decision 27).
//!
//! ```text
//! opened ──place──► prepared ──ask──► asked ──sign──► signing ──► sealed
//!                                                        └──────► failed (refused for good)
//! ```

mod consent;
mod detail;
mod error;
mod open;
mod place;
mod seals;
mod sign;
mod stamp;
mod subject;
mod verify;

use storage::seal_system::jobs::{self, Job};

use crate::SealSystem;
use crate::failure::OrRefuse;
use crate::owners::field;

pub use consent::{AuthUrl, Decision, Signer};
pub use detail::{PageSize, Placing, Position, Spot, Stamping, Which};
pub use error::ApplicationError;
pub use open::{JobId, Progress, Recent, Step};
pub use subject::{BatchId, MOST_TOGETHER, Subject};

use detail::Detail;

/// The application side of a seal system. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    system: SealSystem,
}

impl SealSystem {
    /// Sealing documents for this system's own users.
    pub fn application(&self) -> Application {
        Application { system: self.clone() }
    }

    /// Forgets documents whose time is over.
    pub(crate) async fn purge_jobs(&self) -> Result<(), protocol::ApiError> {
        let mut tx = self.database().begin().await.or_refuse()?;
        jobs::purge(&mut tx, self.now_millis()).await.or_refuse()?;
        tx.commit().await.or_refuse()
    }
}

/// A document with what the application knows about it.
struct Work {
    job: Job,
    detail: Detail,
}

impl Application {
    async fn load(&self, id: &JobId) -> Result<Work, ApplicationError> {
        let mut tx = self.system.database().read().await.or_refuse()?;
        let job = jobs::find(&mut tx, id.as_str()).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        let job = job
            .filter(|job| job.expires_at > self.system.now_millis())
            .ok_or(ApplicationError::UnknownJob)?;
        let detail = match &job.detail {
            Some(sealed) => Detail::read(&self.system.open_field(field::JOB, sealed)?)?,
            None => Detail::default(),
        };
        Ok(Work { job, detail })
    }

    /// Stores a step. Of two at the same time one is refused, so that nobody works on what is no longer so.
    async fn save(&self, work: &mut Work) -> Result<(), ApplicationError> {
        self.save_all(std::slice::from_mut(work)).await
    }

    /// Stores a step of all of them, or of none.
    async fn save_all(&self, works: &mut [Work]) -> Result<(), ApplicationError> {
        let mut tx = self.system.database().begin().await.or_refuse()?;
        for work in &mut *works {
            work.job.detail = Some(self.system.seal_field(field::JOB, &work.detail.write()?)?);
            work.job.changed_at = self.system.now_millis();
            if !jobs::update(&mut tx, &work.job).await.or_refuse()? {
                return Err(ApplicationError::Overtaken);
            }
        }
        tx.commit().await.or_refuse()?;
        for work in works {
            work.job.version += 1;
        }
        Ok(())
    }
}
