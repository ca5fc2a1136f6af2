//! Names of entries: decoding, and what is odd about them.

use super::entry::{Entry, FLAG_UTF8};
use super::fact::Fact;
use super::facts::Facts;

/// How an entry's name was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameEncoding {
    /// UTF-8 (or plain ASCII).
    Utf8,
    /// GBK, the usual encoding of older Chinese writers.
    Gbk,
    /// Neither; undecodable bytes were replaced.
    Unknown,
}

/// Decodes a name. UTF-8 is tried first whatever the flag says: many writers forget it, and the bytes of a
/// Chinese name in GBK are hardly ever UTF-8 by accident.
pub(super) fn decode(bytes: &[u8]) -> (String, NameEncoding) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), NameEncoding::Utf8);
    }
    match encoding_rs::GBK.decode_without_bom_handling(bytes) {
        (text, false) => (text.into_owned(), NameEncoding::Gbk),
        (text, true) => (text.into_owned(), NameEncoding::Unknown),
    }
}

/// The name as a path of the package: `/` between segments, no empty or `.` segments. `..` stays.
pub(super) fn to_path(name: &str) -> String {
    let plain = !name.starts_with(['/', '.'])
        && !name.contains('\\')
        && !name.contains("//")
        && !name.contains("/.")
        && !name.ends_with('/');
    if plain {
        return name.to_owned();
    }
    let mut path = String::with_capacity(name.len());
    for segment in name.split(['/', '\\']).filter(|segment| !segment.is_empty() && *segment != ".") {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(segment);
    }
    path
}

/// Notes a name whose bytes are not what the flag of UTF-8 says: which characters it has is then each reader's choice.
pub(super) fn note_encoding(entry: &Entry, facts: &mut Facts<'_>) {
    let index = entry.index;
    let is_flagged = entry.flags & FLAG_UTF8 != 0;
    match entry.encoding {
        NameEncoding::Utf8 if is_flagged || entry.name.is_ascii() => {}
        NameEncoding::Utf8 => facts.push(Fact::UnflaggedName(index)),
        NameEncoding::Unknown => facts.push(Fact::UndecodableName(index)),
        NameEncoding::Gbk if is_flagged => facts.push(Fact::FlaggedName(index)),
        NameEncoding::Gbk => facts.push(Fact::GbkName(index)),
    }
}

/// What is odd about the name of entry `index`.
pub(super) fn facts(index: usize, name: &str, facts: &mut Facts<'_>) {
    if to_path(name).is_empty() {
        facts.push(Fact::EmptyName(index));
    }
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if name.starts_with(['/', '\\']) || drive {
        facts.push(Fact::AbsoluteName(index));
    }
    if name.contains('\\') {
        facts.push(Fact::BackslashName(index));
    }
    let inner = name.strip_suffix(['/', '\\']).unwrap_or(name);
    let inner = inner.strip_prefix(['/', '\\']).unwrap_or(inner);
    if inner.split(['/', '\\']).any(|segment| segment == "..") {
        facts.push(Fact::ParentName(index));
    }
    if !inner.is_empty() && inner.split(['/', '\\']).any(|segment| segment.is_empty() || segment == ".") {
        facts.push(Fact::OddSegments(index));
    }
    if name.chars().any(char::is_control) {
        facts.push(Fact::ControlName(index));
    }
}

/// Whether the writer may use this name: a plain relative path of ordinary characters.
pub(super) fn is_plain(name: &str) -> bool {
    let mut odd = Facts::new(&[]);
    facts(0, name, &mut odd);
    odd.into_list().is_empty() && !name.ends_with('/') && name.len() < usize::from(u16::MAX)
}
