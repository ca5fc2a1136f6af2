//! Objects (ISO 32000-1 §7.3), and how they are written.
//!
//! A dictionary keeps the order and the doubled keys of the file, and where each value stands, so that the exact
//! bytes of a token (the hexadecimal string of `/Contents`) can be looked at again.

use std::io::Write as _;
use std::ops::Range;

/// Names an indirect object: its number and its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

impl ObjectId {
    /// An object of generation 0.
    pub const fn new(number: u32) -> Self {
        Self { number, generation: 0 }
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.generation)
    }
}

/// A name without its slash, its `#xx` already read.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<[u8]>);

impl Name {
    /// A name of these bytes.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(bytes.as_ref().into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its text; bytes outside UTF-8 are replaced.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}", self.to_text())
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `null`, which is the same as not being there.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; always finite.
    Real(f64),
    /// A string, literal or hexadecimal, decrypted.
    String(Vec<u8>),
    /// A name.
    Name(Name),
    /// A list.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream: its dictionary, and where its bytes are.
    Stream(Stream),
    /// A reference to an indirect object.
    Reference(ObjectId),
}

/// One entry of a dictionary.
#[derive(Clone, Debug, PartialEq)]
pub struct DictionaryEntry {
    /// The key.
    pub key: Name,
    /// The value.
    pub value: Object,
    /// Where the value's token stands, in the buffer that the object was read from ([`super::Place`]). Empty for
    /// values that were not read.
    pub span: Range<usize>,
}

/// A dictionary, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    entries: Vec<DictionaryEntry>,
}

/// Where a value stands does not count.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&other.entries).all(|(a, b)| a.key == b.key && a.value == b.value)
    }
}

impl Dictionary {
    /// Gives every reference in its values; what they refer to is not followed.
    pub fn references(&self, found: &mut dyn FnMut(ObjectId)) {
        self.entries().iter().for_each(|entry| entry.value.references(found));
    }

    /// An empty one.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds an entry at the end, even where the key is there already; readers take the last.
    pub fn push(&mut self, entry: DictionaryEntry) {
        self.entries.push(entry);
    }

    /// The value of a key, of the last entry that has it; none for `null`.
    pub fn get(&self, key: &[u8]) -> Option<&Object> {
        self.entry(key).map(|entry| &entry.value).filter(|value| **value != Object::Null)
    }

    /// The last entry of a key.
    pub fn entry(&self, key: &[u8]) -> Option<&DictionaryEntry> {
        self.entries.iter().rev().find(|entry| entry.key.as_bytes() == key)
    }

    /// Puts a value in the place of the key's, or at the end.
    pub fn set(&mut self, key: &[u8], value: Object) {
        match self.entries.iter_mut().rev().find(|entry| entry.key.as_bytes() == key) {
            Some(entry) => (entry.value, entry.span) = (value, 0..0),
            None => self.entries.push(DictionaryEntry { key: Name::new(key), value, span: 0..0 }),
        }
    }

    /// The same with a value set: for building.
    #[must_use]
    pub fn with(mut self, key: &[u8], value: Object) -> Self {
        self.set(key, value);
        self
    }

    /// Takes every entry of a key out.
    pub fn remove(&mut self, key: &[u8]) {
        self.entries.retain(|entry| entry.key.as_bytes() != key);
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> &[DictionaryEntry] {
        &self.entries
    }

    /// The same, to be changed.
    pub(super) fn entries_mut(&mut self) -> &mut [DictionaryEntry] {
        &mut self.entries
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A key that stands there more than once: two readers may take different values.
    pub fn doubled_key(&self) -> Option<&Name> {
        let mut keys: Vec<&Name> = self.entries.iter().map(|entry| &entry.key).collect();
        keys.sort_unstable();
        keys.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
    }

    /// The name under a key, when it is one and stands there directly.
    pub fn name(&self, key: &[u8]) -> Option<&Name> {
        self.get(key).and_then(Object::as_name)
    }

    /// The whole number under a key, when it is one and stands there directly.
    pub fn integer(&self, key: &[u8]) -> Option<i64> {
        self.get(key).and_then(Object::as_integer)
    }

    /// The integer under a key that is written as one.
    pub fn exact_integer(&self, key: &[u8]) -> Option<i64> {
        self.get(key).and_then(Object::as_exact_integer)
    }

    /// True when the name under a key is this one.
    pub fn has_name(&self, key: &[u8], name: &[u8]) -> bool {
        self.name(key).is_some_and(|found| found.as_bytes() == name)
    }
}

/// A stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its bytes.
    pub data: StreamData,
}

/// The bytes of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamData {
    /// Stored bytes of the file, still encoded and encrypted.
    File {
        /// Where they stand.
        range: Range<usize>,
        /// The object that the stream is, which decryption asks for.
        owner: ObjectId,
    },
    /// Bytes to be written, encoded as the dictionary says, not encrypted.
    New(Vec<u8>),
}

impl Object {
    /// Gives every reference in a value; what they refer to is not followed.
    pub fn references(&self, found: &mut dyn FnMut(ObjectId)) {
        match self {
            Self::Reference(id) => found(*id),
            Self::Array(items) => items.iter().for_each(|item| item.references(found)),
            Self::Dictionary(dictionary) => dictionary.references(found),
            Self::Stream(stream) => stream.dictionary.references(found),
            _ => {}
        }
    }

    /// A name.
    pub fn name(bytes: impl AsRef<[u8]>) -> Self {
        Self::Name(Name::new(bytes))
    }

    /// A number that was computed. Five digits after the point are a ten-thousandth of a millimetre: more is noise.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    pub fn measure(number: f64) -> Self {
        let number = format!("{number:.5}").parse().unwrap_or(number);
        if number.fract() == 0.0 && number.abs() < 9e15 {
            Self::Integer(number as i64)
        } else {
            Self::Real(number)
        }
    }

    /// A text string in UTF-16BE with its mark, or as it is when it is ASCII (§7.9.2.2).
    pub fn text(text: &str) -> Self {
        if text.is_ascii() {
            return Self::String(text.as_bytes().to_vec());
        }
        let mut bytes = vec![0xFE, 0xFF];
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        Self::String(bytes)
    }

    /// The whole number, of a real number too when it has no fraction.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        }
    }

    /// The integer of a value that is written as one. `8.0` is a number that some readers take for 8 and others for none.
    pub const fn as_exact_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The number.
    #[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// The name.
    pub fn as_name(&self) -> Option<&Name> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// The string's bytes.
    pub fn as_string(&self) -> Option<&[u8]> {
        if let Self::String(bytes) = self { Some(bytes) } else { None }
    }

    /// The list.
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary, that of a stream too.
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            Self::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The stream.
    pub fn as_stream(&self) -> Option<&Stream> {
        if let Self::Stream(stream) = self { Some(stream) } else { None }
    }

    /// The reference.
    pub fn as_reference(&self) -> Option<ObjectId> {
        if let Self::Reference(id) = self { Some(*id) } else { None }
    }
}

/// The text of a string: UTF-16 or UTF-8 with a mark, else PDFDocEncoding read as Latin-1 (§7.9.2.2).
pub fn text_of(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| Some(read(pair.try_into().ok()?)));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Writes an object. A stream that lies in a file is not written here: its reader puts its bytes in first.
pub fn write(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        // Writing into a vector cannot fail.
        Object::Integer(number) => drop(write!(out, "{number}")),
        Object::Real(number) => write_real(*number, out),
        Object::String(bytes) => write_hexadecimal(bytes, out),
        Object::Name(name) => write_name(name, out),
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary, out),
        Object::Stream(stream) => {
            write_dictionary(&stream.dictionary, out);
            out.extend_from_slice(b"\nstream\n");
            if let StreamData::New(bytes) = &stream.data {
                out.extend_from_slice(bytes);
            }
            out.extend_from_slice(b"\nendstream");
        }
        Object::Reference(id) => drop(write!(out, "{} {} R", id.number, id.generation)),
    }
}

/// As it was read: an object that is written again, because something is added to it, says what it said, or an earlier
/// signature takes it for changed.
fn write_real(number: f64, out: &mut Vec<u8>) {
    let text = number.to_string();
    let point = if text.contains('.') { "" } else { ".0" };
    // Writing into a vector cannot fail.
    let _ = write!(out, "{text}{point}");
}

fn write_hexadecimal(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(hex::encode_upper(bytes).as_bytes());
    out.push(b'>');
}

fn write_name(name: &Name, out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name.as_bytes() {
        match byte {
            b'!'..=b'~' if !b"#/()<>[]{}%".contains(byte) => out.push(*byte),
            other => drop(write!(out, "#{other:02X}")),
        }
    }
}

fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<<");
    for entry in dictionary.entries() {
        write_name(&entry.key, out);
        out.push(b' ');
        write(&entry.value, out);
    }
    out.extend_from_slice(b">>");
}
