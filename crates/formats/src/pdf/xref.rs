//! Cross-reference data (ISO 32000-1 §7.5.4, §7.5.8): where each object is, revision by revision.

mod chain;
mod stream;
mod table;

use std::ops::Deref;
use std::sync::Arc;

use super::{Dictionary, Name};

pub(super) use chain::{Opened, chain, startxref};

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// There is none of that number.
    Free,
    /// At a byte of the file.
    File {
        /// Where its `N G obj` begins.
        offset: usize,
        /// Its generation.
        generation: u16,
    },
    /// In an object stream.
    InStream {
        /// Number of the object stream.
        container: u32,
        /// Its position there.
        index: u32,
    },
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `xref` and `trailer`.
    Table,
    /// A cross-reference stream.
    Stream,
    /// A table that names a stream beside it (`XRefStm`), whose entries are merged into it.
    Hybrid,
}

/// One cross-reference section with its trailer: one revision of the file.
///
/// All offsets are bytes of the buffer: where the header does not stand at its beginning, what the file names and
/// the bytes before the header ([`super::Fact::BytesBeforeHeader`]) are added up.
///
/// A copy shares its content with it: revisions have most of their sections in common.
#[derive(Clone, Debug)]
pub struct Section(Arc<SectionContent>);

impl Deref for Section {
    type Target = SectionContent;

    fn deref(&self) -> &SectionContent {
        &self.0
    }
}

/// What a [`Section`] holds.
#[derive(Debug)]
pub struct SectionContent {
    /// Where it stands: what `startxref` names.
    pub offset: usize,
    /// How it is written.
    pub kind: SectionKind,
    /// The trailer, or the dictionary of the stream.
    pub trailer: Dictionary,
    /// Offset of the section before.
    pub prev: Option<usize>,
    /// A key that stands twice in the trailer, in a dictionary within it, or in the stream beside it: two readers may take
    /// different values.
    pub doubled: Option<Name>,
    /// Its entries by object number, each number once, in rising order.
    pub entries: Vec<(u32, Entry)>,
    /// Of a hybrid section the numbers, in rising order, of which the table says another thing than the stream: what the
    /// table calls free is hidden from readers that do not know streams (§7.5.8.4), or gone for those that believe the
    /// table.
    pub split: Vec<u32>,
}

/// The entry of a number among entries in rising order.
pub(super) fn lookup(entries: &[(u32, Entry)], number: u32) -> Option<Entry> {
    let index = entries.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    entries.get(index).map(|(_, entry)| *entry)
}
