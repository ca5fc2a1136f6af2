//! Reconciliation (对账): the seals of one system as they stood at a time, in the order of their codes, and the digests of
//! the days.

use crate::platform::seals::SealState;
use crate::{Result, Tx};

/// One seal as it stood at a time.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stood {
    /// The seal.
    pub seal_code: String,
    /// The system's own number.
    pub code: Option<String>,
    /// The state it was in.
    #[sqlx(try_from = "String")]
    pub state: SealState,
    /// The version of its content.
    pub version: i64,
    /// The certificate filed in that version.
    pub cert_number: Option<String>,
}

/// The digest of a day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DigestRow {
    /// Whose seals.
    pub app_id: String,
    /// The day in Beijing, `2026-01-31`.
    pub day: String,
    /// The moment it stands for: the last of the day.
    pub as_of: i64,
    /// Number of seals.
    pub count: i64,
    /// Of them enabled.
    pub enabled: i64,
    /// Of them disabled.
    pub disabled: i64,
    /// Of them revoked.
    pub revoked: i64,
    /// SM3 of the lines, lower hexadecimal.
    pub digest: String,
    /// The key that signed.
    pub key_id: String,
    /// The signature.
    pub sign: String,
    /// When it was made.
    pub made_at: i64,
}

macro_rules! columns {
    () => {
        "app_id, day, as_of, count, enabled, disabled, revoked, digest, key_id, sign, made_at"
    };
}

sql! {
    STOOD = "SELECT s.seal_code, s.code, h.to_state AS state, v.version, v.cert_number FROM seals s \
        JOIN seal_state_history h ON h.seal_code = s.seal_code AND h.version = (SELECT MAX(h2.version) \
        FROM seal_state_history h2 WHERE h2.seal_code = s.seal_code AND h2.at <= $3) \
        JOIN seal_versions v ON v.seal_code = s.seal_code AND v.version = (SELECT MAX(v2.version) \
        FROM seal_versions v2 WHERE v2.seal_code = s.seal_code AND v2.at <= $3) \
        WHERE s.app_id = $1 AND s.seal_code > $2 ORDER BY s.seal_code LIMIT $4";
    INSERT = concat!("INSERT INTO daily_digests (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING");
    FIND = concat!("SELECT ", columns!(), " FROM daily_digests WHERE app_id = $1 AND day = $2");
    LATEST = concat!("SELECT ", columns!(), " FROM daily_digests WHERE app_id = $1 ORDER BY day DESC LIMIT 1");
    LACKING = "SELECT s.app_id FROM systems s WHERE s.created_at <= $2 AND s.state NOT IN ('registered', \
        'realname-submitted', 'verified', 'applied', 'rejected', 'approved', 'offline') AND NOT EXISTS \
        (SELECT 1 FROM daily_digests d WHERE d.app_id = s.app_id AND d.day = $1) ORDER BY s.app_id";
}

/// The seals of a system behind a code as they stood at `at`, in the order of their codes, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn stood(tx: &mut Tx, app_id: &str, after: &str, (at, limit): (i64, i64)) -> Result<Vec<Stood>> {
    run!(tx, all::<Stood>(STOOD, app_id, after, at, limit))
}

/// Enters the digest of a day; `false` when there is one.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, row: &DigestRow) -> Result<bool> {
    let r = row;
    let rows = run!(
        tx,
        execute(
            INSERT, &r.app_id, &r.day, r.as_of, r.count, r.enabled, r.disabled, r.revoked, &r.digest,
            &r.key_id, &r.sign, r.made_at
        )
    )?;
    Ok(rows == 1)
}

/// The digest of a day, or the newest there is.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, app_id: &str, day: Option<&str>) -> Result<Option<DigestRow>> {
    let Some(day) = day else { return run!(tx, optional::<DigestRow>(LATEST, app_id)) };
    run!(tx, optional::<DigestRow>(FIND, app_id, day))
}

/// Systems that file seals and have no digest of this day, whose last moment is `as_of`.
///
/// # Errors
/// Failures of the database.
pub async fn lacking(tx: &mut Tx, day: &str, as_of: i64) -> Result<Vec<String>> {
    run!(tx, scalars::<String>(LACKING, day, as_of))
}
