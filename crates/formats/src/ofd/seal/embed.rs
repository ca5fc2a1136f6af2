//! The last step: the signature value goes in.

use super::error::SealError;
use super::prepared::Prepared;
use crate::ofd::{Limits, Package};
use crate::zip::{DosTime, Rewrite};
use crypto::DigestAlgorithm;

/// Largest value that is embedded. Values of 203 KB were met, with a bitmap as the seal's picture.
const LARGEST_VALUE: usize = 8 << 20;

/// Puts the signature value in: an SES_Signature for a seal, a GB/T 35275 SignedData for a plain signature.
/// Every other entry keeps its bytes. Whether the value is good is for verification to say.
///
/// # Errors
/// [`SealError::BadValue`] for a value of no sensible size, [`SealError::Damaged`] when the prepared package is
/// not what it was.
pub fn embed(prepared: &Prepared, signed_value: &[u8], limits: &Limits) -> Result<Vec<u8>, SealError> {
    if signed_value.is_empty() || signed_value.len() > LARGEST_VALUE {
        return Err(SealError::BadValue { bytes: signed_value.len() });
    }
    let package = Package::open(&prepared.package, limits)?;
    let stored = package.digest(&prepared.signature_path, DigestAlgorithm::Sm3)?;
    if stored != prepared.data_hash {
        return Err(SealError::Damaged);
    }
    let mut rewrite = Rewrite::new(package.archive(), DosTime::from_timestamp(prepared.signing_time));
    rewrite.add(&prepared.value_path, signed_value.to_vec())?;
    Ok(rewrite.finish()?)
}
