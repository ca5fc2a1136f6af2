//! How this platform goes together with other platforms.

use schemars::JsonSchema;
use serde::Deserialize;

/// About other platforms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Federation {
    /// How often other platforms' trust lists are fetched, in minutes.
    pub refresh_minutes: u32,
    /// How often other platforms are asked for changes of their seals, in seconds; 0 for never.
    pub follow_seconds: u32,
    /// How long our own trust list may be relied on, in hours.
    pub list_hours: u32,
    /// The most platforms that a request may pass through, this one included (60006 beyond it).
    pub max_platforms: usize,
    /// Whether requests of one platform are passed on to another, and its code spaces named in our own list.
    pub transit: bool,
}

impl Default for Federation {
    fn default() -> Self {
        Self { refresh_minutes: 10, follow_seconds: 30, list_hours: 24, max_platforms: 3, transit: false }
    }
}

impl Federation {
    /// What is wrong with the values: a field and why.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let rules = [
            ((1..=1_440).contains(&self.refresh_minutes), "federation.refresh_minutes", "1 to 1440"),
            (self.follow_seconds <= 86_400, "federation.follow_seconds", "0 to 86400"),
            ((1..=8_760).contains(&self.list_hours), "federation.list_hours", "1 to 8760"),
            ((1..=8).contains(&self.max_platforms), "federation.max_platforms", "1 to 8"),
        ];
        rules.into_iter().find(|(good, ..)| !good).map(|(_, field, reason)| (field, reason))
    }
}
