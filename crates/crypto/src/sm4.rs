//! SM4 (GB/T 32907) in the two modes the product uses: GCM (RFC 8998) and CBC with PKCS#7 padding.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use zeroize::Zeroizing;

use crate::error::CipherError;

/// Length of an SM4 key in bytes.
pub const KEY_LEN: usize = 16;
/// Length of the nonce of SM4-GCM in bytes.
pub const NONCE_LEN: usize = 12;
/// Length of the tag of SM4-GCM in bytes.
pub const TAG_LEN: usize = 16;

type Gcm = aes_gcm::AesGcm<sm4::Sm4, aes_gcm::aead::consts::U12>;

/// Encrypts `plain` with SM4-GCM and authenticates it together with `aad`; the answer is the ciphertext
/// followed by the tag of 16 bytes. A nonce must never be used twice under one key.
///
/// # Errors
/// [`CipherError::TooLong`] when `plain` is longer than GCM allows (about 64 GiB).
pub fn gcm_seal(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, CipherError> {
    Gcm::new(key.into()).encrypt(nonce.into(), Payload { msg: plain, aad }).map_err(|_| CipherError::TooLong)
}

/// Decrypts what [`gcm_seal`] made.
///
/// # Errors
/// [`CipherError::Refused`] when key, nonce, `aad`, ciphertext or tag are not the ones of the encryption.
pub fn gcm_open(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    Gcm::new(key.into())
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| CipherError::Refused)
}

/// Encrypts `plain` with SM4-CBC and PKCS#7 padding. CBC does not authenticate: use it only where a
/// standard's format asks for it.
pub fn cbc_encrypt(key: &[u8; KEY_LEN], iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<sm4::Sm4>::new(key.into(), iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

/// Decrypts SM4-CBC and takes the PKCS#7 padding off.
///
/// # Errors
/// [`CipherError::Refused`] when the length is no multiple of 16 or the padding is wrong.
pub fn cbc_decrypt(
    key: &[u8; KEY_LEN],
    iv: &[u8; 16],
    cipher: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    cbc::Decryptor::<sm4::Sm4>::new(key.into(), iv.into())
        .decrypt_padded_vec::<Pkcs7>(cipher)
        .map(Zeroizing::new)
        .map_err(|_| CipherError::Refused)
}
