//! Whether a server can serve: live means that the process runs, ready that a request would succeed, with the causes
//! when it would not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use crypto::{Random, SignatureAlgorithm, Signer};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::metrics::Metrics;
use crate::serve::Shutdown;
use crate::tls::Tls;

/// What the canary signs.
const CANARY: &[u8] = b"CCUA-SEAL-CANARY-1\n";
/// How long what was found is told again: asking for it costs more than telling it, and anybody may ask.
const KEEP: Duration = Duration::from_millis(500);

/// The state of one thing that serving depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is good.
    pub ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Check {
    /// What a look at something gave.
    pub fn new(name: &'static str, result: Result<(), String>) -> Self {
        Self { name, ok: result.is_ok(), cause: result.err() }
    }
}

/// Whether requests can be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether all is good.
    pub ready: bool,
    /// Each thing.
    pub checks: Vec<Check>,
}

impl Readiness {
    /// Ready when every check is good.
    pub fn of(checks: Vec<Check>) -> Self {
        Self { ready: checks.iter().all(|check| check.ok), checks }
    }

    /// The answer to `/health/ready`: 200 or 503 with the causes.
    pub fn into_response(self) -> Response {
        let status = if self.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
        (status, headers, serde_json::to_vec(&self).unwrap_or_default()).into_response()
    }
}

/// Remembers for a moment what was found; those who ask at the same time wait for one look. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Health {
    last: Arc<Mutex<Option<(Instant, Readiness)>>>,
}

impl Health {
    /// What was found a moment ago, or what `look` finds now, which the metrics then tell as well.
    pub async fn readiness(&self, metrics: &Metrics, look: impl Future<Output = Vec<Check>>) -> Readiness {
        let mut last = self.last.lock().await;
        if let Some((at, readiness)) = &*last
            && at.elapsed() < KEEP
        {
            return readiness.clone();
        }
        let readiness = Readiness::of(look.await);
        for check in &readiness.checks {
            metrics.check(check.name, check.ok);
            if let Some(cause) = &check.cause {
                tracing::warn!(check = check.name, cause, "not ready");
            }
        }
        *last = Some((Instant::now(), readiness.clone()));
        readiness
    }
}

/// Whether the cryptography gives its known answers, and whether each of these keys makes a signature that verifies.
pub async fn crypto_checks(random: &Random, signers: Vec<(&'static str, Arc<dyn Signer>)>) -> Vec<Check> {
    let random = random.clone();
    let work = move || {
        let self_test = crypto::self_test(&random).map(|_| ()).map_err(|error| error.to_string());
        let canaries = signers.iter().map(|(name, signer)| Check::new(name, canary(&**signer)));
        std::iter::once(Check::new("self-test", self_test)).chain(canaries).collect()
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| vec![Check::new("self-test", Err(error.to_string()))])
}

fn canary(signer: &dyn Signer) -> Result<(), String> {
    let signature = signer.sign(CANARY).map_err(|error| error.to_string())?;
    let key = signer.verifying_key();
    key.verify(SignatureAlgorithm::Sm2Sm3, CANARY, &signature).map_err(|error| error.to_string())
}

/// Whether the server is to go on, and its TLS certificate is in force.
pub fn entrance_checks(shutdown: &Shutdown, tls: Option<&Tls>, now: Timestamp) -> Vec<Check> {
    let running = if shutdown.has_begun() { Err("the server is about to end".to_owned()) } else { Ok(()) };
    let mut checks = vec![Check::new("running", running)];
    if let Some(tls) = tls {
        let end = tls.not_after();
        let in_force = if now <= end { Ok(()) } else { Err(format!("the certificate ended at {end}")) };
        checks.push(Check::new("tls", in_force));
    }
    checks
}
