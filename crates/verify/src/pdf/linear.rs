//! Linearized files (ISO 32000-1 annex F). A reader that finds a linearization dictionary with the length of the file
//! begins at the first-page section behind it, not at the last `startxref`. In a right file both are the same section.
//! Where they are not, two readers show two documents: the length can be made to fit after signing, by blanks at the
//! end.

use formats::pdf::Object;

use super::file::{File, skip_white};

/// True when a reader that knows linearization begins at another section.
pub(super) fn begins_elsewhere(file: &File<'_>) -> bool {
    let told = || {
        let view = file.view.as_deref()?;
        let first = view.read_at(file.objects.first()?.offset).ok()?;
        let dictionary = first.object.as_dictionary()?;
        dictionary.get(b"Linearized")?;
        // Some readers take a reference, a real number, or the second of two lengths.
        let mut lengths = dictionary.entries().iter().filter(|entry| entry.key.as_bytes() == b"L");
        let length_of = |value: &Object| view.resolve(value).ok()?.as_integer();
        let is_whole = lengths.any(|entry| {
            length_of(&entry.value).and_then(|length| usize::try_from(length).ok()) == Some(file.bytes.len())
        });
        let begins = view.sections().first()?.offset;
        Some(is_whole && skip_white(file.bytes, begins) != skip_white(file.bytes, first.range.end))
    };
    told().unwrap_or(false)
}
