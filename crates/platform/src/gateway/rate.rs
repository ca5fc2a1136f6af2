//! The rate limit per system (10009): one share for each interface, and one for all of them together, of which
//! interfaces use up more the more they cost us.

use std::collections::BTreeMap;
use std::time::Duration;

use http_server::{Draw, Rate, Rates};
use jiff::Timestamp;

use crate::config::Limits;

/// Whose share: the system's own, and the interface or all of them.
type Key = (String, Option<&'static str>);

/// Limits how often each system may pass. The keys are authenticated systems, so their number is bounded by the
/// registry; the bound of [`Rates`] is a second line. Replicas do not share shares: behind n of them a system has at
/// most n times as much.
#[derive(Debug)]
pub struct RateLimiter {
    of_interface: Rate,
    of_system: Rate,
    cost: BTreeMap<String, u32>,
    rates: Rates<Key>,
}

impl RateLimiter {
    /// A limiter as the configuration says.
    pub fn new(limits: &Limits) -> Self {
        Self {
            of_interface: limits.rate,
            of_system: limits.system_rate,
            cost: limits.cost.clone(),
            rates: Rates::default(),
        }
    }

    /// Lets the system `app_id` through to `interface` now, or says how long it must wait.
    ///
    /// # Errors
    /// The time after which the next request will be let through.
    pub fn pass(&self, app_id: &str, interface: &'static str, now: Timestamp) -> Result<(), Duration> {
        let cost = self.cost.get(interface).copied().unwrap_or(1);
        let draws = [
            Draw { key: (app_id.to_owned(), Some(interface)), rate: self.of_interface, cost: 1 },
            Draw { key: (app_id.to_owned(), None), rate: self.of_system, cost },
        ];
        self.rates.pass(&draws, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_interface: u32, per_system: u32) -> RateLimiter {
        let rate = |number| Rate { per_second: number, burst: number };
        RateLimiter::new(&Limits {
            rate: rate(per_interface),
            system_rate: rate(per_system),
            cost: BTreeMap::from([("verify".to_owned(), 4)]),
            ..Limits::default()
        })
    }

    #[test]
    fn systems_and_interfaces_do_not_share() {
        let (limiter, now) = (limiter(1, 100), Timestamp::UNIX_EPOCH);
        limiter.pass("A", "sign", now).unwrap();
        limiter.pass("B", "sign", now).unwrap();
        limiter.pass("A", "query", now).unwrap();
        assert_eq!(limiter.pass("A", "sign", now), Err(Duration::from_secs(1)));
    }

    #[test]
    fn what_costs_more_leaves_less_for_the_rest() {
        let (limiter, now) = (limiter(100, 10), Timestamp::UNIX_EPOCH);
        limiter.pass("A", "verify", now).unwrap();
        limiter.pass("A", "verify", now).unwrap();
        assert_eq!(limiter.pass("A", "verify", now), Err(Duration::from_millis(200)));
        limiter.pass("A", "sign", now).unwrap();
        limiter.pass("A", "sign", now).unwrap();
        assert_eq!(limiter.pass("A", "sign", now), Err(Duration::from_millis(100)));
        limiter.pass("B", "verify", now).unwrap();
    }
}
