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
        DigestAlgorithm::Sm3
        | DigestAlgorithm::Sha224
        | DigestAlgorithm::Sha256
        | DigestAlgorithm::Sha1
        | DigestAlgorithm::Md5 => 64,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7914 §11 for SHA-256; for SM3 the answer was computed with OpenSSL 3.0.
    #[test]
    fn pbkdf2_known_answers() {
        let key = pbkdf2(Prf::Sha256, b"passwd", b"salt", 1, 64);
        assert_eq!(
            hex::encode(&key),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        );
        let key = pbkdf2(Prf::Sm3, b"password", b"salt", 4096, 40);
        assert_eq!(
            hex::encode(&key),
            "b6e8f2074c87432b78f62e5ced980fdff89e86af2f693dab1638e2b3683045dd844438500eead50c"
        );
    }

    /// The vectors that PKCS#12 implementations have passed on since PKCS#12 v1.0 ("SMEG", SHA-1).
    #[test]
    fn pkcs12_known_answers() {
        let password = bmp_password("smeg");
        let salt = hex::decode("0a58cf64530d823f").unwrap();
        let derive =
            |purpose, len| hex::encode(pkcs12(DigestAlgorithm::Sha1, purpose, &password, &salt, 1, len));
        assert_eq!(derive(Purpose::Key, 24), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
        assert_eq!(derive(Purpose::Iv, 8), "79993dfe048d3b76");
    }
}
