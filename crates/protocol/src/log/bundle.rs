//! The platform's signature over an evidence bundle (证据包; docs/evidence.md).
//!
//! ```text
//! CCUA-SEAL-BUNDLE-1
//! platform id
//! keyId
//! SM3 of every byte before the last line, in lower-case hexadecimal
//! ```

use crypto::{SignError, Signer, VerifyingKey};

use crate::ids::AppId;
use crate::wire::{self, SignatureFault};

const SCHEME: &str = "CCUA-SEAL-BUNDLE-1";

/// Signs the bytes of a bundle before its last line; gives the id of the key and the signature, Base64.
///
/// # Errors
/// When the key refuses.
pub fn sign_bundle(
    platform: &AppId,
    bytes: &[u8],
    signer: &dyn Signer,
) -> Result<(String, String), SignError> {
    wire::sign_bytes(SCHEME, platform, bytes, signer)
}

/// Whether `platform` has signed these bytes with this key.
///
/// # Errors
/// [`SignatureFault`].
pub fn verify_bundle(
    platform: &AppId,
    bytes: &[u8],
    signature: &str,
    key: &VerifyingKey,
) -> Result<(), SignatureFault> {
    wire::verify_bytes(SCHEME, platform, bytes, (signature, key))
}
