//! Filled fields that lie over text of the page. What a field paints beside its text was prepared before signing and is
//! switched on later: a white box with another amount, or an opaque ground. It may lie on blank paper, on a line to write
//! on or on an empty box; over text it covers, or uncovers, what was signed.

use formats::pdf::{Dictionary, Field, Object, Pdf, Widget};

use super::Comparison;
use super::fields::area;
use super::ground::draws_text_alone;

/// Bytes of an appearance.
const CONTENT: usize = 64 << 10;

impl Comparison<'_, '_> {
    /// True when a widget of a field that was filled lies over text of its page and paints, or painted, an area there.
    pub(super) fn covers_text(&self, old: &Field, new: &Field) -> bool {
        let is_button = new.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Btn");
        new.widgets.iter().filter(|widget| area(widget.rect) > 0.0).any(|widget| {
            let Some(page) = widget.page else { return false };
            let before = old.widgets.iter().find(|one| one.id == widget.id);
            let paints = || match before {
                None => true,
                Some(before) if is_button => self.is_switched(before, widget),
                Some(before) => {
                    paints_area(self.old, &before.dictionary) || paints_area(self.new, &widget.dictionary)
                }
            };
            paints() && self.is_text_at(page, widget.rect)
        })
    }

    /// True when a button shows another of its states.
    fn is_switched(&self, before: &Widget, now: &Widget) -> bool {
        let state = |pdf: &Pdf<'_>, widget: &Widget| match pdf.get(&widget.dictionary, b"AS") {
            Ok(Some(Object::Name(name))) => name.as_bytes().to_vec(),
            _ => b"Off".to_vec(),
        };
        state(self.old, before) != state(self.new, now)
    }
}

/// True when a widget has a background, or its appearance paints anything but text, or cannot be read.
fn paints_area(pdf: &Pdf<'_>, widget: &Dictionary) -> bool {
    let ground = match pdf.dictionary(widget, b"MK") {
        Ok(looks) => looks.map_or(Ok(None), |looks| pdf.get(&looks, b"BG")),
        Err(error) => Err(error),
    };
    let is_grounded = match ground {
        Ok(None | Some(Object::Null)) => false,
        Ok(Some(Object::Array(colour))) => !colour.is_empty(),
        _ => true,
    };
    is_grounded || draws_area(pdf, widget)
}

fn draws_area(pdf: &Pdf<'_>, widget: &Dictionary) -> bool {
    let normal = match pdf.dictionary(widget, b"AP") {
        Ok(looks) => looks.map_or(Ok(None), |looks| pdf.get(&looks, b"N")),
        Err(error) => Err(error),
    };
    match normal {
        Ok(None | Some(Object::Null)) => false,
        Ok(Some(Object::Stream(stream))) => match pdf.data(&stream) {
            Ok(content) => content.len() > CONTENT || !draws_text_alone(&content, pdf.limits()),
            Err(_) => true,
        },
        _ => true,
    }
}
