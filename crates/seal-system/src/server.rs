//! The server: the interfaces for the platform, the pages, health and metrics, and the jobs that run beside them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_server::{AnswerSigner, Api, Limits, Metrics, MetricsError, Shutdown, Tasks};
use protocol::ApiError;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, DocumentVerify, SealQuery};
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
        let parts = &self.parts;
        let answers = AnswerSigner::new(
            parts.app_id.clone(),
            parts.signer.clone(),
            parts.clock.clone(),
            parts.random.clone(),
        );
        let limits = Limits { file_bytes: parts.application.max_document, ..Limits::default() };
        let metrics = Metrics::new()?;
        let [query, apply, outcome, sign, verify] = [(); 5].map(|()| self.clone());
        let api = Api::new(self.clone(), answers, limits, metrics.clone(), tasks)
            .endpoint::<SealQuery, _, _>(move |admitted| query.clone().serve_query(admitted))
            .endpoint::<ConsentApply, _, _>(move |admitted| apply.clone().serve_consent_apply(admitted))
            .endpoint::<ConsentOutcome, _, _>(move |admitted| outcome.clone().serve_consent_result(admitted))
            .endpoint::<CloudSign, _, _>(move |admitted| sign.clone().serve_sign(admitted))
            .endpoint::<DocumentVerify, _, _>(move |admitted| verify.clone().serve_verify(admitted));
        Ok(api.merge(self.health(metrics)).merge(pages::router(self)).into_router())
    }

    fn health(&self, metrics: Metrics) -> Router {
        Router::new()
            .route("/health/live", get(|| async { short(StatusCode::OK, "live") }))
            .route("/health/ready", get(ready))
            .route(
                "/metrics",
                get(move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { show_metrics(peer, &metrics) }),
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
        let router = self.router(tasks.clone())?;
        let (outbox, stop) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { outbox.run_outbox(stop).await });
        let (tidying, stop) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { tidying.run_tidying(stop).await });
        Ok(http_server::serve(listener, router, tasks, shutdown).await?)
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

async fn ready(State(system): State<SealSystem>) -> Response {
    match system.database().ping().await {
        Ok(()) => short(StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            short(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}

/// For this machine only: a proxy or an agent beside us collects them.
fn show_metrics(peer: SocketAddr, metrics: &Metrics) -> Response {
    if !peer.ip().to_canonical().is_loopback() {
        return short(StatusCode::FORBIDDEN, "metrics are for this machine only");
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4"), (CACHE_CONTROL, "no-store")], metrics.text())
        .into_response()
}

fn short(status: StatusCode, text: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}
