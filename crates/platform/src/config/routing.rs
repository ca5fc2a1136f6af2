//! How calls find their way to seal systems, and when an address counts as unwell.

use std::time::Duration;

use client::ClientTls;
use schemars::JsonSchema;
use serde::Deserialize;

/// About the addresses of seal systems.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    /// How many requests are sent to one address at once; more go to another address of the system.
    pub calls_per_endpoint: usize,
    /// Failures in a row after which an address is left alone for a while (circuit breaker).
    pub breaker_failures: u32,
    /// How long it is left alone the first time, in milliseconds; twice as long after each trial that failed.
    pub breaker_open_ms: u64,
    /// How long it is left alone at most, in milliseconds.
    pub breaker_longest_ms: u64,
    /// How often every address is probed, in milliseconds; 0 for never.
    pub probe_ms: u64,
    /// How long a probe may take, in milliseconds.
    pub probe_deadline_ms: u64,
    /// How TLS is spoken with seal systems, other platforms and subscribers.
    pub tls: ClientTls,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            calls_per_endpoint: 48,
            breaker_failures: 5,
            breaker_open_ms: 5_000,
            breaker_longest_ms: 60_000,
            probe_ms: 10_000,
            probe_deadline_ms: 2_000,
            tls: ClientTls::default(),
        }
    }
}

impl Routing {
    /// How often every address is probed; `None` for never.
    pub fn probe(&self) -> Option<Duration> {
        (self.probe_ms > 0).then(|| Duration::from_millis(self.probe_ms.max(100)))
    }

    /// How long a probe may take.
    pub fn probe_deadline(&self) -> Duration {
        Duration::from_millis(self.probe_deadline_ms)
    }

    /// What is wrong with the values: a field and why.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let rules = [
            (self.calls_per_endpoint > 0, "routing.calls_per_endpoint", "at least 1"),
            (self.breaker_failures > 0, "routing.breaker_failures", "at least 1"),
            (self.breaker_open_ms > 0, "routing.breaker_open_ms", "more than 0"),
            (
                self.breaker_longest_ms >= self.breaker_open_ms && self.breaker_longest_ms <= 3_600_000,
                "routing.breaker_longest_ms",
                "at least breaker_open_ms, at most 3600000",
            ),
            ((1..=60_000).contains(&self.probe_deadline_ms), "routing.probe_deadline_ms", "1 to 60000"),
            (self.tls.fault().is_none(), "routing.tls", self.tls.fault().unwrap_or_default()),
        ];
        rules.into_iter().find(|(good, ..)| !good).map(|(_, field, reason)| (field, reason))
    }
}
