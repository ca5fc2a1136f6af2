//! Metrics in the Prometheus text format.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::{Encoder, Histogram, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};
use protocol::Code;

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Time spent in SM2 verification at the gate and refusals by code: one figure a process, because the gate of
/// every server in it does the same work.
struct Shared {
    verification: Histogram,
    refusals: IntCounterVec,
}

static SHARED: LazyLock<Option<Shared>> = LazyLock::new(|| {
    let bounds = vec![0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.001, 0.005, 0.02];
    let options = HistogramOpts::new("sealbridge_gate_sm2_seconds", "SM2 verification of a request").buckets(bounds);
    let refusals = Opts::new("sealbridge_refusals_total", "Refusals by code");
    Some(Shared {
        verification: Histogram::with_opts(options).ok()?,
        refusals: IntCounterVec::new(refusals, &["code"]).ok()?,
    })
});

/// Counts one verification of a request's signature.
pub(crate) fn count_sm2_verification(took: Duration) {
    if let Some(shared) = &*SHARED {
        shared.verification.observe(took.as_secs_f64());
    }
}

/// Counts one refusal.
pub(crate) fn count_refusal(code: Code) {
    if let Some(shared) = &*SHARED {
        shared.refusals.with_label_values(&[code.text()]).inc();
    }
}

/// The metrics of one server. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
}

/// A metric could not be registered: two have one name.
#[derive(Debug, thiserror::Error)]
#[error("metrics: {0}")]
pub struct MetricsError(#[from] prometheus::Error);

impl Metrics {
    /// A new set.
    ///
    /// # Errors
    /// [`MetricsError`], which a working build does not give.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let options = HistogramOpts::new("sealbridge_request_seconds", "Requests by interface and code")
            .buckets(BUCKETS.to_vec());
        let requests = HistogramVec::new(options, &["interface", "code"])?;
        registry.register(Box::new(requests.clone()))?;
        if let Some(shared) = &*SHARED {
            registry.register(Box::new(shared.verification.clone()))?;
            registry.register(Box::new(shared.refusals.clone()))?;
        }
        Ok(Self { registry, requests })
    }

    /// Where a server registers metrics of its own.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts one request.
    pub fn request(&self, interface: &str, code: &str, took: Duration) {
        self.requests.with_label_values(&[interface, code]).observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => String::from_utf8(text).unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "metrics could not be written");
                String::new()
            }
        }
    }
}
