//! Getting seals through the platform (6.1.4).

use protocol::endpoints::SealQuery;
use protocol::tables::{SealInfo, SealQueryRequest};
use storage::seal_system::jobs::JobState;

use super::detail::Detail;
use super::{Application, ApplicationError, JobId};

/// Most seals that are kept for choosing; a query that finds more should be narrowed.
pub(crate) const MAX_FOUND: usize = 40;

impl Application {
    /// Asks the platform for seals and keeps them with the document. Each comes with a signId for one signature.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] with its refusal, [`ApplicationError::WrongState`] once the document is being
    /// signed.
    pub async fn seals(
        &self,
        id: &JobId,
        query: &SealQueryRequest,
    ) -> Result<Vec<SealInfo>, ApplicationError> {
        let mut work = self.load(id).await?;
        if matches!(work.job.state, JobState::Signing | JobState::Sealed) {
            return Err(ApplicationError::WrongState(work.job.state.as_str()));
        }
        let answer = self.system.parts.platform.call_repeatedly::<SealQuery>(query).await?;
        work.detail.org_code = Some(query.org_code.as_str().to_owned());
        work.detail.partial = answer.partial || answer.data.len() > MAX_FOUND;
        work.detail.found = answer.data.iter().take(MAX_FOUND).cloned().collect();
        self.save(&mut work).await?;
        Ok(answer.data)
    }

    /// The seals found last, and whether there may be more.
    pub(crate) async fn found(
        &self,
        id: &JobId,
    ) -> Result<(Vec<SealInfo>, bool, Option<String>), ApplicationError> {
        let work = self.load(id).await?;
        Ok((work.detail.found, work.detail.partial, work.detail.org_code))
    }

    /// The seal that was placed, and where its first stamp is on the paper.
    pub(crate) async fn chosen(
        &self,
        id: &JobId,
    ) -> Result<Option<(SealInfo, Option<super::Spot>)>, ApplicationError> {
        let Detail { chosen, spot, .. } = self.load(id).await?.detail;
        Ok(chosen.map(|seal| (seal, spot)))
    }
}
