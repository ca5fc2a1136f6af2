//! SM2 private keys in PKCS#8 (RFC 5958), plain and encrypted, in DER and PEM (RFC 7468).

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::Signer;
use crate::error::KeyError;
use crate::keypair::Sm2KeyPair;
use crate::pbe::{self, Budget};
use crate::random::Random;
use crate::signature::left_pad;
use crate::verifying::{OID_EC_PUBLIC_KEY, OID_SM2};

const MALFORMED: KeyError = KeyError::Malformed("PKCS#8");
/// No SM2 key is longer, encrypted and with attributes; what is longer is not looked at.
const MAX_LEN: usize = 64 * 1024;

/// ```text
/// OneAsymmetricKey ::= SEQUENCE { version INTEGER, privateKeyAlgorithm AlgorithmIdentifier,
///     privateKey OCTET STRING, attributes [0] IMPLICIT Attributes OPTIONAL,
///     publicKey [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true", constructed = "true")]
    attributes: Option<der::asn1::SetOfVec<AnyRef<'a>>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// ```text
/// ECPrivateKey ::= SEQUENCE { version INTEGER (1), privateKey OCTET STRING,
///     parameters [0] OBJECT IDENTIFIER OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
/// ```
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier,
///     encryptedData OCTET STRING }
/// ```
#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// Reads an unencrypted key.
pub(crate) fn read(der: &[u8], random: &Random) -> Result<Sm2KeyPair, KeyError> {
    let info = PrivateKeyInfo::from_der(bounded(der)?).map_err(|_| MALFORMED)?;
    if info.version > 1 {
        return Err(MALFORMED);
    }
    let curve = info.algorithm.parameters_oid().map_err(|_| MALFORMED);
    if info.algorithm.oid != OID_EC_PUBLIC_KEY {
        return Err(KeyError::Unsupported(info.algorithm.oid.to_string()));
    }
    if curve.clone()? != OID_SM2 {
        return Err(KeyError::Unsupported(curve?.to_string()));
    }
    let key = EcPrivateKey::from_der(info.private_key.as_bytes()).map_err(|_| MALFORMED)?;
    if key.version != 1 || key.parameters.is_some_and(|curve| curve != OID_SM2) {
        return Err(MALFORMED);
    }
    let mut secret = Zeroizing::new([0; 32]);
    left_pad(key.private_key.as_bytes(), secret.as_mut_slice()).ok_or(KeyError::InvalidPrivateKey)?;
    let pair = Sm2KeyPair::from_scalar(&secret, random)?;
    for stored in [key.public_key, info.public_key].into_iter().flatten() {
        if stored.as_bytes() != pair.verifying_key().sm2_point().map(<[u8; 65]>::as_slice) {
            return Err(KeyError::Mismatch);
        }
    }
    Ok(pair)
}

/// Reads an encrypted key in DER or PEM.
pub(crate) fn read_encrypted(file: &[u8], password: &str, random: &Random) -> Result<Sm2KeyPair, KeyError> {
    let from_text;
    let der = match std::str::from_utf8(bounded(file)?) {
        Ok(text) if text.contains("-----BEGIN") => {
            from_text = from_pem(text, "ENCRYPTED PRIVATE KEY")?;
            from_text.as_slice()
        }
        _ => file,
    };
    // One wrong password in 256 leaves padding that looks right, and then bytes that are no key.
    read(&decrypt(der, password, &mut Budget::new())?, random).map_err(|error| match error {
        KeyError::Malformed(_) => KeyError::WrongPassword,
        other => other,
    })
}

/// Decrypts an `EncryptedPrivateKeyInfo`.
pub(crate) fn decrypt(
    der: &[u8],
    password: &str,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| MALFORMED)?;
    pbe::decrypt(info.algorithm, password, info.data.as_bytes(), budget)
}

/// Writes the key unencrypted.
pub(crate) fn write(pair: &Sm2KeyPair) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let secret = pair.secret_bytes();
    let point = pair.verifying_key().sm2_point().ok_or(MALFORMED)?;
    let encode = || {
        let key = EcPrivateKey {
            version: 1,
            private_key: OctetStringRef::new(secret.as_slice())?,
            parameters: None,
            public_key: Some(BitStringRef::from_bytes(point)?),
        };
        let key = Zeroizing::new(key.to_der()?);
        let info = PrivateKeyInfo {
            version: 0,
            algorithm: AlgorithmIdentifierRef {
                oid: OID_EC_PUBLIC_KEY,
                parameters: Some(AnyRef::from(&OID_SM2)),
            },
            private_key: OctetStringRef::new(&key)?,
            attributes: None,
            public_key: None,
        };
        info.to_der().map(Zeroizing::new)
    };
    encode().map_err(|_: der::Error| MALFORMED)
}

/// Encrypts the key: the DER of an `EncryptedPrivateKeyInfo`.
pub(crate) fn encrypt(pair: &Sm2KeyPair, password: &str, random: &Random) -> Result<Vec<u8>, KeyError> {
    encrypt_bytes(&write(pair)?, password, random)
}

fn encrypt_bytes(plain: &[u8], password: &str, random: &Random) -> Result<Vec<u8>, KeyError> {
    let encode = || {
        let (algorithm, data) = pbe::encrypt(plain, password, random)?;
        EncryptedPrivateKeyInfo {
            algorithm: AlgorithmIdentifierRef::from_der(&algorithm)?,
            data: OctetStringRef::new(&data)?,
        }
        .to_der()
    };
    encode().map_err(|_: der::Error| MALFORMED)
}

/// Encrypts the key into a PEM text.
pub(crate) fn write_encrypted(
    pair: &Sm2KeyPair,
    password: &str,
    random: &Random,
) -> Result<String, KeyError> {
    encrypt_pem(&write(pair)?, "ENCRYPTED PRIVATE KEY", password, random)
}

/// Encrypts anything secret into a PEM text with the given label.
pub(crate) fn encrypt_pem(
    plain: &[u8],
    label: &str,
    password: &str,
    random: &Random,
) -> Result<String, KeyError> {
    let der = encrypt_bytes(plain, password, random)?;
    der::pem::encode_string(label, der::pem::LineEnding::LF, &der).map_err(|_| MALFORMED)
}

/// Takes the DER out of a PEM text with the given label.
pub(crate) fn from_pem(pem: &str, label: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (found, der) = der::pem::decode_vec(bounded(pem.as_bytes())?).map_err(|_| MALFORMED)?;
    let der = Zeroizing::new(der);
    if found == label { Ok(der) } else { Err(KeyError::Malformed("PEM label")) }
}

fn bounded(bytes: &[u8]) -> Result<&[u8], KeyError> {
    if bytes.len() > MAX_LEN { Err(KeyError::Limit("length")) } else { Ok(bytes) }
}
