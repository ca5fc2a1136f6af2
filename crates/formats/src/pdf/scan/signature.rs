//! Dictionaries that look like a signature's, wherever they stand.

use std::collections::VecDeque;
use std::ops::Range;

use memchr::memmem;

use super::super::budget::Budget;
use super::super::lexer::Lexer;
use super::super::parser::Parser;
use super::super::{Dictionary, Limits, Object};
use super::{Found, Scan, SignatureDictionary, around};

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
    counted(scan, most).0
}

/// The same with the bytes that were looked at and read for it.
fn counted(scan: &Scan<'_>, most: usize) -> (SignatureDictionaries, usize) {
    let before = Budget::for_reading(scan.bytes).left();
    let mut search = Search {
        bytes: scan.bytes,
        objects: &scan.objects,
        limits: Limits::default(),
        work: Budget::for_reading(scan.bytes),
        found: Vec::new(),
        last: None,
        opens: VecDeque::new(),
        looked: 0,
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
    let work = before.saturating_sub(search.work.left());
    (SignatureDictionaries { list: search.found, is_whole }, work)
}

struct Search<'a> {
    bytes: &'a [u8],
    objects: &'a [Found],
    limits: Limits,
    work: Budget,
    found: Vec<SignatureDictionary>,
    /// Where the object begins that was read last, and what of the file it took.
    last: Option<(usize, Range<usize>)>,
    /// Where the last `<<` stand that were not tried yet, in rising order, and how far they were looked for: each byte
    /// is looked at once, and each dictionary is read once, however many names follow it.
    opens: VecDeque<usize>,
    looked: usize,
}

impl Search<'_> {
    /// Looks for the dictionary around a hit; gives the range that has been read.
    fn around(&mut self, hit: usize) -> Range<usize> {
        let object = around(self.objects, hit);
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
        self.spend(parser.lexer.reached().saturating_sub(start));
        Some((value.ok()?, start..end))
    }

    /// A dictionary around the hit where no object can be read: from the nearest `<<` outwards. One that was tried for a
    /// hit is of no use to a later one: it does not reach that far, or what it holds is known.
    fn bare(&mut self, hit: usize, from: usize) -> Option<Range<usize>> {
        let from = from.max(hit.saturating_sub(REACH));
        self.look_for_opens(from, hit);
        while let Some(open) = self.opens.pop_back() {
            let Some((value, range)) = self.value(open) else { continue };
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

    /// Keeps the last `<<` between two bytes.
    fn look_for_opens(&mut self, from: usize, to: usize) {
        while self.opens.front().is_some_and(|open| *open < from) {
            self.opens.pop_front();
        }
        let mut at = self.looked.max(from);
        while let Some(found) = self.bytes.get(at..to).and_then(|bytes| memmem::find(bytes, b"<<")) {
            let open = at.saturating_add(found);
            if self.opens.len() >= TRIES {
                self.opens.pop_front();
            }
            self.opens.push_back(open);
            // Of three in a row each pair may be the one.
            at = open.saturating_add(1);
        }
        self.spend(to.saturating_sub(self.looked.max(from)));
        self.looked = self.looked.max(to);
    }

    /// Counts bytes; where they are more than there are left, nothing is left for anybody else.
    fn spend(&self, bytes: usize) {
        if self.work.spend(bytes).is_err() {
            let _ = self.work.spend(self.work.left());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn work(bytes: &[u8]) -> (bool, usize) {
        let (found, work) = counted(&Scan::of(bytes), 1_000);
        (found.is_whole, work)
    }

    /// Names that nothing holds, with and without dictionaries before them: twice as many are twice the work.
    #[test]
    fn work_grows_as_the_file_does() {
        for unit in ["/ByteRange", "<</A 1>> /ByteRange ", "<</A /ByteRange ", "1 0 obj<</A 1>> /ByteRange "]
        {
            let file = |count: usize| unit.repeat(count).into_bytes();
            let ((few, once), (many, twice)) = (work(&file(20_000)), work(&file(40_000)));
            assert!(few && many, "{unit}: given up");
            assert!(once <= 200 * unit.len() * 20_000, "{unit}: {once} bytes");
            assert!(twice <= once * 5 / 2, "{unit}: {once}, then {twice}");
        }
    }

    #[test]
    fn strings_without_an_end_use_up_the_work() {
        for unit in ["<</A(/ByteRange ", "1 0 obj(/ByteRange "] {
            let file = unit.repeat(20_000).into_bytes();
            let (is_whole, work) = work(&file);
            assert!(!is_whole && work <= Budget::for_reading(&file).left(), "{unit}: {work}");
        }
    }
}
