//! Tokens (ISO 32000-1 §7.2, §7.3).
//!
//! What real files have and viewers read alike is read here too: `+1`, `.5`, `4.`, `--5`, hexadecimal strings with
//! odd characters. What had to be forgiven is kept in [`Lexer::odd`].

use super::{Name, PdfError};

/// A token.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Nothing follows.
    End,
    Integer(i64),
    Real(f64),
    String(Vec<u8>),
    Name(Name),
    ArrayOpen,
    ArrayClose,
    DictionaryOpen,
    DictionaryClose,
    /// Any other run of regular characters, or one stray delimiter.
    Keyword(&'a [u8]),
}

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pos: usize,
    /// The first thing that had to be forgiven.
    pub(super) odd: Option<&'static str>,
    /// The furthest byte that was looked at on a way that led to nothing.
    looked: usize,
}

/// White space (table 1).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// Neither white space nor a delimiter (table 2).
pub(super) const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Lexer<'a> {
    /// Begins at a byte.
    pub(super) const fn new(bytes: &'a [u8], pos: usize) -> Self {
        Self { bytes, pos, odd: None, looked: 0 }
    }

    /// Where it stands.
    pub(super) const fn pos(&self) -> usize {
        self.pos
    }

    /// How far the bytes were looked at: further than [`Self::pos`] where a string has no end. Work is counted by it.
    pub(super) fn reached(&self) -> usize {
        self.looked.max(self.pos)
    }

    /// Goes elsewhere.
    pub(super) const fn set_pos(&mut self, pos: usize) {
        self.pos = pos;
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    /// Takes these bytes when they come next.
    pub(super) fn eat(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest().starts_with(bytes);
        if found {
            self.pos += bytes.len();
        }
        found
    }

    /// Takes a keyword when it comes next and ends there.
    pub(super) fn eat_keyword(&mut self, keyword: &[u8]) -> bool {
        let rest = self.rest();
        let found =
            rest.starts_with(keyword) && rest.get(keyword.len()).is_none_or(|byte| !is_regular(*byte));
        if found {
            self.pos += keyword.len();
        }
        found
    }

    pub(super) const fn error(&self, what: &'static str) -> PdfError {
        PdfError::Syntax { offset: self.pos, what }
    }

    const fn forgive(&mut self, what: &'static str) {
        if self.odd.is_none() {
            self.odd = Some(what);
        }
    }

    /// Skips white space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.pos += 1;
            } else if byte == b'%' {
                let rest = self.rest();
                self.pos += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    /// Digits up to `most`, as a number.
    pub(super) fn digits(&mut self, most: u64) -> Option<u64> {
        let start = self.pos;
        let mut value = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.pos += 1;
        }
        (self.pos > start && value <= most).then_some(value)
    }

    /// What makes a whole number a reference: a generation and `R`. Where they do not follow, nothing is taken.
    pub(super) fn reference_tail(&mut self) -> Option<u16> {
        let start = self.pos;
        let generation = self.try_reference_tail();
        if generation.is_none() {
            self.pos = start;
        }
        generation
    }

    fn try_reference_tail(&mut self) -> Option<u16> {
        self.skip_space();
        let generation = u16::try_from(self.digits(u64::from(u16::MAX))?).ok()?;
        let end = self.pos;
        self.skip_space();
        (self.pos > end && self.eat_keyword(b"R")).then_some(generation)
    }

    /// `N G obj`.
    pub(super) fn object_header(&mut self) -> Option<super::ObjectId> {
        let number = u32::try_from(self.digits(u64::from(u32::MAX))?).ok()?;
        self.skip_space();
        let generation = u16::try_from(self.digits(u64::from(u16::MAX))?).ok()?;
        self.skip_space();
        self.eat(b"obj").then_some(super::ObjectId { number, generation })
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token<'a>, PdfError> {
        self.skip_space();
        let Some(byte) = self.peek() else { return Ok(Token::End) };
        match byte {
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            b'/' => Ok(Token::Name(self.name())),
            b'(' => self.literal_string().map(Token::String),
            b'<' if self.eat(b"<<") => Ok(Token::DictionaryOpen),
            b'<' => self.hexadecimal_string().map(Token::String),
            b'>' if self.eat(b">>") => Ok(Token::DictionaryClose),
            b'[' | b']' => {
                self.pos += 1;
                Ok(if byte == b'[' { Token::ArrayOpen } else { Token::ArrayClose })
            }
            other if is_regular(other) => Ok(Token::Keyword(self.regular())),
            _ => {
                let keyword = self.rest().get(..1).unwrap_or_default();
                self.pos += 1;
                Ok(Token::Keyword(keyword))
            }
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len());
        self.pos += len;
        rest.get(..len).unwrap_or_default()
    }

    fn number(&mut self) -> Result<Token<'a>, PdfError> {
        let start = self.pos;
        let text = self.regular();
        if let Some(value) = plain_integer(text) {
            return Ok(Token::Integer(value));
        }
        let Some((token, clean)) = lenient_number(text) else {
            self.pos = start;
            return Err(self.error("number"));
        };
        if !clean {
            self.forgive("number");
        }
        Ok(token)
    }

    fn name(&mut self) -> Name {
        self.pos += 1;
        let raw = self.regular();
        if memchr::memchr(b'#', raw).is_none() {
            return Name::new(raw);
        }
        Name::new(unescape_name(raw))
    }

    fn literal_string(&mut self) -> Result<Vec<u8>, PdfError> {
        let start = self.pos;
        self.pos += 1;
        let (mut out, mut open) = (Vec::new(), 1_usize);
        loop {
            let rest = self.rest();
            let plain = rest.iter().position(|byte| matches!(byte, b'(' | b')' | b'\\' | b'\r'));
            let Some(plain) = plain else {
                self.looked = self.bytes.len();
                self.pos = start;
                return Err(self.error("string without an end"));
            };
            out.extend_from_slice(rest.get(..plain).unwrap_or_default());
            let special = rest.get(plain).copied().unwrap_or_default();
            self.pos += plain + 1;
            match special {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => self.escape(&mut out),
                _ => {
                    self.eat(b"\n");
                    out.push(b'\n');
                }
            }
            if open == 0 {
                return Ok(out);
            }
            if matches!(special, b'(' | b')') {
                out.push(special);
            }
        }
    }

    /// What follows a backslash (table 3).
    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        if matches!(byte, b'0'..=b'7') {
            out.push(self.octal());
            return;
        }
        self.pos += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\n' => {}
            b'\r' => {
                self.eat(b"\n");
            }
            other => out.push(other),
        }
    }

    /// One to three octal digits; what is beyond a byte is dropped.
    fn octal(&mut self) -> u8 {
        let mut value = 0_u8;
        for _ in 0..3 {
            let Some(digit @ b'0'..=b'7') = self.peek() else { break };
            value = value.wrapping_mul(8).wrapping_add(digit - b'0');
            self.pos += 1;
        }
        value
    }

    fn hexadecimal_string(&mut self) -> Result<Vec<u8>, PdfError> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let Some(len) = memchr::memchr(b'>', rest) else {
            self.looked = self.bytes.len();
            return Err(self.error("string without an end"));
        };
        let text = rest.get(..len).unwrap_or_default();
        self.pos += len + 2;
        let (mut out, mut high) = (Vec::with_capacity(len / 2 + 1), None);
        for byte in text {
            let Some(digit) = hex_digit(*byte) else {
                if !is_space(*byte) {
                    self.forgive("hexadecimal string");
                }
                continue;
            };
            high = match high {
                None => Some(digit << 4),
                Some(first) => {
                    out.push(first | digit);
                    None
                }
            };
        }
        out.extend(high);
        Ok(out)
    }
}

/// A hexadecimal digit.
pub(super) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The bytes of a name with its `#xx` read; a `#` without two digits stays.
pub(super) fn unescape_name(raw: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(raw.len()), raw);
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let escaped = match tail {
            [high, low, after @ ..] if *byte == b'#' => {
                hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        if let Some((value, after)) = escaped {
            out.push(value);
            rest = after;
        } else {
            out.push(*byte);
        }
    }
    out
}

/// Digits, with a minus sign or without, that fit.
fn plain_integer(text: &[u8]) -> Option<i64> {
    let (digits, negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// Any number that viewers read; whether it is written as the standard has it.
fn lenient_number(text: &[u8]) -> Option<(Token<'static>, bool)> {
    let signs = text.iter().take_while(|byte| matches!(byte, b'+' | b'-')).count();
    let (sign, body) = text.split_at_checked(signs)?;
    // A minus sign within a number ends it: `12.3-4`.
    let len = memchr::memchr(b'-', body).unwrap_or(body.len());
    let body = body.get(..len)?;
    let points = memchr::memchr_iter(b'.', body).count();
    if points > 1 || !body.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return None;
    }
    let clean = signs <= 1 && signs + len == text.len() && body.len() > points;
    let negative = sign.first() == Some(&b'-');
    let text = std::str::from_utf8(body).ok()?;
    if points == 0
        && let Ok(value) = text.parse::<i64>()
    {
        return Some((Token::Integer(if negative { -value } else { value }), clean));
    }
    // A lone sign or point is nought, as viewers have it.
    let value = if body.len() == points { 0.0 } else { text.parse::<f64>().ok()?.min(f64::MAX) };
    Some((
        if points == 0 && body.is_empty() {
            Token::Integer(0)
        } else {
            Token::Real(if negative { -value } else { value })
        },
        clean,
    ))
}
