//! The XML declaration (XML 1.0, productions 23 to 26, 32, 80 and 81). It is read whole and by the grammar, wherever the
//! encoding stands in it and however much white space comes before: another reader goes by it, and would read another file.

use super::error::XmlError;

/// The encoding that a file names whose bytes, behind a byte order mark, are these. `None` without a declaration, or
/// when it names none.
///
/// # Errors
/// [`XmlError::Malformed`] for a declaration that is not by the grammar, or of another version than 1.0.
pub(super) fn encoding(body: &[u8]) -> Result<Option<&str>, XmlError> {
    let Some(rest) = body.strip_prefix(b"<?xml") else { return Ok(None) };
    // `<?xml-stylesheet …?>` is an instruction of its own.
    let is_longer = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    if rest.first().is_some_and(is_longer) {
        return Ok(None);
    }
    let mut declaration = Declaration { rest };
    let read = declaration.read();
    let offset = body.len() - declaration.rest.len();
    read.ok_or_else(|| XmlError::Malformed {
        offset,
        what: "a declaration that is not one of XML 1.0".to_owned(),
    })
}

/// What is left of a declaration.
struct Declaration<'b> {
    rest: &'b [u8],
}

impl<'b> Declaration<'b> {
    fn read(&mut self) -> Option<Option<&'b str>> {
        if self.pseudo_attribute(b"version")?? != "1.0" {
            return None;
        }
        let encoding = self.pseudo_attribute(b"encoding")?;
        if encoding.is_some_and(|name| !is_encoding_name(name)) {
            return None;
        }
        let standalone = self.pseudo_attribute(b"standalone")?;
        if standalone.is_some_and(|word| word != "yes" && word != "no") {
            return None;
        }
        self.blanks();
        self.take(b"?>").then_some(encoding)
    }

    /// `S name S? '=' S? value`, when it comes next; the outer `None` when what comes is broken.
    fn pseudo_attribute(&mut self, name: &[u8]) -> Option<Option<&'b str>> {
        let before = self.rest;
        let has_blank = self.blanks();
        if !self.take(name) {
            self.rest = before;
            return Some(None);
        }
        self.blanks();
        let has_sign = self.take(b"=");
        self.blanks();
        let quote = *self.rest.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
        let inside = self.rest.get(1..)?;
        let end = memchr::memchr(quote, inside)?;
        self.rest = inside.get(end + 1..)?;
        let value = std::str::from_utf8(inside.get(..end)?).ok()?;
        (has_blank && has_sign).then_some(Some(value))
    }

    fn blanks(&mut self) -> bool {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let count = self.rest.iter().take_while(is_blank).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        count > 0
    }

    fn take(&mut self, word: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

fn is_encoding_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::encoding;

    #[test]
    fn a_declaration_is_read_by_the_grammar() {
        let far = format!("<?xml version='1.0'{}encoding=\"UTF-7\"?><a/>", " ".repeat(3000));
        assert_eq!(encoding(far.as_bytes()), Ok(Some("UTF-7")));
        for (text, found) in [
            ("<a/>", None),
            ("<?xml-stylesheet href='a'?><a/>", None),
            ("<?xml version=\"1.0\"?><a/>", None),
            ("<?xml version = '1.0' standalone=\"yes\" ?><a/>", None),
            ("<?xml version='1.0'\r\n\tencoding = \"gb2312\" standalone='no'?><a/>", Some("gb2312")),
        ] {
            assert_eq!(encoding(text.as_bytes()), Ok(found), "{text}");
        }
    }

    #[test]
    fn another_declaration_is_refused() {
        for text in [
            "<?xml?><a/>",
            "<?xml ?><a/>",
            "<?xml version='1.1'?><a/>",
            "<?xml version='1.0 '?><a/>",
            "<?xml encoding='UTF-8'?><a/>",
            "<?xml encoding='UTF-8' version='1.0'?><a/>",
            "<?xml version='1.0'encoding='UTF-8'?><a/>",
            "<?xml version='1.0' encoding=' UTF-8'?><a/>",
            "<?xml version='1.0' encoding=UTF-8?><a/>",
            "<?xml version='1.0' encoding 'UTF-8'?><a/>",
            "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
            "<?xml version='1.0' standalone='maybe'?><a/>",
            "<?xml version='1.0' other='1'?><a/>",
            "<?xml version='1.0' encoding='UTF-8' encoding='UTF-7'?><a/>",
            "<?xml version='1.0' encoding='UTF-8'",
            "<?xml\u{a0}version='1.0'?><a/>",
        ] {
            assert!(encoding(text.as_bytes()).is_err(), "{text}");
        }
    }
}
