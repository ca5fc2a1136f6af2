//! The platform's own keys: which there are, and the list of them that callers fetch (wire profile §4).

use std::sync::Arc;

use crypto::{FieldCipher, Signer, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use protocol::resources::{PublishedKey, PublishedKeys};
use protocol::wire::key_id;
use protocol::{ApiError, AppId};
use storage::Tx;
use storage::platform::keys::{self, KeyPurpose, KeyState, PlatformKey};

use crate::failure::Outcome;

/// How long a signing key is published for when it first appears.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 3);

/// The keys that a platform runs with.
#[derive(Clone)]
pub struct Keys {
    /// Signs answers and the requests to seal systems.
    pub signing: Arc<dyn Signer>,
    /// The long-lived root key, whose public part callers have from their onboarding; signs the list of keys.
    pub root: Arc<dyn Signer>,
    /// Encrypts personal data at rest.
    pub fields: FieldCipher,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

/// Enters the signing key into the list of keys when it is new.
///
/// # Errors
/// 99999 when this key was revoked: a platform must not go on signing with it.
pub(crate) async fn publish(tx: &mut Tx, signing: &VerifyingKey, now: Timestamp) -> Outcome<()> {
    let id = key_id(signing);
    let known = keys::list(tx).await?;
    if let Some(key) = known.iter().find(|key| key.key_id == id) {
        if key.state == KeyState::Revoked {
            return Err(ApiError::fault("the signing key was revoked").into());
        }
        return Ok(());
    }
    let end = now.checked_add(LIFE).unwrap_or(Timestamp::MAX);
    let key = PlatformKey {
        key_id: id,
        purpose: KeyPurpose::Signing,
        spki: signing.spki_der().to_vec(),
        private_key: None,
        cert: None,
        state: KeyState::Active,
        not_before: now.as_millisecond(),
        not_after: end.as_millisecond(),
        published_at: now.as_millisecond(),
    };
    keys::insert(tx, &key).await?;
    Ok(())
}

/// The list as callers get it, signed by the root key.
///
/// # Errors
/// Failures of the database or the root key.
pub(crate) async fn published(
    tx: &mut Tx,
    id: &AppId,
    root: &dyn Signer,
    now: Timestamp,
) -> Outcome<PublishedKeys> {
    let listed = |row: PlatformKey| {
        let key = VerifyingKey::prepared(&row.spki).ok()?;
        let from = Timestamp::from_millisecond(row.not_before).ok()?;
        let to = Timestamp::from_millisecond(row.not_after).ok()?;
        Some(PublishedKey::new(&key, from, to))
    };
    let active = |row: &PlatformKey| row.purpose == KeyPurpose::Signing && row.state == KeyState::Active;
    let rows = keys::list(tx).await?;
    let keys = rows.into_iter().filter(active).filter_map(listed).collect();
    Ok(PublishedKeys::signed(id.clone(), keys, now, root).map_err(ApiError::fault)?)
}
