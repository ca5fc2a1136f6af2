//! Known-answer tests of the algorithms in use, run when a program starts (上电自检): a wrong build, a wrong
//! compiler or a damaged machine must not make or accept a signature.

mod vectors;

use std::fmt;

use vectors as known;

use crate::{
    BatchItem, CipherError, DigestAlgorithm, KeyError, Random, SignError, SignatureAlgorithm, Signer,
    Sm2KeyPair, Sm2Signature, VerifyError, VerifyingKey, sm2_encrypt, sm3, sm4, verify_batch,
};

/// The tests that ran, all of them passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTestReport {
    /// The names of the tests, in the order they ran.
    pub passed: Vec<&'static str>,
}

/// The first test that failed. Nothing of this crate may be used then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密码自检失败 / cryptographic self-test failed: {test}")]
pub struct SelfTestError {
    /// The name of the test.
    pub test: &'static str,
}

type Test = fn(&Random) -> Result<(), Failed>;

/// In the order they run: what the later ones rest on comes first.
const TESTS: [(&str, Test); 13] = [
    ("SM3", test_sm3),
    ("HMAC-SM3", test_hmac),
    ("SM4", test_sm4_block),
    ("SM4-CBC", test_sm4_cbc),
    ("SM4-GCM", test_sm4_gcm),
    ("SM2 Z", test_sm2_z),
    ("SM2 verify", test_sm2_verify),
    ("SM2 batch", test_sm2_batch),
    ("SM2 sign", test_sm2_sign),
    ("SM2 new key", test_sm2_new_key),
    ("SM2 encryption", test_sm2_encryption),
    ("P-256 and SHA-256", test_p256),
    ("RSA", test_rsa),
];

/// Runs all tests; takes a few milliseconds. Randomness is needed for one SM2 signature and encryption.
///
/// # Errors
/// [`SelfTestError`] names the first test that failed.
pub fn self_test(random: &Random) -> Result<SelfTestReport, SelfTestError> {
    let mut passed = Vec::with_capacity(TESTS.len());
    for (name, test) in TESTS {
        test(random).map_err(|Failed| SelfTestError { test: name })?;
        passed.push(name);
    }
    Ok(SelfTestReport { passed })
}

impl fmt::Display for SelfTestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.passed.join(", "))
    }
}

/// Which test it was is known one level up, and why does not help whoever runs the program.
struct Failed;

macro_rules! failed_from {
    ($($error:ty),*) => { $(impl From<$error> for Failed { fn from(_: $error) -> Self { Self } })* };
}
failed_from!(CipherError, KeyError, SignError, VerifyError, hex::FromHexError);

fn check(holds: bool) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(Failed) }
}

fn array<const N: usize>(hexadecimal: &str) -> Result<[u8; N], Failed> {
    hex::decode(hexadecimal)?.try_into().map_err(|_| Failed)
}

fn test_sm3(_: &Random) -> Result<(), Failed> {
    check(sm3::digest(b"abc") == array(known::MESSAGE_DIGEST_ABC)?)
}

fn test_hmac(_: &Random) -> Result<(), Failed> {
    let key: Vec<u8> = (1..=32).collect();
    let mut tag: [u8; 32] = array(known::HMAC_SM3)?;
    check(sm3::hmac_verify(&key, known::HMAC_TEXT, &tag))?;
    tag[0] ^= 1;
    check(!sm3::hmac_verify(&key, known::HMAC_TEXT, &tag))
}

fn test_sm4_block(_: &Random) -> Result<(), Failed> {
    // With an initial vector of zeros the first block of CBC is the bare cipher.
    let key = array(known::SM4_KEY)?;
    let cipher = sm4::cbc_encrypt(&key, &[0; 16], &key);
    check(cipher.get(..16) == Some(&array::<16>(known::SM4_BLOCK)?))
}

fn test_sm4_cbc(_: &Random) -> Result<(), Failed> {
    let (key, iv) = (array(known::SM4_KEY)?, [0x5a; 16]);
    let mut cipher = sm4::cbc_encrypt(&key, &iv, b"abc");
    check(cipher.len() == 16 && sm4::cbc_decrypt(&key, &iv, &cipher)?.as_slice() == b"abc")?;
    cipher.pop();
    check(sm4::cbc_decrypt(&key, &iv, &cipher).is_err())
}

fn test_sm4_gcm(_: &Random) -> Result<(), Failed> {
    let (key, nonce) = (array(known::SM4_KEY)?, array(known::GCM_NONCE)?);
    let (aad, plain) = (hex::decode(known::GCM_AAD)?, hex::decode(known::GCM_PLAIN)?);
    let mut sealed = sm4::gcm_seal(&key, &nonce, &aad, &plain)?;
    check(sealed == hex::decode(known::GCM_SEALED)?)?;
    check(*sm4::gcm_open(&key, &nonce, &aad, &sealed)? == plain)?;
    if let Some(last) = sealed.last_mut() {
        *last ^= 1;
    }
    check(sm4::gcm_open(&key, &nonce, &aad, &sealed).is_err())
}

fn sm2_key() -> Result<VerifyingKey, Failed> {
    Ok(VerifyingKey::from_sec1_sm2(&hex::decode(known::SM2_POINT)?)?)
}

fn test_sm2_z(_: &Random) -> Result<(), Failed> {
    check(sm2_key()?.sm2_z() == array(known::SM2_Z)?)
}

fn test_sm2_verify(_: &Random) -> Result<(), Failed> {
    let (key, raw) = (sm2_key()?, array(known::SM2_SIGNATURE)?);
    let signature = Sm2Signature::from_raw64(&raw)?.to_der();
    key.verify(SignatureAlgorithm::Sm2Sm3, known::SM2_MESSAGE, &signature)?;
    let wrong = key.verify(SignatureAlgorithm::Sm2Sm3, b"other message", &signature);
    check(wrong == Err(VerifyError::Mismatch))
}

/// The known answer and wrong signatures beside it, twice in a batch: after the first one the key has its table, so
/// the second goes through the vector lanes where they are in use, and the last item of it alone through the table.
fn test_sm2_batch(_: &Random) -> Result<(), Failed> {
    let (key, raw) = (sm2_key()?, array(known::SM2_SIGNATURE)?);
    let signature = Sm2Signature::from_raw64(&raw)?.to_der();
    let messages: [&[u8]; 9] = std::array::from_fn(|at| {
        // Right ones at both ends and between wrong ones.
        if at % 3 == 1 { b"other message".as_slice() } else { known::SM2_MESSAGE }
    });
    let item = |message| BatchItem {
        key: &key,
        algorithm: SignatureAlgorithm::Sm2Sm3,
        message,
        signature: &signature,
    };
    let items = messages.map(item);
    for _ in 0..2 {
        let results = verify_batch(&items);
        let mut both = messages.iter().zip(&results);
        check(results.len() == items.len())?;
        check(both.all(|(message, result)| {
            let expected = if *message == known::SM2_MESSAGE { Ok(()) } else { Err(VerifyError::Mismatch) };
            *result == expected
        }))?;
    }
    Ok(())
}

/// A key that was never seen has no table: that is a way of its own through the engine.
fn test_sm2_new_key(random: &Random) -> Result<(), Failed> {
    let pair = Sm2KeyPair::generate(random)?;
    let signature = pair.sign(known::SM2_MESSAGE)?;
    let key = pair.verifying_key();
    key.verify(pair.algorithm(), known::SM2_MESSAGE, &signature)?;
    check(key.verify(pair.algorithm(), b"other message", &signature) == Err(VerifyError::Mismatch))
}

fn test_sm2_sign(random: &Random) -> Result<(), Failed> {
    let pair = Sm2KeyPair::from_scalar(&array(known::SM2_SECRET)?, random)?;
    check(*pair.verifying_key() == sm2_key()?)?;
    let signature = pair.sign(known::SM2_MESSAGE)?;
    pair.verifying_key().verify(pair.algorithm(), known::SM2_MESSAGE, &signature)?;
    // Equal signatures over one message mean equal nonces, that is, randomness that does not reach them.
    check(signature != pair.sign(known::SM2_MESSAGE)?)
}

fn test_sm2_encryption(random: &Random) -> Result<(), Failed> {
    let pair = Sm2KeyPair::from_scalar(&array(known::SM2_SECRET)?, random)?;
    check(pair.decrypt(&hex::decode(known::SM2_CIPHER)?)?.as_slice() == known::SM2_PLAIN)?;
    let cipher = sm2_encrypt(pair.verifying_key(), known::SM2_PLAIN, random)?;
    check(pair.decrypt(&cipher)?.as_slice() == known::SM2_PLAIN)
}

fn test_p256(_: &Random) -> Result<(), Failed> {
    check(DigestAlgorithm::Sha256.digest(b"abc") == hex::decode(known::SHA256_ABC)?)?;
    let key = VerifyingKey::from_spki_der(&hex::decode(known::P256_SPKI)?)?;
    let signature = hex::decode(known::P256_SIGNATURE)?;
    key.verify(SignatureAlgorithm::EcdsaSha256, b"sample", &signature)?;
    let wrong = key.verify(SignatureAlgorithm::EcdsaSha256, b"simple", &signature);
    check(wrong == Err(VerifyError::Mismatch))
}

fn test_rsa(_: &Random) -> Result<(), Failed> {
    let key = VerifyingKey::from_spki_der(&hex::decode(known::RSA_SPKI)?)?;
    let signature = hex::decode(known::RSA_SIGNATURE)?;
    key.verify(SignatureAlgorithm::RsaPkcs1Sha256, b"abc", &signature)?;
    let wrong = key.verify(SignatureAlgorithm::RsaPkcs1Sha256, b"abd", &signature);
    check(wrong == Err(VerifyError::Mismatch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tests_pass_and_are_named() {
        let report = self_test(&Random::system()).unwrap();
        assert_eq!(report.passed.len(), TESTS.len());
        assert!(report.to_string().starts_with("SM3, HMAC-SM3, SM4"));
    }

    #[test]
    fn randomness_that_stands_still_is_found() {
        let error = self_test(&Random::from_fn(|buffer| buffer.fill(9))).unwrap_err();
        assert_eq!(error.test, "SM2 sign");
    }
}
