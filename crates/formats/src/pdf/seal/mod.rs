//! Adding a seal or a signature to a PDF in three steps: prepare, sign, embed (ISO 32000-1 §12.8, GM/T 0112-2021).
//!
//! The text of GM/T 0112 is not public. Written are the two profiles that public programs share: a GB/T 38540 seal
//! signature in `/Contents` under the name `GM.sm2seal`, and a GB/T 35275 SignedData with signed attributes under
//! `GM.sm2cms.detached`; the names and the algorithm's identifier are configuration ([`Profile`]). In both the digest
//! is SM3 over the two byte ranges around `/Contents`.
//!
//! Everything is added by an incremental update, so that earlier signatures stay valid. What would break one is
//! refused: files that had to be repaired, bytes behind the last revision, documents whose certification or locks
//! forbid the change.
//!
//! Places are those of OFD ([`crate::ofd::Stamp`], [`crate::ofd::RidingSeal`]): millimetres from the left upper corner
//! of the sheet as it is shown.

mod appearance;
mod certification;
mod dictionary;
mod embed;
mod error;
mod field;
mod geometry;
mod guard;
mod keyword;
mod notice;
mod page_edit;
mod picture;
mod placement;
mod prepare;
mod prepared;
mod profile;
mod redrawing;
mod seed_value;
mod sound;

pub use embed::embed;
pub use error::SealError;
pub(crate) use field::empty_fields;
pub(crate) use geometry::on_sheet;
pub(crate) use guard::open;
pub use keyword::{sheets, stamps_at_keyword};
pub use notice::{Notice, notices};
pub use picture::{PictureError, Pixels, pixels};
pub use placement::{About, Certify, FieldChoice, Kind, Placement};
pub use prepare::prepare;
pub use prepared::Prepared;
pub use profile::{Profile, Reserve};
