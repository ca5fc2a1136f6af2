//! Work that a file may cause. Objects can be made to overlap so that each reads the rest of the file again, a few bytes
//! decode to very many, and every signature has the file opened once more: one budget for all of it keeps that linear.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::PdfError;

/// What all openings of one file may cost together. A unit is about what a nanosecond of a fast machine does.
pub(super) struct Effort {
    left: AtomicU64,
    /// Bytes of memory that all objects may take, each counted once.
    most: usize,
    objects: Mutex<Objects>,
}

/// The objects that were read.
#[derive(Default)]
struct Objects {
    /// By where they stand: a byte of the file, and the position in an object stream that begins there.
    seen: HashSet<(u32, u32)>,
    bytes: usize,
}

/// What is said where a whole document is beyond the bound.
const TOO_MUCH: PdfError = PdfError::Limit("work on the whole document");

/// Units for any file, and for each byte of it.
const UNITS: u64 = 400_000_000;
const UNITS_A_BYTE: u64 = 400;
/// Units of a value that is parsed, beside its bytes.
const VALUE: usize = 24;
/// Units of an entry of a cross-reference section, when it is parsed and for every opening that it is a part of: it is
/// put in order among the others, and gone through some times.
const ENTRY: usize = 32;
/// Bytes of memory for the objects of any file, and for each byte of it. An object takes 72 bytes and more for each value:
/// that is room for one value in two bytes of the file.
const MEMORY: usize = 24 << 20;
const MEMORY_A_BYTE: usize = 40;

impl Effort {
    /// For a file of so many bytes.
    pub(super) fn for_file(len: usize) -> Self {
        let most = len.saturating_mul(MEMORY_A_BYTE).saturating_add(MEMORY);
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        let left = AtomicU64::new(len.saturating_mul(UNITS_A_BYTE).saturating_add(UNITS));
        Self { left, most, objects: Mutex::default() }
    }

    fn object(&self, place: (usize, u32), bytes: usize) -> Result<(), PdfError> {
        let place = (u32::try_from(place.0).unwrap_or(u32::MAX), place.1);
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.seen.insert(place) {
            objects.bytes = objects.bytes.saturating_add(bytes);
        }
        if objects.bytes <= self.most {
            return Ok(());
        }
        self.left.store(0, Ordering::Relaxed);
        Err(TOO_MUCH)
    }

    fn spend(&self, units: usize) -> Result<(), PdfError> {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let spend = |left: u64| Some(left.saturating_sub(units));
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        if before.is_ok_and(|before| before >= units) { Ok(()) } else { Err(TOO_MUCH) }
    }

    /// What is left.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }
}

/// Bytes that may still be used.
pub(super) struct Budget {
    left: AtomicUsize,
    what: &'static str,
    /// Where it is a part of a larger budget.
    all: Option<Arc<Effort>>,
}

impl Budget {
    /// So many bytes, and what to say when they are used up.
    pub(super) const fn new(bytes: usize, what: &'static str) -> Self {
        Self { left: AtomicUsize::new(bytes), what, all: None }
    }

    /// For reading the objects of a file: each a dozen times, and some more for small files.
    pub(super) const fn for_reading(bytes: &[u8]) -> Self {
        Self::new(bytes.len().saturating_mul(16).saturating_add(16 << 20), "work")
    }

    /// The same as a part of what the whole document may cost.
    pub(super) fn within(self, all: &Arc<Effort>) -> Self {
        Self { all: Some(Arc::clone(all)), ..self }
    }

    /// Uses some. Where that is more than there is, nothing is left for anybody.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), PdfError> {
        let spend = |left: usize| Some(left.saturating_sub(bytes));
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        self.units(bytes)?;
        if before.is_ok_and(|before| before >= bytes) { Ok(()) } else { Err(PdfError::Limit(self.what)) }
    }

    /// Counts values that were parsed; their bytes are counted by [`Self::spend`].
    pub(super) fn values(&self, count: usize) -> Result<(), PdfError> {
        self.units(count.saturating_mul(VALUE))
    }

    /// Counts entries of cross-reference sections.
    pub(super) fn entries(&self, count: usize) -> Result<(), PdfError> {
        self.units(count.saturating_mul(ENTRY))
    }

    /// Counts an object by the memory that it takes, however often it is read. It stands at a byte of the file, by itself
    /// (position 0) or in an object stream (position 1 and on).
    pub(super) fn object(&self, place: (usize, u32), bytes: usize) -> Result<(), PdfError> {
        self.all.as_ref().map_or(Ok(()), |all| all.object(place, bytes))
    }

    /// Counts the copy of something that takes so many bytes of memory.
    pub(super) fn copy(&self, bytes: usize) -> Result<(), PdfError> {
        self.units(bytes / 4)
    }

    fn units(&self, units: usize) -> Result<(), PdfError> {
        self.all.as_ref().map_or(Ok(()), |all| all.spend(units))
    }

    /// Refuses to begin anything when nothing is left.
    pub(super) fn check(&self) -> Result<(), PdfError> {
        if self.all.as_ref().is_some_and(|all| all.left() == 0) {
            return Err(TOO_MUCH);
        }
        if self.left() == 0 { Err(PdfError::Limit(self.what)) } else { Ok(()) }
    }

    /// What is left.
    pub(super) fn left(&self) -> usize {
        let all = self.all.as_ref().map_or(u64::MAX, |all| all.left());
        self.left.load(Ordering::Relaxed).min(usize::try_from(all).unwrap_or(usize::MAX))
    }
}
