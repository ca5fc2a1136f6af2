//! Owners of seals (印章所有者) and the persons who may apply them. Personal data is encrypted before it is stored.

use protocol::{ApiError, Code, IdCard, Mobile, PersonName, Uscc};
use storage::Tx;
use storage::seal_system::owners;

use crate::SealSystem;
use crate::failure::{OrRefuse, refuse};

/// Names of encrypted columns: a text moved to another column does not open there.
pub(crate) mod field {
    pub(crate) const OWNER_NUMBER: &str = "owner.cert_no";
    pub(crate) const NAME: &str = "user.name";
    pub(crate) const MOBILE: &str = "user.mobile";
    pub(crate) const ID_CARD: &str = "user.id_card";
    pub(crate) const DOC_NAME: &str = "consent.doc_name";
    pub(crate) const RECORD: &str = "consent.record";
    pub(crate) const AUTH_CODE: &str = "consent.auth_code";
    pub(crate) const CLIENT: &str = "consent.client";
    pub(crate) const REASON: &str = "consent.reason";
    pub(crate) const KEY: &str = "key.private";
    pub(crate) const FILE_NAME: &str = "job.file_name";
    pub(crate) const JOB: &str = "job.detail";
}

/// Names an owner in this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerId(pub String);

/// Names a user in this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(pub String);

/// A person who may apply seals.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Name.
    pub name: PersonName,
    /// Telephone.
    pub mobile: Mobile,
    /// Identity number.
    pub id_card: IdCard,
}

impl SealSystem {
    /// Enters an organisation.
    ///
    /// # Errors
    /// 20004 when it is known already, 90001 or 99999.
    pub async fn add_organization(&self, name: &str, uscc: &Uscc) -> Result<OwnerId, ApiError> {
        let owner = owners::Owner {
            owner_id: self.random().hex_id(),
            owner_type: 1,
            name: name.to_owned(),
            cert_no: uscc.as_str().to_owned(),
            cert_no_index: self.index(field::OWNER_NUMBER, uscc.as_str()),
            org_code: uscc.organisation().to_owned(),
            created_at: self.now_millis(),
        };
        let mut tx = self.database().begin().await.or_refuse()?;
        if !owners::insert(&mut tx, &owner).await.or_refuse()? {
            return Err(refuse(Code::Contradiction, "the owner is known already"));
        }
        tx.commit().await.or_refuse()?;
        Ok(OwnerId(owner.owner_id))
    }

    /// Enters a person who may apply the owner's seals.
    ///
    /// # Errors
    /// 90001 or 99999.
    pub async fn add_user(&self, owner: &OwnerId, user: &NewUser) -> Result<UserId, ApiError> {
        let row = owners::User {
            user_id: self.random().hex_id(),
            owner_id: owner.0.clone(),
            name: self.seal_field(field::NAME, user.name.as_str())?,
            mobile: self.seal_field(field::MOBILE, user.mobile.as_str())?,
            mobile_index: self.index(field::MOBILE, user.mobile.as_str()),
            id_card: Some(self.seal_field(field::ID_CARD, user.id_card.as_str())?),
            id_card_index: Some(self.index(field::ID_CARD, user.id_card.as_str())),
            created_at: self.now_millis(),
        };
        let mut tx = self.database().begin().await.or_refuse()?;
        owners::insert_user(&mut tx, &row).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        Ok(UserId(row.user_id))
    }

    /// The authorised user of a seal with this telephone, if there is one.
    pub(crate) async fn user_by_mobile(
        &self,
        tx: &mut Tx,
        seal_id: &str,
        mobile: &Mobile,
    ) -> Result<Option<owners::User>, ApiError> {
        let index = self.index(field::MOBILE, mobile.as_str());
        let users = owners::users_of_seal(tx, seal_id).await.or_refuse()?;
        Ok(users.into_iter().find(|user| user.mobile_index == index))
    }
}
