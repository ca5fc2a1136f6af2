//! Tests of a seal system from outside: real HTTP on loopback, a real database, real signatures.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test, read as a whole: what cannot be made must stop it"
)]

#[path = "suite/application.rs"]
mod application;
#[path = "suite/authority.rs"]
mod authority;
#[path = "suite/browser.rs"]
mod browser;
#[path = "suite/consent.rs"]
mod consent;
#[path = "suite/forwarding.rs"]
mod forwarding;
#[path = "suite/pages.rs"]
mod pages;
#[path = "suite/sealing_pages.rs"]
mod sealing_pages;
#[path = "suite/signing.rs"]
mod signing;
#[path = "suite/start.rs"]
mod start;
#[path = "suite/together.rs"]
mod together;
#[path = "suite/transport.rs"]
mod transport;
#[path = "suite/world.rs"]
mod world;
