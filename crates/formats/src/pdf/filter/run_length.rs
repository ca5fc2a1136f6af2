//! RunLengthDecode (ISO 32000-1 §7.4.5).

use super::{Decoded, TOO_LONG};
use crate::pdf::PdfError;

/// Decodes.
pub(super) fn decode(input: &[u8], most: usize) -> Result<Decoded, PdfError> {
    let cut_off = |bytes| Ok(Decoded { bytes, damage: Some("run-length data without an end") });
    let (mut out, mut rest) = (Vec::new(), input);
    loop {
        let Some((length, tail)) = rest.split_first() else { return cut_off(out) };
        let length = usize::from(*length);
        rest = match length {
            128 => return Ok(Decoded::whole(out)),
            0..=127 => {
                let (copied, tail) = tail.split_at(tail.len().min(length + 1));
                out.extend_from_slice(copied);
                tail
            }
            _ => {
                let Some((byte, tail)) = tail.split_first() else { return cut_off(out) };
                out.resize(out.len() + 257 - length, *byte);
                tail
            }
        };
        if out.len() > most {
            return Err(TOO_LONG);
        }
    }
}
