//! One indirect object in the file (ISO 32000-1 §7.3.10), a stream with where its bytes are (§7.3.8).

use std::ops::Range;

use super::budget::Budget;
use super::fact::Fact;
use super::lexer::{Lexer, is_space};
use super::parser::Parser;
use super::{Dictionary, Indirect, Limits, Object, ObjectId, PdfError, Place, Stream, StreamData};

/// Gives the value of a `Length` that is a reference.
pub(super) type Lengths<'l> = &'l dyn Fn(ObjectId) -> Option<usize>;

/// For files whose objects cannot be looked up yet.
pub(super) const NO_LENGTHS: Lengths<'static> = &|_| None;

/// An object as it was read.
pub(super) struct Read {
    pub(super) indirect: Indirect,
    pub(super) facts: Vec<Fact>,
    /// Bytes of memory that it takes.
    pub(super) memory: usize,
}

/// Reads the object whose `N G obj` stands at `offset`, or behind white space there.
pub(super) fn read(
    bytes: &[u8],
    offset: usize,
    limits: &Limits,
    budget: &Budget,
    lengths: Lengths<'_>,
) -> Result<Read, PdfError> {
    budget.check()?;
    let mut parser = Parser::new(bytes, offset, limits);
    while parser.lexer.peek().is_some_and(is_space) {
        parser.lexer.set_pos(parser.lexer.pos() + 1);
    }
    let start = parser.lexer.pos();
    let id =
        parser.lexer.object_header().ok_or(PdfError::Syntax { offset, what: "no object begins here" })?;
    let value = body(&mut parser);
    parser.count(budget)?;
    let memory = parser.memory();
    let mut reading = Reading { bytes, id, budget, facts: Vec::new() };
    let object = match value? {
        Object::Dictionary(dictionary) => reading.stream(dictionary, &mut parser.lexer, lengths)?,
        other => other,
    };
    let mut facts = reading.facts;
    let end = end_of_object(&mut parser.lexer, id, &mut facts);
    facts.extend(parser.lexer.odd.map(|what| Fact::OddSyntax { object: id, what }));
    facts.extend(parser.doubled.map(|key| Fact::DoubledKey { object: id, key }));
    Ok(Read { indirect: Indirect { id, object, place: Place::File(start..end) }, facts, memory })
}

/// The value; an object without one is null.
fn body(parser: &mut Parser<'_>) -> Result<Object, PdfError> {
    parser.lexer.skip_space();
    let start = parser.lexer.pos();
    if parser.lexer.eat_keyword(b"endobj") {
        parser.lexer.set_pos(start);
        parser.lexer.odd.get_or_insert("an object without a value");
        return Ok(Object::Null);
    }
    parser.value()
}

fn end_of_object(lexer: &mut Lexer<'_>, id: ObjectId, facts: &mut Vec<Fact>) -> usize {
    let end = lexer.pos();
    lexer.skip_space();
    if lexer.eat(b"endobj") {
        return lexer.pos();
    }
    facts.push(Fact::MissingEndobj(id));
    end
}

struct Reading<'a> {
    bytes: &'a [u8],
    id: ObjectId,
    budget: &'a Budget,
    facts: Vec<Fact>,
}

impl Reading<'_> {
    /// The dictionary, with the stream that follows it when one does.
    fn stream(
        &mut self,
        dictionary: Dictionary,
        lexer: &mut Lexer<'_>,
        lengths: Lengths<'_>,
    ) -> Result<Object, PdfError> {
        let end = lexer.pos();
        lexer.skip_space();
        if !lexer.eat(b"stream") {
            lexer.set_pos(end);
            return Ok(Object::Dictionary(dictionary));
        }
        self.end_of_line(lexer);
        let start = lexer.pos();
        let length = match dictionary.get(b"Length") {
            Some(Object::Reference(id)) => lengths(*id),
            Some(other) => other.as_exact_integer().and_then(|length| usize::try_from(length).ok()),
            None => None,
        };
        let range = match length.and_then(|length| self.as_declared(start, length, lexer)) {
            Some(range) => range,
            None => self.searched(start, lexer)?,
        };
        let data = StreamData::File { range, owner: self.id };
        Ok(Object::Stream(Stream { dictionary, data }))
    }

    /// LF or CRLF must follow `stream`; CR alone and blanks before it are met in the field.
    fn end_of_line(&mut self, lexer: &mut Lexer<'_>) {
        if lexer.eat(b"\r\n") || lexer.eat(b"\n") {
            return;
        }
        self.facts.push(Fact::OddStream(self.id));
        let start = lexer.pos();
        while lexer.eat(b" ") || lexer.eat(b"\t") {}
        if !(lexer.eat(b"\r\n") || lexer.eat(b"\n") || lexer.eat(b"\r")) {
            lexer.set_pos(start);
        }
    }

    /// The bytes by their length, when `endstream` follows them.
    fn as_declared(&mut self, start: usize, length: usize, lexer: &mut Lexer<'_>) -> Option<Range<usize>> {
        let end = start.checked_add(length)?;
        let behind = self.bytes.get(end..)?;
        let space = behind.iter().position(|byte| !is_space(*byte)).unwrap_or(behind.len());
        let word = behind.get(space..)?;
        self.budget.spend(space).ok()?;
        if word.starts_with(b"endstream") {
            lexer.set_pos(end + space + b"endstream".len());
        } else if word.starts_with(b"endobj") {
            self.facts.push(Fact::OddStream(self.id));
            lexer.set_pos(end + space);
        } else {
            return None;
        }
        Some(start..end)
    }

    /// The bytes up to the first `endstream`, without the end of line before it.
    fn searched(&mut self, start: usize, lexer: &mut Lexer<'_>) -> Result<Range<usize>, PdfError> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let found = memchr::memmem::find(rest, b"endstream");
        self.budget.spend(found.unwrap_or(rest.len()))?;
        let length = found.ok_or(PdfError::Syntax { offset: start, what: "a stream without an end" })?;
        self.facts.push(Fact::WrongLength(self.id));
        lexer.set_pos(start + length + b"endstream".len());
        let data = rest.get(..length).unwrap_or_default();
        let line = [&b"\r\n"[..], b"\n", b"\r"].into_iter().find(|line| data.ends_with(line));
        Ok(start..start + length - line.map_or(0, <[u8]>::len))
    }
}
