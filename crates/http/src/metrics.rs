//! Metrics in the Prometheus text format.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crypto::Sm2Engine;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The same for one SM2 operation.
const SM2_BUCKETS: &[f64] = &[0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.001, 0.005, 0.02];

/// Signatures that were verified together at the gate: more than eight never are.
const BATCH_BUCKETS: &[f64] = &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

/// Most systems that are counted one by one; those beyond are counted together.
const MAX_SYSTEMS: usize = 1000;
/// The label of the systems beyond.
const OTHERS: &str = "(others)";

/// What SM2 was used for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sm2 {
    /// The signature of a request.
    Verify,
    /// The signature of an answer.
    Sign,
}

/// The metrics of one server. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    by_system: IntCounterVec,
    /// Systems that have a label of their own.
    systems: Arc<Mutex<HashSet<String>>>,
    sm2: HistogramVec,
    batches: Histogram,
    running: IntGauge,
    checks: IntGaugeVec,
    tls_ends: IntGauge,
    engine: EngineMetrics,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// The verification engine of the process, as it is when the metrics are read.
#[derive(Clone)]
struct EngineMetrics {
    selected: IntGaugeVec,
    tables: IntGauge,
    capacity: IntGauge,
    bytes: IntGauge,
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
        let requests = HistogramVec::new(
            histogram("sealbridge_request_seconds", "Requests by interface and code", BUCKETS),
            &["interface", "code"],
        )?;
        let by_system = IntCounterVec::new(
            Opts::new(
                "sealbridge_system_requests_total",
                "Requests by interface, calling system and code; no system: not let in",
            ),
            &["interface", "system", "code"],
        )?;
        let sm2 = HistogramVec::new(
            histogram("sealbridge_sm2_seconds", "SM2 in the envelope of requests and answers", SM2_BUCKETS),
            &["operation"],
        )?;
        let batches = Histogram::with_opts(histogram(
            "sealbridge_sm2_batch_signatures",
            "Signatures of requests verified together",
            BATCH_BUCKETS,
        ))?;
        let running = IntGauge::new("sealbridge_requests_running", "Requests under way")?;
        let checks = Opts::new("sealbridge_ready", "What serving depends on, as last looked at: 1 for good");
        let checks = IntGaugeVec::new(checks, &["check"])?;
        let tls_ends = IntGauge::new(
            "sealbridge_tls_not_after_seconds",
            "When the TLS certificate in use ends, in seconds since 1970; 0 without TLS",
        )?;
        let build = Opts::new("sealbridge_build_info", "The version of the program");
        let build = IntGaugeVec::new(build, &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(build))?;
        registry.register(Box::new(checks.clone()))?;
        registry.register(Box::new(tls_ends.clone()))?;
        let engine = EngineMetrics::register(&registry)?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(by_system.clone()))?;
        registry.register(Box::new(sm2.clone()))?;
        registry.register(Box::new(batches.clone()))?;
        registry.register(Box::new(running.clone()))?;
        Ok(Self {
            registry,
            requests,
            by_system,
            systems: Arc::default(),
            sm2,
            batches,
            running,
            checks,
            tls_ends,
            engine,
        })
    }

    /// Where a server registers metrics of its own.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts one request.
    pub fn request(&self, interface: &str, code: &str, took: Duration) {
        self.requests.with_label_values(&[interface, code]).observe(took.as_secs_f64());
    }

    /// Counts one request of a system that was let in; of one that was not, under no name.
    pub(crate) fn of_system(&self, interface: &str, system: &str, code: &str) {
        let system = if self.has_label(system) { system } else { OTHERS };
        self.by_system.with_label_values(&[interface, system, code]).inc();
    }

    fn has_label(&self, system: &str) -> bool {
        let mut systems = self.systems.lock().unwrap_or_else(PoisonError::into_inner);
        if systems.contains(system) {
            return true;
        }
        let room = systems.len() < MAX_SYSTEMS;
        if room {
            systems.insert(system.to_owned());
        }
        room
    }

    /// Notes what a look at something gave.
    pub(crate) fn check(&self, name: &str, ok: bool) {
        self.checks.with_label_values(&[name]).set(i64::from(ok));
    }

    /// Notes when the TLS certificate in use ends.
    pub fn tls_ends(&self, at: jiff::Timestamp) {
        self.tls_ends.set(at.as_second());
    }

    /// Counts one use of SM2.
    pub(crate) fn sm2(&self, operation: Sm2, took: Duration) {
        let operation = match operation {
            Sm2::Verify => "verify",
            Sm2::Sign => "sign",
        };
        self.sm2.with_label_values(&[operation]).observe(took.as_secs_f64());
    }

    /// Counts signatures that were verified together.
    pub(crate) fn batch(&self, signatures: usize) {
        self.batches.observe(f64::from(u32::try_from(signatures).unwrap_or(u32::MAX)));
    }

    /// How many batches there were, and how many signatures in them.
    #[cfg(test)]
    pub(crate) fn batches(&self) -> (u64, f64) {
        (self.batches.get_sample_count(), self.batches.get_sample_sum())
    }

    /// Counts a request as under way until the guard is dropped.
    pub(crate) fn running(&self) -> Running {
        self.running.inc();
        Running(self.running.clone())
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        self.engine.refresh();
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

impl EngineMetrics {
    fn register(registry: &Registry) -> Result<Self, MetricsError> {
        let selected =
            Opts::new("sealbridge_sm2_engine", "What verifies SM2 signatures: 1 for the one in use");
        let engine = Self {
            selected: IntGaugeVec::new(selected, &["engine"])?,
            tables: IntGauge::new("sealbridge_sm2_key_tables", "Keys with a table for quick verification")?,
            capacity: IntGauge::new("sealbridge_sm2_key_tables_capacity", "The most such tables")?,
            bytes: IntGauge::new("sealbridge_sm2_key_tables_bytes", "Bytes of these tables")?,
        };
        registry.register(Box::new(engine.selected.clone()))?;
        for gauge in [&engine.tables, &engine.capacity, &engine.bytes] {
            registry.register(Box::new(gauge.clone()))?;
        }
        Ok(engine)
    }

    fn refresh(&self) {
        let in_use = crypto::selected_engine();
        for engine in Sm2Engine::ALL {
            self.selected.with_label_values(&[engine.name()]).set(i64::from(engine == in_use));
        }
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let tables = crypto::table_use();
        self.tables.set(number(tables.tables));
        self.capacity.set(number(tables.capacity));
        self.bytes.set(number(tables.bytes));
    }
}

/// A request under way.
pub(crate) struct Running(IntGauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> HistogramOpts {
    HistogramOpts::new(name, help).buckets(buckets.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_beyond_the_bound_are_counted_together() {
        let metrics = Metrics::new().unwrap();
        for number in 0..MAX_SYSTEMS + 5 {
            metrics.of_system("seal_query", &format!("S{number}"), "0");
        }
        metrics.of_system("seal_query", "S3", "0");
        let text = metrics.text();
        let line = |system: &str, count: u32| {
            let name = "sealbridge_system_requests_total";
            text.contains(&format!(
                "{name}{{code=\"0\",interface=\"seal_query\",system=\"{system}\"}} {count}\n"
            ))
        };
        assert!(line("S3", 2) && line("S999", 1) && line(OTHERS, 5) && !line("S1001", 1));
    }
}
