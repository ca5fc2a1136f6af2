//! The connections of one database: a pool of `deadpool`, and what sqlx's own pool does not do.
//!
//! Nothing is asked of the database before and after each use: between two transactions there is nothing to wait for, so
//! a writer that ends hands over to the next one at once. Instead of asking whether a connection still lives, `BEGIN`
//! finds out: where it fails on a connection that was used before, nothing has been done yet, and another connection is
//! taken. And a transaction that is dropped is undone before others get its connection.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::{
    self, Manager, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use sqlx::{ConnectOptions, Connection};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::error::is_lost;

/// How long undoing an abandoned transaction may take before its connection is closed instead.
const UNDO: Duration = Duration::from_secs(5);
/// Between two tries to reach a database that is just starting: first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));
/// A connection to a server that was taken last so long ago may have been closed by what lies between.
const QUIET: Duration = Duration::from_secs(1);
/// Connections to a server are replaced after this long, so that none collects what the server keeps for it.
const LIFE: Duration = Duration::from_mins(30);
/// No pool has more connections than this: it keeps room for each.
const MOST: u32 = 10_000;

/// SQLite's refusal of a `ROLLBACK` where there is nothing to undo.
const NOTHING_TO_UNDO: &str = "1";

/// A driver of sqlx.
pub(crate) trait Driver: sqlx::Database {
    /// Whether there is a server: it may be gone, and its `BEGIN` waits for nobody. Otherwise a connection lives for ever.
    const SERVER: bool;

    /// Runs one statement without values.
    fn run(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Fails where nothing can be written.
    fn require_writable(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// How a database is connected to.
type How<DB> = <<DB as sqlx::Database>::Connection as Connection>::Options;

/// How a pool treats its connections.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Connections at most.
    pub(crate) most: u32,
    /// How long one is waited for.
    pub(crate) wait: Duration,
    /// Whether only a server that can be written to is right.
    pub(crate) writable: bool,
}

/// Makes the connections of a pool, and says which are used again.
struct Connector<DB: Driver> {
    how: How<DB>,
    rules: Rules,
    /// A connection was found dead: those that wait are not used any more, until there is a new one.
    lost: AtomicBool,
    /// Whoever waits for a connection or has one. Closed: nothing can be begun any more.
    under_way: TaskTracker,
}

impl<DB: Driver> Manager for Connector<DB> {
    type Type = DB::Connection;
    type Error = sqlx::Error;

    /// Connects. A database that is not there yet, or is just starting, is tried again for as long as anybody waits.
    async fn create(&self) -> Result<DB::Connection, sqlx::Error> {
        self.lost.store(false, Ordering::Relaxed);
        let mut pause = PAUSE.0;
        loop {
            match self.how.connect().await {
                Ok(mut connection) => {
                    if !self.rules.writable || DB::require_writable(&mut connection).await.is_ok() {
                        return Ok(connection);
                    }
                }
                Err(sqlx::Error::Io(cause)) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {}
                Err(sqlx::Error::Database(told)) if told.is_transient_in_connect_phase() => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// On SQLite nothing is waited for here: whoever gave up meanwhile would take the connection along, and the one in
    /// memory must stay.
    async fn recycle(&self, connection: &mut DB::Connection, past: &Metrics) -> RecycleResult<sqlx::Error> {
        if self.lost.load(Ordering::Relaxed) || DB::SERVER && past.age() > LIFE {
            return Err(RecycleError::message("lost or old"));
        }
        if DB::SERVER && past.last_used() > QUIET {
            // No longer than half the time there is: the rest is for a new one.
            let answer = timeout(self.rules.wait / 2, connection.ping()).await;
            if !answer.is_ok_and(|answer| answer.is_ok()) {
                self.lost.store(true, Ordering::Relaxed);
                return Err(RecycleError::message("dead"));
            }
        }
        Ok(())
    }
}

/// The connections of one database; cheap to clone.
pub(crate) struct Pool<DB: Driver>(managed::Pool<Connector<DB>>);

// By hand: the parameter has no copy.
impl<DB: Driver> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

// By hand: addresses hold passwords.
impl<DB: Driver> std::fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pool").field(&self.0.status()).finish()
    }
}

impl<DB: Driver> Pool<DB> {
    /// A pool that connects when it is first used.
    pub(crate) fn new(how: How<DB>, rules: Rules) -> Self {
        let config = PoolConfig {
            max_size: usize::try_from(rules.most.clamp(1, MOST)).unwrap_or(1),
            timeouts: Timeouts::new(), // one for all that `lease` waits for
            queue_mode: QueueMode::Lifo,
        };
        let connector = Connector { how, rules, lost: AtomicBool::new(false), under_way: TaskTracker::new() };
        let built = managed::Pool::builder(connector).config(config).build();
        Self(built.unwrap_or_else(|_| unreachable!("only timeouts need anything else")))
    }

    /// A pool with its first connection.
    pub(crate) async fn open(how: How<DB>, rules: Rules) -> Result<Self, sqlx::Error> {
        let pool = Self::new(how, rules);
        drop(pool.lease().await?);
        Ok(pool)
    }

    /// A connection that nobody else has until it is dropped, outside of a transaction.
    pub(crate) async fn lease(&self) -> Result<Lease<DB>, sqlx::Error> {
        let Connector { rules, under_way, .. } = self.0.manager();
        let token = under_way.token();
        if under_way.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let object = timeout(rules.wait, self.0.get()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let object = object.map_err(|error| match error {
            PoolError::Backend(error) => error,
            _ => sqlx::Error::PoolClosed,
        })?;
        Ok(Lease { object: Some(object), state: State::Clean, token })
    }

    /// A connection on which a transaction was begun with `sql`.
    pub(crate) async fn begin(&self, sql: &'static str) -> Result<Lease<DB>, sqlx::Error> {
        let limit = if DB::SERVER { self.0.manager().rules.wait } else { Duration::MAX };
        loop {
            let mut lease = self.lease().await?;
            let used = lease.object.as_ref().is_some_and(|object| Object::metrics(object).recycle_count > 0);
            // From this moment on there may be something to undo, also for whoever gives up waiting.
            lease.state = State::Open;
            match timeout(limit, DB::run(&mut lease, sql)).await {
                Ok(Ok(())) => return Ok(lease),
                // It died meanwhile, and others with it. Nothing was done yet.
                Ok(Err(error)) if used && is_lost(&error) => lease.broke(),
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    lease.broke();
                    return Err(sqlx::Error::PoolTimedOut);
                }
            }
        }
    }

    /// Waits for what is under way and closes every connection; nothing can be begun any more.
    pub(crate) async fn close(&self) {
        let under_way = &self.0.manager().under_way;
        under_way.close();
        under_way.wait().await;
        for connection in self.0.retain(|_, _| false).removed {
            drop(connection.close().await);
        }
    }
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
    object: Option<Object<Connector<DB>>>,
    state: State,
    token: TaskTrackerToken,
}

impl<DB: Driver> std::fmt::Debug for Lease<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<DB: Driver> Lease<DB> {
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
        if self.state == State::Open { self.undo().await } else { Ok(()) }
    }

    /// It is not used any more after this, and those that wait are forgotten: they may be dead as well.
    pub(crate) fn broke(&mut self) {
        self.state = State::Broken;
        if let Some(pool) = self.object.as_ref().and_then(Object::pool) {
            pool.manager().lost.store(true, Ordering::Relaxed);
        }
    }

    async fn undo(&mut self) -> Result<(), sqlx::Error> {
        self.state = State::Broken;
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
        self.object.as_ref().unwrap_or_else(|| unreachable!("it goes only when the lease is dropped"))
    }
}

impl<DB: Driver> DerefMut for Lease<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.object.as_mut().unwrap_or_else(|| unreachable!("it goes only when the lease is dropped"))
    }
}

impl<DB: Driver> Drop for Lease<DB> {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        match (self.state, Handle::try_current()) {
            (State::Clean, _) => drop(object),
            (State::Open, Ok(runtime)) => {
                // Broken until it is undone: where the runtime ends before that, the connection is closed.
                let mut lease =
                    Self { object: Some(object), state: State::Broken, token: self.token.clone() };
                runtime.spawn(async move {
                    let undone = timeout(UNDO, lease.undo()).await;
                    tracing::trace!(?undone, "an abandoned transaction");
                });
            }
            // Closing the connection ends the transaction too.
            (State::Open | State::Broken, _) => drop(Object::take(object)),
        }
    }
}
