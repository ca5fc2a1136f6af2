//! Changing an archive: entries stay as they are, are replaced, or are added at the end.

use super::archive::Archive;
use super::entry::DosTime;
use super::error::ZipError;
use super::writer::Writer;
use std::collections::BTreeMap;

/// A plan of changes to an archive. What is neither replaced nor added keeps its local record byte for byte
/// and its place in the order; bytes that belong to no record (before, between, after) are dropped.
#[derive(Debug)]
pub struct Rewrite<'s, 'a> {
    source: &'s Archive<'a>,
    replaced: BTreeMap<String, Vec<u8>>,
    added: Vec<(String, Vec<u8>)>,
    modified: DosTime,
}

impl<'s, 'a> Rewrite<'s, 'a> {
    /// No changes yet; `modified` is the time written for replaced and added entries.
    pub fn new(source: &'s Archive<'a>, modified: DosTime) -> Self {
        Self { source, replaced: BTreeMap::new(), added: Vec::new(), modified }
    }

    /// Gives the entry at `path` other content, in its place in the order.
    ///
    /// # Errors
    /// [`ZipError::NotFound`] when there is no such entry.
    pub fn replace(&mut self, path: &str, content: Vec<u8>) -> Result<(), ZipError> {
        if self.source.find(path).is_none() {
            return Err(ZipError::NotFound { name: path.to_owned() });
        }
        self.replaced.insert(path.to_owned(), content);
        Ok(())
    }

    /// Adds an entry at the end.
    ///
    /// # Errors
    /// [`ZipError::Exists`] when the source has it, whatever the case.
    pub fn add(&mut self, path: &str, content: Vec<u8>) -> Result<(), ZipError> {
        if self.source.find_ignoring_case(path).is_some() {
            return Err(ZipError::Exists { name: path.to_owned() });
        }
        self.added.push((path.to_owned(), content));
        Ok(())
    }

    /// Writes the changed archive.
    ///
    /// # Errors
    /// As [`Writer::add`] and [`Writer::copy`].
    pub fn finish(self) -> Result<Vec<u8>, ZipError> {
        let mut writer = Writer::new(self.modified);
        for entry in self.source.entries() {
            match self.replaced.get(entry.path()) {
                Some(content) if !entry.is_dir() => writer.add(entry.path(), content)?,
                _ => writer.copy(self.source, entry)?,
            }
        }
        for (path, content) in &self.added {
            writer.add(path, content)?;
        }
        writer.finish()
    }
}
