//! The time stamp (GB/T 20520) over a signature that the platform carries: asked for when the signature was verified,
//! before it is stored and handed out. So a token is judged here as any verifier will judge it later: it must be over
//! the signature value (GB/T 38540 §7.1.6) and its authority must lead to the trust list.

use client::{STAMP_BOUNDS, Stamper};
use protocol::ApiError;
use protocol::lists::SignFormat;
use protocol::tables::SignatureValueData;
use verify::Verdict;

use crate::config::{Makers, Stamping, TimeStamp};
use crate::context::Context;
use crate::failure::Outcome;
use crate::{trust, verification};

/// What callers are told of a time stamp that is wanted and was not to be had.
pub(super) const HINT: &str =
    "未取得合格的时间戳,签名不带时间戳 no time stamp in order was to be had, the signature goes without";

/// What became of the wish for a time stamp.
#[derive(Debug)]
pub(crate) enum Stamped {
    /// Nobody wishes one.
    NotWanted,
    /// The token, DER.
    With(Vec<u8>),
    /// There is none, and why.
    Without(String),
}

/// Asks the operator's authority for a time stamp over a signature that was verified.
pub(super) async fn over(context: &Context, data: &SignatureValueData) -> Outcome<Stamped> {
    if context.config.policy.signing.time_stamp.mode == Stamping::Off {
        return Ok(Stamped::NotWanted);
    }
    over_octets(context, &value(data)?).await
}

/// The same over the octets of any signature, whether or not signatures have to have one.
pub(crate) async fn over_octets(context: &Context, value: &[u8]) -> Outcome<Stamped> {
    let rules = &context.config.policy.signing.time_stamp;
    let token = match ask(context, rules, value).await {
        Ok(token) => token,
        Err(error) => return Ok(missing(error.to_string())),
    };
    let mut tx = context.database.read().await?;
    let trusted = trust::snapshot(&mut tx, context.now(), Makers::Any).await?;
    tx.commit().await?;
    let report = verify::verify_time_stamp(&token, value, &trusted, &verification::options(context));
    if report.verdict == Verdict::Valid {
        return Ok(Stamped::With(token));
    }
    let wrong = report.findings.iter().filter(|finding| finding.status().verdict() != Verdict::Valid);
    let wrong: Vec<String> =
        wrong.map(|finding| format!("{}: {}", finding.id(), finding.hint_en())).collect();
    Ok(missing(wrong.join("; ")))
}

fn missing(cause: String) -> Stamped {
    tracing::warn!(cause, "no time stamp in order");
    Stamped::Without(cause)
}

async fn ask(context: &Context, rules: &TimeStamp, value: &[u8]) -> Result<Vec<u8>, client::StampError> {
    let deadline = std::time::Duration::from_millis(rules.deadline_ms);
    let bounds = client::Bounds { deadline, ..STAMP_BOUNDS };
    // The configuration was checked: only an empty policy does not parse.
    let stamper = Stamper { url: &rules.url, policy: rules.policy.parse().ok(), bounds };
    client::time_stamp(&stamper, value, context.now(), &context.random).await
}

/// What is stamped: the octets of a bare signature, the signature of the one signer of a SignedData.
fn value(data: &SignatureValueData) -> Result<Vec<u8>, ApiError> {
    let bytes = data.sign_data.bytes();
    match data.format {
        SignFormat::P1 => Ok(bytes.to_vec()),
        SignFormat::P7 => proof::value::stamped_octets(bytes).map_err(ApiError::fault),
    }
}
