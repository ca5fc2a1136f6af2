//! The connections of one database.
//!
//! Like the pool of sqlx, but without its questions to the database before and after each use: between two transactions
//! there is nothing to wait for, so a writer that ends hands over to the next one at once. Instead of asking whether a
//! connection still lives, `BEGIN` finds out: where it fails on a connection that was used before, nothing has been
//! done yet, and another connection is taken.

use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection, Postgres, Sqlite};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::is_lost;

/// How long undoing an abandoned transaction may take before its connection is closed instead.
const UNDO: Duration = Duration::from_secs(5);
/// Between two tries to reach a database that is just starting: first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// SQLite's refusal of a `ROLLBACK` where there is nothing to undo.
const NOTHING_TO_UNDO: &str = "1";

/// A driver of sqlx that runs the statements around transactions.
pub(crate) trait Driver: sqlx::Database {
    /// Runs one statement without values.
    fn run(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Driver for Sqlite {
    async fn run(connection: &mut Self::Connection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(connection).await.map(|_| ())
    }
}

impl Driver for Postgres {
    async fn run(connection: &mut Self::Connection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
    }
}

/// How a database is connected to.
type How<DB> = <<DB as sqlx::Database>::Connection as Connection>::Options;
/// What has to be true of a new connection.
pub(crate) type Check<DB> = for<'c> fn(
    &'c mut <DB as sqlx::Database>::Connection,
) -> Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'c>>;

/// How a pool treats its connections.
pub(crate) struct Rules<DB: Driver> {
    /// Connections at most.
    pub(crate) most: u32,
    /// How long one is waited for.
    pub(crate) wait: Duration,
    /// A connection older than this is replaced by a new one. `None`: never.
    pub(crate) life: Option<Duration>,
    /// One that did nothing for so long is asked whether it lives before it is used.
    pub(crate) quiet: Option<Duration>,
    /// How long `BEGIN` may take where it never waits for anybody: longer, and the server is gone.
    pub(crate) begin: Option<Duration>,
    /// What has to be true of a new connection.
    pub(crate) check: Option<Check<DB>>,
}

// By hand: the parameter has no copy.
impl<DB: Driver> Clone for Rules<DB> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// Connections that wait to be used.
struct Shared<DB: Driver> {
    how: How<DB>,
    rules: Rules<DB>,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle<DB>>>,
}

struct Idle<DB: Driver> {
    connection: DB::Connection,
    born: Instant,
    since: Instant,
}

impl<DB: Driver> Shared<DB> {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle<DB>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connections of one database; cheap to clone.
pub(crate) struct Pool<DB: Driver>(Arc<Shared<DB>>);

// By hand: the parameter has no copy.
impl<DB: Driver> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

// By hand: addresses hold passwords.
impl<DB: Driver> std::fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("most", &self.0.rules.most).finish_non_exhaustive()
    }
}

impl<DB: Driver> Pool<DB> {
    /// A pool that connects when it is first used.
    pub(crate) fn new(how: How<DB>, rules: Rules<DB>) -> Self {
        let places = Arc::new(Semaphore::new(usize::try_from(rules.most.max(1)).unwrap_or(1)));
        Self(Arc::new(Shared { how, rules, places, idle: Mutex::default() }))
    }

    /// A pool with its first connection.
    pub(crate) async fn open(how: How<DB>, rules: Rules<DB>) -> Result<Self, sqlx::Error> {
        let pool = Self::new(how, rules);
        drop(pool.lease().await?);
        Ok(pool)
    }

    /// A connection that nobody else has until it is dropped, outside of a transaction.
    pub(crate) async fn lease(&self) -> Result<Lease<DB>, sqlx::Error> {
        Ok(self.take().await?.0)
    }

    /// A connection on which a transaction was begun with `sql`.
    pub(crate) async fn begin(&self, sql: &'static str) -> Result<Lease<DB>, sqlx::Error> {
        loop {
            let (mut lease, used) = self.take().await?;
            let limit = self.0.rules.begin.unwrap_or(Duration::MAX);
            let begun = tokio::time::timeout(limit, lease.begin(sql)).await;
            let Ok(begun) = begun else {
                lease.broke();
                return Err(sqlx::Error::PoolTimedOut);
            };
            match begun {
                Ok(()) => return Ok(lease),
                // It died meanwhile, and others with it. Nothing was done yet.
                Err(error) if used && is_lost(&error) => lease.broke(),
                Err(error) => return Err(error),
            }
        }
    }

    /// A connection, and whether it was used before.
    async fn take(&self) -> Result<(Lease<DB>, bool), sqlx::Error> {
        let shared = &self.0;
        let until = Instant::now() + shared.rules.wait;
        let place = tokio::time::timeout(shared.rules.wait, Arc::clone(&shared.places).acquire_owned());
        let place =
            place.await.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let lease = |connection, born| Lease {
            connection: Some(connection),
            born,
            state: State::Clean,
            shared: Arc::clone(shared),
            place: Some(place),
        };
        while let Some(idle) = { shared.idle().pop() } {
            let Idle { mut connection, born, since } = idle;
            if shared.rules.life.is_some_and(|life| born.elapsed() > life) {
                continue;
            }
            let asked = shared.rules.quiet.is_some_and(|quiet| since.elapsed() > quiet);
            if !asked || matches!(tokio::time::timeout(UNDO, connection.ping()).await, Ok(Ok(()))) {
                return Ok((lease(connection, born), true));
            }
            // Where one is dead, the others that wait are too.
            shared.idle().clear();
        }
        Ok((lease(shared.connect(until).await?, Instant::now()), false))
    }

    /// Waits for what is under way and closes every connection; nothing can be begun any more.
    pub(crate) async fn close(&self) {
        drop(self.0.places.acquire_many(self.0.rules.most.max(1)).await);
        self.0.places.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for Idle { connection, .. } in idle {
            drop(connection.close().await);
        }
    }
}

impl<DB: Driver> Shared<DB> {
    /// Connects. A database that is not there yet, or is just starting, is tried again until the time is over.
    async fn connect(&self, until: Instant) -> Result<DB::Connection, sqlx::Error> {
        let mut pause = PAUSE.0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(sqlx::Error::PoolTimedOut);
            }
            match tokio::time::timeout(left, self.once()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(Tried::Again)) => {}
                Ok(Err(Tried::InVain(error))) => return Err(error),
                Err(_) => return Err(sqlx::Error::PoolTimedOut),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    async fn once(&self) -> Result<DB::Connection, Tried> {
        let mut connection = self.how.connect().await.map_err(|error| match error {
            sqlx::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => Tried::Again,
            sqlx::Error::Database(told) if told.is_transient_in_connect_phase() => Tried::Again,
            other => Tried::InVain(other),
        })?;
        match self.rules.check {
            Some(check) if check(&mut connection).await.is_err() => Err(Tried::Again),
            _ => Ok(connection),
        }
    }
}

/// Why there is no connection.
enum Tried {
    /// It may be there in a moment.
    Again,
    /// Trying again is no use.
    InVain(sqlx::Error),
}

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside of a transaction.
    Clean,
    /// In one.
    Open,
    /// Nobody knows: it is not used any more.
    Broken,
}

/// A connection in use. Dropped in a transaction, that is undone before others get the connection.
pub(crate) struct Lease<DB: Driver> {
    connection: Option<DB::Connection>,
    born: Instant,
    state: State,
    shared: Arc<Shared<DB>>,
    place: Option<OwnedSemaphorePermit>,
}

impl<DB: Driver> std::fmt::Debug for Lease<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<DB: Driver> Lease<DB> {
    async fn begin(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        // From this moment on there may be something to undo, also for whoever gives up waiting.
        self.state = State::Open;
        DB::run(&mut *self, sql).await
    }

    /// Commits the transaction, where there is one, and gives the connection back.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        if self.state == State::Open {
            DB::run(&mut self, "COMMIT").await?;
            self.state = State::Clean;
        }
        Ok(())
    }

    /// Undoes the transaction, where there is one, and gives the connection back.
    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        self.undo().await
    }

    /// It is not used any more after this, and those that wait are forgotten: they may be dead as well.
    pub(crate) fn broke(&mut self) {
        self.state = State::Broken;
        self.shared.idle().clear();
    }

    async fn undo(&mut self) -> Result<(), sqlx::Error> {
        if self.state != State::Open {
            return Ok(());
        }
        self.state = State::Broken;
        self.undo_now().await
    }

    async fn undo_now(&mut self) -> Result<(), sqlx::Error> {
        match DB::run(&mut *self, "ROLLBACK").await {
            // SQLite ends a transaction by itself when the disk is full or fails.
            Err(sqlx::Error::Database(told)) if told.code().as_deref() == Some(NOTHING_TO_UNDO) => {}
            done => done?,
        }
        self.state = State::Clean;
        Ok(())
    }
}

impl<DB: Driver> Deref for Lease<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        self.connection.as_ref().unwrap_or_else(|| unreachable!("it goes only when the lease is dropped"))
    }
}

impl<DB: Driver> DerefMut for Lease<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.connection.as_mut().unwrap_or_else(|| unreachable!("it goes only when the lease is dropped"))
    }
}

impl<DB: Driver> Drop for Lease<DB> {
    fn drop(&mut self) {
        let (Some(connection), Some(place)) = (self.connection.take(), self.place.take()) else { return };
        match (self.state, Handle::try_current()) {
            (State::Clean, _) => {
                let now = Instant::now();
                self.shared.idle().push(Idle { connection, born: self.born, since: now });
                drop(place);
            }
            (State::Open, Ok(runtime)) => {
                let (born, shared) = (self.born, Arc::clone(&self.shared));
                // Broken until it is undone: where the runtime ends before that, the connection is closed.
                let state = State::Broken;
                let mut lease =
                    Self { connection: Some(connection), born, state, shared, place: Some(place) };
                runtime.spawn(async move {
                    let undone = tokio::time::timeout(UNDO, lease.undo_now()).await;
                    tracing::trace!(?undone, "an abandoned transaction");
                });
            }
            // Closing the connection ends the transaction too.
            (State::Open | State::Broken, _) => drop(connection),
        }
    }
}
