//! One typed call: sign, send, check the answer's signature, read it.

use std::time::Duration;

use bytes::Bytes;
use crypto::Random;
use protocol::endpoints::{BodyKind, DocumentVerify};
use protocol::lists::ReportWanted;
use protocol::schema::{Head, HeadKind, RequestTable};
use protocol::tables::{DocumentReport, DocumentVerifyRequest};
use protocol::wire::{
    Binding, Bound, Canonical, Params, Reply, ReplyFault, ReplyHeaders, sign, verify_reply,
};
use protocol::{
    Clock, Endpoint, EndpointInfo, Envelope, ErrorData, FileHash, MillisTime, Nonce, Origin, ParamValue,
    SUCCESS, SealSource, Shortfall,
};
use serde::Deserialize;
use tracing::Instrument;

use crate::ClientError;
use crate::document::{Document, multipart};
use crate::error::Refusal;
use crate::peer::{Identity, Peer};
use crate::trace;
use crate::transport::{self, Bounds, Material, Pool, RawAnswer};

/// Calls one other system as one identity. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) pool: Pool,
    me: Identity,
    pub(crate) peer: Peer,
    pub(crate) clock: Clock,
    random: Random,
    pub(crate) bounds: Bounds,
}

/// What went over the wire in a call: the evidence of both sides.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The string we signed.
    pub canonical: Canonical,
    /// Our signature as sent.
    pub sign: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer's exact bytes.
    pub body: Vec<u8>,
    /// SM3 of them.
    pub body_sm3: [u8; 32],
    /// The answer's signed headers.
    pub reply: ReplyHeaders,
}

/// A good answer.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// Its `data`.
    pub data: T,
    /// Whether a platform says that some seal systems did not answer (extension `partial`).
    pub partial: bool,
    /// What is missing then, and why (extension `failures`).
    pub failures: Vec<Shortfall>,
    /// Where seals come from, where a platform says so (extension `sources`).
    pub sources: Vec<SealSource>,
    /// What went over the wire.
    pub exchange: Exchange,
}

/// A request signed and ready to be sent once.
struct Signed {
    params: Params,
    canonical: Canonical,
    sign: String,
}

/// The envelope, with the extension that a platform may add.
#[derive(Deserialize)]
struct Good {
    code: String,
    #[serde(default)]
    data: serde_json::Value,
    #[serde(default)]
    partial: bool,
    #[serde(default)]
    failures: serde_json::Value,
    #[serde(default)]
    sources: serde_json::Value,
}

/// How often a repeatable call is sent again after it did not get through.
const REPEATS: u32 = 2;
/// A longer pause than this is left to the caller.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Client {
    /// A client for `peer` that calls as `me`.
    ///
    /// # Errors
    /// [`ClientError::Request`] when no connection pool can be made.
    pub fn new(me: Identity, peer: Peer, clock: Clock, random: Random) -> Result<Self, ClientError> {
        Ok(Self { pool: Pool::of(Material::default())?, me, peer, clock, random, bounds: Bounds::default() })
    }

    /// The same client with other bounds.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The same client that also believes these TLS roots (PEM): an operator's own authority. What an answer says
    /// is believed by its own signature alone; TLS keeps it private on the way.
    ///
    /// # Errors
    /// [`ClientError::Request`] when they are no certificates.
    pub fn with_roots(self, pem: &[u8]) -> Result<Self, ClientError> {
        if pem.is_empty() {
            return Err(ClientError::Request("no certificate among the TLS roots".to_owned()));
        }
        self.with_tls(pem, None)
    }

    /// The same client that also believes these TLS roots (PEM; none: only those of the system), and shows a TLS
    /// certificate (PEM, those above it too) with its key (PEM) to a server that asks for one.
    ///
    /// # Errors
    /// [`ClientError::Request`] when the roots are no certificates, or certificate and key do not go together.
    pub fn with_tls(mut self, roots: &[u8], identity: Option<(&[u8], &[u8])>) -> Result<Self, ClientError> {
        self.pool = Pool::of(Material::read(roots, identity)?)?;
        Ok(self)
    }

    /// The other side.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The same identity and connections towards another system.
    #[must_use]
    pub fn towards(&self, peer: Peer) -> Self {
        Self { peer, ..self.clone() }
    }

    /// Calls an interface once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn call<E: Endpoint>(&self, request: &E::Request) -> Result<Answer<E::Answer>, ClientError> {
        self.send::<E>(request, None).await
    }

    /// Calls an interface and repeats the call with a new nonce where that is safe: always when the other side was
    /// not reached; and, where a second sending has no second effect (wire profile §7), also when its answer did
    /// not come or it said that trying again may help.
    ///
    /// # Errors
    /// [`ClientError`] of the last try.
    pub async fn call_repeatedly<E: Endpoint>(
        &self,
        request: &E::Request,
    ) -> Result<Answer<E::Answer>, ClientError> {
        let mut wait = Duration::from_millis(200);
        for _ in 0..REPEATS {
            let error = match self.call::<E>(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(asked) = pause(&error, E::repeatable(request)) else {
                return Err(error);
            };
            tokio::time::sleep(wait.max(asked)).await;
            wait *= 3;
        }
        self.call::<E>(request).await
    }

    /// Calls an interface for a caller whose own signed request is passed on (wire profile §6).
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn call_for<E: Endpoint>(
        &self,
        request: &E::Request,
        origin: &Origin,
    ) -> Result<Answer<E::Answer>, ClientError> {
        self.send::<E>(request, Some(origin)).await
    }

    /// Has a document verified. The file's SM3 is signed; its name is for people only.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn verify_document(&self, document: &Document) -> Result<Answer<DocumentReport>, ClientError> {
        self.send_document(document, None, None).await
    }

    /// The same, with a report that stands by itself, signed by the platform: to be checked with
    /// [`protocol::wire::verify_report`] and kept.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn verify_document_reported(
        &self,
        document: &Document,
    ) -> Result<Answer<DocumentReport>, ClientError> {
        self.send_document(document, None, Some(ReportWanted::Signed)).await
    }

    /// Has a document verified for a caller whose own signed request is passed on.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn verify_document_for(
        &self,
        document: &Document,
        origin: &Origin,
    ) -> Result<Answer<DocumentReport>, ClientError> {
        self.send_document(document, Some(origin), None).await
    }

    async fn send_document(
        &self,
        document: &Document,
        origin: Option<&Origin>,
        report: Option<ReportWanted>,
    ) -> Result<Answer<DocumentReport>, ClientError> {
        let info = <DocumentVerify as Endpoint>::INFO;
        let request = DocumentVerifyRequest { file: FileHash(crypto::sm3::digest(&document.bytes)), report };
        let signed = self.sign(info, &request, origin)?;
        let content = multipart(&signed.params, document, &self.random);
        self.finish::<DocumentVerify>(info, signed, content).await
    }

    async fn send<E: Endpoint>(
        &self,
        request: &E::Request,
        origin: Option<&Origin>,
    ) -> Result<Answer<E::Answer>, ClientError> {
        let info = E::INFO;
        if matches!(info.body, BodyKind::Multipart) {
            return Err(ClientError::Request("use verify_document".to_owned()));
        }
        let signed = self.sign(info, request, origin)?;
        let content = ("application/json".to_owned(), Bytes::from(signed.params.to_json()));
        self.finish::<E>(info, signed, content).await
    }

    /// Writes the parameters and signs them.
    fn sign<R: RequestTable>(
        &self,
        info: &EndpointInfo,
        request: &R,
        origin: Option<&Origin>,
    ) -> Result<Signed, ClientError> {
        let mut params = Params::new();
        request.write(&mut params);
        let full = info.request.head.unwrap_or(HeadKind::Full) == HeadKind::Full;
        let time = full.then(|| MillisTime::of(self.clock.now()));
        let nonce = full.then(|| Nonce::from_random(self.random.bytes()));
        Head::write(&self.me.app_id, time, nonce, &mut params);
        if let Some(origin) = origin {
            origin.attach(&mut params);
        }
        let canonical = Canonical::of(&info.target(&self.peer.id), &params)?;
        let sign = sign(&*self.me.signer, canonical.bytes())?;
        params.insert("sign", ParamValue::Text(sign.clone()))?;
        Ok(Signed { params, canonical, sign })
    }

    async fn finish<E: Endpoint>(
        &self,
        info: &EndpointInfo,
        signed: Signed,
        content: (String, Bytes),
    ) -> Result<Answer<E::Answer>, ClientError> {
        let span = trace::span(info.name, &self.peer.id);
        let answer = self.finish_within::<E>(info, signed, content).instrument(span.clone()).await;
        trace::close(&span, answer.as_ref().err());
        answer
    }

    async fn finish_within<E: Endpoint>(
        &self,
        info: &EndpointInfo,
        signed: Signed,
        content: (String, Bytes),
    ) -> Result<Answer<E::Answer>, ClientError> {
        let url = format!("{}{}", self.peer.base_url, info.path);
        let request = self.pool.get().post(&url).headers(trace::headers());
        let raw = transport::send(request, Some(content), self.bounds).await?;
        let body_sm3 = crypto::sm3::digest(&raw.body);
        let (reply, bound) = self.believe(&raw, body_sm3, &signed.canonical)?;
        let Signed { canonical, sign, .. } = signed;
        let exchange = Exchange { canonical, sign, status: raw.status, body: raw.body, body_sm3, reply };
        read::<E>(exchange, bound)
    }

    /// Checks the answer's signature before anything in it is looked at.
    fn believe(
        &self,
        raw: &RawAnswer,
        body_sm3: [u8; 32],
        canonical: &Canonical,
    ) -> Result<(ReplyHeaders, Bound), ClientError> {
        let headers = reply_headers(raw)?;
        let binding = Some(Binding { app_id: &self.me.app_id, request_hash: canonical.hash() });
        let reply = Reply { audience: &self.peer.id, binding, status: raw.status, body_sm3 };
        let bound = verify_reply(&reply, &headers, |id| self.peer.key(id), self.clock.now())?;
        Ok((headers, bound))
    }
}

/// How long to wait before trying again; `None` when another try could do harm or cannot help.
fn pause(error: &ClientError, repeatable: bool) -> Option<Duration> {
    match error {
        // Nothing was sent, so nothing can happen twice.
        ClientError::Unreachable(_) => Some(Duration::ZERO),
        ClientError::Late(_) | ClientError::Broken(_) if repeatable => Some(Duration::ZERO),
        ClientError::Refused(refusal) if repeatable && refusal.retryable => {
            let wait = refusal.retry_after.unwrap_or_default();
            (wait <= LONGEST_PAUSE).then_some(wait)
        }
        _ => None,
    }
}

pub(crate) fn reply_headers(raw: &RawAnswer) -> Result<ReplyHeaders, ReplyFault> {
    ReplyHeaders::read(|name| raw.headers.get(name).and_then(|value| value.to_str().ok()))
}

/// Reads an answer whose signature was checked.
fn read<E: Endpoint>(exchange: Exchange, bound: Bound) -> Result<Answer<E::Answer>, ClientError> {
    let malformed = |error: serde_json::Error| ClientError::Malformed(error.to_string());
    let good: Good = serde_json::from_slice(&exchange.body).map_err(malformed)?;
    if good.code != SUCCESS {
        return Err(ClientError::Refused(Box::new(refusal(exchange)?)));
    }
    if bound == Bound::No || exchange.status != 200 {
        return Err(ReplyFault::Unbound.into());
    }
    let data = serde_json::from_value(good.data).map_err(malformed)?;
    // An extension of another form than ours is no reason to lose the answer; that it is partial is still said.
    let failures = serde_json::from_value(good.failures).unwrap_or_default();
    let sources = serde_json::from_value(good.sources).unwrap_or_default();
    Ok(Answer { data, partial: good.partial, failures, sources, exchange })
}

fn refusal(exchange: Exchange) -> Result<Refusal, ClientError> {
    let envelope: Envelope<serde_json::Value> =
        serde_json::from_slice(&exchange.body).map_err(|error| ClientError::Malformed(error.to_string()))?;
    // What is beside the code is help: a refusal whose `data` has another form is still a refusal.
    let data: ErrorData =
        envelope.data.and_then(|data| serde_json::from_value(data).ok()).unwrap_or_default();
    Ok(Refusal {
        code: envelope.code,
        message: envelope.message,
        status: exchange.status,
        retryable: data.retryable,
        retry_after: data.retry_after_ms.map(Duration::from_millis),
        request_id: exchange.reply.request_id,
        body: exchange.body,
    })
}
