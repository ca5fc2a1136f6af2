//! Contents of entries that were decompressed once and are kept for the next reader.

use super::entry::{Entry, Method};
use flate2::Decompress;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are kept of one archive. What does not fit is decompressed whenever it is read.
const ROOM: u64 = 8 << 20;

/// What is kept, by position of the entry.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    kept: Mutex<Kept>,
    /// Setting up an inflater takes longer than a small entry does, so one is used again.
    inflater: Mutex<Option<Decompress>>,
}

#[derive(Debug, Default)]
struct Kept {
    contents: HashMap<usize, Content>,
    bytes: u64,
}

/// The content of an entry, found good.
#[derive(Debug, Clone)]
pub(super) struct Content {
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
    /// Compressed bytes that they were made from; what is behind belongs to nothing.
    pub used: usize,
}

impl Unpacked {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the content of an entry would be kept. What is not compressed lies in the archive already.
    pub(super) fn has_room_for(&self, entry: &Entry) -> bool {
        entry.method() == Method::Deflate && self.lock().bytes.saturating_add(entry.size()) <= ROOM
    }

    /// Keeps a content that was found good. Its size is the one declared, so there is room for it still.
    pub(super) fn put(&self, entry: &Entry, content: Content) {
        let mut kept = self.lock();
        if kept.contents.insert(entry.index(), content).is_none() {
            kept.bytes = kept.bytes.saturating_add(entry.size());
        }
    }

    pub(super) fn get(&self, entry: &Entry) -> Option<Content> {
        self.lock().contents.get(&entry.index()).cloned()
    }

    /// Lends an inflater that is at the beginning of a stream.
    pub(super) fn inflating<T>(&self, work: impl FnOnce(&mut Decompress) -> T) -> T {
        let idle = || self.inflater.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inflater = idle().take().unwrap_or_else(|| Decompress::new(false));
        let done = work(&mut inflater);
        inflater.reset(false);
        *idle() = Some(inflater);
        done
    }
}
