//! The evidence bundle (证据包) of one signing: one file that holds everything to prove it, and the check of such a file
//! offline (`facts` §7). docs/evidence.md describes the format so that somebody else can write a checker.
//!
//! A bundle is JSON lines: each line is one [`Line`]. The platform writes it with [`write`](fn@write); [`read`](fn@read)
//! reads it within bounds; [`check`](fn@check) says step by step what holds, what is broken and what is unknown. Nothing
//! here knows a clock, a network or a database.

mod check;
mod finding;
mod model;
mod read;
pub mod value;
mod write;

pub use check::{Trusted, check};
pub use finding::{Finding, Report, Rule, Summary, rules};
pub use model::{
    Bundle, Certificate, CertificateRole, Checkpoint, End, Entry, FORMAT, Hash, Head, Key, Line, Medium,
    Opened, Register, Requests, RevocationList, SealData, StateChange,
};
pub use read::{MAX_BUNDLE, MAX_LINES, ReadError, read};
pub use write::{WriteError, write};
