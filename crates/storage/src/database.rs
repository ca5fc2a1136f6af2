//! Opening a database and beginning transactions.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Postgres, Sqlite, SqliteConnection};

use crate::error::is_lost;
use crate::pool::{Driver, Lease, Pool, Rules};
use crate::postgres::{Home, Servers, within};
use crate::{Error, Result, dialect, migrate};

/// Which of our two servers the database belongs to. Each has its own tables, so that the platform's database
/// has no place where a private key of a seal could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// The platform.
    Platform,
    /// A seal system.
    SealSystem,
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How far a commit on SQLite goes before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Every commit is on the disk: nothing acknowledged is lost, not even in a power failure.
    #[default]
    Full,
    /// A power failure can lose the last commits (a crash of the program cannot); for tests and imports.
    Normal,
}

/// What is done about migrations when a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Migrations {
    /// The missing ones are applied, under a lock.
    #[default]
    Apply,
    /// A database that misses some is refused.
    Require,
    /// Nothing is looked at: for the tools that manage migrations.
    Ignore,
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose tables it holds.
    pub schema: Schema,
    /// Connections at most: readers on SQLite (beside the one writer), all on PostgreSQL.
    pub connections: u32,
    /// How long a transaction may wait for its connection before it fails as unavailable.
    pub acquire_timeout: Duration,
    /// How long a lock that somebody else holds is waited for: another process on SQLite, another transaction on
    /// PostgreSQL. After it the transaction fails as unavailable.
    pub busy_timeout: Duration,
    /// How long PostgreSQL may take to answer a statement before it counts as gone (migrations take as long as they
    /// take). Longer than every lock is waited for.
    pub statement_timeout: Duration,
    /// How far a commit goes, on SQLite.
    pub durability: Durability,
    /// What is done about migrations.
    pub migrations: Migrations,
}

impl Options {
    /// The defaults for a server of this kind.
    pub fn new(schema: Schema) -> Self {
        Self {
            schema,
            connections: 8,
            acquire_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            durability: Durability::default(),
            migrations: Migrations::default(),
        }
    }
}

#[derive(Debug)]
enum Pools {
    /// One connection writes, the others read. In memory both are the same single connection.
    Sqlite {
        writer: Pool<Sqlite>,
        readers: Pool<Sqlite>,
    },
    Postgres(Arc<Servers>),
}

/// An open database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pools: Arc<Pools>,
    schema: Schema,
    /// The file of an SQLite database.
    file: Option<Arc<Path>>,
    room: Room,
    counted: Arc<Counted>,
}

/// What was asked of a database since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Transactions: each is a `BEGIN` and a `COMMIT` (or `ROLLBACK`) beside its statements.
    pub transactions: u64,
    /// Statements, in transactions and alone.
    pub statements: u64,
}

/// The same as it is counted.
#[derive(Debug, Default)]
struct Counted {
    transactions: AtomicU64,
    statements: AtomicU64,
}

/// When the disk of the database last took no more.
#[derive(Debug, Clone, Default)]
struct Room(Arc<Mutex<Option<Instant>>>);

impl Room {
    fn note(&self, error: &Error) {
        if error.is_disk() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

impl Database {
    /// Opens `address`: `postgres://…`, `sqlite:PATH`, `:memory:` or the path of an SQLite file, which is made
    /// when it is not there. PostgreSQL may have several hosts, `postgres://user@a:5432,b:5432/name`: the one that can
    /// be written to is used, and another one without a restart when that changes.
    ///
    /// In memory there is one connection: a task must end one transaction before it begins the next.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Unavailable`], or [`Error::Migration`] when the database is another server's
    /// or newer than this program.
    pub async fn open(address: &str, options: &Options) -> Result<Self> {
        let mut file = None;
        let pools = if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Pools::Postgres(Servers::open(address, options).await?)
        } else {
            let path = address.strip_prefix("sqlite://").or_else(|| address.strip_prefix("sqlite:"));
            match path.unwrap_or(address) {
                ":memory:" => open_memory(options).await?,
                "" => return Err(Error::Address("empty".to_owned())),
                path => {
                    file = Some(Arc::from(Path::new(path)));
                    open_file(Path::new(path), options).await?
                }
            }
        };
        let database = Self {
            pools: Arc::new(pools),
            schema: options.schema,
            file,
            room: Room::default(),
            counted: Arc::default(),
        };
        match options.migrations {
            Migrations::Apply => {
                migrate::apply(&database).await?;
            }
            Migrations::Require => migrate::require(&database).await?,
            Migrations::Ignore => {}
        }
        Ok(database)
    }

    /// Begins a transaction that may write. It is rolled back when it is dropped without [`Tx::commit`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn begin(&self) -> Result<Tx> {
        self.counted.transactions.fetch_add(1, Ordering::Relaxed);
        match &*self.pools {
            Pools::Sqlite { writer, .. } => {
                Ok(self.on_sqlite(Box::pin(writer.begin(dialect::begin(Engine::Sqlite))).await?))
            }
            Pools::Postgres(servers) => {
                self.on_postgres(servers, Some(dialect::begin(Engine::Postgres))).await
            }
        }
    }

    /// Begins a transaction that only reads: it sees one state of the database, and writing in it is refused.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn read(&self) -> Result<Tx> {
        self.counted.transactions.fetch_add(1, Ordering::Relaxed);
        match &*self.pools {
            Pools::Sqlite { readers, .. } => {
                Ok(self.on_sqlite(Box::pin(readers.begin(dialect::begin_read(Engine::Sqlite))).await?))
            }
            Pools::Postgres(servers) => {
                self.on_postgres(servers, Some(dialect::begin_read(Engine::Postgres))).await
            }
        }
    }

    /// A connection for statements of which each sees the newest state by itself. For one reading statement, or for several
    /// whose results are judged again in the transaction that relies on them. It costs neither `BEGIN` nor `COMMIT`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn look(&self) -> Result<Tx> {
        match &*self.pools {
            Pools::Sqlite { readers, .. } => Ok(self.on_sqlite(Box::pin(readers.lease()).await?)),
            Pools::Postgres(servers) => {
                let tx = self.on_postgres(servers, None).await?;
                Ok(Tx { home: tx.home.map(Home::hurried), ..tx })
            }
        }
    }

    /// A connection for one statement that writes and is durable by itself when it returns.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn once(&self) -> Result<Tx> {
        match &*self.pools {
            Pools::Sqlite { writer, .. } => Ok(self.on_sqlite(Box::pin(writer.lease()).await?)),
            Pools::Postgres(servers) => self.on_postgres(servers, None).await,
        }
    }

    fn on_sqlite(&self, open: Lease<Sqlite>) -> Tx {
        self.tx(Inner::Sqlite(open), None)
    }

    async fn on_postgres(&self, servers: &Arc<Servers>, begin: Option<&'static str>) -> Result<Tx> {
        let (open, home) = Box::pin(servers.begin(begin)).await?;
        Ok(self.tx(Inner::Postgres(open), Some(home)))
    }

    fn tx(&self, inner: Inner, home: Option<Home>) -> Tx {
        let (room, counted) = (self.room.clone(), Arc::clone(&self.counted));
        Tx { inner, home, room, counted, failed: false, told: Vec::new() }
    }

    /// What was asked of the database since it was opened.
    pub fn traffic(&self) -> Traffic {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Traffic { transactions: read(&self.counted.transactions), statements: read(&self.counted.statements) }
    }

    /// How long ago the disk of the database took no more, if ever.
    pub(crate) fn was_full(&self) -> Option<Duration> {
        self.room.0.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// Whether the database answers; for the readiness check.
    ///
    /// # Errors
    /// Whatever keeps it from answering.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        crate::meta::get(&mut tx, crate::meta::SCHEMA).await?;
        tx.commit().await
    }

    /// The file of an SQLite database; `None` in memory and for PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whose tables it holds.
    pub fn schema(&self) -> Schema {
        self.schema
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match &*self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Waits for open transactions to end and closes every connection. What SQLite keeps beside its file (`-wal`) is
    /// written into it first and goes, unless another process has the database open.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                // A log that stays is read at the next start: nothing is lost, so a failure is not told.
                if let Ok(mut open) = writer.lease().await {
                    drop(sqlx::query(dialect::CHECKPOINT).execute(&mut *open).await);
                }
                writer.close().await;
            }
            Pools::Postgres(servers) => servers.close().await,
        }
    }
}

/// A transaction on either database.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// Where it came from, on PostgreSQL.
    home: Option<Home>,
    room: Room,
    /// A statement failed. PostgreSQL answers the `COMMIT` of such a transaction with a silent rollback, so we
    /// remember it and refuse on both databases.
    failed: bool,
    counted: Arc<Counted>,
    /// Who wants to know that it was committed.
    told: Vec<Arc<AtomicBool>>,
}

/// The two kinds of transaction.
#[derive(Debug)]
pub(crate) enum Inner {
    Sqlite(Lease<Sqlite>),
    Postgres(Lease<Postgres>),
}

impl Tx {
    /// Makes everything done in the transaction lasting.
    ///
    /// # Errors
    /// [`Error::Aborted`] when an earlier statement failed, [`Error::OutcomeUnknown`] when the connection was lost
    /// in this moment.
    pub async fn commit(self) -> Result<()> {
        if self.failed {
            return Err(Error::Aborted);
        }
        let (limit, home, room, told) = (self.limit(), self.home, self.room, self.told);
        let done = match self.inner {
            Inner::Sqlite(open) => open.commit().await,
            Inner::Postgres(open) => within(limit, open.commit()).await,
        };
        let done = done.inspect_err(|error| lost(home.as_ref(), error)).map_err(Error::at_commit);
        done.inspect_err(|error| room.note(error))?;
        for flag in told {
            flag.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Sets `flag` once the transaction is committed, and certainly so.
    pub fn tell(&mut self, flag: Arc<AtomicBool>) {
        self.told.push(flag);
    }

    /// Undoes everything done in the transaction. Dropping it does the same a little later.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; the database undoes the work by itself then.
    pub async fn rollback(self) -> Result<()> {
        let (limit, home) = (self.limit(), self.home);
        let done = match self.inner {
            Inner::Sqlite(open) => open.rollback().await,
            Inner::Postgres(open) => within(limit, open.rollback()).await,
        };
        done.inspect_err(|error| lost(home.as_ref(), error)).map_err(Error::from)
    }

    /// Which database it is on.
    pub(crate) fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) fn inner(&mut self) -> &mut Inner {
        &mut self.inner
    }

    /// How long a statement may take, on PostgreSQL.
    pub(crate) fn limit(&self) -> Duration {
        self.home.as_ref().map_or(Duration::MAX, Home::limit)
    }

    pub(crate) fn note<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T> {
        self.failed |= result.is_err();
        self.counted.statements.fetch_add(1, Ordering::Relaxed);
        if result.as_ref().is_err_and(is_lost) {
            match &mut self.inner {
                Inner::Sqlite(open) => open.broke(),
                Inner::Postgres(open) => open.broke(),
            }
        }
        let result = result.inspect_err(|error| lost(self.home.as_ref(), error)).map_err(Error::from);
        result.inspect_err(|error| self.room.note(error))
    }
}

/// Tells the pool of a failure.
fn lost(home: Option<&Home>, error: &sqlx::Error) {
    if let Some(home) = home {
        home.note(error);
    }
}

/// Prepared statements that a connection keeps: all of ours.
const PREPARED: usize = 512;

fn sqlite_options(options: &Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .statement_cache_capacity(PREPARED)
        .synchronous(match options.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Normal => SqliteSynchronous::Normal,
        })
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .optimize_on_close(true, 400)
}

/// A new database is readable by its owner only, for it holds what is personal and encrypted keys. SQLite gives the
/// files beside it (`-wal`, `-shm`) the same mode. One that is there keeps the mode somebody gave it; where it
/// cannot be made, opening it tells why.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

impl Driver for Sqlite {
    const SERVER: bool = false;

    async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(connection).await.map(|_| ())
    }

    async fn require_writable(_: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

async fn open_file(path: &Path, options: &Options) -> Result<Pools> {
    make_private(path);
    let base = sqlite_options(options).filename(path).journal_mode(SqliteJournalMode::Wal);
    let rules = Rules { most: 1, wait: options.acquire_timeout, writable: false };
    let writer = Pool::open(base.clone().create_if_missing(true), rules).await?;
    let base = base.optimize_on_close(false, None).pragma("query_only", "ON");
    let readers = Pool::open(base, Rules { most: options.connections.max(1), ..rules }).await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// The one connection must never be closed: with it the data would go.
async fn open_memory(options: &Options) -> Result<Pools> {
    let base = sqlite_options(options).in_memory(true).filename(":memory:");
    let pool = Pool::open(base, Rules { most: 1, wait: options.acquire_timeout, writable: false }).await?;
    Ok(Pools::Sqlite { writer: pool.clone(), readers: pool })
}
