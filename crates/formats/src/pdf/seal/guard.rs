//! Files that nobody should sign.

use memchr::memmem;

use super::error::SealError;
use super::field::Target;
use crate::pdf::{Dictionary, Form, Limits, Object, Pdf, PdfError};

/// Opens a file that is whole.
///
/// A file that can only be reconstructed is refused: an update of it would go on from cross-reference data that are
/// not there, and readers would repair it in different ways.
pub(crate) fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Pdf<'a>, SealError> {
    let file = match Pdf::open(bytes, limits) {
        Ok(file) => file,
        Err(
            error @ (PdfError::NotPdf
            | PdfError::PasswordNeeded
            | PdfError::Encryption(_)
            | PdfError::Limit(_)),
        ) => {
            return Err(error.into());
        }
        Err(error) => {
            let can_be_repaired = Pdf::reconstruct(bytes, limits).is_ok();
            return Err(if can_be_repaired { SealError::Repaired(error) } else { error.into() });
        }
    };
    if file.header_offset() > 0 {
        // The offsets in the file count from the header, but not every reader takes them so.
        return Err(SealError::Structure("bytes stand before the header"));
    }
    check_tail(bytes)?;
    Ok(file)
}

/// Only white space may stand behind the last `%%EOF`.
fn check_tail(bytes: &[u8]) -> Result<(), SealError> {
    let end =
        memmem::rfind(bytes, b"%%EOF").ok_or(SealError::Structure("the mark of the end is missing"))? + 5;
    let tail = bytes.get(end..).unwrap_or_default();
    match tail.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x0C' | 0)) {
        Some(first) => Err(SealError::Tail { offset: end + first }),
        None => Ok(()),
    }
}

/// Refuses documents that a change by us would break, or that forbid it.
pub(super) fn check(
    file: &Pdf<'_>,
    catalog: &Dictionary,
    form: &Form,
    target: &Target,
) -> Result<(), SealError> {
    let perms = file.dictionary(catalog, b"Perms")?.unwrap_or_default();
    if perms.get(b"UR3").is_some() || perms.get(b"UR").is_some() {
        return Err(SealError::UsageRights);
    }
    single_keys(catalog, "the catalogue")?;
    single_keys(&form.dictionary, "the form")?;
    check_xfa(file, catalog, form, target)?;
    check_permissions(file, target)
}

/// A form whose pages are made from XFA has no place for a signature; one that has both keeps its fields.
fn check_xfa(file: &Pdf<'_>, catalog: &Dictionary, form: &Form, target: &Target) -> Result<(), SealError> {
    if file.get(catalog, b"NeedsRendering")? == Some(Object::Boolean(true)) {
        return Err(SealError::DynamicXfa);
    }
    let has_xfa = file.get(&form.dictionary, b"XFA")?.is_some();
    if has_xfa && matches!(target, Target::New { .. }) { Err(SealError::XfaNewField) } else { Ok(()) }
}

/// What the permissions of an encrypted file allow who has no owner's password (§7.6.3.2, table 22): new fields with
/// bits 4 and 6, signing in existing ones with bit 6 or 9.
fn check_permissions(file: &Pdf<'_>, target: &Target) -> Result<(), SealError> {
    let Some(encryption) = &file.encryption else { return Ok(()) };
    if encryption.permissions_intact() == Some(false) {
        return Err(SealError::Structure("the permissions of the encrypted file were changed"));
    }
    let allowed = encryption.permissions();
    let bit = |number: u32| allowed & (1 << (number - 1)) != 0;
    let is_allowed = match target {
        Target::New { .. } => bit(4) && bit(6),
        Target::Existing(_) => bit(6) || bit(9),
    };
    if is_allowed { Ok(()) } else { Err(SealError::Permissions) }
}

/// Refuses a dictionary in which a key stands twice.
pub(super) fn single_keys(dictionary: &Dictionary, place: &'static str) -> Result<(), SealError> {
    match dictionary.doubled_key() {
        Some(key) => Err(SealError::DoubledKey { place, key: key.to_text() }),
        None => Ok(()),
    }
}
