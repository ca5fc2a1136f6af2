//! The system's OpenSSL 3.

use std::collections::HashMap;

use openssl::ec::EcKey;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Public};
use openssl::pkey_ctx::PkeyCtx;

use crate::Outcome;
use crate::cases::Case;

/// What OpenSSL says of each case.
pub(crate) fn verify(cases: &[Case]) -> Outcome<Vec<bool>> {
    let mut contexts = HashMap::new();
    let mut said = Vec::with_capacity(cases.len());
    for case in cases {
        let spki = case.key.spki_der();
        if !contexts.contains_key(spki) {
            contexts.insert(spki.to_vec(), context(spki).map_err(|error| format!("OpenSSL: {error}"))?);
        }
        let right =
            contexts.get_mut(spki).is_some_and(|to| to.verify(&case.e, &case.signature).unwrap_or(false));
        said.push(right);
    }
    Ok(said)
}

fn context(spki: &[u8]) -> Result<PkeyCtx<Public>, ErrorStack> {
    let key = PKey::public_key_from_der(spki)?;
    let mut context = PkeyCtx::new(&key)?;
    context.verify_init()?;
    Ok(context)
}

/// Whether it takes the key, and finds its point on the curve.
pub(crate) fn accepts(spki: &[u8]) -> bool {
    EcKey::public_key_from_der(spki).is_ok_and(|key| key.check_key().is_ok())
}
