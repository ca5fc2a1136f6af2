//! The platform from outside: real HTTP on loopback, a real database file, scripted seal systems.

mod common;
mod consent;
mod documents;
mod filing;
mod gateway;
mod killed;
mod public;
mod query;
mod signing;
mod ukey;
mod wire;
