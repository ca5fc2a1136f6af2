//! Object streams (ISO 32000-1 §7.5.7): several objects in one stream.

use super::budget::Budget;
use super::lexer::{Lexer, Token};
use super::parser::Parser;
use super::{Dictionary, Limits, Object, PdfError};

/// A decoded object stream.
pub(super) struct ObjectStream {
    data: Vec<u8>,
    /// Where each object begins in the data, in the order of the stream.
    offsets: Vec<usize>,
    /// Number and position of each object, in rising order.
    numbers: Vec<(u32, u32)>,
    /// Number of the stream that this one extends.
    pub(super) extends: Option<u32>,
}

/// A position in an object stream, and whether there is something odd about it.
pub(super) struct Position {
    pub(super) index: u32,
    pub(super) odd: bool,
}

const BAD: PdfError = PdfError::Unexpected("an object stream");

impl ObjectStream {
    /// Reads the index at the beginning of the data.
    pub(super) fn new(
        dictionary: &Dictionary,
        data: Vec<u8>,
        limits: &Limits,
        work: &Budget,
    ) -> Result<Self, PdfError> {
        if !dictionary.has_name(b"Type", b"ObjStm") {
            return Err(BAD);
        }
        let count = dictionary.exact_integer(b"N").and_then(|count| u32::try_from(count).ok()).ok_or(BAD)?;
        let first =
            dictionary.exact_integer(b"First").and_then(|first| usize::try_from(first).ok()).ok_or(BAD)?;
        let beyond = |number: u32| usize::try_from(number).map_or(true, |number| number > limits.objects);
        let objects = usize::try_from(count).unwrap_or(usize::MAX);
        if objects > limits.entries {
            return Err(PdfError::Limit("objects"));
        }
        work.entries(objects)?;
        let mut lexer = Lexer::new(&data, 0);
        let (mut offsets, mut numbers) = (Vec::new(), Vec::new());
        for position in 0..count {
            let (Token::Integer(number), Token::Integer(offset)) = (lexer.next()?, lexer.next()?) else {
                return Err(BAD);
            };
            let number = u32::try_from(number).map_err(|_| BAD)?;
            if beyond(number) {
                return Err(PdfError::Limit("objects"));
            }
            let offset = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(first));
            offsets.push(offset.ok_or(BAD)?);
            numbers.push((number, position));
        }
        numbers.sort_unstable();
        let extends = dictionary.get(b"Extends").and_then(Object::as_reference).map(|id| id.number);
        Ok(Self { data, offsets, numbers, extends })
    }

    /// Number and position of each object, in rising order.
    pub(super) fn numbers(&self) -> &[(u32, u32)] {
        &self.numbers
    }

    /// Where an object is that should be at `wanted`. It is odd to find it elsewhere, or twice.
    pub(super) fn position(&self, number: u32, wanted: u32) -> Option<Position> {
        let from = self.numbers.partition_point(|(found, _)| *found < number);
        let same = self.numbers.get(from..)?;
        let same = same.get(..same.partition_point(|(found, _)| *found == number))?;
        let (_, first) = same.first()?;
        let there = same.binary_search_by_key(&wanted, |(_, index)| *index).is_ok();
        Some(Position { index: if there { wanted } else { *first }, odd: !there || same.len() > 1 })
    }

    /// The object at a position, and its parser, which knows what had to be forgiven.
    pub(super) fn object(
        &self,
        index: u32,
        limits: &Limits,
        work: &Budget,
    ) -> Result<(Object, Parser<'_>), PdfError> {
        let offset = usize::try_from(index).ok().and_then(|index| self.offsets.get(index)).ok_or(BAD)?;
        work.check()?;
        let mut parser = Parser::new(&self.data, *offset, limits);
        let object = parser.value();
        parser.count(work)?;
        Ok((object?, parser))
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.data.len().saturating_add(self.offsets.len().saturating_mul(16))
    }
}
