//! Trailers, wherever they stand: one that no cross-reference data leads to is what a reader that repairs may take.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::super::budget::Budget;
use super::super::parser::Parser;
use super::super::{Dictionary, Limits, Object, PdfError, Place, indirect};
use super::{Found, around, escaped};

/// The dictionary behind a `trailer`, or that of a cross-reference stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Trailer {
    /// From `trailer` to the end of the dictionary; of a stream the whole object.
    pub range: Range<usize>,
    /// Its spans count in the file.
    pub dictionary: Dictionary,
}

/// What a search for trailers gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trailers {
    /// In the order of the file.
    pub list: Vec<Trailer>,
    /// The limit at which the search ended, so that there may be more.
    pub limit: Option<PdfError>,
}

/// Finds every trailer among the bytes of a file, those of streams as well, and every cross-reference stream among its
/// objects, which are given in the order of the file.
pub fn trailers(bytes: &[u8], objects: &[Found], limits: &Limits) -> Trailers {
    let work = Budget::for_reading(bytes);
    let mut found = Trailers::default();
    for at in memmem::find_iter(bytes, WORD) {
        if let Err(error) = work.check() {
            found.limit = Some(error);
            break;
        }
        let mut parser = Parser::new(bytes, at.saturating_add(WORD.len()), limits);
        let dictionary = parser.dictionary();
        let end = parser.lexer.pos();
        // What this uses up is told before the next one.
        let _ = work.spend(parser.lexer.reached().saturating_sub(at));
        found.list.extend(dictionary.ok().map(|dictionary| Trailer { range: at..end, dictionary }));
    }
    for object in streams(bytes, objects) {
        match indirect::read(bytes, object.offset, limits, &work, indirect::NO_LENGTHS) {
            Ok(read) => found.list.extend(of_stream(read.indirect.object, read.indirect.place)),
            Err(error @ PdfError::Limit("work")) => found.limit = Some(error),
            Err(_) => {}
        }
    }
    found.list.sort_by_key(|trailer| trailer.range.start);
    found
}

const WORD: &[u8] = b"trailer";

/// Objects in which the name of a cross-reference stream stands, each once.
fn streams(bytes: &[u8], objects: &[Found]) -> Vec<Found> {
    let plain = memmem::find_iter(bytes, b"/XRef");
    let others = memchr_iter(b'#', bytes).filter_map(|at| escaped(bytes, at, b"XRef"));
    let mut seen = BTreeSet::new();
    plain.chain(others).filter_map(|at| around(objects, at)).filter(|one| seen.insert(one.offset)).collect()
}

fn of_stream(object: Object, place: Place) -> Option<Trailer> {
    let (Object::Stream(stream), Place::File(range)) = (object, place) else { return None };
    let dictionary = stream.dictionary;
    dictionary.has_name(b"Type", b"XRef").then_some(Trailer { range, dictionary })
}
