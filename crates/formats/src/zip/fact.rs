//! What is unusual about an archive. Judging it is left to others.

use std::ops::Range;

/// How two names are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SameName {
    /// Byte for byte.
    Exact,
    /// As paths: they differ in slashes, backslashes or `.` segments only.
    Path,
    /// In upper and lower case only.
    Case,
    /// For readers that take the bytes of names for another encoding, and on file systems that tell names apart less.
    Reading,
}

/// A field that stands in the local header and in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeaderField {
    /// The name.
    Name,
    /// The compression method.
    Method,
    /// The flags, but for hints of the packer and the mark that a name in ASCII is UTF-8.
    Flags,
    /// CRC-32.
    Crc,
    /// Compressed size.
    CompressedSize,
    /// Size.
    Size,
}

/// Something a careful reader wants to know about an archive. Entries are given by their index in the
/// directory, ranges are offsets in the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// Bytes before the first record.
    BytesBefore(Range<usize>),
    /// Bytes after the end record and its comment.
    BytesAfter(Range<usize>),
    /// The archive has a comment.
    Comment(Range<usize>),
    /// Bytes between two records that belong to neither.
    Gap {
        /// The bytes.
        range: Range<usize>,
        /// Whether they begin like a local record: an entry that the directory does not name.
        hidden_record: bool,
    },
    /// Bytes of an extra field that is none of the few small ones that packers write, or that comes twice.
    ExtraBytes {
        /// The entry.
        entry: usize,
        /// The bytes.
        range: Range<usize>,
        /// Whether they are zeros and white space alone.
        is_blank: bool,
    },
    /// The directory has a comment on an entry.
    EntryComment {
        /// The entry.
        entry: usize,
        /// The comment.
        range: Range<usize>,
        /// Whether it is zeros and white space alone.
        is_blank: bool,
    },
    /// Two records share bytes.
    Overlap {
        /// The earlier one.
        first: usize,
        /// The later one.
        second: usize,
    },
    /// More than one end record could be meant.
    SeveralEnds {
        /// Offset of the one that was used.
        used: usize,
        /// Offset of another.
        other: usize,
    },
    /// The end record counts another number of entries than the directory holds.
    CountMismatch {
        /// In the end record.
        declared: u64,
        /// In the directory.
        found: usize,
    },
    /// ZIP64 records are used.
    Zip64,
    /// Two entries have the same name.
    DuplicateName {
        /// The earlier one in the directory.
        first: usize,
        /// The later one.
        second: usize,
        /// In which sense.
        same: SameName,
    },
    /// An entry lies beneath the name of a file, as if that were a folder: who unpacks to a disk can have only one of
    /// the two.
    UnderFile {
        /// The entry.
        entry: usize,
        /// The file.
        file: usize,
    },
    /// The local header and the directory differ.
    LocalMismatch {
        /// The entry.
        entry: usize,
        /// In what.
        field: HeaderField,
    },
    /// The entry announces a data descriptor, but none follows that fits.
    MissingDescriptor(usize),
    /// The data of the entry, stored and followed by a data descriptor, holds the mark of one: who reads in
    /// sequence ends the data there.
    DescriptorInside(usize),
    /// The entry's name is empty.
    EmptyName(usize),
    /// The entry's name begins with a slash or a drive letter.
    AbsoluteName(usize),
    /// The entry's name has backslashes.
    BackslashName(usize),
    /// The entry's name has `..` segments.
    ParentName(usize),
    /// The entry's name has empty or `.` segments.
    OddSegments(usize),
    /// The entry's name has a NUL or another control character.
    ControlName(usize),
    /// The entry's name is not UTF-8 and was read as GBK.
    GbkName(usize),
    /// The entry's name is UTF-8 and not ASCII, and the flag that says so is cleared: by the format it is in code page 437.
    UnflaggedName(usize),
    /// The entry's name is not UTF-8, and the flag says that it is.
    FlaggedName(usize),
    /// The entry's name is neither UTF-8 nor GBK; undecodable bytes were replaced.
    UndecodableName(usize),
    /// The entry carries a second name (Info-ZIP Unicode path) that differs from the first.
    UnicodePathDiffers(usize),
    /// The entry is encrypted.
    Encrypted(usize),
    /// The entry is compressed by a method that is not read.
    UnsupportedMethod(usize),
    /// The local header or the directory sets a flag for the entry that is not read: strong encryption, masked headers,
    /// patched data, or one that is reserved.
    OddFlags(usize),
    /// The local header or the directory says of the entry that it stands on another disk, needs a program newer than those
    /// of ZIP64, or is a folder or a volume label though its name is that of a file: some programs then leave it out.
    OddHeader(usize),
    /// The entry is a directory with content.
    DirectoryWithContent(usize),
    /// The entry is a link or another special file of Unix.
    SpecialFile(usize),
    /// The entry's content could not be read, by [`super::Archive::check_contents`].
    Unreadable {
        /// The entry.
        entry: usize,
        /// [`super::ZipError::code`] of the reason.
        code: &'static str,
    },
    /// Bytes follow the end of the entry's deflate stream, by [`super::Archive::check_contents`].
    BytesAfterDeflate {
        /// The entry.
        entry: usize,
        /// The bytes.
        range: Range<usize>,
    },
}

impl Fact {
    /// A stable id of the kind of fact, for reports.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BytesBefore(_) => "zip.bytes-before",
            Self::BytesAfter(_) => "zip.bytes-after",
            Self::Comment(_) => "zip.comment",
            Self::Gap { hidden_record: true, .. } => "zip.hidden-record",
            Self::Gap { .. } => "zip.gap",
            Self::ExtraBytes { .. } => "zip.extra-bytes",
            Self::EntryComment { .. } => "zip.entry-comment",
            Self::Overlap { .. } => "zip.overlap",
            Self::SeveralEnds { .. } => "zip.several-ends",
            Self::CountMismatch { .. } => "zip.count-mismatch",
            Self::Zip64 => "zip.zip64",
            Self::DuplicateName { same: SameName::Case, .. } => "zip.duplicate-name-case",
            Self::DuplicateName { .. } => "zip.duplicate-name",
            Self::UnderFile { .. } => "zip.under-file",
            Self::LocalMismatch { .. } => "zip.local-mismatch",
            Self::MissingDescriptor(_) => "zip.missing-descriptor",
            Self::DescriptorInside(_) => "zip.descriptor-inside",
            Self::EmptyName(_) => "zip.empty-name",
            Self::AbsoluteName(_) => "zip.absolute-name",
            Self::BackslashName(_) => "zip.backslash-name",
            Self::ParentName(_) => "zip.parent-name",
            Self::OddSegments(_) => "zip.odd-segments",
            Self::ControlName(_) => "zip.control-name",
            Self::GbkName(_) => "zip.gbk-name",
            Self::UnflaggedName(_) => "zip.name-without-utf8-flag",
            Self::FlaggedName(_) => "zip.name-belies-utf8-flag",
            Self::UndecodableName(_) => "zip.undecodable-name",
            Self::UnicodePathDiffers(_) => "zip.unicode-path-differs",
            Self::Encrypted(_) => "zip.encrypted",
            Self::UnsupportedMethod(_) => "zip.unsupported-method",
            Self::OddFlags(_) => "zip.odd-flags",
            Self::OddHeader(_) => "zip.odd-header",
            Self::DirectoryWithContent(_) => "zip.directory-with-content",
            Self::SpecialFile(_) => "zip.special-file",
            Self::Unreadable { .. } => "zip.unreadable",
            Self::BytesAfterDeflate { .. } => "zip.bytes-after-deflate",
        }
    }

    /// The bytes it is about that belong to no file: around the archive, between its records, in headers and after
    /// the data. They may hold anything.
    pub fn loose_bytes(&self) -> Option<&Range<usize>> {
        match self {
            Self::BytesBefore(range)
            | Self::BytesAfter(range)
            | Self::Comment(range)
            | Self::Gap { range, .. }
            | Self::ExtraBytes { range, .. }
            | Self::EntryComment { range, .. }
            | Self::BytesAfterDeflate { range, .. } => Some(range),
            _ => None,
        }
    }

    /// Whether two readers may see different packages because of this: one walks the records, another the
    /// directory; one takes the first of two equal names, another the last.
    pub const fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::Overlap { .. }
                | Self::SeveralEnds { .. }
                | Self::CountMismatch { .. }
                | Self::DuplicateName { .. }
                | Self::UnderFile { .. }
                | Self::LocalMismatch { .. }
                | Self::Gap { hidden_record: true, .. }
                | Self::ExtraBytes { is_blank: false, .. }
                | Self::EntryComment { is_blank: false, .. }
                | Self::DescriptorInside(_)
                | Self::EmptyName(_)
                | Self::AbsoluteName(_)
                | Self::ParentName(_)
                | Self::ControlName(_)
                | Self::FlaggedName(_)
                | Self::UndecodableName(_)
                | Self::UnicodePathDiffers(_)
                | Self::Encrypted(_)
                | Self::OddFlags(_)
                | Self::OddHeader(_)
                | Self::DirectoryWithContent(_)
                | Self::SpecialFile(_)
        )
    }
}
