//! Tokens that readers take differently, though ours reads them: behind a signature everything is written plainly.

use super::file::is_edge;

/// Bytes of the longest number that is written, and of the longest other word: some readers cut longer ones.
const LONGEST_NUMBER: usize = 40;
const LONGEST_WORD: usize = 200;

/// Why bytes of objects, without the data of streams, are not written plainly.
pub(super) fn odd(bytes: &[u8]) -> Option<&'static str> {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (end, why) = match byte {
            b'(' => literal(bytes, at),
            b'<' if bytes.get(at.saturating_add(1)) == Some(&b'<') => (at.saturating_add(2), None),
            b'<' => (after(bytes, at, |byte| byte == b'>'), None),
            b'%' => (after(bytes, at, |byte| matches!(byte, b'\r' | b'\n')), None),
            byte if !is_edge(*byte) => {
                let rest = bytes.get(at..).unwrap_or_default();
                let word = rest.split(|byte| is_edge(*byte)).next().unwrap_or_default();
                (at.saturating_add(word.len()), odd_word(word))
            }
            _ => (at.saturating_add(1), None),
        };
        if why.is_some() {
            return why;
        }
        at = end;
    }
    None
}

/// Behind the first byte that ends something, from here on.
fn after(bytes: &[u8], at: usize, ends: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let len = rest.iter().position(|byte| ends(*byte)).map_or(rest.len(), |len| len.saturating_add(1));
    at.saturating_add(len)
}

fn odd_word(word: &[u8]) -> Option<&'static str> {
    let is_number = word.first().is_some_and(|first| matches!(first, b'+' | b'-' | b'.' | b'0'..=b'9'));
    if word.len() > if is_number { LONGEST_NUMBER } else { LONGEST_WORD } {
        return Some("pdf.long-word");
    }
    if !word.is_ascii() {
        // White space to some readers.
        return Some("pdf.byte-beyond-ascii");
    }
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let is_whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let value = std::str::from_utf8(word).ok().and_then(|text| text.parse::<i64>().ok());
    let fits = value.is_some_and(|value| (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&value));
    (is_whole && !fits).then_some("pdf.large-integer")
}

/// Where a literal string ends. A raw carriage return in it is a line feed to some readers, and itself to others.
fn literal(bytes: &[u8], begin: usize) -> (usize, Option<&'static str>) {
    let (mut at, mut depth) = (begin, 0_usize);
    while let Some(byte) = bytes.get(at) {
        at = at.saturating_add(1);
        match byte {
            b'\\' if bytes.get(at) != Some(&b'\r') => at = at.saturating_add(1),
            b'\r' => return (at, Some("pdf.carriage-return")),
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    (at, None)
}

#[cfg(test)]
mod tests {
    use super::odd;

    #[test]
    fn plain_objects_are_plain() {
        for plain in [
            "7 0 obj\n<</Type/Page/Rect[0 -1.5 +3 .25]/T(a\\(b\\r(c)\n)/H<0d0A>/N/A#80b/P -4294967>>",
            "<</P 4294967292/R 0.30000000000000004>>% \u{e9} 99999999999999\n1",
            "<</ID[<00ff><00ff>]/T(\u{9a8c}\u{7ae0})>>",
        ] {
            assert_eq!(odd(plain.as_bytes()), None, "{plain}");
        }
    }

    #[test]
    fn what_readers_take_differently_is_told() {
        let zeros = "0".repeat(300);
        for (written, code) in [
            ("[(a\rb)]".to_owned(), "pdf.carriage-return"),
            ("[(a\\\rb)]".to_owned(), "pdf.carriage-return"),
            ("((x)\r)".to_owned(), "pdf.carriage-return"),
            (format!("[{zeros}57]"), "pdf.long-word"),
            (format!("/{}", "x".repeat(201)), "pdf.long-word"),
            ("<</X\u{e9} 1>>".to_owned(), "pdf.byte-beyond-ascii"),
            ("/Rotate 4722366482869645213696".to_owned(), "pdf.large-integer"),
            ("/Rotate -2147483649".to_owned(), "pdf.large-integer"),
        ] {
            assert_eq!(odd(written.as_bytes()), Some(code), "{written}");
        }
    }
}
