//! Why a package, or a file in it, cannot be read.

use crate::xml::XmlError;
use crate::zip::ZipError;

/// A package, or a file in it, that cannot be read. `file` is a path in the package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfdError {
    /// The archive, or an entry of it, cannot be read.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// A file is not XML as it should be.
    #[error("{file}: {source}")]
    Xml {
        /// The file.
        file: String,
        /// Why.
        source: XmlError,
    },
    /// A file that must be there is not.
    #[error("{file} is not in the package")]
    MissingFile {
        /// The file.
        file: String,
    },
    /// A file was not handed over, or not the digest of it that is asked for.
    #[error("{file} is not at hand")]
    NotAtHand {
        /// The file.
        file: String,
    },
    /// An element or attribute that must be there is not.
    #[error("{file} has no {what}")]
    Missing {
        /// The file.
        file: String,
        /// The element or attribute.
        what: &'static str,
    },
    /// A file has another root element than it should.
    #[error("{file} is no {expected}")]
    WrongRoot {
        /// The file.
        file: String,
        /// Name of the expected root element.
        expected: &'static str,
    },
    /// A path leads out of the package.
    #[error("{file} points out of the package: {written:?}")]
    OutsidePackage {
        /// The file that holds the path.
        file: String,
        /// The path as written.
        written: String,
    },
    /// There is more of something than [`super::Limits`] allows.
    #[error("{file} has more than {limit} {what}")]
    TooMany {
        /// The file.
        file: String,
        /// Of what.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// More was read from the package than [`super::Limits::read_bytes`] allows.
    #[error("the package makes its reader read more than {limit} bytes")]
    TooMuchRead {
        /// The bound.
        limit: u64,
    },
    /// The document, page or signature that was asked for does not exist.
    #[error("there is no {what} {index}")]
    NoSuch {
        /// What was asked for.
        what: &'static str,
        /// Which, counted from zero.
        index: usize,
    },
}

impl OfdError {
    /// A stable id of the kind of error, for reports and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Zip(error) => error.code(),
            Self::Xml { source, .. } => source.code(),
            Self::MissingFile { .. } => "ofd.missing-file",
            Self::NotAtHand { .. } => "ofd.not-at-hand",
            Self::Missing { .. } => "ofd.missing-element",
            Self::WrongRoot { .. } => "ofd.wrong-root",
            Self::OutsidePackage { .. } => "ofd.outside-package",
            Self::TooMany { .. } => "ofd.too-many",
            Self::TooMuchRead { .. } => "ofd.too-much-read",
            Self::NoSuch { .. } => "ofd.no-such",
        }
    }
}
