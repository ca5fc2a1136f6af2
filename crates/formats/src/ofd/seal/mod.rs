//! Adding a seal or a signature to a package in three steps: prepare, sign, embed (GB/T 33190-2016 §18,
//! GB/T 38540-2020 §7.2).
//!
//! The result is what the standards describe and the common readers expect: absolute paths, the schema's order
//! of elements, object identifiers for the algorithms, `Seal.esl` beside the value, and references to every
//! file of the package. `OFD.xml` names the list of signatures before it is digested, so that it is covered
//! from the first signature on. `Signatures.xml` is not covered, so that others may sign after us, unless the
//! document is to be locked ([`Mode::Lock`]); then it is written first and covered, and nothing can be added any
//! more.
//!
//! Nothing is added that would break what is there: a list of signatures or an `OFD.xml` that an earlier
//! signature covers is not edited, and a package that two readers would see differently is not signed.

mod describe;
mod edit;
mod embed;
mod error;
mod guard;
mod placement;
mod prepare;
mod prepared;
mod riding;
mod stamps;

pub use embed::embed;
pub use error::SealError;
pub use placement::{Kind, Mode, Placement, Stamp};
pub use prepare::prepare;
pub use prepared::Prepared;
pub use riding::{Along, Edge, RidingSeal};
