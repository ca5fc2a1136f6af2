//! Mounting interfaces.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::Response;
use axum::routing::{MethodRouter, get, post};
use protocol::{ApiError, Code, Endpoint};

use crate::answer::AnswerSigner;
use crate::gate::Gatekeeper;
use crate::handling::{self, Admitted, Done};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::plain::PlainAnswer;
use crate::serve::Tasks;

/// What the handlers of one server share.
pub(crate) struct Core<G> {
    pub(crate) gate: G,
    pub(crate) answers: AnswerSigner,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) tasks: Tasks,
}

/// The interfaces of one server.
pub struct Api<G> {
    core: Arc<Core<G>>,
    router: Router,
}

impl<G: Gatekeeper> Api<G> {
    /// An API without any interface yet.
    pub fn new(gate: G, answers: AnswerSigner, limits: Limits, metrics: Metrics, tasks: Tasks) -> Self {
        let core = Arc::new(Core { gate, answers, limits, metrics, tasks });
        Self { core, router: Router::new() }
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
        let handler = move |ConnectInfo(address): ConnectInfo<SocketAddr>, request: Request| {
            let (core, work) = (Arc::clone(&core), work.clone());
            async move { handling::handle(&core, E::INFO, work, address.ip(), request).await }
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

    /// The router. What is not mounted is answered 404 in the envelope, signed.
    pub fn into_router(self) -> Router {
        let core = Arc::clone(&self.core);
        self.router.fallback(move || {
            let core = Arc::clone(&core);
            async move { refuse(&core, 404, "没有此接口", "no such interface") }
        })
    }

    /// Other methods on a known path are answered 405 in the envelope, signed.
    fn only(&self, route: MethodRouter) -> MethodRouter {
        let core = Arc::clone(&self.core);
        route.fallback(move || {
            let core = Arc::clone(&core);
            async move { refuse(&core, 405, "请求方法不对", "another method is needed") }
        })
    }
}

fn refuse<G>(core: &Core<G>, status: u16, zh: &str, en: &str) -> Response<Body> {
    let error = ApiError::explained(Code::Malformed, zh, en).with_status(status);
    let request_id = core.answers.request_id();
    handling::log_refusal(&request_id, &error);
    core.answers.refusal(&request_id, None, &error).into_response()
}
