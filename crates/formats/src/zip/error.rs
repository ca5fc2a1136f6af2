//! Why an archive, or one of its entries, cannot be read or written.

/// A ZIP archive that cannot be read or written. `name` is always the entry's name as decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// There is no end-of-central-directory record, so this is not a ZIP archive.
    #[error("not a ZIP archive: no end record found")]
    NotZip,
    /// The archive is larger than [`super::Limits::archive_bytes`].
    #[error("the archive has {bytes} bytes, more than {limit}")]
    ArchiveTooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// The archive is spread over several disks.
    #[error("archives of several disks are not read")]
    MultiDisk,
    /// A record is cut off or points outside the file.
    #[error("broken archive: {what} at offset {offset}")]
    Broken {
        /// Which record or field.
        what: &'static str,
        /// Where in the file.
        offset: u64,
    },
    /// More entries than [`super::Limits::entries`] (or than the writer can hold).
    #[error("the archive has {entries} entries, more than {limit}")]
    TooManyEntries {
        /// Declared number.
        entries: u64,
        /// The bound.
        limit: usize,
    },
    /// A name is longer than [`super::Limits::name_bytes`].
    #[error("an entry's name has {bytes} bytes, more than {limit}")]
    NameTooLong {
        /// Length of the name.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// The entries together are larger than [`super::Limits::total_bytes`].
    #[error("the entries have more than {limit} bytes together")]
    TotalTooLarge {
        /// The bound.
        limit: u64,
    },
    /// One entry is larger than [`super::Limits::entry_bytes`].
    #[error("{name} has {bytes} bytes, more than {limit}")]
    EntryTooLarge {
        /// The entry.
        name: String,
        /// Declared size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
    /// An entry grows more than [`super::Limits::ratio`] times when decompressed.
    #[error("{name} is compressed more than {limit} times")]
    RatioTooLarge {
        /// The entry.
        name: String,
        /// The bound.
        limit: u64,
    },
    /// No entry has this name.
    #[error("{name} is not in the archive")]
    NotFound {
        /// The name that was asked for.
        name: String,
    },
    /// The entry is encrypted.
    #[error("{name} is encrypted")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// Bytes of the entry belong to another one as well.
    #[error("{name} shares its bytes with another entry")]
    Shared {
        /// The entry.
        name: String,
    },
    /// The entry's compression method is neither stored nor deflate.
    #[error("{name} is compressed with method {method}, which is not read")]
    UnsupportedMethod {
        /// The entry.
        name: String,
        /// The method's number.
        method: u16,
    },
    /// The compressed data is not a deflate stream.
    #[error("{name} cannot be decompressed")]
    BadDeflate {
        /// The entry.
        name: String,
    },
    /// The entry is shorter or longer than declared.
    #[error("{name} does not have its declared {declared} bytes")]
    SizeMismatch {
        /// The entry.
        name: String,
        /// Size in the directory.
        declared: u64,
    },
    /// The entry's bytes do not have its declared CRC-32.
    #[error("{name} does not have its declared checksum")]
    CrcMismatch {
        /// The entry.
        name: String,
    },
    /// The writer was asked to add an entry that exists, or one that differs only in case.
    #[error("{name} is in the archive already")]
    Exists {
        /// The entry.
        name: String,
    },
    /// The writer was given a name that is not a plain relative path.
    #[error("{name:?} is no plain path for an entry")]
    BadName {
        /// The name.
        name: String,
    },
    /// The result would need more than 4 GiB.
    #[error("the archive would be too large to write")]
    TooLargeToWrite,
}

impl ZipError {
    /// A stable id of the kind of error, for reports and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotZip => "zip.not-zip",
            Self::ArchiveTooLarge { .. } => "zip.archive-too-large",
            Self::MultiDisk => "zip.multi-disk",
            Self::Broken { .. } => "zip.broken",
            Self::TooManyEntries { .. } => "zip.too-many-entries",
            Self::NameTooLong { .. } => "zip.name-too-long",
            Self::TotalTooLarge { .. } => "zip.total-too-large",
            Self::EntryTooLarge { .. } => "zip.entry-too-large",
            Self::RatioTooLarge { .. } => "zip.ratio-too-large",
            Self::NotFound { .. } => "zip.not-found",
            Self::Encrypted { .. } => "zip.encrypted",
            Self::Shared { .. } => "zip.shared",
            Self::UnsupportedMethod { .. } => "zip.unsupported-method",
            Self::BadDeflate { .. } => "zip.bad-deflate",
            Self::SizeMismatch { .. } => "zip.size-mismatch",
            Self::CrcMismatch { .. } => "zip.crc-mismatch",
            Self::Exists { .. } => "zip.exists",
            Self::BadName { .. } => "zip.bad-name",
            Self::TooLargeToWrite => "zip.too-large-to-write",
        }
    }
}
