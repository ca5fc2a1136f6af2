//! Why nothing can be added to a package.

use crate::ofd::OfdError;
use crate::ses::SesError;
use crate::xml::XmlError;
use crate::zip::ZipError;

/// A seal or signature that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The package cannot be read.
    #[error(transparent)]
    Package(#[from] OfdError),
    /// The package cannot be written.
    #[error(transparent)]
    Write(#[from] ZipError),
    /// `OFD.xml` or `Signatures.xml` cannot be edited.
    #[error("{file} cannot be edited: {source}")]
    Edit {
        /// The file.
        file: String,
        /// Why.
        source: XmlError,
    },
    /// The seal cannot be used to sign.
    #[error("the seal cannot be used: {0}")]
    Seal(#[from] SesError),
    /// An existing signature covers the list of signatures: the document is locked.
    #[error("the document is locked by signature {signature}")]
    Locked {
        /// Id of the locking signature.
        signature: String,
    },
    /// An existing signature covers a file that would have to be edited.
    #[error("signature {signature} covers {file}, which would have to be edited")]
    Covered {
        /// The file.
        file: String,
        /// Id of the signature.
        signature: String,
    },
    /// The whole package is protected by GM/T 0099 integrity protection (`OFDEntries.xml`).
    #[error("the package has integrity protection, which any addition would break")]
    IntegrityProtected,
    /// Two readers may see different packages, so nobody should sign it.
    #[error("the archive is ambiguous ({code}) and is not signed")]
    Ambiguous {
        /// [`crate::zip::Fact::code`] of the reason.
        code: &'static str,
    },
    /// A stamp is on a page that does not exist.
    #[error("there is no page {}", page_index.saturating_add(1))]
    NoPage {
        /// Position of the page, counted from zero.
        page_index: usize,
    },
    /// The size of a page is not known.
    #[error("the size of page {} is not known", page_index.saturating_add(1))]
    NoPageSize {
        /// Position of the page, counted from zero.
        page_index: usize,
    },
    /// A stamp is not wholly on its page.
    #[error("the stamp on page {} does not lie on the page", page_index.saturating_add(1))]
    OffPage {
        /// Position of the page, counted from zero.
        page_index: usize,
    },
    /// A length is not a number, or a box is empty.
    #[error("the stamp on page {} has no sensible size", page_index.saturating_add(1))]
    BadStamp {
        /// Position of the page, counted from zero.
        page_index: usize,
    },
    /// A seal without a place to show it, or a plain signature with one.
    #[error("{0}")]
    Stamps(&'static str),
    /// A riding seal cannot be cut into so many slices.
    #[error("a riding seal of {length_mm} mm cannot be cut into {slices} slices")]
    Slices {
        /// Length of the side that is cut, rounded down.
        length_mm: u32,
        /// Number of slices.
        slices: usize,
    },
    /// The package's folders have names that propertyInfo cannot hold (IA5String).
    #[error("the path {path} is not ASCII and cannot stand in a signature")]
    NotAscii {
        /// The path of the new signature.
        path: String,
    },
    /// The signature value is empty or too large.
    #[error("a signature value of {bytes} bytes is not embedded")]
    BadValue {
        /// Its size.
        bytes: usize,
    },
    /// A stored [`super::Prepared`] is damaged or of another version.
    #[error("the prepared document is damaged")]
    Damaged,
}

impl SealError {
    /// A stable id of the kind of error, for reports and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Package(error) => error.code(),
            Self::Write(error) => error.code(),
            Self::Edit { source, .. } => source.code(),
            Self::Seal(error) => error.code(),
            Self::Locked { .. } => "ofd.locked",
            Self::Covered { .. } => "ofd.covered",
            Self::IntegrityProtected => "ofd.integrity-protected",
            Self::Ambiguous { .. } => "ofd.ambiguous",
            Self::NoPage { .. } => "ofd.no-page",
            Self::NoPageSize { .. } => "ofd.no-page-size",
            Self::OffPage { .. } => "ofd.off-page",
            Self::BadStamp { .. } => "ofd.bad-stamp",
            Self::Stamps(_) => "ofd.stamps",
            Self::Slices { .. } => "ofd.slices",
            Self::NotAscii { .. } => "ofd.not-ascii",
            Self::BadValue { .. } => "ofd.bad-signature-value",
            Self::Damaged => "ofd.prepared-damaged",
        }
    }
}
