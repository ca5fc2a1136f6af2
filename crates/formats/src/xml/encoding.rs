//! From stored bytes to text.

use super::declaration;
use super::document::Note;
use super::error::XmlError;
use std::borrow::Cow;

/// The text of a file and where it begins in the stored bytes.
pub(super) struct Decoded<'a> {
    /// The text without byte order mark.
    pub text: Cow<'a, str>,
    /// Length of the byte order mark.
    pub offset: usize,
    /// What is unusual about the encoding.
    pub note: Option<Note>,
}

/// Decodes `bytes`: UTF-8 with or without a byte order mark, or GBK (GB 2312, GB 18030) where it is declared.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, XmlError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(&[0]) {
        return Err(XmlError::UnsupportedEncoding { name: "UTF-16".to_owned() });
    }
    let offset = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
    let body = bytes.get(offset..).unwrap_or_default();
    let declared = declaration::encoding(body)?.map(str::to_ascii_lowercase);
    let decoded = match declared.as_deref() {
        // Readers that go by the name have no character for the other bytes.
        Some("us-ascii" | "ascii") if !body.is_ascii() => return Err(XmlError::BadText),
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => {
            let text = std::str::from_utf8(body).map_err(|_| XmlError::BadText)?;
            Decoded { text: Cow::Borrowed(text), offset, note: None }
        }
        Some("gbk" | "gb2312" | "gb18030") if offset == 3 => {
            let text = std::str::from_utf8(body).map_err(|_| XmlError::BadText)?;
            Decoded { text: Cow::Borrowed(text), offset, note: Some(Note::EncodingContradicted) }
        }
        Some("gbk" | "gb2312" | "gb18030") => {
            let text = encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(body)
                .ok_or(XmlError::BadText)?;
            Decoded { text, offset, note: Some(Note::Gbk) }
        }
        Some(other) => return Err(XmlError::UnsupportedEncoding { name: other.to_owned() }),
    };
    // A second mark is a character before the first tag, which XML does not allow; other readers skip it in silence.
    if decoded.text.starts_with('\u{feff}') {
        return Err(XmlError::Malformed { offset, what: "a second byte order mark".to_owned() });
    }
    if all_allowed(&decoded.text) { Ok(decoded) } else { Err(XmlError::BadText) }
}

/// Whether XML 1.0 allows the character (production 2).
pub(super) fn allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        _ => character >= ' ' && character != '\u{fffe}' && character != '\u{ffff}',
    }
}

/// Whether XML 1.0 allows every character, looked at by bytes: that is quicker.
fn all_allowed(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Without leaving early the loop runs over many bytes at once.
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let has_control = bytes.iter().fold(false, |found, byte| found | is_control(*byte));
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    !has_control
        && memchr::memmem::find_iter(bytes, b"\xef\xbf")
            .all(|at| !matches!(bytes.get(at.saturating_add(2)), Some(0xbe | 0xbf)))
}
