//! ASN.1 read and written at the level of raw slices (ITU-T X.690).
//!
//! The reader never copies or re-encodes: every [`Value`] is a slice of the input together with its
//! absolute offset, and signatures are verified over those slices. [`Mode::Strict`] accepts DER alone.
//! [`Mode::Tolerant`] also reads the BER and the plain mistakes that real seals hold, and records each as
//! a [`Deviation`] with its place. [`Writer`] writes DER only.

mod der_form;
mod deviation;
mod error;
mod primitive;
mod reader;
mod strings;
mod tag;
mod writer;

pub use der_form::{der_form, is_der_form};
pub use deviation::{Deviation, DeviationKind, Notes};
pub use error::{Asn1Error, Asn1ErrorKind};
pub use primitive::BitString;
pub use reader::{Context, Limits, Mode, Reader, Value};
pub use tag::Tag;
pub use writer::Writer;

/// The place of a value inside the bytes that hold it: a half-open range of offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes at this place, empty when `raw` is not the buffer the span was taken from.
    pub fn of(self, raw: &[u8]) -> &[u8] {
        raw.get(self.start..self.end).unwrap_or_default()
    }

    /// The same place seen from a buffer that starts at `origin`.
    #[must_use]
    pub fn relative_to(self, origin: usize) -> Self {
        Self { start: self.start.saturating_sub(origin), end: self.end.saturating_sub(origin) }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// True when it covers no byte.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}
