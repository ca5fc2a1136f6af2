//! Mounting interfaces.

use std::any::Any;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use ipnet::IpNet;
use protocol::{ApiError, Code, Endpoint};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer::AnswerSigner;
use crate::crowd::Crowd;
use crate::front;
use crate::gate::Gatekeeper;
use crate::gcra::Rates;
use crate::handling::{self, Admitted, Done};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::plain::PlainAnswer;
use crate::serve::Tasks;
use crate::source::Source;
use crate::verifier::Verifier;

/// What the handlers of one server share.
pub(crate) struct Core<G> {
    pub(crate) gate: G,
    pub(crate) answers: AnswerSigner,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) verifier: Verifier,
    pub(crate) tasks: Tasks,
    /// Places for requests under way.
    pub(crate) requests: Arc<Semaphore>,
    /// Places for documents in memory.
    pub(crate) uploads: Arc<Semaphore>,
    /// How many of these places each address has taken.
    pub(crate) requests_of: Crowd,
    pub(crate) uploads_of: Crowd,
    /// How often each address asks.
    pub(crate) rates: Rates<IpAddr>,
    /// Whose word about a caller's address and certificate is taken.
    proxies: OnceLock<Vec<IpNet>>,
}

impl<G> Core<G> {
    pub(crate) fn proxies(&self) -> &[IpNet] {
        self.proxies.get().map(Vec::as_slice).unwrap_or_default()
    }
}

/// The interfaces of one server.
pub struct Api<G> {
    core: Arc<Core<G>>,
    router: Router,
}

impl<G: Gatekeeper> Api<G> {
    /// An API without any interface yet.
    pub fn new(gate: G, answers: AnswerSigner, limits: Limits, metrics: Metrics, tasks: Tasks) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let (requests, uploads) = (places(limits.requests), places(limits.uploads));
        let proxies = OnceLock::new();
        let verifier = Verifier::new(metrics.clone());
        let core = Core {
            requests_of: Crowd::new(limits.requests_per_address),
            uploads_of: Crowd::new(limits.uploads_per_address),
            rates: Rates::default(),
            gate,
            answers,
            limits,
            metrics,
            verifier,
            tasks,
            requests,
            uploads,
            proxies,
        };
        Self { core: Arc::new(core), router: Router::new() }
    }

    /// Believes these proxies about the caller before them: address, TLS and certificate (`X-Forwarded-For`,
    /// `X-Forwarded-Proto`, `Client-Cert`).
    #[must_use]
    pub fn behind(self, proxies: Vec<IpNet>) -> Self {
        // Only the first word counts: a server is configured once.
        drop(self.core.proxies.set(proxies));
        self
    }

    /// Mounts an interface of the standard with its handler.
    #[must_use]
    pub fn endpoint<E, F, Fut>(mut self, work: F) -> Self
    where
        E: Endpoint,
        F: Fn(Admitted<E::Request>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        let handler = move |Extension(source): Extension<Source>, request: Request| {
            handling::handle(Arc::clone(&core), E::INFO, work.clone(), source, request)
        };
        let route = self.only(post(handler));
        self.router = self.router.route(E::INFO.path, route);
        self
    }

    /// Mounts a public resource: no caller, but the answer is signed all the same.
    #[must_use]
    pub fn resource<F, Fut>(mut self, path: &str, make: F) -> Self
    where
        F: Fn() -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        let name: &'static str = "resource";
        let handler = move || {
            let (core, work) = (Arc::clone(&core), make());
            async move {
                let started = std::time::Instant::now();
                let answer = PlainAnswer::make(&core.answers, work.await);
                core.metrics.request(name, &answer.code, started.elapsed());
                answer.into_response()
            }
        };
        let route = self.only(get(handler));
        self.router = self.router.route(path, route);
        self
    }

    /// Adds pages and other routes that are not of the standard.
    #[must_use]
    pub fn merge(mut self, other: Router) -> Self {
        self.router = self.router.merge(other);
        self
    }

    /// The router. What is not mounted is answered 404 in the envelope, signed; so is a panic, with 99999. Every
    /// handler, those of merged routes too, finds a [`Source`] among the request's extensions.
    pub fn into_router(self) -> Router {
        let core = Arc::clone(&self.core);
        let for_panics = Arc::clone(&self.core);
        let for_front = Arc::clone(&self.core);
        self.router
            .fallback(move || {
                let core = Arc::clone(&core);
                async move { refuse(&core, no_such(404, "没有此接口", "no such interface")) }
            })
            .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| {
                refuse(&for_panics, ApiError::fault("a panic outside the work"))
            }))
            .layer(from_fn(move |request, next| front::pass(Arc::clone(&for_front), request, next)))
    }

    /// Other methods on a known path are answered 405 in the envelope, signed.
    fn only(&self, route: MethodRouter) -> MethodRouter {
        let core = Arc::clone(&self.core);
        route.fallback(move || {
            let core = Arc::clone(&core);
            async move { refuse(&core, no_such(405, "请求方法不对", "another method is needed")) }
        })
    }
}

fn no_such(status: u16, zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::Malformed, zh, en).with_status(status)
}

#[expect(clippy::needless_pass_by_value, reason = "the error ends here")]
pub(crate) fn refuse<G>(core: &Core<G>, error: ApiError) -> Response<Body> {
    let request_id = core.answers.request_id();
    handling::log_refusal(&request_id, &error);
    core.metrics.request("none", error.code().text(), std::time::Duration::ZERO);
    core.answers.refusal(&request_id, None, &error).into_response()
}
