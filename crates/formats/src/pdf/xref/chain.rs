//! From `startxref` through every `Prev` and `XRefStm`.

use std::collections::HashSet;
use std::sync::Arc;

use memchr::memmem;

use super::{Entry, Section, SectionContent, SectionKind, lookup};
use crate::pdf::budget::Budget;
use crate::pdf::fact::Fact;
use crate::pdf::lexer::{Lexer, is_space};
use crate::pdf::source::KeptSection;
use crate::pdf::{Dictionary, Limits, Name, PdfError, Source};

/// Bytes at the end of a file in which viewers look for `startxref`.
const TAIL: usize = 1024;

/// What the sections are read from, and with.
pub(in crate::pdf) struct Opened<'a, 's> {
    /// The whole file, whose sections are read once.
    pub(in crate::pdf) source: &'a Source<'s>,
    pub(in crate::pdf) bytes: &'a [u8],
    /// Where the header stands: offsets in the file count from there.
    pub(in crate::pdf) base: usize,
    pub(in crate::pdf) limits: &'a Limits,
    pub(in crate::pdf) work: &'a Budget,
    pub(in crate::pdf) decoded: &'a Budget,
    pub(in crate::pdf) facts: Vec<Fact>,
}

/// Entries of one section as they were read, and its trailer.
pub(super) struct Part {
    pub(super) kind: SectionKind,
    pub(super) trailer: Dictionary,
    /// The first key that stands twice in it.
    pub(super) doubled: Option<Name>,
    pub(super) entries: Vec<(u32, Entry)>,
    /// How far the file was looked at; all of it where that is not known.
    pub(super) reached: usize,
}

pub(super) const fn bad(offset: usize, what: &'static str) -> PdfError {
    PdfError::Xref { offset, what }
}

impl Opened<'_, '_> {
    /// Where an offset that stands in the file is in the buffer.
    pub(super) fn place(&self, named: u64) -> Option<usize> {
        let offset = usize::try_from(named).ok()?.checked_add(self.base)?;
        (offset < self.bytes.len()).then_some(offset)
    }
}

/// The offset that the last `startxref` names, as a byte of the buffer.
pub(in crate::pdf) fn startxref(opened: &mut Opened<'_, '_>) -> Result<usize, PdfError> {
    let word = b"startxref";
    let at = memmem::rfind(opened.bytes, word).ok_or(bad(opened.bytes.len(), "no startxref"))?;
    if opened.bytes.len() - at > TAIL {
        opened.facts.push(Fact::FarStartxref(at));
    }
    // A comment here makes some readers repair the file.
    let behind = opened.bytes.get(at + word.len()..).unwrap_or_default();
    let space = behind.iter().take_while(|byte| is_space(**byte)).count();
    let mut lexer = Lexer::new(opened.bytes, at + word.len() + space);
    let named = lexer.digits(u64::MAX).ok_or(bad(at, "startxref without a number"))?;
    opened.place(named).ok_or(bad(at, "startxref points outside the file"))
}

/// Every section from `start` on, the newest first.
pub(in crate::pdf) fn chain(opened: &mut Opened<'_, '_>, start: usize) -> Result<Vec<Section>, PdfError> {
    let (mut sections, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(start));
    let mut room = opened.limits.entries;
    while let Some(offset) = next {
        if sections.len() >= opened.limits.sections {
            return Err(PdfError::Limit("cross-reference sections"));
        }
        if !seen.insert(offset) {
            return Err(PdfError::Circle("Prev"));
        }
        let section = kept(opened, offset, room)?;
        room = room.checked_sub(section.entries.len()).ok_or(PdfError::Limit("objects"))?;
        opened.work.entries(section.entries.len())?;
        next = section.prev;
        sections.push(section);
    }
    Ok(sections)
}

/// A section that was read before, or is read now.
fn kept(opened: &mut Opened<'_, '_>, offset: usize, room: usize) -> Result<Section, PdfError> {
    if let Some(kept) = opened.source.section(offset, opened.bytes.len()) {
        opened.facts.extend(kept.facts);
        return Ok(kept.section);
    }
    let before = opened.facts.len();
    let (section, reached) = section(opened, offset, room)?;
    let facts = opened.facts.get(before..).unwrap_or_default().to_vec();
    let kept = KeptSection { section, facts, reached };
    if reached <= opened.bytes.len() {
        opened.source.keep(&kept);
    }
    Ok(kept.section)
}

fn section(opened: &mut Opened<'_, '_>, offset: usize, room: usize) -> Result<(Section, usize), PdfError> {
    let Part { mut kind, trailer, mut doubled, mut entries, mut reached } = part(opened, offset, room)?;
    tidy(opened, offset, &trailer, &mut entries);
    let mut split = Vec::new();
    if kind == SectionKind::Table && trailer.get(b"XRefStm").is_some() {
        let at = named(opened, &trailer, b"XRefStm", offset)?.unwrap_or(offset);
        let beside = part(opened, at, room.saturating_sub(entries.len()))?;
        if beside.kind != SectionKind::Stream {
            return Err(bad(at, "XRefStm is no cross-reference stream"));
        }
        doubled = doubled.or(beside.doubled);
        reached = reached.max(beside.reached);
        let mut hidden = beside.entries;
        tidy(opened, at, &beside.trailer, &mut hidden);
        split = disputed(&entries, &hidden);
        entries = merge(entries, hidden);
        kind = SectionKind::Hybrid;
    }
    let prev = named(opened, &trailer, b"Prev", offset)?;
    opened.facts.extend(doubled.clone().map(|key| Fact::DoubledTrailerKey { section: offset, key }));
    // Where the file ends before what it names, it names nothing.
    let reached = reached.max(prev.map_or(0, |prev| prev.saturating_add(1)));
    let content = SectionContent { offset, kind, trailer, prev, doubled, entries, split };
    Ok((Section(Arc::new(content)), reached))
}

fn named(
    opened: &Opened<'_, '_>,
    trailer: &Dictionary,
    key: &[u8],
    section: usize,
) -> Result<Option<usize>, PdfError> {
    let Some(value) = trailer.get(key) else { return Ok(None) };
    let offset = value.as_exact_integer().and_then(|number| u64::try_from(number).ok());
    let offset = offset.and_then(|number| opened.place(number));
    offset.map(Some).ok_or(bad(section, "Prev or XRefStm points nowhere"))
}

/// One table or stream. White space before it is skipped, as viewers do.
fn part(opened: &mut Opened<'_, '_>, offset: usize, room: usize) -> Result<Part, PdfError> {
    let rest = opened.bytes.get(offset..).unwrap_or_default();
    let space = rest.iter().take_while(|byte| is_space(**byte)).count();
    opened.work.spend(space)?;
    if space > 0 {
        opened.facts.push(Fact::SpaceBeforeSection(offset));
    }
    let at = offset + space;
    let part = match rest.get(space) {
        Some(b'x') => super::table::read(opened, at, room)?,
        Some(b'0'..=b'9') => super::stream::read(opened, at, room)?,
        _ => return Err(bad(offset, "neither a table nor a stream")),
    };
    Ok(part)
}

/// Puts the entries in order, each number once: of doubled ones the first counts, as for most viewers.
fn tidy(opened: &mut Opened<'_, '_>, section: usize, trailer: &Dictionary, entries: &mut Vec<(u32, Entry)>) {
    let rising = entries.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0));
    if !rising {
        entries.sort_by_key(|(number, _)| *number);
        let mut doubled = None;
        entries.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same && later.1 != first.1 {
                doubled = doubled.or(Some(later.0));
            }
            same
        });
        opened.facts.extend(doubled.map(|number| Fact::DoubledEntry { section, number }));
    }
    let size = trailer.exact_integer(b"Size").and_then(|size| u32::try_from(size).ok());
    let beyond = entries.iter().rev().take_while(|(number, _)| size.is_none_or(|size| *number >= size));
    let beyond = beyond.last().map(|(number, _)| Fact::BeyondSize { section, number: *number });
    opened.facts.extend(beyond);
}

/// The numbers of which the table and the stream of a hybrid section say two things.
fn disputed(table: &[(u32, Entry)], hidden: &[(u32, Entry)]) -> Vec<u32> {
    let is_disputed = |number: u32, entry: Entry| lookup(hidden, number).is_some_and(|other| other != entry);
    table.iter().filter(|(number, entry)| is_disputed(*number, *entry)).map(|(number, _)| *number).collect()
}

/// A hybrid section: what the table has in use counts, else what the stream says (§7.5.8.4).
fn merge(table: Vec<(u32, Entry)>, hidden: Vec<(u32, Entry)>) -> Vec<(u32, Entry)> {
    let mut merged: Vec<_> = table
        .into_iter()
        .filter(|(number, entry)| *entry != Entry::Free || lookup(&hidden, *number).is_none())
        .collect();
    merged.extend(hidden);
    // The sort is stable: the table's entries stay before the stream's.
    merged.sort_by_key(|(number, _)| *number);
    merged.dedup_by_key(|(number, _)| *number);
    merged
}
