//! What is to be added.

use crate::ofd::{Provider, Rect};
use jiff::Timestamp;

/// A seal or signature to be added.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Position of the document in the package; 0 in all but the rarest files.
    pub body: usize,
    /// A seal or a plain signature.
    pub kind: Kind,
    /// Where the seal is shown; at least one for a seal, none for a plain signature.
    pub stamps: Vec<Stamp>,
    /// The software that signs, as it names itself.
    pub provider: Provider,
    /// The signing time; whole seconds count. It is also the time of the new archive entries.
    pub signing_time: Timestamp,
    /// Whether others may sign afterwards.
    pub mode: Mode,
}

/// What kind of signature is added.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A seal (GB/T 38540), given as DER; the value will be an SES_Signature.
    Seal(Vec<u8>),
    /// A plain signature (GB/T 35275); the value will be a SignedData.
    Sign,
}

/// Whether others may sign afterwards (GB/T 33190-2016 §18.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// They may: the list of signatures is not covered.
    Continue,
    /// They may not: the list of signatures is covered.
    Lock,
}

/// A place where the seal is shown, in millimetres from the left upper corner of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    /// Position of the page in the document, counted from zero.
    pub page_index: usize,
    /// The whole seal.
    pub boundary: Rect,
    /// The part of the seal that is shown, from the corner of the boundary; all of it without.
    pub clip: Option<Rect>,
}

impl Stamp {
    /// A whole seal with its left upper corner at `x`, `y`.
    pub fn at(page_index: usize, x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { page_index, boundary: Rect { x, y, width, height }, clip: None }
    }
}
