//! The evidence of what seal systems answer: their signed answers are kept, and what cannot be right is named.

use client::Exchange;
use http_server::Caller;
use jiff::Timestamp;
use protocol::{ApiError, AppId};
use serde::Serialize;

use super::Upset;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// A seal system's answer as it was signed: enough to hold the system to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SystemAnswer<'a> {
    system: &'a str,
    interface: &'a str,
    /// SM3 of the string that the platform signed, which the answer's signature covers. The string can be made again from
    /// the caller's own, with the next two.
    request_hash: String,
    sent_time: Option<String>,
    sent_nonce: Option<String>,
    sign: &'a str,
    status: u16,
    body_sm3: String,
    key_id: &'a str,
    time: &'a str,
    nonce: &'a str,
    request_id: &'a str,
    signature: &'a str,
    /// The body's exact text, encrypted under [`evidence::ANSWER`]; only of the interfaces by which a signature comes about.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// The event of a believed answer.
///
/// # Errors
/// 99999.
pub fn answered(
    context: &Context,
    at: Timestamp,
    request_id: &str,
    (system, interface): (&AppId, &str),
    exchange: &Exchange,
) -> Result<Event, ApiError> {
    let (sent_time, sent_nonce) = exchange.canonical.time_and_nonce();
    let detail = SystemAnswer {
        system: system.as_str(),
        interface,
        request_hash: hex::encode(exchange.canonical.hash()),
        sent_time: sent_time.map(str::to_owned),
        sent_nonce: sent_nonce.map(str::to_owned),
        sign: &exchange.sign,
        status: exchange.status,
        body_sm3: hex::encode(exchange.body_sm3),
        key_id: &exchange.reply.key_id,
        time: &exchange.reply.time,
        nonce: &exchange.reply.nonce,
        request_id: &exchange.reply.request_id,
        signature: &exchange.reply.signature,
        body: evidence::kept(context, interface, &exchange.body)?,
    };
    Event::new(Kind::SystemAnswered, at, request_id, system.as_str(), &detail)
}

/// An answer that cannot be right.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lie {
    /// The interface.
    pub interface: &'static str,
    /// The seal it is about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_code: Option<String>,
    /// The code that the caller is told.
    pub code: String,
    /// What is wrong; names things, never personal data.
    pub cause: String,
}

/// The event of an answer that cannot be right.
///
/// # Errors
/// 99999.
pub fn lied(at: Timestamp, request_id: &str, system: &AppId, lie: &Lie) -> Result<Event, ApiError> {
    tracing::warn!(system = %system, interface = lie.interface, code = lie.code, cause = lie.cause, "wrong answer");
    Event::new(Kind::SystemLied, at, request_id, system.as_str(), lie)
}

/// What the caller is told when a seal system gave no good answer; one that cannot be right is evidenced at once.
///
/// # Errors
/// Failures of the database.
pub async fn refused(
    context: &Context,
    caller: &Caller,
    (interface, seal_code): (&'static str, &str),
    (system, upset): (&AppId, &Upset),
) -> Outcome<ApiError> {
    let error = upset.error();
    if let Upset::Wrong(cause) = upset {
        let code = error.code().text().to_owned();
        let lie = Lie { interface, seal_code: Some(seal_code.to_owned()), code, cause: cause.clone() };
        let event = lied(context.now(), &caller.request_id, system, &lie)?;
        let mut tx = context.database.begin().await?;
        evidence::append(&mut tx, &event).await?;
        tx.commit().await?;
    }
    Ok(error)
}
