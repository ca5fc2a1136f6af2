//! Dictionaries that look like a signature's, wherever they stand.

use std::ops::Range;

use memchr::{memchr_iter, memmem, memrchr};

use super::super::budget::Budget;
use super::super::lexer::{Lexer, is_regular, unescape_name};
use super::super::parser::Parser;
use super::super::{Dictionary, Limits, Object};
use super::{Found, SignatureDictionary, objects};

/// How many `<<` before a `ByteRange` are tried where no object can be read around it.
const TRIES: usize = 32;

/// How far before a `ByteRange` its dictionary may begin, where no object can be read around it.
const REACH: usize = 256 << 10;

/// Every dictionary that looks like a signature's, in the order of the file. At most `most`.
///
/// Objects in object streams are not looked at. Bytes that were made to be read again and again end the search.
pub fn signature_dictionaries(bytes: &[u8], most: usize) -> Vec<SignatureDictionary> {
    signature_dictionaries_among(bytes, &objects(bytes, 0..bytes.len()), most)
}

/// The same for who has looked for the objects of the file already ([`objects`]).
pub fn signature_dictionaries_among(
    bytes: &[u8],
    objects: &[Found],
    most: usize,
) -> Vec<SignatureDictionary> {
    let hits = hits(bytes);
    if hits.is_empty() {
        return Vec::new();
    }
    let mut search = Search {
        bytes,
        objects,
        limits: Limits::default(),
        work: Budget::for_reading(bytes),
        found: Vec::new(),
    };
    let mut read = 0..0;
    for hit in hits {
        if search.found.len() >= most || search.work.left() == 0 {
            break;
        }
        if !read.contains(&hit) {
            read = search.around(hit);
        }
    }
    search.found.truncate(most);
    search.found
}

/// Where the name `ByteRange` stands, also when it is written with `#xx`.
fn hits(bytes: &[u8]) -> Vec<usize> {
    let mut hits: Vec<usize> = memmem::find_iter(bytes, b"/ByteRange").collect();
    // Each of its characters may be written with three.
    let longest = 3 * b"ByteRange".len();
    for at in memchr_iter(b'#', bytes) {
        let from = at.saturating_sub(longest);
        let slash = bytes.get(from..at).and_then(|before| memrchr(b'/', before)).map(|slash| from + slash);
        let Some(name) = slash.and_then(|slash| bytes.get(slash + 1..)) else { continue };
        let len = name.iter().take(longest + 1).take_while(|byte| is_regular(**byte)).count();
        if len >= b"ByteRange".len() && unescape_name(name.get(..len).unwrap_or_default()) == b"ByteRange" {
            hits.extend(slash);
        }
    }
    hits.sort_unstable();
    hits.dedup();
    hits
}

struct Search<'a> {
    bytes: &'a [u8],
    objects: &'a [Found],
    limits: Limits,
    work: Budget,
    found: Vec<SignatureDictionary>,
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

    /// Reads an object and keeps the signature dictionaries in it.
    fn object(&mut self, object: Found) -> Range<usize> {
        let mut lexer = Lexer::new(self.bytes, object.offset);
        lexer.object_header();
        let Some((value, range)) = self.value(lexer.pos()) else { return 0..0 };
        self.collect(&value, Some(object));
        object.offset..range.end
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
