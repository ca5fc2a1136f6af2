//! Finding the end of the archive and its directory.

use super::error::ZipError;
use super::fact::Fact;
use super::facts::Facts;
use super::limits::Limits;
use super::raw::{self, u16_at, u32_at, u64_at};
use std::ops::Range;

/// Bytes of an end record without its comment.
const END_LEN: usize = 22;
/// Bytes of the ZIP64 locator that stands before the end record.
const LOCATOR_LEN: usize = 20;
/// Signature of the ZIP64 locator.
const LOCATOR: u32 = 0x0706_4b50;
/// Bytes of the ZIP64 end record without extensible data.
const END64_LEN: usize = 56;
/// Signature of the ZIP64 end record.
const END64: u32 = 0x0606_4b50;

/// Where the directory is and how much it declares.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directory's bytes.
    pub range: Range<usize>,
    /// Declared number of entries.
    pub entries: u64,
    /// What has to be added to every offset of the archive: bytes were put before it.
    pub base: usize,
    /// Where the end records begin (the first byte after the directory and what may follow it).
    pub end: usize,
    /// Another place where a directory could be meant to begin.
    rival: Option<usize>,
    /// Whether this comes from a ZIP64 end record.
    zip64: bool,
    /// Bytes between that record and its locator.
    loose: Option<Range<usize>>,
}

/// Finds the end record and the directory it points to, and notes what surrounds them.
pub(super) fn find(bytes: &[u8], limits: &Limits, facts: &mut Facts<'_>) -> Result<Directory, ZipError> {
    let window = END_LEN + usize::from(u16::MAX);
    let usual = bytes.len().saturating_sub(window);
    let far = usual.saturating_sub(limits.suffix_bytes);
    let mut used: Option<(usize, Directory)> = None;
    let mut problem = ZipError::NotZip;
    // A candidate of the usual window is preferred; bytes after the archive are looked through only then.
    for range in [usual..bytes.len(), far..usual.saturating_add(4).min(bytes.len())] {
        let Some(part) = bytes.get(range.clone()) else { continue };
        for at in backwards(part).take(64) {
            let at = range.start + at;
            match (candidate(bytes, at), &used) {
                (Ok(directory), None) => used = Some((at, directory)),
                (Ok(_), Some((first, _))) => {
                    facts.push(Fact::SeveralEnds { used: *first, other: at });
                    break;
                }
                (Err(error), _) => problem = error,
            }
        }
        if used.is_some() {
            break;
        }
    }
    let (at, directory) = used.ok_or(problem)?;
    note_tail(bytes, at, facts);
    if let Some(other) = directory.rival {
        facts.push(Fact::SeveralEnds { used: directory.range.start, other });
    }
    if let Some(range) = &directory.loose {
        facts.push(Fact::Gap { range: range.clone(), hidden_record: false });
    }
    if directory.zip64 {
        facts.push(Fact::Zip64);
        if disagrees(bytes, at, &directory) {
            facts.push(Fact::SeveralEnds { used: directory.end, other: at });
        }
    }
    Ok(directory)
}

/// Where the mark of an end record stands, from the end. Looking for its first letter takes a fraction of the time that
/// looking for all four bytes takes from behind.
fn backwards(part: &[u8]) -> impl Iterator<Item = usize> {
    let mark = raw::END.to_le_bytes();
    let stands = move |at: &usize| part.get(*at..).is_some_and(|rest| rest.starts_with(&mark));
    memchr::memrchr_iter(b'P', part).filter(stands)
}

/// Whether the end record at `at` states other values than the ZIP64 record that was used.
fn disagrees(bytes: &[u8], at: usize, directory: &Directory) -> bool {
    let offset = directory.range.start - directory.base;
    let differs = |value: Option<u32>, unset: u32, used: usize| {
        value.is_some_and(|value| value != unset && usize::try_from(value).is_ok_and(|value| value != used))
    };
    let entries = usize::try_from(directory.entries).unwrap_or(usize::MAX);
    differs(u16_at(bytes, at + 10).map(u32::from), u32::from(u16::MAX), entries)
        || differs(u32_at(bytes, at + 12), u32::MAX, directory.range.len())
        || differs(u32_at(bytes, at + 16), u32::MAX, offset)
}

/// Notes the comment and what follows it.
fn note_tail(bytes: &[u8], at: usize, facts: &mut Facts<'_>) {
    let start = at + END_LEN;
    let comment = u16_at(bytes, at + 20).map_or(0, usize::from);
    let end = start.saturating_add(comment).min(bytes.len());
    if start < end {
        facts.push(Fact::Comment(start..end));
    }
    if end < bytes.len() {
        facts.push(Fact::BytesAfter(end..bytes.len()));
    }
}

/// Reads the end record at `at`, and accepts it only when a directory stands where it points.
fn candidate(bytes: &[u8], at: usize) -> Result<Directory, ZipError> {
    let broken = |what| ZipError::Broken { what, offset: at as u64 };
    let record = raw::slice_at(bytes, at, END_LEN).ok_or(broken("end record cut off"))?;
    let comment = u16_at(record, 20).map_or(0, usize::from);
    if at + END_LEN + comment > bytes.len() {
        return Err(broken("comment longer than the file"));
    }
    let short = |offset| u16_at(record, offset).unwrap_or(0);
    let long = |offset| u32_at(record, offset).unwrap_or(0);
    let needs64 =
        short(8) == u16::MAX || short(10) == u16::MAX || long(12) == u32::MAX || long(16) == u32::MAX;
    if let Some(found) = at.checked_sub(LOCATOR_LEN).and_then(|locator| zip64(bytes, locator)) {
        return found;
    }
    if needs64 && long(12) == u32::MAX {
        return Err(broken("ZIP64 record missing"));
    }
    if short(4) != 0 || short(6) != 0 || short(8) != short(10) {
        return Err(ZipError::MultiDisk);
    }
    place(bytes, [short(10).into(), long(12).into(), long(16).into()], at)
}

/// Follows a ZIP64 locator, if one stands at `locator`.
fn zip64(bytes: &[u8], locator: usize) -> Option<Result<Directory, ZipError>> {
    if u32_at(bytes, locator)? != LOCATOR {
        return None;
    }
    let broken = ZipError::Broken { what: "ZIP64 end record", offset: locator as u64 };
    // Bytes before the archive shift the record; without extensible data it ends at its locator.
    let stated = usize::try_from(u64_at(bytes, locator + 8)?).ok();
    let at = [stated, locator.checked_sub(END64_LEN)]
        .into_iter()
        .flatten()
        .find(|at| u32_at(bytes, *at) == Some(END64) && *at < locator);
    let Some(at) = at else { return Some(Err(broken)) };
    let fields = (u64_at(bytes, at + 32), u64_at(bytes, at + 40), u64_at(bytes, at + 48));
    let (Some(entries), Some(size), Some(offset)) = fields else { return Some(Err(broken)) };
    let rest = at + END64_LEN..locator;
    let loose = (!rest.is_empty()).then_some(rest);
    Some(place(bytes, [entries, size, offset], at).map(|found| Directory { zip64: true, loose, ..found }))
}

/// Finds the directory of `size` bytes with so many `entries` that was said to begin at `offset` and that
/// ends at or before `end`.
fn place(bytes: &[u8], [entries, size, offset]: [u64; 3], end: usize) -> Result<Directory, ZipError> {
    let broken = |what| ZipError::Broken { what, offset: end as u64 };
    let outside = || broken("directory outside the file");
    let size = usize::try_from(size).map_err(|_| outside())?;
    let offset = usize::try_from(offset).map_err(|_| outside())?;
    let begins = |at: usize| size == 0 || u32_at(bytes, at) == Some(raw::CENTRAL);
    let last = end.checked_sub(size).ok_or_else(outside)?;
    if last < offset {
        return Err(outside());
    }
    // Directly before the end record, as it should be, perhaps shifted by bytes that somebody put before the
    // archive; else where it is said to be.
    let (start, base) = if begins(last) { (last, last - offset) } else { (offset, 0) };
    if !begins(start) {
        return Err(broken("no directory where the end record points"));
    }
    if (entries == 0) != (size == 0) {
        return Err(broken("directory of no size"));
    }
    let rival = (start != offset && size > 0 && begins(offset)).then_some(offset);
    Ok(Directory { range: start..start + size, entries, base, end, rival, zip64: false, loose: None })
}
