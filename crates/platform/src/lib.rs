//! The mutual-recognition platform (互通互认服务平台): gateway, registry, routing, consent, signing, document
//! verification and evidence between electronic seal systems (T/CCUA access requirements, chapters 4 to 6).
//!
//! [`Platform`] is one running platform: it takes a database, keys, a clock and randomness, and serves a listener.
//! What its operator does (registering systems and keys, the trust list, audits) are functions of [`onboarding`],
//! [`trust`], [`registry`] and [`evidence`] over [`Platform::context`].
//!
//! The domain modules know neither HTTP nor SQL; `api` and `pages` put them on the network.

mod api;
pub mod changes;
pub mod config;
pub mod consent;
pub mod context;
pub mod evidence;
pub mod failure;
pub mod federation;
pub mod gateway;
pub mod health;
pub mod jobs;
pub mod key_files;
pub mod keys;
mod metrics;
pub mod onboarding;
mod pages;
pub mod query;
pub mod reconciliation;
pub mod registry;
pub mod retention;
pub mod review;
pub mod routing;
pub mod signing;
pub mod stock;
pub mod trust;
pub mod verification;

use std::sync::Arc;

use crypto::Random;
use http_server::{Entrance, Metrics, Shutdown, Tasks, Tls, TlsError};
use protocol::wire::Detail;
use protocol::{ApiError, AppId, Clock};
use storage::Database;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

pub use config::Config;
pub use context::Context;
pub use keys::Keys;

use api::Shared;
use gateway::Gateway;
use jobs::Jobs;
use routing::Routes;
use verification::Verifier;

/// Why a platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(#[from] config::ConfigError),
    /// The cryptography gives wrong answers: nothing it makes could be trusted.
    #[error("self-test of the cryptography: {0}")]
    SelfTest(String),
    /// The database or a key cannot be used.
    #[error("{0}")]
    Failure(#[from] failure::Failure),
    /// The key files cannot be used.
    #[error(transparent)]
    Keys(#[from] key_files::KeyFileError),
    /// TLS certificate or key cannot be used.
    #[error("server.tls: {0}")]
    Tls(#[from] TlsError),
    /// The metrics cannot be set up.
    #[error(transparent)]
    Metrics(#[from] http_server::MetricsError),
}

/// What the environment gives a platform beside its configuration. It is wiped when dropped and never printed.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The password of the key files (`SEALBRIDGE_KEY_PASSWORD`).
    pub key_password: Option<Zeroizing<String>>,
    /// The address of the database (`SEALBRIDGE_DATABASE`), which may hold a password.
    pub database: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// One platform.
pub struct Platform {
    shared: Arc<Shared>,
    tls: Option<Tls>,
    detail: Detail,
}

impl Platform {
    /// A platform over an open database. The cryptography is tested with known answers first, and the signing key
    /// is entered into the list of published keys.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn new(
        config: Config,
        database: Database,
        keys: Keys,
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        config.check()?;
        let tls = config.server.tls.clone().map(Tls::open).transpose()?;
        crypto::self_test(&random).map_err(|error| StartError::SelfTest(error.to_string()))?;
        let id = AppId::parse(&config.platform.id)
            .map_err(|_| config::ConfigError::Value { field: "platform.id", reason: "malformed" })?;
        let context = Context {
            id,
            config: Arc::new(config),
            database,
            signer: Arc::clone(&keys.signing),
            clock,
            random,
            cipher: keys.fields.clone(),
        };
        let now = context.now().as_millisecond();
        // No nonce is dropped yet: the jobs know how long they live.
        let partitions = storage::partitions::maintain(&context.database, now, i64::MIN);
        partitions.await.map_err(failure::Failure::from)?;
        let mut tx = context.database.begin().await.map_err(failure::Failure::from)?;
        keys::publish(&mut tx, keys.signing.verifying_key(), context.now()).await?;
        tx.commit().await.map_err(failure::Failure::from)?;
        let routes = Arc::new(Routes::new(&context).map_err(failure::Failure::from)?);
        let metrics = Metrics::new()?;
        routes.metrics().register(metrics.registry()).map_err(failure::Failure::from)?;
        let shared = Shared {
            verifier: Verifier::new(&context),
            jobs: Jobs::new(context.clone(), Arc::clone(&routes)),
            health: health::Health::new(metrics.clone(), tls.clone()),
            metrics,
            routes,
            keys,
            context,
        };
        Ok(Self { shared: Arc::new(shared), tls, detail: Detail::Terse })
    }

    /// A platform as its configuration says: opens the database and reads (at the first start makes) the key files.
    /// `secrets` are what the environment gives and the file must not hold.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        config: Config,
        secrets: Secrets,
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        config.check()?;
        let password = key_files::password(&config.keys, secrets.key_password)?;
        let address = secrets.database.as_ref().map_or(&config.database.address, |address| address);
        let options = storage::Options {
            connections: config.database.connections,
            acquire_timeout: std::time::Duration::from_millis(config.database.wait_ms),
            ..storage::Options::new(storage::Schema::Platform)
        };
        let database = Database::open(address, &options).await.map_err(failure::Failure::from)?;
        let keys =
            key_files::open(&config.keys, &password, &database, key_files::Missing::Make, &random).await?;
        Self::new(config, database, keys, clock, random).await
    }

    /// The same platform as a sandbox: callers with a wrong signature are told what is wrong with it.
    #[must_use]
    pub fn sandbox(mut self) -> Self {
        self.detail = Detail::Sandbox;
        self
    }

    /// Who draws pages, where the configuration wants them compared by how they look. Documents come from outside: it must
    /// bound what they take.
    #[must_use]
    pub fn drawn_by(self, drawer: Arc<dyn verify::PageDrawer>) -> Self {
        self.shared.verifier.draw_by(drawer);
        self
    }

    /// What the operator's functions work on.
    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// Serves a listener until shutdown; returns when every request under way was answered.
    ///
    /// # Errors
    /// Failures of the listener.
    pub async fn serve(&self, listener: TcpListener, shutdown: Shutdown) -> std::io::Result<()> {
        let tasks = Tasks::default();
        let gateway = Gateway::new(self.shared.context.clone(), self.detail);
        let router = api::router(&self.shared, gateway, tasks.clone());
        let jobs = tokio::spawn(self.shared.jobs.clone().run(shutdown.clone()));
        self.shared.health.until(&shutdown);
        let context = self.shared.context.clone();
        let routes = Arc::clone(&self.shared.routes);
        let follow = federation::run_follow(context.clone(), Arc::clone(&routes), shutdown.clone());
        let follow = tokio::spawn(follow);
        let lists = tokio::spawn(federation::run_refresh(context, routes, shutdown.clone()));
        let push =
            changes::run_push(self.shared.context.clone(), Arc::clone(&self.shared.routes), shutdown.clone());
        let push = tokio::spawn(push);
        let tls = tokio::spawn(Arc::clone(&self.shared.routes).watch_tls(shutdown.clone()));
        let probes = tokio::spawn(Arc::clone(&self.shared.routes).run_probes(shutdown.clone()));
        let served = http_server::serve_at(self.entrance(), listener, router, tasks, shutdown.clone()).await;
        shutdown.begin();
        for job in [jobs, probes, lists, follow, push, tls] {
            if let Err(error) = job.await {
                tracing::error!(%error, "the jobs ended badly");
            }
        }
        served
    }

    /// How connections are taken, as the configuration says.
    fn entrance(&self) -> Entrance {
        let config = &self.shared.context.config;
        Entrance {
            tls: self.tls.clone(),
            proxies: config.server.proxies.clone(),
            connections_per_address: config.limits.connections_per_address,
            drain: std::time::Duration::from_millis(config.server.drain_ms),
        }
    }

    /// Probes every address of the seal systems now rather than at the probes' next time.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn probe(&self) -> Result<(), ApiError> {
        Ok(self.shared.routes.probe_all().await?)
    }

    /// Tells subscribers what is due now rather than at the outbox's next time.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn push(&self) -> Result<changes::Pushed, ApiError> {
        Ok(changes::push_once(&self.shared.context, &self.shared.routes).await?)
    }

    /// Fetches the trust list of another platform now rather than at its next time.
    ///
    /// # Errors
    /// 10001 when the platform is not known, failures of the database.
    pub async fn refresh(&self, platform: &AppId) -> Result<federation::Refreshed, ApiError> {
        Ok(federation::refresh(&self.shared.context, &self.shared.routes, platform).await?)
    }

    /// Reads another platform's changes on now rather than at their next time.
    ///
    /// # Errors
    /// 10001 when the platform is not known, failures of the database.
    pub async fn follow(&self, platform: &AppId) -> Result<federation::Followed, ApiError> {
        Ok(federation::follow(&self.shared.context, &self.shared.routes, platform).await?)
    }

    /// The root key: what other platforms know this one by.
    pub fn root_key(&self) -> crypto::VerifyingKey {
        self.shared.keys.root.verifying_key().clone()
    }

    /// Our own trust list as it is published now.
    ///
    /// # Errors
    /// Failures of the database or the root key.
    pub async fn trust_list(&self) -> Result<protocol::resources::TrustList, ApiError> {
        Ok(federation::published(&self.shared.context, &*self.shared.keys.root).await?)
    }

    /// Fetches and checks the data of every seal that was filed without, now rather than at the jobs' next time.
    ///
    /// # Errors
    /// Failures of the database; a system that does not answer is left for another time.
    pub async fn fetch_seal_data(&self) -> Result<(), ApiError> {
        let mut cursor = Some(String::new());
        while let Some(after) = cursor {
            cursor = query::fetch_unchecked(&self.shared.context, &self.shared.routes, &after, 50).await?;
        }
        Ok(())
    }
}
