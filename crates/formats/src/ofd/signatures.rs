//! The list of signatures of a document, `Signatures.xml` (GB/T 33190-2016 §18.1).

use super::error::OfdError;
use super::fact::{Fact, Facts, cut};
use super::letter::Letter;
use super::loc::Location;
use super::package::Package;
use super::schema;
use super::xmlfile::XmlFile;

/// Letters that are kept of a type that is none.
const LONGEST_TYPE: usize = 80;

/// What kind of signature it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// A seal: GB/T 38540 or GM/T 0031 (the schema's default).
    Seal,
    /// A plain digital signature: GB/T 35275.
    Sign,
    /// Something else, as written.
    Other(String),
}

/// The list of signatures.
#[derive(Debug, Clone)]
pub struct SignatureList {
    /// Path of the file.
    pub path: String,
    /// The file as stored.
    pub raw: Vec<u8>,
    /// MaxSignId: the largest id in use, as written.
    pub max_sign_id: Option<String>,
    /// The signatures in their order.
    pub entries: Vec<SignatureEntry>,
    /// What is unusual about the file.
    pub facts: Vec<Fact>,
}

/// One signature of the list.
#[derive(Debug, Clone)]
pub struct SignatureEntry {
    /// Its id, usually `s` and three digits.
    pub id: String,
    /// Its kind; without the attribute, a seal.
    pub kind: SignatureKind,
    /// The file that describes it.
    pub location: Location,
    /// The id of the signature this one builds on (GM/T 0099).
    pub relative: Option<String>,
}

/// Reads the list of signatures in the file at `path`.
pub(super) fn read(package: &Package<'_>, path: &str) -> Result<SignatureList, OfdError> {
    let mut facts = Facts::default();
    let file = XmlFile::read(package, path, "Signatures", "", &mut facts)?;
    let max_sign_id = file.single(file.root(), "MaxSignId", &mut facts).map(|id| id.text().to_owned());
    let mut entries: Vec<SignatureEntry> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for element in file.root().children_named("Signature") {
        file.at_most(entries.len() + 1, package.limits().signatures, "signatures")?;
        let id = element.attribute("ID").unwrap_or_default().trim().to_owned();
        if !seen.insert(same_id(&id)) {
            facts.push(Fact::RepeatedId { file: file.path.clone(), id: cut(&id) });
        }
        Letter::of(&file.path, &mut facts).id(&id);
        // The schema knows two words and takes the first where there is none (§18.1).
        let kind = match element.attribute("Type") {
            None | Some("Seal") => SignatureKind::Seal,
            Some("Sign") => SignatureKind::Sign,
            Some(other) => SignatureKind::Other(other.chars().take(LONGEST_TYPE).collect()),
        };
        let location = file.locate(element.attribute("BaseLoc").unwrap_or_default(), &mut facts);
        let relative = element.attribute("Relative").map(|id| id.trim().to_owned());
        entries.push(SignatureEntry { id, kind, location, relative });
    }
    let ids = entries.iter().map(|entry| entry.id.as_str());
    Letter::of(&file.path, &mut facts).max_id(max_sign_id.as_deref(), ids);
    schema::note(&file, &schema::LIST, &mut facts);
    let (path, raw, facts) = (file.path, file.bytes.into_owned(), package.keep_facts(facts));
    Ok(SignatureList { path, raw, max_sign_id, entries, facts })
}

/// An id as the least careful reader compares it: `s1`, `S01` and `s001` are one, and so are `1` and `01`.
fn same_id(id: &str) -> String {
    let word = id.trim_end_matches(|character: char| character.is_ascii_digit());
    let number = id.get(word.len()..).unwrap_or_default();
    let number = if number.is_empty() { number } else { number.trim_start_matches('0') };
    let is_zero = number.is_empty() && word.len() < id.len();
    format!("{}{}", word.to_lowercase(), if is_zero { "0" } else { number })
}

#[cfg(test)]
mod tests {
    use super::same_id;

    #[test]
    fn ids_are_compared_as_the_least_careful_reader_does() {
        for (one, other) in [("s001", "S1"), ("1", "01"), ("0", "00"), ("a", "A"), ("s0", "s000")] {
            assert_eq!(same_id(one), same_id(other), "{one} {other}");
        }
        for (one, other) in [("s1", "1"), ("s10", "s1"), ("s0", "s"), ("", "0"), ("s1a", "s01a")] {
            assert_ne!(same_id(one), same_id(other), "{one} {other}");
        }
    }
}
