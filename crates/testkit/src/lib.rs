//! What the tests of several crates share: both databases, a clock that stands still, the test PKI, real
//! processes.

pub mod clock;
pub mod cluster;
pub mod databases;
pub mod lab;
pub mod pki;
pub mod postgres;
pub mod process;
pub mod scripted_system;
pub mod stamping;
