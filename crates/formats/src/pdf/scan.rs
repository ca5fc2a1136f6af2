//! The byte layer: what stands in the file, whoever refers to it.

mod comment;
mod listed;
mod signature;
mod trailer;
mod words;

use std::ops::Range;

use memchr::memrchr;

use super::lexer::{Lexer, is_regular, is_space, unescape_name};
use super::{Dictionary, ObjectId};
use words::Word;

pub use listed::listed;
pub use signature::SignatureDictionaries;
pub use trailer::{Trailer, Trailers, trailers};

/// An `N G obj` that stands somewhere in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub id: ObjectId,
    /// Where the number begins.
    pub offset: usize,
}

/// The end of a revision: `startxref N %%EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionEnd {
    /// From `startxref` to just behind `%%EOF` and one end of line (CR, LF or CRLF).
    pub range: Range<usize>,
    /// The offset named; it counts from the header.
    pub offset: usize,
}

/// A dictionary with `ByteRange` and `Contents` that stands in the file, reached or not.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureDictionary {
    /// The object around it, when there is one.
    pub id: Option<ObjectId>,
    /// Where the object (or else the dictionary) begins.
    pub offset: usize,
    /// The dictionary, its spans in the file.
    pub dictionary: Dictionary,
}

/// What stands in a file, found in one pass over all its bytes. Those of streams are looked through as well: what a
/// repairing viewer finds counts. Bounded by the size of the file.
#[derive(Debug)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    /// Every `N G obj`, in the order of the file.
    pub objects: Vec<Found>,
    /// Every end of a revision, in the order of the file.
    pub ends: Vec<RevisionEnd>,
    /// Where a name stands that is or begins with `ByteRange`, in rising order.
    names: Vec<usize>,
}

impl<'a> Scan<'a> {
    /// Looks through a file.
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut scan = Self { bytes, objects: Vec::new(), ends: Vec::new(), names: Vec::new() };
        words::each(bytes, &mut |word, at| match word {
            Word::Object => scan.objects.extend(headers_before(bytes, at)),
            Word::End => scan.ends.extend(revision_end(bytes, at)),
            Word::Name => scan.names.push(at),
            Word::Escape => scan.names.extend(escaped(bytes, at, b"ByteRange")),
        });
        scan.names.sort_unstable();
        scan.names.dedup();
        scan
    }

    /// Every dictionary that looks like a signature's, in the order of the file. At most `most`.
    ///
    /// Objects in object streams are not looked at. Bytes that were made to be read again and again end the search; the
    /// answer tells.
    pub fn signature_dictionaries(&self, most: usize) -> SignatureDictionaries {
        signature::search(self, most)
    }
}

/// Where the name begins that a `#xx` stands in, when it is this one.
fn escaped(bytes: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    // Each of its characters may be written with three.
    let longest = 3 * wanted.len();
    let from = at.saturating_sub(longest);
    let slash = from + memrchr(b'/', bytes.get(from..at)?)?;
    let name = bytes.get(slash + 1..)?;
    let len = name.iter().take(longest + 1).take_while(|byte| is_regular(**byte)).count();
    (unescape_name(name.get(..len)?) == wanted).then_some(slash)
}

/// The object that begins last before a byte, or there.
pub(super) fn around(found: &[Found], at: usize) -> Option<Found> {
    let before = found.partition_point(|object| object.offset <= at);
    found.get(before.checked_sub(1)?).copied()
}

/// Each `N G` that readers may take to stand before an `obj`, in rising order. Whoever repairs a file reads its tokens
/// (with comments between) or its lines, cuts a generation down to size, and does not ask what follows the word.
fn headers_before(bytes: &[u8], at: usize) -> Vec<Found> {
    let before = bytes.get(..at).unwrap_or_default();
    // Most hits are `endobj`.
    if !before.last().is_some_and(|byte| byte.is_ascii_digit() || is_space(*byte)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for behind in comment::before(before) {
        let Some((behind, generation)) = digits_at_end(behind) else { continue };
        for between in comment::before(behind).into_iter().filter(|between| between.len() < behind.len()) {
            let Some((rest, number)) = digits_at_end(between) else { continue };
            let Ok(number) = u32::try_from(number) else { continue };
            let generation = u16::try_from(generation).unwrap_or(u16::MAX);
            found.push(Found { id: ObjectId { number, generation }, offset: rest.len() });
        }
    }
    found.sort_unstable_by_key(|one| one.offset);
    found.dedup();
    found
}

/// The number at the end, and what stands before it.
fn digits_at_end(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let len = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, digits) = bytes.split_at_checked(bytes.len() - len)?;
    let value = digits
        .iter()
        .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    (len > 0).then_some((rest, value))
}

fn revision_end(bytes: &[u8], start: usize) -> Option<RevisionEnd> {
    let mut lexer = Lexer::new(bytes, start);
    let spaces = |lexer: &mut Lexer<'_>| {
        while lexer.peek().is_some_and(is_space) {
            lexer.set_pos(lexer.pos() + 1);
        }
    };
    lexer.eat(b"startxref");
    spaces(&mut lexer);
    let offset = usize::try_from(lexer.digits(u64::MAX)?).ok()?;
    spaces(&mut lexer);
    if !lexer.eat(b"%%EOF") {
        return None;
    }
    let _ = lexer.eat(b"\r\n") || lexer.eat(b"\n") || lexer.eat(b"\r");
    Some(RevisionEnd { range: start..lexer.pos(), offset })
}
