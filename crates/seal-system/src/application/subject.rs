//! What a step is done to: one document, or several under one consent.

use storage::seal_system::jobs::{self, JobState};

use super::{Application, ApplicationError, JobId, Progress, Work};
use crate::failure::OrRefuse;

/// Documents that are sealed together, at most.
pub const MOST_TOGETHER: usize = 20;

/// Names documents that are sealed together under one consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchId(JobId);

impl BatchId {
    pub(super) fn new(id: String) -> Self {
        Self(JobId::new(id))
    }

    /// Reads an id from an address.
    pub fn parse(text: &str) -> Option<Self> {
        JobId::parse(text).map(Self)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// One document, or several under one consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One.
    One(JobId),
    /// Several.
    Several(BatchId),
}

impl From<&JobId> for Subject {
    fn from(id: &JobId) -> Self {
        Self::One(id.clone())
    }
}

impl From<&BatchId> for Subject {
    fn from(id: &BatchId) -> Self {
        Self::Several(id.clone())
    }
}

impl From<&Self> for Subject {
    fn from(subject: &Self) -> Self {
        subject.clone()
    }
}

impl Application {
    /// Every document of it, in order; never none.
    ///
    /// # Errors
    /// [`ApplicationError::UnknownJob`], or our own failure.
    pub async fn documents(&self, subject: impl Into<Subject>) -> Result<Vec<Progress>, ApplicationError> {
        let mut all = Vec::new();
        for id in self.ids(&subject.into()).await? {
            all.push(self.progress(&id).await?);
        }
        Ok(all)
    }

    /// The documents' ids in order; never none.
    pub(super) async fn ids(&self, subject: &Subject) -> Result<Vec<JobId>, ApplicationError> {
        let batch = match subject {
            Subject::One(id) => return Ok(vec![id.clone()]),
            Subject::Several(batch) => batch,
        };
        let mut tx = self.system.database().read().await.or_refuse()?;
        let ids = jobs::of_batch(&mut tx, batch.as_str()).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        if ids.is_empty() {
            return Err(ApplicationError::UnknownJob);
        }
        Ok(ids.into_iter().map(JobId::new).collect())
    }

    pub(super) async fn load_all(&self, subject: &Subject) -> Result<Vec<Work>, ApplicationError> {
        let mut works = Vec::new();
        for id in self.ids(subject).await? {
            works.push(self.load(&id).await?);
        }
        Ok(works)
    }

    /// The documents, none of which is being signed or sealed already.
    pub(super) async fn load_open(&self, subject: &Subject) -> Result<Vec<Work>, ApplicationError> {
        let works = self.load_all(subject).await?;
        match works.iter().find(|work| matches!(work.job.state, JobState::Signing | JobState::Sealed)) {
            Some(work) => Err(ApplicationError::WrongState(work.job.state.as_str())),
            None => Ok(works),
        }
    }

    pub(super) async fn load_first(&self, subject: &Subject) -> Result<Work, ApplicationError> {
        let ids = self.ids(subject).await?;
        self.load(ids.first().ok_or(ApplicationError::UnknownJob)?).await
    }

    /// The same error with the document's name, where there are several.
    pub(super) fn named(&self, subject: &Subject, work: &Work, error: ApplicationError) -> ApplicationError {
        match (subject, self.file_name_of(work)) {
            (Subject::Several(_), Ok(name)) => error.of(name),
            _ => error,
        }
    }
}
