//! Public keys made ready for verification.
//!
//! A [`VerifyingKey`] is prepared once and used often: the point is on the curve, the user digest Z is
//! computed. SM2 runs on the engine of [`crate::engine`], which keeps tables for the keys in use.

use std::sync::{Arc, LazyLock};

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Encode};
use rsa::pkcs1v15::Pkcs1v15Sign;
use sha2::Digest;
use sm2::dsa::signature::Verifier;
use sm2::elliptic_curve::sec1::ToSec1Point;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::engine::Sm2Key;
use crate::error::{KeyError, VerifyError};
use crate::signature::Sm2Signature;
use crate::{DEFAULT_USER_ID, SignatureAlgorithm, sm3};

/// id-ecPublicKey (RFC 5480), under which GB/T 20518 puts SM2 keys too.
pub(crate) const OID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// The SM2 curve (GB/T 33560).
pub(crate) const OID_SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const OID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const OID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// a, b, x and y of the generator (GB/T 32918.5), each 32 bytes: the fixed part of what Z is computed from.
const Z_CURVE: [&str; 4] = [
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc",
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93",
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7",
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
];

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// SM2 on the curve of GB/T 32918.5.
    Sm2,
    /// RSA.
    Rsa,
    /// ECDSA on NIST P-256.
    P256,
}

impl KeyKind {
    /// The usual name, such as `SM2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm2 => "SM2",
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
        }
    }
}

/// A public key ready for verification. Cloning shares what was prepared.
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<Inner>,
}

struct Inner {
    spki_der: Vec<u8>,
    spki_sm3: [u8; 32],
    bits: u32,
    engine: Engine,
}

enum Engine {
    Sm2 { key: Box<Sm2Key>, point: [u8; 65], z: [u8; 32] },
    Rsa(rsa::PublicKey),
    P256(p256::ecdsa::VerifyingKey),
}

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` in strict DER: SM2 or P-256 as an uncompressed point, or RSA from 1024
    /// to 8192 bits.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for other bytes, [`KeyError::Unsupported`] for other algorithms and curves,
    /// [`KeyError::InvalidPublicKey`] for a point off the curve or RSA numbers out of range.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed("SubjectPublicKeyInfo");
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed.clone())?;
        let bytes = spki.subject_public_key.as_bytes().ok_or(malformed.clone())?;
        if spki.algorithm.oid == OID_RSA {
            return Self::from_rsa(spki, der);
        }
        if spki.algorithm.oid != OID_EC_PUBLIC_KEY {
            return Err(KeyError::Unsupported(spki.algorithm.oid.to_string()));
        }
        let curve = spki.algorithm.parameters_oid().map_err(|_| malformed)?;
        match curve {
            OID_SM2 => Self::from_sec1_sm2(bytes),
            OID_P256 => Self::from_sec1_p256(bytes, der),
            other => Err(KeyError::Unsupported(other.to_string())),
        }
    }

    /// Reads an SM2 public key from its uncompressed point `04 || x || y` (65 bytes, GB/T 35276 §7.1).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for another form, [`KeyError::InvalidPublicKey`] for a point off the curve.
    pub fn from_sec1_sm2(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = uncompressed(point)?;
        let public = sm2::PublicKey::from_sec1_bytes(&point).map_err(|_| KeyError::InvalidPublicKey)?;
        Self::from_sm2_public(public)
    }

    pub(crate) fn from_sm2_public(public: sm2::PublicKey) -> Result<Self, KeyError> {
        let encoded = public.to_sec1_point(false);
        let point: [u8; 65] = uncompressed(encoded.as_bytes())?;
        let spki_der = sm2_spki(&point)?;
        let spki_sm3 = sm3::digest(&spki_der);
        let xy = point.last_chunk::<64>().ok_or(KeyError::InvalidPublicKey)?;
        let key = Sm2Key::new(public, xy, spki_sm3).ok_or(KeyError::InvalidPublicKey)?;
        let engine = Engine::Sm2 { key: Box::new(key), point, z: default_user_digest(xy) };
        Ok(Self { inner: Arc::new(Inner { spki_der, spki_sm3, bits: 256, engine }) })
    }

    fn from_sec1_p256(point: &[u8], der: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = uncompressed(point)?;
        let key =
            p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| KeyError::InvalidPublicKey)?;
        Ok(Self::new(der.to_vec(), 256, Engine::P256(key)))
    }

    fn from_rsa(spki: SubjectPublicKeyInfoRef<'_>, der: &[u8]) -> Result<Self, KeyError> {
        use rsa::traits::PublicKeyParts;
        if spki.algorithm.parameters != Some(AnyRef::NULL) {
            return Err(KeyError::Malformed("RSA algorithm parameters must be NULL"));
        }
        let key = rsa::PublicKey::try_from(spki).map_err(|_| KeyError::InvalidPublicKey)?;
        let bits = key.n().bit_width();
        Ok(Self::new(der.to_vec(), bits, Engine::Rsa(key)))
    }

    fn new(spki_der: Vec<u8>, bits: u32, engine: Engine) -> Self {
        let spki_sm3 = sm3::digest(&spki_der);
        Self { inner: Arc::new(Inner { spki_der, spki_sm3, bits, engine }) }
    }

    /// The key as a `SubjectPublicKeyInfo`. One key has one encoding, so equal bytes mean equal keys.
    pub fn spki_der(&self) -> &[u8] {
        &self.inner.spki_der
    }

    /// SM3 of [`Self::spki_der`]: the fingerprint of the key.
    pub fn spki_sm3(&self) -> [u8; 32] {
        self.inner.spki_sm3
    }

    /// The kind of the key.
    pub fn kind(&self) -> KeyKind {
        match self.inner.engine {
            Engine::Sm2 { .. } => KeyKind::Sm2,
            Engine::Rsa(_) => KeyKind::Rsa,
            Engine::P256(_) => KeyKind::P256,
        }
    }

    /// Length of the key in bits: 256 on the curves, the modulus for RSA.
    pub fn bits(&self) -> u32 {
        self.inner.bits
    }

    /// The point `04 || x || y` of an SM2 key; `None` for other kinds.
    pub fn sm2_point(&self) -> Option<&[u8; 65]> {
        match &self.inner.engine {
            Engine::Sm2 { point, .. } => Some(point),
            _ => None,
        }
    }

    /// Z for the default user id (GB/T 32918.2 §5.5); all zeros for keys of other kinds, which have none.
    pub fn sm2_z(&self) -> [u8; 32] {
        match &self.inner.engine {
            Engine::Sm2 { z, .. } => *z,
            _ => [0; 32],
        }
    }

    /// e = SM3(Z || M) for the default user id: what [`Self::verify_sm2_digest`] takes. It means something for SM2
    /// keys only.
    pub fn sm2_digest(&self, message: &[u8]) -> [u8; 32] {
        message_digest(&self.sm2_z(), message)
    }

    /// Verifies a signature over `message`. SM2 uses the default user id; `signature` is the DER sequence of
    /// r and s for SM2 and P-256, and the bare number for RSA.
    ///
    /// # Errors
    /// [`VerifyError`]; only `Mismatch` says that a well-formed signature is not right.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        use SignatureAlgorithm as A;
        match (algorithm, &self.inner.engine) {
            (A::Sm2Sm3, Engine::Sm2 { z, .. }) => {
                self.verify_sm2_digest(&message_digest(z, message), signature)
            }
            (A::RsaPkcs1Sha1, Engine::Rsa(key)) => verify_rsa::<sha1::Sha1>(key, message, signature),
            (A::RsaPkcs1Sha256, Engine::Rsa(key)) => verify_rsa::<sha2::Sha256>(key, message, signature),
            (A::RsaPkcs1Sha384, Engine::Rsa(key)) => verify_rsa::<sha2::Sha384>(key, message, signature),
            (A::RsaPkcs1Sha512, Engine::Rsa(key)) => verify_rsa::<sha2::Sha512>(key, message, signature),
            (A::EcdsaP256Sha256, Engine::P256(key)) => {
                let signature =
                    p256::ecdsa::Signature::from_der(signature).map_err(|_| VerifyError::Malformed)?;
                key.verify(message, &signature).map_err(|_| VerifyError::Mismatch)
            }
            _ => Err(VerifyError::WrongKeyKind),
        }
    }

    /// Verifies an SM2 signature made with another user id than the default.
    ///
    /// # Errors
    /// [`VerifyError::WrongKeyKind`] for keys that are not SM2, [`VerifyError::UserIdTooLong`] beyond 8191
    /// bytes, else as [`Self::verify`].
    pub fn verify_with_id(
        &self,
        user_id: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let point = self.sm2_point().ok_or(VerifyError::WrongKeyKind)?;
        let z = user_digest(user_id, point).ok_or(VerifyError::UserIdTooLong)?;
        self.verify_sm2_digest(&message_digest(&z, message), signature)
    }

    /// Verifies an SM2 signature over `e`, which is already SM3(Z || M).
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_sm2_digest(&self, e: &[u8; 32], signature: &[u8]) -> Result<(), VerifyError> {
        let key = self.sm2_key().ok_or(VerifyError::WrongKeyKind)?;
        let signature = Sm2Signature::from_der(signature)?;
        if key.verify(e, &signature) { Ok(()) } else { Err(VerifyError::Mismatch) }
    }

    pub(crate) fn sm2_key(&self) -> Option<&Sm2Key> {
        match &self.inner.engine {
            Engine::Sm2 { key, .. } => Some(key),
            _ => None,
        }
    }

    /// True when the two share what was prepared.
    #[cfg(test)]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn sm2_public(&self) -> Option<sm2::PublicKey> {
        self.sm2_key().map(|key| *key.public())
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.inner.spki_der == other.inner.spki_der
    }
}

impl Eq for VerifyingKey {}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({:?}, {})", self.kind(), hex::encode(self.inner.spki_sm3))
    }
}

/// e = SM3(Z || M).
pub(crate) fn message_digest(z: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut hasher = sm3::Sm3::new();
    hasher.update(z);
    hasher.update(message);
    hasher.finalize()
}

/// Z = SM3(ENTL || ID || a || b || xG || yG || xA || yA), GB/T 32918.2 §5.5; `None` when the id is longer
/// than 8191 bytes, since ENTL counts its bits in 16 bits.
pub(crate) fn user_digest(user_id: &[u8], point: &[u8; 65]) -> Option<[u8; 32]> {
    let mut hasher = user_digest_start(user_id)?;
    hasher.update(point.get(1..)?);
    Some(hasher.finalize())
}

/// Z of the default user id, whose beginning is the same for every key.
fn default_user_digest(xy: &[u8; 64]) -> [u8; 32] {
    static START: LazyLock<sm3::Sm3> = LazyLock::new(|| {
        // The default id has 16 bytes, which is not too long.
        user_digest_start(DEFAULT_USER_ID).unwrap_or_default()
    });
    let mut hasher = START.clone();
    hasher.update(xy);
    hasher.finalize()
}

/// The part of Z before the key.
fn user_digest_start(user_id: &[u8]) -> Option<sm3::Sm3> {
    let bits = u16::try_from(user_id.len().checked_mul(8)?).ok()?;
    let mut hasher = sm3::Sm3::new();
    hasher.update(&bits.to_be_bytes());
    hasher.update(user_id);
    for number in Z_CURVE {
        hasher.update(&hex::decode(number).ok()?);
    }
    Some(hasher)
}

/// PKCS#1 v1.5; a signature of another length than the modulus is refused by the engine.
fn verify_rsa<D>(key: &rsa::PublicKey, message: &[u8], signature: &[u8]) -> Result<(), VerifyError>
where
    D: Digest + der::oid::AssociatedOid,
{
    key.verify(Pkcs1v15Sign::new::<D>(), &D::digest(message), signature).map_err(|_| VerifyError::Mismatch)
}

fn uncompressed(point: &[u8]) -> Result<[u8; 65], KeyError> {
    match point.first() {
        Some(4) => point.try_into().map_err(|_| KeyError::Malformed("point must have 65 bytes")),
        _ => Err(KeyError::Malformed("point must be uncompressed")),
    }
}

fn sm2_spki(point: &[u8; 65]) -> Result<Vec<u8>, KeyError> {
    let encode = || {
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef {
                oid: OID_EC_PUBLIC_KEY,
                parameters: Some(AnyRef::from(&OID_SM2)),
            },
            subject_public_key: BitStringRef::from_bytes(point)?,
        }
        .to_der()
    };
    encode().map_err(|_| KeyError::Malformed("SubjectPublicKeyInfo"))
}
