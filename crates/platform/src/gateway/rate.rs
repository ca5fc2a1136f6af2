//! The rate limit per system and interface (10009): GCRA, the generic cell rate algorithm, which needs one
//! number per key and has no windows at whose edges twice the rate gets through.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::Rate;

/// Entries are forgotten, oldest first by need, when there are more than this many.
const MAX_KEYS: usize = 65_536;

/// Limits how often each key may pass. The keys are authenticated systems, so their number is bounded by the
/// registry; the cap is a second line.
#[derive(Debug)]
pub struct RateLimiter {
    interval: SignedDuration,
    tolerance: SignedDuration,
    next: Mutex<HashMap<(String, &'static str), Timestamp>>,
}

impl RateLimiter {
    /// A limiter in which every key may pass `rate.burst` times at once and `rate.per_second` in the long run.
    pub fn new(rate: Rate) -> Self {
        let nanos = 1_000_000_000 / i64::from(rate.per_second.max(1));
        let interval = SignedDuration::from_nanos(nanos);
        let tolerance = SignedDuration::from_nanos(nanos.saturating_mul(i64::from(rate.burst.max(1))));
        Self { interval, tolerance, next: Mutex::default() }
    }

    /// Lets the system `app_id` through to `interface` now, or says how long it must wait.
    ///
    /// # Errors
    /// The time after which the next request will be let through.
    pub fn pass(&self, app_id: &str, interface: &'static str, now: Timestamp) -> Result<(), Duration> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.len() >= MAX_KEYS {
            next.retain(|_, free_at| *free_at > now);
        }
        let free_at = next.entry((app_id.to_owned(), interface)).or_insert(now);
        let after = (*free_at).max(now).checked_add(self.interval).unwrap_or(Timestamp::MAX);
        let ahead = after.duration_since(now);
        if ahead > self.tolerance {
            let wait = ahead.checked_sub(self.tolerance).unwrap_or(self.interval);
            return Err(wait.unsigned_abs());
        }
        *free_at = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(millis: i64) -> Timestamp {
        START + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let limiter = RateLimiter::new(Rate { per_second: 10, burst: 3 });
        for _ in 0..3 {
            limiter.pass("A", "sign", at(0)).unwrap();
        }
        let wait = limiter.pass("A", "sign", at(0)).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(limiter.pass("A", "sign", at(99)).is_err());
        limiter.pass("A", "sign", at(100)).unwrap();
        assert!(limiter.pass("A", "sign", at(100)).is_err());
    }

    #[test]
    fn systems_and_interfaces_do_not_share() {
        let limiter = RateLimiter::new(Rate { per_second: 1, burst: 1 });
        limiter.pass("A", "sign", at(0)).unwrap();
        limiter.pass("B", "sign", at(0)).unwrap();
        limiter.pass("A", "query", at(0)).unwrap();
        assert!(limiter.pass("A", "sign", at(0)).is_err());
    }

    #[test]
    fn over_a_long_time_the_rate_is_exact() {
        let limiter = RateLimiter::new(Rate { per_second: 20, burst: 5 });
        let passed = (0..10_000).filter(|ms| limiter.pass("A", "x", at(*ms)).is_ok()).count();
        assert_eq!(passed, 5 - 1 + 200);
    }
}
