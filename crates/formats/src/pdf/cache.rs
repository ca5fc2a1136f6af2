//! What was read of a file and is kept, so much of it.

use std::collections::HashMap;
use std::sync::Arc;

use super::PdfError;

/// Something that was read, and the bytes of memory that it takes; or why it cannot be.
pub(super) type Kept<T> = Result<(Arc<T>, usize), PdfError>;

/// What is kept by number. Where it comes to more bytes than there is room for, everything is let go and read again when
/// it is asked for; the last one is kept, whatever its size.
pub(super) struct Cache<T> {
    kept: HashMap<u32, Kept<T>>,
    bytes: usize,
    most: usize,
}

/// Bytes of an entry without its content.
const ENTRY: usize = 128;

impl<T> Cache<T> {
    /// With room for so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: HashMap::new(), bytes: 0, most }
    }

    /// Room as it is right for a file of so many bytes.
    pub(super) fn for_file(len: usize) -> Self {
        Self::new((8_usize << 20).saturating_add(len))
    }

    pub(super) fn get(&self, number: u32) -> Option<&Kept<T>> {
        self.kept.get(&number)
    }

    pub(super) fn insert(&mut self, number: u32, value: Kept<T>) {
        let bytes = value.as_ref().map_or(0, |(_, bytes)| *bytes).saturating_add(ENTRY);
        if self.bytes.saturating_add(bytes) > self.most {
            self.clear();
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.kept.insert(number, value);
    }

    pub(super) fn clear(&mut self) {
        self.kept = HashMap::new();
        self.bytes = 0;
    }

    /// Bytes that are kept.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut cache = Cache::new(1_000);
        for number in 0..100 {
            cache.insert(number, Ok((Arc::new(number), 300)));
            assert!(cache.bytes() <= 1_000 && cache.get(number).is_some());
        }
        assert!(cache.get(0).is_none());
        cache.insert(100, Ok((Arc::new(100), 5_000)));
        assert!(cache.get(99).is_none() && cache.get(100).is_some());
        cache.insert(101, Err(PdfError::NotPdf));
        assert_eq!(cache.bytes(), ENTRY);
    }
}
