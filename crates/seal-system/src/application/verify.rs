//! Having documents verified by the platform (6.4).

use std::time::Duration;

use client::{Bounds, Document};
use protocol::tables::DocumentReport;
use storage::seal_system::jobs::JobState;

use super::{Application, ApplicationError, JobId};
use crate::owners::field;

/// A large document takes its time.
const DEADLINE: Duration = Duration::from_mins(1);

impl Application {
    /// Has any document verified by the platform.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`].
    pub async fn verify(&self, name: &str, document: Vec<u8>) -> Result<DocumentReport, ApplicationError> {
        let platform = self.system.parts.platform.clone();
        let platform = platform.with_bounds(Bounds { deadline: DEADLINE, ..Bounds::default() });
        let document = Document { name: name.to_owned(), bytes: document.into() };
        Ok(platform.verify_document(&document).await?.data)
    }

    /// What the platform says of the sealed document; asked for once and kept.
    ///
    /// # Errors
    /// [`ApplicationError::WrongState`] until it is sealed, [`ApplicationError::Platform`].
    pub async fn report(&self, id: &JobId) -> Result<DocumentReport, ApplicationError> {
        let mut work = self.load(id).await?;
        if let Some(report) = work.detail.report.take() {
            return Ok(report);
        }
        let state = work.job.state;
        let sealed = work.job.result.clone().filter(|_| state == JobState::Sealed);
        let sealed = sealed.ok_or(ApplicationError::WrongState(state.as_str()))?;
        let name = self.system.open_field(field::FILE_NAME, &work.job.file_name)?;
        let report = self.verify(&name, sealed).await?;
        work.detail.report = Some(report.clone());
        match self.save(&mut work).await {
            // Somebody else has kept the same report.
            Ok(()) | Err(ApplicationError::Overtaken) => Ok(report),
            Err(error) => Err(error),
        }
    }
}
