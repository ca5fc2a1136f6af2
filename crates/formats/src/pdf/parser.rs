//! Values from tokens (ISO 32000-1 §7.3), with where each entry of a dictionary stands.

use super::budget::Budget;
use super::lexer::{Lexer, Token};
use super::{Dictionary, DictionaryEntry, Limits, Name, Object, ObjectId, PdfError};

/// Reads values. Depth and number of values are bounded.
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    /// Where it began.
    start: usize,
    depth: usize,
    /// Values that may still be read, and how many might be.
    values: usize,
    most: usize,
    /// The first key that stands twice in one dictionary.
    pub(super) doubled: Option<Name>,
}

/// Dictionaries up to this size are looked through for doubled keys without sorting.
const FEW: usize = 24;

impl<'a> Parser<'a> {
    /// Begins at a byte.
    pub(super) const fn new(bytes: &'a [u8], pos: usize, limits: &Limits) -> Self {
        Self {
            lexer: Lexer::new(bytes, pos),
            start: pos,
            depth: limits.depth,
            values: limits.values,
            most: limits.values,
            doubled: None,
        }
    }

    /// Counts what was read so far: bytes and values.
    pub(super) fn count(&self, work: &Budget) -> Result<(), PdfError> {
        let bytes = self.lexer.reached().saturating_sub(self.start);
        work.spend(bytes).and(work.values(self.most.saturating_sub(self.values)))
    }

    /// Bytes of memory that the values take, at most.
    pub(super) fn memory(&self) -> usize {
        let values = self.most.saturating_sub(self.values).saturating_mul(size_of::<DictionaryEntry>());
        values.saturating_add(self.lexer.reached().saturating_sub(self.start))
    }

    /// The next value.
    pub(super) fn value(&mut self) -> Result<Object, PdfError> {
        let token = self.lexer.next()?;
        self.value_of(token, 0)
    }

    /// The next value, which must be a dictionary.
    pub(super) fn dictionary(&mut self) -> Result<Dictionary, PdfError> {
        match self.value()? {
            Object::Dictionary(dictionary) => Ok(dictionary),
            _ => Err(self.lexer.error("no dictionary")),
        }
    }

    /// The value that begins with a token.
    pub(super) fn value_of(&mut self, token: Token<'a>, depth: usize) -> Result<Object, PdfError> {
        self.values = self.values.checked_sub(1).ok_or(PdfError::Limit("values in one object"))?;
        Ok(match token {
            Token::Integer(number) => self.integer_or_reference(number),
            Token::Real(number) => Object::Real(number),
            Token::String(bytes) => Object::String(bytes),
            Token::Name(name) => Object::Name(name),
            Token::ArrayOpen => Object::Array(self.array(self.deeper(depth)?)?),
            Token::DictionaryOpen => Object::Dictionary(self.entries(self.deeper(depth)?)?),
            Token::Keyword(b"null") => Object::Null,
            Token::Keyword(b"true") => Object::Boolean(true),
            Token::Keyword(b"false") => Object::Boolean(false),
            Token::Keyword(_) => return Err(self.lexer.error("unknown word")),
            Token::End => return Err(self.lexer.error("the end where a value should be")),
            Token::ArrayClose | Token::DictionaryClose => return Err(self.lexer.error("closed too early")),
        })
    }

    fn deeper(&self, depth: usize) -> Result<usize, PdfError> {
        if depth < self.depth { Ok(depth + 1) } else { Err(PdfError::Limit("depth of an object")) }
    }

    fn integer_or_reference(&mut self, number: i64) -> Object {
        let reference = u32::try_from(number)
            .ok()
            .and_then(|number| Some(ObjectId { number, generation: self.lexer.reference_tail()? }));
        reference.map_or(Object::Integer(number), Object::Reference)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Object>, PdfError> {
        let mut items = Vec::new();
        loop {
            match self.lexer.next()? {
                Token::ArrayClose => return Ok(items),
                token => items.push(self.value_of(token, depth)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Dictionary, PdfError> {
        let mut dictionary = Dictionary::new();
        loop {
            let key = match self.lexer.next()? {
                Token::DictionaryClose => break,
                Token::Name(key) => key,
                _ => return Err(self.lexer.error("a key that is no name")),
            };
            self.lexer.skip_space();
            let start = self.lexer.pos();
            let token = self.lexer.next()?;
            if token == Token::DictionaryClose {
                // `/Key >>`: viewers take it for null.
                self.lexer.odd.get_or_insert("a key without a value");
                dictionary.push(DictionaryEntry { key, value: Object::Null, span: start..start });
                break;
            }
            let value = self.value_of(token, depth)?;
            dictionary.push(DictionaryEntry { key, value, span: start..self.lexer.pos() });
        }
        if self.doubled.is_none() {
            self.doubled = doubled(&dictionary);
        }
        Ok(dictionary)
    }
}

fn doubled(dictionary: &Dictionary) -> Option<Name> {
    let entries = dictionary.entries();
    if entries.len() > FEW {
        return dictionary.doubled_key().cloned();
    }
    let later = |index: usize, key: &Name| entries.iter().skip(index + 1).any(|other| other.key == *key);
    entries
        .iter()
        .enumerate()
        .find(|(index, entry)| later(*index, &entry.key))
        .map(|(_, entry)| entry.key.clone())
}

#[cfg(test)]
mod tests;
