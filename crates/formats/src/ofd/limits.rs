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
    /// Bytes of the paths of the files that are followed, and of what documents name.
    pub followed_bytes: usize,
    /// Bytes that what is odd about all files takes together.
    pub fact_bytes: usize,
    /// What reading the XML of all files may cost together: a byte counts one, a tag a hundred more, an attribute or a
    /// reference fifty. A file counts once, whatever it is to those that lead to it.
    pub xml_work: u64,
    /// The same for each byte of the archive: what is large may cost more.
    pub xml_work_per_byte: u64,
    /// Bytes that are digested altogether, with all algorithms.
    pub digested_bytes: u64,
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
            followed_bytes: 32 << 20,
            fact_bytes: 8 << 20,
            xml_work: 384 << 20,
            xml_work_per_byte: 64,
            digested_bytes: 640 << 20,
            read_bytes: 1 << 30,
        }
    }
}
