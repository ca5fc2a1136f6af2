//! Why an XML file is not read, or not edited.

/// An XML file that is not read or not edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// The file is larger than [`super::Limits::bytes`].
    #[error("the XML file has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Elements are nested deeper than [`super::Limits::depth`].
    #[error("XML elements are nested deeper than {limit}")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// There are more elements than [`super::Limits::elements`].
    #[error("the XML file has more than {limit} elements")]
    TooManyElements {
        /// The bound.
        limit: usize,
    },
    /// An element has more attributes than [`super::Limits::attributes`].
    #[error("an XML element has more than {limit} attributes")]
    TooManyAttributes {
        /// The bound.
        limit: usize,
    },
    /// All elements together have more attributes than [`super::Limits::all_attributes`].
    #[error("the XML file has more than {limit} attributes")]
    TooManyAttributesInAll {
        /// The bound.
        limit: usize,
    },
    /// More namespace declarations are in force at one place than [`super::Limits::namespaces`].
    #[error("more than {limit} XML namespaces are declared at one place")]
    TooManyNamespaces {
        /// The bound.
        limit: usize,
    },
    /// There is a document type declaration.
    #[error("document type declarations are refused")]
    DocumentType,
    /// A reference to an entity that XML itself does not define.
    #[error("the entity &{name}; is not known")]
    UnknownEntity {
        /// Its name.
        name: String,
    },
    /// The encoding is neither UTF-8 nor GBK.
    #[error("the encoding {name} is not read")]
    UnsupportedEncoding {
        /// As declared or recognised.
        name: String,
    },
    /// The bytes are not text in the declared encoding, or hold characters that XML does not allow.
    #[error("the file is not text in its encoding")]
    BadText,
    /// The file is not well-formed.
    #[error("not well-formed XML at byte {offset}: {what}")]
    Malformed {
        /// Where.
        offset: usize,
        /// What is wrong.
        what: String,
    },
    /// An edit was asked for in a file that is not stored in UTF-8.
    #[error("only UTF-8 files can be edited in place")]
    NotEditable,
}

impl XmlError {
    /// A stable id of the kind of error, for reports and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "xml.too-large",
            Self::TooDeep { .. } => "xml.too-deep",
            Self::TooManyElements { .. } => "xml.too-many-elements",
            Self::TooManyAttributes { .. } => "xml.too-many-attributes",
            Self::TooManyAttributesInAll { .. } => "xml.too-many-attributes-in-all",
            Self::TooManyNamespaces { .. } => "xml.too-many-namespaces",
            Self::DocumentType => "xml.document-type",
            Self::UnknownEntity { .. } => "xml.unknown-entity",
            Self::UnsupportedEncoding { .. } => "xml.unsupported-encoding",
            Self::BadText => "xml.bad-text",
            Self::Malformed { .. } => "xml.malformed",
            Self::NotEditable => "xml.not-editable",
        }
    }
}
