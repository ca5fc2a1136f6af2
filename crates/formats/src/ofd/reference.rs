//! The files a signature covers, with their digests (GB/T 33190-2016 §18.2.2).

use super::error::OfdError;
use super::fact::{Fact, Facts};
use super::loc::Location;
use super::package::Package;
use super::xmlfile::XmlFile;
use crate::xml::Element;
use base64::Engine as _;
use crypto::DigestAlgorithm;

/// Bytes that a reference takes beside its path.
const REFERENCE_LEN: usize = 96;

/// The list of covered files.
#[derive(Debug, Clone)]
pub struct References {
    /// The digest algorithm of the whole list.
    pub check_method: CheckMethod,
    /// The files.
    pub items: Vec<Reference>,
}

/// The digest algorithm as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckMethod {
    /// What it was understood as.
    pub kind: CheckMethodKind,
    /// As written; `None` when the attribute is absent, which means MD5 by the schema.
    pub written: Option<String>,
}

/// Digest algorithms met in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckMethodKind {
    /// MD5, also where nothing is named.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SM3, by name or as 1.2.156.10197.1.401 (or its arc .1, SM3 without a key).
    Sm3,
    /// 1.2.156.10197.1.401.2, SM3 with a key, which makes no sense here.
    KeyedSm3,
    /// Anything else.
    Unknown,
}

impl CheckMethodKind {
    fn parse(written: Option<&str>) -> Self {
        let Some(written) = written.map(|text| text.trim().to_ascii_uppercase()) else { return Self::Md5 };
        match written.as_str() {
            "MD5" | "1.2.840.113549.2.5" => Self::Md5,
            "SHA1" | "SHA-1" | "1.3.14.3.2.26" => Self::Sha1,
            "SHA256" | "SHA-256" | "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "SM3" | "1.2.156.10197.1.401" | "1.2.156.10197.1.401.1" => Self::Sm3,
            "1.2.156.10197.1.401.2" => Self::KeyedSm3,
            _ => Self::Unknown,
        }
    }

    /// The algorithm to compute, where there is one.
    pub const fn algorithm(self) -> Option<DigestAlgorithm> {
        match self {
            Self::Md5 => Some(DigestAlgorithm::Md5),
            Self::Sha1 => Some(DigestAlgorithm::Sha1),
            Self::Sha256 => Some(DigestAlgorithm::Sha256),
            Self::Sm3 => Some(DigestAlgorithm::Sm3),
            Self::KeyedSm3 | Self::Unknown => None,
        }
    }
}

/// One covered file.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The file.
    pub location: Location,
    /// Its digest; `None` when it is not Base64.
    pub digest: Option<Vec<u8>>,
}

/// How a reference compares with the file as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The digests are the same.
    Match,
    /// They differ.
    Mismatch,
    /// The file is not in the package.
    Missing,
    /// The file cannot be decompressed.
    Unreadable,
    /// The stated digest is not Base64, or the algorithm is unknown.
    NotComparable,
}

/// A reference compared with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceCheck {
    /// Path of the file.
    pub path: String,
    /// The outcome.
    pub outcome: Outcome,
}

/// Reads the references of a signature.
pub(super) fn read(
    file: &XmlFile<'_, '_>,
    info: Element<'_>,
    facts: &mut Facts,
) -> Result<References, OfdError> {
    let list = file.single(info, "References", facts);
    let written = list.and_then(|list| list.attribute("CheckMethod"));
    let check_method =
        CheckMethod { kind: CheckMethodKind::parse(written), written: written.map(str::to_owned) };
    let mut items = Vec::new();
    for element in list.into_iter().flat_map(|list| list.children_named("Reference")) {
        file.at_most(items.len() + 1, file.package.limits().references, "references")?;
        let location = file.locate(element.attribute("FileRef").unwrap_or_default(), facts);
        let value = file.single(element, "CheckValue", facts).map(Element::text).unwrap_or_default();
        let value: String = value.chars().filter(|character| !character.is_whitespace()).collect();
        let digest = base64::engine::general_purpose::STANDARD.decode(&value).ok();
        if digest.is_none() {
            facts.push(Fact::bad_value(&file.path, "CheckValue", &value));
        }
        file.package.take_room(&file.path, location.written.len() + location.path.len() + REFERENCE_LEN)?;
        items.push(Reference { location, digest });
    }
    Ok(References { check_method, items })
}

/// Compares every reference with the file as stored.
pub(super) fn check(package: &Package<'_>, references: &References) -> Vec<ReferenceCheck> {
    let algorithm = references.check_method.kind.algorithm();
    if let Some(algorithm) = algorithm {
        let compared =
            references.items.iter().filter(|item| item.location.is_there() && item.digest.is_some());
        package.prepare_digests(compared.map(|item| item.location.path.as_str()), algorithm);
    }
    let outcome = |reference: &Reference| {
        if !reference.location.is_there() {
            return Outcome::Missing;
        }
        let (Some(algorithm), Some(stated)) = (algorithm, &reference.digest) else {
            return Outcome::NotComparable;
        };
        match package.digest(&reference.location.path, algorithm) {
            Ok(actual) if actual == *stated => Outcome::Match,
            Ok(_) => Outcome::Mismatch,
            Err(OfdError::MissingFile { .. }) => Outcome::Missing,
            Err(_) => Outcome::Unreadable,
        }
    };
    let check = |reference: &Reference| ReferenceCheck {
        path: reference.location.path.clone(),
        outcome: outcome(reference),
    };
    references.items.iter().map(check).collect()
}
