//! Writing text into XML.

use super::encoding::allowed;
use std::borrow::Cow;

/// `value` as the text of an element. Characters that XML does not allow are left out.
pub fn text(value: &str) -> Cow<'_, str> {
    escape(value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// `value` as the value of an attribute in double quotes. Characters that XML does not allow are left out.
pub fn attribute(value: &str) -> Cow<'_, str> {
    escape(value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

fn escape(value: &str, replace: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if value.chars().all(|character| allowed(character) && replace(character).is_none()) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + 16);
    for character in value.chars().filter(|character| allowed(*character)) {
        match replace(character) {
            Some(text) => out.push_str(text),
            None => out.push(character),
        }
    }
    Cow::Owned(out)
}
