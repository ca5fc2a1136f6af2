//! Local records: their exact ranges, whether they agree with the directory, and what lies between them.

use super::central::Found;
use super::end::Directory;
use super::entry::{Entry, FLAG_DESCRIPTOR, FLAG_HINTS, FLAG_UTF8, FLAGS_KNOWN, Method, is_too_new};
use super::error::ZipError;
use super::extra::{self, Extra};
use super::fact::{Fact, HeaderField};
use super::facts::Facts;
use super::raw::{self, u16_at, u32_at, u64_at};
use std::ops::Range;

/// Bytes of a local header before its name.
const LOCAL_LEN: usize = 30;

/// Reads the local header of every entry, and gives the entries with their ranges.
pub(super) fn place(
    bytes: &[u8],
    found: Vec<Found>,
    directory: &Directory,
    facts: &mut Facts<'_>,
) -> Result<Vec<Entry>, ZipError> {
    let mut entries = Vec::with_capacity(found.len());
    for Found { mut entry, local } in found {
        let start = usize::try_from(local).unwrap_or(usize::MAX);
        let data = local_record(bytes, start, &entry, directory.range.start)?;
        let end = data.end + descriptor(bytes, data.end, &entry, facts);
        entry.record = start..end;
        entry.data = data;
        entries.push(entry);
    }
    for shared in between(bytes, &entries, directory, facts) {
        if let Some(entry) = entries.get_mut(shared) {
            entry.is_shared = true;
        }
    }
    // A record that thousands of entries name is looked at once.
    for entry in entries.iter().filter(|entry| !entry.is_shared) {
        let header = bytes.get(entry.record.start..entry.data.start).unwrap_or_default();
        compare(bytes, header, entry, facts);
        note_flags(header, entry, facts);
        note_header(bytes, header, entry.record.start, entry, facts);
        note_stored_stream(bytes, header, &entry.data, entry, facts);
    }
    Ok(entries)
}

/// The range of the data of the record at `start`, behind the local header with its name and extra fields.
fn local_record(bytes: &[u8], start: usize, entry: &Entry, limit: usize) -> Result<Range<usize>, ZipError> {
    let broken = |what| ZipError::Broken { what, offset: start as u64 };
    let head = raw::slice_at(bytes, start, LOCAL_LEN).ok_or_else(|| broken("local header cut off"))?;
    if u32_at(head, 0) != Some(raw::LOCAL) {
        return Err(broken("no local header where the directory points"));
    }
    let variable = [26, 28].map(|at| u16_at(head, at).map_or(0, usize::from));
    let length = LOCAL_LEN + variable[0] + variable[1];
    raw::slice_at(bytes, start, length).ok_or_else(|| broken("local header cut off"))?;
    let data = start + length;
    let end = usize::try_from(entry.compressed).ok().and_then(|len| data.checked_add(len));
    let end = end.filter(|end| *end <= limit).ok_or_else(|| broken("data reaches into the directory"))?;
    Ok(data..end)
}

/// Compares a local header with the directory.
fn compare(bytes: &[u8], header: &[u8], entry: &Entry, facts: &mut Facts<'_>) {
    let entry_index = entry.index;
    let mut differs = |field| facts.push(Fact::LocalMismatch { entry: entry_index, field });
    let name_len = u16_at(header, 26).map_or(0, usize::from);
    if raw::slice_at(header, LOCAL_LEN, name_len) != bytes.get(entry.raw_name.clone()) {
        differs(HeaderField::Name);
    }
    let flags = u16_at(header, 6).unwrap_or(0);
    // The UTF-8 flag matters only for a name that is not ASCII.
    let utf8 = if entry.name.is_ascii() { FLAG_UTF8 } else { 0 };
    if (flags ^ entry.flags) & !(FLAG_HINTS | utf8) != 0 {
        differs(HeaderField::Flags);
    }
    if u16_at(header, 8).map(Method::from_number) != Some(entry.method) {
        differs(HeaderField::Method);
    }
    let extra = header.get(LOCAL_LEN + name_len..).unwrap_or_default();
    let wide = raw::extra_field(extra, raw::EXTRA_ZIP64);
    let crc = u32_at(header, 14).unwrap_or(0);
    let short = [22, 18].map(|at| u32_at(header, at).unwrap_or(0));
    // With a data descriptor the fields may be zero here.
    let streamed = entry.has_descriptor() || flags & FLAG_DESCRIPTOR != 0;
    if crc != entry.crc && !(streamed && crc == 0) {
        differs(HeaderField::Crc);
    }
    let mut at = 0;
    for (short, stated, field) in
        [(short[0], entry.size, HeaderField::Size), (short[1], entry.compressed, HeaderField::CompressedSize)]
    {
        let mut value = u64::from(short);
        if let (raw::SEE_ZIP64, Some(data)) = (short, wide) {
            value = u64_at(data, at).unwrap_or(value);
            at += 8;
        }
        if value != stated && !(streamed && value == 0) {
            differs(field);
        }
    }
}

/// Notes flags without a meaning that is known, in the local header or in the directory.
fn note_flags(header: &[u8], entry: &Entry, facts: &mut Facts<'_>) {
    let either = u16_at(header, 6).unwrap_or(0) | entry.flags;
    if either & !FLAGS_KNOWN != 0 {
        facts.push(Fact::OddFlags(entry.index));
    }
}

/// Notes what a local header holds beside what is compared.
fn note_header(bytes: &[u8], header: &[u8], start: usize, entry: &Entry, facts: &mut Facts<'_>) {
    if is_too_new(u16_at(header, 4)) {
        facts.push(Fact::OddHeader(entry.index));
    }
    let [name, len] = [26, 28].map(|at| u16_at(header, at).map_or(0, usize::from));
    let wide = extra::wide_values(header, &[18, 22]);
    Extra { bytes, at: start + LOCAL_LEN + name, len, wide }.note(entry, facts);
}

/// Stored data whose length follows it: who reads in sequence ends it at the first mark of a descriptor.
fn note_stored_stream(
    bytes: &[u8],
    header: &[u8],
    data: &Range<usize>,
    entry: &Entry,
    facts: &mut Facts<'_>,
) {
    let is_streamed = u16_at(header, 6).is_some_and(|flags| flags & FLAG_DESCRIPTOR != 0);
    if !is_streamed || entry.method != Method::Stored {
        return;
    }
    let data = bytes.get(data.clone()).unwrap_or_default();
    if memchr::memmem::find(data, &raw::DESCRIPTOR.to_le_bytes()).is_some() {
        facts.push(Fact::DescriptorInside(entry.index));
    }
}

/// The length of the data descriptor at `at`: with or without signature, with 32 or 64-bit sizes.
fn descriptor(bytes: &[u8], at: usize, entry: &Entry, facts: &mut Facts<'_>) -> usize {
    if !entry.has_descriptor() {
        return 0;
    }
    for (signature, wide) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut next = at;
        if signature {
            if u32_at(bytes, next) != Some(raw::DESCRIPTOR) {
                continue;
            }
            next += 4;
        }
        let step = if wide { 8 } else { 4 };
        let size = |at| if wide { u64_at(bytes, at) } else { u32_at(bytes, at).map(u64::from) };
        let fits = u32_at(bytes, next) == Some(entry.crc)
            && size(next + 4) == Some(entry.compressed)
            && size(next + 4 + step) == Some(entry.size);
        if fits {
            return next + 4 + 2 * step - at;
        }
    }
    facts.push(Fact::MissingDescriptor(entry.index));
    0
}

/// Notes overlapping records and bytes that belong to none. Gives the positions of entries that share bytes with one that
/// begins before them.
fn between(bytes: &[u8], entries: &[Entry], directory: &Directory, facts: &mut Facts<'_>) -> Vec<usize> {
    let mut shared = Vec::new();
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by_key(|entry| (entry.record.start, entry.record.end));
    let mut end = 0;
    let mut last: Option<usize> = None;
    for entry in order {
        let start = entry.record.start;
        match last {
            Some(first) if start < end => {
                shared.push(entry.index);
                facts.push(Fact::Overlap { first, second: entry.index });
            }
            None if start > 0 => facts.push(Fact::BytesBefore(0..start)),
            _ if start > end => facts.push(gap(bytes, end..start)),
            _ => {}
        }
        if entry.record.end > end || last.is_none() {
            end = entry.record.end;
            last = Some(entry.index);
        }
    }
    if last.is_none() && directory.range.start > 0 {
        facts.push(Fact::BytesBefore(0..directory.range.start));
    } else if end < directory.range.start {
        facts.push(gap(bytes, end..directory.range.start));
    } else if end > directory.range.start
        && let Some(first) = last
    {
        // The data ends before the directory, so only a descriptor can reach into it.
        facts.push(Fact::Overlap { first, second: first });
    }
    if directory.range.end < directory.end {
        facts.push(gap(bytes, directory.range.end..directory.end));
    }
    shared
}

/// A gap, with a look at whether it hides a record.
fn gap(bytes: &[u8], range: Range<usize>) -> Fact {
    let inside = bytes.get(range.clone()).unwrap_or_default();
    let hidden_record = memchr::memmem::find(inside, &raw::LOCAL.to_le_bytes()).is_some();
    Fact::Gap { range, hidden_record }
}
