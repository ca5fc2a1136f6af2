//! What is unusual about the files of a package. Judging it is left to others.

use crate::xml;

/// What is unusual about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathNote {
    /// Backslashes were read as slashes.
    Backslash,
    /// Empty segments, as in `//Doc_0`, were dropped.
    EmptySegment,
    /// The file exists in another case only, though paths are case-sensitive (GB/T 33190-2016 §7.3).
    WrongCase,
    /// The path climbs out of the package.
    Outside,
    /// The path is empty or too long.
    Unusable,
}

impl PathNote {
    /// A stable id, for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Backslash => "ofd.path-backslash",
            Self::EmptySegment => "ofd.path-empty-segment",
            Self::WrongCase => "ofd.path-wrong-case",
            Self::Outside => "ofd.path-outside",
            Self::Unusable => "ofd.path-unusable",
        }
    }
}

/// Something a careful reader wants to know about a file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// The file's encoding is unusual.
    Encoding {
        /// The file.
        file: String,
        /// In which way.
        note: xml::Note,
    },
    /// The root element is not in the namespace of OFD.
    Namespace {
        /// The file.
        file: String,
        /// The namespace it is in, if any.
        found: Option<String>,
    },
    /// An element is in another namespace than its root; a reader may ignore it.
    ForeignElement {
        /// The file.
        file: String,
        /// Name of the first such element.
        element: String,
    },
    /// An element that may occur once occurs again; readers may differ in which they take. We take the first.
    Repeated {
        /// The file.
        file: String,
        /// Name of the element.
        element: String,
    },
    /// A path was written in an unusual way.
    Path {
        /// The file that holds the path.
        file: String,
        /// The path as written.
        written: String,
        /// What is unusual.
        note: PathNote,
    },
    /// A value cannot be read.
    BadValue {
        /// The file.
        file: String,
        /// Of which element or attribute.
        what: &'static str,
        /// As written, cut to a few characters.
        written: String,
    },
    /// A departure from the letter that is understood all the same.
    Letter {
        /// The file.
        file: String,
        /// Which one: a stable id.
        code: &'static str,
        /// As written, cut to a few characters.
        written: String,
    },
    /// An id that should be unique is used again.
    RepeatedId {
        /// The file.
        file: String,
        /// The id.
        id: String,
    },
}

impl Fact {
    /// A stable id of the kind of fact, for reports.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding { note, .. } => note.code(),
            Self::Namespace { .. } => "ofd.namespace",
            Self::ForeignElement { .. } => "ofd.foreign-element",
            Self::Repeated { .. } => "ofd.repeated-element",
            Self::Path { note, .. } => note.code(),
            Self::BadValue { .. } => "ofd.bad-value",
            Self::Letter { code, .. } => code,
            Self::RepeatedId { .. } => "ofd.repeated-id",
        }
    }

    pub(super) fn bad_value(file: &str, what: &'static str, written: &str) -> Self {
        Self::BadValue { file: file.to_owned(), what, written: written.chars().take(80).collect() }
    }
}
