//! Why bytes could not be read.

use super::{DeviationKind, Tag};

/// Bytes that are not the structure they should be, with the place where that shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at offset {offset}: {kind}")]
pub struct Asn1Error {
    /// Offset in the outermost input.
    pub offset: usize,
    /// What is wrong there.
    pub kind: Asn1ErrorKind,
}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Asn1ErrorKind {
    /// The input ends inside a value.
    #[error("the input ends inside a value")]
    Truncated,
    /// Another tag was expected.
    #[error("expected {expected}, found {found}")]
    UnexpectedTag {
        /// Tag the structure asks for.
        expected: Tag,
        /// Tag that is there.
        found: Tag,
    },
    /// A required value is missing.
    #[error("a value is missing: expected {0}")]
    Missing(Tag),
    /// A structure holds more values than it has fields.
    #[error("a value too many")]
    Extra,
    /// A tag number above 30 or a reserved octet.
    #[error("tag not supported")]
    Tag,
    /// A length that cannot be: reserved octet, more than four octets, or not definite where it must be.
    #[error("length not valid")]
    Length,
    /// More nesting than allowed.
    #[error("nested too deeply")]
    TooDeep,
    /// Input or number of values above the limit.
    #[error("larger than allowed")]
    TooLarge,
    /// The content is not a value of its type.
    #[error("not a valid {0}")]
    Content(&'static str),
    /// The structure is none of the shapes known.
    #[error("not a {0}")]
    Shape(&'static str),
    /// Readable, but not as the standard asks, in strict mode.
    #[error("not as the standard asks: {0}")]
    Deviation(DeviationKind),
}

impl Asn1ErrorKind {
    /// This error at a place.
    pub fn at(self, offset: usize) -> Asn1Error {
        Asn1Error { offset, kind: self }
    }
}

impl Asn1Error {
    /// A stable name of the error for reports, for example `asn1.truncated`.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            Asn1ErrorKind::Truncated => "asn1.truncated",
            Asn1ErrorKind::UnexpectedTag { .. } => "asn1.unexpected_tag",
            Asn1ErrorKind::Missing(_) => "asn1.missing",
            Asn1ErrorKind::Extra => "asn1.extra",
            Asn1ErrorKind::Tag => "asn1.tag",
            Asn1ErrorKind::Length => "asn1.length",
            Asn1ErrorKind::TooDeep => "asn1.too_deep",
            Asn1ErrorKind::TooLarge => "asn1.too_large",
            Asn1ErrorKind::Content(_) => "asn1.content",
            Asn1ErrorKind::Shape(_) => "asn1.shape",
            Asn1ErrorKind::Deviation(kind) => kind.code(),
        }
    }
}
