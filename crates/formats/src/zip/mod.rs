//! A bounded ZIP reader and a writer that keeps what is there (the container of GB/T 33190-2016 §6).
//!
//! A signed OFD is judged by what every reader of it would see, so this reader does more than find files: it
//! knows the exact place of every record, compares each local header with its directory entry, and reports as
//! [`Fact`]s whatever could make two readers disagree — names that occur twice, bytes that belong to no
//! record, paths that climb out of the package. It decides nothing about them.
//!
//! Everything is bounded by [`Limits`], and broken input gives a [`ZipError`], never a panic.
//!
//! The writer copies the local records of the entries that stay byte for byte and in their order, so that
//! adding a seal changes nothing that an earlier signature covered.

mod alike;
mod archive;
mod central;
mod content;
mod end;
mod entry;
mod error;
mod extra;
mod fact;
mod facts;
mod layout;
mod limits;
mod name;
mod raw;
mod rewrite;
mod unpacked;
mod writer;

pub use archive::Archive;
pub use entry::{DosTime, Entry, Method};
pub use error::ZipError;
pub use fact::{Fact, HeaderField, SameName};
pub use limits::Limits;
pub use name::NameEncoding;
pub use rewrite::Rewrite;
pub use writer::Writer;

#[cfg(test)]
mod tests;
