//! The keys that access systems sign their requests with (wire profile §4).

use crate::{Result, Tx};

text_enum! {
    /// Whether a key may be used.
    KeyState {
        /// It waits for its second administrator.
        Pending = "pending",
        /// It may be used between its two times.
        Active = "active",
        /// It was revoked, for good.
        Revoked = "revoked",
    }
}

/// A key of an access system.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SystemKey {
    /// Its id; unique over all systems.
    pub key_id: String,
    /// Whose it is.
    pub app_id: String,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// SM3 of `spki`, lower hexadecimal; unique over all systems.
    pub spki_sm3: String,
    /// The certificate, DER, if it came with one.
    pub cert: Option<Vec<u8>>,
    /// First moment it may be used.
    pub not_before: i64,
    /// Last moment it may be used.
    pub not_after: i64,
    /// Whether it may be used at all.
    #[sqlx(try_from = "String")]
    pub state: KeyState,
    /// When it was registered.
    pub created_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// Why it was revoked.
    pub reason: Option<String>,
}

macro_rules! columns {
    () => {
        "key_id, app_id, spki, spki_sm3, cert, not_before, not_after, state, created_at, revoked_at, reason"
    };
}

sql! {
    INSERT = "INSERT INTO system_keys (key_id, app_id, spki, spki_sm3, cert, not_before, not_after, state, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    FIND = concat!("SELECT ", columns!(), " FROM system_keys WHERE key_id = $1");
    BY_SPKI = concat!("SELECT ", columns!(), " FROM system_keys WHERE spki_sm3 = $1");
    OF_SYSTEM = concat!("SELECT ", columns!(), " FROM system_keys WHERE app_id = $1 ORDER BY not_before, key_id");
    USABLE = concat!("SELECT ", columns!(), " FROM system_keys WHERE app_id = $1 AND state = 'active' \
        AND not_before <= $2 AND not_after >= $2 ORDER BY not_before DESC, key_id");
    ACTIVATE = "UPDATE system_keys SET state = 'active' WHERE key_id = $1 AND state = 'pending'";
    RETIRE = "UPDATE system_keys SET not_after = $2 WHERE key_id = $1 AND not_after > $2";
    REVOKE = "UPDATE system_keys SET state = 'revoked', revoked_at = $2, reason = $3 \
        WHERE key_id = $1 AND state <> 'revoked'";
    TO_WARN = concat!("SELECT ", columns!(), " FROM system_keys WHERE state = 'active' AND not_after <= $1 \
        AND not_after >= $2 AND warned_at IS NULL ORDER BY not_after, key_id LIMIT $3");
    WARNED = "UPDATE system_keys SET warned_at = $2 WHERE key_id = $1 AND warned_at IS NULL";
}

/// Registers a key; `false` when the id or the public key is known already, of whichever system.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, key: &SystemKey) -> Result<bool> {
    let rows = run!(
        tx,
        execute(
            INSERT,
            &key.key_id,
            &key.app_id,
            &key.spki,
            &key.spki_sm3,
            &key.cert,
            key.not_before,
            key.not_after,
            key.state.as_str(),
            key.created_at
        )
    )?;
    Ok(rows == 1)
}

/// The key with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, key_id: &str) -> Result<Option<SystemKey>> {
    run!(tx, optional::<SystemKey>(FIND, key_id))
}

/// The key whose public key has this SM3 (lower hexadecimal), of whichever system.
///
/// # Errors
/// Failures of the database.
pub async fn by_spki(tx: &mut Tx, spki_sm3: &str) -> Result<Option<SystemKey>> {
    run!(tx, optional::<SystemKey>(BY_SPKI, spki_sm3))
}

/// Every key of a system, also those not in use.
///
/// # Errors
/// Failures of the database.
pub async fn of_system(tx: &mut Tx, app_id: &str) -> Result<Vec<SystemKey>> {
    run!(tx, all::<SystemKey>(OF_SYSTEM, app_id))
}

/// The keys of a system that may be used at the time `at`, newest first.
///
/// # Errors
/// Failures of the database.
pub async fn usable(tx: &mut Tx, app_id: &str, at: i64) -> Result<Vec<SystemKey>> {
    run!(tx, all::<SystemKey>(USABLE, app_id, at))
}

/// Activates a key that waits; `false` when none waits under this id.
///
/// # Errors
/// Failures of the database.
pub async fn activate(tx: &mut Tx, key_id: &str) -> Result<bool> {
    run!(tx, execute(ACTIVATE, key_id)).map(|rows| rows == 1)
}

/// Ends a key's life at `not_after`, never later than it would have ended anyway.
///
/// # Errors
/// Failures of the database.
pub async fn retire(tx: &mut Tx, key_id: &str, not_after: i64) -> Result<bool> {
    run!(tx, execute(RETIRE, key_id, not_after)).map(|rows| rows == 1)
}

/// Revokes a key at once; `false` when it is unknown or revoked already.
///
/// # Errors
/// Failures of the database.
pub async fn revoke(tx: &mut Tx, key_id: &str, at: i64, reason: &str) -> Result<bool> {
    run!(tx, execute(REVOKE, key_id, at, reason)).map(|rows| rows == 1)
}

/// Keys in force that end between `now` and `until` and of which nobody was told yet, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn to_warn(tx: &mut Tx, now: i64, until: i64, limit: i64) -> Result<Vec<SystemKey>> {
    run!(tx, all::<SystemKey>(TO_WARN, until, now, limit))
}

/// Notes that it was told that the key ends soon; `false` when that was done before.
///
/// # Errors
/// Failures of the database.
pub async fn warned(tx: &mut Tx, key_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(WARNED, key_id, at)).map(|rows| rows == 1)
}
