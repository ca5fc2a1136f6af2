//! SM2 key pairs held in memory: generation, signing, decryption. The secret never leaves this module
//! except as an encoding that is wiped, and is never printed.

use std::sync::Arc;

use sm2::dsa::signature::hazmat::RandomizedPrehashSigner;
use sm2::elliptic_curve::Generate;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{CipherError, KeyError, SignError};
use crate::random::Random;
use crate::signature::Sm2Signature;
use crate::signer::{SignatureAlgorithm, Signer};
use crate::verifying::{VerifyingKey, message_digest, user_digest};
use crate::{encryption, pkcs8, pkcs12};

/// n - 1, for which 1 + d has no inverse; GB/T 35276 §7.1 leaves it out of the private keys.
const ORDER_MINUS_ONE: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";

/// An SM2 key pair in memory. Clones share one secret, which is wiped when the last of them is dropped.
#[derive(Clone)]
pub struct Sm2KeyPair {
    secret: Arc<Secret>,
    public: VerifyingKey,
    random: Random,
}

/// The signing engine of the key. RustCrypto's type does not wipe itself, so dropping overwrites it. What
/// passes over the stack while signing is beyond our reach.
struct Secret(sm2::dsa::SigningKey);

impl Drop for Secret {
    fn drop(&mut self) {
        if let Ok(one) = sm2::SecretKey::from_slice(&ONE).map(|key| key.to_nonzero_scalar())
            && let Ok(harmless) = sm2::dsa::SigningKey::from_nonzero_scalar("", one)
        {
            self.0 = harmless;
            // Without a reader the compiler might leave the overwriting out.
            std::hint::black_box(&self.0);
        }
    }
}

const ONE: [u8; 32] = {
    let mut one = [0; 32];
    one[31] = 1;
    one
};

impl Sm2KeyPair {
    /// A new key pair. `random` is kept for the nonces of the signatures.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] if the source of randomness gives no number in range.
    pub fn generate(random: &Random) -> Result<Self, KeyError> {
        let secret = sm2::SecretKey::generate_from_rng(&mut random.rng());
        Self::from_secret(&secret, random)
    }

    /// The key pair of a secret number of 32 bytes, big-endian, 1 ≤ d ≤ n-2.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] out of that range.
    pub fn from_scalar(secret: &[u8; 32], random: &Random) -> Result<Self, KeyError> {
        let secret = sm2::SecretKey::from_slice(secret).map_err(|_| KeyError::InvalidPrivateKey)?;
        Self::from_secret(&secret, random)
    }

    fn from_secret(secret: &sm2::SecretKey, random: &Random) -> Result<Self, KeyError> {
        let limit = hex::decode(ORDER_MINUS_ONE).map_err(|_| KeyError::InvalidPrivateKey)?;
        if Zeroizing::new(secret.to_bytes()).as_slice().ct_eq(&limit).into() {
            return Err(KeyError::InvalidPrivateKey);
        }
        let signing = sm2::dsa::SigningKey::new("", secret).map_err(|_| KeyError::InvalidPrivateKey)?;
        let public = VerifyingKey::from_sm2_public(secret.public_key())?;
        Ok(Self { secret: Arc::new(Secret(signing)), public, random: random.clone() })
    }

    /// Reads an unencrypted PKCS#8 `PrivateKeyInfo` (RFC 5958) in DER.
    ///
    /// # Errors
    /// [`KeyError`] for bytes that are no SM2 key, and when a stored public key does not fit.
    pub fn from_pkcs8_der(der: &[u8], random: &Random) -> Result<Self, KeyError> {
        pkcs8::read(der, random)
    }

    /// Reads an unencrypted PKCS#8 key in PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_pkcs8_pem(pem: &str, random: &Random) -> Result<Self, KeyError> {
        pkcs8::read(&pkcs8::from_pem(pem, "PRIVATE KEY")?, random)
    }

    /// Reads an encrypted PKCS#8 key (`ENCRYPTED PRIVATE KEY`), in DER or in PEM.
    ///
    /// # Errors
    /// [`KeyError::WrongPassword`], [`KeyError::Unsupported`] for an unknown scheme, [`KeyError::Limit`] for
    /// an iteration count beyond the bound, else as [`Self::from_pkcs8_der`].
    pub fn from_encrypted_pkcs8(file: &[u8], password: &str, random: &Random) -> Result<Self, KeyError> {
        pkcs8::read_encrypted(file, password, random)
    }

    /// Reads a PKCS#12 file (RFC 7292): its one SM2 key, and its certificates in DER, the key's own first.
    ///
    /// # Errors
    /// [`KeyError::WrongPassword`] when the MAC or the decryption fails, [`KeyError::KeyCount`] unless there
    /// is exactly one SM2 key, [`KeyError::Limit`] beyond a bound.
    pub fn from_pkcs12(
        der: &[u8],
        password: &str,
        random: &Random,
    ) -> Result<(Self, Vec<Vec<u8>>), KeyError> {
        pkcs12::read(der, password, random)
    }

    /// The key as an unencrypted PKCS#8 structure; wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if the encoder refuses, which a sound key does not provoke.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        pkcs8::write(self)
    }

    /// The key as an encrypted PKCS#8 PEM: PBES2 with PBKDF2 and SM4-CBC.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8_der`].
    pub fn to_encrypted_pkcs8_pem(&self, password: &str, random: &Random) -> Result<String, KeyError> {
        pkcs8::write_encrypted(self, password, random)
    }

    /// The key and its certificate chain (DER, the key's own first) as a PKCS#12 file.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8_der`].
    pub fn to_pkcs12(
        &self,
        chain: &[Vec<u8>],
        password: &str,
        friendly_name: &str,
        random: &Random,
    ) -> Result<Vec<u8>, KeyError> {
        pkcs12::write(self, chain, password, friendly_name, random)
    }

    /// Signs with another user id than the default; the answer is DER.
    ///
    /// # Errors
    /// [`SignError::UserIdTooLong`] beyond 8191 bytes, else as [`Signer::sign`].
    pub fn sign_with_id(&self, user_id: &[u8], message: &[u8]) -> Result<Vec<u8>, SignError> {
        let point = self.public.sm2_point().ok_or(SignError::Failed)?;
        let z = user_digest(user_id, point).ok_or(SignError::UserIdTooLong)?;
        self.sign_digest(&message_digest(&z, message)).map(|signature| signature.to_der())
    }

    /// Signs `e`, which is already SM3(Z || M).
    ///
    /// # Errors
    /// [`SignError::Failed`] if the engine finds no nonce in range.
    pub fn sign_digest(&self, e: &[u8; 32]) -> Result<Sm2Signature, SignError> {
        // The nonce comes from RFC 6979 with fresh randomness mixed in: unique even if the source repeats
        // itself, and not the same for the same message. The engine gives up with probability 2^-256.
        self.secret
            .0
            .sign_prehash_with_rng(&mut self.random.rng(), e)
            .map(Sm2Signature::from)
            .map_err(|_| SignError::Failed)
    }

    /// Decrypts an SM2 cipher (GB/T 35276 §7.2) made for this key.
    ///
    /// # Errors
    /// [`CipherError::Malformed`] for other structures, [`CipherError::Refused`] when the digest is wrong.
    pub fn decrypt(&self, cipher_der: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        encryption::decrypt(self.secret.0.as_nonzero_scalar(), cipher_der)
    }

    /// The secret number, big-endian; wiped when dropped.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.0.to_bytes().into())
    }
}

impl Signer for Sm2KeyPair {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Sm2Sm3
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let e = message_digest(&self.public.sm2_z(), message);
        self.sign_digest(&e).map(|signature| signature.to_der())
    }
}

impl std::fmt::Debug for Sm2KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sm2KeyPair({:?})", self.public)
    }
}
