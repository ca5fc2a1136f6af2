//! Asking a time-stamping authority over HTTP (GB/T 20520, RFC 3161 §2.2 and §3.4).

use std::time::Duration;

use bytes::Bytes;
use crypto::Random;
use formats::asn1::Mode;
use formats::oid::{self, Oid};
use formats::tsp::{FailInfo, TimeStampReq, TimeStampResp, TimeStampToken, TspError};
use jiff::{SignedDuration, Timestamp};

use crate::ClientError;
use crate::transport::{self, Bounds};

/// Time and size that a time stamp may take: a token with a chain of certificates is a few kB.
pub const STAMP_BOUNDS: Bounds = Bounds { deadline: Duration::from_secs(10), max_answer: 256 << 10 };

/// Who is asked, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Stamper<'a> {
    /// The authority's address.
    pub url: &'a str,
    /// The policy under which it shall stamp; `None` leaves it to the authority.
    pub policy: Option<Oid>,
    /// Time and size.
    pub bounds: Bounds,
}

impl<'a> Stamper<'a> {
    /// The authority at an address, under whatever policy it has.
    pub const fn at(url: &'a str) -> Self {
        Self { url, policy: None, bounds: STAMP_BOUNDS }
    }
}

impl StampError {
    /// A stable name of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Exchange(_) => "tsa.exchange",
            Self::Malformed(_) => "tsa.malformed",
            Self::Refused(_) => "tsa.refused",
            Self::Imprint => "tsa.imprint",
            Self::Nonce => "tsa.nonce",
            Self::Policy(_) => "tsa.policy",
            Self::Purpose => "tsa.purpose",
            Self::Period(_) => "tsa.period",
            Self::Time(_) => "tsa.time",
            Self::Signature => "tsa.signature",
        }
    }
}

/// Longest text of a refusal that is told.
const MAX_TEXT: usize = 200;

/// What an authority says when it refuses, in one line.
fn refusal(answer: &TimeStampResp) -> String {
    let reason = answer.fail_info.map_or("no reason given", FailInfo::text);
    let texts = answer.texts.join("; ");
    let texts: String = texts.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    if texts.is_empty() { reason.to_owned() } else { format!("{reason} ({texts})") }
}

/// How far the clocks of honest people may differ; verification allows as much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// Why there is no time stamp to use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// The authority gave no answer, or one that breaks the bounds.
    #[error(transparent)]
    Exchange(#[from] ClientError),
    /// The answer is none.
    #[error("the answer is no time stamp: {0}")]
    Malformed(#[from] TspError),
    /// The authority refuses.
    #[error("the authority refused: {0}")]
    Refused(String),
    /// The stamp is over something else.
    #[error("the stamp is over something else")]
    Imprint,
    /// The stamp answers another request.
    #[error("the stamp answers another request")]
    Nonce,
    /// The stamp was made under another policy than was asked for.
    #[error("the stamp was made under the policy {0}")]
    Policy(Oid),
    /// No certificate of the authority is inside, or it is not for time stamps alone.
    #[error("the stamp's certificate is missing or not for time stamps")]
    Purpose,
    /// The authority's certificate was not in force at the time of the stamp.
    #[error("the authority's certificate was not in force at {0}")]
    Period(Timestamp),
    /// The time is not the time.
    #[error("the stamp's time {0} is more than ten minutes off")]
    Time(Timestamp),
    /// The stamp is not signed by the certificate inside.
    #[error("the stamp's signature is wrong")]
    Signature,
}

/// Asks for a stamp over `value` and gives the token, checked in all that can be known without a trust store:
/// whether the authority is a trusted one is judged where the document is verified.
///
/// # Errors
/// [`StampError`].
pub async fn time_stamp(
    stamper: &Stamper<'_>,
    value: &[u8],
    now: Timestamp,
    random: &Random,
) -> Result<Vec<u8>, StampError> {
    let request = TimeStampReq { policy: stamper.policy, ..TimeStampReq::new(value, random) };
    let answer = request_time_stamp(stamper.url, request.to_der(), stamper.bounds).await?;
    let answer = TimeStampResp::parse(&answer, Mode::Tolerant)?;
    let granted = answer.status.is_granted();
    let Some(token) = answer.token.clone().filter(|_| granted) else {
        return Err(StampError::Refused(refusal(&answer)));
    };
    let parsed = TimeStampToken::parse(&token, Mode::Tolerant)?;
    if parsed.info.nonce != request.nonce {
        return Err(StampError::Nonce);
    }
    if request.policy.is_some_and(|policy| policy != parsed.info.policy) {
        return Err(StampError::Policy(parsed.info.policy));
    }
    check(&parsed, value)?;
    let time = parsed.info.gen_time;
    if time.duration_since(now).abs() > CLOCK_SKEW {
        return Err(StampError::Time(time));
    }
    Ok(token)
}

/// Checks a token that somebody else asked for, as [`time_stamp`] does; it may have been made long ago.
///
/// # Errors
/// [`StampError`].
pub fn check_time_stamp(token: &[u8], value: &[u8], now: Timestamp) -> Result<(), StampError> {
    let token = TimeStampToken::parse(token, Mode::Tolerant)?;
    check(&token, value)?;
    let time = token.info.gen_time;
    if time.duration_since(now) > CLOCK_SKEW { Err(StampError::Time(time)) } else { Ok(()) }
}

fn check(token: &TimeStampToken, value: &[u8]) -> Result<(), StampError> {
    let is_sm3 = matches!(token.info.imprint.algorithm.oid, oid::SM3 | oid::SM3_UNKEYED);
    if !is_sm3 || !token.is_over(value) {
        return Err(StampError::Imprint);
    }
    let certificate = token.certificate().ok_or(StampError::Purpose)?;
    let purposes = certificate.extensions.extended_key_usage.as_deref();
    let named = token.names_certificate(certificate.der()) != Some(false);
    if purposes != Some(&[oid::EKU_TIME_STAMPING]) || !named {
        return Err(StampError::Purpose);
    }
    let time = token.info.gen_time;
    if !certificate.is_in_force(time) {
        return Err(StampError::Period(time));
    }
    let key = certificate.verifying_key().map_err(|_| StampError::Signature)?;
    token.check_signature(&key).map(drop).map_err(|_| StampError::Signature)
}

/// Sends an encoded TimeStampReq and gives the encoded TimeStampResp. Whether the token in it is good is for the
/// caller to check: the answer has no other signature.
///
/// # Errors
/// [`ClientError`]; `Malformed` for any HTTP status but 200.
pub async fn request_time_stamp(url: &str, request: Vec<u8>, bounds: Bounds) -> Result<Vec<u8>, ClientError> {
    let content = ("application/timestamp-query".to_owned(), Bytes::from(request));
    let pool = crate::plain_http_client()?;
    let answer = transport::exchange(&pool, reqwest::Method::POST, url, Some(content), bounds).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(ClientError::Malformed(format!("the time-stamping authority answered HTTP {}", answer.status)))
    }
}
