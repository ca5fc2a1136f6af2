//! When two values are the same, in whatever order they are written. What readers may take differently is not: another object
//! with the same content (layers, pages and fonts are told apart by which object they are), a reference on the way to
//! another one (many readers take one step alone), a null in the place of a key that is not there (it ends what is
//! inherited).

use formats::pdf::{Dictionary, Name, Object, ObjectId, Pdf, Stream};

/// True when two values say the same. References to the same object are the same; what it holds is another question.
/// A whole number written as a real (`8.0`) is another value: where an integer must stand, some readers take it and others
/// do not. Where one stands directly and the other in an object of its own, it must be of a kind that nobody tells apart by
/// its place ([`is_plain`]).
pub(super) fn value(old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object) -> bool {
    match (a, b) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| value(old, a, new, b))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => dictionary(old, a, new, b),
        (Object::Stream(a), Object::Stream(b)) => stream(old, a, new, b),
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
        (Some(a), Some(b)) => !value(old, &a.value, new, &b.value),
        _ => true,
    };
    let doubled = b.doubled_key();
    keys.into_iter().filter(|key| differs(key) || doubled == Some(*key)).cloned().collect()
}

/// True when two streams hold the same stored bytes under the same dictionary. Their length may be told in another way,
/// once.
fn stream(old: &Pdf<'_>, a: &Stream, new: &Pdf<'_>, b: &Stream) -> bool {
    let keys = differing(old, &a.dictionary, new, &b.dictionary);
    if b.dictionary.doubled_key().is_some() || keys.iter().any(|key| key.as_bytes() != b"Length") {
        return false;
    }
    match (old.raw_data(a), new.raw_data(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
