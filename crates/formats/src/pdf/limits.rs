//! How much is read of a PDF.

/// Upper bounds. Where one is met, reading ends with [`super::PdfError::Limit`]; nothing grows without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of a file in bytes.
    pub file_len: u64,
    /// Largest object number.
    pub objects: usize,
    /// Entries of all cross-reference sections together; objects of one object stream.
    pub entries: usize,
    /// Cross-reference sections (revisions).
    pub sections: usize,
    /// Depth of arrays and dictionaries in one another, of the page tree, of forms in forms, of references.
    pub depth: usize,
    /// Values in one object.
    pub values: usize,
    /// Values of all fields of a form together.
    pub form_values: usize,
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

impl Limits {
    /// The same, and no more than a file of so many bytes has: what compresses to nothing would go far beyond. A row of
    /// free entries, zeros in an array, or blanks, cost a thousandth of a byte each; objects that say something cost some
    /// bytes.
    pub(super) fn for_file(&self, len: usize) -> Self {
        let within = |most: usize, some: usize, more: usize| most.min(some.saturating_add(more));
        Self {
            entries: within(self.entries, 65_536, len / 2),
            values: within(self.values, 100_000, len / 4),
            form_values: within(self.form_values, 250_000, len / 2),
            stream_len: within(self.stream_len, 24 << 20, len.saturating_mul(16)),
            ..self.clone()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_len: 256 << 20,
            objects: 4_000_000,
            entries: 4_000_000,
            sections: 1_000,
            depth: 64,
            values: 2_000_000,
            form_values: 2_000_000,
            stream_len: 128 << 20,
            decoded_len: 512 << 20,
            pages: 100_000,
            fields: 100_000,
            signatures: 1_000,
        }
    }
}
