//! Why a PDF, or an object in it, cannot be read.

use super::ObjectId;

/// A PDF, or an object in it, that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// There is no `%PDF-` where a PDF begins.
    #[error("this is no PDF")]
    NotPdf,
    /// The cross-reference data cannot be used; the file can at most be reconstructed.
    #[error("the cross-reference data at byte {offset} cannot be used: {what}")]
    Xref {
        /// Where.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A password is needed.
    #[error("the file can only be opened with a password")]
    PasswordNeeded,
    /// It is encrypted in a way that is not understood.
    #[error("the encryption is not supported: {0}")]
    Encryption(&'static str),
    /// Bytes that are no object.
    #[error("no object can be read at byte {offset}: {what}")]
    Syntax {
        /// Where, in the file or in an object stream.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// An object that must be there is not, or is another one than its reference says.
    #[error("object {0} is not there")]
    MissingObject(ObjectId),
    /// An object is not what it should be.
    #[error("{0} is not what it should be")]
    Unexpected(&'static str),
    /// A filter that is not supported, or data that it cannot decode.
    #[error("a stream cannot be decoded: {0}")]
    Filter(&'static str),
    /// There is more of something than [`super::Limits`] allows.
    #[error("the file goes beyond a limit: {0}")]
    Limit(&'static str),
    /// Objects refer to one another in a circle.
    #[error("objects refer to one another in a circle: {0}")]
    Circle(&'static str),
}

impl PdfError {
    /// A stable id of the kind of error, for reports and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPdf => "pdf.not-pdf",
            Self::Xref { .. } => "pdf.xref",
            Self::PasswordNeeded => "pdf.password-needed",
            Self::Encryption(_) => "pdf.encryption",
            Self::Syntax { .. } => "pdf.syntax",
            Self::MissingObject(_) => "pdf.missing-object",
            Self::Unexpected(_) => "pdf.unexpected",
            Self::Filter(_) => "pdf.filter",
            Self::Limit(_) => "pdf.limit",
            Self::Circle(_) => "pdf.circle",
        }
    }
}
