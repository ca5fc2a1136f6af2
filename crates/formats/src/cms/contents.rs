//! A signature value as it stands in a place of fixed size (`/Contents` of a PDF signature, ISO 32000-1 §12.8.1):
//! told by structure, whatever name stands beside it, and cut off from the zeros that fill the place.

use crate::asn1::{Asn1Error, Context, Deviation, Limits, Mode, Tag};

/// Longest place, in bytes.
const MAX_LEN: usize = 64 * 1024 * 1024;

/// A value without what fills its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stripped<'a> {
    /// The value, by its own length.
    pub value: &'a [u8],
    /// Bytes behind it.
    pub padding: usize,
    /// True when all of them are zeros. Others are not padding: nobody says what they are, and no digest covers them.
    pub is_zeros: bool,
}

/// What a value is, told from its first elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentsKind {
    /// SEQUENCE { OBJECT IDENTIFIER, … }: SignedData of RFC 5652 or GB/T 35275.
    SignedData,
    /// SEQUENCE { SEQUENCE, … }: SES_Signature of GB/T 38540 or GM/T 0031.
    Ses,
    /// SEQUENCE { INTEGER, … }: a bare SM2 signature value.
    Bare,
    /// OCTET STRING: a bare RSA signature value (`adbe.x509.rsa_sha1`).
    Octets,
}

/// Cuts off what stands behind a value; `None` when the place does not begin with one.
pub fn strip_padding(contents: &[u8]) -> Option<Stripped<'_>> {
    let context = context();
    let value = context.top(contents).ok()?.raw();
    let (value, rest) = contents.split_at_checked(value.len())?;
    Some(Stripped { value, padding: rest.len(), is_zeros: rest.iter().all(|byte| *byte == 0) })
}

/// What kind of value this is; `None` for others.
pub fn contents_kind(value: &[u8]) -> Option<ContentsKind> {
    let context = context();
    let value = context.top(value).ok()?;
    if value.tag().primitive() == Tag::OCTET_STRING {
        return Some(ContentsKind::Octets);
    }
    match value.sequence().ok()?.peek()? {
        Tag::OID => Some(ContentsKind::SignedData),
        Tag::SEQUENCE => Some(ContentsKind::Ses),
        Tag::INTEGER => Some(ContentsKind::Bare),
        _ => None,
    }
}

/// The octets of a value that is an OCTET STRING, and what is not DER about it.
///
/// # Errors
/// When it is none.
pub fn contents_octets(value: &[u8]) -> Result<(Vec<u8>, Vec<Deviation>), Asn1Error> {
    let context = context();
    let octets = context.top(value)?.octets()?.into_owned();
    Ok((octets, context.take_notes()))
}

fn context() -> Context {
    Context::with_limits(Mode::Tolerant, Limits { max_len: MAX_LEN, ..Limits::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_padding_and_nothing_else_is() {
        let stripped = strip_padding(&[0x30, 2, 5, 0, 0, 0, 0]).unwrap();
        assert_eq!((stripped.value, stripped.padding, stripped.is_zeros), (&[0x30, 2, 5, 0][..], 3, true));
        let other = strip_padding(&[0x30, 2, 5, 0, 0, 1]).unwrap();
        assert_eq!((other.value.len(), other.padding, other.is_zeros), (4, 2, false));
        let none = strip_padding(&[0x30, 0]).unwrap();
        assert_eq!((none.padding, none.is_zeros), (0, true));
        // An indefinite length ends with two zeros of its own.
        let indefinite = strip_padding(&[0x30, 0x80, 5, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!((indefinite.value.len(), indefinite.padding), (6, 2));
        for bad in [&[][..], &[0x30], &[0x30, 0x05, 0], &[0x30, 0x80, 5, 0]] {
            assert_eq!(strip_padding(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn octets_are_read_whole_and_in_segments() {
        let read =
            |value: &[u8]| contents_octets(value).map(|(octets, notes)| (octets, notes.is_empty())).ok();
        assert_eq!(read(&[4, 2, 7, 8]), Some((vec![7, 8], true)));
        assert_eq!(read(&[0x24, 6, 4, 1, 7, 4, 1, 8]), Some((vec![7, 8], false)));
        for bad in [&[][..], &[4, 2, 7], &[0x30, 0], &[0x24, 3, 2, 1, 7]] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn kinds_are_told_by_structure() {
        let kinds = [
            (&[0x30, 3, 6, 1, 0x2A][..], Some(ContentsKind::SignedData)),
            (&[0x30, 0x80, 6, 1, 0x2A, 0, 0], Some(ContentsKind::SignedData)),
            (&[0x30, 2, 0x30, 0], Some(ContentsKind::Ses)),
            (&[0x30, 3, 2, 1, 1], Some(ContentsKind::Bare)),
            (&[4, 1, 9], Some(ContentsKind::Octets)),
            (&[0x30, 0], None),
            (&[5, 0], None),
            (&[], None),
        ];
        for (value, kind) in kinds {
            assert_eq!(contents_kind(value), kind, "{value:02x?}");
        }
    }
}
