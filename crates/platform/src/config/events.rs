//! What changed, for systems: how long it is kept, and how subscribers are called.

use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// About the feed of changes and its subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// How long changes and what became of their deliveries are kept, in days.
    pub keep_days: u32,
    /// How often a delivery is tried before it is dead.
    pub attempts: u32,
    /// The pause after the first try that failed, in milliseconds; it doubles with each.
    pub pause_ms: u64,
    /// The longest pause, in milliseconds.
    pub longest_pause_ms: u64,
    /// How long a subscriber may take to answer, in milliseconds.
    pub deadline_ms: u64,
    /// How often the outbox is looked at, in milliseconds.
    pub look_ms: u64,
    /// Subscribers that may have inner addresses: `host` or `host:port`. Public addresses need no entry.
    pub allowed_hosts: Vec<String>,
    /// The ports that may be called.
    pub ports: Vec<u16>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            keep_days: 90,
            attempts: 16,
            pause_ms: 10_000,
            longest_pause_ms: 14_400_000,
            deadline_ms: 5_000,
            look_ms: 2_000,
            allowed_hosts: Vec::new(),
            ports: vec![443],
        }
    }
}

impl Events {
    /// The pause after so many tries that failed.
    pub fn pause(&self, attempts: i64) -> SignedDuration {
        let doubled = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(40);
        let pause = self.pause_ms.saturating_mul(1_u64 << doubled).min(self.longest_pause_ms);
        SignedDuration::from_millis(i64::try_from(pause).unwrap_or(i64::MAX))
    }

    /// Whether a delivery that was tried so often is tried again.
    pub fn goes_on(&self, attempts: i64) -> bool {
        attempts < i64::from(self.attempts)
    }

    /// How often the outbox is looked at.
    pub fn look_every(&self) -> Duration {
        Duration::from_millis(self.look_ms.max(50))
    }

    /// What is wrong with the values: a field and why.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let rules = [
            ((7..=3_660).contains(&self.keep_days), "events.keep_days", "7 to 3660"),
            ((1..=100).contains(&self.attempts), "events.attempts", "1 to 100"),
            ((1..=3_600_000).contains(&self.pause_ms), "events.pause_ms", "1 to 3600000"),
            (
                self.longest_pause_ms >= self.pause_ms && self.longest_pause_ms <= 86_400_000,
                "events.longest_pause_ms",
                "at least pause_ms, at most 86400000",
            ),
            ((1..=60_000).contains(&self.deadline_ms), "events.deadline_ms", "1 to 60000"),
        ];
        rules.into_iter().find(|(good, ..)| !good).map(|(_, field, reason)| (field, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_hours_and_end() {
        let events = Events::default();
        let pauses: Vec<i64> = (1..=4).map(|attempts| events.pause(attempts).as_secs()).collect();
        assert_eq!(pauses, [10, 20, 40, 80]);
        assert_eq!(events.pause(60).as_secs(), 4 * 3_600);
        let all: i64 = (1..16).map(|attempts| events.pause(attempts).as_secs()).sum();
        assert!(all > 20 * 3_600 && all < 30 * 3_600, "{all}");
        assert!(events.goes_on(15) && !events.goes_on(16));
    }
}
