//! How much is read of a PDF.

/// Upper bounds. Where one is met, reading ends with [`super::PdfError::Limit`]; nothing grows without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of a file in bytes.
    pub file_len: u64,
    /// Largest object number, and entries of all cross-reference sections together.
    pub objects: usize,
    /// Cross-reference sections (revisions).
    pub sections: usize,
    /// Depth of arrays and dictionaries in one another, of the page tree, of forms in forms, of references.
    pub depth: usize,
    /// Values in one object.
    pub values: usize,
    /// Bytes of one decoded stream.
    pub stream_len: usize,
    /// Bytes of all streams decoded from one opened file.
    pub decoded_len: usize,
    /// Pages.
    pub pages: usize,
    /// Fields of forms, and annotations, each altogether.
    pub fields: usize,
    /// Signatures.
    pub signatures: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_len: 256 << 20,
            objects: 4_000_000,
            sections: 1_000,
            depth: 64,
            values: 2_000_000,
            stream_len: 128 << 20,
            decoded_len: 512 << 20,
            pages: 100_000,
            fields: 100_000,
            signatures: 1_000,
        }
    }
}
