//! What who seals should know beforehand, though it hinders nothing.

use super::error::SealError;
use super::field::{self, Target};
use super::placement::FieldChoice;
use super::{appearance, guard, prepare, redrawing};
use crate::pdf::{Form, Limits, Pdf};
use crate::ses::Picture;

/// Less than this is rounding.
const SMALLER: f64 = 0.99;

/// Something that happens to a seal on its way into a PDF.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The box of the field is smaller than the seal, which is shown smaller.
    Smaller {
        /// Width and height at which it is shown, in millimetres.
        shown_mm: (f64, f64),
        /// Width and height that the seal has, in millimetres.
        own_mm: (f64, f64),
    },
    /// The form asks readers to draw its fields anew (`NeedAppearances`), which would hide the seal: that is taken back.
    AppearancesKept,
}

/// What happens to a picture that is put into a field: one that is there, or a new one where `field` is none, or no
/// field's name.
///
/// # Errors
/// [`SealError`] when the file cannot be read or should not be signed.
pub fn notices(
    pdf: &[u8],
    picture: &Picture,
    field: Option<&str>,
    limits: &Limits,
) -> Result<Vec<Notice>, SealError> {
    let file = guard::open(pdf, limits)?;
    let form = file.form()?;
    let mut all = Vec::new();
    if redrawing::is_asked(&file, &form.dictionary)? {
        all.push(Notice::AppearancesKept);
    }
    if let Some(name) = field {
        match field::choose(&file, &form, &FieldChoice::Existing(name.to_owned())) {
            Ok(target) => all.extend(smaller(&file, &form, &target, picture)?),
            Err(SealError::NoField(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// The smallest box of the field, where it is smaller than the seal.
fn smaller(
    file: &Pdf<'_>,
    form: &Form,
    target: &Target,
    picture: &Picture,
) -> Result<Option<Notice>, SealError> {
    let Some(field) = form.fields.iter().find(|field| field.name == target.name()) else { return Ok(None) };
    let own_mm = prepare::size_mm(picture)?;
    let pages = file.pages()?;
    let scales = field.widgets.iter().filter(|widget| prepare::has_area(widget)).map(|widget| {
        let (rotate, units) = prepare::turn(widget.page.and_then(|index| pages.get(index)));
        appearance::scale(&widget.rect, rotate, own_mm, units)
    });
    let scale = scales.fold(1.0, f64::min);
    let shown_mm = (own_mm.0 * scale, own_mm.1 * scale);
    Ok((scale < SMALLER).then_some(Notice::Smaller { shown_mm, own_mm }))
}
