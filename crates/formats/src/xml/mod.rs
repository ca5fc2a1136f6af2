//! A bounded XML reader for the small files of an OFD package, and edits that leave the rest untouched.
//!
//! [`Document::parse`] gives an owned tree in which every element knows the bytes it was read from. Names are
//! compared without their namespace prefix, because writers of OFD differ in it (GB/T 33190-2016 asks for
//! `http://www.ofdspec.org/2016`; older files have none or another one, which [`Element::namespace`] shows).
//!
//! There is no document type, no entity beyond the five of XML itself, and nothing is fetched. Depth, number of
//! elements and attributes are bounded by [`Limits`]; the tree is an arena, so nothing here recurses.
//!
//! A file that is covered by a signature, or that will be, must not be written anew from a tree: [`Edit`]
//! splices text into the stored bytes and changes nothing else.

mod declaration;
mod document;
mod edit;
mod element;
mod encoding;
mod error;
mod escape;
mod limits;
mod look;
mod name;
mod parse;

pub use document::{Document, Note, PrefixedAttribute};
pub use edit::Edit;
pub use element::Element;
pub use error::XmlError;
pub use escape::{attribute, text};
pub use limits::Limits;
pub use look::{Look, begins, look};

#[cfg(test)]
mod tests;
