//! OFD packages (GB/T 33190-2016): what is in them, what signs it, and adding a seal or a signature.
//!
//! Reading gives facts. [`Package::open`] reads the archive and `OFD.xml`; documents, pages and signatures are
//! read when asked for, so that one broken file does not hide the rest. Every structure names what is unusual
//! about it as [`Fact`]s and keeps the stored bytes that a signature is over. [`Package::reachable`] lists every
//! file that a reader shows or follows from `OFD.xml`, which is what a signature has to cover to mean anything.
//!
//! Writing is in three steps, so that a browser, a UKey or another system can stand between them: a
//! [`Placement`] is [`prepare`](prepare())d, somebody signs, and the value is put in by [`embed`](embed()).
//! No stored file is written anew: `OFD.xml` and `Signatures.xml` get text spliced in, everything else keeps its
//! bytes.
//!
//! [`compose`] makes small documents, for the demo and for tests.

mod budget;
pub mod compose;
mod digests;
mod document;
mod error;
mod fact;
mod hashed;
mod letter;
mod limits;
mod loc;
mod package;
mod page;
mod reach;
mod reference;
mod root;
mod schema;
mod seal;
mod signature;
mod signatures;
mod text;
mod values;
mod vocabulary;
mod words;
mod xmlfile;

pub use document::{Document, PageRef, TemplateRef};
pub use error::OfdError;
pub use fact::{Fact, Facts, PathNote};
pub use hashed::{FileDigest, HashedPackage};
pub use letter::{MAX_ID_ABSENT, OTHER_PREFIX, PATH_BLANK, ROOT_INSIDE, TEXT_IN_PIECES};
pub use limits::Limits;
pub use loc::{Location, Presence};
pub use package::Package;
pub use page::{AreaSource, PageArea, PageInfo};
pub use reach::{Reach, Reached, Role};
pub use reference::{CheckMethod, CheckMethodKind, Outcome, Reference, ReferenceCheck, References};
pub use root::{DocBody, Told, VersionRef};
pub use seal::{Along, Edge, Kind, Mode, Placement, Prepared, RidingSeal, SealError, Stamp, embed, prepare};
pub use signature::{Parameter, Provider, SealRef, Signature, SignedInfo, StampAnnot};
pub use signatures::{SignatureEntry, SignatureKind, SignatureList};
pub use text::FoundText;
pub use values::{Id, Rect};
pub use vocabulary::is_of_ofd;

/// The namespace of OFD (GB/T 33190-2016 §6).
pub const NAMESPACE: &str = "http://www.ofdspec.org/2016";
/// The file every package begins with.
pub const ROOT_FILE: &str = "OFD.xml";

#[cfg(test)]
mod tests;
