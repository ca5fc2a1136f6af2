//! The platform from outside: real HTTP on loopback, a real database file, scripted seal systems.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is wrong"
)]

mod batches;
mod bundle;
mod changes;
mod common;
mod consent;
mod documents;
mod evidence;
mod faults;
mod federation;
mod filing;
mod gateway;
mod kill_points;
mod killed;
mod metrics;
mod onboarding;
mod policies;
mod pressure;
mod public;
mod query;
mod reconciliation;
mod routing;
mod signing;
mod stamping;
mod states;
mod stock;
mod traffic;
mod transport;
mod trusting;
mod ukey;
mod wire;
