//! The last step: the signature value goes in.

use super::error::SealError;
use super::prepared::Prepared;

/// Puts the signature value in: an SES_Signature for a seal, a GB/T 35275 SignedData for a plain signature. Nothing but
/// the digits of `/Contents` changes; the rest of its room stays zero. Whether the value is good is for verification
/// to say.
///
/// # Errors
/// [`SealError::BadValue`] for a value that is no SEQUENCE, [`SealError::TooLarge`] for one that is larger than the room.
pub fn embed(prepared: &Prepared, signed_value: &[u8]) -> Result<Vec<u8>, SealError> {
    let bytes = signed_value.len();
    if signed_value.first() != Some(&0x30) {
        return Err(SealError::BadValue { bytes });
    }
    let room = prepared.room();
    if bytes > room {
        return Err(SealError::TooLarge { bytes, room });
    }
    let mut file = prepared.file.clone();
    let digits = hex::encode_upper(signed_value);
    let start = prepared.contents.start.saturating_add(1);
    let place = file.get_mut(start..).and_then(|rest| rest.get_mut(..digits.len()));
    place.ok_or(SealError::Damaged)?.copy_from_slice(digits.as_bytes());
    Ok(file)
}
