//! A strict reader of one flat JSON object (wire profile §2).
//!
//! General JSON parsers forgive too much for something that is signed: they take the last of two equal keys,
//! turn lone surrogates into replacement characters, and read 1.0 as 1. Here every such input is refused with a
//! fault of its own, before any cryptography.

use crate::code::Code;
use crate::error::Fault;
use crate::scalar::ParamValue;

/// Bounds of a request's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Greatest size of the object in bytes.
    pub bytes: usize,
    /// Greatest number of keys.
    pub keys: usize,
}

impl Limits {
    /// At most `bytes`, and 64 keys.
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes, keys: 64 }
    }
}

/// One key with its value; `None` is a null.
pub(super) type Entry = (String, Option<ParamValue>);

/// A fault and the key it belongs to ("" for the object as a whole).
pub(super) type Located = (String, Fault);

/// Reads the object. Keys are in the order they came and may repeat: the caller refuses that.
pub(super) fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Entry>, Located> {
    if bytes.len() > limits.bytes {
        return Err(whole(Fault::new(
            Code::TooLarge,
            "json.size",
            format!("请求体最大 {} 字节", limits.bytes),
            format!("at most {} bytes", limits.bytes),
        )));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(whole(Fault::malformed("json.bom", "不得含 BOM", "starts with a byte order mark")));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| whole(Fault::malformed("json.utf8", "不是有效的 UTF-8", "not valid UTF-8")))?;
    let mut cursor = Cursor { text, at: 0 };
    let entries = cursor.object(limits.keys)?;
    cursor.skip_space();
    if cursor.at == text.len() {
        Ok(entries)
    } else {
        Err(whole(Fault::malformed("json.trailing", "JSON 对象之后有多余内容", "data after the JSON object")))
    }
}

fn whole(fault: Fault) -> Located {
    (String::new(), fault)
}

fn syntax() -> Fault {
    Fault::malformed("json.syntax", "不是有效的 JSON 对象", "not a valid JSON object")
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn object(&mut self, max_keys: usize) -> Result<Vec<Entry>, Located> {
        let mut entries: Vec<Entry> = Vec::new();
        self.skip_space();
        if !self.take(b'{') {
            return Err(whole(syntax()));
        }
        self.skip_space();
        if self.take(b'}') {
            return Ok(entries);
        }
        loop {
            self.skip_space();
            if entries.len() == max_keys {
                return Err(whole(Fault::malformed("json.keys", "参数过多", "too many parameters")));
            }
            let key = self.string().map_err(whole)?;
            self.skip_space();
            if !self.take(b':') {
                return Err(whole(syntax()));
            }
            self.skip_space();
            let value = self.value().map_err(|fault| (key.clone(), fault))?;
            entries.push((key, value));
            self.skip_space();
            if self.take(b'}') {
                return Ok(entries);
            }
            if !self.take(b',') {
                return Err(whole(syntax()));
            }
        }
    }

    fn value(&mut self) -> Result<Option<ParamValue>, Fault> {
        match self.peek() {
            Some(b'"') => self.string().map(|text| Some(ParamValue::Text(text))),
            Some(b'-' | b'0'..=b'9') => self.number().map(|number| Some(ParamValue::Integer(number))),
            Some(b'{' | b'[') => {
                Err(Fault::malformed("json.nested", "不得嵌套对象或数组", "must not be an object or array"))
            }
            Some(b'n') if self.rest().starts_with("null") => {
                self.at += 4;
                Ok(None)
            }
            Some(b't' | b'f') if self.rest().starts_with("true") || self.rest().starts_with("false") => {
                Err(Fault::malformed("json.boolean", "不得为布尔值", "must not be a boolean"))
            }
            _ => Err(syntax()),
        }
    }

    /// An integer in its one plain form, from `i64::MIN` to `u64::MAX`.
    fn number(&mut self) -> Result<i128, Fault> {
        let start = self.at;
        let negative = self.take(b'-');
        let digits_at = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.text.get(digits_at..self.at).unwrap_or_default();
        if digits.is_empty() {
            return Err(syntax());
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(Fault::malformed(
                "json.leading-zero",
                "整数不得有前导零",
                "integer with a leading zero",
            ));
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            let zh = "应为整数,不得用小数或指数";
            return Err(Fault::malformed(
                "json.float",
                zh,
                "must be an integer without fraction or exponent",
            ));
        }
        if negative && digits == "0" {
            return Err(Fault::malformed("json.negative-zero", "不得为 -0", "must not be -0"));
        }
        let range = || Fault::malformed("json.integer-range", "整数超出 64 位", "integer exceeds 64 bits");
        // 20 digits hold every u64; more would only cost time.
        if digits.len() > 20 {
            return Err(range());
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let number: i128 = text.parse().map_err(|_| range())?;
        if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
            Ok(number)
        } else {
            Err(range())
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        if !self.take(b'"') {
            return Err(syntax());
        }
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c| c == '"' || c == '\\' || super::is_control(c)).ok_or_else(syntax)?;
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            if self.take(b'"') {
                return Ok(out);
            }
            if !self.take(b'\\') {
                return Err(control());
            }
            let c = self.escape()?;
            if super::is_control(c) {
                return Err(control());
            }
            out.push(c);
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, Fault> {
        let kind = self.peek().ok_or_else(syntax)?;
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(syntax()),
        })
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let lone = || Fault::malformed("json.surrogate", "含孤立的代理项", "contains a lone surrogate");
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff => {
                if !(self.take(b'\\') && self.take(b'u')) {
                    return Err(lone());
                }
                let second = self.hex4()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(lone());
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            0xdc00..=0xdfff => return Err(lone()),
            code => code,
        };
        char::from_u32(code).ok_or_else(lone)
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or_else(syntax)?;
        let mut value = 0;
        for &byte in digits {
            value = value * 16 + char::from(byte).to_digit(16).ok_or_else(syntax)?;
        }
        self.at += 4;
        Ok(value)
    }
}

fn control() -> Fault {
    Fault::malformed("json.control", "含控制字符", "contains a control character")
}
