//! Public keys made ready for verification.
//!
//! A [`VerifyingKey`] is prepared once and used often: the point is on the curve, the user digest Z is
//! computed. SM2 runs on the engine of [`crate::engine`], which keeps tables for the keys in use.

use std::sync::{Arc, LazyLock};

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Encode};
use sm2::elliptic_curve::sec1::ToSec1Point;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::engine::Sm2Key;
use crate::error::{KeyError, VerifyError};
use crate::foreign::ForeignKey;
use crate::signature::Sm2Signature;
use crate::{DEFAULT_USER_ID, Hasher, SignatureAlgorithm, sm3};

/// id-ecPublicKey (RFC 5480), under which GB/T 20518 puts SM2 keys too.
pub(crate) const OID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// The SM2 curve (GB/T 33560).
pub(crate) const OID_SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");

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
    /// ECDSA on NIST P-384.
    P384,
    /// ECDSA on NIST P-521.
    P521,
    /// ECDSA on brainpoolP256r1 (RFC 5639).
    BrainpoolP256,
}

impl KeyKind {
    /// The usual name, such as `SM2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm2 => "SM2",
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::BrainpoolP256 => "brainpoolP256r1",
        }
    }
}

/// The kind of a key and its length in bits: what [`crate::policy`] asks of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySize {
    /// The kind.
    pub kind: KeyKind,
    /// Bits: of the order on curves, of the modulus for RSA.
    pub bits: u32,
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
    Foreign(Box<ForeignKey>),
}

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` in strict DER: SM2, P-256, P-384, P-521 or brainpoolP256r1 as an uncompressed
    /// point, or RSA from 1024 to 8192 bits, bound to PSS or not.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for other bytes, [`KeyError::Unsupported`] for other algorithms and curves,
    /// [`KeyError::InvalidPublicKey`] for a point off the curve or RSA numbers out of range.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed("SubjectPublicKeyInfo");
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed.clone())?;
        let bytes = spki.subject_public_key.as_bytes().ok_or(malformed.clone())?;
        if let Some(key) = ForeignKey::rsa(&spki) {
            return Ok(Self::foreign(der, key?));
        }
        if spki.algorithm.oid != OID_EC_PUBLIC_KEY {
            return Err(KeyError::Unsupported(spki.algorithm.oid.to_string()));
        }
        let curve = spki.algorithm.parameters_oid().map_err(|_| malformed)?;
        match curve {
            OID_SM2 => Self::from_sec1_sm2(bytes),
            other => Ok(Self::foreign(der, ForeignKey::curve(other, bytes)?)),
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

    fn foreign(der: &[u8], key: ForeignKey) -> Self {
        let (spki_der, spki_sm3, bits) = (der.to_vec(), sm3::digest(der), key.bits());
        Self { inner: Arc::new(Inner { spki_der, spki_sm3, bits, engine: Engine::Foreign(Box::new(key)) }) }
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
        match &self.inner.engine {
            Engine::Sm2 { .. } => KeyKind::Sm2,
            Engine::Foreign(key) => key.kind(),
        }
    }

    /// Length of the key in bits: the order on the curves, the modulus for RSA.
    pub fn bits(&self) -> u32 {
        self.inner.bits
    }

    /// Kind and length.
    pub fn size(&self) -> KeySize {
        KeySize { kind: self.kind(), bits: self.bits() }
    }

    /// The point `04 || x || y` of an SM2 key; `None` for other kinds.
    pub fn sm2_point(&self) -> Option<&[u8; 65]> {
        match &self.inner.engine {
            Engine::Sm2 { point, .. } => Some(point),
            Engine::Foreign(_) => None,
        }
    }

    /// Z for the default user id (GB/T 32918.2 §5.5); all zeros for keys of other kinds, which have none.
    pub fn sm2_z(&self) -> [u8; 32] {
        match &self.inner.engine {
            Engine::Sm2 { z, .. } => *z,
            Engine::Foreign(_) => [0; 32],
        }
    }

    /// e = SM3(Z || M) for the default user id: what [`Self::verify_sm2_digest`] takes. It means something for SM2
    /// keys only.
    pub fn sm2_digest(&self, message: &[u8]) -> [u8; 32] {
        message_digest(&self.sm2_z(), message)
    }

    /// Verifies a signature over `message`. SM2 uses the default user id; `signature` is the DER sequence of
    /// r and s for SM2 and ECDSA, and the bare number for RSA.
    ///
    /// # Errors
    /// [`VerifyError`]; only `Mismatch` says that a well-formed signature is not right.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let mut hasher = self.hasher(algorithm);
        hasher.update(message);
        self.verify_prehashed(algorithm, &hasher.finalize(), signature)
    }

    /// A hasher for a message that comes in pieces: what it gives goes to [`Self::verify_prehashed`]. For SM2 it has
    /// taken Z of the default user id already.
    pub fn hasher(&self, algorithm: SignatureAlgorithm) -> Hasher {
        let mut hasher = Hasher::new(algorithm.digest());
        if let (SignatureAlgorithm::Sm2Sm3, Engine::Sm2 { z, .. }) = (algorithm, &self.inner.engine) {
            hasher.update(z);
        }
        hasher
    }

    /// Verifies a signature over what [`Self::hasher`] gave: for SM2 that is e = SM3(Z || M), else the digest of the
    /// message.
    ///
    /// # Errors
    /// As [`Self::verify`]; [`VerifyError::Malformed`] for a digest of another length than the algorithm's.
    pub fn verify_prehashed(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match (algorithm, &self.inner.engine) {
            (SignatureAlgorithm::Sm2Sm3, Engine::Sm2 { .. }) => {
                let e = digest.try_into().map_err(|_| VerifyError::Malformed)?;
                self.verify_sm2_digest(e, signature)
            }
            (_, Engine::Foreign(_)) if digest.len() != algorithm.digest().len() => {
                Err(VerifyError::Malformed)
            }
            (_, Engine::Foreign(key)) => key.verify(algorithm, digest, signature),
            (_, Engine::Sm2 { .. }) => Err(VerifyError::WrongKeyKind),
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
            Engine::Foreign(_) => None,
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
