//! What a document is, by its content.

use memchr::memmem;

/// So far from its beginning a PDF may say that it is one, as readers have it (ISO 32000-1, annex H, note 13).
const HEADER_WITHIN: usize = 1024;

/// The two kinds of document that are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// OFD (GB/T 33190-2016), an archive.
    Ofd,
    /// PDF (ISO 32000).
    Pdf,
}

impl DocumentKind {
    /// The kind by the first bytes; none for anything else. What is found here may still be damaged.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Self::Ofd);
        }
        let head = bytes.get(..HEADER_WITHIN.min(bytes.len()))?;
        memmem::find(head, b"%PDF-").map(|_| Self::Pdf)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ofd => "OFD",
            Self::Pdf => "PDF",
        }
    }

    /// The ending of file names, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Ofd => "application/ofd",
            Self::Pdf => "application/pdf",
        }
    }
}
