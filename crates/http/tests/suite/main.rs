//! Tests of the server over real connections on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod bodies;
mod gate;
mod life;
mod log;
mod multipart;
mod raw;
mod server;
mod shares;
mod tls;
