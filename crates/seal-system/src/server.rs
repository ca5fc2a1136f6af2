//! The server: the interfaces for the platform, the pages, health and metrics, and the jobs that run beside them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http_server::{
    AnswerSigner, Api, Check, Entrance, Metrics, MetricsError, Shutdown, Source, Tasks, Tls, TlsError,
    crypto_checks, entrance_checks,
};
use protocol::ApiError;
use protocol::endpoints::{ChangeNotice, CloudSign, ConsentApply, ConsentOutcome, DocumentVerify, SealQuery};
use storage::checks::{self, Demands};
use tokio::net::TcpListener;

use crate::SealSystem;
use crate::failure::OrRefuse;
use crate::pages;

/// How often what is over is put away.
const TIDY_EVERY: Duration = Duration::from_secs(30);

/// The server could not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its metrics could not be set up.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Its TLS certificate or key cannot be used.
    #[error("server.tls: {0}")]
    Tls(#[from] TlsError),
    /// Its listener failed.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
}

impl SealSystem {
    /// Everything this system serves. Work that outlives its caller goes to `tasks`.
    ///
    /// # Errors
    /// [`ServeError::Metrics`].
    pub fn router(&self, tasks: Tasks) -> Result<Router, ServeError> {
        self.routes(tasks, (None, Shutdown::new()))
    }

    fn routes(&self, tasks: Tasks, entrance: (Option<Tls>, Shutdown)) -> Result<Router, ServeError> {
        let parts = &self.parts;
        let answers = AnswerSigner::new(
            parts.app_id.clone(),
            parts.signer.clone(),
            parts.clock.clone(),
            parts.random.clone(),
        );
        let rules = &self.server().config;
        let limits = rules.limits(parts.application.max_document);
        let metrics = Metrics::new()?;
        let [query, apply, outcome, sign, verify, notice] = [(); 6].map(|()| self.clone());
        let api = Api::new(self.clone(), answers, limits, metrics.clone(), tasks)
            .behind(rules.proxies.clone())
            .endpoint::<SealQuery, _, _>(move |admitted| query.clone().serve_query(admitted))
            .endpoint::<ConsentApply, _, _>(move |admitted| apply.clone().serve_consent_apply(admitted))
            .endpoint::<ConsentOutcome, _, _>(move |admitted| outcome.clone().serve_consent_result(admitted))
            .endpoint::<CloudSign, _, _>(move |admitted| sign.clone().serve_sign(admitted))
            .endpoint::<DocumentVerify, _, _>(move |admitted| verify.clone().serve_verify(admitted))
            .endpoint::<ChangeNotice, _, _>(move |admitted| notice.clone().serve_notice(admitted));
        Ok(api.merge(self.health(metrics, entrance)).merge(pages::router(self)).into_router())
    }

    fn health(&self, metrics: Metrics, entrance: (Option<Tls>, Shutdown)) -> Router {
        let looking = Looking { metrics, tls: entrance.0, shutdown: entrance.1 };
        let for_ready = looking.clone();
        Router::new()
            .route("/health/live", get(|| async { short(StatusCode::OK, "live") }))
            .route("/health/ready", get(move |state: State<Self>| ready(state, for_ready)))
            .route(
                "/metrics",
                get(move |state: State<Self>, Extension(source): Extension<Source>| {
                    let answer = show_metrics(&state.0, &source, &looking);
                    async move { answer }
                }),
            )
            .with_state(self.clone())
    }

    /// Serves until shutdown, tells the platform what it has to know, and puts away what is over. Returns when
    /// everything under way is done.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn run(&self, listener: TcpListener, shutdown: Shutdown) -> Result<(), ServeError> {
        let tasks = Tasks::default();
        let entrance: Entrance = self.server().config.entrance()?;
        let router = self.routes(tasks.clone(), (entrance.tls.clone(), shutdown.clone()))?;
        let (outbox, stop) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { outbox.run_outbox(stop).await });
        if let Some(files) = self.server().platform_tls.clone() {
            let stop = shutdown.clone();
            let watch = async move {
                http_server::watch_files("platform.tls", files.interval(), stop, || files.reload()).await;
            };
            tasks.spawn(watch);
        }
        let (tidying, stop) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { tidying.run_tidying(stop).await });
        Ok(http_server::serve_at(entrance, listener, router, tasks, shutdown).await?)
    }

    async fn run_tidying(&self, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            if let Err(error) = self.tidy().await {
                tracing::error!(%error, "what is over could not be put away");
            }
            tokio::select! {
                () = tokio::time::sleep(TIDY_EVERY) => {}
                () = shutdown.wait() => {}
            }
        }
    }

    /// Closes and forgets what is over: nonces, consents, signIds, documents.
    pub(crate) async fn tidy(&self) -> Result<(), ApiError> {
        self.purge_nonces().await?;
        self.tidy_consents().await?;
        self.purge_jobs().await?;
        let day_ago = self.now_millis().saturating_sub(24 * 60 * 60 * 1000);
        let mut tx = self.database().begin().await.or_refuse()?;
        storage::seal_system::sign_ids::purge(&mut tx, day_ago).await.or_refuse()?;
        tx.commit().await.or_refuse()
    }
}

/// What health and metrics are told from.
#[derive(Clone)]
struct Looking {
    metrics: Metrics,
    tls: Option<Tls>,
    shutdown: Shutdown,
}

/// The database and its evidence log, room and clock, the cryptography's known answers, whether this system's and its
/// maker's keys make signatures that verify, and the entrance.
async fn ready(State(system): State<SealSystem>, looking: Looking) -> Response {
    let parts = &system.parts;
    let look = async {
        let demands = Demands {
            now: system.now_millis(),
            free_bytes: system.server().config.min_free_mb.saturating_mul(1 << 20),
        };
        let found = checks::look(system.database(), demands).await;
        let mut found: Vec<Check> =
            found.into_iter().map(|(name, result)| Check::new(name, result)).collect();
        let signers = vec![
            ("signing", Arc::clone(&parts.signer)),
            ("making", Arc::new(parts.maker.key.clone()) as Arc<dyn crypto::Signer>),
        ];
        found.extend(crypto_checks(&parts.random, signers).await);
        found.extend(entrance_checks(&looking.shutdown, looking.tls.as_ref(), system.now()));
        found
    };
    system.health.readiness(&looking.metrics, look).await.into_response()
}

/// For this machine and the addresses that the operator names.
fn show_metrics(system: &SealSystem, source: &Source, looking: &Looking) -> Response {
    let address = source.address;
    if !address.is_loopback() && !system.server().config.metrics_from.contains(&address) {
        return short(StatusCode::FORBIDDEN, "metrics are for this machine only");
    }
    if let Some(tls) = &looking.tls {
        looking.metrics.tls_ends(tls.not_after());
    }
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4"), (CACHE_CONTROL, "no-store")];
    (kind, looking.metrics.text()).into_response()
}

fn short(status: StatusCode, text: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}
