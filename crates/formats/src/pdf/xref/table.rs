//! Cross-reference tables (ISO 32000-1 §7.5.4).

use super::chain::{Opened, Part, bad};
use super::{Entry, SectionKind};
use crate::pdf::PdfError;
use crate::pdf::fact::Fact;
use crate::pdf::lexer::Lexer;
use crate::pdf::parser::Parser;

/// Bytes of an entry as the standard has it.
const ENTRY: usize = 20;

/// Reads the table at `offset` and its trailer.
pub(super) fn read(opened: &mut Opened<'_, '_>, offset: usize, room: usize) -> Result<Part, PdfError> {
    let mut parser = Parser::new(opened.bytes, offset, opened.limits);
    if !parser.lexer.eat(b"xref") {
        return Err(bad(offset, "neither a table nor a stream"));
    }
    let (mut entries, mut odd) = (Vec::new(), false);
    loop {
        parser.lexer.skip_space();
        if parser.lexer.eat(b"trailer") {
            break;
        }
        odd |= subsection(opened, &mut parser.lexer, room, &mut entries)?;
    }
    let trailer = parser.dictionary();
    parser.count(opened.work)?;
    opened.work.entries(entries.len())?;
    if odd {
        opened.facts.push(Fact::OddTable(offset));
    }
    let reached = parser.lexer.reached();
    Ok(Part { kind: SectionKind::Table, trailer: trailer?, doubled: parser.doubled, entries, reached })
}

/// Reads a subsection; true when an entry was not written in the standard's 20 bytes.
fn subsection(
    opened: &Opened<'_, '_>,
    lexer: &mut Lexer<'_>,
    room: usize,
    entries: &mut Vec<(u32, Entry)>,
) -> Result<bool, PdfError> {
    let start = lexer.pos();
    let heading = |lexer: &mut Lexer<'_>| {
        let first = lexer.digits(u64::from(u32::MAX))?;
        lexer.skip_space();
        let count = lexer.digits(u64::from(u32::MAX))?;
        lexer.skip_space();
        Some((u32::try_from(first).ok()?, u32::try_from(count).ok()?))
    };
    let (first, count) = heading(lexer).ok_or(bad(start, "no subsection and no trailer"))?;
    let end = first.checked_add(count).ok_or(bad(start, "numbers beyond all bounds"))?;
    let claimed = usize::try_from(count).unwrap_or(usize::MAX);
    if claimed > room.saturating_sub(entries.len()) || exceeds(end, opened.limits.objects) {
        return Err(PdfError::Limit("objects"));
    }
    let rest = opened.bytes.len().saturating_sub(lexer.pos());
    entries.reserve(claimed.min(rest / (ENTRY - 1) + 1));
    let mut odd = false;
    for number in first..end {
        let line = if let Some(line) = fixed(opened.bytes, lexer.pos()) {
            lexer.set_pos(lexer.pos() + ENTRY);
            line
        } else {
            odd = true;
            loose(lexer).ok_or(bad(lexer.pos(), "no entry"))?
        };
        entries.push((number, place(opened, line, lexer.pos())?));
    }
    Ok(odd)
}

/// True when object numbers below `end` go beyond the bound.
fn exceeds(end: u32, most: usize) -> bool {
    usize::try_from(end).map_or(true, |end| end > most.saturating_add(1))
}

/// Offset, generation, in use.
type Line = (u64, u64, bool);

/// An entry of just 20 bytes.
fn fixed(bytes: &[u8], pos: usize) -> Option<Line> {
    let line: &[u8; ENTRY] = bytes.get(pos..)?.first_chunk()?;
    let [.., b' ', _, _, _, _, _, b' ', letter @ (b'n' | b'f'), b' ' | b'\r', b'\r' | b'\n'] = line else {
        return None;
    };
    Some((number(line.get(..10)?)?, number(line.get(11..16)?)?, *letter == b'n'))
}

fn number(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0, |value: u64, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
}

/// The same with any white space.
fn loose(lexer: &mut Lexer<'_>) -> Option<Line> {
    lexer.skip_space();
    let offset = lexer.digits(u64::MAX)?;
    lexer.skip_space();
    let generation = lexer.digits(u64::MAX)?;
    lexer.skip_space();
    let used = lexer.eat(b"n");
    if !used && !lexer.eat(b"f") {
        return None;
    }
    // The white space that belongs to the entry: the next may be written in 20 bytes again.
    let _ = lexer.eat(b" ") || lexer.eat(b"\t");
    let _ = lexer.eat(b"\r\n") || lexer.eat(b"\n") || lexer.eat(b"\r");
    Some((offset, generation, used))
}

fn place(opened: &Opened<'_, '_>, (offset, generation, used): Line, at: usize) -> Result<Entry, PdfError> {
    if !used {
        return Ok(Entry::Free);
    }
    let generation = u16::try_from(generation).map_err(|_| bad(at, "generation"))?;
    let offset = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(opened.base));
    Ok(Entry::File { offset: offset.ok_or(bad(at, "offset"))?, generation })
}
