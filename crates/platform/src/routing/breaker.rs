//! The circuit breaker (熔断) of one address: after some failures in a row nothing is sent there for a while, then one
//! call at a time tries whether it is well again. The time is an argument.

use jiff::{SignedDuration, Timestamp};

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open the first time; twice as long after each trial that failed.
    pub open: SignedDuration,
    /// How long it stays open at most.
    pub longest: SignedDuration,
}

/// One breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    state: State,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Closed,
    /// Nothing passes until then.
    Open { until: Timestamp, span: SignedDuration },
    /// One call is out to try since then; another may go when it has not come back for a whole span.
    Trial { since: Timestamp, span: SignedDuration },
}

/// What a breaker would say to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It passes.
    Closed,
    /// It passes, alone.
    HalfOpen,
    /// It does not pass until then.
    Open(Timestamp),
}

impl Standing {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open(_) => "open",
        }
    }
}

impl Breaker {
    /// What it would say at `now`; changes nothing.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.state {
            State::Closed => Standing::Closed,
            State::Open { until, span } => {
                let left = until.duration_since(now);
                // More left than it was opened for: the clock was set back, and it need not wait for that.
                if left <= SignedDuration::ZERO || left > span {
                    Standing::HalfOpen
                } else {
                    Standing::Open(until)
                }
            }
            State::Trial { since, span } => {
                if now.duration_since(since).abs() >= span {
                    Standing::HalfOpen
                } else {
                    Standing::Open(since.checked_add(span).unwrap_or(since))
                }
            }
        }
    }

    /// Failures in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Lets a call pass. When it stood half open, this call is the trial and the others wait for it.
    ///
    /// # Errors
    /// Until when nothing passes.
    pub fn pass(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        match (self.standing(now), self.state) {
            (Standing::Closed, _) | (Standing::HalfOpen, State::Closed) => {}
            (Standing::Open(until), _) => return Err(until),
            (Standing::HalfOpen, State::Open { span, .. } | State::Trial { span, .. }) => {
                self.state = State::Trial { since: now, span };
            }
        }
        Ok(())
    }

    /// A call was answered, whatever was answered.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call was not answered, or not by the system.
    pub fn failed(&mut self, now: Timestamp, rules: &Rules) {
        self.failures = self.failures.saturating_add(1);
        let span = match self.state {
            State::Closed if self.failures < rules.failures => return,
            State::Closed => rules.open,
            // A call that went out before it opened says nothing new.
            State::Open { .. } if matches!(self.standing(now), Standing::Open(_)) => return,
            State::Open { span, .. } | State::Trial { span, .. } => {
                span.checked_mul(2).unwrap_or(rules.longest).min(rules.longest)
            }
        };
        self.state = State::Open { until: now.checked_add(span).unwrap_or(now), span };
    }

    /// A probe was answered: an open breaker need not wait any longer, the next call is the trial.
    pub fn probe_succeeded(&mut self, now: Timestamp) {
        if let State::Open { span, .. } = self.state {
            self.state = State::Open { until: now, span };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules =
        Rules { failures: 3, open: SignedDuration::from_secs(5), longest: SignedDuration::from_secs(12) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            breaker.pass(at(0)).unwrap();
            breaker.failed(at(0), &RULES);
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.failed(at(0), &RULES);
            breaker.failed(at(0), &RULES);
            breaker.succeeded();
        }
        assert_eq!(breaker.standing(at(0)), Standing::Closed);
        let breaker = opened();
        assert_eq!(breaker.standing(at(4)), Standing::Open(at(5)));
        assert_eq!(breaker.standing(at(5)), Standing::HalfOpen);
    }

    #[test]
    fn one_call_tries_while_the_others_wait() {
        let mut breaker = opened();
        assert_eq!(breaker.pass(at(4)), Err(at(5)));
        breaker.pass(at(5)).unwrap();
        assert_eq!(breaker.pass(at(5)), Err(at(10)));
        // The trial never came back: another may try.
        breaker.pass(at(10)).unwrap();
        breaker.succeeded();
        assert_eq!(breaker.standing(at(10)), Standing::Closed);
        breaker.failed(at(10), &RULES);
        assert_eq!(breaker.standing(at(10)), Standing::Closed, "it counts from the start");
    }

    #[test]
    fn each_failed_trial_doubles_the_wait_up_to_a_bound() {
        let mut breaker = opened();
        for (now, until) in [(5, 15), (15, 27), (27, 39)] {
            breaker.pass(at(now)).unwrap();
            breaker.failed(at(now), &RULES);
            assert_eq!(breaker.standing(at(now)), Standing::Open(at(until)));
        }
    }

    #[test]
    fn what_comes_late_from_before_does_not_lengthen_it() {
        let mut breaker = opened();
        breaker.failed(at(4), &RULES);
        assert_eq!(breaker.standing(at(4)), Standing::Open(at(5)));
        assert_eq!(breaker.failures(), 4);
    }

    #[test]
    fn a_probe_ends_the_wait_and_a_clock_set_back_does_not_lengthen_it() {
        let mut breaker = opened();
        breaker.probe_succeeded(at(1));
        assert_eq!(breaker.standing(at(1)), Standing::HalfOpen);
        breaker.pass(at(1)).unwrap();
        assert!(breaker.pass(at(1)).is_err(), "still one at a time");
        assert_eq!(opened().standing(at(-600)), Standing::HalfOpen);
    }
}
