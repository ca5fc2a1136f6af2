//! Turns BER into DER as far as key files need it: indefinite lengths become definite, octet strings in
//! pieces become whole. Java programs write PKCS#12 files in this way, and strict readers follow.

use crate::error::KeyError;

/// Deeper nesting than any key file has.
const MAX_DEPTH: usize = 32;

const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;

const MALFORMED: KeyError = KeyError::Malformed("BER");

/// Reads exactly one BER element and writes it in definite lengths. Sets are not sorted and numbers not made
/// minimal: what comes out is as strict as what went in, except for lengths and pieces.
pub(crate) fn to_definite(ber: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut out = Vec::with_capacity(ber.len());
    let rest = element(ber, MAX_DEPTH, &mut out)?;
    if rest.is_empty() { Ok(out) } else { Err(MALFORMED) }
}

/// What stands before an element's content. `len` is `None` for an indefinite length.
struct Header {
    tag: u8,
    len: Option<usize>,
}

fn header(input: &[u8]) -> Result<(Header, &[u8]), KeyError> {
    let [tag, first, rest @ ..] = input else { return Err(MALFORMED) };
    // Tag numbers above 30 take more bytes and do not occur in key files.
    if tag & 0x1f == 0x1f {
        return Err(MALFORMED);
    }
    let header = |len| Header { tag: *tag, len };
    match *first {
        short @ 0..=0x7f => Ok((header(Some(usize::from(short))), rest)),
        0x80 => Ok((header(None), rest)),
        long => {
            let count = usize::from(long & 0x7f);
            let (digits, rest) = rest.split_at_checked(count).ok_or(MALFORMED)?;
            let mut len: usize = 0;
            for digit in digits {
                len = len.checked_mul(256).ok_or(MALFORMED)? | usize::from(*digit);
            }
            Ok((header(Some(len)), rest))
        }
    }
}

/// Copies one element to `out` and answers what stands behind it.
fn element<'a>(input: &'a [u8], depth: usize, out: &mut Vec<u8>) -> Result<&'a [u8], KeyError> {
    let depth = depth.checked_sub(1).ok_or(KeyError::Limit("nesting"))?;
    let (header, rest) = header(input)?;
    if header.tag & CONSTRUCTED == 0 {
        let (content, rest) = rest.split_at_checked(header.len.ok_or(MALFORMED)?).ok_or(MALFORMED)?;
        write(header.tag, content, out);
        return Ok(rest);
    }
    let mut content = Vec::new();
    let rest = match header.len {
        Some(len) => {
            let (mut inside, rest) = rest.split_at_checked(len).ok_or(MALFORMED)?;
            while !inside.is_empty() {
                inside = element(inside, depth, &mut content)?;
            }
            rest
        }
        None => until_end(rest, depth, &mut content)?,
    };
    if header.tag == OCTET_STRING | CONSTRUCTED {
        write(OCTET_STRING, &joined(&content)?, out);
    } else {
        write(header.tag, &content, out);
    }
    Ok(rest)
}

/// Copies elements up to the end-of-contents mark.
fn until_end<'a>(mut input: &'a [u8], depth: usize, out: &mut Vec<u8>) -> Result<&'a [u8], KeyError> {
    loop {
        if let [0, 0, rest @ ..] = input {
            return Ok(rest);
        }
        input = element(input, depth, out)?;
    }
}

/// The contents of a row of octet strings (already in definite form), one behind the other.
pub(crate) fn joined(mut pieces: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut whole = Vec::with_capacity(pieces.len());
    while !pieces.is_empty() {
        let (header, rest) = header(pieces)?;
        if header.tag != OCTET_STRING {
            return Err(MALFORMED);
        }
        let (content, rest) = rest.split_at_checked(header.len.ok_or(MALFORMED)?).ok_or(MALFORMED)?;
        whole.extend_from_slice(content);
        pieces = rest;
    }
    Ok(whole)
}

fn write(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    if let Ok(short @ 0..=0x7f) = u8::try_from(content.len()) {
        out.push(short);
    } else {
        let digits = content.len().to_be_bytes();
        let skip = digits.iter().take_while(|digit| **digit == 0).count();
        let digits = digits.get(skip..).unwrap_or_default();
        // At most eight digits, so the marker always fits.
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(hexadecimal: &str) -> Result<String, KeyError> {
        to_definite(&hex::decode(hexadecimal).unwrap()).map(hex::encode)
    }

    #[test]
    fn definite_input_stays() {
        assert_eq!(convert("3006020101040161"), Ok("3006020101040161".into()));
        let long = format!("048180{}", "ab".repeat(128));
        assert_eq!(convert(&long), Ok(long));
    }

    #[test]
    fn indefinite_lengths_and_pieces_are_resolved() {
        assert_eq!(convert("3080020101 2480 040161 04026263 0000 0000".replace(' ', "").as_str()), {
            Ok("300802010104036162 63".replace(' ', ""))
        });
        assert_eq!(convert("2407 0401612402 0400".replace(' ', "").as_str()), Ok("040161".into()));
        // A length with leading zeros is made minimal.
        assert_eq!(convert("0482000161"), Ok("040161".into()));
    }

    #[test]
    fn broken_input_is_refused() {
        for bad in
            ["", "30", "3080", "30800201", "0480", "3001", "040261", "04016100", "1f0100", "2403020101"]
        {
            assert_eq!(convert(bad), Err(MALFORMED), "{bad}");
        }
        assert_eq!(convert(&"3080".repeat(40)), Err(KeyError::Limit("nesting")));
        assert_eq!(convert(&format!("04ff{}", "ff".repeat(127))), Err(MALFORMED));
    }
}
