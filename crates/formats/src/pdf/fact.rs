//! What is unusual about a PDF that could be read all the same. Judging it is left to others.

use super::{Name, ObjectId};

/// Something that a careful reader wants to know. Offsets are bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// So many bytes stand before `%PDF-`; the offsets in the file count from there.
    BytesBeforeHeader(usize),
    /// The last `startxref`, at this byte, is further from the end than the 1,024 bytes that viewers look at.
    FarStartxref(usize),
    /// White space stands where a section should begin.
    SpaceBeforeSection(usize),
    /// The cross-reference stream at this byte does not say its `Type`.
    UntypedSection(usize),
    /// The entries of the table at this byte are not 20 bytes each.
    OddTable(usize),
    /// A section names an object more than once; the first entry was taken.
    DoubledEntry {
        /// Where the section stands.
        section: usize,
        /// Number of the object.
        number: u32,
    },
    /// A section names an object that is not below the `Size` of its trailer.
    BeyondSize {
        /// Where the section stands.
        section: usize,
        /// Number of the object.
        number: u32,
    },
    /// A section has an entry of a type that the standard does not know.
    UnknownEntry {
        /// Where the section stands.
        section: usize,
        /// Number of the object.
        number: u32,
    },
    /// The `Length` of a stream is wrong; it was taken to end at `endstream`.
    WrongLength(ObjectId),
    /// `stream` is not followed by LF or CRLF, or `endstream` is missing.
    OddStream(ObjectId),
    /// `endobj` is missing.
    MissingEndobj(ObjectId),
    /// Something in an object had to be forgiven.
    OddSyntax {
        /// The object.
        object: ObjectId,
        /// What.
        what: &'static str,
    },
    /// A key stands twice in a dictionary of an object.
    DoubledKey {
        /// The object.
        object: ObjectId,
        /// The key.
        key: Name,
    },
    /// A key stands twice in a trailer, or in the dictionary of a cross-reference stream.
    DoubledTrailerKey {
        /// Where the section stands.
        section: usize,
        /// The key.
        key: Name,
    },
    /// The encoded data of a stream are damaged; what could be decoded was taken.
    DamagedData {
        /// The stream.
        object: ObjectId,
        /// What is wrong.
        what: &'static str,
    },
    /// An object does not stand where its entry says in an object stream, or stands there more than once.
    OddObjectStream {
        /// Number of the object.
        number: u32,
        /// Number of the object stream.
        container: u32,
    },
}

impl Fact {
    /// A stable id of the kind of fact, for reports.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BytesBeforeHeader(_) => "pdf.bytes-before-header",
            Self::FarStartxref(_) => "pdf.far-startxref",
            Self::SpaceBeforeSection(_) => "pdf.space-before-section",
            Self::UntypedSection(_) => "pdf.untyped-section",
            Self::OddTable(_) => "pdf.odd-table",
            Self::DoubledEntry { .. } => "pdf.doubled-entry",
            Self::BeyondSize { .. } => "pdf.beyond-size",
            Self::UnknownEntry { .. } => "pdf.unknown-entry",
            Self::WrongLength(_) => "pdf.wrong-length",
            Self::OddStream(_) => "pdf.odd-stream",
            Self::MissingEndobj(_) => "pdf.missing-endobj",
            Self::OddSyntax { .. } => "pdf.odd-syntax",
            Self::DoubledKey { .. } => "pdf.doubled-key",
            Self::DoubledTrailerKey { .. } => "pdf.doubled-trailer-key",
            Self::DamagedData { .. } => "pdf.damaged-data",
            Self::OddObjectStream { .. } => "pdf.odd-object-stream",
        }
    }
}
