//! The evidence log (存证日志): every accepted request, answer, state change, consent, signature and verification
//! is chained with SM3 in the transaction of its effect (standard 8.1; decision 5).
//!
//! The log itself is in [`storage::evidence`]; this module says what is written. A payload is JSON. What may hold
//! personal data (the caller's canonical string) is encrypted inside it, so that the chain can be audited, and
//! the payload erased, without a key.

mod audit;
mod bundle;
mod checkpoint;
mod kind;

pub use audit::{AuditReport, audit, audit_signed};
pub(crate) use bundle::REQUESTER_KEY;
pub use bundle::{Wanted, export, find};
pub use checkpoint::{checkpoint, checkpoint_when_due};
pub use kind::Kind;

use std::sync::Arc;

use http_server::{Caller, Noted, Written};
use jiff::Timestamp;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SignIdVerify};
use protocol::{ApiError, Endpoint, EndpointInfo};
use serde::Serialize;
use storage::Tx;
use storage::evidence::{NewEntry, Receipt};

use crate::changes::News;
use crate::context::Context;
use crate::failure::Outcome;

/// The column under which canonical strings are encrypted.
pub const REQUEST: &str = "evidence.request";
/// The column under which the bodies of answers are encrypted.
pub const ANSWER: &str = "evidence.answer";

/// The interfaces by which a signature comes about: of these the answers are kept whole, so that a signing can be shown
/// offline with everything that was said.
const KEPT: [&EndpointInfo; 4] =
    [ConsentApply::INFO, ConsentOutcome::INFO, CloudSign::INFO, SignIdVerify::INFO];

/// The body of an answer, encrypted under [`ANSWER`], where it is kept.
///
/// # Errors
/// 99999 when it cannot be encrypted.
pub(crate) fn kept(context: &Context, interface: &str, body: &[u8]) -> Result<Option<String>, ApiError> {
    if !KEPT.iter().any(|one| one.name == interface) {
        return Ok(None);
    }
    let body = std::str::from_utf8(body).map_err(ApiError::fault)?;
    context.seal(ANSWER, body).map(Some)
}

/// One event about to be written.
#[derive(Debug)]
pub struct Event {
    at: i64,
    kind: Kind,
    request_id: String,
    subject: String,
    payload: Vec<u8>,
    /// What systems are told of it.
    news: Option<News>,
    /// Of a request that was let in: where it is noted that this was written down.
    noted: Option<Arc<Noted>>,
}

impl Event {
    /// An event of the request `request_id` about `subject` (a seal code, an appId: never personal data), with
    /// `detail` as its payload.
    ///
    /// # Errors
    /// 99999 when the detail cannot be written as JSON.
    pub fn new(
        kind: Kind,
        at: Timestamp,
        request_id: &str,
        subject: &str,
        detail: &impl Serialize,
    ) -> Result<Self, ApiError> {
        let payload = serde_json::to_vec(detail).map_err(ApiError::fault)?;
        let at = at.as_millisecond();
        let (request_id, subject) = (request_id.to_owned(), subject.to_owned());
        Ok(Self { at, kind, request_id, subject, payload, news: None, noted: None })
    }

    /// Systems are told of it: by the feed of changes, and by notices.
    pub(crate) fn told(mut self, news: News) -> Self {
        self.news = Some(news);
        self
    }

    fn entry(&self) -> NewEntry<'_> {
        NewEntry {
            at: self.at,
            kind: self.kind.as_str(),
            request_id: &self.request_id,
            subject: &self.subject,
            payload: &self.payload,
        }
    }
}

/// Appends one event. Call it last in a transaction: others wait for its commit.
///
/// # Errors
/// Failures of the database.
pub async fn append(tx: &mut Tx, event: &Event) -> Outcome<Receipt> {
    let receipt = storage::evidence::append(tx, &event.entry()).await?;
    tell(tx, event, receipt).await?;
    Ok(receipt)
}

/// Appends several events in this order.
///
/// # Errors
/// Failures of the database.
pub async fn append_all(tx: &mut Tx, events: impl IntoIterator<Item = &Event>) -> Outcome<()> {
    let events: Vec<&Event> = events.into_iter().collect();
    let entries: Vec<NewEntry<'_>> = events.iter().map(|event| event.entry()).collect();
    let receipts = storage::evidence::append_all(tx, &entries).await?;
    for (event, receipt) in events.into_iter().zip(receipts) {
        tell(tx, event, receipt).await?;
    }
    Ok(())
}

/// What systems are told has the number of its entry: the end of the chain is held until the commit, so numbers come in
/// the order of commits, and whoever reads on behind one misses nothing.
async fn tell(tx: &mut Tx, event: &Event, receipt: Receipt) -> Outcome<()> {
    if let Some(noted) = &event.noted {
        tx.tell(noted.begin());
    }
    match &event.news {
        Some(news) => news.publish(tx, (event.kind.as_str(), event.at), receipt).await,
        None => Ok(()),
    }
}

/// The payload of [`Kind::RequestAccepted`]: enough to show offline that this caller asked for this.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptedRequest<'a> {
    interface: &'a str,
    app_id: &'a str,
    key_id: &'a str,
    /// SM3 of the canonical string, which the answer's signature covers too.
    request_hash: String,
    /// The canonical string, encrypted under [`REQUEST`].
    request: String,
    sign: &'a str,
    address: String,
}

/// The event of a request that the gateway let in. Whatever changes something writes it in the same transaction,
/// before its effect; for everything else it is written with the answer.
///
/// # Errors
/// 99999 when the request cannot be encrypted.
pub fn accepted(context: &Context, interface: &EndpointInfo, caller: &Caller) -> Result<Event, ApiError> {
    let detail = AcceptedRequest {
        interface: interface.name,
        app_id: caller.app_id.as_str(),
        key_id: &caller.key_id(),
        request_hash: hex::encode(caller.canonical.hash()),
        request: context.seal(REQUEST, caller.canonical.as_str())?,
        sign: &caller.sign,
        address: caller.address.to_string(),
    };
    let subject = caller.app_id.as_str();
    let event = Event::new(Kind::RequestAccepted, context.now(), &caller.request_id, subject, &detail)?;
    Ok(Event { noted: Some(Arc::clone(&caller.noted)), ..event })
}

/// An answer as it was signed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered<'a> {
    /// HTTP status.
    pub status: u16,
    /// The result code.
    pub code: &'a str,
    /// SM3 of the body, lower hexadecimal.
    pub body_sm3: &'a str,
    /// The key that signed.
    pub key_id: &'a str,
    /// `X-Seal-Time`.
    pub time: &'a str,
    /// `X-Seal-Nonce`.
    pub nonce: &'a str,
    /// `X-Seal-Request-Hash`.
    pub request_hash: &'a str,
    /// `X-Seal-Signature`.
    pub signature: &'a str,
    /// The body's exact text, encrypted under [`ANSWER`]; only of the interfaces by which a signature comes about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The end of a request: its answer, and the request itself where no effect wrote it down.
#[derive(Debug)]
pub(crate) struct Closing {
    accepted: Option<Event>,
    answered: Event,
    /// An effect meant to write the request down, and it is not known whether that lasts.
    is_doubtful: bool,
}

/// What has to be written down of an answer before it is sent.
///
/// # Errors
/// 99999 when the request cannot be encrypted.
pub(crate) fn closing(
    context: &Context,
    interface: &EndpointInfo,
    caller: &Caller,
    answer: &Answered<'_>,
) -> Result<Closing, ApiError> {
    let written = caller.noted.written();
    let accepted = if written == Written::Yes { None } else { Some(accepted(context, interface, caller)?) };
    let subject = caller.app_id.as_str();
    let answered = Event::new(Kind::RequestAnswered, context.now(), &caller.request_id, subject, answer)?;
    Ok(Closing { accepted, answered, is_doubtful: written == Written::Perhaps })
}

/// Writes down the ends of several requests in one transaction.
///
/// # Errors
/// Failures of the database: an answer that cannot be evidenced must not be sent.
pub(crate) async fn close_all(context: &Context, all: &[Closing]) -> Outcome<()> {
    let mut tx = context.database.begin().await?;
    let mut events = Vec::with_capacity(all.len() * 2);
    for Closing { accepted, answered, is_doubtful } in all {
        let is_there = *is_doubtful
            && storage::evidence::has(&mut tx, &answered.request_id, Kind::RequestAccepted.as_str()).await?;
        events.extend(accepted.iter().filter(|_| !is_there));
        events.push(answered);
    }
    append_all(&mut tx, events).await?;
    Ok(tx.commit().await?)
}
