//! What anybody may ask for (wire profile §1): time, published keys and trust list, signed; and, unsigned, the
//! OpenAPI document, health and metrics, which are for tools.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http_server::{Api, Done, Source};
use protocol::ApiError;
use protocol::resources::{self, ServerTime};

use super::Shared;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::{federation, keys};

/// How long whoever reads the metrics waits for what the database knows.
const COUNTING: Duration = Duration::from_secs(2);

/// Mounts the signed resources.
pub(super) fn mount(api: Api<Gateway>, shared: &Arc<Shared>) -> Api<Gateway> {
    let (for_time, for_keys, for_trust) = (Arc::clone(shared), Arc::clone(shared), Arc::clone(shared));
    api.resource(resources::TIME.path, move || {
        let now = for_time.context.now();
        async move { Done::data(&ServerTime::of(now)) }
    })
    .resource(resources::KEYS.path, move || {
        let shared = Arc::clone(&for_keys);
        async move {
            let context = &shared.context;
            let mut tx = context.database.read().await.map_err(Failure::from)?;
            let root = &*shared.keys.root;
            Done::data(&keys::published(&mut tx, &context.id, root, context.now()).await?)
        }
    })
    .resource(resources::TRUST_LIST.path, move || {
        let shared = Arc::clone(&for_trust);
        async move { Done::data(&federation::published(&shared.context, &*shared.keys.root).await?) }
    })
}

/// The unsigned resources.
pub(super) fn plain(shared: &Arc<Shared>) -> Router {
    let (for_ready, for_metrics) = (Arc::clone(shared), Arc::clone(shared));
    Router::new()
        .route("/openapi.json", get(|| async { json(StatusCode::OK, &protocol::openapi::document()) }))
        .route("/health/live", get(|| async { json(StatusCode::OK, &serde_json::json!({ "live": true })) }))
        .route("/health/ready", get(move || ready(Arc::clone(&for_ready))))
        .route(
            "/metrics",
            get(move |Extension(source): Extension<Source>| metrics(Arc::clone(&for_metrics), source)),
        )
}

async fn ready(shared: Arc<Shared>) -> Response {
    shared.health.readiness(&shared.context).await.into_response()
}

fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(value) {
        Ok(body) => (status, headers, body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Metrics tell who calls how often, so they are for this machine and the addresses that the operator names.
async fn metrics(shared: Arc<Shared>, source: Source) -> Response {
    let address = source.address;
    if !address.is_loopback() && !shared.context.config.server.metrics_from.contains(&address) {
        return StatusCode::FORBIDDEN.into_response();
    }
    shared.routes.note_standings();
    // Without a database everything else is told all the same.
    let counting = shared.routes.metrics().count_notices(&shared.context);
    if let Ok(Err(error)) = tokio::time::timeout(COUNTING, counting).await {
        tracing::debug!(error = %ApiError::from(error), "notices could not be counted");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.health.metrics()).into_response()
}
