//! When two values are the same, in whatever order they are written. What readers may take differently is not: another object
//! with the same content (layers, pages and fonts are told apart by which object they are), a reference on the way to
//! another one (many readers take one step alone), a null in the place of a key that is not there (it ends what is
//! inherited). What programs change in every file that they save says the same: reals cut to single precision, a whole real
//! written as an integer where any number may stand, a stream stored with another filter.

use formats::pdf::{Dictionary, Name, Object, ObjectId, Pdf, Rect, Stream};

/// Keys under which any number may stand, whole or not (ISO 32000-1 tables 30, 52, 58, 78, 79, 95, 111, 122, 166, 187 and
/// others): readers take `8.0` and `8` for the same there.
const MEASURES: [&[u8]; 36] = [
    b"ArtBox",
    b"Ascent",
    b"AvgWidth",
    b"BBox",
    b"BC",
    b"BG",
    b"BleedBox",
    b"Border",
    b"C",
    b"C0",
    b"C1",
    b"CA",
    b"CapHeight",
    b"Coords",
    b"CropBox",
    b"Descent",
    b"Domain",
    b"FontBBox",
    b"FontMatrix",
    b"IC",
    b"ItalicAngle",
    b"LW",
    b"Leading",
    b"Matrix",
    b"MaxWidth",
    b"MediaBox",
    b"MissingWidth",
    b"QuadPoints",
    b"Range",
    b"Rect",
    b"StemH",
    b"StemV",
    b"TrimBox",
    b"Widths",
    b"XHeight",
    b"ca",
];
/// What tells how the data of a stream are stored.
const STORAGE: [&[u8]; 3] = [b"Length", b"Filter", b"DecodeParms"];

/// True when two values say the same. References to the same object are the same; what it holds is another question.
/// A whole number written as a real (`8.0`) is another value: where an integer must stand, some readers take it and others
/// do not ([`MEASURES`] apart). Two reals are the same when single precision, with which many programs read and write
/// them, does not tell them apart. Where one stands directly and the other in an object of its own, it must be of a kind that nobody tells apart by
/// its place ([`is_plain`]).
pub(super) fn value(old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object) -> bool {
    match (a, b) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| value(old, a, new, b))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => dictionary(old, a, new, b),
        (Object::Stream(a), Object::Stream(b)) => stream(old, a, new, b),
        (Object::Real(a), Object::Real(b)) => is_same_real(*a, *b),
        (Object::Reference(a), Object::Reference(b)) => a == b,
        (Object::Reference(a), b) => {
            target(old, *a).is_some_and(|a| is_plain(&a) && is_plain(b) && value(old, &a, new, b))
        }
        (a, Object::Reference(b)) => {
            target(new, *b).is_some_and(|b| is_plain(a) && is_plain(&b) && value(old, a, new, &b))
        }
        _ => a == b,
    }
}

/// Whether two numbers differ by no more than single precision does.
fn is_same_real(a: f64, b: f64) -> bool {
    (a - b).abs() <= a.abs().min(b.abs()) * f64::from(f32::EPSILON)
}

/// True when two boxes are the same.
pub(super) fn rect(a: &Rect, b: &Rect) -> bool {
    let edges = [(a.left, b.left), (a.bottom, b.bottom), (a.right, b.right), (a.top, b.top)];
    edges.into_iter().all(|(a, b)| is_same_real(a, b))
}

/// True when two values say the same under a key.
pub(super) fn under(key: &[u8], old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object) -> bool {
    value(old, a, new, b) || (MEASURES.contains(&key) && measure(old, a, new, b))
}

/// The same of a number, or of an array of them, where it makes no difference how one is written.
fn measure(old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object) -> bool {
    match (a, b) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| measure(old, a, new, b))
        }
        _ => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => is_same_real(a, b),
            _ => value(old, a, new, b),
        },
    }
}

/// What a reference leads to in one step; none where that is another reference, or nothing.
fn target(pdf: &Pdf<'_>, id: ObjectId) -> Option<Object> {
    let found = pdf.object(id).ok()?;
    (!matches!(found.object, Object::Reference(_) | Object::Null)).then(|| found.object.clone())
}

/// Whether it makes no difference which object holds a value: not for streams, which stand by themselves, nor for
/// dictionaries that say what they are or have a name, as layers, pages and fonts do.
fn is_plain(value: &Object) -> bool {
    match value {
        Object::Stream(_) | Object::Reference(_) | Object::Null => false,
        Object::Dictionary(dictionary) => {
            [&b"Type"[..], b"Name", b"OCGs", b"S"].iter().all(|key| dictionary.entry(key).is_none())
        }
        _ => true,
    }
}

/// True when two dictionaries say the same.
pub(super) fn dictionary(old: &Pdf<'_>, a: &Dictionary, new: &Pdf<'_>, b: &Dictionary) -> bool {
    differing(old, a, new, b).is_empty()
}

/// The keys under which two dictionaries differ. A key that stands twice always differs: readers may take either value.
pub(super) fn differing(old: &Pdf<'_>, a: &Dictionary, new: &Pdf<'_>, b: &Dictionary) -> Vec<Name> {
    let mut keys: Vec<&Name> = a.entries().iter().chain(b.entries()).map(|entry| &entry.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs = |key: &&Name| match (a.entry(key.as_bytes()), b.entry(key.as_bytes())) {
        (None, None) => false,
        (Some(a), Some(b)) => !under(key.as_bytes(), old, &a.value, new, &b.value),
        _ => true,
    };
    let doubled = b.doubled_key();
    keys.into_iter().filter(|key| differs(key) || doubled == Some(*key)).cloned().collect()
}

/// True when two streams hold the same bytes under the same dictionary. Their length may be told in another way, once.
/// Packed with Flate alone in the one place and not at all in the other, as programs do that pack whatever is not, it is
/// the same when it holds the same bytes without damage. Other filters two readers may undo in two ways.
fn stream(old: &Pdf<'_>, a: &Stream, new: &Pdf<'_>, b: &Stream) -> bool {
    let keys = differing(old, &a.dictionary, new, &b.dictionary);
    if b.dictionary.doubled_key().is_some() || keys.iter().any(|key| !STORAGE.contains(&key.as_bytes())) {
        return false;
    }
    if keys.iter().all(|key| key.as_bytes() == b"Length") {
        return matches!((old.raw_data(a), new.raw_data(b)), (Ok(a), Ok(b)) if a == b);
    }
    is_plainly_stored(&a.dictionary)
        && is_plainly_stored(&b.dictionary)
        && matches!((old.whole_data(a), new.whole_data(b)), (Ok(a), Ok(b)) if a == b)
}

/// True for a stream without a filter, or with Flate alone.
fn is_plainly_stored(dictionary: &Dictionary) -> bool {
    let is_flate = |filter: &Object| filter.as_name().is_some_and(|name| name.as_bytes() == b"FlateDecode");
    let is_plain = match dictionary.entry(b"Filter").map(|entry| &entry.value) {
        None => true,
        Some(Object::Array(filters)) => filters.len() == 1 && filters.iter().all(is_flate),
        Some(filter) => is_flate(filter),
    };
    is_plain && [&b"DecodeParms"[..], b"F"].iter().all(|key| dictionary.entry(key).is_none())
}
