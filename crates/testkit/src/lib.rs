//! What the tests of several crates share: both databases, a clock that stands still, the test PKI, real
//! processes; and what the benchmarks share: load by a schedule, and processor time.

pub mod clock;
pub mod cluster;
pub mod databases;
pub mod lab;
pub mod load;
pub mod pki;
pub mod postgres;
pub mod process;
pub mod processor;
pub mod scripted_system;
pub mod stamping;
