//! What grows without end is partitioned on PostgreSQL (decision 19): old rows go with their table, in a moment and
//! without anything to clean up behind them. On SQLite the same tables are plain, and nothing here does anything.
//!
//! - `evidence`: by number, so that a partition that goes is a beginning of the chain. There is always room for two
//!   partitions ahead; an entry that has no partition is refused by the database.
//! - `nonces`: by the time of the request, a day each. `sharing_records`: by time, thirty days each. What has no
//!   partition yet is in `…_rest` and is moved when the partition is made.

use crate::database::{Database, Engine};
use crate::dialect;
use crate::statements::Statement;
use crate::{Error, Result, Tx, evidence};

const DAY: i64 = 86_400_000;
/// Entries of the evidence log in one partition. The migration that made the first one knows it too.
const ENTRIES: i64 = 1 << 22;
/// Partitions of the evidence log for which there is room ahead of its end.
const AHEAD: i64 = 2;

/// A table that is partitioned by time.
struct Timed {
    table: &'static str,
    column: &'static str,
    /// How long one partition is, in milliseconds.
    width: i64,
    /// Partitions made ahead of now.
    ahead: i64,
}

const NONCES: Timed = Timed { table: "nonces", column: "time", width: DAY, ahead: 2 };
const SHARING: Timed = Timed { table: "sharing_records", column: "at", width: 30 * DAY, ahead: 1 };
const EVIDENCE: &str = "evidence";

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its own name, which PostgreSQL keeps when it is detached.
    pub name: String,
    /// The first value in it (a number, or milliseconds UTC); `None` has no beginning.
    pub from: Option<i64>,
    /// The first value behind it; `None` for the one that holds the rest.
    pub to: Option<i64>,
    /// Octets on the disk, indexes too.
    pub bytes: i64,
}

#[derive(sqlx::FromRow)]
struct Found {
    name: String,
    bound: String,
    bytes: i64,
}

const LIST: &str = "SELECT CAST(c.relname AS TEXT) AS name, pg_get_expr(c.relpartbound, c.oid) AS bound, \
    pg_total_relation_size(c.oid) AS bytes FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
    WHERE i.inhparent = to_regclass($1) ORDER BY c.relname";

/// Statements that only PostgreSQL runs.
pub(crate) const POSTGRES: &[Statement] = &[Statement { name: "partitions::LIST", sql: LIST }];

/// The partitions of every table that has some, by table; none on SQLite.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<(&'static str, Vec<Partition>)>> {
    let mut all = Vec::new();
    for table in [EVIDENCE, NONCES.table, SHARING.table] {
        let partitions = of_table(tx, table).await?;
        if !partitions.is_empty() {
            all.push((table, partitions));
        }
    }
    Ok(all)
}

/// The partitions of a table, in order of their values, the one for the rest last; none on SQLite.
pub(crate) async fn of_table(tx: &mut Tx, table: &'static str) -> Result<Vec<Partition>> {
    let found = dialect::on_postgres::<Found>(tx, LIST, table).await?;
    let mut all: Vec<Partition> = found.into_iter().map(read).collect();
    all.sort_by_key(|one| (one.to.unwrap_or(i64::MAX), one.from));
    Ok(all)
}

/// `FOR VALUES FROM ('1') TO ('2')`, with MINVALUE for no beginning; `DEFAULT` has neither.
fn read(found: Found) -> Partition {
    let value = |word: &str| {
        let rest = found.bound.split_once(word)?.1;
        let inside = rest.strip_prefix(" (")?.split_once(')')?.0;
        inside.trim_matches('\'').parse().ok()
    };
    let (from, to) = (value("FROM"), value("TO"));
    Partition { name: found.name, from, to, bytes: found.bytes }
}

/// Entries that the evidence log still has room for; `None` on SQLite, where there is no end.
///
/// # Errors
/// Failures of the database.
pub async fn room(tx: &mut Tx) -> Result<Option<i64>> {
    let partitions = of_table(tx, EVIDENCE).await?;
    let Some(end) = partitions.iter().filter_map(|one| one.to).max() else { return Ok(None) };
    Ok(Some(end.saturating_sub(1).saturating_sub(evidence::head(tx).await?.seq)))
}

/// Whether the evidence log has the room it should have; what readiness says.
pub(crate) async fn check(database: &Database) -> Result<()> {
    let mut tx = database.read().await?;
    let room = room(&mut tx).await?;
    tx.commit().await?;
    match room {
        Some(room) if room < ENTRIES => {
            Err(Error::Migration(format!("the evidence log has room for {room} entries only")))
        }
        _ => Ok(()),
    }
}

/// Makes the partitions of the evidence log that are wanted ahead of its end, under the lock of the migrations.
/// Whoever appends much without a server running calls it now and then.
///
/// # Errors
/// Failures of the database.
pub async fn extend_evidence(database: &Database) -> Result<()> {
    if database.engine() == Engine::Sqlite {
        return Ok(());
    }
    loop {
        let mut tx = database.read().await?;
        let enough = room(&mut tx).await?.is_none_or(|room| room >= AHEAD * ENTRIES);
        tx.commit().await?;
        if enough {
            return Ok(());
        }
        let mut tx = begin(database).await?;
        let last = of_table(&mut tx, EVIDENCE).await?.iter().filter_map(|one| one.to).max();
        let still = room(&mut tx).await?.is_some_and(|room| room < AHEAD * ENTRIES);
        if let Some(from) = last.filter(|_| still) {
            let name = format!("{EVIDENCE}_{from}");
            let sql = format!(
                "CREATE TABLE {name} (LIKE {EVIDENCE} INCLUDING ALL); \
                 ALTER TABLE {EVIDENCE} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({})",
                from.saturating_add(ENTRIES)
            );
            dialect::run_made(&mut tx, sql).await?;
            tracing::info!(partition = name, "made a partition");
        }
        tx.commit().await?;
    }
}

/// Makes every partition that is wanted now and soon (`now` in milliseconds UTC), and drops the nonces of days that
/// ended before `nonces_before`. Servers call it at their start and then again and again.
///
/// # Errors
/// Failures of the database.
pub async fn maintain(database: &Database, now: i64, nonces_before: i64) -> Result<()> {
    if database.engine() == Engine::Sqlite {
        return Ok(());
    }
    extend_evidence(database).await?;
    for timed in [NONCES, SHARING] {
        let mut tx = database.read().await?;
        let there = of_table(&mut tx, timed.table).await?;
        tx.commit().await?;
        if there.is_empty() {
            // A seal system has no sharing records.
            continue;
        }
        let first = now.div_euclid(timed.width);
        for number in first..=first.saturating_add(timed.ahead) {
            let from = number.saturating_mul(timed.width);
            if !there.iter().any(|one| one.from == Some(from)) {
                make(database, &timed, from).await?;
            }
        }
        if timed.table == NONCES.table {
            let old = there.into_iter().filter(|one| one.to.is_some_and(|to| to <= nonces_before));
            for partition in old {
                let mut tx = begin(database).await?;
                dialect::run_made(&mut tx, format!("DROP TABLE IF EXISTS {}", partition.name)).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// Makes one partition, and moves into it what went to the rest meanwhile.
async fn make(database: &Database, timed: &Timed, from: i64) -> Result<()> {
    let Timed { table, column, width, .. } = timed;
    let (name, to) = (format!("{table}_{}", from.div_euclid(*width)), from.saturating_add(*width));
    let mut tx = begin(database).await?;
    if of_table(&mut tx, table).await?.iter().all(|one| one.from != Some(from)) {
        let sql = format!(
            "LOCK TABLE {table}_rest IN ACCESS EXCLUSIVE MODE; \
             CREATE TABLE {name} (LIKE {table} INCLUDING ALL); \
             WITH moved AS (DELETE FROM {table}_rest WHERE {column} >= {from} AND {column} < {to} RETURNING *) \
             INSERT INTO {name} SELECT * FROM moved; \
             ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"
        );
        dialect::run_made(&mut tx, sql).await?;
        tracing::info!(partition = name, "made a partition");
    }
    tx.commit().await
}

/// Begins a transaction that changes partitions: one at a time, and it gives up soon where a table is in use rather than
/// make everybody wait behind it.
async fn begin(database: &Database) -> Result<Tx> {
    let mut tx = database.begin().await?;
    dialect::lock_migrations(&mut tx).await?;
    dialect::run_made(&mut tx, "SET LOCAL lock_timeout = '3s'".to_owned()).await?;
    Ok(tx)
}

/// Takes partitions out of their table, in one transaction with `tx`: dropped, or left as tables of their own.
pub(crate) async fn take_out(tx: &mut Tx, table: &'static str, names: &[String], keep: Keep) -> Result<()> {
    for name in names {
        let detach = format!("ALTER TABLE {table} DETACH PARTITION {name}");
        let sql = if keep == Keep::Dropped { format!("{detach}; DROP TABLE {name}") } else { detach };
        dialect::run_made(tx, sql).await?;
    }
    Ok(())
}

/// What becomes of a partition that is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It stays as a table of its own, to be archived.
    Detached,
    /// It is gone.
    Dropped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_postgresql_writes_them() {
        let read = |bound: &str| {
            let found = Found { name: "x".to_owned(), bound: bound.to_owned(), bytes: 0 };
            let partition = super::read(found);
            (partition.from, partition.to)
        };
        assert_eq!(read("FOR VALUES FROM ('4194304') TO ('8388608')"), (Some(4_194_304), Some(8_388_608)));
        assert_eq!(read("FOR VALUES FROM (MINVALUE) TO ('4194304')"), (None, Some(4_194_304)));
        assert_eq!(read("FOR VALUES FROM ('-86400000') TO ('0')"), (Some(-86_400_000), Some(0)));
        assert_eq!(read("DEFAULT"), (None, None));
    }
}
