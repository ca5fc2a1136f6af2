//! Ours, through the calls that the product makes.

use crypto::{DigestItem, Sm2KeyPair, VerifyingKey, verify_digest_batch};

use super::Library;
use crate::data::{Known, Public, Signed};
use crate::op::Outcome;

/// Sightings after which a key counts as known: its table is built by then.
const SIGHTINGS: usize = 24;

#[derive(Default)]
pub(super) struct Sealbridge {
    known: Option<VerifyingKey>,
    many: Vec<VerifyingKey>,
    pair: Option<Sm2KeyPair>,
}

impl Library for Sealbridge {
    const NAME: &'static str = "sealbridge";
    const NOTES: &'static [&'static str] = &[];

    fn about(&self) -> String {
        "this workspace's crypto".to_owned()
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        self.many = keys.iter().map(|(key, signed)| seen(key, &[signed])).collect::<Outcome<_>>()?;
        Ok(())
    }

    fn prepare(&mut self, known: &Known, signed: &[Signed]) -> Outcome {
        self.known = Some(seen(&known.public, &signed.iter().collect::<Vec<_>>())?);
        self.pair = Some(known.pair.clone());
        Ok(())
    }

    fn verify_known(&mut self, signed: &Signed) -> bool {
        self.known.as_ref().is_some_and(|key| key.verify_sm2_digest(&signed.e, &signed.der).is_ok())
    }

    fn verify_batch(&mut self, eight: &[&Signed]) -> bool {
        let Some(key) = &self.known else { return false };
        let items: Vec<DigestItem<'_>> =
            eight.iter().map(|signed| DigestItem { key, e: signed.e, signature: &signed.der }).collect();
        verify_digest_batch(&items).iter().all(Result::is_ok)
    }

    fn verify_many(&mut self, place: usize, signed: &Signed) -> bool {
        self.many.get(place).is_some_and(|key| key.verify_sm2_digest(&signed.e, &signed.der).is_ok())
    }

    fn verify_new(&mut self, key: &Public, signed: &Signed) -> bool {
        VerifyingKey::from_spki_der(&key.spki)
            .is_ok_and(|key| key.verify_sm2_digest(&signed.e, &signed.der).is_ok())
    }

    fn sign(&mut self, e: &[u8; 32]) -> Vec<u8> {
        let signature = self.pair.as_ref().and_then(|pair| pair.sign_digest(e).ok());
        signature.map(|signature| signature.to_der()).unwrap_or_default()
    }

    fn sm3(&mut self, data: &[u8]) -> [u8; 32] {
        crypto::sm3::digest(data)
    }
}

/// A key that has verified often enough to be known.
fn seen(key: &Public, signed: &[&Signed]) -> Outcome<VerifyingKey> {
    let key = VerifyingKey::from_spki_der(&key.spki).map_err(|error| error.to_string())?;
    for signed in signed.iter().cycle().take(SIGHTINGS) {
        // Whether the signature is right is not asked here: it is when the time is taken.
        key.verify_sm2_digest(&signed.e, &signed.der).ok();
    }
    Ok(key)
}
