//! Reading the central directory.

use super::end::Directory;
use super::entry::{Entry, Method};
use super::error::ZipError;
use super::extra::{self, Extra};
use super::fact::Fact;
use super::facts::Facts;
use super::limits::Limits;
use super::name;
use super::raw::{self, u16_at, u32_at, u64_at};

/// Bytes of a directory entry before its name.
const CENTRAL_LEN: usize = 46;

/// A directory entry with the stated place of its local record.
pub(super) struct Found {
    /// The entry, its record not yet looked at.
    pub entry: Entry,
    /// Offset of the local record in the file.
    pub local: u64,
}

/// Reads all entries of the directory.
pub(super) fn read(
    bytes: &[u8],
    directory: &Directory,
    limits: &Limits,
    facts: &mut Facts<'_>,
) -> Result<Vec<Found>, ZipError> {
    let too_many = |entries| ZipError::TooManyEntries { entries, limit: limits.entries };
    if directory.entries > limits.entries as u64 {
        return Err(too_many(directory.entries));
    }
    let mut entries = Vec::with_capacity(usize::try_from(directory.entries).unwrap_or(0));
    let mut at = directory.range.start;
    let (mut total, mut packed) = (0_u64, 0_u64);
    while at < directory.range.end {
        if entries.len() >= limits.entries {
            return Err(too_many(entries.len() as u64 + 1));
        }
        let found = read_one(bytes, at, entries.len(), directory, limits)?;
        total = total.saturating_add(found.entry.size);
        if total > limits.total_bytes {
            return Err(ZipError::TotalTooLarge { limit: limits.total_bytes });
        }
        packed = packed.saturating_add(found.entry.compressed);
        at = found.entry.central.end;
        note(bytes, &found.entry, facts);
        entries.push(found);
    }
    // What records share counts once.
    let packed = packed.min(bytes.len() as u64);
    let most = packed.saturating_mul(limits.total_ratio).max(limits.total_floor);
    if total > most {
        return Err(ZipError::TotalTooLarge { limit: most });
    }
    if entries.len() as u64 != directory.entries {
        facts.push(Fact::CountMismatch { declared: directory.entries, found: entries.len() });
    }
    Ok(entries)
}

/// Reads the directory entry at `at`.
fn read_one(
    bytes: &[u8],
    at: usize,
    index: usize,
    directory: &Directory,
    limits: &Limits,
) -> Result<Found, ZipError> {
    let broken = || ZipError::Broken { what: "directory entry", offset: at as u64 };
    let inside = bytes.get(..directory.range.end).ok_or_else(broken)?;
    let head = raw::slice_at(inside, at, CENTRAL_LEN).ok_or_else(broken)?;
    if u32_at(head, 0) != Some(raw::CENTRAL) {
        return Err(broken());
    }
    let short = |offset| u16_at(head, offset).unwrap_or(0);
    let long = |offset| u32_at(head, offset).unwrap_or(0);
    let [name_len, extra_len, comment_len] = [28, 30, 32].map(|offset| usize::from(short(offset)));
    if name_len > limits.name_bytes {
        return Err(ZipError::NameTooLong { bytes: name_len, limit: limits.name_bytes });
    }
    let raw_name = at + CENTRAL_LEN..at + CENTRAL_LEN + name_len;
    let end = raw_name.end + extra_len + comment_len;
    let name_bytes = inside.get(raw_name.clone()).ok_or_else(broken)?;
    let extra = raw::slice_at(inside, raw_name.end, extra_len).ok_or_else(broken)?;
    if end > directory.range.end {
        return Err(broken());
    }
    let mut wide = Wide::new(extra);
    let size = wide.value(long(24)).ok_or_else(broken)?;
    let compressed = wide.value(long(20)).ok_or_else(broken)?;
    let local = wide.value(long(42)).ok_or_else(broken)?;
    let (name, encoding) = name::decode(name_bytes);
    let entry = Entry {
        index,
        path: name::to_path(&name),
        name,
        encoding,
        method: Method::from_number(short(10)),
        flags: short(8),
        crc: long(16),
        compressed,
        size,
        central: at..end,
        raw_name,
        record: 0..0,
        data: 0..0,
        is_shared: false,
    };
    Ok(Found { entry, local: local.saturating_add(directory.base as u64) })
}

/// The 64-bit values of a ZIP64 extra field, which holds only those whose 32-bit field is full, in order.
struct Wide<'a> {
    data: Option<&'a [u8]>,
    at: usize,
}

impl<'a> Wide<'a> {
    fn new(extra: &'a [u8]) -> Self {
        Self { data: raw::extra_field(extra, raw::EXTRA_ZIP64), at: 0 }
    }

    fn value(&mut self, short: u32) -> Option<u64> {
        match self.data {
            Some(data) if short == raw::SEE_ZIP64 => {
                let value = u64_at(data, self.at)?;
                self.at += 8;
                Some(value)
            }
            _ => Some(u64::from(short)),
        }
    }
}

/// Notes what is odd about one directory entry taken alone.
fn note(bytes: &[u8], entry: &Entry, facts: &mut Facts<'_>) {
    name::note_encoding(entry, facts);
    name::facts(entry.index, &entry.name, facts);
    let central = bytes.get(entry.central.clone()).unwrap_or_default();
    let len = u16_at(central, 30).map_or(0, usize::from);
    let wide = extra::wide_values(central, &[20, 24, 42]);
    Extra { bytes, at: entry.raw_name.end, len, wide }.note(entry, facts);
    let comment = entry.raw_name.end.saturating_add(len)..entry.central.end;
    if !comment.is_empty() {
        let is_blank = bytes.get(comment.clone()).is_none_or(raw::is_blank);
        facts.push(Fact::EntryComment { entry: entry.index, range: comment, is_blank });
    }
    if entry.is_encrypted() {
        facts.push(Fact::Encrypted(entry.index));
    }
    if matches!(entry.method, Method::Other(_)) {
        facts.push(Fact::UnsupportedMethod(entry.index));
    }
    if entry.is_dir() && entry.size > 0 {
        facts.push(Fact::DirectoryWithContent(entry.index));
    }
    if entry.is_special(central) {
        facts.push(Fact::SpecialFile(entry.index));
    }
    if entry.is_odd(central) {
        facts.push(Fact::OddHeader(entry.index));
    }
}
