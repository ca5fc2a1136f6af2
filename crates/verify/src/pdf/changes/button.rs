//! Whether a button shows the state that is its value (ISO 32000-1 §12.7.4.2, §12.5.6.19).
//!
//! It shows one of the pictures that it had. Some programs draw the pictures of check boxes anew when they fill them, as the
//! sign that the widget names (`CA` of its `MK`): that passes where a picture is read completely, is one such sign of the
//! standard font of signs, whole and in sight, and nothing but the widget's own background and border beside; and where
//! the picture of the state Off is no sign at all.

use formats::pdf::{Dictionary, Field, Object, Operation, Rect, Stream, Widget, operations};

use super::Comparison;
use super::appearance::{CONTENT, Doubt, FORM, before, has_area, is_standard};
use super::painted::Painted;
use crate::pdf::same;

/// `Pushbutton` (table 226).
const PUSH: i64 = 1 << 16;
/// The standard font of signs.
const SIGNS: [&[u8]; 1] = [b"ZapfDingbats"];
/// Codes of signs that tick a box: two hooks, four crosses, a star, a disc, a diamond and a square.
const TICKS: &[u8] = b"345678Hlun";
/// Hooks, which are one sign in two weights, and the sign of a widget that names none.
const HOOKS: &[u8] = b"34";
/// Type smaller than this many points is hardly seen.
const SMALLEST: f64 = 4.0;

const BUTTON: Doubt =
    ("按钮的状态或图形与其值不符", "the state or the picture of the button is not its value");

impl Comparison<'_, '_> {
    /// A button shows the state that is its value, drawn as it was when it was signed, or drawn anew as the sign that it had.
    pub(super) fn doubt_button(&self, old: &Field, new: &Field) -> Option<Doubt> {
        let value = new.value.as_ref().and_then(|value| self.new.resolve(value).ok());
        let value = match value.as_deref() {
            None | Some(Object::Null) => b"Off".to_vec(),
            Some(Object::Name(name)) => name.as_bytes().to_vec(),
            // MuPDF writes the name of the state as a string.
            Some(Object::String(name)) => name.clone(),
            Some(_) => return Some(BUTTON),
        };
        let mut is_on = false;
        for widget in &new.widgets {
            let before = before(old, widget).map(|before| &before.dictionary);
            let is_kept = match (before.and_then(|before| before.get(b"AP")), widget.dictionary.get(b"AP")) {
                (Some(a), Some(b)) => self.is_untouched(a, b) || self.is_redrawn(before, widget),
                (None, None) => true,
                _ => false,
            };
            let state = match self.new.get(&widget.dictionary, b"AS") {
                Ok(None) => b"Off".to_vec(),
                Ok(Some(Object::Name(name))) => name.as_bytes().to_vec(),
                _ => return Some(BUTTON),
            };
            if !is_kept || !(state == b"Off" || (state == value && self.has_state(widget, &state))) {
                return Some(BUTTON);
            }
            is_on |= state != b"Off";
        }
        let is_shown = new.widgets.iter().any(|widget| has_area(&widget.rect));
        let contradicts = is_shown && is_on != (value != b"Off");
        (new.flags & PUSH != 0 || contradicts).then_some(BUTTON)
    }

    fn has_state(&self, widget: &Widget, state: &[u8]) -> bool {
        let looks = self.new.dictionary(&widget.dictionary, b"AP").ok().flatten();
        let normal = looks.and_then(|looks| self.new.get(&looks, b"N").ok().flatten());
        matches!(normal, Some(Object::Dictionary(states)) if states.get(state).is_some())
    }

    /// True when a value is what it was, and nothing that it leads to is another.
    fn is_untouched(&self, a: &Object, b: &Object) -> bool {
        same::value(self.old, a, self.new, b) && !self.leads_to_touched(b)
    }

    /// True when each picture of a button is the one that it was, or its sign drawn anew.
    fn is_redrawn(&self, before: Option<&Dictionary>, widget: &Widget) -> bool {
        let Some(before) = before else { return false };
        let looks = |pdf: &formats::pdf::Pdf<'_>, owner: &Dictionary, key: &[u8]| {
            pdf.dictionary(owner, key).ok().flatten().unwrap_or_default()
        };
        let (was, now) = (looks(self.old, before, b"AP"), looks(self.new, &widget.dictionary, b"AP"));
        let is_kept = |key: &[u8]| match (was.get(key), now.get(key)) {
            (_, None) => true,
            (Some(a), Some(b)) => self.is_untouched(a, b),
            (None, Some(_)) => false,
        };
        let (old, new) = (looks(self.old, &was, b"N"), looks(self.new, &now, b"N"));
        let is_doubled = self.is_doubled(&widget.dictionary, b"AP") || new.doubled_key().is_some();
        let is_there = |state: &[u8]| state == b"Off" || new.get(state).is_some();
        let marked =
            looks(self.old, before, b"MK").get(b"CA").and_then(Object::as_string).map(<[u8]>::to_vec);
        let is_alike = |state: &[u8], picture: &Object| match old.get(state) {
            Some(old) if self.is_untouched(old, picture) => true,
            None if state != b"Off" => false,
            _ => {
                self.is_sign(widget, picture, (state != b"Off").then_some(marked.as_deref().unwrap_or(HOOKS)))
            }
        };
        // What showed something else when it was off says something by being gone.
        let was_plain = old.get(b"Off").is_none_or(|off| self.is_sign(widget, off, None));
        [&b"R"[..], b"D"].into_iter().all(is_kept)
            && !is_doubled
            && was_plain
            && old.entries().iter().all(|entry| is_there(entry.key.as_bytes()))
            && new.entries().iter().all(|entry| is_alike(entry.key.as_bytes(), &entry.value))
    }

    /// True when a picture shows the sign that is wanted; none: when it shows nothing.
    fn is_sign(&self, widget: &Widget, picture: &Object, wanted: Option<&[u8]>) -> bool {
        let Ok(picture) = self.new.resolve(picture) else { return false };
        let Some(stream) = picture.as_stream() else { return false };
        let entries = stream.dictionary.entries();
        let is_plain = entries.iter().all(|entry| FORM.contains(&entry.key.as_bytes()))
            && !self.is_doubled(&stream.dictionary, b"Resources");
        let content = self.new.data(stream).ok().filter(|data| data.len() <= CONTENT);
        let operations = content.and_then(|content| operations(&content, self.new.limits()).ok());
        let (true, Some(operations), Some(bounds)) = (is_plain, operations, self.bounds(widget, stream))
        else {
            return false;
        };
        let Ok(painted) = Painted::read(self.new, &widget.dictionary, bounds, &operations) else {
            return false;
        };
        match (self.drawn_sign(stream, &operations, &painted.visible), wanted) {
            (Some(None), None) => true,
            (Some(Some(sign)), Some(wanted)) => {
                let is_hook = |sign: &u8| HOOKS.contains(sign);
                TICKS.contains(&sign)
                    && wanted.iter().all(|one| *one == sign || is_hook(one) && is_hook(&sign))
            }
            _ => false,
        }
    }

    /// The one sign that a picture shows; none where it shows something else, or not in sight.
    #[expect(clippy::option_option, reason = "something else, nothing, or a sign")]
    fn drawn_sign(&self, stream: &Stream, operations: &[Operation], visible: &Rect) -> Option<Option<u8>> {
        let (mut place, mut size, mut sign) = ((0.0, 0.0), 0.0, None);
        for operation in operations {
            let numbers: Vec<f64> = operation.operands.iter().filter_map(Object::as_number).collect();
            match (operation.operator.as_slice(), numbers.as_slice()) {
                (b"BT", _) => place = (0.0, 0.0),
                (b"Td", [x, y]) => place = (place.0 + x, place.1 + y),
                (b"Tm", [1.0, 0.0, 0.0, 1.0, x, y]) => place = (*x, *y),
                (b"Tf", [points]) if self.is_font_of_signs(stream, operation) => size = *points,
                (b"Tj", []) if sign.is_none() && size >= SMALLEST => {
                    let [code] = operation.operands.first()?.as_string()? else { return None };
                    let is_seen = visible.left - size * 0.1 <= place.0
                        && place.0 + size * 0.5 <= visible.right
                        && visible.bottom - size * 0.1 <= place.1
                        && place.1 + size * 0.4 <= visible.top;
                    sign = is_seen.then_some(Some(*code))?;
                }
                (operator, _) if operator.starts_with(b"T") || [&b"'"[..], b"\""].contains(&operator) => {
                    return None;
                }
                _ => {}
            }
        }
        Some(sign)
    }

    /// True when the font that is set is the standard font of signs, with nothing in it of its own.
    fn is_font_of_signs(&self, stream: &Stream, operation: &Operation) -> bool {
        let named = || {
            let resources = self.new.dictionary(&stream.dictionary, b"Resources").ok()??;
            let fonts = self.new.dictionary(&resources, b"Font").ok()??;
            let name = operation.operands.first()?.as_name()?;
            (fonts.doubled_key().is_none()).then(|| self.new.dictionary(&fonts, name.as_bytes()).ok())??
        };
        named().is_some_and(|font| is_standard(&font, &SIGNS))
    }
}
