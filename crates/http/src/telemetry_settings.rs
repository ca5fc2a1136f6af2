//! `[telemetry]` in the configuration of every server: whether traces are sent, and where to.

use schemars::JsonSchema;
use serde::Deserialize;

/// Traces (OpenTelemetry). Without an endpoint nothing is sent and nothing is kept for sending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// The collector's whole address for OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; empty: none.
    pub endpoint: String,
    /// How many of a hundred traces are sent, whatever callers say of theirs.
    #[schemars(range(min = 0, max = 100))]
    pub percent: u8,
    /// The name of this server among the others; empty: its id.
    pub service: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { endpoint: String::new(), percent: 100, service: String::new() }
    }
}

impl TelemetrySettings {
    /// What is wrong with it: the field and the reason.
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let is_address = ["http://", "https://"].iter().any(|scheme| self.endpoint.starts_with(scheme));
        if !self.endpoint.is_empty() && !is_address {
            return Some(("telemetry.endpoint", "the whole address of a collector, http:// or https://"));
        }
        (self.percent > 100).then_some(("telemetry.percent", "0 to 100"))
    }
}
