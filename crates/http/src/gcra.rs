//! Rates: GCRA, the generic cell rate algorithm, which needs one number per key and has no windows at whose edges
//! twice the rate gets through. Rates are those of one process: replicas do not share them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

/// Keys that are remembered at once.
const MAX_KEYS: usize = 65_536;
/// How often, at most, the keys that have nothing to remember are looked for when there is no room for another.
const SWEEP: SignedDuration = SignedDuration::from_secs(1);

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// Requests per second in the long run.
    pub per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: 50, burst: 100 }
    }
}

impl Rate {
    fn interval(self) -> SignedDuration {
        SignedDuration::from_nanos(1_000_000_000 / i64::from(self.per_second.max(1)))
    }

    fn times(self, number: u32) -> SignedDuration {
        self.interval()
            .checked_mul(i32::try_from(number.max(1)).unwrap_or(i32::MAX))
            .unwrap_or(SignedDuration::MAX)
    }
}

/// One thing that a request uses up.
#[derive(Debug, Clone)]
pub struct Draw<K> {
    /// Of whose share.
    pub key: K,
    /// How large the share is.
    pub rate: Rate,
    /// How much of it: what costs more than the burst counts as the burst, so that it passes after a pause.
    pub cost: u32,
}

/// The shares of many keys, of which a bounded number is remembered.
#[derive(Debug)]
pub struct Rates<K> {
    state: Mutex<State<K>>,
    max_keys: usize,
}

#[derive(Debug)]
struct State<K> {
    /// When the share of a key is whole again. `None` stands for all keys that there is no room for.
    free_at: HashMap<Option<K>, Timestamp>,
    swept: Timestamp,
}

impl<K: Hash + Eq + Clone> Default for Rates<K> {
    fn default() -> Self {
        Self::new(MAX_KEYS)
    }
}

impl<K: Hash + Eq + Clone> Rates<K> {
    /// Remembers so many keys; those beyond share one rate.
    pub fn new(max_keys: usize) -> Self {
        let state = State { free_at: HashMap::new(), swept: Timestamp::MIN };
        Self { state: Mutex::new(state), max_keys }
    }

    /// Lets a request through that uses up all of `draws`, or none of them.
    ///
    /// # Errors
    /// The time after which it would be let through.
    pub fn pass(&self, draws: &[Draw<K>], now: Timestamp) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::with_capacity(draws.len());
        let mut wait = SignedDuration::ZERO;
        for draw in draws {
            let key = state.place(&draw.key, self.max_keys, now);
            let share = draw.rate.times(draw.rate.burst);
            // A share is never owed more than once; if it seems so, the clock was set back.
            let latest = now.checked_add(share).unwrap_or(Timestamp::MAX);
            let known = state.free_at.get(&key).copied().unwrap_or(now);
            let free_at = known.clamp(now, latest);
            if known > latest {
                // Remembered also where the request is refused: else it would seem so again until the clock has come
                // to where it was.
                state.free_at.insert(key.clone(), latest);
            }
            let cost = draw.rate.times(draw.cost.min(draw.rate.burst));
            let after = free_at.checked_add(cost).unwrap_or(Timestamp::MAX);
            wait = wait.max(after.duration_since(now).saturating_sub(share));
            taken.push((key, after));
        }
        if wait > SignedDuration::ZERO {
            return Err(wait.unsigned_abs());
        }
        state.free_at.extend(taken);
        Ok(())
    }
}

impl<K: Hash + Eq + Clone> State<K> {
    /// Where a key is remembered: by itself as long as there is room.
    fn place(&mut self, key: &K, max_keys: usize, now: Timestamp) -> Option<K> {
        let own = Some(key.clone());
        if self.free_at.contains_key(&own) {
            return own;
        }
        if self.free_at.len() >= max_keys && now.duration_since(self.swept).abs() >= SWEEP {
            self.swept = now;
            self.free_at.retain(|_, free_at| *free_at > now);
        }
        if self.free_at.len() < max_keys { own } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    fn pass(
        rates: &Rates<&'static str>,
        key: &'static str,
        rate: Rate,
        cost: u32,
        ms: i64,
    ) -> Result<(), Duration> {
        rates.pass(&[Draw { key, rate, cost }], at(ms))
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let (rates, rate) = (Rates::default(), Rate { per_second: 10, burst: 3 });
        for _ in 0..3 {
            pass(&rates, "A", rate, 1, 0).unwrap();
        }
        assert_eq!(pass(&rates, "A", rate, 1, 0), Err(Duration::from_millis(100)));
        assert!(pass(&rates, "A", rate, 1, 99).is_err());
        pass(&rates, "A", rate, 1, 100).unwrap();
        assert!(pass(&rates, "A", rate, 1, 100).is_err());
        pass(&rates, "B", rate, 1, 100).unwrap();
    }

    #[test]
    fn over_a_long_time_the_rate_is_exact() {
        let (rates, rate) = (Rates::default(), Rate { per_second: 20, burst: 5 });
        let passed = (0..10_000).filter(|ms| pass(&rates, "A", rate, 1, *ms).is_ok()).count();
        assert_eq!(passed, 5 - 1 + 200);
    }

    #[test]
    fn what_costs_more_uses_up_more_and_what_costs_too_much_passes_after_a_pause() {
        let (rates, rate) = (Rates::default(), Rate { per_second: 10, burst: 10 });
        pass(&rates, "A", rate, 8, 0).unwrap();
        assert_eq!(pass(&rates, "A", rate, 5, 0), Err(Duration::from_millis(300)));
        pass(&rates, "A", rate, 2, 0).unwrap();
        pass(&rates, "B", rate, 1000, 0).unwrap();
        assert_eq!(pass(&rates, "B", rate, 1000, 0), Err(Duration::from_secs(1)));
        pass(&rates, "B", rate, 1000, 1000).unwrap();
    }

    #[test]
    fn who_is_refused_one_share_uses_up_none() {
        let (rates, one, ten) =
            (Rates::default(), Rate { per_second: 1, burst: 1 }, Rate { per_second: 10, burst: 10 });
        let both = [Draw { key: "narrow", rate: one, cost: 1 }, Draw { key: "wide", rate: ten, cost: 1 }];
        rates.pass(&both, at(0)).unwrap();
        for _ in 0..50 {
            assert_eq!(rates.pass(&both, at(0)), Err(Duration::from_secs(1)));
        }
        for _ in 0..9 {
            pass(&rates, "wide", ten, 1, 0).unwrap();
        }
    }

    #[test]
    fn a_clock_set_back_does_not_lock_anybody_out() {
        let (rates, rate) = (Rates::default(), Rate { per_second: 10, burst: 2 });
        pass(&rates, "A", rate, 2, 600_000).unwrap();
        assert_eq!(pass(&rates, "A", rate, 1, 0), Err(Duration::from_millis(100)));
        // What the wait says is true.
        assert!(pass(&rates, "A", rate, 1, 99).is_err());
        pass(&rates, "A", rate, 1, 100).unwrap();
        pass(&rates, "A", rate, 1, 200).unwrap();
    }

    #[test]
    fn keys_beyond_the_room_share_one_rate_and_memory_is_bounded() {
        let (rates, rate) = (Rates::new(2), Rate { per_second: 1, burst: 1 });
        pass(&rates, "A", rate, 1, 0).unwrap();
        pass(&rates, "B", rate, 1, 0).unwrap();
        pass(&rates, "C", rate, 1, 0).unwrap();
        assert!(pass(&rates, "D", rate, 1, 0).is_err(), "C and D share");
        assert_eq!(rates.state.lock().unwrap().free_at.len(), 3);
        // Those who have nothing owing make room.
        pass(&rates, "D", rate, 1, 2_000).unwrap();
        assert!(rates.state.lock().unwrap().free_at.contains_key(&Some("D")));
    }
}
