//! Fetches revocation lists, OCSP answers and issuers' certificates from addresses that stand in certificates.
//!
//! Such an address was chosen by whoever made the document, so it is not trusted to lead anywhere good. Only http and
//! https are spoken, to few ports. A name is resolved once, every address it has must be a public one, and the
//! connection goes to exactly the address that was checked; a redirect is a new address and is checked as one. No
//! proxy, no credentials, bounds on time, size and number. Inner addresses are reached only where the operator lists
//! their host. What comes back must be the structure that was asked for, and is believed by its signature alone.

mod address;
mod cache;
mod exchange;
mod guard;
mod resolve;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::Clock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use address::is_public;
pub use resolve::{Resolve, Resolving, SystemResolver};

use cache::Cache;

/// What a fetcher may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRules {
    /// Hosts that may be inside: a name or an address, as `host` or `host:port`. Names are compared in lower case, and
    /// a host with a port allows that port beside [`Self::ports`].
    pub allowed_hosts: Vec<String>,
    /// The ports that may be used.
    pub ports: Vec<u16>,
    /// Time for one item, redirects included.
    pub deadline: Duration,
    /// Longest answer, in bytes.
    pub max_len: usize,
    /// Redirects followed for one item.
    pub redirects: usize,
    /// Fetches at once.
    pub at_once: usize,
    /// Longest time for which something is kept, whatever it says of itself.
    pub keep: Duration,
}

impl Default for FetchRules {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            ports: vec![80, 443],
            deadline: Duration::from_secs(5),
            max_len: 16 << 20,
            redirects: 3,
            at_once: 4,
            keep: Duration::from_hours(24),
        }
    }
}

/// Something to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// A revocation list.
    Crl,
    /// An issuer's certificate, DER or PEM.
    Certificate,
    /// The answer to an encoded OCSPRequest.
    Ocsp(Vec<u8>),
}

/// Why something was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is none, has no host, or carries credentials.
    #[error("地址无效 / not an address that is used")]
    Url,
    /// Neither http nor https.
    #[error("协议不允许 / the scheme {0} is not allowed")]
    Scheme(String),
    /// A port beyond the rule.
    #[error("端口不允许 / port {0} is not allowed")]
    Port(u16),
    /// An address that is not public.
    #[error("目标地址不允许 / {0} is not a public address")]
    Address(IpAddr),
    /// The name has no address.
    #[error("域名无法解析 / the name cannot be resolved: {0}")]
    Resolve(String),
    /// More redirects than are followed, or one that leads nowhere.
    #[error("重定向过多或无效 / too many redirects, or one that leads nowhere")]
    Redirect,
    /// Not in time.
    #[error("超时 / not in time")]
    Late,
    /// Longer than allowed.
    #[error("内容过长 / longer than {0} bytes")]
    TooLarge(usize),
    /// Another status than 200.
    #[error("HTTP 状态 {0} / HTTP status {0}")]
    Status(u16),
    /// The connection was not made or broke.
    #[error("连接失败 / connection failed: {0}")]
    Connection(String),
    /// What came is not what was asked for.
    #[error("返回的内容不可用 / what came back is not what was asked for")]
    Content,
}

impl FetchError {
    /// True when it was refused before anybody was asked.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Url | Self::Scheme(_) | Self::Port(_) | Self::Address(_))
    }
}

/// Fetches within rules, and keeps what it got as long as that says it is good. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    rules: Arc<FetchRules>,
    resolver: Arc<dyn Resolve>,
    clock: Clock,
    cache: Arc<Cache>,
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// What came, shared with the cache.
pub type Fetched = Result<Arc<[u8]>, FetchError>;

impl Fetcher {
    /// A fetcher that resolves names as the system does.
    pub fn new(rules: FetchRules, clock: Clock) -> Self {
        Self::with_resolver(rules, clock, Arc::new(SystemResolver))
    }

    /// A fetcher that resolves names in its own way.
    pub fn with_resolver(rules: FetchRules, clock: Clock, resolver: Arc<dyn Resolve>) -> Self {
        let turns = Arc::new(Semaphore::new(rules.at_once.max(1)));
        Self { rules: Arc::new(rules), resolver, clock, cache: Arc::default(), turns }
    }

    /// Fetches one item, or takes it from what is kept. A failure is kept for a minute, so that a dead address is not
    /// asked again for every document.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(&self, url: &str, item: &Item) -> Fetched {
        let now = self.clock.now();
        if let Some(kept) = self.cache.get(url, item, now) {
            return kept;
        }
        let work = async {
            let _turn = self.turns.acquire().await.map_err(|_| FetchError::Late)?;
            exchange::fetch(&self.rules, &*self.resolver, url, item).await
        };
        let got = tokio::time::timeout(self.rules.deadline, work).await.unwrap_or(Err(FetchError::Late));
        let got = got.and_then(|body| cache::examine(item, &body).map(|until| (body, until)));
        match got {
            Ok((body, until)) => {
                let body: Arc<[u8]> = Arc::from(body);
                self.cache.keep(url, item, Arc::clone(&body), until, now, self.rules.keep);
                Ok(body)
            }
            Err(error) => {
                tracing::debug!(%error, "an address in a certificate gave nothing");
                self.cache.keep_failure(url, item, error.clone(), now);
                Err(error)
            }
        }
    }

    /// Fetches many items side by side, as many at once as the rules allow; the answers are in the order asked. For each
    /// the addresses are tried one after another until one gives something.
    pub async fn fetch_all(&self, wanted: Vec<(Vec<String>, Item)>) -> Vec<Option<Arc<[u8]>>> {
        let mut found: Vec<Option<Arc<[u8]>>> = vec![None; wanted.len()];
        let mut tasks = JoinSet::new();
        for (at, (urls, item)) in wanted.into_iter().enumerate() {
            let fetcher = self.clone();
            tasks.spawn(async move {
                for url in urls {
                    if let Ok(body) = fetcher.fetch(&url, &item).await {
                        return (at, Some(body));
                    }
                }
                (at, None)
            });
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok((at, body)) = done
                && let Some(place) = found.get_mut(at)
            {
                *place = body;
            }
        }
        found
    }
}
