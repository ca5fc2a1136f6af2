//! RustCrypto's `sm2` and `sm3`, called directly.

use getrandom::SysRng;
use sm2::PublicKey;
use sm2::dsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::pkcs8::DecodePublicKey;
use sm3::{Digest, Sm3};

use super::Library;
use crate::data::{Known, Public, Signed};
use crate::op::Outcome;

#[derive(Default)]
pub(super) struct RustCrypto {
    known: Option<VerifyingKey>,
    many: Vec<VerifyingKey>,
    signing: Option<SigningKey>,
}

impl Library for RustCrypto {
    const NAME: &'static str = "rustcrypto";
    const NOTES: &'static [&'static str] =
        &["rustcrypto verify_known_key_batch8: has no batches, eight one after the other"];

    fn about(&self) -> String {
        format!("{}, {}", super::version("sm2"), super::version("sm3"))
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        let read = |(public, _): &(Public, Signed)| key(public).ok_or("RustCrypto does not read a key");
        self.many = keys.iter().map(read).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn prepare(&mut self, known: &Known, _: &[Signed]) -> Outcome {
        self.known = key(&known.public);
        self.signing = SigningKey::from_slice("", &known.scalar).ok();
        Ok(())
    }

    fn verify_known(&mut self, signed: &Signed) -> bool {
        self.known.as_ref().is_some_and(|key| verify(key, signed))
    }

    fn verify_many(&mut self, place: usize, signed: &Signed) -> bool {
        self.many.get(place).is_some_and(|key| verify(key, signed))
    }

    fn verify_new(&mut self, public: &Public, signed: &Signed) -> bool {
        key(public).is_some_and(|key| verify(&key, signed))
    }

    fn sign(&mut self, e: &[u8; 32]) -> Vec<u8> {
        let sign = |key: &SigningKey| key.sign_prehash_with_rng(&mut SysRng, e).ok();
        let signature = self.signing.as_ref().and_then(sign);
        signature.map(|signature| signature.to_der().as_ref().to_vec()).unwrap_or_default()
    }

    fn sm3(&mut self, data: &[u8]) -> [u8; 32] {
        Sm3::digest(data).into()
    }
}

/// The digest is given, so the user id is of no use; the library asks for one.
fn key(public: &Public) -> Option<VerifyingKey> {
    let key = PublicKey::from_public_key_der(&public.spki).ok()?;
    VerifyingKey::new("", key).ok()
}

fn verify(key: &VerifyingKey, signed: &Signed) -> bool {
    Signature::from_der(&signed.der).is_ok_and(|signature| key.verify_prehash(&signed.e, &signature).is_ok())
}

/// Whether `output` is a signature over `e`, DER or bare: the judge of what every implementation signed.
pub(crate) fn right_signature(key: &Public, e: &[u8; 32], output: &[u8]) -> bool {
    let bare = if output.len() == 64 { Signature::from_slice(output).ok() } else { None };
    let signature = bare.or_else(|| Signature::from_der(output).ok());
    self::key(key)
        .is_some_and(|key| signature.is_some_and(|signature| key.verify_prehash(e, &signature).is_ok()))
}

/// SM3 of `data`: the judge of what every implementation hashed.
pub(crate) fn right_digest(data: &[u8]) -> [u8; 32] {
    Sm3::digest(data).into()
}
