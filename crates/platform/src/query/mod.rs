//! Getting seals (获取电子印章, tables 5 to 9): matching against the registry, asking the systems that filed the
//! matching seals, checking every seal that comes back, and handing on what stands the checks.
//!
//! What is missing is never silent: beside `data` the answer has the extensions `partial` and `failures`, and
//! when nothing came at all the answer is the first failure's code.

mod candidates;
mod check;
mod fetch;
mod hand_over;
mod peers;

pub use fetch::fetch_unchecked;

use std::time::Instant;

use futures_util::future::join_all;
use http_server::Caller;
use protocol::tables::{SealInfo, SealQueryRequest};
use protocol::{ApiError, SealSource, Shortfall};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Outcome;
use crate::federation::Way;
use crate::routing::{Budget, Routes};

/// What a query found.
#[derive(Debug)]
pub struct Found {
    /// The seals, by code.
    pub seals: Vec<SealInfo>,
    /// Where they come from; told when one comes from another platform, or the caller is one.
    pub sources: Vec<SealSource>,
    /// What is missing, and why.
    pub failures: Vec<Shortfall>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SealSource>,
}

/// The longest text of the header that names what is missing, in bytes.
const LONGEST_HEADER: usize = 1024;

impl Found {
    /// The systems of which something is missing, for a header: `SYSB;60001, SYSC;90001`.
    pub fn missing(&self) -> Option<String> {
        let mut named: Vec<String> = Vec::new();
        for one in &self.failures {
            let platform = one.platform.as_deref().map(|id| format!("{id}/")).unwrap_or_default();
            let text = format!("{platform}{};{}", one.system, one.code);
            if !named.contains(&text) {
                named.push(text);
            }
        }
        let mut text = named.join(", ");
        if text.len() > LONGEST_HEADER {
            text = format!("{}; more", named.len());
        }
        (!text.is_empty()).then_some(text)
    }

    /// The whole answer; when nothing came although something should have, the first failure as a refusal.
    ///
    /// # Errors
    /// The first failure's code.
    pub fn into_envelope(self) -> Result<FoundEnvelope, ApiError> {
        if self.seals.is_empty() && !self.failures.is_empty() {
            return Err(ApiError::nothing_came(self.failures));
        }
        let partial = !self.failures.is_empty();
        let (zh, en) = if partial { ("部分成功", "partial") } else { ("成功", "success") };
        Ok(FoundEnvelope {
            code: protocol::SUCCESS,
            message: protocol::error::bilingual(zh, en),
            data: self.seals,
            partial,
            failures: self.failures,
            sources: self.sources,
        })
    }
}

/// Gets the seals that a caller asks for, from the systems that filed them and from other platforms.
///
/// # Errors
/// Failures of the database; what systems do wrong is in [`Found::failures`].
pub async fn seals(
    context: &Context,
    routes: &Routes,
    (caller, way): (&Caller, &Way),
    request: &SealQueryRequest,
) -> Outcome<Found> {
    let budget = Budget::new(context.config.times.route(), caller.waits, Instant::now());
    let wanted = candidates::find(context, routes, request, way).await?;
    let mut failures = wanted.failures;
    let origin = caller.origin();
    let asked = wanted.systems.into_iter().map(|system| fetch::ask(system, request, Some(&origin), budget));
    let of_platforms = peers::ask(wanted.platforms, request, caller, budget);
    let (answers, of_platforms) = futures_util::future::join(join_all(asked), of_platforms).await;
    let of_platforms = peers::judge(context, request, of_platforms, &caller.request_id).await?;
    let (handed, more) = hand_over::hand_over(context, caller, (answers, of_platforms)).await?;
    failures.extend(more);
    let (seals, mut sources): (Vec<SealInfo>, Vec<SealSource>) = handed.into_iter().unzip();
    if !way.is_passed_on() && sources.iter().all(|source| source.platforms.is_empty()) {
        sources.clear();
    }
    Ok(Found { seals, sources, failures })
}
