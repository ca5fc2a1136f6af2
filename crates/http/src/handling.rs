//! The way of one request through a server: read, check, work, answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use protocol::endpoints::{BodyKind, EndpointInfo};
use protocol::schema::{Head, HeadKind, RequestTable, read_head, read_request};
use protocol::wire::{Binding, Canonical, Params};
use protocol::{ApiError, AppId, Code, Envelope, ParamValue};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::answer::Outgoing;
use crate::api::Core;
use crate::body;
use crate::crowd::{Crowd, Place};
use crate::gate::{self, Caller, Gatekeeper, Unverified};
use crate::metrics::Sm2;
use crate::source::Source;
use crate::trace;
use crate::upload::{self, Upload};

/// How long a caller should wait when too much is under way.
const CROWDED: Duration = Duration::from_secs(1);
/// How long a caller should wait when the work takes longer than it waited.
const UNFINISHED: Duration = Duration::from_secs(2);

/// A request that was let in.
#[derive(Debug)]
pub struct Admitted<R> {
    /// Who asks.
    pub caller: Caller,
    /// What is asked.
    pub request: R,
    /// All parameters as they came, unknown ones too: they are covered by the signature.
    pub params: Params,
    /// The file of a multipart request.
    pub upload: Option<Upload>,
}

/// What a handler answers: the body's exact bytes.
#[derive(Debug, Clone)]
pub struct Done {
    pub(crate) body: Vec<u8>,
    pub(crate) partial: Option<String>,
}

impl Done {
    /// The answer `data`, code "0".
    ///
    /// # Errors
    /// 99999 when it cannot be written as JSON.
    pub fn data<T: Serialize>(data: &T) -> Result<Self, ApiError> {
        Self::envelope(&Envelope::success(data))
    }

    /// A whole envelope, for answers with extension fields beside `data`.
    ///
    /// # Errors
    /// 99999 when it cannot be written as JSON.
    pub fn envelope<T: Serialize>(envelope: &T) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(envelope).map_err(ApiError::fault)?;
        Ok(Self { body, partial: None })
    }

    /// The same with the header `X-Seal-Partial`, which names what is missing for who does not read the extensions of
    /// the body. It repeats what the signed body says and is not signed itself.
    #[must_use]
    pub fn partial(self, missing: Option<String>) -> Self {
        Self { partial: missing, ..self }
    }
}

/// A request as far as it was read, for binding the answer and for the log.
#[derive(Default)]
struct Seen {
    app_id: Option<AppId>,
    request_hash: Option<[u8; 32]>,
    caller: Option<Caller>,
    waits: Option<Duration>,
}

/// How long the caller waits, in milliseconds.
const WAIT: &str = "x-seal-wait";

fn waits(headers: &HeaderMap) -> Option<Duration> {
    let millis = headers.get(WAIT)?.to_str().ok()?.parse::<u32>().ok()?;
    Some(Duration::from_millis(millis.into()))
}

impl Seen {
    fn binding(&self) -> Option<Binding<'_>> {
        Some(Binding { app_id: self.app_id.as_ref()?, request_hash: self.request_hash? })
    }
}

/// One request on its way: what every step of it needs.
struct Passage<G> {
    core: Arc<Core<G>>,
    interface: &'static EndpointInfo,
    request_id: String,
    source: Source,
}

/// A place among what is under way, and among what its address has under way.
#[derive(Debug)]
pub(crate) struct Slot {
    _of_all: OwnedSemaphorePermit,
    _of_address: Place,
}

/// Handles one request from its first byte to its signed answer.
pub(crate) async fn handle<G, R, F, Fut>(
    core: Arc<Core<G>>,
    interface: &'static EndpointInfo,
    work: F,
    source: Source,
    request: Request<Body>,
) -> Response<Body>
where
    G: Gatekeeper,
    R: RequestTable,
    F: FnOnce(Admitted<R>) -> Fut + Send,
    Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
{
    let passage = Arc::new(Passage { request_id: core.answers.request_id(), core, interface, source });
    let span = trace::span(interface.name, &passage.request_id, request.headers());
    passage.whole(work, request).instrument(span).await
}

impl<G: Gatekeeper> Passage<G> {
    /// The way of a request within its span.
    async fn whole<R, F, Fut>(self: Arc<Self>, work: F, request: Request<Body>) -> Response<Body>
    where
        R: RequestTable,
        F: FnOnce(Admitted<R>) -> Fut + Send,
        Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
    {
        let started = Instant::now();
        let _running = self.core.metrics.running();
        let mut seen = Seen::default();
        let (answer, let_in) = match self.enter(request, &mut seen).await {
            Ok((admitted, slot)) => {
                seen.caller = Some(admitted.caller.clone());
                (self.run(Arc::new(seen), work(admitted), slot).await, true)
            }
            Err(error) => (self.finish(&seen, Err(error)).await.with_app_id(seen.app_id), false),
        };
        self.close(&answer, let_in, started.elapsed());
        answer.into_response()
    }

    /// Takes a place among the requests under way, reads the request and has it checked.
    async fn enter<R: RequestTable>(
        &self,
        request: Request<Body>,
        seen: &mut Seen,
    ) -> Result<(Admitted<R>, Slot), ApiError> {
        let (all, of_address) = (&self.core.requests, &self.core.requests_of);
        let slot = self.place(all, of_address, "too many requests under way")?;
        Ok((self.admit(request, seen).await?, slot))
    }

    async fn admit<R: RequestTable>(
        &self,
        request: Request<Body>,
        seen: &mut Seen,
    ) -> Result<Admitted<R>, ApiError> {
        let core = &*self.core;
        seen.waits = waits(request.headers());
        let (params, upload) = self.receive(request, seen).await?;
        let canonical = Canonical::of(&self.interface.target(core.answers.id()), &params)?;
        let app_id = params.get("appId").map(|value| AppId::parse(&value.signed_text()));
        seen.app_id = app_id.and_then(Result::ok);
        seen.request_hash = Some(canonical.hash());
        let (head, request) = read_request::<R>(&params)?;
        let unverified = Unverified {
            interface: self.interface.name,
            app_id: head.app_id,
            time: head.time,
            nonce: head.nonce,
            canonical,
            sign: head.sign,
            source: self.source,
            waits: seen.waits,
        };
        let now = core.answers.clock().now();
        let checks = (&core.verifier, &core.metrics);
        let caller = gate::admit(&core.gate, unverified, &self.request_id, now, checks).await?;
        Ok(Admitted { caller, request, params, upload })
    }

    /// A place among what is under way, in all and from this address, or 90001.
    fn place(&self, all: &Arc<Semaphore>, of_address: &Crowd, full: &'static str) -> Result<Slot, ApiError> {
        let of_address = of_address.enter(self.source.address);
        let of_all = Arc::clone(all).try_acquire_owned().ok();
        match (of_all, of_address) {
            (Some(of_all), Some(of_address)) => Ok(Slot { _of_all: of_all, _of_address: of_address }),
            (_, None) => Err(ApiError::busy(CROWDED, format_args!("{full} from this address"))),
            (None, _) => Err(ApiError::busy(CROWDED, full)),
        }
    }

    /// Reads the body. Of a multipart body the file is read only when its sender is known and its time in order.
    async fn receive(
        &self,
        request: Request<Body>,
        seen: &mut Seen,
    ) -> Result<(Params, Option<Upload>), ApiError> {
        let (parts, body) = request.into_parts();
        let (core, limits) = (&*self.core, self.core.limits);
        if let BodyKind::Json { max_bytes } = self.interface.body {
            body::require_json(&parts.headers)?;
            let bytes = body::read(&parts.headers, body, max_bytes, limits.json_time).await?;
            return Ok((Params::from_json(&bytes, protocol::wire::Limits::bytes(max_bytes))?, None));
        }
        let reading = upload::scalars(&parts.headers, body, limits);
        let (mut params, pending) = in_time(limits.json_time, reading).await?;
        let head: Head = read_head(self.interface.request.head.unwrap_or(HeadKind::Full), &params)?;
        seen.app_id = Some(head.app_id.clone());
        let now = core.answers.clock().now();
        let early = (&head.app_id, head.time);
        gate::admit_early(&core.gate, self.interface.name, early, &self.source, now).await?;
        let slot = self.place(&core.uploads, &core.uploads_of, "too many documents under way")?;
        let file = in_time(limits.file_time, pending.receive(slot)).await?;
        params.insert("file", ParamValue::Text(file.sm3.text()))?;
        Ok((params, Some(file)))
    }

    /// Runs the work, and what has to follow it, in a task of its own: a caller who hangs up does not stop it half
    /// way, its answer is kept as evidence all the same, and a panic in it is answered like any other fault.
    async fn run(
        self: &Arc<Self>,
        seen: Arc<Seen>,
        work: impl Future<Output = Result<Done, ApiError>> + Send + 'static,
        slot: Slot,
    ) -> Outgoing {
        let (passage, of_task) = (Arc::clone(self), Arc::clone(&seen));
        let whole = async move {
            let result = work.await;
            let answer = passage.finish(&of_task, result).await;
            drop(slot);
            answer
        };
        let task = self.core.tasks.spawn(whole.in_current_span());
        let answer = match tokio::time::timeout(self.core.limits.handler_time, task).await {
            Ok(Ok(answer)) => answer,
            // The panic itself was reported where it happened; its text may hold anything.
            Ok(Err(_)) => self.finish(&seen, Err(ApiError::fault("the work ended in a panic"))).await,
            Err(_) => {
                let error = ApiError::busy(UNFINISHED, "the work takes longer than a caller waits");
                self.finish(&seen, Err(error)).await
            }
        };
        answer.with_app_id(seen.app_id.clone())
    }

    /// Signs the answer and shows it to the server before it leaves.
    async fn finish(&self, seen: &Seen, result: Result<Done, ApiError>) -> Outgoing {
        let binding = seen.binding();
        let answer = self.sign(binding, result);
        let Some(caller) = &seen.caller else {
            return answer;
        };
        match self.core.gate.answered(caller, self.interface.name, &answer).await {
            Ok(()) => answer,
            Err(error) => self.sign(binding, Err(error)),
        }
    }

    fn sign(&self, binding: Option<Binding<'_>>, result: Result<Done, ApiError>) -> Outgoing {
        let answers = &self.core.answers;
        let started = Instant::now();
        let answer = match result {
            Ok(done) => answers.good(&self.request_id, binding, done.body).with_partial(done.partial),
            Err(error) => {
                log_refusal(&self.request_id, &error);
                answers.refusal(&self.request_id, binding, &error)
            }
        };
        self.core.metrics.sm2(Sm2::Sign, started.elapsed());
        answer
    }

    /// The one closing event of a request: stable names, nothing personal.
    fn close(&self, answer: &Outgoing, let_in: bool, took: Duration) {
        let who = answer.app_id.as_ref().map(AppId::as_str);
        self.core.metrics.request(self.interface.name, &answer.code, took);
        // Whoever was not let in can call itself anything, so it is not counted under that name.
        let system = who.filter(|_| let_in).unwrap_or_default();
        self.core.metrics.of_system(self.interface.name, system, &answer.code);
        trace::close(who, &answer.code, answer.status);
        tracing::info!(
            request_id = self.request_id,
            interface = self.interface.name,
            app_id = who,
            address = %self.source.address,
            code = answer.code,
            status = answer.status,
            bytes = answer.body.len(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(body::slow()))
}

/// The one place where a refusal is logged. What happened to us is louder than what callers do.
pub(crate) fn log_refusal(request_id: &str, error: &ApiError) {
    let (code, cause) = (error.code().text(), error.cause().unwrap_or_default());
    if matches!(error.code(), Code::Fault) {
        tracing::error!(request_id, code, cause, "fault");
    } else {
        tracing::debug!(request_id, code, cause, "refused");
    }
}
