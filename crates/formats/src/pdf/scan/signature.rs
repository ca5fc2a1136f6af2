//! Dictionaries that look like a signature's, wherever they stand.

use std::ops::Range;

use memchr::{memmem, memrchr};

use super::super::budget::Budget;
use super::super::lexer::{Lexer, is_regular, unescape_name};
use super::super::parser::Parser;
use super::super::{Dictionary, Limits, Object};
use super::{Found, Scan, SignatureDictionary};

/// How many `<<` before a `ByteRange` are tried where no object can be read around it.
const TRIES: usize = 32;

/// How far before a `ByteRange` its dictionary may begin, where no object can be read around it.
const REACH: usize = 256 << 10;

/// What a search for signature dictionaries gives.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureDictionaries {
    /// In the order of the file.
    pub list: Vec<SignatureDictionary>,
    /// False when there may be more: as many were found as were wanted, or reading them again and again was given up.
    pub is_whole: bool,
}

/// Reads the dictionaries around the names that were found.
pub(super) fn search(scan: &Scan<'_>, most: usize) -> SignatureDictionaries {
    let mut search = Search {
        bytes: scan.bytes,
        objects: &scan.objects,
        limits: Limits::default(),
        work: Budget::for_reading(scan.bytes),
        found: Vec::new(),
        last: None,
    };
    let (mut read, mut is_whole) = (0..0, true);
    for hit in scan.names.iter().copied() {
        if read.contains(&hit) {
            continue;
        }
        if search.found.len() >= most || search.work.left() == 0 {
            is_whole = false;
            break;
        }
        read = search.around(hit);
    }
    is_whole &= search.found.len() <= most;
    search.found.truncate(most);
    SignatureDictionaries { list: search.found, is_whole }
}

/// Where the name begins that a `#xx` stands in, when it is `ByteRange`.
pub(super) fn escaped(bytes: &[u8], at: usize) -> Option<usize> {
    // Each of its characters may be written with three.
    let longest = 3 * b"ByteRange".len();
    let from = at.saturating_sub(longest);
    let slash = from + memrchr(b'/', bytes.get(from..at)?)?;
    let name = bytes.get(slash + 1..)?;
    let len = name.iter().take(longest + 1).take_while(|byte| is_regular(**byte)).count();
    (unescape_name(name.get(..len)?) == b"ByteRange").then_some(slash)
}

struct Search<'a> {
    bytes: &'a [u8],
    objects: &'a [Found],
    limits: Limits,
    work: Budget,
    found: Vec<SignatureDictionary>,
    /// Where the object begins that was read last, and what of the file it took.
    last: Option<(usize, Range<usize>)>,
}

impl Search<'_> {
    /// Looks for the dictionary around a hit; gives the range that has been read.
    fn around(&mut self, hit: usize) -> Range<usize> {
        let before = self.objects.partition_point(|object| object.offset <= hit);
        let object = before.checked_sub(1).and_then(|index| self.objects.get(index)).copied();
        if let Some(object) = object {
            let range = self.object(object);
            if range.contains(&hit) {
                return range;
            }
        }
        self.bare(hit, object.map_or(0, |object| object.offset)).unwrap_or(hit..hit + 1)
    }

    /// Reads an object, once, and keeps the signature dictionaries in it.
    fn object(&mut self, object: Found) -> Range<usize> {
        if let Some((_, range)) = self.last.as_ref().filter(|(offset, _)| *offset == object.offset) {
            return range.clone();
        }
        let mut lexer = Lexer::new(self.bytes, object.offset);
        lexer.object_header();
        let range = match self.value(lexer.pos()) {
            Some((value, range)) => {
                self.collect(&value, Some(object));
                object.offset..range.end
            }
            None => 0..0,
        };
        self.last = Some((object.offset, range.clone()));
        range
    }

    /// Reads a value; none where there is none.
    fn value(&mut self, start: usize) -> Option<(Object, Range<usize>)> {
        let mut parser = Parser::new(self.bytes, start, &self.limits);
        let value = parser.value();
        let end = parser.lexer.pos();
        if self.work.spend(end.saturating_sub(start)).is_err() {
            // Nothing is left for anybody else.
            let _ = self.work.spend(self.work.left());
        }
        Some((value.ok()?, start..end))
    }

    /// A dictionary around the hit where no object can be read: from the nearest `<<` outwards.
    fn bare(&mut self, hit: usize, from: usize) -> Option<Range<usize>> {
        let from = from.max(hit.saturating_sub(REACH));
        let before = self.bytes.get(from..hit)?;
        let opens: Vec<usize> = memmem::rfind_iter(before, b"<<").take(TRIES).collect();
        for open in opens {
            let Some((value, range)) = self.value(from + open) else { continue };
            let known = self.found.len();
            if range.contains(&hit) {
                self.collect(&value, None);
            }
            if self.found.len() > known {
                for found in self.found.iter_mut().skip(known) {
                    found.offset = range.start;
                }
                return Some(range);
            }
        }
        None
    }

    /// Keeps every dictionary in a value that has both keys. The depth is that of the parser.
    fn collect(&mut self, value: &Object, object: Option<Found>) {
        match value {
            Object::Array(items) => items.iter().for_each(|item| self.collect(item, object)),
            Object::Dictionary(dictionary) => {
                if looks_like_one(dictionary) {
                    self.found.push(SignatureDictionary {
                        id: object.map(|object| object.id),
                        offset: object.map_or(0, |object| object.offset),
                        dictionary: dictionary.clone(),
                    });
                }
                dictionary.entries().iter().for_each(|entry| self.collect(&entry.value, object));
            }
            _ => {}
        }
    }
}

fn looks_like_one(dictionary: &Dictionary) -> bool {
    dictionary.entry(b"ByteRange").is_some() && dictionary.entry(b"Contents").is_some()
}
