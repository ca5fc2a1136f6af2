//! Contents of entries that were decompressed once and are kept for the next reader.

use super::entry::{Entry, Method};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are kept of one archive. What does not fit is decompressed whenever it is read.
const ROOM: u64 = 8 << 20;

/// What is kept, by position of the entry.
#[derive(Debug, Default)]
pub(super) struct Unpacked(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    contents: HashMap<usize, Arc<[u8]>>,
    bytes: u64,
}

impl Unpacked {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the content of an entry would be kept. What is not compressed lies in the archive already.
    pub(super) fn has_room_for(&self, entry: &Entry) -> bool {
        entry.method() == Method::Deflate && self.lock().bytes.saturating_add(entry.size()) <= ROOM
    }

    /// Keeps a content that was found good. Its size is the one declared, so there is room for it still.
    pub(super) fn put(&self, entry: &Entry, content: Vec<u8>) {
        let mut kept = self.lock();
        kept.bytes = kept.bytes.saturating_add(entry.size());
        kept.contents.insert(entry.index(), content.into());
    }

    pub(super) fn get(&self, entry: &Entry) -> Option<Arc<[u8]>> {
        self.lock().contents.get(&entry.index()).cloned()
    }
}
