//! Why a document cannot be sealed.

use crate::cms::CmsError;
use crate::ofd::{self, OfdError};
use crate::pdf::{self, PdfError};
use crate::ses::SesError;

/// Characters of a text that was not found, in its error.
const MOST_SHOWN: usize = 40;

/// A document that cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// Neither OFD nor PDF, whatever its name says.
    #[error("this is neither an OFD nor a PDF")]
    UnknownKind,
    /// A document without pages.
    #[error("the document has no page")]
    NoPages,
    /// There is no such page.
    #[error("there is no page {}", page_index.saturating_add(1))]
    NoPage {
        /// Position of the page, counted from zero.
        page_index: usize,
    },
    /// The text at which the seal should go is not there, or not as text that can be found.
    #[error("the text {text:?} is not found in the document")]
    NoKeyword {
        /// The text, or its beginning.
        text: String,
    },
    /// Something that only a PDF has.
    #[error("only a PDF has {0}")]
    OnlyPdf(&'static str),
    /// The OFD cannot take it.
    #[error(transparent)]
    Ofd(ofd::SealError),
    /// The PDF cannot take it.
    #[error(transparent)]
    Pdf(pdf::seal::SealError),
    /// The seal cannot be used to sign.
    #[error("the seal cannot be used: {0}")]
    Seal(#[from] SesError),
    /// The signature value cannot be put together.
    #[error(transparent)]
    Value(#[from] CmsError),
    /// What was stored between the steps is damaged or of another version.
    #[error("the prepared document is damaged")]
    Damaged,
}

/// What an error is about, for those who tell people what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// It is no document of either kind.
    NotADocument,
    /// It can only be opened with a password, or its encryption is not supported.
    Encrypted,
    /// It is damaged, or beyond a limit.
    Damaged,
    /// Earlier signatures, permissions or protection allow no further one.
    Locked,
    /// The place: a page, a box, a text.
    Place,
    /// The field or another wish.
    Wish,
    /// The seal or the value.
    Seal,
}

impl SealingError {
    /// A text that was not found, shortened.
    pub(super) fn no_keyword(text: &str) -> Self {
        Self::NoKeyword { text: text.chars().take(MOST_SHOWN).collect() }
    }

    /// A stable id of the kind of error, for reports and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind => "document.unknown-kind",
            Self::NoPages => "document.no-pages",
            Self::NoPage { .. } => "document.no-page",
            Self::NoKeyword { .. } => "document.no-keyword",
            Self::OnlyPdf(_) => "document.only-pdf",
            Self::Ofd(error) => error.code(),
            Self::Pdf(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Value(error) => error.code(),
            Self::Damaged => "document.prepared-damaged",
        }
    }

    /// What it is about.
    pub fn concern(&self) -> Concern {
        match self {
            Self::UnknownKind => Concern::NotADocument,
            Self::NoPages | Self::Damaged => Concern::Damaged,
            Self::NoPage { .. } | Self::NoKeyword { .. } => Concern::Place,
            Self::OnlyPdf(_) => Concern::Wish,
            Self::Seal(_) | Self::Value(_) => Concern::Seal,
            Self::Ofd(error) => of_ofd(error),
            Self::Pdf(error) => of_pdf(error),
        }
    }
}

fn of_ofd(error: &ofd::SealError) -> Concern {
    use ofd::SealError as Error;
    match error {
        Error::Locked { .. } | Error::Covered { .. } | Error::IntegrityProtected => Concern::Locked,
        Error::NoPage { .. }
        | Error::NoPageSize { .. }
        | Error::OffPage { .. }
        | Error::BadStamp { .. }
        | Error::Stamps(_)
        | Error::Slices { .. } => Concern::Place,
        Error::Seal(_) | Error::BadValue { .. } => Concern::Seal,
        _ => Concern::Damaged,
    }
}

fn of_pdf(error: &pdf::seal::SealError) -> Concern {
    use pdf::seal::SealError as Error;
    match error {
        Error::File(PdfError::NotPdf) => Concern::NotADocument,
        Error::File(PdfError::PasswordNeeded | PdfError::Encryption(_)) => Concern::Encrypted,
        Error::UsageRights
        | Error::DynamicXfa
        | Error::XfaNewField
        | Error::Permissions
        | Error::Certified { .. }
        | Error::Locked { .. } => Concern::Locked,
        Error::NoPage { .. }
        | Error::OffPage { .. }
        | Error::BadStamp { .. }
        | Error::Stamps(_)
        | Error::Riding(_) => Concern::Place,
        Error::NotFirst
        | Error::NoField(_)
        | Error::NoEmptyField
        | Error::NameTaken(_)
        | Error::BadName(_)
        | Error::FieldSigned(_)
        | Error::SeedValue(_)
        | Error::SignatureAlgorithm(_)
        | Error::Profile => Concern::Wish,
        Error::Picture(_)
        | Error::Seal(_)
        | Error::Value(_)
        | Error::BadValue { .. }
        | Error::TooLarge { .. }
        | Error::Room(_) => Concern::Seal,
        _ => Concern::Damaged,
    }
}

impl From<ofd::SealError> for SealingError {
    fn from(error: ofd::SealError) -> Self {
        match error {
            ofd::SealError::NoPage { page_index } => Self::NoPage { page_index },
            ofd::SealError::Damaged => Self::Damaged,
            error => Self::Ofd(error),
        }
    }
}

impl From<OfdError> for SealingError {
    fn from(error: OfdError) -> Self {
        Self::Ofd(error.into())
    }
}

impl From<pdf::seal::SealError> for SealingError {
    fn from(error: pdf::seal::SealError) -> Self {
        match error {
            pdf::seal::SealError::NoPage { page_index } => Self::NoPage { page_index },
            pdf::seal::SealError::Damaged => Self::Damaged,
            error => Self::Pdf(error),
        }
    }
}

impl From<PdfError> for SealingError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error.into())
    }
}
