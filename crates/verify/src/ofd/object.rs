//! Objects of a PDF in bytes that are none: `12 0 obj`. Without one there is nothing to show, and readers that mend a
//! damaged file look for nothing else.

use memchr::memmem;

const OBJ: &[u8] = b"obj";

/// Whether an object begins in these bytes: two numbers and the word, with white space and comments in between as the
/// syntax allows.
pub(super) fn stands(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, OBJ).any(|at| {
        let (before, from) = bytes.split_at_checked(at).unwrap_or_default();
        let is_longer = from.get(OBJ.len()).is_some_and(u8::is_ascii_alphanumeric);
        let before = cut_space(before);
        let generation = cut_digits(before);
        let number = cut_space(generation);
        !is_longer
            && generation.len() < before.len()
            && number.len() < generation.len()
            && number.last().is_some_and(u8::is_ascii_digit)
    })
}

/// The bytes without white space and comments at their end.
fn cut_space(mut bytes: &[u8]) -> &[u8] {
    loop {
        let count = bytes.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let (rest, blanks) = bytes.split_at_checked(bytes.len() - count).unwrap_or_default();
        // Behind a comment stands the end of its line.
        if !blanks.iter().any(|byte| is_line_end(*byte)) {
            return rest;
        }
        let line = rest.rsplit(|byte| is_line_end(*byte)).next().unwrap_or_default();
        let Some(at) = line.iter().position(|byte| *byte == b'%') else { return rest };
        bytes = rest.get(..rest.len() - line.len() + at).unwrap_or_default();
    }
}

fn cut_digits(bytes: &[u8]) -> &[u8] {
    let count = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.get(..bytes.len() - count).unwrap_or_default()
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::stands;

    #[test]
    fn an_object_is_two_numbers_and_a_word() {
        for text in [
            "1 0 obj",
            "x 12\r\n0\0obj<</Type/Catalog>>",
            "7 0obj ",
            "1 0 obj\n",
            "1 %\n0%x\n obj",
            "1 0 %c\robj<<",
            "3 0 % one\n  % two\r\n obj",
        ] {
            assert!(stands(text.as_bytes()), "{text:?}");
        }
        for text in [
            "obj",
            "an obj",
            "0 obj",
            "10obj",
            "1 0 object",
            "endobj",
            "<obj/>",
            "1 0 % obj",
            "obj 1 0",
            "1 %\nobj",
        ] {
            assert!(!stands(text.as_bytes()), "{text:?}");
        }
    }
}
