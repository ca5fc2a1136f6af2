//! Tests of the protocol crate from outside, in one program.

use sealbridge_protocol as protocol;

mod json;
mod origin;
mod properties;
mod reply;
mod rules;
mod signing;
mod tables;
mod util;
