//! The cryptography of sealbridge: SM2, SM3 and SM4, the foreign algorithms that must be verified, keys,
//! the `Signer` trait, and the list of algorithms allowed.
//!
//! No input, no output, no clock, no unsafe code. Everything that touches a secret runs on RustCrypto's
//! constant-time code; this crate hides it behind types of its own, so that a device or a faster engine can
//! stand in its place.
//!
//! ```
//! use sealbridge_crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};
//!
//! let pair = Sm2KeyPair::generate(&Random::system())?;
//! let signature = pair.sign("签章".as_bytes())?;
//!
//! let key = VerifyingKey::from_spki_der(pair.verifying_key().spki_der())?;
//! key.verify(pair.algorithm(), "签章".as_bytes(), &signature)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod ber;
mod choice;
mod digest;
mod encryption;
mod engine;
mod error;
mod field;
pub mod file_ciphers;
mod foreign;
mod kdf;
mod keypair;
mod pbe;
mod pkcs12;
mod pkcs8;
pub mod policy;
mod prepared;
mod pss;
mod random;
mod secret;
mod selftest;
mod signature;
mod signer;
pub mod sm3;
pub mod sm4;
mod verifying;

pub use batch::{BatchItem, DigestItem, verify_batch, verify_batch_and_digest, verify_digest_batch};
pub use choice::{MAX_TABLE_CAPACITY, UnknownEngine, processor_features};
pub use digest::{DigestAlgorithm, Hasher};
pub use encryption::{MAX_PLAIN_LEN, sm2_encrypt};
pub use engine::{Sm2Engine, TableUse, select_engine, selected_engine, set_table_capacity, table_use};
pub use error::{CipherError, KeyError, SignError, VerifyError};
pub use field::FieldCipher;
pub use keypair::Sm2KeyPair;
pub use pss::PssParameters;
pub use random::{Random, Rng};
pub use secret::{SECRET_LEN, open_secret, seal_secret};
pub use selftest::{SelfTestError, SelfTestReport, self_test};
pub use signature::Sm2Signature;
pub use signer::{SignatureAlgorithm, Signer};
pub use verifying::{KeyKind, KeySize, VerifyingKey};

/// The user id of every SM2 signature that does not name another (GB/T 35276 §10).
pub const DEFAULT_USER_ID: &[u8] = b"1234567812345678";
