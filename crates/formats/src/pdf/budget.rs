//! Work that a file may cause. Objects can be made to overlap so that each reads the rest of the file again; a budget
//! for all of it keeps that linear.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::PdfError;

/// Bytes that may still be used.
pub(super) struct Budget {
    left: AtomicUsize,
    what: &'static str,
}

impl Budget {
    /// So many bytes, and what to say when they are used up.
    pub(super) const fn new(bytes: usize, what: &'static str) -> Self {
        Self { left: AtomicUsize::new(bytes), what }
    }

    /// For reading the objects of a file: each a dozen times, and some more for small files.
    pub(super) const fn for_reading(bytes: &[u8]) -> Self {
        Self::new(bytes.len().saturating_mul(16).saturating_add(16 << 20), "work")
    }

    /// Uses some. Where that is more than there is, nothing is left for anybody.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), PdfError> {
        let spend = |left: usize| Some(left.saturating_sub(bytes));
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        if before.is_ok_and(|before| before >= bytes) { Ok(()) } else { Err(PdfError::Limit(self.what)) }
    }

    /// Refuses to begin anything when nothing is left.
    pub(super) fn check(&self) -> Result<(), PdfError> {
        if self.left() == 0 { Err(PdfError::Limit(self.what)) } else { Ok(()) }
    }

    /// What is left.
    pub(super) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}
