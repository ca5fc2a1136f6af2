//! The crate `libsm`.

use libsm::sm2::signature::{Pubkey, Seckey, SigCtx, Signature};
use libsm::sm3::hash::Sm3Hash;

use super::Library;
use crate::data::{Known, Public, Signed};
use crate::op::Outcome;

#[derive(Default)]
pub(super) struct Libsm {
    context: SigCtx,
    known: Option<Pubkey>,
    many: Vec<Pubkey>,
    secret: Option<Seckey>,
}

impl Libsm {
    fn verify(&self, key: &Pubkey, signed: &Signed) -> bool {
        Signature::der_decode(&signed.der)
            .is_ok_and(|signature| self.context.verify_raw(&signed.e, key, &signature).unwrap_or(false))
    }
}

impl Library for Libsm {
    const NAME: &'static str = "libsm";
    const NOTES: &'static [&'static str] = &[
        "libsm verify_known_key_batch8: has no batches, eight one after the other",
        "libsm verify_new_key: reads no SubjectPublicKeyInfo, is given the bare point",
    ];

    fn about(&self) -> String {
        super::version("libsm")
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        let read = |(key, _): &(Public, Signed)| self.context.load_pubkey(&key.point);
        self.many = keys.iter().map(read).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(())
    }

    fn prepare(&mut self, known: &Known, _: &[Signed]) -> Outcome {
        self.known = self.context.load_pubkey(&known.public.point).ok();
        self.secret = self.context.load_seckey(&known.scalar).ok();
        Ok(())
    }

    fn verify_known(&mut self, signed: &Signed) -> bool {
        self.known.as_ref().is_some_and(|key| self.verify(key, signed))
    }

    fn verify_many(&mut self, place: usize, signed: &Signed) -> bool {
        self.many.get(place).is_some_and(|key| self.verify(key, signed))
    }

    fn verify_new(&mut self, key: &Public, signed: &Signed) -> bool {
        self.context.load_pubkey(&key.point).is_ok_and(|key| self.verify(&key, signed))
    }

    fn sign(&mut self, e: &[u8; 32]) -> Vec<u8> {
        let signature = self.secret.as_ref().and_then(|secret| self.context.sign_raw(e, secret).ok());
        signature.map(|signature| signature.der_encode()).unwrap_or_default()
    }

    fn sm3(&mut self, data: &[u8]) -> [u8; 32] {
        Sm3Hash::new(data).get_hash()
    }
}
