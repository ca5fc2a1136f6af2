//! Encryption under a password, as key files use it: PBES2 (RFC 8018) with AES-CBC or SM4-CBC, and, for
//! reading old files only, the PKCS#12 schemes with triple DES and RC2 (RFC 7292 appendix B).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Choice, Decode, DecodeValue, Encode, Sequence};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier as Oid};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::kdf::{self, Prf};
use crate::random::Random;
use crate::sm4;

/// The most iterations a file may ask for in all: a second or two of work, far above what is in use.
pub(crate) const MAX_ITERATIONS: u32 = 5_000_000;
/// Iterations of the files written here.
pub(crate) const ITERATIONS: u32 = 100_000;
/// The longest salt accepted, in bytes.
pub(crate) const MAX_SALT_LEN: usize = 256;

const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: Oid = Oid::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: Oid = Oid::new_unwrap("1.2.840.113549.2.11");
/// HMAC-SM3 as GB/T 33560 numbers it.
const HMAC_SM3: Oid = Oid::new_unwrap("1.2.156.10197.1.401.2");
/// HMAC-SM3 as OpenSSL and GmSSL number it.
const HMAC_SM3_OPENSSL: Oid = Oid::new_unwrap("1.2.156.10197.1.401.3.1");
const AES_128_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");
const DES_EDE3_CBC: Oid = Oid::new_unwrap("1.2.840.113549.3.7");
const SM4_CBC: Oid = Oid::new_unwrap("1.2.156.10197.1.104.2");
const PBE_SHA1_3DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.3");
const PBE_SHA1_2DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.4");
const PBE_SHA1_RC2_128: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.5");
const PBE_SHA1_RC2_40: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.6");

/// ```text
/// PBES2-params ::= SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }
/// ```
#[derive(Sequence)]
struct Pbes2Params<'a> {
    kdf: AlgorithmIdentifierRef<'a>,
    scheme: AlgorithmIdentifierRef<'a>,
}

/// ```text
/// PBKDF2-params ::= SEQUENCE { salt OCTET STRING, iterationCount INTEGER,
///     keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier DEFAULT hmacWithSHA1 }
/// ```
#[derive(Sequence)]
struct Pbkdf2Params<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
    key_length: Option<u16>,
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// ```text
/// pkcs-12PbeParams ::= SEQUENCE { salt OCTET STRING, iterations INTEGER }
/// ```
#[derive(Sequence)]
struct Pkcs12Params<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

/// The iterations one file may still ask for, over all its parts, so that many parts are no way around the
/// bound.
pub(crate) struct Budget(u32);

impl Budget {
    /// The whole bound.
    pub(crate) fn new() -> Self {
        Self(MAX_ITERATIONS)
    }

    /// Grants the work, or refuses it before any of it is done.
    pub(crate) fn grant(&mut self, salt: &[u8], iterations: u32) -> Result<(), KeyError> {
        if salt.len() > MAX_SALT_LEN {
            return Err(KeyError::Limit("salt length"));
        }
        if iterations == 0 {
            return Err(KeyError::Malformed("iterations"));
        }
        self.0 = self.0.checked_sub(iterations).ok_or(KeyError::Limit("iterations"))?;
        Ok(())
    }
}

/// Decrypts `cipher` as `algorithm` and `password` say.
pub(crate) fn decrypt(
    algorithm: AlgorithmIdentifierRef<'_>,
    password: &str,
    cipher: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    match algorithm.oid {
        PBES2 => decrypt_pbes2(&params(algorithm)?, password, cipher, budget),
        PBE_SHA1_3DES => {
            let (key, iv) = legacy(&params(algorithm)?, password, 24, budget)?;
            open::<cbc::Decryptor<des::TdesEde3>>(&key, &iv, cipher)
        }
        PBE_SHA1_2DES => {
            let (key, iv) = legacy(&params(algorithm)?, password, 16, budget)?;
            open::<cbc::Decryptor<des::TdesEde2>>(&key, &iv, cipher)
        }
        PBE_SHA1_RC2_128 => legacy_rc2(&params(algorithm)?, password, 16, cipher, budget),
        PBE_SHA1_RC2_40 => legacy_rc2(&params(algorithm)?, password, 5, cipher, budget),
        other => Err(KeyError::Unsupported(other.to_string())),
    }
}

fn params<'a, T>(algorithm: AlgorithmIdentifierRef<'a>) -> Result<T, KeyError>
where
    T: Choice<'a> + DecodeValue<'a>,
{
    let malformed = KeyError::Malformed("encryption parameters");
    algorithm.parameters.ok_or(malformed.clone())?.decode_as().map_err(|_| malformed)
}

fn decrypt_pbes2(
    params: &Pbes2Params<'_>,
    password: &str,
    cipher: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if params.kdf.oid != PBKDF2 {
        return Err(KeyError::Unsupported(params.kdf.oid.to_string()));
    }
    let iv = iv(&params.scheme)?;
    let kdf: Pbkdf2Params<'_> = self::params(params.kdf)?;
    let key_len = match params.scheme.oid {
        AES_128_CBC | SM4_CBC => 16,
        AES_192_CBC | DES_EDE3_CBC => 24,
        AES_256_CBC => 32,
        other => return Err(KeyError::Unsupported(other.to_string())),
    };
    if kdf.key_length.is_some_and(|asked| usize::from(asked) != key_len) {
        return Err(KeyError::Malformed("key length does not fit the cipher"));
    }
    let key = derive(&kdf, password, key_len, budget)?;
    match params.scheme.oid {
        AES_128_CBC => open::<cbc::Decryptor<aes::Aes128>>(&key, iv, cipher),
        AES_192_CBC => open::<cbc::Decryptor<aes::Aes192>>(&key, iv, cipher),
        AES_256_CBC => open::<cbc::Decryptor<aes::Aes256>>(&key, iv, cipher),
        DES_EDE3_CBC => open::<cbc::Decryptor<des::TdesEde3>>(&key, iv, cipher),
        _ => open::<cbc::Decryptor<::sm4::Sm4>>(&key, iv, cipher),
    }
}

fn iv<'a>(scheme: &AlgorithmIdentifierRef<'a>) -> Result<&'a [u8], KeyError> {
    params::<&OctetStringRef>(*scheme).map(OctetStringRef::as_bytes)
}

fn derive(
    kdf: &Pbkdf2Params<'_>,
    password: &str,
    len: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let salt = kdf.salt.as_bytes();
    budget.grant(salt, kdf.iterations)?;
    let prf = match kdf.prf.map_or(HMAC_SHA1, |prf| prf.oid) {
        HMAC_SHA1 => Prf::Sha1,
        HMAC_SHA256 => Prf::Sha256,
        HMAC_SHA384 => Prf::Sha384,
        HMAC_SHA512 => Prf::Sha512,
        HMAC_SM3 | HMAC_SM3_OPENSSL => Prf::Sm3,
        other => return Err(KeyError::Unsupported(other.to_string())),
    };
    Ok(kdf::pbkdf2(prf, password.as_bytes(), salt, kdf.iterations, len))
}

type KeyAndIv = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

fn legacy(
    params: &Pkcs12Params<'_>,
    password: &str,
    key_len: usize,
    budget: &mut Budget,
) -> Result<KeyAndIv, KeyError> {
    let salt = params.salt.as_bytes();
    budget.grant(salt, params.iterations)?;
    let password = kdf::bmp_password(password);
    let make = |purpose, len| {
        kdf::pkcs12(crate::DigestAlgorithm::Sha1, purpose, &password, salt, params.iterations, len)
    };
    Ok((make(kdf::Purpose::Key, key_len), make(kdf::Purpose::Iv, 8)))
}

fn legacy_rc2(
    params: &Pkcs12Params<'_>,
    password: &str,
    key_len: usize,
    cipher: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    use cbc::cipher::InnerIvInit;
    let (key, iv) = legacy(params, password, key_len, budget)?;
    let engine = rc2::Rc2::new_with_eff_key_len(&key, key_len * 8);
    cbc::Decryptor::inner_iv_slice_init(engine, &iv)
        .map_err(|_| KeyError::Malformed("initial vector"))?
        .decrypt_padded_vec::<Pkcs7>(cipher)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::WrongPassword)
}

fn open<D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    cipher: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    D::new_from_slices(key, iv)
        .map_err(|_| KeyError::Malformed("initial vector"))?
        .decrypt_padded_vec::<Pkcs7>(cipher)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::WrongPassword)
}

/// Encrypts `plain` with PBES2: PBKDF2 and SM4-CBC. The HMAC is the one with SHA-256, since OpenSSL 3.0 and
/// what is built on it read no other with SM4. The answer is the DER of the `AlgorithmIdentifier`, and the
/// ciphertext.
pub(crate) fn encrypt(plain: &[u8], password: &str, random: &Random) -> der::Result<(Vec<u8>, Vec<u8>)> {
    let salt: [u8; 16] = random.bytes();
    let iv: [u8; 16] = random.bytes();
    let mut key = Zeroizing::new([0; sm4::KEY_LEN]);
    let derived = kdf::pbkdf2(Prf::Sha256, password.as_bytes(), &salt, ITERATIONS, key.len());
    key.iter_mut().zip(derived.iter()).for_each(|(to, from)| *to = *from);
    let kdf_params = Pbkdf2Params {
        salt: OctetStringRef::new(&salt)?,
        iterations: ITERATIONS,
        key_length: None,
        prf: Some(AlgorithmIdentifierRef { oid: HMAC_SHA256, parameters: Some(AnyRef::NULL) }),
    }
    .to_der()?;
    let iv_der = OctetStringRef::new(&iv)?.to_der()?;
    let params = Pbes2Params { kdf: identifier(PBKDF2, &kdf_params)?, scheme: identifier(SM4_CBC, &iv_der)? }
        .to_der()?;
    let algorithm = identifier(PBES2, &params)?.to_der()?;
    Ok((algorithm, sm4::cbc_encrypt(&key, &iv, plain)))
}

fn identifier(oid: ObjectIdentifier, parameters: &[u8]) -> der::Result<AlgorithmIdentifierRef<'_>> {
    Ok(AlgorithmIdentifierRef { oid, parameters: Some(AnyRef::from_der(parameters)?) })
}
