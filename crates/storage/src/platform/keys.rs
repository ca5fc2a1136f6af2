//! The platform's own keys, published at `/api/v1/keys` (wire profile §4).

use crate::{Result, Tx};

text_enum! {
    /// What a key is for. One key serves one purpose.
    KeyPurpose {
        /// The long-lived key that signs the list of keys.
        Root = "root",
        /// Signs answers and forwarded requests.
        Signing = "signing",
    }
}

text_enum! {
    /// Whether a key may be used.
    KeyState {
        /// Between its times, yes.
        Active = "active",
        /// No more, for good.
        Revoked = "revoked",
    }
}

/// A key of the platform. It has no `Debug`, so that the private part is never printed.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlatformKey {
    /// Its id, sent as `X-Seal-Key-Id`.
    pub key_id: String,
    /// What it is for.
    #[sqlx(try_from = "String")]
    pub purpose: KeyPurpose,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Encrypted PKCS#8, or `None` when hardware keeps the key.
    pub private_key: Option<Vec<u8>>,
    /// A certificate, DER, if it has one.
    pub cert: Option<Vec<u8>>,
    /// Whether it may be used.
    #[sqlx(try_from = "String")]
    pub state: KeyState,
    /// First moment it is used.
    pub not_before: i64,
    /// Last moment it is used.
    pub not_after: i64,
    /// Since when it stands in the list.
    pub published_at: i64,
}

sql! {
    INSERT = "INSERT INTO platform_keys (key_id, purpose, spki, private_key, cert, state, not_before, not_after, \
        published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    LIST = "SELECT key_id, purpose, spki, private_key, cert, state, not_before, not_after, published_at \
        FROM platform_keys ORDER BY not_before, key_id";
    REVOKE = "UPDATE platform_keys SET state = 'revoked', not_after = $2 WHERE key_id = $1 AND state = 'active'";
}

/// Adds a key; `false` when the id is taken.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, key: &PlatformKey) -> Result<bool> {
    let rows = run!(
        tx,
        execute(
            INSERT,
            &key.key_id,
            key.purpose.as_str(),
            &key.spki,
            &key.private_key,
            &key.cert,
            key.state.as_str(),
            key.not_before,
            key.not_after,
            key.published_at
        )
    )?;
    Ok(rows == 1)
}

/// Every key, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<PlatformKey>> {
    run!(tx, all::<PlatformKey>(LIST))
}

/// Revokes a key at once; `false` when it is unknown or revoked.
///
/// # Errors
/// Failures of the database.
pub async fn revoke(tx: &mut Tx, key_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(REVOKE, key_id, at)).map(|rows| rows == 1)
}
