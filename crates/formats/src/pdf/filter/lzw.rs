//! LZWDecode (ISO 32000-1 §7.4.4.2).

use super::{Decoded, TOO_LONG};
use crate::pdf::PdfError;

const CLEAR: usize = 256;
const END: usize = 257;
/// Codes have at most twelve bits.
const MOST_CODES: usize = 4096;

/// Reads codes of changing width, the high bit first.
struct Codes<'a> {
    input: std::slice::Iter<'a, u8>,
    held: u32,
    bits: u32,
}

impl Codes<'_> {
    fn next(&mut self, width: u32) -> Option<usize> {
        while self.bits < width {
            self.held = self.held << 8 | u32::from(*self.input.next()?);
            self.bits += 8;
        }
        self.bits -= width;
        let code = self.held >> self.bits & ((1 << width) - 1);
        usize::try_from(code).ok()
    }
}

/// Decodes. Each code beyond the literals stands for bytes that were written already: where they begin and how many.
pub(super) fn decode(input: &[u8], early: bool, most: usize) -> Result<Decoded, PdfError> {
    let mut codes = Codes { input: input.iter(), held: 0, bits: 0 };
    let mut out: Vec<u8> = Vec::new();
    let mut table: Vec<(usize, usize)> = Vec::with_capacity(MOST_CODES);
    let mut before: Option<(usize, usize)> = None;
    loop {
        let width = width(END + 1 + table.len() + usize::from(early));
        let Some(code) = codes.next(width) else {
            return Ok(Decoded { bytes: out, damage: Some("LZW data without an end") });
        };
        if code == END {
            return Ok(Decoded::whole(out));
        }
        if code == CLEAR {
            table.clear();
            before = None;
            continue;
        }
        // The code before, and one byte more: the first of this one, which is written next.
        if let Some((start, len)) = before
            && END + 1 + table.len() < MOST_CODES
        {
            table.push((start, len + 1));
        }
        let start = out.len();
        let len = if let Ok(byte) = u8::try_from(code) {
            out.push(byte);
            1
        } else {
            let Some((from, len)) = table.get(code - END - 1).copied() else { return damaged(out) };
            copy(&mut out, from, len, most)?;
            len
        };
        if out.len() > most {
            return Err(TOO_LONG);
        }
        before = Some((start, len));
    }
}

fn damaged(out: Vec<u8>) -> Result<Decoded, PdfError> {
    let what = "damaged LZW data";
    if out.is_empty() { Err(PdfError::Filter(what)) } else { Ok(Decoded { bytes: out, damage: Some(what) }) }
}

/// Copies bytes that were written before to the end; they may reach into what is being copied.
fn copy(out: &mut Vec<u8>, from: usize, len: usize, most: usize) -> Result<(), PdfError> {
    if len > most.saturating_sub(out.len()) {
        return Err(TOO_LONG);
    }
    for index in from..from + len {
        let byte = out.get(index).copied().unwrap_or_default();
        out.push(byte);
    }
    Ok(())
}

/// Bits of the next code when so many codes are known; with early change it is one code sooner.
const fn width(codes: usize) -> u32 {
    match codes {
        0..=511 => 9,
        512..=1023 => 10,
        1024..=2047 => 11,
        _ => 12,
    }
}
