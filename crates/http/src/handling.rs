//! The way of one request through a server: read, check, work, answer.

use std::net::IpAddr;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, Response};
use protocol::endpoints::{BodyKind, EndpointInfo};
use protocol::schema::{Head, HeadKind, RequestTable, read_head, read_request};
use protocol::wire::{Binding, Canonical, Params};
use protocol::{ApiError, AppId, Code, ParamValue};
use serde::Serialize;

use crate::answer::Outgoing;
use crate::api::Core;
use crate::gate::{self, Caller, Gatekeeper, Unverified};
use crate::upload::{self, Upload};
use crate::{body, metrics};

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
pub struct Done(pub(crate) Vec<u8>);

impl Done {
    /// The answer `data`, code "0".
    ///
    /// # Errors
    /// 99999 when it cannot be written as JSON.
    pub fn data<T: Serialize>(data: &T) -> Result<Self, ApiError> {
        Self::envelope(&serde_json::json!({ "code": protocol::SUCCESS, "message": "成功 success", "data": data }))
    }

    /// A whole envelope, for answers with extension fields beside `data`.
    ///
    /// # Errors
    /// 99999 when it cannot be written as JSON.
    pub fn envelope<T: Serialize>(envelope: &T) -> Result<Self, ApiError> {
        serde_json::to_vec(envelope).map(Self).map_err(ApiError::fault)
    }
}

/// A request as far as it was read, for binding the answer and for the log.
#[derive(Default)]
struct Seen {
    app_id: Option<AppId>,
    request_hash: Option<[u8; 32]>,
    caller: Option<Caller>,
}

impl Seen {
    fn binding(&self) -> Option<Binding<'_>> {
        Some(Binding { app_id: self.app_id.as_ref()?, request_hash: self.request_hash? })
    }
}

/// Handles one request from its first byte to its signed answer.
pub(crate) async fn handle<G, R, F, Fut>(
    core: &Core<G>,
    interface: &'static EndpointInfo,
    work: F,
    address: IpAddr,
    request: Request<Body>,
) -> Response<Body>
where
    G: Gatekeeper,
    R: RequestTable,
    F: FnOnce(Admitted<R>) -> Fut + Send,
    Fut: Future<Output = Result<Done, ApiError>> + Send + 'static,
{
    let started = Instant::now();
    let request_id = core.answers.request_id();
    let mut seen = Seen::default();
    let admitted = admit(core, interface, address, &request_id, request, &mut seen).await;
    let result = match admitted {
        Ok(admitted) => {
            seen.caller = Some(admitted.caller.clone());
            run(core, work(admitted)).await
        }
        Err(error) => Err(error),
    };
    let answer = finish(core, interface, &request_id, &seen, result).await;
    core.metrics.request(interface.name, &answer.code, started.elapsed());
    tracing::info!(
        request_id,
        interface = interface.name,
        app_id = seen.app_id.as_ref().map(AppId::as_str),
        code = answer.code,
        status = answer.status,
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    answer.into_response()
}

/// Signs the answer and shows it to the server before it leaves.
async fn finish<G: Gatekeeper>(
    core: &Core<G>,
    interface: &'static EndpointInfo,
    request_id: &str,
    seen: &Seen,
    result: Result<Done, ApiError>,
) -> Outgoing {
    let binding = seen.binding();
    let answer = match result {
        Ok(done) => core.answers.good(request_id, binding, done.0),
        Err(error) => {
            log_refusal(request_id, &error);
            core.answers.refusal(request_id, binding, &error)
        }
    };
    let Some(caller) = &seen.caller else {
        return answer;
    };
    match core.gate.answered(caller, interface.name, &answer).await {
        Ok(()) => answer,
        Err(error) => {
            log_refusal(request_id, &error);
            core.answers.refusal(request_id, binding, &error)
        }
    }
}

/// Runs the work in a task of its own: a caller who hangs up does not stop it half way, and a panic in it is
/// answered like any other fault.
async fn run<G>(
    core: &Core<G>,
    work: impl Future<Output = Result<Done, ApiError>> + Send + 'static,
) -> Result<Done, ApiError> {
    let task = core.tasks.spawn(work);
    match tokio::time::timeout(core.limits.handler_time, task).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => Err(ApiError::fault(error)),
        Err(_) => Err(ApiError::busy(std::time::Duration::from_secs(2), "the work takes longer than a caller waits")),
    }
}

async fn admit<G: Gatekeeper, R: RequestTable>(
    core: &Core<G>,
    interface: &'static EndpointInfo,
    address: IpAddr,
    request_id: &str,
    request: Request<Body>,
    seen: &mut Seen,
) -> Result<Admitted<R>, ApiError> {
    let (params, upload) = receive(core, interface, address, request, seen).await?;
    let canonical = Canonical::of(&interface.target(core.answers.id()), &params)?;
    let app_id = params.get("appId").map(|value| AppId::parse(&value.signed_text()));
    seen.app_id = app_id.and_then(Result::ok);
    seen.request_hash = Some(canonical.hash());
    let (head, request) = read_request::<R>(&params)?;
    let unverified = Unverified {
        interface: interface.name,
        app_id: head.app_id,
        time: head.time,
        nonce: head.nonce,
        canonical,
        sign: head.sign,
        address,
    };
    let caller = gate::admit(&core.gate, unverified, request_id, core.answers.clock().now()).await?;
    Ok(Admitted { caller, request, params, upload })
}

/// Reads the body. Of a multipart body the file is read only when its sender is known and its time in order.
async fn receive<G: Gatekeeper>(
    core: &Core<G>,
    interface: &'static EndpointInfo,
    address: IpAddr,
    request: Request<Body>,
    seen: &mut Seen,
) -> Result<(Params, Option<Upload>), ApiError> {
    let (parts, body) = request.into_parts();
    let limits = core.limits;
    if let BodyKind::Json { max_bytes } = interface.body {
        body::require_json(&parts.headers)?;
        let bytes = body::read(&parts.headers, body, max_bytes, limits.json_time).await?;
        return Ok((Params::from_json(&bytes, protocol::wire::Limits::bytes(max_bytes))?, None));
    }
    let reading = upload::scalars(&parts.headers, body, limits);
    let (mut params, pending) = in_time(limits.json_time, reading).await?;
    let head: Head = read_head(interface.request.head.unwrap_or(HeadKind::Full), &params)?;
    seen.app_id = Some(head.app_id.clone());
    let now = core.answers.clock().now();
    gate::admit_early(&core.gate, interface.name, (&head.app_id, head.time), address, now).await?;
    let file = in_time(limits.file_time, pending.receive()).await?;
    params.insert("file", ParamValue::Text(file.sm3.text()))?;
    Ok((params, Some(file)))
}

async fn in_time<T>(
    limit: std::time::Duration,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(body::slow()))
}

/// The one place where a refusal is logged. What happened to us is louder than what callers do.
pub(crate) fn log_refusal(request_id: &str, error: &ApiError) {
    metrics::count_refusal(error.code());
    let (code, cause) = (error.code().text(), error.cause().unwrap_or_default());
    if matches!(error.code(), Code::Fault) {
        tracing::error!(request_id, code, cause, "fault");
    } else {
        tracing::debug!(request_id, code, cause, "refused");
    }
}
