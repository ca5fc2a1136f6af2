//! Every SQL statement and migration of sealbridge, over SQLite or PostgreSQL.
//!
//! This is the only crate that names sqlx. One SQL text with `$1` serves both databases; a [`Tx`] is an enum of
//! two native transactions, and one small macro (`run!`) calls whichever it is. What truly differs between the
//! databases is in `dialect`. Functions take a transaction, plain Rust values and times in milliseconds UTC;
//! they judge nothing but what must be atomic (compare and set, insert if absent).
//!
//! **Lock order.** To stay free of deadlocks, a transaction that touches several of them goes: a system's row, a
//! seal's row, sign ids, consents, everything else, and the evidence log last (its head row is held until the
//! commit, so nothing slow may follow an append).
//!
//! **Personal data.** Columns whose documentation says *sealed* hold text made by `crypto::FieldCipher`; columns
//! called `…_index` hold its blind index. This crate never sees the clear text.

#[macro_use]
mod macros;
pub mod checks;
mod database;
mod dialect;
mod error;
pub mod evidence;
pub mod meta;
pub mod migrate;
pub mod nonces;
pub mod partitions;
pub mod platform;
mod pool;
mod postgres;
pub mod retention;
pub mod seal_system;
pub mod sequences;
pub mod statements;

pub use database::{Database, Durability, Engine, Migrations, Options, Schema, Traffic, Tx};
pub use error::Error;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
