//! Keys of foreign algorithms: RSA, and ECDSA on four curves. Verification only.

use der::asn1::{AnyRef, ObjectIdentifier};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::SignatureAlgorithm;
use crate::digest::DigestAlgorithm;
use crate::error::{KeyError, VerifyError};
use crate::pss::PssParameters;
use crate::verifying::KeyKind;

const OID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const OID_P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const OID_P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const OID_BRAINPOOL_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7");
const OID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// id-RSASSA-PSS, under which a key stands that makes no other signatures (RFC 4055 §1.2).
const OID_RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// A foreign key.
pub(crate) enum ForeignKey {
    Rsa { key: rsa::PublicKey, scope: Scope },
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    BrainpoolP256(BrainpoolKey),
}

/// The crate of this curve has no name for its keys; the others' are this type too.
type BrainpoolKey = ecdsa::VerifyingKey<bp256::BrainpoolP256r1>;

/// What an RSA key may be used for.
pub(crate) enum Scope {
    Any,
    /// PSS, with these parameters where the key names them.
    Pss(Option<PssParameters>),
}

impl ForeignKey {
    /// Reads a key under `rsaEncryption` or `id-RSASSA-PSS`; `None` for other algorithms.
    pub(crate) fn rsa(spki: &SubjectPublicKeyInfoRef<'_>) -> Option<Result<Self, KeyError>> {
        let scope = match spki.algorithm.oid {
            OID_RSA => plain_scope(&spki.algorithm),
            OID_RSA_PSS => pss_scope(&spki.algorithm),
            _ => return None,
        };
        Some(scope.and_then(|scope| {
            let bytes = spki.subject_public_key.as_bytes().ok_or(KeyError::InvalidPublicKey)?;
            let numbers = rsa::pkcs1::RsaPublicKeyRef::try_from(bytes);
            let key = numbers.and_then(rsa::PublicKey::try_from).map_err(|_| KeyError::InvalidPublicKey)?;
            Ok(Self::Rsa { key, scope })
        }))
    }

    /// Reads an uncompressed point of a named curve.
    pub(crate) fn curve(curve: ObjectIdentifier, point: &[u8]) -> Result<Self, KeyError> {
        if !matches!(curve, OID_P256 | OID_P384 | OID_P521 | OID_BRAINPOOL_P256) {
            return Err(KeyError::Unsupported(curve.to_string()));
        }
        // One key has one encoding.
        if point.first() != Some(&4) {
            return Err(KeyError::Malformed("point must be uncompressed"));
        }
        let key = match curve {
            OID_P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P256).ok(),
            OID_P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P384).ok(),
            OID_P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Self::P521).ok(),
            _ => BrainpoolKey::from_sec1_bytes(point).map(Self::BrainpoolP256).ok(),
        };
        key.ok_or(KeyError::InvalidPublicKey)
    }

    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa { .. } => KeyKind::Rsa,
            Self::P256(_) => KeyKind::P256,
            Self::P384(_) => KeyKind::P384,
            Self::P521(_) => KeyKind::P521,
            Self::BrainpoolP256(_) => KeyKind::BrainpoolP256,
        }
    }

    pub(crate) fn bits(&self) -> u32 {
        match self {
            Self::Rsa { key, .. } => key.n().bit_width(),
            Self::P256(_) | Self::BrainpoolP256(_) => 256,
            Self::P384(_) => 384,
            Self::P521(_) => 521,
        }
    }

    /// Verifies a signature over a message with this digest, which is the algorithm's.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        if !algorithm.fits(self.kind()) {
            return Err(VerifyError::WrongKeyKind);
        }
        match self {
            Self::Rsa { key, scope } => verify_rsa(key, scope, algorithm, digest, signature),
            Self::P256(key) => verify_ecdsa(key, p256::ecdsa::Signature::from_der(signature), digest),
            Self::P384(key) => verify_ecdsa(key, p384::ecdsa::Signature::from_der(signature), digest),
            Self::P521(key) => verify_ecdsa(key, p521::ecdsa::Signature::from_der(signature), digest),
            Self::BrainpoolP256(key) => {
                verify_ecdsa(key, bp256::r1::ecdsa::Signature::from_der(signature), digest)
            }
        }
    }
}

/// Verifies a signature that could be read as two numbers in range. A digest longer than the order of the curve is
/// cut (FIPS 186-5 §6.4.2), a shorter one is the number it is.
fn verify_ecdsa<S, E>(
    key: &impl PrehashVerifier<S>,
    signature: Result<S, E>,
    digest: &[u8],
) -> Result<(), VerifyError> {
    let signature = signature.map_err(|_| VerifyError::Malformed)?;
    key.verify_prehash(digest, &signature).map_err(|_| VerifyError::Mismatch)
}

/// A signature of another length than the modulus is refused by the engine.
fn verify_rsa(
    key: &rsa::PublicKey,
    scope: &Scope,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if let SignatureAlgorithm::RsaPss(parameters) = algorithm {
        let bound = match scope {
            Scope::Pss(Some(bound)) => Some(bound),
            Scope::Pss(None) | Scope::Any => None,
        };
        if bound.is_some_and(|bound| !bound.allow(parameters)) {
            return Err(VerifyError::WrongKeyKind);
        }
        return parameters.verify(key, digest, signature);
    }
    let Scope::Any = scope else { return Err(VerifyError::WrongKeyKind) };
    let padding = match algorithm.digest() {
        DigestAlgorithm::Sha1 => Pkcs1v15Sign::new::<sha1::Sha1>(),
        DigestAlgorithm::Sha224 => Pkcs1v15Sign::new::<sha2::Sha224>(),
        DigestAlgorithm::Sha256 => Pkcs1v15Sign::new::<sha2::Sha256>(),
        DigestAlgorithm::Sha384 => Pkcs1v15Sign::new::<sha2::Sha384>(),
        DigestAlgorithm::Sha512 => Pkcs1v15Sign::new::<sha2::Sha512>(),
        DigestAlgorithm::Sm3 | DigestAlgorithm::Md5 => return Err(VerifyError::WrongKeyKind),
    };
    key.verify(padding, digest, signature).map_err(|_| VerifyError::Mismatch)
}

fn plain_scope(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Scope, KeyError> {
    if algorithm.parameters == Some(AnyRef::NULL) {
        Ok(Scope::Any)
    } else {
        Err(KeyError::Malformed("RSA algorithm parameters must be NULL"))
    }
}

fn pss_scope(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Scope, KeyError> {
    use der::Encode;
    let Some(parameters) = algorithm.parameters else { return Ok(Scope::Pss(None)) };
    let der = parameters.to_der().map_err(|_| KeyError::Malformed("RSASSA-PSS parameters"))?;
    let parameters = PssParameters::from_der(&der);
    parameters.map(|bound| Scope::Pss(Some(bound))).ok_or(KeyError::Malformed("RSASSA-PSS parameters"))
}
