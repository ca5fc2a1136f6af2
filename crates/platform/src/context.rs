//! What every use case of the platform needs: database, keys, clock, randomness, configuration.

use std::sync::Arc;

use crypto::{FieldCipher, Random, Signer};
use jiff::Timestamp;
use protocol::{ApiError, AppId, Clock};
use storage::Database;

use crate::config::Config;

/// Shared by every part of one platform.
#[derive(Clone)]
pub struct Context {
    /// The platform's id: the audience of every request, and its appId towards seal systems.
    pub id: AppId,
    /// The configuration.
    pub config: Arc<Config>,
    /// The database.
    pub database: Database,
    /// The key that signs answers and the requests to seal systems.
    pub signer: Arc<dyn Signer>,
    /// The clock.
    pub clock: Clock,
    /// The source of randomness.
    pub random: Random,
    /// Encrypts personal data at rest.
    pub cipher: FieldCipher,
}

impl Context {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Encrypts personal data for the column `context`.
    ///
    /// # Errors
    /// 99999 for a text beyond what the cipher takes.
    pub fn seal(&self, context: &str, plain: &str) -> Result<String, ApiError> {
        self.cipher.seal(context, plain, &self.random).map_err(ApiError::fault)
    }

    /// Decrypts what [`Self::seal`] made for the same column.
    ///
    /// # Errors
    /// 99999 when it was altered or belongs elsewhere.
    pub fn open(&self, context: &str, sealed: &str) -> Result<zeroize::Zeroizing<String>, ApiError> {
        self.cipher.open(context, sealed).map_err(ApiError::fault)
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("id", &self.id).finish_non_exhaustive()
    }
}
