//! Storage on both databases, in one test program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where something is wrong")]

mod checks;
mod common;
mod database;
mod endpoints;
mod evidence;
mod failover;
mod federation;
mod killed;
mod partitions;
mod registry;
mod seal_system;
mod signing;
mod statements;
mod together;
