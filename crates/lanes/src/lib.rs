//! Arithmetic in vector lanes: eight SM2 verifications at once with AVX-512 IFMA, and SM3 over many independent
//! pieces with AVX2 or AVX-512.
//!
//! Public data only: nothing here is constant-time, and nothing here may see a secret. Where the processor lacks a
//! feature, the constructors answer `None` and the caller computes without lanes; there is no other way in.

pub mod sm2;
pub mod sm3;
