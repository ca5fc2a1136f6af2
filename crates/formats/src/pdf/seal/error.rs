//! Why nothing can be added to a file.

use super::picture::PictureError;
use crate::cms::CmsError;
use crate::ofd::SealError as PlacingError;
use crate::pdf::PdfError;
use crate::ses::SesError;

/// A seal or signature that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] PdfError),
    /// The file can only be read after repairing it, and what others see then is open.
    #[error("the file is damaged and is not signed, though it can be repaired: {0}")]
    Repaired(PdfError),
    /// An object is not whole where the cross-reference data names it, or is there twice, so that readers repair the file.
    #[error("the file is damaged and is not signed, though readers repair it: object {object}: {what}")]
    Unsound {
        /// Number of the object.
        object: u32,
        /// What is wrong with it.
        what: String,
    },
    /// Bytes behind the last revision belong to nothing.
    #[error("bytes behind the end of the file, from byte {offset} on, belong to nothing")]
    Tail {
        /// Where they begin.
        offset: usize,
    },
    /// A dictionary that has to be edited has one key twice, so that two readers may see different things.
    #[error("{place} has the key {key} twice")]
    DoubledKey {
        /// Which dictionary.
        place: &'static str,
        /// The key.
        key: String,
    },
    /// Something that has to be edited is not built as it must be.
    #[error("{0}, so that nothing can be added")]
    Structure(&'static str),
    /// The document carries usage rights, which any change by others takes away.
    #[error("the document has usage rights (UR3), which a signature would break")]
    UsageRights,
    /// A form that is made anew whenever it is opened.
    #[error("a dynamic XFA form cannot be signed")]
    DynamicXfa,
    /// A form that has a second description, in which a new field would be missing.
    #[error("an XFA form takes signatures only in the fields that it has")]
    XfaNewField,
    /// The form asks readers to draw its fields anew, a field has no appearance of its own, and a seal would not be seen.
    #[error(
        "the form asks readers to draw its fields (NeedAppearances), and field {0} has no appearance of its own"
    )]
    NeedAppearances(String),
    /// The file was encrypted with permissions that forbid it.
    #[error("the document's permissions forbid it")]
    Permissions,
    /// A certification, or a signature with a lock, forbids it.
    #[error("signature {signature} allows no such change (level {level})")]
    Certified {
        /// Name of the field of the signature that forbids it.
        signature: String,
        /// What it allows: 1 nothing, 2 forms and signatures, 3 annotations too.
        level: i64,
    },
    /// An earlier signature locks the field.
    #[error("signature {signature} locks field {field}")]
    Locked {
        /// The field.
        field: String,
        /// Name of the locking signature's field.
        signature: String,
    },
    /// A certification must be the first signature.
    #[error("a document that is signed already cannot be certified")]
    NotFirst,
    /// There is no such field.
    #[error("there is no signature field {0}")]
    NoField(String),
    /// No empty signature field is left.
    #[error("there is no empty signature field")]
    NoEmptyField,
    /// The name is another field's.
    #[error("there is a field {0} already")]
    NameTaken(String),
    /// A name that a field cannot have.
    #[error("a field cannot have the name {0:?}")]
    BadName(String),
    /// The field is signed already.
    #[error("the signature field {0} is signed already")]
    FieldSigned(String),
    /// The field's seed values ask for something else (§12.7.4.5).
    #[error("the signature field asks for another signature: {0}")]
    SeedValue(&'static str),
    /// The signature algorithm that a SignedData should name is none of SM2 with SM3.
    #[error("{0} does not name SM2 with SM3")]
    SignatureAlgorithm(crate::oid::Oid),
    /// A name of the profile cannot be written.
    #[error("the profile's names must be ASCII and not empty")]
    Profile,
    /// A stamp is on a page that does not exist.
    #[error("there is no page {}", page_index.saturating_add(1))]
    NoPage {
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
    /// A seal without a place to show it, a place without anything to show, or two places.
    #[error("{0}")]
    Stamps(&'static str),
    /// A riding seal cannot be cut.
    #[error(transparent)]
    Riding(#[from] PlacingError),
    /// A word at which a seal should be placed is not there.
    #[error("the text is not in the document")]
    NoKeyword,
    /// The picture cannot be shown in a PDF.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The seal cannot be used to sign.
    #[error("the seal cannot be used: {0}")]
    Seal(#[from] SesError),
    /// The value cannot be put together.
    #[error(transparent)]
    Value(#[from] CmsError),
    /// The value is empty or no SEQUENCE.
    #[error("a signature value of {bytes} bytes is not embedded")]
    BadValue {
        /// Its size.
        bytes: usize,
    },
    /// The value is larger than the room for it.
    #[error("a signature value of {bytes} bytes does not fit into the {room} bytes kept free for it")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The room.
        room: usize,
    },
    /// More room is asked for than any value needs.
    #[error("no signature value needs {0} bytes")]
    Room(usize),
    /// A stored [`super::Prepared`] is damaged or of another version.
    #[error("the prepared document is damaged")]
    Damaged,
}

impl SealError {
    /// A stable id of the kind of error, for reports and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Repaired(_) | Self::Unsound { .. } => "pdf.repaired",
            Self::Tail { .. } => "pdf.tail",
            Self::DoubledKey { .. } => "pdf.doubled-key",
            Self::Structure(_) => "pdf.structure",
            Self::UsageRights => "pdf.usage-rights",
            Self::DynamicXfa => "pdf.xfa-dynamic",
            Self::XfaNewField => "pdf.xfa-new-field",
            Self::NeedAppearances(_) => "pdf.need-appearances",
            Self::Permissions => "pdf.permissions",
            Self::Certified { .. } => "pdf.certified",
            Self::Locked { .. } => "pdf.locked",
            Self::NotFirst => "pdf.certify-not-first",
            Self::NoField(_) => "pdf.no-field",
            Self::NoEmptyField => "pdf.no-empty-field",
            Self::NameTaken(_) => "pdf.name-taken",
            Self::BadName(_) => "pdf.bad-name",
            Self::FieldSigned(_) => "pdf.field-signed",
            Self::SeedValue(_) => "pdf.seed-value",
            Self::SignatureAlgorithm(_) => "pdf.signature-algorithm",
            Self::Profile => "pdf.profile",
            Self::NoPage { .. } => "pdf.no-page",
            Self::OffPage { .. } => "pdf.off-page",
            Self::BadStamp { .. } => "pdf.bad-stamp",
            Self::Stamps(_) => "pdf.stamps",
            // The only one that cutting a seal into slices has.
            Self::Riding(PlacingError::Slices { .. }) => "pdf.slices",
            Self::Riding(error) => error.code(),
            Self::NoKeyword => "pdf.no-keyword",
            Self::Picture(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Value(error) => error.code(),
            Self::BadValue { .. } => "pdf.bad-signature-value",
            Self::TooLarge { .. } => "pdf.value-too-large",
            Self::Room(_) => "pdf.room",
            Self::Damaged => "pdf.prepared-damaged",
        }
    }
}
