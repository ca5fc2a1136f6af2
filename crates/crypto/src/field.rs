//! Encryption of single fields of personal data at rest (GB/T 39786: confidentiality and integrity of
//! stored data), with an index under which a value can be looked up without being readable.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::error::CipherError;
use crate::random::Random;
use crate::{sm3, sm4};

/// What every sealed text begins with; another way of sealing will have another number.
const VERSION: &str = "v1.";

/// Encrypts fields of a database with SM4-GCM and indexes them with HMAC-SM3.
///
/// Nonces are random, so one master key is good for 2^32 sealed texts.
///
/// `context` names table and column, such as `seal_user.mobile`. It is authenticated, so that a text moved
/// to another column does not open there, and equal values in two columns have different indexes.
#[derive(Clone)]
pub struct FieldCipher {
    encryption: Zeroizing<[u8; 16]>,
    index: Zeroizing<[u8; 32]>,
}

impl FieldCipher {
    /// Derives the two working keys from a master key of 32 random bytes.
    pub fn new(master: &[u8; 32]) -> Self {
        let derived = Zeroizing::new(sm3::hmac(master, b"sealbridge field encryption 1"));
        let mut encryption = Zeroizing::new([0; 16]);
        encryption.iter_mut().zip(derived.iter()).for_each(|(to, from)| *to = *from);
        let index = Zeroizing::new(sm3::hmac(master, b"sealbridge field index 1"));
        Self { encryption, index }
    }

    /// Encrypts `plain`: `v1.` and the unpadded Base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
    ///
    /// # Errors
    /// [`CipherError::TooLong`] beyond what GCM can encrypt.
    pub fn seal(&self, context: &str, plain: &str, random: &Random) -> Result<String, CipherError> {
        let nonce: [u8; sm4::NONCE_LEN] = random.bytes();
        let mut sealed = nonce.to_vec();
        sealed.extend(sm4::gcm_seal(&self.encryption, &nonce, context.as_bytes(), plain.as_bytes())?);
        Ok(format!("{VERSION}{}", STANDARD_NO_PAD.encode(sealed)))
    }

    /// Decrypts what [`Self::seal`] made for the same context.
    ///
    /// # Errors
    /// [`CipherError::Malformed`] for text of another form, [`CipherError::Refused`] when it was altered or
    /// belongs to another context or master key.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Zeroizing<String>, CipherError> {
        let text = sealed.strip_prefix(VERSION).ok_or(CipherError::Malformed)?;
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| CipherError::Malformed)?;
        let (nonce, body) = bytes.split_first_chunk().ok_or(CipherError::Malformed)?;
        let plain = sm4::gcm_open(&self.encryption, nonce, context.as_bytes(), body)?;
        let text = std::str::from_utf8(&plain).map_err(|_| CipherError::Malformed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The index of a value: 64 hexadecimal digits, equal exactly for equal context and value.
    pub fn blind_index(&self, context: &str, plain: &str) -> String {
        // The length before the context keeps ("ab", "c") and ("a", "bc") apart.
        let length = u64::try_from(context.len()).unwrap_or(u64::MAX).to_be_bytes();
        hex::encode(sm3::hmac_parts(&*self.index, &[&length, context.as_bytes(), plain.as_bytes()]))
    }
}

impl std::fmt::Debug for FieldCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FieldCipher")
    }
}
