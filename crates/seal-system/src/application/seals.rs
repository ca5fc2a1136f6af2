//! Getting seals through the platform (6.1.4).

use protocol::endpoints::SealQuery;
use protocol::tables::{SealInfo, SealQueryRequest};
use protocol::{IdCard, OrgCode};

use super::consent::stored;
use super::detail::Detail;
use super::{Application, ApplicationError, Subject};

/// Most seals that are kept for choosing; a query that finds more should be narrowed.
pub(crate) const MAX_FOUND: usize = 40;

impl Application {
    /// Asks the platform for seals and keeps them with the document, of several with the first. Each comes with a signId
    /// for one signature.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] with its refusal, [`ApplicationError::WrongState`] once the document is being
    /// signed.
    pub async fn seals(
        &self,
        subject: impl Into<Subject>,
        query: &SealQueryRequest,
    ) -> Result<Vec<SealInfo>, ApplicationError> {
        let works = self.load_open(&subject.into()).await?;
        let mut work = works.into_iter().next().ok_or(ApplicationError::UnknownJob)?;
        let answer = self.system.parts.platform.call_repeatedly::<SealQuery>(query).await?;
        work.detail.id_card = query.id_card.as_ref().map(|card| card.as_str().to_owned());
        work.detail.org_code = Some(query.org_code.as_str().to_owned());
        work.detail.partial = answer.partial || answer.data.len() > MAX_FOUND;
        work.detail.found = answer.data.iter().take(MAX_FOUND).cloned().collect();
        self.save(&mut work).await?;
        Ok(answer.data)
    }

    /// The seals found last, and whether there may be more.
    pub(crate) async fn found(
        &self,
        subject: &Subject,
    ) -> Result<(Vec<SealInfo>, bool, Option<String>), ApplicationError> {
        let work = self.load_first(subject).await?;
        Ok((work.detail.found, work.detail.partial, work.detail.org_code))
    }

    /// The seal that was placed, and where its first stamp is on the paper, of several of the first.
    pub(crate) async fn chosen(
        &self,
        subject: &Subject,
    ) -> Result<Option<(SealInfo, Option<super::Spot>)>, ApplicationError> {
        let Detail { chosen, spot, .. } = self.load_first(subject).await?.detail;
        Ok(chosen.map(|seal| (seal, spot)))
    }

    /// The same seal once more, with a signId of its own: each document of several needs one.
    pub(super) async fn another(
        &self,
        first: &Detail,
        seal: &SealInfo,
    ) -> Result<SealInfo, ApplicationError> {
        let org_code = first.org_code.as_deref().unwrap_or_default();
        let query = SealQueryRequest {
            device_id: None,
            id_card: first.id_card.as_deref().map(IdCard::parse).transpose().map_err(stored("idCard"))?,
            org_code: OrgCode::parse(org_code).map_err(stored("orgCode"))?,
            seal_type: seal.seal_type.into(),
            cert_type: None,
            cert_number: None,
            ukey_id: None,
        };
        let answer = self.system.parts.platform.call_repeatedly::<SealQuery>(&query).await?;
        let same = |one: &SealInfo| one.seal_code == seal.seal_code && one.seal_data == seal.seal_data;
        answer.data.into_iter().find(same).ok_or_else(|| ApplicationError::Seal {
            zh: "印章已变更或暂不可用，请重新查找".to_owned(),
            en: "the seal has changed or cannot be had now; look it up again".to_owned(),
        })
    }
}
