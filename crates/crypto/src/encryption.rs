//! SM2 public key encryption (GB/T 32918.4) in the form of GB/T 35276 §7.2.

use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Sequence};
use sm2::elliptic_curve::sec1::ToSec1Point;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::CipherError;
use crate::random::Random;
use crate::signature::left_pad;
use crate::sm3::Sm3;
use crate::verifying::VerifyingKey;

/// The longest text that is encrypted or decrypted: SM2 is for keys and codes, not for documents.
pub const MAX_PLAIN_LEN: usize = 64 * 1024;

/// ```text
/// SM2Cipher ::= SEQUENCE {
///     XCoordinate INTEGER, YCoordinate INTEGER,
///     HASH OCTET STRING SIZE(32), CipherText OCTET STRING }
/// ```
#[derive(Sequence)]
struct Sm2Cipher<'a> {
    x: UintRef<'a>,
    y: UintRef<'a>,
    hash: &'a OctetStringRef,
    cipher_text: &'a OctetStringRef,
}

/// Encrypts 1 to 65536 bytes for the holder of `key`; the answer is an `SM2Cipher` in DER.
///
/// # Errors
/// [`CipherError::WrongKeyKind`], [`CipherError::Empty`] or [`CipherError::TooLong`].
pub fn sm2_encrypt(key: &VerifyingKey, plain: &[u8], random: &Random) -> Result<Vec<u8>, CipherError> {
    let public = key.sm2_public().ok_or(CipherError::WrongKeyKind)?;
    if plain.is_empty() {
        return Err(CipherError::Empty);
    }
    if plain.len() > MAX_PLAIN_LEN {
        return Err(CipherError::TooLong);
    }
    // A mask of zeros only is drawn anew, as the standard asks; one in 256 texts of one byte meets it.
    sm2::pke::EncryptingKey::new(public)
        .encrypt_der(&mut random.rng(), plain)
        .map_err(|_| CipherError::TooLong)
}

/// Decrypts an `SM2Cipher` with the secret number `secret`: C1 must be on the curve, the digest is compared
/// in constant time, and nothing of the text is given out when it is wrong.
pub(crate) fn decrypt(
    secret: &sm2::NonZeroScalar,
    cipher_der: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let cipher = Sm2Cipher::from_der(cipher_der).map_err(|_| CipherError::Malformed)?;
    let (hash, text) = (cipher.hash.as_bytes(), cipher.cipher_text.as_bytes());
    if hash.len() != 32 || text.is_empty() || text.len() > MAX_PLAIN_LEN {
        return Err(CipherError::Malformed);
    }
    let shared = shared_point(secret, &cipher)?;
    let (x2, y2) = shared.split_at(32);
    let mask = key_stream(&shared, text.len());
    let plain = Zeroizing::new(text.iter().zip(mask.iter()).map(|(c, t)| c ^ t).collect::<Vec<u8>>());
    let mut digest = Sm3::new();
    digest.update(x2);
    digest.update(&plain);
    digest.update(y2);
    let matches = digest.finalize().as_slice().ct_eq(hash);
    let masked = !mask.iter().fold(0, |all, byte| all | byte).ct_eq(&0);
    if bool::from(matches & masked) { Ok(plain) } else { Err(CipherError::Refused) }
}

/// x2 || y2 of \[d\]C1.
fn shared_point(
    secret: &sm2::NonZeroScalar,
    cipher: &Sm2Cipher<'_>,
) -> Result<Zeroizing<[u8; 64]>, CipherError> {
    let mut c1 = [0; 65];
    c1[0] = 4;
    let (x, y) = c1[1..].split_at_mut(32);
    left_pad(cipher.x.as_bytes(), x).ok_or(CipherError::Malformed)?;
    left_pad(cipher.y.as_bytes(), y).ok_or(CipherError::Malformed)?;
    let c1 = sm2::PublicKey::from_sec1_bytes(&c1).map_err(|_| CipherError::Malformed)?;
    let shared = (c1.to_projective() * **secret).to_affine().to_sec1_point(false);
    let mut bytes = Zeroizing::new([0; 64]);
    let coordinates = shared.as_bytes().get(1..).ok_or(CipherError::Malformed)?;
    left_pad(coordinates, bytes.as_mut_slice()).ok_or(CipherError::Malformed)?;
    Ok(bytes)
}

/// The key derivation of GB/T 32918.4 §5.4.3: SM3(Z || 1) || SM3(Z || 2) || …, cut to `len`.
fn key_stream(shared: &[u8; 64], len: usize) -> Zeroizing<Vec<u8>> {
    let mut stream = Zeroizing::new(Vec::with_capacity(len.next_multiple_of(32)));
    let mut counter: u32 = 1;
    while stream.len() < len {
        let mut hasher = Sm3::new();
        hasher.update(shared);
        hasher.update(&counter.to_be_bytes());
        stream.extend_from_slice(&hasher.finalize());
        counter = counter.wrapping_add(1);
    }
    stream.truncate(len);
    stream
}
