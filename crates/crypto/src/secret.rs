//! A symmetric key in a file, encrypted under a password: the same PBES2 as our private keys, in PEM.
//!
//! ```text
//! EncryptedSecret ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }
//!     -- encrypted: the key (32 bytes), then SM3 of the text below and the key (32 bytes)
//! ```
//! The digest tells a wrong password, and an altered file, from a key: without it one wrong password in 256
//! would give 32 bytes that look like any other key.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::pbe::Budget;
use crate::random::Random;
use crate::{pkcs8, sm3};

/// Length of the key in bytes.
pub const SECRET_LEN: usize = 32;
/// What the PEM text calls itself.
const LABEL: &str = "ENCRYPTED SECRET KEY";
/// What stands before the key in the digest.
const DOMAIN: &[u8] = b"sealbridge secret key 1";

/// Encrypts a key into a PEM text.
///
/// # Errors
/// [`KeyError::Malformed`] if the encoder refuses, which does not happen.
pub fn seal_secret(secret: &[u8; SECRET_LEN], password: &str, random: &Random) -> Result<String, KeyError> {
    // Room for all of it first, so that no copy of the key is left behind by growing.
    let mut plain = Zeroizing::new(Vec::with_capacity(2 * SECRET_LEN));
    plain.extend_from_slice(secret);
    plain.extend_from_slice(&check(secret));
    pkcs8::encrypt_pem(&plain, LABEL, password, random)
}

/// Decrypts what [`seal_secret`] made.
///
/// # Errors
/// [`KeyError::WrongPassword`] for another password or an altered file, [`KeyError::Malformed`] for other files,
/// [`KeyError::Limit`] for one that asks for too much work.
pub fn open_secret(pem: &str, password: &str) -> Result<Zeroizing<[u8; SECRET_LEN]>, KeyError> {
    let der = pkcs8::from_pem(pem, LABEL)?;
    let plain = pkcs8::decrypt(&der, password, &mut Budget::new())?;
    let (secret, digest) = plain.split_first_chunk::<SECRET_LEN>().ok_or(KeyError::WrongPassword)?;
    if digest.len() == SECRET_LEN && bool::from(check(secret).as_slice().ct_eq(digest)) {
        return Ok(Zeroizing::new(*secret));
    }
    Err(KeyError::WrongPassword)
}

fn check(secret: &[u8; SECRET_LEN]) -> [u8; 32] {
    let mut digest = sm3::Sm3::new();
    digest.update(DOMAIN);
    digest.update(secret);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_password_only() {
        let random = Random::system();
        let secret: [u8; SECRET_LEN] = random.bytes();
        let pem = seal_secret(&secret, "correct horse 密码", &random).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED SECRET KEY-----\n"), "{pem}");
        assert_eq!(*open_secret(&pem, "correct horse 密码").unwrap(), secret);
        assert_eq!(open_secret(&pem, "correct horse").unwrap_err(), KeyError::WrongPassword);
        assert_ne!(pem, seal_secret(&secret, "correct horse 密码", &random).unwrap(), "salted");
    }

    #[test]
    fn right_padding_is_not_enough() {
        let random = Random::system();
        let bare = pkcs8::encrypt_pem(&[7; 2 * SECRET_LEN], LABEL, "p", &random).unwrap();
        assert_eq!(open_secret(&bare, "p").unwrap_err(), KeyError::WrongPassword);
        let short = pkcs8::encrypt_pem(&[7; 31], LABEL, "p", &random).unwrap();
        assert_eq!(open_secret(&short, "p").unwrap_err(), KeyError::WrongPassword);
    }

    #[test]
    fn other_files_are_refused() {
        let random = Random::system();
        let other = pkcs8::encrypt_pem(&[7; 64], "ENCRYPTED PRIVATE KEY", "p", &random).unwrap();
        for text in ["", "no PEM", other.as_str()] {
            assert!(matches!(open_secret(text, "p"), Err(KeyError::Malformed(_))), "{text}");
        }
    }
}
