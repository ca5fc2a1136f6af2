//! Forms that ask readers to draw their fields anew (`NeedAppearances`, ISO 32000-1 §12.7.2).
//!
//! Readers draw a signature field then as they like: poppler and Acrobat show no picture at all. The request is taken
//! back where every other field has its appearance; where one has none, taking it back would hide what is filled in.

use super::error::SealError;
use crate::pdf::{Dictionary, Field, Form, Object, ObjectId, Pdf, Widget};

/// Annotation flags: hidden, no view.
const UNSEEN: i64 = 2 | 32;

/// True when the form asks for it.
pub(super) fn is_asked(file: &Pdf<'_>, form: &Dictionary) -> Result<bool, SealError> {
    Ok(file.get(form, b"NeedAppearances")? == Some(Object::Boolean(true)))
}

/// Refuses a form with a field that only a reader would draw; the field that is signed gets its appearance.
pub(super) fn check(file: &Pdf<'_>, form: &Form, own: Option<ObjectId>) -> Result<(), SealError> {
    for field in form.fields.iter().filter(|field| field.id.is_none() || field.id != own) {
        if !field.is_signature() && !is_drawn(file, field)? {
            return Err(SealError::NeedAppearances(field.name.clone()));
        }
    }
    Ok(())
}

fn is_drawn(file: &Pdf<'_>, field: &Field) -> Result<bool, SealError> {
    let is_seen = |widget: &&Widget| {
        super::prepare::has_area(widget) && widget.dictionary.integer(b"F").unwrap_or(0) & UNSEEN == 0
    };
    for widget in field.widgets.iter().filter(is_seen) {
        let appearance = file.dictionary(&widget.dictionary, b"AP")?;
        let normal = appearance.map(|appearance| file.get(&appearance, b"N")).transpose()?.flatten();
        if normal.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
