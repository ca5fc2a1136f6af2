//! What a field showed when it was signed. Filling in goes from nothing to a value: who signed a form saw its empty
//! fields, and knew that they would be filled. A value that was there is what was signed, like the text around it; another
//! one in its place, or none, is a change of that, and so is a value in a field that is only read (table 221).

use formats::pdf::{Field, Object, Pdf, Widget};

use super::Comparison;
use super::describe::value_text;
use super::fields::area;
use super::looks::{Normal, normal_of};
use crate::text::{Detail, printable};

/// `ReadOnly` of a field's flags.
const READ_ONLY: i64 = 1;
/// `Hidden` of an annotation's flags (§12.5.3).
const HIDDEN: i64 = 2;

impl Comparison<'_, '_> {
    /// What speaks against a value that comes in: the one that was shown before, or that nobody may fill the field.
    pub(super) fn replaced(&self, old: &Field, new: &Field) -> Option<Detail> {
        let before = self.shown_before(old);
        let now = value_of(self.new, new);
        if !before.is_empty() && before != now {
            let (before, now) = (printable(&before), printable(&now));
            return Some(Detail::new(
                format!("签名时显示“{before}”，现为“{now}”"),
                format!("it showed “{before}” when it was signed, and shows “{now}” now"),
            ));
        }
        let is_filled = now != value_of(self.old, old);
        ((old.flags | new.flags) & READ_ONLY != 0 && is_filled)
            .then(|| Detail::new("该域为只读", "the field is read only"))
    }

    /// The value that a field showed; where it has none, the state or the text that its widgets showed.
    fn shown_before(&self, old: &Field) -> String {
        let flags = |widget: &Widget| {
            let flags = self.old.get(&widget.dictionary, b"F").ok().flatten();
            flags.and_then(|flags| flags.as_integer()).unwrap_or_default()
        };
        let is_seen = |widget: &&Widget| area(widget.rect) > 0.0 && flags(widget) & HIDDEN == 0;
        let seen: Vec<&Widget> = old.widgets.iter().filter(is_seen).collect();
        if seen.is_empty() {
            return String::new();
        }
        let value = value_of(self.old, old);
        if !value.is_empty() {
            return value;
        }
        let mut shown = seen
            .iter()
            .map(|widget| if is_button(old) { self.state_before(widget) } else { self.text_before(widget) });
        shown.find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn state_before(&self, widget: &Widget) -> String {
        let state = self.old.get(&widget.dictionary, b"AS").ok().flatten();
        let state = state.as_ref().and_then(Object::as_name).filter(|name| name.as_bytes() != b"Off");
        state.map(formats::pdf::Name::to_text).unwrap_or_default()
    }

    fn text_before(&self, widget: &Widget) -> String {
        let Normal::Stream(stream) = normal_of(self.old, &widget.dictionary) else { return String::new() };
        let Ok(text) = self.old.form_text(&stream) else { return String::new() };
        let text: String = text.glyphs.iter().map(|glyph| glyph.text.as_str()).collect();
        text.trim().to_owned()
    }
}

/// The value of a field; none for a button that is off.
fn value_of(pdf: &Pdf<'_>, field: &Field) -> String {
    let value = value_text(pdf, field);
    if is_button(field) && value == "Off" || value.trim().is_empty() { String::new() } else { value }
}

fn is_button(field: &Field) -> bool {
    field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Btn")
}
