//! A file that is opened more than once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::budget::Effort;
use super::load::lock;
use super::{Fact, Limits, Pdf, PdfError, Section};

/// A file that is opened at several of its revisions, or in several ways. One budget bounds what all of that costs, and
/// cross-reference sections are read once.
pub struct Source<'a> {
    pub(super) bytes: &'a [u8],
    /// No more than a file of this length has.
    pub(super) limits: Limits,
    pub(super) effort: Arc<Effort>,
    sections: Mutex<Sections>,
}

/// Sections that were read.
#[derive(Default)]
struct Sections {
    by_offset: HashMap<usize, KeptSection>,
    entries: usize,
}

/// A section with what was odd about it.
#[derive(Clone)]
pub(super) struct KeptSection {
    pub(super) section: Section,
    pub(super) facts: Vec<Fact>,
    /// How far the file was looked at. A file that ends there, or later, has the same section.
    pub(super) reached: usize,
}

impl<'a> Source<'a> {
    /// Reads nothing yet.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        Self {
            bytes,
            limits: limits.for_file(bytes.len()),
            effort: Arc::new(Effort::for_file(bytes.len())),
            sections: Mutex::default(),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Opens the file as [`Pdf::open`] does, as if it ended at a byte.
    ///
    /// # Errors
    /// As [`Pdf::open`]; [`PdfError::Limit`] too where all that was opened before has used the budget up.
    pub fn open(&self, end: usize) -> Result<Pdf<'a>, PdfError> {
        Pdf::open_source(self, end, None, b"")
    }

    /// Opens the file as [`Pdf::reconstruct`] does.
    ///
    /// # Errors
    /// As [`Pdf::reconstruct`], and as [`Self::open`].
    pub fn reconstruct(&self) -> Result<Pdf<'a>, PdfError> {
        Pdf::reconstruct_source(self)
    }

    /// True when the budget of the document is used up: something was not looked at, and what was found is not all
    /// there is.
    pub fn is_spent(&self) -> bool {
        self.effort.left() == 0
    }

    /// The section at an offset of the file that ends at a byte, when it was read before.
    pub(super) fn section(&self, offset: usize, end: usize) -> Option<KeptSection> {
        lock(&self.sections).by_offset.get(&offset).filter(|kept| kept.reached <= end).cloned()
    }

    /// Keeps a section, while there is room.
    pub(super) fn keep(&self, kept: &KeptSection) {
        let mut sections = lock(&self.sections);
        let entries = sections.entries.saturating_add(kept.section.entries.len());
        if entries <= self.limits.entries {
            sections.entries = entries;
            sections.by_offset.insert(kept.section.offset, kept.clone());
        }
    }
}
