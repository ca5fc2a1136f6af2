//! Looking at what references lead to, without copies: one large object may be named very often.

use std::ops::Deref;
use std::sync::Arc;

use super::{Dictionary, Indirect, Object, ObjectId, Pdf, PdfError, Rect};

/// The most references that follow one another; the rules allow one.
const MOST_REFERENCES: usize = 8;

/// A value that stands there directly, or an indirect object.
#[derive(Clone, Debug)]
pub(super) enum Held<'o> {
    /// It stands there.
    Direct(&'o Object),
    /// What the reference leads to.
    Indirect(Arc<Indirect>),
}

impl Deref for Held<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Self::Direct(object) => object,
            Self::Indirect(indirect) => &indirect.object,
        }
    }
}

impl Held<'_> {
    /// The object's name, when it is an indirect one.
    pub(super) fn id(&self) -> Option<ObjectId> {
        match self {
            Self::Direct(_) => None,
            Self::Indirect(indirect) => Some(indirect.id),
        }
    }
}

impl Pdf<'_> {
    /// The value, or what it refers to; `null` for a reference to nothing.
    pub(super) fn look<'o>(&self, object: &'o Object) -> Result<Held<'o>, PdfError> {
        let mut held = Held::Direct(object);
        for _ in 0..MOST_REFERENCES {
            let Object::Reference(id) = *held else { return Ok(held) };
            if !self.is_in_use(id) {
                return Ok(Held::Direct(&Object::Null));
            }
            held = Held::Indirect(self.object(id)?);
        }
        Err(PdfError::Circle("references"))
    }

    /// The value of a key, looked at; none for `null`.
    pub(super) fn look_up<'o>(
        &self,
        dictionary: &'o Dictionary,
        key: &[u8],
    ) -> Result<Option<Held<'o>>, PdfError> {
        let Some(value) = dictionary.get(key) else { return Ok(None) };
        let held = self.look(value)?;
        Ok(if *held == Object::Null { None } else { Some(held) })
    }

    /// The box under a key, its corners put in order; none where there are no four finite numbers.
    pub(super) fn rect(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Rect>, PdfError> {
        let Some(held) = self.look_up(dictionary, key)? else { return Ok(None) };
        let Some([x1, y1, x2, y2, ..]) = held.as_array() else { return Ok(None) };
        let number = |object: &Object| Ok(self.look(object)?.as_number().filter(|number| number.is_finite()));
        let (x1, y1, x2, y2) = (number(x1)?, number(y1)?, number(x2)?, number(y2)?);
        let (Some(x1), Some(y1), Some(x2), Some(y2)) = (x1, y1, x2, y2) else { return Ok(None) };
        Ok(Some(Rect { left: x1.min(x2), bottom: y1.min(y2), right: x1.max(x2), top: y1.max(y2) }))
    }
}
