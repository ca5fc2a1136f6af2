//! What a widget is, and what one paints (ISO 32000-1 §12.5.6.19).
//!
//! An annotation is what its `Subtype` says, whatever it holds beside: one that calls itself a field as well is shown by
//! readers as the note, the highlight or the line that it is. Only a `Widget` is the widget of a field.

use formats::pdf::{Dictionary, Field, Object};

use super::describe::field_words;
use super::fields::area;
use super::{Comparison, Kind};
use crate::text::printable;

impl Comparison<'_, '_> {
    /// True for an annotation whose `Subtype` is `Widget`.
    pub(super) fn is_widget(&self, dictionary: &Dictionary) -> bool {
        let subtype = self.new.get(dictionary, b"Subtype").ok().flatten();
        subtype.as_ref().and_then(Object::as_name).is_some_and(|name| name.as_bytes() == b"Widget")
    }

    /// Tells of a signature field that is another annotation too, or whose widgets are. True when it is: nobody can say
    /// what readers show of it, and the signature in it did not sign that.
    pub(super) fn tell_disguised(&mut self, field: &Field) -> bool {
        let other = {
            let widgets = field.widgets.iter().map(|widget| &widget.dictionary);
            let own = Some(&field.dictionary).filter(|own| own.entry(b"Subtype").is_some());
            own.into_iter().chain(widgets).find(|dictionary| !self.is_widget(dictionary)).cloned()
        };
        let Some(other) = other else { return false };
        let subtype = self.new.get(&other, b"Subtype").ok().flatten();
        let subtype = subtype.as_ref().and_then(Object::as_name).map(|name| printable(&name.to_text()));
        let subtype = subtype.unwrap_or_else(|| "-".to_owned());
        let mut words = field_words("签名域", "the signature field", &field.name);
        words.zh = format!("{}（实为 {subtype} 批注）", words.zh);
        words.en = format!("{} is an annotation {subtype} too", words.en);
        self.tell_field(Kind::Annotation, field, &words);
        true
    }

    /// True when what a widget is stays what it was: signing makes a widget of a field that had none, and of nothing
    /// else.
    pub(super) fn is_kept(&self, key: &[u8], old: &Dictionary, new: &Dictionary) -> bool {
        match key {
            b"Subtype" => old.entry(key).is_none() && self.is_widget(new),
            b"Type" => old.entry(key).is_none() && new.has_name(key, b"Annot"),
            _ => true,
        }
    }

    /// True when a widget of a field has an area and something that readers paint there: an appearance, or a background,
    /// a caption or a border of which they make one (§12.5.6.19).
    pub(super) fn is_painted(&self, field: &Field) -> bool {
        field.widgets.iter().any(|widget| area(widget.rect) > 0.0 && self.paints(&widget.dictionary))
    }

    fn paints(&self, widget: &Dictionary) -> bool {
        let number = |value: Option<&Object>| {
            value.and_then(|value| self.new.resolve(value).ok()).and_then(|value| value.as_number())
        };
        let get = |key: &[u8]| self.new.get(widget, key).ok().flatten();
        // `R` alone turns what there is none of.
        let is_dressed = get(b"MK").is_some_and(|looks| {
            let entries = looks.as_dictionary().map(Dictionary::entries).unwrap_or_default();
            entries.iter().any(|entry| entry.key.as_bytes() != b"R")
        });
        let has_line = get(b"BS").is_some_and(|style| {
            number(style.as_dictionary().and_then(|style| style.get(b"W"))).is_none_or(|width| width > 0.0)
        });
        let has_border = get(b"Border").is_some_and(|border| {
            number(border.as_array().and_then(|border| border.get(2))).is_none_or(|width| width > 0.0)
        });
        widget.get(b"AP").is_some() || is_dressed || has_line || has_border
    }
}
