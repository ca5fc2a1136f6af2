//! PostgreSQL at one address, or at several: a primary and its standbys (主备).
//!
//! Of several addresses the one that can be written to is used. When a connection is not to be had soon, all of them
//! are looked at, and where another one can be written to now, it is used from then on, without a restart. Where more
//! than one can be, that of the latest timeline is: a primary that was away while a standby took its place is no
//! primary any more, whatever it says of itself. Keeping it from serving others is the cluster's duty all the same.
//!
//! A server that was heard of a moment ago and says nothing any more (a lost network, a machine without power) closes no
//! connection. So every statement has a limit, and connections that came to it are left behind with their pool.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinSet;

use crate::database::Options;
use crate::pool::{Driver, Lease, Pool, Rules};
use crate::{Error, Result, dialect};

/// How long a transaction on PostgreSQL may do nothing before the server ends it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_mins(1);
/// How long a connection is waited for before the other addresses are looked at.
const SOON: Duration = Duration::from_millis(200);
/// How long an address may take to say whether it can be written to.
const LOOK: Duration = Duration::from_secs(2);
/// Prepared statements that a connection keeps: all of ours.
const PREPARED: usize = 512;
/// How long what was found is believed.
const KEEP: Duration = Duration::from_millis(500);

/// The addresses of one database and the pool over the one in use.
pub(crate) struct Servers {
    addresses: Vec<PgConnectOptions>,
    rules: Rules,
    /// How long a connection may take, and a statement.
    wait: Duration,
    statement: Duration,
    used: RwLock<Used>,
    /// When all addresses were looked at last. Held by who looks: one is enough.
    looked: Arc<Mutex<Option<Instant>>>,
}

/// What is in use.
#[derive(Clone)]
struct Used {
    pool: Pool<Postgres>,
    /// Which of the addresses.
    address: usize,
    /// Each pool has a number of its own.
    number: u64,
    /// When a transaction last began in it.
    begun: Arc<std::sync::Mutex<Instant>>,
}

impl Used {
    fn new(pool: Pool<Postgres>, address: usize, number: u64) -> Self {
        Self { pool, address, number, begun: Arc::new(std::sync::Mutex::new(Instant::now())) }
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pool that a transaction came from.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    servers: Arc<Servers>,
    number: u64,
    /// How long a statement may take.
    limit: Duration,
}

impl Home {
    /// How long a statement may take.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// For statements that wait for nobody's lock: no longer than a connection is waited for.
    pub(crate) fn hurried(self) -> Self {
        Self { limit: self.limit.min(self.servers.wait), ..self }
    }

    /// Looks at a failure: where no answer came in time, the others of the same pool are not waited for.
    pub(crate) fn note(&self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::Io(cause) if cause.kind() == std::io::ErrorKind::TimedOut) {
            tracing::warn!("a statement was not answered in time: new connections to the database");
            let address = self.servers.used().address;
            self.servers.use_anew(self.number, address);
        }
    }
}

// By hand: the addresses hold passwords.
impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("addresses", &self.addresses.len()).finish_non_exhaustive()
    }
}

impl Servers {
    /// Opens `postgres://…` with one host or several: `user@a:5432,b:5432/name`, as libpq writes them.
    pub(crate) async fn open(address: &str, options: &Options) -> Result<Arc<Self>> {
        let addresses = addresses(address, options)?;
        let several = addresses.len() > 1;
        // A primary that comes back as a standby takes no connection of ours.
        let rules =
            Rules { most: options.connections.max(1), wait: options.acquire_timeout, writable: several };
        let found = if several { find_in_time(&addresses, options.acquire_timeout).await? } else { 0 };
        let first = addresses.get(found).cloned().unwrap_or_default();
        let used = Used::new(Pool::open(first, rules).await?, found, 0);
        Ok(Arc::new(Self {
            addresses,
            rules,
            wait: options.acquire_timeout,
            statement: options.statement_timeout,
            used: RwLock::new(used),
            looked: Arc::default(),
        }))
    }

    fn used(&self) -> Used {
        self.used.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a fresh pool in the place of pool `number`, unless somebody did so already. Whether there is another pool now.
    fn use_anew(&self, number: u64, address: usize) {
        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
        if used.number == number
            && let Some(options) = self.addresses.get(address)
        {
            // Transactions of the old pool go on with their connections and end with them.
            let pool = Pool::new(options.clone(), self.rules);
            *used = Used::new(pool, address, number + 1);
        }
    }

    /// A connection where one can be had, in a transaction that was begun with `sql`, or in none.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        sql: Option<&'static str>,
    ) -> Result<(Lease<Postgres>, Home)> {
        let until = Instant::now() + self.wait;
        loop {
            let used = self.used();
            let number = used.number;
            let begin = async {
                match sql {
                    Some(sql) => used.pool.begin(sql).await,
                    None => used.pool.lease().await,
                }
            };
            let begin = within(self.wait + self.statement, begin);
            let begun = tokio::select! {
                biased;
                begun = begin => begun.map_err(Error::from),
                () = self.until_elsewhere(number) => Err(Error::Unavailable(sqlx::Error::PoolTimedOut)),
            };
            match begun {
                Ok(open) => {
                    *used.begun() = Instant::now();
                    return Ok((open, Home { servers: Arc::clone(self), number, limit: self.statement }));
                }
                Err(error @ Error::Unavailable(_)) => {
                    if used.begun().elapsed() > self.statement {
                        // Every connection may wait for a server that never answers to what was given up.
                        self.use_anew(number, used.address);
                    }
                    // Nothing was done yet, so it can be begun anew where the database is now.
                    if Instant::now() >= until || !self.is_elsewhere(number).await {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns when another pool than `number` is in use.
    async fn until_elsewhere(self: &Arc<Self>, number: u64) {
        loop {
            tokio::time::sleep(SOON).await;
            if self.is_elsewhere(number).await {
                return;
            }
        }
    }

    /// Whether another pool than `number` is in use, after a look at all addresses.
    async fn is_elsewhere(self: &Arc<Self>, number: u64) -> bool {
        if self.addresses.len() > 1
            && self.used().number == number
            && let Ok(looked) = Arc::clone(&self.looked).try_lock_owned()
            && looked.is_none_or(|at| at.elapsed() >= KEEP)
        {
            // A task of its own: a look may take longer than whoever waits for it.
            drop(tokio::spawn(Arc::clone(self).look(looked)).await);
        }
        self.used().number != number
    }

    /// Looks at all addresses, and uses another one where that is right.
    async fn look(self: Arc<Self>, mut looked: OwnedMutexGuard<Option<Instant>>) {
        let found = find(&self.addresses, Some(self.used().address)).await;
        *looked = Some(Instant::now());
        // There may be a fresh pool over the old address meanwhile.
        let used = self.used();
        if let Some(address) = found.filter(|address| *address != used.address) {
            tracing::warn!(address, "the database can be written to at another address now");
            self.use_anew(used.number, address);
        }
    }

    /// Closes every connection of the pool in use.
    pub(crate) async fn close(&self) {
        self.used().pool.close().await;
    }
}

/// A limit for something that the server may never answer. The work is kept on the heap, so that whoever waits for
/// statements on either database does not carry those of PostgreSQL.
pub(crate) fn within<'w, T: 'w>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'w,
) -> impl Future<Output = Result<T, sqlx::Error>> + Send + 'w {
    let late = |_| Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut)));
    let work = Box::pin(work);
    async move { tokio::time::timeout(limit, work).await.unwrap_or_else(late) }
}

impl Driver for Postgres {
    const SERVER: bool = true;

    async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
    }

    async fn require_writable(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let read_only: String = sqlx::query_scalar(dialect::READ_ONLY).fetch_one(connection).await?;
        if read_only == "off" { Ok(()) } else { Err(sqlx::Error::Protocol("it can only be read".to_owned())) }
    }
}

/// The address that can be written to; `used` stays where nothing speaks for another.
async fn find(addresses: &[PgConnectOptions], used: Option<usize>) -> Option<usize> {
    let mut looks = JoinSet::new();
    for (number, options) in addresses.iter().cloned().enumerate() {
        looks.spawn(async move { (number, tokio::time::timeout(LOOK, timeline(&options)).await) });
    }
    let mut best: Option<(String, bool, std::cmp::Reverse<usize>)> = None;
    while let Some(look) = looks.join_next().await {
        if let Ok((number, Ok(Ok(timeline)))) = look {
            best = best.max(Some((timeline, used == Some(number), std::cmp::Reverse(number))));
        }
    }
    best.map(|(_, _, number)| number.0)
}

/// The timeline of a server that can be written to, 8 hexadecimal digits: each promotion begins a later one.
async fn timeline(options: &PgConnectOptions) -> Result<String, sqlx::Error> {
    let mut connection = options.connect().await?;
    Postgres::require_writable(&mut connection).await?;
    // Servers that only look like PostgreSQL may not know; then the order of the addresses decides.
    let known = sqlx::query_scalar::<_, String>(dialect::TIMELINE).fetch_one(&mut connection).await;
    connection.close().await?;
    Ok(known.unwrap_or_default())
}

/// [`find`] again and again, as the pool of one address tries again and again.
async fn find_in_time(addresses: &[PgConnectOptions], wait: Duration) -> Result<usize> {
    let until = Instant::now() + wait;
    loop {
        if let Some(found) = find(addresses, None).await {
            return Ok(found);
        }
        if Instant::now() >= until {
            return Err(Error::Unavailable(sqlx::Error::PoolTimedOut));
        }
        tokio::time::sleep(SOON).await;
    }
}

/// One set of options for each host of an address.
fn addresses(address: &str, options: &Options) -> Result<Vec<PgConnectOptions>> {
    // A replica that hangs in a transaction must not stop the others for ever: they give up waiting, and the
    // server ends the idle transaction, which frees its locks.
    let limits = [
        ("lock_timeout", options.busy_timeout.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.as_millis().to_string()),
    ];
    one_each(address)?
        .iter()
        .map(|one| {
            let parsed = one.parse::<PgConnectOptions>()?;
            let named = parsed.application_name("sealbridge").options(limits.clone());
            Ok(named.statement_cache_capacity(PREPARED))
        })
        .collect()
}

/// An address for each of its hosts. What libpq calls `target_session_attrs` is what is done anyway, so those two of its
/// values are taken that mean it.
fn one_each(address: &str) -> Result<Vec<String>> {
    let malformed = || Error::Address("no host".to_owned());
    let (scheme, rest) = address.split_once("://").ok_or_else(malformed)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).ok_or_else(malformed)?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let (wanted, others): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| pair.starts_with(ATTRIBUTES));
    if let Some(other) = wanted.iter().find(|pair| !WRITABLE.contains(&pair.trim_start_matches(ATTRIBUTES))) {
        return Err(Error::Address(format!("{other}: only {} is possible", WRITABLE.join(" or "))));
    }
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let at = if user.is_empty() { "" } else { "@" };
    let question = if others.is_empty() { "" } else { "?" };
    let others = others.join("&");
    Ok(hosts.split(',').map(|host| format!("{scheme}://{user}{at}{host}{path}{question}{others}")).collect())
}

const ATTRIBUTES: &str = "target_session_attrs=";
const WRITABLE: [&str; 2] = ["read-write", "primary"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_by_its_hosts() {
        let one = "postgres://db/platform";
        assert_eq!(one_each(one).unwrap(), [one]);
        let parts =
            one_each("postgres://u:p%40@a:5432,[::1]:6/n?sslmode=require&target_session_attrs=primary");
        let query = "/n?sslmode=require";
        let expected = ["a:5432", "[::1]:6"].map(|host| format!("postgres://u:p%40@{host}{query}"));
        assert_eq!(parts.unwrap(), expected);
        let plain = one_each("postgres://a,b/n?target_session_attrs=read-write").unwrap();
        assert_eq!(plain, ["postgres://a/n", "postgres://b/n"]);
        let any = one_each("postgres://a,b/n?target_session_attrs=any").unwrap_err().to_string();
        assert!(any.contains("read-write") && any.contains("any"), "{any}");
    }

    #[test]
    fn no_password_is_printed() {
        let options = Options::new(crate::Schema::Platform);
        let addresses = addresses("postgres://u:secret@a,b/n", &options).unwrap();
        assert_eq!(addresses.len(), 2);
        let rules = Rules { most: 1, wait: Duration::ZERO, writable: false };
        let pool = Pool::new(addresses[0].clone(), rules);
        let servers = Servers {
            addresses,
            rules,
            wait: Duration::ZERO,
            statement: Duration::ZERO,
            used: RwLock::new(Used::new(pool, 0, 0)),
            looked: Arc::default(),
        };
        assert!(!format!("{servers:?}").contains("secret"));
    }
}
