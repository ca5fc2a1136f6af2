//! Files of the field, read and written as typed structures with byte ranges.
//!
//! Facts only: no clock, no network, no trust decision. Every structure that was read keeps the bytes it
//! was read from, so that a signature is verified over what was received and never over a re-encoding.

pub mod asn1;
pub mod cms;
pub mod crl;
pub mod ocsp;
pub mod ofd;
pub mod oid;
pub mod pdf;
pub mod sealing;
pub mod ses;
pub mod signature_value;
pub mod time;
pub mod tsp;
pub mod x509;
pub mod xml;
pub mod zip;
