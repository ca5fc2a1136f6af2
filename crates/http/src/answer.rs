//! The signed answer: every answer that a server makes itself, refusals too, carries headers over its exact bytes
//! (wire profile §6).

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use crypto::{Random, Signer};
use protocol::wire::{Binding, Reply, ReplyHeaders};
use protocol::{ApiError, AppId, Clock};

/// Names what is missing in an answer.
const PARTIAL: &str = "x-seal-partial";

/// Signs the answers of one server.
#[derive(Clone)]
pub struct AnswerSigner {
    id: AppId,
    signer: Arc<dyn Signer>,
    clock: Clock,
    random: Random,
}

/// An answer with its signature, ready to be kept as evidence and to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The HTTP status.
    pub status: u16,
    /// "0" or the code of the refusal.
    pub code: String,
    /// The body's exact bytes.
    pub body: Vec<u8>,
    /// SM3 of them.
    pub body_sm3: [u8; 32],
    /// The signed headers; `None` only when the signer failed, which is answered with 503 and no content.
    pub headers: Option<ReplyHeaders>,
    /// Who asked, as far as that is known, for the log.
    pub(crate) app_id: Option<AppId>,
    /// How long a refused caller should wait, in whole seconds.
    retry_after: Option<u64>,
    /// What is missing in the answer, for the header that says so.
    partial: Option<String>,
}

impl AnswerSigner {
    /// Answers as `id` with the key behind `signer`.
    pub fn new(id: AppId, signer: Arc<dyn Signer>, clock: Clock, random: Random) -> Self {
        Self { id, signer, clock, random }
    }

    /// The answering server's id.
    pub fn id(&self) -> &AppId {
        &self.id
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A new name for a request.
    pub fn request_id(&self) -> String {
        self.random.hex_id()
    }

    /// Signs a good answer with these exact bytes.
    pub fn good(&self, request_id: &str, binding: Option<Binding<'_>>, body: Vec<u8>) -> Outgoing {
        self.sign(request_id, binding, 200, protocol::SUCCESS, body, None)
    }

    /// Signs a refusal.
    pub fn refusal(&self, request_id: &str, binding: Option<Binding<'_>>, error: &ApiError) -> Outgoing {
        let body = serde_json::to_vec(&error.envelope()).unwrap_or_default();
        let wait = error.retry_after().map(|wait| wait.as_secs().max(1));
        self.sign(request_id, binding, error.status(), error.code().text(), body, wait)
    }

    fn sign(
        &self,
        request_id: &str,
        binding: Option<Binding<'_>>,
        status: u16,
        code: &str,
        body: Vec<u8>,
        retry_after: Option<u64>,
    ) -> Outgoing {
        let body_sm3 = crypto::sm3::digest(&body);
        let reply = Reply { audience: &self.id, binding, status, body_sm3 };
        let headers = reply.sign(&*self.signer, request_id, self.clock.now(), self.random.hex_id());
        let headers = headers
            .inspect_err(|error| tracing::error!(request_id, %error, "the answer could not be signed"))
            .ok();
        Outgoing {
            status,
            code: code.to_owned(),
            body,
            body_sm3,
            headers,
            app_id: None,
            retry_after,
            partial: None,
        }
    }
}

impl Outgoing {
    /// The same with the header that names what is missing.
    pub(crate) fn with_partial(self, partial: Option<String>) -> Self {
        Self { partial, ..self }
    }

    /// The same with who asked.
    pub(crate) fn with_app_id(self, app_id: Option<AppId>) -> Self {
        Self { app_id, ..self }
    }

    /// The response as axum sends it.
    pub fn into_response(self) -> Response<Body> {
        let Some(headers) = &self.headers else {
            // An answer of ours without a signature must not exist, so nothing is said at all.
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return response;
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let map = response.headers_mut();
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        map.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            map.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(value) = self.partial.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            map.insert(HeaderName::from_static(PARTIAL), value);
        }
        for (name, value) in headers.pairs() {
            if let Ok(value) = HeaderValue::from_str(value) {
                map.insert(HeaderName::from_static(name), value);
            }
        }
        *response.body_mut() = Body::from(self.body);
        response
    }
}
