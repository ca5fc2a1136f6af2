//! The platform from outside: real HTTP on loopback, a real database file, scripted seal systems.

mod common;
mod filing;
mod gateway;
mod query;
mod signing;
mod wire;
