//! ASCIIHexDecode and ASCII85Decode (ISO 32000-1 §7.4.2, §7.4.3).

use super::{Decoded, TOO_LONG};
use crate::pdf::PdfError;
use crate::pdf::lexer::{hex_digit, is_space};

/// Decodes hexadecimal digits up to `>`.
pub(super) fn hexadecimal(input: &[u8]) -> Result<Decoded, PdfError> {
    let (mut bytes, mut high) = (Vec::with_capacity(input.len() / 2), None);
    let mut damage = Some("hexadecimal data without an end");
    for byte in input.iter().filter(|byte| !is_space(**byte)) {
        if *byte == b'>' {
            damage = None;
            break;
        }
        let digit = hex_digit(*byte).ok_or(PdfError::Filter("hexadecimal data"))?;
        high = match high {
            None => Some(digit << 4),
            Some(first) => {
                bytes.push(first | digit);
                None
            }
        };
    }
    bytes.extend(high);
    Ok(Decoded { bytes, damage })
}

/// Decodes base 85 up to `~>`.
pub(super) fn base85(input: &[u8], most: usize) -> Result<Decoded, PdfError> {
    let bad = || PdfError::Filter("base 85 data");
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    let mut damage = Some("base 85 data without an end");
    for byte in input.iter().filter(|byte| !is_space(**byte)) {
        match byte {
            b'~' => {
                damage = None;
                break;
            }
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => return Err(bad()),
        }
        if group.len() == 5 {
            out.extend_from_slice(&value(&group).ok_or_else(bad)?);
            group.clear();
        }
        if out.len() > most {
            return Err(TOO_LONG);
        }
    }
    // A part of a group: n digits give n - 1 bytes.
    if let Some(len) = group.len().checked_sub(1) {
        group.resize(5, 84);
        let whole = value(&group).ok_or_else(bad)?;
        out.extend_from_slice(whole.get(..len).unwrap_or_default());
    }
    Ok(Decoded { bytes: out, damage })
}

fn value(group: &[u8]) -> Option<[u8; 4]> {
    let value = group.iter().fold(0_u64, |value, digit| value * 85 + u64::from(*digit));
    u32::try_from(value).ok().map(u32::to_be_bytes)
}
