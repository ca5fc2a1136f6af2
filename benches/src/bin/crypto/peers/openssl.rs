//! The system's OpenSSL 3. Contexts are made once and used again, which EVP_PKEY_verify and EVP_PKEY_sign
//! allow as long as the parameters stay; SM3 is fetched once.

use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::md_ctx::MdCtx;
use openssl::pkey::{PKey, Private, Public as PublicPart};
use openssl::pkey_ctx::PkeyCtx;

use super::Library;
use crate::data::{Known, Public, Signed};
use crate::op::Outcome;

#[derive(Default)]
pub(super) struct OpenSsl {
    known: Option<PkeyCtx<PublicPart>>,
    many: Vec<PkeyCtx<PublicPart>>,
    signing: Option<PkeyCtx<Private>>,
    sm3: Option<(Md, MdCtx)>,
}

impl Library for OpenSsl {
    const NAME: &'static str = "openssl";
    const NOTES: &'static [&'static str] =
        &["openssl verify_known_key_batch8: has no batches, eight one after the other"];

    fn about(&self) -> String {
        openssl::version::version().to_owned()
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        self.many = keys
            .iter()
            .map(|(key, _)| context(key))
            .collect::<Result<_, _>>()
            .map_err(|error| said(&error))?;
        Ok(())
    }

    fn prepare(&mut self, known: &Known, _: &[Signed]) -> Outcome {
        self.known = Some(context(&known.public).map_err(|error| said(&error))?);
        let pkcs8 = known.pair.to_pkcs8_der().map_err(|error| error.to_string())?;
        self.signing = Some(signing(&pkcs8).map_err(|error| said(&error))?);
        let md = Md::fetch(None, "SM3", None).map_err(|error| said(&error))?;
        self.sm3 = Some((md, MdCtx::new().map_err(|error| said(&error))?));
        Ok(())
    }

    fn verify_known(&mut self, signed: &Signed) -> bool {
        self.known.as_mut().is_some_and(|context| verify(context, signed))
    }

    fn verify_many(&mut self, place: usize, signed: &Signed) -> bool {
        self.many.get_mut(place).is_some_and(|context| verify(context, signed))
    }

    fn verify_new(&mut self, key: &Public, signed: &Signed) -> bool {
        context(key).is_ok_and(|mut context| verify(&mut context, signed))
    }

    fn sign(&mut self, e: &[u8; 32]) -> Vec<u8> {
        let mut signature = Vec::new();
        let made = self.signing.as_mut().map(|context| context.sign_to_vec(e, &mut signature));
        if matches!(made, Some(Ok(_))) { signature } else { Vec::new() }
    }

    fn sm3(&mut self, data: &[u8]) -> [u8; 32] {
        self.sm3.as_mut().and_then(|(md, context)| sm3(md, context, data).ok()).unwrap_or_default()
    }
}

fn context(key: &Public) -> Result<PkeyCtx<PublicPart>, ErrorStack> {
    let key = PKey::public_key_from_der(&key.spki)?;
    let mut context = PkeyCtx::new(&key)?;
    context.verify_init()?;
    Ok(context)
}

fn signing(pkcs8: &[u8]) -> Result<PkeyCtx<Private>, ErrorStack> {
    let key = PKey::private_key_from_pkcs8(pkcs8)?;
    let mut context = PkeyCtx::new(&key)?;
    context.sign_init()?;
    Ok(context)
}

fn verify(context: &mut PkeyCtx<PublicPart>, signed: &Signed) -> bool {
    context.verify(&signed.e, &signed.der).unwrap_or(false)
}

fn sm3(md: &Md, context: &mut MdCtx, data: &[u8]) -> Result<[u8; 32], ErrorStack> {
    let mut digest = [0; 32];
    context.digest_init(md)?;
    context.digest_update(data)?;
    context.digest_final(&mut digest)?;
    Ok(digest)
}

fn said(error: &ErrorStack) -> String {
    format!("OpenSSL: {error}")
}
