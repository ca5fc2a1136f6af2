//! What programs that fill forms write anew in a field, and that says the same: numbers cut to two decimals (pdf.js), the
//! default appearance in another order and the border that every field has (MuPDF). Elsewhere such a change is none of
//! filling in.

use formats::pdf::{Dictionary, Field, Name, Object, operations};

use super::Comparison;
use crate::pdf::same;

/// Half of the last of two decimals. Of a colour it is one step of 255, of a place less than a printer's dot.
const HALF: f64 = 0.005_001;
/// What of a widget is cut to two decimals with the rest of it.
const CUT: [&[u8]; 4] = [b"Rect", b"MK", b"BS", b"Border"];
/// Operators of a default appearance: the font with its size, and the colour.
const DEFAULT: [&[u8]; 4] = [b"Tf", b"g", b"rg", b"k"];

impl Comparison<'_, '_> {
    /// True when a key of a field or its widget that was filled says what it said.
    pub(super) fn is_rewritten(&self, key: &[u8], old: &Dictionary, new: &Dictionary) -> bool {
        let is_usual = |style: &Object| key == b"BS" && is_usual_border(style);
        match (old.get(key), new.get(key)) {
            (Some(Object::Dictionary(a)), Some(Object::Dictionary(b))) if key == b"MK" => {
                // pdf.js leaves the caption out: of a widget with an appearance nobody draws it.
                let is_left_out = b.entry(b"CA").is_none() && new.get(b"AP").is_some();
                let mut a = a.clone();
                if is_left_out {
                    a.remove(b"CA");
                }
                self.is_cut(&Object::Dictionary(a), &Object::Dictionary(b.clone()))
            }
            (Some(a), Some(b)) => {
                let has_colour = || [old, new].into_iter().any(|widget| self.has_border_colour(widget));
                (CUT.contains(&key) && self.is_cut(a, b)) || (is_usual(b) && !has_colour())
            }
            (None, Some(style)) => is_usual(style) && old.entry(b"Border").is_none(),
            _ => false,
        }
    }

    /// True when a border has a colour, without which none is seen.
    fn has_border_colour(&self, widget: &Dictionary) -> bool {
        match self.new.dictionary(widget, b"MK") {
            Ok(looks) => looks.is_some_and(|looks| looks.entry(b"BC").is_some()),
            Err(_) => true,
        }
    }

    /// True when two values are the same but for numbers, which differ by less than half of a second decimal.
    fn is_cut(&self, a: &Object, b: &Object) -> bool {
        match (a, b) {
            (Object::Array(a), Object::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.is_cut(a, b))
            }
            (Object::Dictionary(a), Object::Dictionary(b)) => {
                a.entries().len() == b.entries().len()
                    && b.doubled_key().is_none()
                    && a.entries().iter().all(|entry| {
                        let now = b.get(entry.key.as_bytes());
                        now.is_some_and(|now| self.is_cut(&entry.value, now))
                    })
            }
            _ => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => (a - b).abs() <= HALF,
                _ => same::value(self.old, a, self.new, b),
            },
        }
    }

    /// True when a field or a widget of it has another default appearance than it had, be it inherited: in it readers show
    /// a value that is being written.
    pub(super) fn has_other_defaults(&self, old: &Field, new: &Field) -> bool {
        let dictionaries = |field: &Field| {
            let widgets = field.widgets.iter().map(|widget| widget.dictionary.clone());
            std::iter::once(field.dictionary.clone()).chain(widgets).collect::<Vec<_>>()
        };
        let text = |pdf: &formats::pdf::Pdf<'_>, dictionary: &Dictionary| match pdf.get(dictionary, b"DA") {
            Ok(Some(Object::String(bytes))) => Some(bytes),
            _ => None,
        };
        let is_button = old.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Btn");
        let form = text(self.old, &self.old_form.dictionary).filter(|_| !is_button);
        let known: Vec<Vec<u8>> =
            dictionaries(old).iter().filter_map(|one| text(self.old, one)).chain(form).collect();
        // A button has no text of its own.
        if known.is_empty() && is_button {
            return false;
        }
        let is_known = |now: &Vec<u8>| known.iter().any(|known| known == now || self.says_alike(known, now));
        let is_written = |own: &&Dictionary| !old_has(old, own);
        let all = dictionaries(new);
        all.iter().filter(is_written).filter_map(|one| text(self.new, one)).any(|now| !is_known(&now))
    }

    /// True when the form, which had no default appearance, comes to have the usual one: black, in some font. Only fields
    /// that could not be drawn for the lack of it can use it.
    pub(super) fn is_first_default(&self) -> bool {
        let now = self.new.get(&self.new_form.dictionary, b"DA").ok().flatten();
        let now =
            now.as_ref().and_then(Object::as_string).and_then(|now| operations(now, self.new.limits()).ok());
        let is_black = |one: &formats::pdf::Operation| match one.operator.as_slice() {
            b"Tf" => one.operands.len() == 2,
            b"g" => matches!(one.operands.as_slice(), [shade] if shade.as_number() == Some(0.0)),
            _ => false,
        };
        let is_usual = now.is_some_and(|now| now.iter().all(is_black));
        is_usual && self.old_form.dictionary.entry(b"DA").is_none()
    }

    /// True when two default appearances name the same font, in the same size and colour.
    fn says_alike(&self, a: &[u8], b: &[u8]) -> bool {
        let read = |text: &[u8]| {
            let mut all = operations(text, self.new.limits()).ok()?;
            // Gray is red, green and blue alike.
            for one in all.iter_mut().filter(|one| one.operator == b"g" && one.operands.len() == 1) {
                one.operator = b"rg".to_vec();
                one.operands = one.operands.iter().cycle().take(3).cloned().collect();
            }
            let is_plain = all.iter().all(|one| DEFAULT.contains(&one.operator.as_slice()));
            let fonts = all.iter().filter(|one| one.operator == b"Tf").count();
            all.sort_by(|one, other| one.operator.cmp(&other.operator));
            (is_plain && fonts == 1 && all.len() <= 2).then_some(all)
        };
        let (Some(a), Some(b)) = (read(a), read(b)) else { return false };
        let is_alike = |(a, b): (&formats::pdf::Operation, &formats::pdf::Operation)| {
            let (one, other) = (Object::Array(a.operands.clone()), Object::Array(b.operands.clone()));
            a.operator == b.operator && self.is_cut(&one, &other)
        };
        a.len() == b.len() && a.iter().zip(&b).all(is_alike)
    }
}

/// True when a field or a widget of it has this default appearance as it was.
fn old_has(old: &Field, now: &Dictionary) -> bool {
    let Some(now) = now.get(b"DA") else { return true };
    let mut before =
        std::iter::once(&old.dictionary).chain(old.widgets.iter().map(|widget| &widget.dictionary));
    before.any(|before| before.get(b"DA") == Some(now))
}

/// The border of a field that names none: solid, one point wide (tables 164 and 166).
fn is_usual_border(style: &Object) -> bool {
    let Some(style) = style.as_dictionary() else { return false };
    style.doubled_key().is_none()
        && style.entries().iter().all(|entry| match entry.key.as_bytes() {
            b"W" => entry.value.as_number().is_some_and(|width| (width - 1.0).abs() <= HALF),
            b"S" => entry.value.as_name().is_some_and(|name| *name == Name::new("S")),
            b"Type" => entry.value.as_name().is_some_and(|name| *name == Name::new("Border")),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use formats::pdf::{Dictionary, Object};

    use super::is_usual_border;

    #[test]
    fn the_border_that_every_field_has() {
        let style = |width: f64, name: &str| {
            let style = Dictionary::new().with(b"W", Object::Real(width)).with(b"S", Object::name(name));
            Object::Dictionary(style)
        };
        assert!(is_usual_border(&style(1.0, "S")));
        assert!(is_usual_border(&Object::Dictionary(Dictionary::new())));
        assert!(!is_usual_border(&style(3.0, "S")));
        assert!(!is_usual_border(&style(1.0, "B")));
        assert!(!is_usual_border(&Object::Null));
    }
}
