//! When two values are the same, wherever and in whatever order they are written.

use formats::pdf::{Dictionary, Name, Object, Pdf, Stream};

/// Objects on the way to another one where a value and a reference to it are compared.
const DEPTH: usize = 8;

/// True when two values say the same. References to the same object are the same; what it holds is another question.
/// A whole number written as a real (`8.0`) is another value: where an integer must stand, some readers take it and others
/// do not. Where one stands directly and the other in an object of its own, or in another object, what they hold is compared.
pub(super) fn value(old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object) -> bool {
    value_at(old, a, new, b, DEPTH)
}

fn value_at(old: &Pdf<'_>, a: &Object, new: &Pdf<'_>, b: &Object, depth: usize) -> bool {
    match (a, b) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| value_at(old, a, new, b, depth))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => differing_at(old, a, new, b, depth).is_empty(),
        (Object::Stream(a), Object::Stream(b)) => stream(old, a, new, b, depth),
        (Object::Reference(a), Object::Reference(b)) if a == b => true,
        (Object::Reference(_), _) | (_, Object::Reference(_)) => {
            let Some(depth) = depth.checked_sub(1) else { return false };
            match (old.resolve(a), new.resolve(b)) {
                (Ok(a), Ok(b)) => value_at(old, &a, new, &b, depth),
                _ => false,
            }
        }
        _ => a == b,
    }
}

/// True when two dictionaries say the same.
pub(super) fn dictionary(old: &Pdf<'_>, a: &Dictionary, new: &Pdf<'_>, b: &Dictionary) -> bool {
    differing(old, a, new, b).is_empty()
}

/// The keys under which two dictionaries differ. A key that stands twice always differs: readers may take either value.
pub(super) fn differing(old: &Pdf<'_>, a: &Dictionary, new: &Pdf<'_>, b: &Dictionary) -> Vec<Name> {
    differing_at(old, a, new, b, DEPTH)
}

fn differing_at(old: &Pdf<'_>, a: &Dictionary, new: &Pdf<'_>, b: &Dictionary, depth: usize) -> Vec<Name> {
    let mut keys: Vec<&Name> = a.entries().iter().chain(b.entries()).map(|entry| &entry.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs = |key: &&Name| match (a.get(key.as_bytes()), b.get(key.as_bytes())) {
        (None, None) => false,
        (Some(a), Some(b)) => !value_at(old, a, new, b, depth),
        _ => true,
    };
    let doubled = b.doubled_key();
    keys.into_iter().filter(|key| differs(key) || doubled == Some(*key)).cloned().collect()
}

/// True when two streams hold the same stored bytes under the same dictionary. Their length may be told in another way.
fn stream(old: &Pdf<'_>, a: &Stream, new: &Pdf<'_>, b: &Stream, depth: usize) -> bool {
    let keys = differing_at(old, &a.dictionary, new, &b.dictionary, depth);
    if keys.iter().any(|key| key.as_bytes() != b"Length") {
        return false;
    }
    match (old.raw_data(a), new.raw_data(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
