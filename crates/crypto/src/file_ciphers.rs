//! Foreign ciphers of files that others encrypted with a password (PDF): RC4, and AES in CBC and ECB mode.
//!
//! They are for old and foreign files only, to read them and to add to them in their own way. None of them is in the
//! list of allowed algorithms ([`crate::policy`]), none authenticates what it encrypts, and nothing of our own is
//! protected by them. RC4 is broken.

use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use zeroize::{Zeroize, Zeroizing};

use crate::error::CipherError;

/// Length of a block and of the initial vector of AES in bytes.
pub const AES_BLOCK_LEN: usize = 16;

/// RC4 of `data` under a key of 1 to 256 bytes; the same again takes it off. An empty key changes nothing.
pub fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    if key.is_empty() {
        return out;
    }
    let mut state: [u8; 256] = std::array::from_fn(|index| u8::try_from(index).unwrap_or_default());
    let mut other = 0_u8;
    for (index, byte) in (0..=255_u8).zip(key.iter().cycle()) {
        other = other.wrapping_add(state[usize::from(index)]).wrapping_add(*byte);
        state.swap(usize::from(index), usize::from(other));
    }
    let (mut index, mut other) = (0_u8, 0_u8);
    for byte in &mut out {
        index = index.wrapping_add(1);
        other = other.wrapping_add(state[usize::from(index)]);
        state.swap(usize::from(index), usize::from(other));
        let sum = state[usize::from(index)].wrapping_add(state[usize::from(other)]);
        *byte ^= state[usize::from(sum)];
    }
    state.zeroize();
    out
}

/// Decrypts AES-CBC under a key of 16 or 32 bytes, whole blocks, and leaves the padding where it is.
///
/// # Errors
/// [`CipherError::Refused`] when the key or `cipher` has another length.
pub fn aes_cbc_decrypt(
    key: &[u8],
    iv: &[u8; AES_BLOCK_LEN],
    cipher: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    fn open<D: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
        D::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<NoPadding>(cipher).ok()
    }
    let plain = match key.len() {
        16 => open::<cbc::Decryptor<aes::Aes128>>(key, iv, cipher),
        32 => open::<cbc::Decryptor<aes::Aes256>>(key, iv, cipher),
        _ => None,
    };
    plain.map(Zeroizing::new).ok_or(CipherError::Refused)
}

/// Encrypts AES-CBC under a key of 16 or 32 bytes, with PKCS#7 padding.
///
/// # Errors
/// [`CipherError::Refused`] when the key has another length.
pub fn aes_cbc_encrypt(key: &[u8], iv: &[u8; AES_BLOCK_LEN], plain: &[u8]) -> Result<Vec<u8>, CipherError> {
    fn seal<E: KeyIvInit + BlockModeEncrypt>(key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        Some(E::new_from_slices(key, iv).ok()?.encrypt_padded_vec::<Pkcs7>(plain))
    }
    let cipher = match key.len() {
        16 => seal::<cbc::Encryptor<aes::Aes128>>(key, iv, plain),
        32 => seal::<cbc::Encryptor<aes::Aes256>>(key, iv, plain),
        _ => None,
    };
    cipher.ok_or(CipherError::Refused)
}

/// Encrypts whole blocks in place with AES-128-CBC, without padding; what is behind the last whole block stays. For
/// the iterated digest of PDF passwords (ISO 32000-2 §7.6.4.3.4).
pub fn aes128_cbc_encrypt_blocks(key: &[u8; 16], iv: &[u8; AES_BLOCK_LEN], data: &mut [u8]) {
    let (blocks, _) = cbc::cipher::Block::<aes::Aes128>::slice_as_chunks_mut(data);
    cbc::Encryptor::<aes::Aes128>::new(key.into(), iv.into()).encrypt_blocks(blocks);
}

/// Decrypts one block of AES-256 without any mode. For the permissions of a PDF (ISO 32000-2 §7.6.4.4.12).
pub fn aes256_block_decrypt(key: &[u8; 32], block: &[u8; AES_BLOCK_LEN]) -> [u8; AES_BLOCK_LEN] {
    let mut out = (*block).into();
    aes::Aes256::new(key.into()).decrypt_block(&mut out);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 6229: the first bytes of the key stream.
    #[test]
    fn rc4_key_streams() {
        let known = [
            ("0102030405", "b2396305f03dc027ccc3524a0a1118a8"),
            ("0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b97"),
        ];
        for (key, stream) in known {
            let key = hex::decode(key).unwrap();
            assert_eq!(hex::encode(rc4(&key, &[0; 16])), stream);
            assert_eq!(rc4(&key, &rc4(&key, b"text")), b"text");
        }
        assert_eq!(rc4(&[], b"text"), b"text");
    }

    /// NIST SP 800-38A F.2.1 and F.2.5, first block, and F.1.5.
    #[test]
    fn aes_blocks() {
        let plain: [u8; 16] = bytes("6bc1bee22e409f96e93d7e117393172a");
        let iv: [u8; 16] = bytes("000102030405060708090a0b0c0d0e0f");
        let key: [u8; 16] = bytes("2b7e151628aed2a6abf7158809cf4f3c");
        let long: [u8; 32] = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let mut data = plain.to_vec();
        data.push(7);
        aes128_cbc_encrypt_blocks(&key, &iv, &mut data);
        assert_eq!(hex::encode(&data), "7649abac8119b246cee98e9b12e9197d07");
        assert_eq!(*aes_cbc_decrypt(&key, &iv, &data[..16]).unwrap(), plain);
        let cipher = aes_cbc_encrypt(&long, &iv, &plain).unwrap();
        assert_eq!(hex::encode(&cipher[..16]), "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
        assert_eq!(aes_cbc_decrypt(&long, &iv, &cipher).unwrap()[..], [plain, [16; 16]].concat());
        let block = bytes("f3eed1bdb5d2a03c064b5a7e3db181f8");
        assert_eq!(aes256_block_decrypt(&long, &block), plain);
    }

    #[test]
    fn other_lengths_are_refused() {
        let iv = [0; 16];
        for (key, cipher) in [(15, 16), (24, 16), (0, 16), (16, 17), (32, 15)] {
            let answer = aes_cbc_decrypt(&vec![0; key], &iv, &vec![0; cipher]);
            assert_eq!(answer.unwrap_err(), CipherError::Refused);
        }
        assert_eq!(aes_cbc_encrypt(&[0; 24], &iv, b"").unwrap_err(), CipherError::Refused);
        assert!(aes_cbc_decrypt(&[0; 16], &iv, b"").unwrap().is_empty());
    }
}
