//! What changed, for those who may see it (变更通知). A change has the number of its entry in the evidence log: numbers
//! grow in the order of commits, so whoever reads on from the last number it saw misses nothing.

use crate::{Result, Tx, meta};

/// The value that names the highest number that went after its retention.
const FLOOR: &str = "changes.floor";

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// The number of its entry in the evidence log.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// What happened, as the evidence log calls it.
    pub kind: String,
    /// The system it is about, or whose seal it is about.
    pub app_id: String,
    /// The seal, if it is about one.
    pub seal_code: Option<String>,
    /// The state after it.
    pub state: String,
    /// The version of the seal's content, or of the system's state.
    pub version: i64,
}

/// Who may see a change, beside the system it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Nobody else.
    Own,
    /// Whoever has fetched the seal.
    SealUsers,
    /// Whoever has fetched a seal of the system.
    SystemUsers,
}

sql! {
    ADD = "INSERT INTO changes (seq, at, kind, app_id, seal_code, state, version) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    TO_OWN = "INSERT INTO change_audience (app_id, seq) VALUES ($1, $2)";
    TO_SEAL_USERS = "INSERT INTO change_audience (app_id, seq) SELECT caller_app_id, $2 FROM downloads \
        WHERE seal_code = $1 AND caller_app_id <> $3";
    TO_SYSTEM_USERS = "INSERT INTO change_audience (app_id, seq) SELECT u.app_id, $2 FROM systems u \
        WHERE u.app_id <> $1 AND EXISTS (SELECT 1 FROM downloads d JOIN seals s ON s.seal_code = d.seal_code \
        WHERE d.caller_app_id = u.app_id AND s.app_id = $1)";
    DELIVER = "INSERT INTO deliveries (app_id, seq, state, attempts, tries, due_at, created_at, changed_at) \
        SELECT s.app_id, a.seq, 'pending', 0, 0, $2, $2, $2 FROM change_audience a \
        JOIN subscriptions s ON s.app_id = a.app_id AND s.state <> 'ended' WHERE a.seq = $1";
    AFTER = "SELECT c.seq, c.at, c.kind, c.app_id, c.seal_code, c.state, c.version FROM change_audience a \
        JOIN changes c ON c.seq = a.seq WHERE a.app_id = $1 AND a.seq > $2 ORDER BY a.seq LIMIT $3";
    FIND = "SELECT seq, at, kind, app_id, seal_code, state, version FROM changes WHERE seq = $1";
    LAST_OLD = "SELECT MAX(seq) FROM (SELECT seq FROM changes WHERE at < $1 ORDER BY seq LIMIT $2) o";
    DROP_LOG = "DELETE FROM delivery_log WHERE seq <= $1";
    DROP_DELIVERIES = "DELETE FROM deliveries WHERE seq <= $1";
    DROP_AUDIENCE = "DELETE FROM change_audience WHERE seq <= $1";
    DROP_CHANGES = "DELETE FROM changes WHERE seq <= $1";
}

/// Writes a change down for those who may see it, and into the outbox of those of them who subscribed.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the number is taken.
pub async fn add(tx: &mut Tx, change: &Change, audience: Audience) -> Result<()> {
    let c = change;
    run!(&mut *tx, execute(ADD, c.seq, c.at, &c.kind, &c.app_id, &c.seal_code, &c.state, c.version))?;
    run!(&mut *tx, execute(TO_OWN, &c.app_id, c.seq))?;
    match (audience, &c.seal_code) {
        (Audience::SealUsers, Some(seal_code)) => {
            run!(&mut *tx, execute(TO_SEAL_USERS, seal_code, c.seq, &c.app_id))?;
        }
        (Audience::SystemUsers, _) => {
            run!(&mut *tx, execute(TO_SYSTEM_USERS, &c.app_id, c.seq))?;
        }
        (Audience::Own | Audience::SealUsers, _) => {}
    }
    run!(tx, execute(DELIVER, c.seq, c.at)).map(|_| ())
}

/// What this system may see with a number behind `seq`, in order, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn after(tx: &mut Tx, app_id: &str, seq: i64, limit: i64) -> Result<Vec<Change>> {
    run!(tx, all::<Change>(AFTER, app_id, seq, limit))
}

/// The change with this number.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, seq: i64) -> Result<Option<Change>> {
    run!(tx, optional::<Change>(FIND, seq))
}

/// The highest number that went after its retention; 0 when none did.
///
/// # Errors
/// Failures of the database.
pub async fn floor(tx: &mut Tx) -> Result<i64> {
    let text = meta::get(tx, FLOOR).await?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Forgets what is older than `before`, at most `limit` at once, with its deliveries; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    let Some(last) = run!(&mut *tx, scalar::<Option<i64>>(LAST_OLD, before, limit))? else { return Ok(0) };
    run!(&mut *tx, execute(DROP_LOG, last))?;
    run!(&mut *tx, execute(DROP_DELIVERIES, last))?;
    run!(&mut *tx, execute(DROP_AUDIENCE, last))?;
    let gone = run!(&mut *tx, execute(DROP_CHANGES, last))?;
    meta::set(tx, FLOOR, &last.to_string()).await?;
    Ok(gone)
}
