//! Words about fields and pages: what a field shows, and which page uses an object.

use std::collections::HashSet;

use formats::pdf::{Dictionary, Field, Object, Pdf, text_of};

use super::Comparison;
use crate::pdf::same;
use crate::text::{Detail, printable};

/// Objects that are gone through to find out which page uses one.
const MOST_OBJECTS: usize = 20_000;
/// Bytes of an appearance that are read for its text.
const APPEARANCE: usize = 1 << 20;

/// Words about a field.
pub(super) fn field_words(zh: &str, en: &str, name: &str) -> Detail {
    let name = printable(name);
    Detail::new(format!("{zh} {name}"), format!("{en} {name}"))
}

/// The value of a field as text.
pub(super) fn value_text(pdf: &Pdf<'_>, field: &Field) -> String {
    let Some(value) = &field.value else { return String::new() };
    match pdf.resolve(value).ok().as_deref() {
        Some(Object::String(bytes)) => text_of(bytes),
        Some(Object::Name(name)) => name.to_text(),
        Some(Object::Array(items)) => {
            let texts = items.iter().filter_map(Object::as_string).map(text_of);
            texts.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// Whether a field shows its value, where that can be told: the state of a button, the plain text of a text field.
pub(super) fn shows_value(pdf: &Pdf<'_>, field: &Field) -> Option<bool> {
    let kind = field.kind.as_ref().map(formats::pdf::Name::as_bytes)?;
    let text = value_text(pdf, field);
    if kind == b"Btn" {
        let states: Vec<String> = field
            .widgets
            .iter()
            .filter_map(|widget| widget.dictionary.name(b"AS"))
            .map(formats::pdf::Name::to_text)
            .collect();
        let is_on = |state: &String| state != "Off";
        return Some(states.iter().filter(|state| is_on(state)).all(|state| *state == text));
    }
    if kind != b"Tx" || !text.is_ascii() || text.is_empty() {
        return None;
    }
    let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let wanted = squeeze(&text);
    let shown: Vec<String> =
        field.widgets.iter().filter_map(|widget| shown_text(pdf, &widget.dictionary)).collect();
    let paints = field.widgets.iter().any(|widget| paints_other(pdf, &widget.dictionary));
    if shown.is_empty() && !paints {
        return None;
    }
    Some(!paints && shown.iter().all(|shown| squeeze(shown).contains(&wanted)))
}

/// The text that a normal appearance shows, where it is written in plain letters.
fn shown_text(pdf: &Pdf<'_>, widget: &Dictionary) -> Option<String> {
    let text = strings(&content(pdf, widget)?);
    (!text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))).then_some(text)
}

/// The content of a normal appearance.
fn content(pdf: &Pdf<'_>, widget: &Dictionary) -> Option<Vec<u8>> {
    let appearance = pdf.dictionary(widget, b"AP").ok()??;
    let normal = pdf.get(&appearance, b"N").ok()??;
    pdf.data(normal.as_stream()?).ok().filter(|data| data.len() <= APPEARANCE)
}

/// True when an appearance paints something that is no text: an image or a form (`Do`, `BI`), a shading (`sh`).
fn paints_other(pdf: &Pdf<'_>, widget: &Dictionary) -> bool {
    let is_painting = |token: &[u8]| [&b"Do"[..], b"BI", b"sh"].contains(&token);
    content(pdf, widget).is_some_and(|content| {
        let mut tokens = content.split(|byte| byte.is_ascii_whitespace() || b"()<>[]{}".contains(byte));
        tokens.any(is_painting)
    })
}

/// The strings of a content stream, literal and hexadecimal, one after the other.
fn strings(content: &[u8]) -> String {
    let mut out = Vec::new();
    let (mut depth, mut escaped) = (0_usize, false);
    let mut hexadecimal: Option<Vec<u8>> = None;
    for byte in content {
        if let Some(digits) = &mut hexadecimal {
            match byte {
                b'>' => {
                    out.extend(hex::decode(&digits).unwrap_or_default());
                    hexadecimal = None;
                }
                byte if byte.is_ascii_whitespace() => {}
                byte => digits.push(*byte),
            }
            continue;
        }
        match (depth, escaped, byte) {
            (0, _, b'<') => hexadecimal = Some(Vec::new()),
            (0, _, b'(') => depth = 1,
            (0, ..) => {}
            (_, true, byte) => {
                escaped = false;
                out.push(*byte);
            }
            (_, false, b'\\') => escaped = true,
            (_, false, b')') => {
                depth -= 1;
                if depth > 0 {
                    out.push(b')');
                }
            }
            (_, false, byte) => {
                depth += usize::from(*byte == b'(');
                out.push(*byte);
            }
        }
    }
    out.into_iter().map(char::from).collect()
}

impl Comparison<'_, '_> {
    /// The first page that leads to an object, counted from zero.
    pub(super) fn page_of(&self, number: u32) -> Option<usize> {
        let mut seen: HashSet<u32> = HashSet::new();
        self.new_pages.iter().position(|page| {
            let mut open: Vec<u32> = Vec::new();
            for dictionary in [&page.dictionary, &page.resources] {
                let entries = dictionary.entries().iter();
                for entry in entries.filter(|entry| entry.key.as_bytes() != b"Parent") {
                    same::references(&entry.value, &mut |id| open.push(id.number));
                }
            }
            self.leads_to(open, number, &mut seen)
        })
    }

    fn leads_to(&self, mut open: Vec<u32>, number: u32, seen: &mut HashSet<u32>) -> bool {
        while let Some(next) = open.pop() {
            if next == number {
                return true;
            }
            if seen.len() >= MOST_OBJECTS || !seen.insert(next) {
                continue;
            }
            let Some(id) = crate::pdf::file::id_of(self.new, next) else { continue };
            let Ok(indirect) = self.new.object(id) else { continue };
            let Some(dictionary) = indirect.object.as_dictionary() else { continue };
            // The tree of pages and the structure lead everywhere.
            let is_way_up = [&b"Page"[..], b"Pages", b"Catalog", b"StructElem"]
                .iter()
                .any(|kind| dictionary.has_name(b"Type", kind));
            if !is_way_up {
                for entry in dictionary
                    .entries()
                    .iter()
                    .filter(|e| ![&b"Parent"[..], b"P"].contains(&e.key.as_bytes()))
                {
                    same::references(&entry.value, &mut |id| open.push(id.number));
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::strings;

    #[test]
    fn the_text_of_an_appearance_is_read() {
        assert_eq!(strings(b"/Tx BMC BT (Paid \\(100\\)) Tj (!) Tj ET"), "Paid (100)!");
        assert_eq!(strings(b"q (a (nested) b) Tj"), "a (nested) b");
        assert_eq!(strings(b"(open"), "open");
        assert_eq!(strings(b""), "");
    }
}
