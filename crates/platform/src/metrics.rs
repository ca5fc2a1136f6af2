//! The platform's own metrics beside those of every server: calls of seal systems, how their addresses stand, and notices
//! to subscribers.

use std::time::Duration;

use client::ClientError;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use protocol::ApiError;
use storage::platform::subscriptions::{self, DeliveryState};

use crate::context::Context;
use crate::failure::Outcome;
use crate::routing::Standing;

/// Upper bounds of the duration of one call, in seconds: fewer than for our own requests, as there is one set a system.
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What the platform does towards others. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Outward {
    tries: IntCounterVec,
    seconds: HistogramVec,
    running: IntGaugeVec,
    breaker: IntGaugeVec,
    probe: IntGaugeVec,
    notices: IntGaugeVec,
    notice_tries: IntCounterVec,
}

impl Outward {
    /// A new set that nobody reads yet.
    pub(crate) fn new() -> Result<Self, ApiError> {
        let gauge = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        let make = || {
            Ok::<_, prometheus::Error>(Self {
                tries: IntCounterVec::new(
                    Opts::new(
                        "sealbridge_route_tries_total",
                        "Calls of a seal system or platform at one of its addresses, and how they ended",
                    ),
                    &["system", "interface", "outcome"],
                )?,
                seconds: HistogramVec::new(
                    HistogramOpts::new("sealbridge_route_seconds", "How long these calls took")
                        .buckets(BUCKETS.to_vec()),
                    &["system"],
                )?,
                running: gauge("sealbridge_route_running", "Calls of a system under way", &["system"])?,
                breaker: gauge(
                    "sealbridge_route_breaker",
                    "The breaker of an address: 0 closed, 1 one call tries, 2 open",
                    &["system", "address"],
                )?,
                probe: gauge(
                    "sealbridge_route_probe_good",
                    "The last probe of an address: 1 there and ready, 0 not",
                    &["system", "address"],
                )?,
                notices: gauge(
                    "sealbridge_notices",
                    "Notices of changes that are not acknowledged: pending, or dead and told to nobody any more",
                    &["system", "state"],
                )?,
                notice_tries: IntCounterVec::new(
                    Opts::new(
                        "sealbridge_notice_tries_total",
                        "Tries to tell a subscriber, and what came of them",
                    ),
                    &["system", "outcome"],
                )?,
            })
        };
        make().map_err(ApiError::fault)
    }

    /// Has them read with the others.
    pub(crate) fn register(&self, registry: &Registry) -> Result<(), ApiError> {
        let all: [Box<dyn Collector>; 7] = [
            Box::new(self.tries.clone()),
            Box::new(self.seconds.clone()),
            Box::new(self.running.clone()),
            Box::new(self.breaker.clone()),
            Box::new(self.probe.clone()),
            Box::new(self.notices.clone()),
            Box::new(self.notice_tries.clone()),
        ];
        all.into_iter().try_for_each(|one| registry.register(one)).map_err(ApiError::fault)
    }

    /// One call at one address.
    pub(crate) fn tried<T>(
        &self,
        (system, interface): (&str, &str),
        result: &Result<T, ClientError>,
        took: Duration,
    ) {
        self.tries.with_label_values(&[system, interface, outcome(result)]).inc();
        self.seconds.with_label_values(&[system]).observe(took.as_secs_f64());
    }

    /// Forgets how systems and addresses stood: what is registered no more is not told.
    pub(crate) fn clear_routes(&self) {
        self.running.reset();
        self.breaker.reset();
        self.probe.reset();
    }

    /// So many calls of a system are under way.
    pub(crate) fn running(&self, system: &str, count: usize) {
        self.running.with_label_values(&[system]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// How an address stands.
    pub(crate) fn stands(&self, (system, address): (&str, &str), breaker: Standing, probe: Option<bool>) {
        let value = match breaker {
            Standing::Closed => 0,
            Standing::HalfOpen => 1,
            Standing::Open(_) => 2,
        };
        self.breaker.with_label_values(&[system, address]).set(value);
        if let Some(good) = probe {
            self.probe.with_label_values(&[system, address]).set(i64::from(good));
        }
    }

    /// What came of a try to tell a subscriber.
    pub(crate) fn told(&self, system: &str, state: DeliveryState) {
        let outcome = match state {
            DeliveryState::Delivered => "acknowledged",
            DeliveryState::Pending => "again",
            DeliveryState::Dead => "dead",
        };
        self.notice_tries.with_label_values(&[system, outcome]).inc();
    }

    /// Counts what is not acknowledged, in the database that all replicas share.
    ///
    /// # Errors
    /// Failures of the database; what was known before stays.
    pub(crate) async fn count_notices(&self, context: &Context) -> Outcome<()> {
        let mut tx = context.database.read().await?;
        let rows = subscriptions::open_counts(&mut tx).await?;
        tx.commit().await?;
        self.notices.reset();
        for row in rows {
            self.notices.with_label_values(&[&row.app_id, row.state.as_str()]).set(row.number);
        }
        Ok(())
    }
}

/// The word for how a call ended.
fn outcome<T>(result: &Result<T, ClientError>) -> &'static str {
    match result {
        Ok(_) => "answered",
        Err(ClientError::Refused(_)) => "refused",
        Err(ClientError::Unreachable(_)) => "unreachable",
        Err(ClientError::Late(_)) => "late",
        Err(ClientError::Broken(_)) => "broken",
        Err(ClientError::Request(_)) => "not-sent",
        Err(_) => "wrong-answer",
    }
}
