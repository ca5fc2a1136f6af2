//! SM3 (GB/T 32905) and HMAC-SM3 (GB/T 15852.2).

use hmac::{KeyInit, Mac};
use sm3::Digest;
use subtle::ConstantTimeEq;

/// Length of an SM3 digest in bytes.
pub const DIGEST_LEN: usize = 32;

/// The SM3 digest of `data`.
pub fn digest(data: &[u8]) -> [u8; 32] {
    sm3::Sm3::digest(data).into()
}

/// SM3 over data that comes in pieces.
#[derive(Clone, Default)]
pub struct Sm3(sm3::Sm3);

impl Sm3 {
    /// A digest over nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `data` at the end.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all that was added.
    pub fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl std::fmt::Debug for Sm3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The state of an HMAC's inner digest is a secret, so no state is ever printed.
        f.write_str("Sm3")
    }
}

/// HMAC-SM3 of `data` under `key` (any length).
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    hmac_parts(key, &[data])
}

/// HMAC-SM3 of the concatenation of `parts` under `key`.
pub(crate) fn hmac_parts(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC keys have no wrong length: a short key is padded and a long one hashed, here as in RFC 2104,
    // which spares a `Result` that could never be an error.
    let mut block = zeroize::Zeroizing::new([0_u8; 64]);
    if key.len() > block.len() {
        block.iter_mut().zip(digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let mut mac = hmac::Hmac::<sm3::Sm3>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// True when `tag` is the HMAC-SM3 of `data` under `key`; compared in constant time.
pub fn hmac_verify(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    hmac(key, data).as_slice().ct_eq(tag).into()
}
