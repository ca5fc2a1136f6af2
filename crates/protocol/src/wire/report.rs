//! A verification report that is signed by itself, to be kept and handed on without the answer it came in (the
//! extension fields `report`, `reportKeyId` and `reportSign` of table 26).
//!
//! ```text
//! CCUA-SEAL-REPORT-1
//! id of who judged
//! keyId
//! SM3 of the report's exact bytes, in lower-case hexadecimal
//! ```

use crypto::{SignError, Signer, VerifyingKey, sm3};

use super::reply::key_id;
use super::signature::{self, SignatureFault, SignatureValue};
use crate::ids::AppId;

const SCHEME: &str = "CCUA-SEAL-REPORT-1";

fn canonical(scheme: &str, maker: &AppId, key_id: &str, bytes: &[u8]) -> String {
    format!("{scheme}\n{maker}\n{key_id}\n{}\n", hex::encode(sm3::digest(bytes)))
}

/// Signs bytes that somebody keeps, as `maker`; gives the id of the key and the signature, Base64.
pub(crate) fn sign_bytes(
    scheme: &str,
    maker: &AppId,
    bytes: &[u8],
    signer: &dyn Signer,
) -> Result<(String, String), SignError> {
    let key_id = key_id(signer.verifying_key());
    let signature = signature::sign(signer, canonical(scheme, maker, &key_id, bytes).as_bytes())?;
    Ok((key_id, signature))
}

/// Checks what [`sign_bytes`] made.
pub(crate) fn verify_bytes(
    scheme: &str,
    maker: &AppId,
    bytes: &[u8],
    (signature, key): (&str, &VerifyingKey),
) -> Result<(), SignatureFault> {
    let canonical = canonical(scheme, maker, &key_id(key), bytes);
    SignatureValue::parse(signature)?.verify(key, canonical.as_bytes())
}

/// Signs the exact bytes of a report as `judge`; gives the id of the key and the signature, Base64.
///
/// # Errors
/// When the key refuses.
pub fn sign_report(judge: &AppId, report: &[u8], signer: &dyn Signer) -> Result<(String, String), SignError> {
    sign_bytes(SCHEME, judge, report, signer)
}

/// Checks that `judge` has signed these bytes with this key.
///
/// # Errors
/// [`SignatureFault`].
pub fn verify_report(
    judge: &AppId,
    report: &[u8],
    signature: &str,
    key: &VerifyingKey,
) -> Result<(), SignatureFault> {
    verify_bytes(SCHEME, judge, report, (signature, key))
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Sm2KeyPair};

    use super::*;

    #[test]
    fn a_report_is_bound_to_its_judge_key_and_bytes() {
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        let other = Sm2KeyPair::generate(&Random::system()).unwrap();
        let judge = AppId::parse("platform").unwrap();
        let (id, text) = sign_report(&judge, b"{}", &key).unwrap();
        assert_eq!(id, key_id(key.verifying_key()));
        let check = |judge: &str, report: &[u8], key: &Sm2KeyPair| {
            verify_report(&AppId::parse(judge).unwrap(), report, &text, key.verifying_key())
        };
        check("platform", b"{}", &key).unwrap();
        assert!(check("another", b"{}", &key).is_err());
        assert!(check("platform", b"{} ", &key).is_err());
        assert!(check("platform", b"{}", &other).is_err());
    }
}
