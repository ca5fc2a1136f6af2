//! Finding a seal that may be used now, in the order in which the standard refuses.

use protocol::{ApiError, Code, SealCode};
use storage::Tx;
use storage::seal_system::seals::{self, Seal, SealState, SealVersion};

use crate::failure::{OrRefuse, fault};

/// A seal in force with its current making.
pub(crate) struct Usable {
    pub(crate) seal: Seal,
    pub(crate) version: SealVersion,
}

impl Usable {
    /// The seal with this code.
    ///
    /// # Errors
    /// 30001 unknown, 30005 revoked, 30006 disabled, 30007 outside its validity.
    pub(crate) async fn find(tx: &mut Tx, seal_code: &SealCode, now: i64) -> Result<Self, ApiError> {
        let seal = seals::by_seal_code(tx, seal_code.as_str()).await.or_refuse()?;
        let seal = seal.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
        Self::check(tx, seal, now).await
    }

    /// The seal, if it may be used now.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(crate) async fn check(tx: &mut Tx, seal: Seal, now: i64) -> Result<Self, ApiError> {
        match seal.state {
            SealState::Enabled => {}
            SealState::Disabled => return Err(ApiError::new(Code::SealDisabled)),
            SealState::Revoked => return Err(ApiError::new(Code::StateForbids)),
        }
        let version = seals::version(tx, &seal.seal_id, seal.version).await.or_refuse()?;
        let version = version.ok_or_else(|| fault("the seal has no making"))?;
        if now < version.valid_start || now > version.valid_end {
            return Err(ApiError::new(Code::SealExpired));
        }
        Ok(Self { seal, version })
    }
}
