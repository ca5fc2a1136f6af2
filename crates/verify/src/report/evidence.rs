//! What a report tells beside findings: the seal, the certificates, what is covered (table 27).

use std::fmt;

use formats::oid;
use formats::x509::{Certificate, IdentityKind, IdentityValue};
use jiff::Timestamp;
use serde::Serialize;

/// Who provided the signing software (服务商).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// Name of the component.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its maker.
    pub company: String,
}

/// A trusted certificate that a verdict rests on: a root, or one that was pinned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Root {
    /// Whose it is; the name of a person is masked.
    pub subject: String,
    /// SM3 over the certificate in hexadecimal digits.
    pub sm3: String,
}

/// The seal inside a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealSummary {
    /// The id in the seal (esID).
    pub es_id: String,
    /// The maker's id (Vid).
    pub vendor_id: String,
    /// Version in the header.
    pub version: i64,
    /// Type as the seal says it, a number that the standard leaves free.
    pub seal_type: i64,
    /// Name of the seal; a person's name is masked.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Start of its period.
    pub valid_start: Timestamp,
    /// End of its period.
    pub valid_end: Timestamp,
    /// Type of the picture as the seal says it, for example `PNG`.
    pub picture_type: String,
    /// The picture; empty where those of other signatures of the document took the room that a report has.
    pub picture: Vec<u8>,
    /// Width on the page in millimetres.
    pub width_mm: i64,
    /// Height on the page in millimetres.
    pub height_mm: i64,
    /// SM3 over the seal as stored.
    pub sm3: [u8; 32],
}

/// A certificate as people are shown it.
///
/// The owner's name is masked when the certificate is a person's; `Debug` shows the serial number alone.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateSummary {
    /// The owner: an organisation's name in full, a person's name masked.
    pub owner: String,
    /// True when the certificate is a person's.
    pub is_person: bool,
    /// The whole subject; holds a person's name when `is_person`.
    pub subject: String,
    /// The whole issuer.
    pub issuer: String,
    /// Serial number in upper-case hexadecimal digits.
    pub serial: String,
    /// Start of its period.
    pub not_before: Timestamp,
    /// End of its period.
    pub not_after: Timestamp,
    /// The certificate itself.
    pub der: Vec<u8>,
}

impl fmt::Debug for CertificateSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateSummary({})", self.serial)
    }
}

impl CertificateSummary {
    /// What a certificate says.
    pub fn of(certificate: &Certificate) -> Self {
        let is_person = is_person(certificate);
        Self {
            owner: owner(certificate),
            is_person,
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            serial: certificate.serial_hex(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            der: certificate.der().to_vec(),
        }
    }
}

/// The name of a certificate's owner as people are shown it: masked when it is a person's.
pub(crate) fn owner(certificate: &Certificate) -> String {
    let name = certificate
        .subject
        .common_name()
        .or(certificate.subject.organization())
        .map_or_else(|| certificate.subject.to_string(), str::to_owned);
    if is_person(certificate) { mask(&name) } else { crate::text::printable(&name) }
}

/// The name of a seal as people are shown it: masked when the seal is a person's, or reads like it.
///
/// A certificate that names neither an organisation nor its number is taken for a person's, unless the seal says that it
/// is a unit's (type 1, 单位印章) and the certificate carries no person's number.
pub(crate) fn seal_name(name: &str, seal_type: i64, signer: Option<&Certificate>) -> String {
    let is_units = seal_type == UNIT && !signer.is_some_and(|signer| has(signer, &[IdentityKind::Person]));
    let is_persons = (signer.is_some_and(is_person) && !is_units) || reads_like_a_person(name);
    if is_persons { mask(name) } else { crate::text::printable(name) }
}

/// The type of a unit's seal (GM/T 0031 §6.1.1; the types of GB/T 38540 begin likewise).
const UNIT: i64 = 1;

/// True when a certificate carries a number of one of these kinds.
fn has(certificate: &Certificate, kinds: &[IdentityKind]) -> bool {
    certificate.extensions.identities.iter().any(|identity| {
        let filled = match &identity.value {
            IdentityValue::Text(text) => !text.is_empty(),
            IdentityValue::Raw(octets) => !octets.is_empty(),
        };
        filled && kinds.contains(&identity.kind)
    })
}

/// A certificate is a person's when it carries a person's number, when it names neither an organisation nor
/// its number, or when its common name reads like a person's. The benefit of the doubt goes to the person.
///
/// The arc of social insurance numbers does not count: tax seals keep the name of an office there.
fn is_person(certificate: &Certificate) -> bool {
    if has(certificate, &[IdentityKind::Person]) {
        return true;
    }
    let organization = certificate.subject.organization();
    let reads_like_one = certificate.subject.common_name().is_some_and(|name| {
        reads_like_a_person(name) && organization.is_none_or(|organization| organization != name)
    });
    let of_organization =
        has(certificate, &[IdentityKind::Organization, IdentityKind::Registration, IdentityKind::Tax]);
    let names_one = organization.is_some() || certificate.subject.get(&oid::ORGANIZATIONAL_UNIT).is_some();
    reads_like_one || (!of_organization && !names_one)
}

/// Two to four Chinese characters and nothing else: hardly an organisation.
fn reads_like_a_person(name: &str) -> bool {
    let count = name.chars().count();
    (2..=4).contains(&count) && name.chars().all(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character))
}

/// `张*`: the first character stays.
fn mask(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    first + &"*".repeat(characters.count().clamp(1, 8))
}

/// What a signature covers of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files it vouches for, unchanged, by absolute path.
    pub covered: Vec<String>,
    /// Files it vouches for that were changed, are missing or cannot be read.
    pub changed: Vec<String>,
    /// Files that are shown and that it does not cover.
    pub shown_uncovered: Vec<String>,
    /// True when the document was not seen, only digests of its files: what is shown is not known.
    pub is_unseen: bool,
    /// True when it locks the list of signatures.
    pub locks: bool,
    /// Where it stands among the revisions of a file that is written by appending (PDF).
    pub extent: Option<Extent>,
}

/// A revision of a file that is written by appending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// The revision that is signed, counted from one; zero when none is.
    pub revision: usize,
    /// How many there are; zero when the document was not seen, only digests of it.
    pub revisions: usize,
}

impl Coverage {
    /// True when everything that is shown is covered and unchanged.
    pub fn is_whole(&self) -> bool {
        let is_all = self.shown_uncovered.is_empty() && self.changed.is_empty();
        !self.is_unseen && is_all && !self.covered.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{mask, reads_like_a_person};

    #[test]
    fn names_of_persons_are_masked() {
        assert_eq!(mask("张三"), "张*");
        assert_eq!(mask("欧阳锋"), "欧**");
        assert_eq!(mask("李"), "李*");
        assert_eq!(mask(""), "*");
        assert!(reads_like_a_person("张三"));
        assert!(!reads_like_a_person("测试单位公章"));
        assert!(!reads_like_a_person("Test"));
    }
}
