//! How large a package may be.

use crate::{xml, zip};

/// Upper bounds on a package, beside those of its archive and of its XML files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The archive.
    pub zip: zip::Limits,
    /// Each XML file.
    pub xml: xml::Limits,
    /// Documents in a package.
    pub bodies: usize,
    /// Pages, templates and resources of one document, each.
    pub pages: usize,
    /// Signatures of one document.
    pub signatures: usize,
    /// References and stamps of one signature, each.
    pub references: usize,
    /// Bytes that the references and stamps of all signatures together take, paths included.
    pub reference_bytes: usize,
    /// Bytes of the lists of signatures of all documents together.
    pub list_bytes: u64,
    /// Files that are followed from `OFD.xml`.
    pub followed: usize,
    /// Bytes that are read altogether from one opened package, a file counting each time it is read: a thousand
    /// signatures may name the same large file. Digests are kept, and do not count.
    pub read_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            zip: zip::Limits::default(),
            xml: xml::Limits::default(),
            bodies: 64,
            pages: 20_000,
            signatures: 1_000,
            references: 50_000,
            reference_bytes: 32 << 20,
            list_bytes: 16 << 20,
            followed: 100_000,
            read_bytes: 1 << 30,
        }
    }
}
