//! The store against replays (wire profile §5): the key is (appId, time, nonce), inserted only once the
//! signature is known to be good.

use crate::{Result, Tx, dialect};

sql! {
    INSERT = "INSERT INTO nonces (app_id, time, nonce) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

/// Takes (app, time, nonce) into the store. `true` exactly once: `false` means the request is a replay.
/// `time` is the request's own time in milliseconds UTC, or 0 where the interface has none.
///
/// # Errors
/// Failures of the database; the gateway must refuse then, with a retryable code.
pub async fn insert_if_absent(tx: &mut Tx, app_id: &str, time: i64, nonce: i64) -> Result<bool> {
    run!(tx, execute(INSERT, app_id, time, nonce)).map(|rows| rows == 1)
}

/// Forgets every nonce whose request is older than `before`, which must lie outside the window of times the
/// gateway accepts. Gives the number forgotten. On PostgreSQL most go with the partition of their day instead, by
/// [`crate::partitions::maintain`].
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    dialect::purge_nonces(tx, before).await
}
