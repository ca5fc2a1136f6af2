//! Keys from passwords: PBKDF2 (RFC 8018 §5.2) and the older derivation of PKCS#12 (RFC 7292 appendix B).

use zeroize::Zeroizing;

use crate::DigestAlgorithm;

/// The HMAC inside PBKDF2.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Prf {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Sm3,
}

/// PBKDF2 to `len` bytes. The caller has bounded `iterations`.
pub(crate) fn pbkdf2(
    prf: Prf,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    len: usize,
) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![0; len]);
    match prf {
        Prf::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, &mut key),
        Prf::Sha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut key),
        Prf::Sha384 => pbkdf2::pbkdf2_hmac::<sha2::Sha384>(password, salt, iterations, &mut key),
        Prf::Sha512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, iterations, &mut key),
        Prf::Sm3 => pbkdf2::pbkdf2_hmac::<sm3::Sm3>(password, salt, iterations, &mut key),
    }
    key
}

/// What the older derivation is asked for (the "ID" of appendix B.3).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// A password as PKCS#12 wants it: UTF-16 big-endian with two zero bytes behind.
pub(crate) fn bmp_password(password: &str) -> Zeroizing<Vec<u8>> {
    // Room for all of it first, so that no copy of the password is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
    for unit in password.encode_utf16().chain([0]) {
        bytes.extend_from_slice(&unit.to_be_bytes());
    }
    bytes
}

/// The length in bytes of the blocks a digest works in.
pub(crate) const fn block_len(digest: DigestAlgorithm) -> usize {
    match digest {
        DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
        DigestAlgorithm::Sm3 | DigestAlgorithm::Sha256 | DigestAlgorithm::Sha1 | DigestAlgorithm::Md5 => 64,
    }
}

/// RFC 7292 appendix B.2 with `digest`; `password` comes from [`bmp_password`].
pub(crate) fn pkcs12(
    digest: DigestAlgorithm,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    len: usize,
) -> Zeroizing<Vec<u8>> {
    let block = block_len(digest);
    let diversifier = vec![purpose as u8; block];
    let mut input = fill(salt, block);
    input.extend_from_slice(&fill(password, block));
    let mut key = Zeroizing::new(Vec::with_capacity(len.next_multiple_of(digest.len())));
    while key.len() < len {
        let mut hasher = crate::Hasher::new(digest);
        hasher.update(&diversifier);
        hasher.update(&input);
        let mut a = Zeroizing::new(hasher.finalize());
        for _ in 1..iterations {
            a = Zeroizing::new(digest.digest(&a));
        }
        key.extend_from_slice(&a);
        for piece in input.chunks_mut(block) {
            add_with_one(piece, &a);
        }
    }
    key.truncate(len);
    key
}

/// `data` repeated up to the next multiple of `block`; empty stays empty.
fn fill(data: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let len = data.len().next_multiple_of(block);
    Zeroizing::new(data.iter().copied().cycle().take(len).collect())
}

/// I = I + B + 1 modulo 2^(8·v), where B is `a` repeated to the length of the piece.
fn add_with_one(piece: &mut [u8], a: &[u8]) {
    let repeated: Zeroizing<Vec<u8>> = Zeroizing::new(a.iter().copied().cycle().take(piece.len()).collect());
    let mut carry: u16 = 1;
    for (digit, add) in piece.iter_mut().zip(repeated.iter()).rev() {
        let sum = u16::from(*digit) + u16::from(*add) + carry;
        let [high, low] = sum.to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}
