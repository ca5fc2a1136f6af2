//! Writing an archive record by record. Names, content and times are all that the result depends on.

use super::archive::Archive;
use super::entry::{DosTime, Entry, FLAG_UTF8};
use super::error::ZipError;
use super::name;
use super::raw::{self, u32_at};
use flate2::{Compress, Compression, FlushCompress, Status};
use std::collections::HashSet;

/// Version of the format that deflate needs, 2.0.
const VERSION: u16 = 20;
/// Offset of the local record's offset within a directory entry.
const OFFSET_FIELD: usize = 42;

/// An archive that grows at its end. No ZIP64 is written: an OFD of 4 GiB is beyond every limit.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    central: Vec<u8>,
    entries: usize,
    lower: HashSet<String>,
    modified: DosTime,
}

impl Writer {
    /// An empty archive; `modified` is written as the time of every added entry.
    pub fn new(modified: DosTime) -> Self {
        Self { out: Vec::new(), central: Vec::new(), entries: 0, lower: HashSet::new(), modified }
    }

    /// Adds an entry, deflated when that makes it smaller.
    ///
    /// # Errors
    /// [`ZipError::BadName`] unless `path` is a plain relative path, [`ZipError::Exists`] when it is there
    /// already (whatever the case), and the errors of size.
    pub fn add(&mut self, path: &str, content: &[u8]) -> Result<(), ZipError> {
        if !name::is_plain(path) {
            return Err(ZipError::BadName { name: path.to_owned() });
        }
        if !self.lower.insert(path.to_lowercase()) {
            return Err(ZipError::Exists { name: path.to_owned() });
        }
        let packed = deflate(content);
        let (method, data) = match &packed {
            Some(packed) if packed.len() < content.len() => (8, packed.as_slice()),
            _ => (0, content),
        };
        let mut crc = crc32fast::Hasher::new();
        crc.update(content);
        let offset = self.offset()?;
        let fields = self.common_fields(method, crc.finalize(), data.len(), content.len(), path)?;
        self.out.extend_from_slice(&raw::LOCAL.to_le_bytes());
        self.out.extend_from_slice(&fields);
        self.out.extend_from_slice(path.as_bytes());
        self.out.extend_from_slice(data);
        self.central.extend_from_slice(&raw::CENTRAL.to_le_bytes());
        self.central.extend_from_slice(&VERSION.to_le_bytes());
        self.central.extend_from_slice(&fields);
        // Comment length, disk, internal and external attributes: nothing.
        self.central.extend_from_slice(&[0; 10]);
        self.central.extend_from_slice(&offset.to_le_bytes());
        self.central.extend_from_slice(path.as_bytes());
        self.count_entry()
    }

    /// Copies an entry of `source` byte for byte: its local record with data and descriptor, and its directory
    /// entry, in which only the offset is changed.
    ///
    /// # Errors
    /// The errors of size, and [`ZipError::Broken`] when the directory entry has no place for the offset.
    pub fn copy(&mut self, source: &Archive<'_>, entry: &Entry) -> Result<(), ZipError> {
        let offset = self.offset()?;
        let mut central = source.central_record(entry).to_vec();
        let broken = || ZipError::Broken { what: "directory entry", offset: entry.central.start as u64 };
        set_offset(&mut central, offset).ok_or_else(broken)?;
        self.out.extend_from_slice(source.record(entry));
        self.central.extend_from_slice(&central);
        self.lower.insert(entry.path.to_lowercase());
        self.count_entry()
    }

    /// Closes the archive.
    ///
    /// # Errors
    /// [`ZipError::TooLargeToWrite`] beyond 4 GiB.
    pub fn finish(mut self) -> Result<Vec<u8>, ZipError> {
        let offset = self.offset()?;
        let size = u32::try_from(self.central.len()).map_err(|_| ZipError::TooLargeToWrite)?;
        let entries = u16::try_from(self.entries).map_err(|_| ZipError::TooLargeToWrite)?;
        self.out.append(&mut self.central);
        self.out.extend_from_slice(&raw::END.to_le_bytes());
        self.out.extend_from_slice(&[0; 4]);
        self.out.extend_from_slice(&entries.to_le_bytes());
        self.out.extend_from_slice(&entries.to_le_bytes());
        self.out.extend_from_slice(&size.to_le_bytes());
        self.out.extend_from_slice(&offset.to_le_bytes());
        self.out.extend_from_slice(&[0; 2]);
        Ok(self.out)
    }

    /// Where the next record begins.
    fn offset(&self) -> Result<u32, ZipError> {
        u32::try_from(self.out.len()).ok().filter(|at| *at < raw::SEE_ZIP64).ok_or(ZipError::TooLargeToWrite)
    }

    fn count_entry(&mut self) -> Result<(), ZipError> {
        self.entries += 1;
        let limit = usize::from(u16::MAX) - 1;
        if self.entries > limit {
            return Err(ZipError::TooManyEntries { entries: self.entries as u64, limit });
        }
        Ok(())
    }

    /// The fields that a local header and a directory entry have in common, in their order.
    fn common_fields(
        &self,
        method: u16,
        crc: u32,
        packed: usize,
        size: usize,
        path: &str,
    ) -> Result<Vec<u8>, ZipError> {
        let long = |value| u32::try_from(value).map_err(|_| ZipError::TooLargeToWrite);
        let name = u16::try_from(path.len()).map_err(|_| ZipError::BadName { name: path.to_owned() })?;
        let mut fields = Vec::with_capacity(26);
        for value in [VERSION, FLAG_UTF8, method, self.modified.time, self.modified.date] {
            fields.extend_from_slice(&value.to_le_bytes());
        }
        for value in [crc, long(packed)?, long(size)?] {
            fields.extend_from_slice(&value.to_le_bytes());
        }
        fields.extend_from_slice(&name.to_le_bytes());
        fields.extend_from_slice(&[0; 2]);
        Ok(fields)
    }
}

/// Writes the local record's offset into a directory entry, into its ZIP64 field if it is kept there.
fn set_offset(central: &mut [u8], offset: u32) -> Option<()> {
    if u32_at(central, OFFSET_FIELD)? == raw::SEE_ZIP64 {
        let wide = u32_at(central, 24)? == raw::SEE_ZIP64;
        let packed = u32_at(central, 20)? == raw::SEE_ZIP64;
        let name = raw::u16_at(central, 28).map(usize::from)?;
        let extra_len = raw::u16_at(central, 30).map(usize::from)?;
        let extra = raw::slice_at(central, 46 + name, extra_len)?;
        let field = raw::extra_field(extra, raw::EXTRA_ZIP64)?;
        // The field is a part of `extra`, which is a part of `central`: its place is the difference.
        let start = field.as_ptr().addr().checked_sub(central.as_ptr().addr())?;
        let at = start + 8 * (usize::from(wide) + usize::from(packed));
        central.get_mut(at..at + 8)?.copy_from_slice(&u64::from(offset).to_le_bytes());
        return Some(());
    }
    central.get_mut(OFFSET_FIELD..OFFSET_FIELD + 4)?.copy_from_slice(&offset.to_le_bytes());
    Some(())
}

/// Deflates `content`; `None` when that does not make it smaller.
fn deflate(content: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(content.len());
    let status = Compress::new(Compression::default(), false)
        .compress_vec(content, &mut packed, FlushCompress::Finish)
        .ok()?;
    (status == Status::StreamEnd).then_some(packed)
}
