//! The platform's interfaces over HTTP: one file per chapter of the standard. A handler takes out, makes one call
//! and converts.

mod changes;
mod cloud;
mod documents;
mod public;
mod seals;
mod ukey;

use std::sync::Arc;

use axum::Router;
use http_server::{Admitted, AnswerSigner, Api, Done, Limits, Metrics, Tasks};
use protocol::ApiError;
use protocol::endpoints::{
    CloudSign, ConsentApply, ConsentOutcome, DocumentVerify, ReconciliationDigest, ReconciliationRows,
    SealChanges, SealFiling, SealQuery, SealStateChange, SignIdVerify,
};

use crate::context::Context;
use crate::gateway::Gateway;
use crate::health::Health;
use crate::jobs::Jobs;
use crate::keys::Keys;
use crate::pages;
use crate::routing::Routes;
use crate::verification::Verifier;

/// What the handlers share.
pub(crate) struct Shared {
    pub(crate) context: Context,
    pub(crate) keys: Keys,
    pub(crate) routes: Arc<Routes>,
    pub(crate) verifier: Verifier,
    pub(crate) jobs: Jobs,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
}

/// The router of one platform.
pub(crate) fn router(shared: &Arc<Shared>, gateway: Gateway, tasks: Tasks) -> Router {
    let context = &shared.context;
    let answers = AnswerSigner::new(
        context.id.clone(),
        Arc::clone(&context.signer),
        context.clock.clone(),
        context.random.clone(),
    );
    let api = Api::new(gateway, answers, limits(context), shared.metrics.clone(), tasks)
        .behind(context.config.server.proxies.clone())
        .endpoint::<SealFiling, _, _>(with(shared, seals::file))
        .endpoint::<SealStateChange, _, _>(with(shared, seals::set_state))
        .endpoint::<SealQuery, _, _>(with(shared, seals::query))
        .endpoint::<ConsentApply, _, _>(with(shared, cloud::apply))
        .endpoint::<ConsentOutcome, _, _>(with(shared, cloud::outcome))
        .endpoint::<CloudSign, _, _>(with(shared, cloud::sign))
        .endpoint::<SignIdVerify, _, _>(with(shared, ukey::verify_sign_id))
        .endpoint::<DocumentVerify, _, _>(with(shared, documents::verify))
        .endpoint::<SealChanges, _, _>(with(shared, changes::page))
        .endpoint::<ReconciliationDigest, _, _>(with(shared, changes::digest))
        .endpoint::<ReconciliationRows, _, _>(with(shared, changes::rows));
    let api = public::mount(api, shared).merge(public::plain(shared));
    let api = if context.config.server.pages { api.merge(pages::router(shared)) } else { api };
    api.into_router()
}

fn limits(context: &Context) -> Limits {
    let (times, limits) = (&context.config.times, &context.config.limits);
    Limits {
        file_bytes: limits.document_bytes,
        requests: limits.requests,
        requests_per_address: limits.requests_per_address,
        uploads: limits.uploads,
        uploads_per_address: limits.uploads_per_address,
        address_rate: limits.address_rate,
        json_time: std::time::Duration::from_millis(times.body_ms),
        file_time: std::time::Duration::from_millis(times.document_ms),
        ..Limits::default()
    }
}

/// A handler that gets what all share.
fn with<R, Fut>(
    shared: &Arc<Shared>,
    work: fn(Arc<Shared>, Admitted<R>) -> Fut,
) -> impl Fn(Admitted<R>) -> Fut + Clone + Send + Sync + 'static
where
    R: 'static,
    Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
{
    let shared = Arc::clone(shared);
    move |admitted| work(Arc::clone(&shared), admitted)
}
