//! What truly differs between SQLite and PostgreSQL: how a transaction begins, how migrations take their lock,
//! how a row is held against a change (SQLite has one writer, so there is nothing to hold), and how what is old goes
//! (PostgreSQL has partitions).

use crate::database::{Engine, Inner};
use crate::postgres::within;
use crate::statements::Statement;
use crate::{Result, Tx};

/// Begins a transaction that writes. On SQLite the one write lock is taken at once, so that a transaction never
/// finds out half-way that it cannot write.
pub(crate) const fn begin(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
    }
}

/// Begins a transaction that reads one unchanging state of the database.
pub(crate) const fn begin_read(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BEGIN DEFERRED",
        Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
}

/// Writes the whole log into the database file and empties it, on SQLite.
pub(crate) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// "SEALBRDG" as a number: the advisory lock that migrations hold.
const MIGRATION_LOCK: i64 = 0x5345_414c_4252_4447;

/// Another replica may be in the middle of a long migration; waiting for it is right.
const WAIT_FOR_MIGRATIONS: &str = "SET LOCAL lock_timeout = 0";
const LOCK_MIGRATIONS: &str = "SELECT pg_advisory_xact_lock($1)";
const HOLD_SEAL: &str = "SELECT seal_code FROM seals WHERE seal_code = $1 FOR SHARE";
const LOCK_SEAL: &str = "SELECT seal_code FROM seals WHERE seal_code = $1 FOR UPDATE";
const LOCK_SYSTEM: &str = "SELECT app_id FROM systems WHERE app_id = $1 FOR UPDATE";

/// `on` at a standby, and where the operator allows reading only.
pub(crate) const READ_ONLY: &str = "SELECT current_setting('transaction_read_only')";
/// The timeline that a primary writes.
pub(crate) const TIMELINE: &str = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

const SERVER_TIME: &str = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";

const PURGE_NONCES: &str = "DELETE FROM nonces WHERE time < $1";
const PURGE_REST: &str = "DELETE FROM nonces_rest WHERE time < $1";
const DELETE_SHARING: &str = "DELETE FROM sharing_records WHERE rowid IN \
    (SELECT rowid FROM sharing_records WHERE at < $1 LIMIT $2)";

/// Statements that only SQLite runs, and those on a database of the platform.
pub(crate) const SQLITE: &[Statement] = &[Statement { name: "dialect::PURGE_NONCES", sql: PURGE_NONCES }];
pub(crate) const SQLITE_PLATFORM: &[Statement] =
    &[Statement { name: "dialect::DELETE_SHARING", sql: DELETE_SHARING }];
/// Statements that only PostgreSQL runs.
pub(crate) const POSTGRES: &[Statement] = &[Statement { name: "dialect::PURGE_REST", sql: PURGE_REST }];

/// Statements that only PostgreSQL runs, on a database of the platform.
pub(crate) const POSTGRES_PLATFORM: &[Statement] = &[
    Statement { name: "dialect::LOCK_MIGRATIONS", sql: LOCK_MIGRATIONS },
    Statement { name: "dialect::HOLD_SEAL", sql: HOLD_SEAL },
    Statement { name: "dialect::LOCK_SEAL", sql: LOCK_SEAL },
    Statement { name: "dialect::LOCK_SYSTEM", sql: LOCK_SYSTEM },
    Statement { name: "dialect::SERVER_TIME", sql: SERVER_TIME },
    Statement { name: "dialect::READ_ONLY", sql: READ_ONLY },
    Statement { name: "dialect::TIMELINE", sql: TIMELINE },
];

/// What is held against changes by other transactions until this one ends.
#[derive(Clone, Copy)]
pub(crate) enum Hold<'a> {
    /// A seal's row: others may hold it too, nobody may change it.
    Seal(&'a str),
    /// A seal's row, for ourselves, because we shall change it.
    SealToChange(&'a str),
    /// A system's row, for ourselves: it orders the filings of one system.
    SystemToChange(&'a str),
}

/// Waits for other changes of the row and keeps them out until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, what: Hold<'_>) -> Result<()> {
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(open) => {
            let (sql, key) = match what {
                Hold::Seal(key) => (HOLD_SEAL, key),
                Hold::SealToChange(key) => (LOCK_SEAL, key),
                Hold::SystemToChange(key) => (LOCK_SYSTEM, key),
            };
            within(limit, sqlx::query(sql).bind(key).execute(&mut **open)).await.map(|_| ())
        }
    };
    tx.note(result)
}

/// Keeps every other process from migrating until the transaction ends (SQLite's write lock does so already).
pub(crate) async fn lock_migrations(tx: &mut Tx) -> Result<()> {
    let result = match tx.inner() {
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(open) => {
            let wait = sqlx::query(WAIT_FOR_MIGRATIONS).execute(&mut **open).await;
            let lock = sqlx::query(LOCK_MIGRATIONS).bind(MIGRATION_LOCK);
            match wait {
                Ok(_) => lock.execute(&mut **open).await.map(|_| ()),
                Err(error) => Err(error),
            }
        }
    };
    tx.note(result)
}

/// Rows that only PostgreSQL can tell, by one text; none on SQLite.
pub(crate) async fn on_postgres<Row>(tx: &mut Tx, sql: &'static str, key: &str) -> Result<Vec<Row>>
where
    Row: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    let result = match tx.inner() {
        Inner::Sqlite(_) => Ok(Vec::new()),
        Inner::Postgres(open) => sqlx::query_as::<_, Row>(sql).bind(key).fetch_all(&mut **open).await,
    };
    tx.note(result)
}

/// Forgets nonces from before a time. On PostgreSQL only those of no day: a day goes as a whole, with its partition.
pub(crate) async fn purge_nonces(tx: &mut Tx, before: i64) -> Result<u64> {
    let result = match tx.inner() {
        Inner::Sqlite(open) => {
            sqlx::query(PURGE_NONCES).bind(before).execute(&mut **open).await.map(|done| done.rows_affected())
        }
        Inner::Postgres(open) => {
            sqlx::query(PURGE_REST).bind(before).execute(&mut **open).await.map(|done| done.rows_affected())
        }
    };
    tx.note(result)
}

/// Deletes at most `limit` sharing records from before a time, on SQLite.
pub(crate) async fn delete_sharing(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    let result = match tx.inner() {
        Inner::Sqlite(open) => {
            let delete = sqlx::query(DELETE_SHARING).bind(before).bind(limit);
            delete.execute(&mut **open).await.map(|done| done.rows_affected())
        }
        Inner::Postgres(_) => Ok(0),
    };
    tx.note(result)
}

/// Runs a text on PostgreSQL whose names of tables were made of our own constants and numbers.
pub(crate) async fn run_made(tx: &mut Tx, sql: String) -> Result<()> {
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(open) => {
            let run = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut **open);
            within(limit, run).await.map(|_| ())
        }
    };
    tx.note(result)
}

/// The clock of a database server, in milliseconds UTC. SQLite has none of its own.
pub(crate) async fn server_time(tx: &mut Tx) -> Result<Option<i64>> {
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(_) => Ok(None),
        Inner::Postgres(open) => {
            let asked = sqlx::query_scalar::<_, i64>(SERVER_TIME).fetch_one(&mut **open);
            within(limit, asked).await.map(Some)
        }
    };
    tx.note(result)
}

/// Runs the text of a migration, which holds many statements.
pub(crate) async fn run_script(tx: &mut Tx, sql: &'static str) -> Result<()> {
    let result = match tx.inner() {
        Inner::Sqlite(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(|_| ()),
        Inner::Postgres(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(|_| ()),
    };
    tx.note(result)
}
