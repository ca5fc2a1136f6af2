//! The time that one request has, whatever it takes: every call and every further try of it comes out of this.

use std::time::{Duration, Instant};

/// A try that is not the last one leaves the others at least half of what is left.
const SHARE: u32 = 2;

/// The time left to one request.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    end: Instant,
}

impl Budget {
    /// A budget of `total` from `now` on, or of what the caller said it waits where that is less.
    pub fn new(total: Duration, caller_waits: Option<Duration>, now: Instant) -> Self {
        let total = caller_waits.map_or(total, |waits| waits.min(total));
        Self { end: now.checked_add(total).unwrap_or(now) }
    }

    /// What is left at `now`.
    pub fn left(&self, now: Instant) -> Duration {
        self.end.saturating_duration_since(now)
    }

    /// What one try may take from `now` on when others could follow it.
    pub(super) fn for_try(&self, others: bool, now: Instant) -> Duration {
        if others { self.left(now) / SHARE } else { self.left(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_out_of_one_budget() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let budget = Budget::new(Duration::from_secs(8), None, start);
        assert_eq!(budget.for_try(true, start), Duration::from_secs(4));
        assert_eq!(budget.for_try(true, after(4)), Duration::from_secs(2));
        assert_eq!(budget.for_try(false, after(4)), Duration::from_secs(4));
        assert_eq!(budget.left(after(9)), Duration::ZERO);
        let waits = Some(Duration::from_secs(3));
        assert_eq!(Budget::new(Duration::from_secs(8), waits, start).left(start).as_secs(), 3);
    }
}
