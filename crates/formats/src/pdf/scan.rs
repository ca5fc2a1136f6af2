//! The byte layer: what stands in the file, whoever refers to it.

use std::ops::Range;

use super::{Dictionary, ObjectId};

/// An `N G obj` that stands somewhere in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub id: ObjectId,
    /// Where the number begins.
    pub offset: usize,
}

/// The end of a revision: `startxref N %%EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionEnd {
    /// From `startxref` to just behind `%%EOF` and one end of line (CR, LF or CRLF).
    pub range: Range<usize>,
    /// The offset named.
    pub offset: usize,
}

/// A dictionary with `ByteRange` and `Contents` that stands in the file, reached or not.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureDictionary {
    /// The object around it, when there is one.
    pub id: Option<ObjectId>,
    /// Where the object (or else the dictionary) begins.
    pub offset: usize,
    /// The dictionary, its spans in the file.
    pub dictionary: Dictionary,
}

/// Every `N G obj` that begins in a range. Bytes of streams are looked through as well: what a repairing viewer finds
/// counts. Bounded by the size of the file.
pub fn objects(bytes: &[u8], range: Range<usize>) -> Vec<Found> {
    let _ = (bytes, range);
    Vec::new()
}

/// Every end of a revision, in the order of the file.
pub fn revision_ends(bytes: &[u8]) -> Vec<RevisionEnd> {
    let _ = bytes;
    Vec::new()
}

/// Every dictionary that looks like a signature's, in the order of the file. At most `most`.
pub fn signature_dictionaries(bytes: &[u8], most: usize) -> Vec<SignatureDictionary> {
    let _ = (bytes, most);
    Vec::new()
}
