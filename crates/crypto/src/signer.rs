//! Signature algorithms, and the `Signer` trait behind which a key in memory, in a file or in a device
//! looks the same.

use crate::digest::DigestAlgorithm;
use crate::error::SignError;
use crate::verifying::{KeyKind, VerifyingKey};

/// A signature algorithm: digest, padding and curve together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// SM2 with SM3 (GB/T 32918.2, OID 1.2.156.10197.1.501), user id 1234567812345678.
    Sm2Sm3,
    /// RSA PKCS#1 v1.5 with SHA-1; broken, only to look at old documents.
    RsaPkcs1Sha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaPkcs1Sha512,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
}

impl SignatureAlgorithm {
    /// The digest inside.
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Sm2Sm3 => DigestAlgorithm::Sm3,
            Self::RsaPkcs1Sha1 => DigestAlgorithm::Sha1,
            Self::RsaPkcs1Sha256 | Self::EcdsaP256Sha256 => DigestAlgorithm::Sha256,
            Self::RsaPkcs1Sha384 => DigestAlgorithm::Sha384,
            Self::RsaPkcs1Sha512 => DigestAlgorithm::Sha512,
        }
    }

    /// The kind of key it needs.
    pub const fn key_kind(self) -> KeyKind {
        match self {
            Self::Sm2Sm3 => KeyKind::Sm2,
            Self::EcdsaP256Sha256 => KeyKind::P256,
            Self::RsaPkcs1Sha1 | Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => {
                KeyKind::Rsa
            }
        }
    }

    /// The usual name, such as `SM2-with-SM3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm2Sm3 => "SM2-with-SM3",
            Self::RsaPkcs1Sha1 => "RSA-with-SHA-1",
            Self::RsaPkcs1Sha256 => "RSA-with-SHA-256",
            Self::RsaPkcs1Sha384 => "RSA-with-SHA-384",
            Self::RsaPkcs1Sha512 => "RSA-with-SHA-512",
            Self::EcdsaP256Sha256 => "ECDSA-P256-with-SHA-256",
        }
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Somebody who can sign: a software key, a UKey, an HSM, or a service.
pub trait Signer: Send + Sync {
    /// The public key that verifies what [`Self::sign`] makes.
    fn verifying_key(&self) -> &VerifyingKey;

    /// The algorithm of the signatures.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs `message` (the message, not its digest). For SM2 the answer is the DER sequence of r and s.
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}
