//! PDF files (ISO 32000-1, ISO 32000-2): what is in them, byte by byte and object by object, and adding a seal or a
//! signature by an incremental update.
//!
//! The reader is our own, because a verdict rests on it: objects are read when they are asked for, with where each
//! token stands; nothing is repaired silently. [`Pdf::open`] follows the cross-reference data as the standard has it,
//! [`Pdf::reconstruct`] looks for objects as viewers do with damaged files, and [`scan`] tells what stands in the file
//! whoever refers to it. A difference between the three is a fact for the verifier.

mod budget;
mod cache;
pub mod compose;
mod contents;
mod crypt;
mod error;
mod fact;
mod file;
mod filter;
mod form;
mod held;
mod indirect;
mod lexer;
mod limits;
mod load;
mod marks;
mod matrix;
mod object;
mod object_stream;
mod operations;
mod page;
mod page_tree;
mod painted;
mod parser;
mod rebuild;
mod reread;
pub mod scan;
pub mod seal;
mod source;
mod text;
pub mod update;
mod xref;

pub use error::PdfError;
pub use fact::Fact;
pub use file::{Indirect, Pdf, Place};
pub use form::{Field, Form, Widget};
pub use limits::Limits;
pub use marks::{Mark, Marks, PlacedMark};
pub use matrix::Matrix;
pub use object::{Dictionary, DictionaryEntry, Name, Object, ObjectId, Stream, StreamData, text_of, write};
pub use operations::{Operation, operations};
pub use page::{Page, Rect};
pub use page_tree::{PageFault, PageFaultKind, PageTree, ToldParent};
pub use painted::{Clip, Paint, Painted, PaintedImage};
pub use reread::Standing;
pub use source::Source;
pub use text::{FormText, TextGlyph, TextMatch, TextRun};
pub use xref::{Entry, Section, SectionContent, SectionKind};
