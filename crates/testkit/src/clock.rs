//! A clock that stands still until the test moves it.
#![expect(clippy::expect_used, reason = "a wrong time in a test must stop it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use protocol::Clock;

/// A clock that stands still. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows `time`, for example `2025-06-01T00:00:00Z`.
    ///
    /// # Panics
    /// When the text is no time.
    pub fn at(time: &str) -> Self {
        let time: Timestamp = time.parse().expect("a time");
        Self(Arc::new(AtomicI64::new(time.as_millisecond())))
    }

    /// Moves the clock, backwards with a negative number.
    pub fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// What it shows, milliseconds UTC.
    pub fn millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// The clock as the product takes it; it follows this one.
    ///
    /// # Panics
    /// When it was moved out of the times there are.
    pub fn clock(&self) -> Clock {
        let shown = Arc::clone(&self.0);
        Clock::from_fn(move || {
            Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).expect("a time in jiff's range")
        })
    }
}
