//! Many verifications at once.

use crate::{SignatureAlgorithm, VerifyError, VerifyingKey};

/// One signature to be verified among others; the fields are the arguments of [`VerifyingKey::verify`].
#[derive(Debug, Clone, Copy)]
pub struct BatchItem<'a> {
    /// The key.
    pub key: &'a VerifyingKey,
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// What was signed.
    pub message: &'a [u8],
    /// The signature as [`VerifyingKey::verify`] takes it.
    pub signature: &'a [u8],
}

/// Verifies every item, each with the result that [`VerifyingKey::verify`] gives for it, in the order of the items.
pub fn verify_batch(items: &[BatchItem<'_>]) -> Vec<Result<(), VerifyError>> {
    items.iter().map(|item| item.key.verify(item.algorithm, item.message, item.signature)).collect()
}
