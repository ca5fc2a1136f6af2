//! Cross-reference data (ISO 32000-1 §7.5.4, §7.5.8): where each object is, revision by revision.

use super::Dictionary;

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
#[derive(Clone, Debug)]
pub struct Section {
    /// Where it stands: what `startxref` names.
    pub offset: usize,
    /// How it is written.
    pub kind: SectionKind,
    /// The trailer, or the dictionary of the stream.
    pub trailer: Dictionary,
    /// Offset of the section before.
    pub prev: Option<usize>,
    /// Its entries by object number, each number once, in rising order.
    pub entries: Vec<(u32, Entry)>,
}
