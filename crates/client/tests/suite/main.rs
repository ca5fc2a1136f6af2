//! The client against a real server of ours, and against servers that lie.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::unused_async, reason = "handlers are asynchronous, whether they wait or not")]

mod calls;
mod fetch;
mod liar;
mod lies;
mod stamps;
mod tls;
mod util;
