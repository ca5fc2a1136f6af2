//! The client against a real server of ours, and against servers that lie.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod calls;
mod liar;
mod lies;
mod util;
