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
    read.map_err(|Broken| XmlError::Malformed {
        offset,
        what: "a declaration that is not one of XML 1.0".to_owned(),
    })
}

/// It is not by the grammar.
struct Broken;

/// What is left of a declaration.
struct Declaration<'b> {
    rest: &'b [u8],
}

impl<'b> Declaration<'b> {
    fn read(&mut self) -> Result<Option<&'b str>, Broken> {
        let version = self.pseudo_attribute(b"version")?;
        let encoding = self.pseudo_attribute(b"encoding")?;
        let standalone = self.pseudo_attribute(b"standalone")?;
        self.blanks();
        let is_right = version == Some("1.0")
            && encoding.is_none_or(is_encoding_name)
            && standalone.is_none_or(|word| word == "yes" || word == "no")
            && self.take(b"?>");
        if is_right { Ok(encoding) } else { Err(Broken) }
    }

    /// `S name S? '=' S? value`, when it comes next.
    fn pseudo_attribute(&mut self, name: &[u8]) -> Result<Option<&'b str>, Broken> {
        let before = self.rest;
        let has_blank = self.blanks();
        if !self.take(name) {
            self.rest = before;
            return Ok(None);
        }
        self.blanks();
        let has_sign = self.take(b"=");
        self.blanks();
        let value = self.value().filter(|_| has_blank && has_sign);
        value.map(Some).ok_or(Broken)
    }

    /// What stands in quotes.
    fn value(&mut self) -> Option<&'b str> {
        let (quote, inside) = self.rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
        let end = memchr::memchr(*quote, inside)?;
        self.rest = inside.get(end + 1..)?;
        std::str::from_utf8(inside.get(..end)?).ok()
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
