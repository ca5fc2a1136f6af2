//! An opened archive.

use super::entry::{Entry, Method};
use super::error::ZipError;
use super::fact::{Fact, SameName};
use super::facts::Facts;
use super::limits::Limits;
use super::unpacked::{Content, Unpacked};
use super::{alike, central, content, end, layout, raw};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A ZIP archive over borrowed bytes: its entries with their exact places, and what is unusual about it.
#[derive(Debug, Clone)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    limits: Limits,
    entries: Vec<Entry>,
    /// Position by path; of equal paths the first in the directory.
    by_path: HashMap<String, usize>,
    /// Position by path in lower case, likewise.
    by_lower: HashMap<String, usize>,
    /// Position by what a path is to readers of other encodings.
    readings: alike::Readings,
    facts: Vec<Fact>,
    unpacked: Arc<Unpacked>,
}

impl<'a> Archive<'a> {
    /// Reads the directory and every local header. Content is not touched.
    ///
    /// # Errors
    /// [`ZipError`] when there is no archive, a record points outside the file, or a limit is exceeded.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ZipError> {
        if bytes.len() > limits.archive_bytes {
            return Err(ZipError::ArchiveTooLarge { bytes: bytes.len(), limit: limits.archive_bytes });
        }
        let mut facts = Facts::new(bytes);
        let directory = end::find(bytes, limits, &mut facts)?;
        let found = central::read(bytes, &directory, limits, &mut facts)?;
        let entries = layout::place(bytes, found, &directory, &mut facts)?;
        let (by_path, by_lower) = index(&entries, &mut facts);
        let readings = alike::note(bytes, &entries, &by_lower, &mut facts);
        note_under_files(&entries, &mut facts);
        let (unpacked, facts) = (Arc::default(), facts.into_list());
        Ok(Self { bytes, limits: limits.clone(), entries, by_path, by_lower, readings, facts, unpacked })
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The limits it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All entries in the order of the directory, directories too.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is unusual about the archive, in the order it was found.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The entry with exactly this path (see [`Entry::path`]); of several the first in the directory, which
    /// [`Fact::DuplicateName`] reports.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        self.by_path.get(path).and_then(|index| self.entries.get(*index))
    }

    /// The first entry whose path differs from `path` at most in upper and lower case.
    pub fn find_ignoring_case(&self, path: &str) -> Option<&Entry> {
        self.find(path)
            .or_else(|| self.by_lower.get(&path.to_lowercase()).and_then(|index| self.entries.get(*index)))
    }

    /// The entry that readers find at this path who take the bytes of names for another encoding than is taken here.
    pub fn find_in_another_reading(&self, path: &str) -> Option<&Entry> {
        alike::find(&self.readings, path).and_then(|index| self.entries.get(index))
    }

    /// Whether bytes of the file are padding: zeros and white space and nothing else.
    pub fn is_blank(&self, range: std::ops::Range<usize>) -> bool {
        self.bytes.get(range).is_none_or(raw::is_blank)
    }

    /// The bytes of an entry's local record as stored: header, data, data descriptor.
    pub fn record(&self, entry: &Entry) -> &'a [u8] {
        self.bytes.get(entry.record.clone()).unwrap_or_default()
    }

    /// The bytes of an entry's directory record as stored.
    pub fn central_record(&self, entry: &Entry) -> &'a [u8] {
        self.bytes.get(entry.central.clone()).unwrap_or_default()
    }

    /// The content of an entry, size and CRC checked.
    ///
    /// # Errors
    /// [`ZipError`] when the entry is encrypted, too large, shares its bytes with another one, or its data is not what
    /// the directory declares.
    pub fn read(&self, entry: &Entry) -> Result<Cow<'a, [u8]>, ZipError> {
        let data = self.data(entry);
        if entry.method == Method::Stored {
            content::stream(entry, data, &self.limits, &mut |_| ())?;
            return Ok(Cow::Borrowed(data));
        }
        if let Some(kept) = self.unpacked.get(entry) {
            return Ok(Cow::Owned(kept.bytes.to_vec()));
        }
        if self.unpacked.has_room_for(entry) {
            return Ok(Cow::Owned(self.unpack_and_keep(entry, data)?.bytes.to_vec()));
        }
        Ok(Cow::Owned(self.unpack(entry, data)?.0))
    }

    /// The content of a compressed entry, and how many of its bytes were used.
    fn unpack(&self, entry: &Entry, data: &[u8]) -> Result<(Vec<u8>, usize), ZipError> {
        self.unpacked.inflating(|inflater| content::whole(entry, data, &self.limits, inflater))
    }

    /// The same, kept for the next reader; there must be room for it.
    fn unpack_and_keep(&self, entry: &Entry, data: &[u8]) -> Result<Content, ZipError> {
        let (bytes, used) = self.unpack(entry, data)?;
        let content = Content { bytes: Arc::new(bytes), used };
        self.unpacked.put(entry, content.clone());
        Ok(content)
    }

    /// The data of an entry as it stands in the archive, compressed or not.
    pub fn data(&self, entry: &Entry) -> &'a [u8] {
        self.bytes.get(entry.data.clone()).unwrap_or_default()
    }

    /// The first bytes of an entry, at most `most`; none when it cannot be read. Nothing is checked.
    pub fn head(&self, entry: &Entry, most: usize) -> Vec<u8> {
        if let Some(kept) = self.unpacked.get(entry) {
            return kept.bytes.get(..most.min(kept.bytes.len())).unwrap_or_default().to_vec();
        }
        let data = self.data(entry);
        self.unpacked.inflating(|inflater| content::head(entry, data, most, inflater))
    }

    /// Hands the content of an entry to `sink` in pieces, so that a large one needs little memory. The pieces
    /// are worth nothing unless this returns `Ok`: size and CRC are checked at the end.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn stream(&self, entry: &Entry, sink: &mut dyn FnMut(&[u8])) -> Result<(), ZipError> {
        if let Some(kept) = self.unpacked.get(entry) {
            sink(&kept.bytes);
            return Ok(());
        }
        let data = self.data(entry);
        content::stream(entry, data, &self.limits, sink).map(|_| ())
    }

    /// Decompresses every entry once and reports those that cannot be read, and data after a deflate stream. Small
    /// ones are kept, so that reading them afterwards is free.
    pub fn check_contents(&self) -> Vec<Fact> {
        let mut facts = Facts::new(self.bytes);
        // That records share bytes was told when the archive was opened.
        for entry in self.entries.iter().filter(|entry| !entry.is_shared) {
            let data = self.data(entry);
            let checked = if let Some(kept) = self.unpacked.get(entry) {
                Ok(kept.used)
            } else if self.unpacked.has_room_for(entry) {
                self.unpack_and_keep(entry, data).map(|content| content.used)
            } else {
                content::stream(entry, data, &self.limits, &mut |_| ())
            };
            match checked {
                Ok(used) if used < data.len() => {
                    let range = entry.data.start.saturating_add(used)..entry.data.end;
                    facts.push(Fact::BytesAfterDeflate { entry: entry.index, range });
                }
                Ok(_) => {}
                Err(error) => facts.push(Fact::Unreadable { entry: entry.index, code: error.code() }),
            }
        }
        facts.into_list()
    }
}

/// Notes entries beneath the name of a file. In the order of their segments all that is beneath a name follows it.
fn note_under_files(entries: &[Entry], facts: &mut Facts<'_>) {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by(|left, right| left.path.split('/').cmp(right.path.split('/')));
    let mut last: Option<&Entry> = None;
    for entry in order {
        let file = last.filter(|file| {
            entry.path.strip_prefix(file.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        match file {
            Some(file) => facts.push(Fact::UnderFile { entry: entry.index, file: file.index }),
            None if entry.is_dir() || entry.path.is_empty() => {}
            None => last = Some(entry),
        }
    }
}

/// Positions by path and by path in lower case; notes names that occur twice.
fn index(entries: &[Entry], facts: &mut Facts<'_>) -> (HashMap<String, usize>, HashMap<String, usize>) {
    let mut by_path: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut by_lower: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for (second, entry) in entries.iter().enumerate() {
        let lower = entry.path.to_lowercase();
        if let Some(&first) = by_path.get(&entry.path) {
            let exact = entries.get(first).is_some_and(|other| other.name == entry.name);
            let same = if exact { SameName::Exact } else { SameName::Path };
            facts.push(Fact::DuplicateName { first, second, same });
            continue;
        }
        by_path.insert(entry.path.clone(), second);
        if let Some(&first) = by_lower.get(&lower) {
            facts.push(Fact::DuplicateName { first, second, same: SameName::Case });
        } else {
            by_lower.insert(lower, second);
        }
    }
    (by_path, by_lower)
}
