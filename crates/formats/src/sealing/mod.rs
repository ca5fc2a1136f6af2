//! One front for sealing both kinds of document, OFD (GB/T 33190-2016) and PDF (ISO 32000, GM/T 0112-2021): whoever
//! prepares, has signed and embeds need not know which it is.
//!
//! The content decides what a document is, never its name. [`Document`] tells its pages and finds places for a seal;
//! [`prepare`](prepare()) makes everything but the signature value; [`Prepared`] can be stored while a telephone, a UKey
//! or another system signs, and takes the value by [`Prepared::embed`].
//!
//! Places are in millimetres from the left upper corner of the page as it is shown, whatever the format counts in.
//!
//! To lock a document means that nobody can sign it afterwards. An OFD is locked by covering the list of its signatures
//! (§18.1). A PDF whose first signature this is becomes certified with no changes allowed (DocMDP, P = 1); one that is
//! signed already cannot be certified any more, so that the signature locks all its fields (FieldMDP, All).

mod document;
mod error;
mod free;
mod kind;
mod notice;
mod place;
mod prepare;
mod prepared;
mod words;

pub use crate::pdf::seal::Notice;
pub use document::{Document, Found, Limits, PageSize};
pub use error::{Concern, SealingError};
pub use kind::DocumentKind;
pub use notice::notices;
pub use place::{Place, Which};
pub use prepare::{Order, PdfWishes, Subject, prepare};
pub use prepared::Prepared;

#[cfg(test)]
mod tests;
