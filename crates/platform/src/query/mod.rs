//! Getting seals (获取电子印章, tables 5 to 9): matching against the registry, asking the systems that filed the
//! matching seals, checking every seal that comes back, and handing on what stands the checks.
//!
//! What is missing is never silent: beside `data` the answer has the extensions `partial` and `failures`, and
//! when nothing came at all the answer is the first failure's code.

mod candidates;
mod check;
mod fetch;
mod hand_over;

pub use fetch::fetch_unchecked;

use http_server::Caller;
use protocol::tables::{SealInfo, SealQueryRequest};
use protocol::{ApiError, Code, Upstream};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Outcome;
use crate::routing::Routes;

/// What a query found.
#[derive(Debug)]
pub struct Found {
    /// The seals, by code.
    pub seals: Vec<SealInfo>,
    /// What is missing, and why.
    pub failures: Vec<Shortfall>,
}

/// A seal, or all seals of a system, that should be in the answer and are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortfall {
    /// The system, by its appId.
    pub system: String,
    /// The seal; absent when it is all of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_code: Option<String>,
    /// Why.
    pub code: Code,
    /// For people, Chinese first.
    pub message: String,
    /// The system's own refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
}

impl Shortfall {
    pub(crate) fn new(system: &str, seal_code: Option<&str>, error: &ApiError) -> Self {
        Self {
            system: system.to_owned(),
            seal_code: seal_code.map(str::to_owned),
            code: error.code(),
            message: error.message().to_owned(),
            upstream: error.upstream_refusal().cloned(),
        }
    }
}

/// The answer with its extensions.
#[derive(Debug, Serialize)]
pub struct FoundEnvelope {
    code: &'static str,
    message: String,
    data: Vec<SealInfo>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Shortfall>,
}

impl Found {
    /// The whole answer; when nothing came although something should have, the first failure as a refusal.
    ///
    /// # Errors
    /// The first failure's code.
    pub fn into_envelope(self) -> Result<FoundEnvelope, ApiError> {
        if let (true, Some(first)) = (self.seals.is_empty(), self.failures.first()) {
            let error = ApiError::new(first.code);
            return Err(match &first.upstream {
                Some(upstream) => error.upstream(upstream.clone()),
                None => error,
            });
        }
        let partial = !self.failures.is_empty();
        let (zh, en) = if partial { ("部分成功", "partial") } else { ("成功", "success") };
        Ok(FoundEnvelope {
            code: protocol::SUCCESS,
            message: protocol::error::bilingual(zh, en),
            data: self.seals,
            partial,
            failures: self.failures,
        })
    }
}

/// Gets the seals that a caller asks for.
///
/// # Errors
/// Failures of the database; what systems do wrong is in [`Found::failures`].
pub async fn seals(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &SealQueryRequest,
) -> Outcome<Found> {
    let wanted = candidates::find(context, routes, request).await?;
    let mut failures = wanted.failures;
    let deadline = context.config.times.route();
    let origin = caller.origin();
    let asked = wanted.systems.into_iter().map(|system| fetch::ask(system, request, Some(&origin), deadline));
    let answers = futures_util::future::join_all(asked).await;
    let (seals, more) = hand_over::hand_over(context, caller, answers).await?;
    failures.extend(more);
    Ok(Found { seals, failures })
}
