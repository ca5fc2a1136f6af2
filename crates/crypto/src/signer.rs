//! Signature algorithms, and the `Signer` trait behind which a key in memory, in a file or in a device
//! looks the same.

use crate::digest::DigestAlgorithm;
use crate::error::SignError;
use crate::pss::PssParameters;
use crate::verifying::{KeyKind, VerifyingKey};

/// A signature algorithm: digest and padding together; the curve is the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// SM2 with SM3 (GB/T 32918.2, OID 1.2.156.10197.1.501), user id 1234567812345678.
    Sm2Sm3,
    /// RSA PKCS#1 v1.5 with SHA-1; broken, only to look at old documents.
    RsaPkcs1Sha1,
    /// RSA PKCS#1 v1.5 with SHA-224.
    RsaPkcs1Sha224,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS.
    RsaPss(PssParameters),
    /// ECDSA with SHA-224, on the curve of the key.
    EcdsaSha224,
    /// ECDSA with SHA-256, on the curve of the key.
    EcdsaSha256,
    /// ECDSA with SHA-384, on the curve of the key.
    EcdsaSha384,
    /// ECDSA with SHA-512, on the curve of the key.
    EcdsaSha512,
}

impl SignatureAlgorithm {
    /// The digest inside.
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Sm2Sm3 => DigestAlgorithm::Sm3,
            Self::RsaPkcs1Sha1 => DigestAlgorithm::Sha1,
            Self::RsaPkcs1Sha224 | Self::EcdsaSha224 => DigestAlgorithm::Sha224,
            Self::RsaPkcs1Sha256 | Self::EcdsaSha256 => DigestAlgorithm::Sha256,
            Self::RsaPkcs1Sha384 | Self::EcdsaSha384 => DigestAlgorithm::Sha384,
            Self::RsaPkcs1Sha512 | Self::EcdsaSha512 => DigestAlgorithm::Sha512,
            Self::RsaPss(parameters) => parameters.digest,
        }
    }

    /// Can a key of this kind make such signatures?
    pub const fn fits(self, kind: KeyKind) -> bool {
        match self {
            Self::Sm2Sm3 => matches!(kind, KeyKind::Sm2),
            Self::EcdsaSha224 | Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => {
                matches!(kind, KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::BrainpoolP256)
            }
            Self::RsaPkcs1Sha1
            | Self::RsaPkcs1Sha224
            | Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha384
            | Self::RsaPkcs1Sha512
            | Self::RsaPss(_) => matches!(kind, KeyKind::Rsa),
        }
    }

    /// RSA PKCS#1 v1.5 with a digest; `None` where the two are no pair that is verified.
    pub const fn rsa_with(digest: DigestAlgorithm) -> Option<Self> {
        match digest {
            DigestAlgorithm::Sha1 => Some(Self::RsaPkcs1Sha1),
            DigestAlgorithm::Sha224 => Some(Self::RsaPkcs1Sha224),
            DigestAlgorithm::Sha256 => Some(Self::RsaPkcs1Sha256),
            DigestAlgorithm::Sha384 => Some(Self::RsaPkcs1Sha384),
            DigestAlgorithm::Sha512 => Some(Self::RsaPkcs1Sha512),
            DigestAlgorithm::Sm3 | DigestAlgorithm::Md5 => None,
        }
    }

    /// ECDSA with a digest; `None` where the two are no pair that is verified.
    pub const fn ecdsa_with(digest: DigestAlgorithm) -> Option<Self> {
        match digest {
            DigestAlgorithm::Sha224 => Some(Self::EcdsaSha224),
            DigestAlgorithm::Sha256 => Some(Self::EcdsaSha256),
            DigestAlgorithm::Sha384 => Some(Self::EcdsaSha384),
            DigestAlgorithm::Sha512 => Some(Self::EcdsaSha512),
            DigestAlgorithm::Sha1 | DigestAlgorithm::Sm3 | DigestAlgorithm::Md5 => None,
        }
    }

    /// The usual name, such as `SM2-with-SM3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm2Sm3 => "SM2-with-SM3",
            Self::RsaPkcs1Sha1 => "RSA-with-SHA-1",
            Self::RsaPkcs1Sha224 => "RSA-with-SHA-224",
            Self::RsaPkcs1Sha256 => "RSA-with-SHA-256",
            Self::RsaPkcs1Sha384 => "RSA-with-SHA-384",
            Self::RsaPkcs1Sha512 => "RSA-with-SHA-512",
            Self::RsaPss(parameters) => pss_name(parameters.digest),
            Self::EcdsaSha224 => "ECDSA-with-SHA-224",
            Self::EcdsaSha256 => "ECDSA-with-SHA-256",
            Self::EcdsaSha384 => "ECDSA-with-SHA-384",
            Self::EcdsaSha512 => "ECDSA-with-SHA-512",
        }
    }
}

const fn pss_name(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Sm3 => "RSA-PSS-with-SM3",
        DigestAlgorithm::Sha224 => "RSA-PSS-with-SHA-224",
        DigestAlgorithm::Sha256 => "RSA-PSS-with-SHA-256",
        DigestAlgorithm::Sha384 => "RSA-PSS-with-SHA-384",
        DigestAlgorithm::Sha512 => "RSA-PSS-with-SHA-512",
        DigestAlgorithm::Sha1 => "RSA-PSS-with-SHA-1",
        DigestAlgorithm::Md5 => "RSA-PSS-with-MD5",
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
