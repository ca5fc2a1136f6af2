//! The store against replays (wire profile §5): the key is (appId, time, nonce), inserted only once the
//! signature is known to be good.

use std::collections::HashSet;

use crate::database::Inner;
use crate::postgres::within;
use crate::{Result, Tx, dialect};

/// A nonce of a request, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::FromRow)]
pub struct Taken {
    /// Whose request.
    pub app_id: String,
    /// The request's own time in milliseconds UTC, or 0 where the interface has none.
    pub time: i64,
    /// The nonce.
    pub nonce: i64,
}

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

/// The most that [`insert_all`] takes.
pub const MOST: usize = 32;

/// Takes several into the store, in one statement, and tells of each whether it is new, as [`insert_if_absent`] does; of
/// those that come twice, the first is. What is beyond [`MOST`] is not taken and counts as a replay.
///
/// # Errors
/// Failures of the database.
pub async fn insert_all(tx: &mut Tx, all: &[Taken]) -> Result<Vec<bool>> {
    let mut sorted: Vec<&Taken> = all.iter().take(MOST).collect();
    // Whoever inserts the same ones at the same time does so in the same order, so nobody waits in a circle.
    sorted.sort_unstable();
    let Some(last) = sorted.last().copied() else { return Ok(Vec::new()) };
    let size = dialect::NONCES.iter().copied().find(|size| *size >= sorted.len()).unwrap_or(MOST);
    // There are texts for some sizes only: what is missing is filled up with the last one, which changes nothing.
    sorted.resize(size, last);
    let mut new: HashSet<Taken> = insert_rows(tx, &sorted).await?.into_iter().collect();
    Ok(all.iter().map(|one| new.remove(one)).collect())
}

macro_rules! bound {
    ($rows:expr) => {{
        let mut query = sqlx::query_as::<_, Taken>(dialect::insert_nonces($rows.len()));
        for row in $rows {
            query = query.bind(&row.app_id).bind(row.time).bind(row.nonce);
        }
        query
    }};
}

async fn insert_rows(tx: &mut Tx, rows: &[&Taken]) -> Result<Vec<Taken>> {
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(open) => bound!(rows).fetch_all(&mut **open).await,
        Inner::Postgres(open) => within(limit, bound!(rows).fetch_all(&mut **open)).await,
    };
    tx.note(result)
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
