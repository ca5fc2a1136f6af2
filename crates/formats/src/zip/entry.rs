//! One entry of an archive.

use super::{NameEncoding, raw};
use jiff::Timestamp;
use std::ops::Range;

/// Flag bit: the entry is encrypted.
pub(super) const FLAG_ENCRYPTED: u16 = 1;
/// Flag bit: sizes and CRC follow the data.
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// Flag bit: the name is UTF-8.
pub(super) const FLAG_UTF8: u16 = 1 << 11;
/// Flag bits that tell how hard the packer tried; nothing depends on them.
pub(super) const FLAG_HINTS: u16 = 0b110;
/// Flag bits whose meaning is known; every other one (strong encryption, masked headers, patches, what is reserved) makes
/// of the entry something else to a reader that heeds it.
pub(super) const FLAGS_KNOWN: u16 = FLAG_ENCRYPTED | FLAG_HINTS | FLAG_DESCRIPTOR | FLAG_UTF8;

/// File type bits of a Unix mode.
pub(super) const UNIX_TYPE: u32 = 0o170_000;

/// Attributes of DOS that any file may have: read only, hidden, system, archive, and Windows' mark for none of them.
const DOS_FILE: u32 = 0x01 | 0x02 | 0x04 | 0x20 | 0x80;
/// The attribute of DOS for a folder.
const DOS_FOLDER: u32 = 0x10;
/// The version of the format that has ZIP64, in tenths; what came after it are methods that are not read.
const VERSION_ZIP64: u16 = 45;

/// How an entry is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Not at all.
    Stored,
    /// Deflate.
    Deflate,
    /// A method that is not read.
    Other(u16),
}

impl Method {
    pub(super) const fn from_number(number: u16) -> Self {
        match number {
            0 => Self::Stored,
            8 => Self::Deflate,
            other => Self::Other(other),
        }
    }

    /// The method's number in the format.
    pub const fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflate => 8,
            Self::Other(number) => number,
        }
    }
}

/// A local date and time with a step of two seconds, from 1980 to 2107.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DosTime {
    /// Hours, minutes, seconds halved.
    pub(super) time: u16,
    /// Years since 1980, months, days.
    pub(super) date: u16,
}

impl DosTime {
    /// The point in time as a clock in China (UTC+8) shows it; years outside 1980–2107 are moved to the
    /// nearest end.
    pub fn from_timestamp(at: Timestamp) -> Self {
        let local = jiff::tz::Offset::constant(8).to_datetime(at);
        if local.year() < 1980 {
            return Self { time: 0, date: (1 << 5) | 1 };
        }
        let part = |value: i8| u16::try_from(value).unwrap_or(0);
        let years = u16::try_from(local.year() - 1980).unwrap_or(0).min(127);
        Self {
            time: (part(local.hour()) << 11) | (part(local.minute()) << 5) | (part(local.second()) / 2),
            date: (years << 9) | (part(local.month()) << 5) | part(local.day()),
        }
    }
}

/// One entry of the directory with the record that belongs to it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Position in the directory.
    pub(super) index: usize,
    /// The name, decoded.
    pub(super) name: String,
    /// The name as a path of the package: separated by `/`, without leading, empty or `.` segments.
    pub(super) path: String,
    /// How the name was decoded.
    pub(super) encoding: NameEncoding,
    /// Compression method.
    pub(super) method: Method,
    /// General purpose flags.
    pub(super) flags: u16,
    /// Declared CRC-32.
    pub(super) crc: u32,
    /// Declared compressed size.
    pub(super) compressed: u64,
    /// Declared size.
    pub(super) size: u64,
    /// The directory entry.
    pub(super) central: Range<usize>,
    /// The name's bytes in the directory entry.
    pub(super) raw_name: Range<usize>,
    /// The local record: header, data, data descriptor.
    pub(super) record: Range<usize>,
    /// The compressed data.
    pub(super) data: Range<usize>,
    /// Whether bytes of the record belong to another entry that begins before it.
    pub(super) is_shared: bool,
}

impl Entry {
    /// Position in the directory.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name as it stands in the directory, decoded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as a path of the package: no leading slash, `/` between segments, no empty or `.` segments.
    /// `..` is kept, so such an entry is never found by a resolved path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How the name was decoded.
    pub fn name_encoding(&self) -> NameEncoding {
        self.encoding
    }

    /// Whether this is a directory entry, which has no content of its own.
    pub fn is_dir(&self) -> bool {
        self.name.ends_with(['/', '\\'])
    }

    /// How it is compressed.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether it is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.flags & FLAG_ENCRYPTED != 0
    }

    /// Size in bytes after decompression, as declared.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Size in bytes as compressed, as declared.
    pub fn compressed_size(&self) -> u64 {
        self.compressed
    }

    /// Declared CRC-32.
    pub fn crc(&self) -> u32 {
        self.crc
    }

    /// Where the local record is in the file: its header, the data, and the data descriptor if one follows.
    pub fn record_range(&self) -> Range<usize> {
        self.record.clone()
    }

    /// Where the compressed data is in the file.
    pub fn data_range(&self) -> Range<usize> {
        self.data.clone()
    }

    /// Where the directory entry is in the file.
    pub fn central_range(&self) -> Range<usize> {
        self.central.clone()
    }

    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }

    /// Whether these type bits of Unix are none, or those of what the name says that the entry is: a file, or a folder.
    pub(super) fn is_of_type(&self, unix_type: u32) -> bool {
        matches!(unix_type, 0 | 0o100_000) || (unix_type == 0o040_000 && self.is_dir())
    }

    /// Whether the external attributes make the entry a link or another special file for a reader of Unix modes. Which
    /// system is said to have written them binds no reader.
    pub(super) fn is_special(&self, central: &[u8]) -> bool {
        let mode = raw::u32_at(central, 38).unwrap_or(0) >> 16;
        !self.is_of_type(mode & UNIX_TYPE)
    }

    /// Whether the directory entry says what makes some readers leave the entry out, or take it for a folder.
    pub(super) fn is_odd(&self, central: &[u8]) -> bool {
        let attributes = raw::u32_at(central, 38).unwrap_or(0) & 0xff;
        let allowed = if self.is_dir() { DOS_FILE | DOS_FOLDER } else { DOS_FILE };
        attributes & !allowed != 0 || self.disk(central) != 0 || is_too_new(raw::u16_at(central, 6))
    }

    /// The disk that the entry begins on: in the header, or behind the other values of its ZIP64 field.
    fn disk(&self, central: &[u8]) -> u32 {
        let stated = raw::u16_at(central, 34).unwrap_or(0);
        let start = self.raw_name.end.saturating_sub(self.central.start);
        let extra = raw::u16_at(central, 30).and_then(|len| raw::slice_at(central, start, len.into()));
        let wide = extra.and_then(|extra| raw::extra_field(extra, raw::EXTRA_ZIP64));
        let wide = wide.filter(|wide| wide.len() % 8 == 4).and_then(|wide| raw::u32_at(wide, wide.len() - 4));
        if stated == u16::MAX { wide.unwrap_or(u32::MAX) } else { stated.into() }
    }
}

/// Whether a version that a header asks for is beyond what is read; the upper byte names a system.
pub(super) fn is_too_new(version: Option<u16>) -> bool {
    version.unwrap_or(0) & 0xff > VERSION_ZIP64
}
