//! Taking out what is older than its retention (存储期限): sharing records, and the beginning of the evidence log.
//!
//! On PostgreSQL whole partitions go, so that what is left may be older than asked for, never younger. On SQLite rows
//! are deleted, a bounded number in a transaction. How far that is, the database remembers: an interrupted run goes on.

use crate::database::{Database, Engine};
use crate::evidence::{self, Head};
use crate::partitions::{self, Keep};
use crate::{Error, Result, Tx, dialect, meta};

/// Rows deleted in one transaction on SQLite.
const ROWS_AT_ONCE: i64 = 5_000;
/// The value that says up to which entry the evidence log is to be taken out.
const TARGET: &str = "evidence.forget";

/// What was taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Rows that were deleted one by one.
    pub rows: u64,
    /// Partitions that were detached or dropped.
    pub partitions: Vec<String>,
}

sql! {
    FIRST_KEPT = "SELECT MIN(seq) FROM evidence WHERE at >= $1";
    DELETE = "DELETE FROM evidence WHERE seq <= $1";
    LAST_AT = "SELECT MAX(at) FROM evidence WHERE seq >= $1 AND seq < $2";
}

/// Takes out sharing records from before `before` (milliseconds UTC).
///
/// # Errors
/// Failures of the database.
pub async fn sharing(database: &Database, before: i64, keep: Keep) -> Result<Forgotten> {
    let mut forgotten = Forgotten::default();
    if database.engine() == Engine::Postgres {
        let mut tx = database.begin().await?;
        let there = partitions::of_table(&mut tx, "sharing_records").await?;
        let old = there.into_iter().filter(|one| one.to.is_some_and(|to| to <= before));
        forgotten.partitions = old.map(|one| one.name).collect();
        partitions::take_out(&mut tx, "sharing_records", &forgotten.partitions, keep).await?;
        tx.commit().await?;
        return Ok(forgotten);
    }
    loop {
        let mut tx = database.begin().await?;
        let rows = dialect::delete_sharing(&mut tx, before, ROWS_AT_ONCE).await?;
        tx.commit().await?;
        forgotten.rows += rows;
        if rows == 0 {
            return Ok(forgotten);
        }
    }
}

/// The last entry of the evidence log that may go when entries from `before` on stay; `None` when none may.
///
/// # Errors
/// Failures of the database.
pub async fn last_to_go(tx: &mut Tx, before: i64) -> Result<Option<Head>> {
    let (head, floor) = (evidence::head(tx).await?, evidence::floor(tx).await?);
    let partitions = partitions::of_table(tx, "evidence").await?;
    let mut last = floor.seq;
    if partitions.is_empty() {
        let first_kept = run!(&mut *tx, scalar::<Option<i64>>(FIRST_KEPT, before))?;
        // The last entry always stays.
        last = first_kept.unwrap_or(head.seq).saturating_sub(1);
    }
    for partition in &partitions {
        let Some(to) = partition.to.filter(|to| *to <= head.seq) else { break };
        let from = partition.from.unwrap_or(i64::MIN);
        let newest = run!(&mut *tx, scalar::<Option<i64>>(LAST_AT, from, to))?;
        if newest.is_some_and(|newest| newest >= before) {
            break;
        }
        last = to.saturating_sub(1);
    }
    if last <= floor.seq {
        return Ok(None);
    }
    let entry = evidence::find(tx, last).await?;
    let entry =
        entry.ok_or_else(|| Error::Corrupt(format!("entry {last} of the evidence log is missing")))?;
    Ok(Some(Head { seq: entry.seq, hash: entry.hash }))
}

/// Decides, in `tx`, that the evidence log begins behind `last` from now on. In the same transaction it has to be
/// evidenced; [`carry_on`] does it afterwards, in transactions of its own: one that takes out holds the whole table, and
/// may not wait for the end of the chain meanwhile.
///
/// # Errors
/// Failures of the database.
pub async fn decide(tx: &mut Tx, last: &Head) -> Result<()> {
    meta::set(tx, TARGET, &last.seq.to_string()).await
}

/// Takes out what [`decide`] decided and is still there.
///
/// # Errors
/// Failures of the database.
pub async fn carry_on(database: &Database, keep: Keep) -> Result<Forgotten> {
    let mut forgotten = Forgotten::default();
    loop {
        let mut tx = database.begin().await?;
        let target = meta::get(&mut tx, TARGET).await?.map(|text| text.parse::<i64>()).transpose();
        let target =
            target.map_err(|error| Error::Corrupt(format!("{TARGET}: {error}")))?.unwrap_or_default();
        let floor = evidence::floor(&mut tx).await?;
        if floor.seq >= target {
            return Ok(forgotten);
        }
        let there = partitions::of_table(&mut tx, "evidence").await?;
        let last = if there.is_empty() { floor.seq.saturating_add(ROWS_AT_ONCE).min(target) } else { target };
        let entry = evidence::find(&mut tx, last).await?;
        let entry =
            entry.ok_or_else(|| Error::Corrupt(format!("entry {last} of the evidence log is missing")))?;
        if there.is_empty() {
            forgotten.rows += run!(&mut tx, execute(DELETE, last))?;
        } else {
            let end = target.saturating_add(1);
            let old = there.into_iter().filter(|one| one.to.is_some_and(|to| to <= end));
            forgotten.partitions = old.map(|one| one.name).collect();
            partitions::take_out(&mut tx, "evidence", &forgotten.partitions, keep).await?;
        }
        evidence::set_floor(&mut tx, &Head { seq: last, hash: entry.hash }).await?;
        tx.commit().await?;
    }
}
