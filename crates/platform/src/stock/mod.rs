//! Existing stock (存量印章): filing many seals of one system from a file, and taking seals out of the register into
//! one. CSV or JSON lines, UTF-8; the columns are the fields of table 1, with what an export adds (see [`columns`]).
//!
//! A row is filed by the same steps as a filing on the wire ([`crate::registry`]); what is different is who vouches
//! for it: the operator, named in the evidence log, and not a caller's signature.
//!
//! **Resumable.** Rows go in by batches, one transaction each, and the mark of how far the import is moves in the same
//! transaction. The results of a batch are on the disk before it commits, and their length stands in the mark: after
//! a kill the file of results is cut back to what was committed, and the import goes on with the next row.

pub mod columns;
mod export;
mod import;
mod rehearsal;
mod results;
mod rows;
mod survey;

pub use export::{Export, ExportError, Exported, Persons, export, known_system};
pub use import::{Order, Repeat, SealCodes, StockError, Summary, import};
pub use results::{Outcome, RowResult};
pub use rows::{Format, MAX_ROW};
pub use survey::{SourceFault, Survey, survey};
