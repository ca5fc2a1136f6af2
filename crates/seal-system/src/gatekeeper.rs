//! Who may call this system: the platforms it was connected to.

use std::time::Duration;

use crypto::VerifyingKey;
use http_server::{CallerKey, Gatekeeper, KeyState, Source};
use jiff::SignedDuration;
use protocol::{ApiError, AppId, Code, MillisTime, Nonce};
use storage::seal_system::callers;

use crate::SealSystem;
use crate::failure::{OrRefuse, fault};

/// Nonces older than this can no longer be replayed: twice the time window.
const NONCE_LIFE: SignedDuration = SignedDuration::from_mins(11);

impl SealSystem {
    /// Lets a platform call, with one of its keys.
    ///
    /// # Errors
    /// 90001 or 99999.
    pub async fn connect_platform(
        &self,
        app_id: &AppId,
        name: &str,
        base_url: &str,
        keys: &[VerifyingKey],
    ) -> Result<(), ApiError> {
        let at = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let caller = callers::Caller {
            app_id: app_id.as_str().to_owned(),
            name: name.to_owned(),
            base_url: base_url.to_owned(),
            state: callers::CallerState::Active,
            created_at: at,
        };
        callers::put(&mut tx, &caller).await.or_refuse()?;
        for key in keys {
            let row = callers::CallerKey {
                key_id: protocol::wire::key_id(key),
                app_id: app_id.as_str().to_owned(),
                spki: key.spki_der().to_vec(),
                not_before: 0,
                not_after: i64::MAX,
                revoked_at: None,
                created_at: at,
            };
            callers::add_key(&mut tx, &row).await.or_refuse()?;
        }
        tx.commit().await.or_refuse()
    }

    /// Forgets nonces that are too old to be replayed.
    pub(crate) async fn purge_nonces(&self) -> Result<(), ApiError> {
        let before = self.now().checked_sub(NONCE_LIFE).map_err(fault)?.as_millisecond();
        storage::partitions::maintain(self.database(), self.now_millis(), before).await.or_refuse()?;
        let mut tx = self.database().begin().await.or_refuse()?;
        storage::nonces::purge(&mut tx, before).await.or_refuse()?;
        tx.commit().await.or_refuse()
    }
}

impl Gatekeeper for SealSystem {
    async fn keys(
        &self,
        app_id: &AppId,
        _interface: &'static str,
        source: &Source,
    ) -> Result<Vec<CallerKey>, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let caller = callers::find(&mut tx, app_id.as_str()).await.or_refuse()?;
        let caller = caller.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
        if caller.state != callers::CallerState::Active {
            return Err(ApiError::new(Code::CallerNotLive));
        }
        let registered = &self.server().platform_certificates;
        if !registered.is_empty() && !source.certificate.is_some_and(|shown| registered.contains(&shown)) {
            return Err(
                ApiError::new(Code::KeyNotValid).because("not one of the platform's TLS certificates")
            );
        }
        let rows = callers::usable_keys(&mut tx, app_id.as_str(), self.now_millis()).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        rows.into_iter()
            .map(|row| {
                let key = VerifyingKey::prepared(&row.spki).map_err(fault)?;
                Ok(CallerKey { key, state: KeyState::Active })
            })
            .collect()
    }

    async fn remember(&self, app_id: &AppId, time: MillisTime, nonce: Nonce) -> Result<bool, ApiError> {
        let mut tx = self.database().begin().await.or_refuse()?;
        let nonce = i64::from(nonce.number());
        let fresh = storage::nonces::insert_if_absent(&mut tx, app_id.as_str(), time.millis(), nonce)
            .await
            .or_refuse()?;
        tx.commit().await.or_refuse()?;
        Ok(fresh)
    }

    fn pass(&self, _app_id: &AppId, _interface: &'static str) -> Result<(), Duration> {
        // Only connected platforms get this far, and they keep their own callers' rates.
        Ok(())
    }
}
