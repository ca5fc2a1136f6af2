//! Document verification (文档验真, tables 24 to 28): the verifier's judgement, with the state of each seal at its
//! signing time from the platform's own register.
//!
//! Nothing of a document is kept: the evidence holds its SM3, its size and the verdict. Verification runs on
//! threads of its own, a bounded number at a time; who would wait too long is told to come again.

mod network;
mod register;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use client::fetch::Fetcher;
use http_server::{Caller, Upload};
use protocol::endpoints::DocumentVerify;
use protocol::tables::DocumentReport;
use protocol::{ApiError, Base64Data, Endpoint};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use verify::{Options, PageDrawer, Recorded, Rendering, Report, Trust};

use crate::config;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::trust;

pub use network::Network;

/// Verifies documents, a bounded number at a time.
#[derive(Debug, Clone)]
pub struct Verifier {
    turns: Arc<Semaphore>,
    wait: Duration,
    fetcher: Option<Fetcher>,
    drawer: Arc<OnceLock<Arc<dyn PageDrawer>>>,
}

impl Verifier {
    /// A verifier with the limits of the configuration.
    pub fn new(context: &Context) -> Self {
        let limits = &context.config.limits;
        let rules = network::rules(&context.config.policy.verification.fetch);
        Self {
            turns: Arc::new(Semaphore::new(limits.verifications)),
            wait: Duration::from_millis(limits.verification_wait_ms),
            fetcher: rules.map(|rules| Fetcher::new(rules, context.clock.clone())),
            drawer: Arc::default(),
        }
    }

    /// Says who draws pages; the first one stays.
    pub(crate) fn draw_by(&self, drawer: Arc<dyn PageDrawer>) {
        drop(self.drawer.set(drawer));
    }

    /// Pages are compared where the operator wants that. With nobody who draws, the report says so.
    fn rendering(&self, context: &Context) -> Option<Rendering> {
        let by = || self.drawer.get().cloned().map_or_else(Rendering::without_drawer, Rendering::by);
        context.config.policy.verification.render.enabled.then(by)
    }

    /// Judges on a thread that may wait, with the network where the operator allows it.
    async fn judge(&self, bytes: Bytes, mut trust: Trust, options: Options) -> Result<Recorded, ApiError> {
        let network = self.fetcher.clone().map(|fetcher| Network::new(fetcher, Handle::current()));
        blocking(move || match &network {
            Some(network) => verify::recorded_fetching(&bytes, &mut trust, &options, network),
            None => verify::recorded(&bytes, &trust, &options),
        })
        .await
    }

    /// Verifies a document; `is_reported` adds a signed report. One that is judged invalid is no error.
    ///
    /// # Errors
    /// 50001 when it is neither PDF nor OFD, 50002 when it cannot be opened, without a password for one, 90001 when no turn comes in time.
    pub async fn verify(
        &self,
        context: &Context,
        caller: &Caller,
        upload: &Upload,
        is_reported: bool,
    ) -> Outcome<DocumentReport> {
        let turn = tokio::time::timeout(self.wait, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(ApiError::busy(self.wait, "every verifier is at work").into());
        };
        let options = Options { rendering: self.rendering(context), ..options(context) };
        let bytes = upload.bytes.clone();
        let looking = options.clone();
        let seals = blocking(move || verify::seals_in(&bytes, &looking)).await?;
        let mut tx = context.database.read().await?;
        let register = register::load(&mut tx, &seals, context.cipher.clone()).await?;
        let mut trust =
            trust::snapshot(&mut tx, context.now(), context.config.policy.verification.makers).await?;
        tx.commit().await?;
        trust.set_register(Arc::new(register));
        let mut recorded = self.judge(upload.bytes.clone(), trust, options).await?;
        recorded.report = recorded.report.named(upload.file_name.clone());
        drop(turn);
        let report = &recorded.report;
        record(context, caller, upload, report).await?;
        match verify::refusal(report) {
            Some(refusal) => Err(refusal.into()),
            None if is_reported => Ok(signed(context, &recorded)?),
            None => Ok(verify::document_report(report)),
        }
    }
}

/// The tables, with the report as a file of its own that this platform signs.
fn signed(context: &Context, recorded: &Recorded) -> Result<DocumentReport, ApiError> {
    let mut data = verify::document_report(&recorded.report);
    let report = serde_json::to_vec(recorded).map_err(ApiError::fault)?;
    let signed = protocol::wire::sign_report(&context.id, &report, &*context.signer);
    let (key_id, signature) = signed.map_err(ApiError::fault)?;
    data.report = Some(Base64Data::from(report));
    (data.report_key_id, data.report_sign) = (Some(key_id), Some(signature));
    Ok(data)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::fault)
}

/// The operator's rules for verification, for now.
pub(crate) fn options(context: &Context) -> Options {
    let mut options = Options::new(context.now());
    options.revocation = match context.config.policy.verification.revocation {
        config::Revocation::Soft => verify::Revocation::Soft,
        config::Revocation::Strict => verify::Revocation::Strict,
        config::Revocation::Off => verify::Revocation::Off,
    };
    let policies = &context.config.policy.verification.certificate_policies;
    options.certificate_policies = policies.iter().filter_map(|policy| policy.parse().ok()).collect();
    options
}

/// The verdict and what it rests on, never the document.
async fn record(context: &Context, caller: &Caller, upload: &Upload, report: &Report) -> Outcome<()> {
    let codes: Vec<&str> = report.signatures.iter().filter_map(|one| one.seal_code.as_deref()).collect();
    let sm3 = upload.sm3.text();
    let detail = serde_json::json!({
        "caller": caller.app_id.as_str(), "documentSm3": sm3, "size": report.file_size,
        "format": report.format.as_str(), "signCount": report.signatures.len(), "verdict": report.verdict.as_str(),
        "sealCodes": codes, "trustId": report.trust_id, "policyId": report.policy_id,
    });
    let events = [
        evidence::accepted(context, DocumentVerify::INFO, caller)?,
        Event::new(Kind::DocumentVerified, context.now(), &caller.request_id, &sm3, &detail)?,
    ];
    let mut tx = context.database.begin().await?;
    evidence::append_all(&mut tx, &events).await?;
    Ok(tx.commit().await?)
}
