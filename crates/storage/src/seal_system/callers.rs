//! The platforms that may call this seal system, and their keys (wire profile §4, §6).

use crate::{Result, Tx};

text_enum! {
    /// Whether a platform is let in.
    CallerState {
        /// It is.
        Active = "active",
        /// It is not for the time being.
        Suspended = "suspended",
    }
}

/// A platform.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Caller {
    /// The id it calls with, and the audience of our own requests to it.
    pub app_id: String,
    /// Its name.
    pub name: String,
    /// Where it serves its interfaces.
    pub base_url: String,
    /// Whether it is let in.
    #[sqlx(try_from = "String")]
    pub state: CallerState,
    /// When it was entered.
    pub created_at: i64,
}

/// A key of a platform.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CallerKey {
    /// Its id, sent as `X-Seal-Key-Id`.
    pub key_id: String,
    /// Whose it is.
    pub app_id: String,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// First moment it may be used.
    pub not_before: i64,
    /// Last moment it may be used.
    pub not_after: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// When it was entered.
    pub created_at: i64,
}

sql! {
    PUT = "INSERT INTO callers (app_id, name, base_url, state, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (app_id) DO UPDATE SET name = excluded.name, base_url = excluded.base_url, \
        state = excluded.state";
    FIND = "SELECT app_id, name, base_url, state, created_at FROM callers WHERE app_id = $1";
    LIST = "SELECT app_id, name, base_url, state, created_at FROM callers ORDER BY created_at, app_id";
    ADD_KEY = "INSERT INTO caller_keys (key_id, app_id, spki, not_before, not_after, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    FIND_KEY = "SELECT key_id, app_id, spki, not_before, not_after, revoked_at, created_at FROM caller_keys \
        WHERE key_id = $1";
    USABLE_KEYS = "SELECT key_id, app_id, spki, not_before, not_after, revoked_at, created_at FROM caller_keys \
        WHERE app_id = $1 AND revoked_at IS NULL AND not_before <= $2 AND not_after >= $2 \
        ORDER BY not_before DESC, key_id";
    REVOKE_KEY = "UPDATE caller_keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL";
}

/// Enters a platform, or changes name, address and state of the one with this id.
///
/// # Errors
/// Failures of the database.
pub async fn put(tx: &mut Tx, caller: &Caller) -> Result<()> {
    let c = caller;
    run!(tx, execute(PUT, &c.app_id, &c.name, &c.base_url, c.state.as_str(), c.created_at)).map(|_| ())
}

/// The platform with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, app_id: &str) -> Result<Option<Caller>> {
    run!(tx, optional::<Caller>(FIND, app_id))
}

/// All platforms.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<Caller>> {
    run!(tx, all::<Caller>(LIST))
}

/// Adds a key of a platform; `false` when the id is known.
///
/// # Errors
/// Failures of the database.
pub async fn add_key(tx: &mut Tx, key: &CallerKey) -> Result<bool> {
    let k = key;
    run!(tx, execute(ADD_KEY, &k.key_id, &k.app_id, &k.spki, k.not_before, k.not_after, k.created_at))
        .map(|rows| rows == 1)
}

/// The key with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find_key(tx: &mut Tx, key_id: &str) -> Result<Option<CallerKey>> {
    run!(tx, optional::<CallerKey>(FIND_KEY, key_id))
}

/// The keys of a platform that may be used at the time `at`, newest first.
///
/// # Errors
/// Failures of the database.
pub async fn usable_keys(tx: &mut Tx, app_id: &str, at: i64) -> Result<Vec<CallerKey>> {
    run!(tx, all::<CallerKey>(USABLE_KEYS, app_id, at))
}

/// Revokes a key at once; `false` when it is unknown or revoked.
///
/// # Errors
/// Failures of the database.
pub async fn revoke_key(tx: &mut Tx, key_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(REVOKE_KEY, key_id, at)).map(|rows| rows == 1)
}
