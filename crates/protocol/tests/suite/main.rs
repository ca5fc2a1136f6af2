//! Tests of the protocol crate from outside, in one program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use sealbridge_protocol as protocol;

mod generated;
mod json;
mod origin;
mod properties;
mod reply;
mod rules;
mod signing;
mod tables;
mod util;
