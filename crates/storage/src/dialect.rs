//! What truly differs between SQLite and PostgreSQL: how a transaction begins, how migrations take their lock,
//! how a row is held against a change (SQLite has one writer, so there is nothing to hold), and how what is old goes
//! (PostgreSQL has partitions).

use std::fmt::Write as _;
use std::sync::LazyLock;

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
    Statement { name: "seals::HELD", sql: crate::platform::seals::HELD },
    Statement { name: "seals::TO_CHANGE", sql: crate::platform::seals::TO_CHANGE },
    Statement { name: "dialect::LOCK_SYSTEM", sql: LOCK_SYSTEM },
    Statement { name: "dialect::SERVER_TIME", sql: SERVER_TIME },
    Statement { name: "dialect::READ_ONLY", sql: READ_ONLY },
    Statement { name: "dialect::TIMELINE", sql: TIMELINE },
];

/// How many entries of the evidence log go into one statement; whatever is more is taken apart into these.
pub(crate) const APPENDS: [usize; 6] = [16, 8, 4, 3, 2, 1];
/// How many nonces go into one statement.
pub(crate) const NONCES: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// Values for `rows` rows of `columns` columns, numbered from `first`: `($3, $4), ($5, $6)`.
fn values(rows: usize, columns: usize, first: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        for column in 0..columns {
            let before = match (row, column) {
                (0, 0) => "(",
                (_, 0) => "), (",
                _ => ", ",
            };
            // Writing into a text cannot fail.
            let _ = write!(text, "{before}${}", first + row * columns + column);
        }
    }
    text.push(')');
    text
}

/// One text for each of the sizes, with its name.
type Texts = Vec<(usize, String, String)>;

fn texts(name: &str, sizes: &[usize], text: impl Fn(usize) -> String) -> Texts {
    sizes.iter().map(|rows| (*rows, format!("dialect::{name}_{rows}"), text(*rows))).collect()
}

fn appends(engine: Engine) -> Texts {
    let text = |rows| {
        let insert = format!(
            "INSERT INTO evidence (seq, at, kind, request_id, subject, payload, payload_sm3, prev_hash, hash) VALUES {}",
            values(rows, 9, 3)
        );
        match engine {
            Engine::Sqlite => format!("{MOVE_HEAD}; {insert}"),
            Engine::Postgres => format!("WITH moved AS ({MOVE_HEAD}) {insert}"),
        }
    };
    texts("APPEND", &APPENDS, text)
}

const MOVE_HEAD: &str = "UPDATE evidence_head SET seq = $1, hash = $2 WHERE id = 1";
static APPEND_SQLITE: LazyLock<Texts> = LazyLock::new(|| appends(Engine::Sqlite));
static APPEND_POSTGRES: LazyLock<Texts> = LazyLock::new(|| appends(Engine::Postgres));
static INSERT_NONCES: LazyLock<Texts> = LazyLock::new(|| {
    let text = |rows| {
        format!(
            "INSERT INTO nonces (app_id, time, nonce) VALUES {} ON CONFLICT DO NOTHING RETURNING app_id, time, nonce",
            values(rows, 3, 1)
        )
    };
    texts("INSERT_NONCES", &NONCES, text)
});

fn of_size(texts: &'static Texts, rows: usize) -> &'static str {
    texts.iter().find(|(size, ..)| *size == rows).map_or("", |(_, _, text)| text)
}

/// Appends `rows` entries (one of [`APPENDS`]) and moves the end of the chain, in one go: SQLite takes two statements with
/// the same values, PostgreSQL one that holds both.
pub(crate) fn append(engine: Engine, rows: usize) -> &'static str {
    match engine {
        Engine::Sqlite => of_size(&APPEND_SQLITE, rows),
        Engine::Postgres => of_size(&APPEND_POSTGRES, rows),
    }
}

/// Inserts `rows` nonces (one of [`NONCES`]) and tells which of them were not there.
pub(crate) fn insert_nonces(rows: usize) -> &'static str {
    of_size(&INSERT_NONCES, rows)
}

/// The texts of several sizes, for the test that prepares every statement.
pub(crate) fn sized(engine: Engine) -> Vec<Statement> {
    let appends: &'static Texts = match engine {
        Engine::Sqlite => &APPEND_SQLITE,
        Engine::Postgres => &APPEND_POSTGRES,
    };
    let all = appends.iter().chain(INSERT_NONCES.iter());
    all.map(|(_, name, sql)| Statement { name, sql }).collect()
}

/// Keeps other filings of a system out until the transaction ends: its row is held for ourselves.
pub(crate) async fn hold_system(tx: &mut Tx, app_id: &str) -> Result<()> {
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(_) => return Ok(()),
        Inner::Postgres(open) => {
            within(limit, sqlx::query(LOCK_SYSTEM).bind(app_id).execute(&mut **open)).await.map(|_| ())
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
