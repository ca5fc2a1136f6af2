//! Storage on both databases, in one test program.

mod common;
mod database;
mod evidence;
mod registry;
mod seal_system;
mod signing;
mod statements;
