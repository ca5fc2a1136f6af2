//! What this process knows of every address from its own calls and probes: breakers, places, the last probe.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use storage::platform::endpoints::{EndpointRow, Health};
use tokio::sync::Semaphore;

use super::breaker::{Breaker, Rules, Standing};
use super::select::{Candidate, Hope};
use crate::config::Routing;
use crate::metrics::Outward;

/// Which system, which address.
type Key = (String, String);

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    /// When.
    pub at: Timestamp,
    /// Whether it may be given calls.
    pub ok: bool,
    /// What it told.
    pub text: String,
}

/// One address.
#[derive(Debug)]
pub(super) struct Seat {
    state: Mutex<(Breaker, Option<Probe>)>,
    /// Places for calls under way there.
    pub(super) places: Semaphore,
}

/// Everything this process knows.
#[derive(Debug)]
pub(super) struct Board {
    rules: Rules,
    per_system: usize,
    per_endpoint: usize,
    seats: Mutex<HashMap<Key, Arc<Seat>>>,
    systems: Mutex<HashMap<String, Arc<Semaphore>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Board {
    /// An empty board.
    pub(super) fn new(config: &Routing, calls_per_system: usize) -> Self {
        let millis = |ms: u64| SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
        let rules = Rules {
            failures: config.breaker_failures,
            open: millis(config.breaker_open_ms),
            longest: millis(config.breaker_longest_ms),
        };
        Self {
            rules,
            per_system: calls_per_system,
            per_endpoint: config.calls_per_endpoint,
            seats: Mutex::default(),
            systems: Mutex::default(),
        }
    }

    /// The places of a system.
    pub(super) fn system(&self, app_id: &str) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(self.per_system));
        Arc::clone(lock(&self.systems).entry(app_id.to_owned()).or_insert_with(new))
    }

    /// The seat of an address.
    pub(super) fn seat(&self, app_id: &str, base_url: &str) -> Arc<Seat> {
        let new = || Arc::new(Seat { state: Mutex::default(), places: Semaphore::new(self.per_endpoint) });
        let key = (app_id.to_owned(), base_url.to_owned());
        Arc::clone(lock(&self.seats).entry(key).or_insert_with(new))
    }

    /// Forgets addresses that are registered no more.
    pub(super) fn keep_only(&self, rows: &[EndpointRow]) {
        let known = |(app_id, base_url): &Key| {
            rows.iter().any(|row| row.app_id == *app_id && row.base_url == *base_url)
        };
        lock(&self.seats).retain(|key, _| known(key));
    }

    /// How every system and address stands.
    pub(super) fn tell(&self, metrics: &Outward, now: Timestamp) {
        for (app_id, places) in lock(&self.systems).iter() {
            metrics.running(app_id, self.per_system.saturating_sub(places.available_permits()));
        }
        for ((app_id, base_url), seat) in lock(&self.seats).iter() {
            let (standing, probe) = seat.stands(now);
            metrics.stands((app_id, base_url), standing, probe);
        }
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl Seat {
    /// Lets a call pass the breaker.
    ///
    /// # Errors
    /// Until when nothing passes.
    pub(super) fn pass(&self, now: Timestamp) -> Result<(), Timestamp> {
        lock(&self.state).0.pass(now)
    }

    /// A call was answered by the system.
    pub(super) fn succeeded(&self) {
        lock(&self.state).0.succeeded();
    }

    /// A call was not answered, or not by the system. Whether the breaker has opened by it.
    pub(super) fn failed(&self, now: Timestamp, rules: &Rules) -> bool {
        let mut state = lock(&self.state);
        let before = state.0.standing(now);
        state.0.failed(now, rules);
        !matches!(before, Standing::Open(_)) && matches!(state.0.standing(now), Standing::Open(_))
    }

    /// Notes a probe.
    pub(super) fn probed(&self, probe: Probe) {
        let mut state = lock(&self.state);
        if probe.ok {
            state.0.probe_succeeded(probe.at);
        }
        state.1 = Some(probe);
    }

    /// What the breaker would say now.
    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        lock(&self.state).0.standing(now)
    }

    /// What the breaker would say now, and whether the last probe was good.
    fn stands(&self, now: Timestamp) -> (Standing, Option<bool>) {
        let state = lock(&self.state);
        (state.0.standing(now), state.1.as_ref().map(|probe| probe.ok))
    }

    /// How it stands among the others.
    pub(super) fn candidate(&self, row: &EndpointRow, now: Timestamp) -> Candidate {
        let state = lock(&self.state);
        candidate(row, state.0.standing(now), state.1.as_ref().map(|probe| probe.ok))
    }

    /// For people, as it is stored.
    pub(super) fn health(&self, row: &EndpointRow, replica: &str, now: Timestamp) -> Health {
        let state = lock(&self.state);
        let (breaker, probe) = (&state.0, state.1.as_ref());
        let standing = breaker.standing(now);
        let open_until = match standing {
            Standing::Open(until) => Some(until.as_millisecond()),
            Standing::Closed | Standing::HalfOpen => None,
        };
        Health {
            app_id: row.app_id.clone(),
            base_url: row.base_url.clone(),
            replica: replica.to_owned(),
            breaker: standing.as_str().to_owned(),
            failures: breaker.failures().into(),
            open_until,
            probe_ok: probe.map(|probe| probe.ok),
            probe_text: probe.map(|probe| probe.text.clone()),
            probed_at: probe.map(|probe| probe.at.as_millisecond()),
            seen_at: now.as_millisecond(),
        }
    }
}

/// How an address stands, from its breaker and its last probe.
pub(super) fn candidate(row: &EndpointRow, standing: Standing, probe: Option<bool>) -> Candidate {
    let hope = match (standing, probe) {
        (Standing::Open(_), _) => Hope::None,
        (_, Some(false)) => Hope::Doubtful,
        (Standing::Closed | Standing::HalfOpen, _) => Hope::Good,
    };
    Candidate { hope, priority: row.priority, weight: u32::try_from(row.weight).unwrap_or_default() }
}
