//! Identity extensions of GB/T 20518 (1.2.156.10260.4.1.x) and of its 2006 forerunner (1.2.86.11.7.x).
//!
//! ```text
//! IdentifyCode ::= CHOICE {
//!     residenterCardNumber      [0] PrintableString,
//!     militaryOfficerCardNumber [1] UTF8String,
//!     passportNumber            [2] PrintableString }
//! InsuranceNumber, ICRegistrationNumber, OrganizationCode, TaxationNumber ::= PrintableString
//! ```
//! The tags are met implicit and explicit, the values as other strings, doubled in an OCTET STRING, or as
//! plain characters; what cannot be understood is kept as octets.

use std::fmt;

use super::IssueError;
use crate::asn1::{Asn1Error, Context, DeviationKind, Mode, Tag, Value, Writer};
use crate::oid::{self, Oid};

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// Identity code of a person.
    Person,
    /// Social insurance number of a person.
    Insurance,
    /// Business registration number.
    Registration,
    /// Organisation code, in practice the unified social credit code.
    Organization,
    /// Tax number.
    Tax,
    /// Another arc.
    Other,
}

/// Which document of a person the number is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PersonDocument {
    /// Resident identity card (居民身份证).
    ResidentCard,
    /// Officer's card.
    MilitaryCard,
    /// Passport.
    Passport,
}

/// The number, or the octets that could not be understood.
#[derive(Clone, PartialEq, Eq)]
pub enum IdentityValue {
    /// Text.
    Text(String),
    /// Octets.
    Raw(Vec<u8>),
}

/// One identity extension. `Debug` does not show the number: it may be a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The extension's identifier.
    pub oid: Oid,
    /// Whose number it is.
    pub kind: IdentityKind,
    /// For a person, the document, where it is told.
    pub document: Option<PersonDocument>,
    /// The number.
    pub value: IdentityValue,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("oid", &self.oid).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for IdentityValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityValue(..)")
    }
}

impl Identity {
    /// The number as text, when it was understood.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            IdentityValue::Text(text) => Some(text),
            IdentityValue::Raw(_) => None,
        }
    }

    /// The identity code of a person, from a document.
    pub fn person(document: PersonDocument, number: &str) -> Self {
        Self {
            oid: oid::GM_IDENTITY_PERSON,
            kind: IdentityKind::Person,
            document: Some(document),
            value: IdentityValue::Text(number.to_owned()),
        }
    }

    /// The unified social credit code of an organisation.
    pub fn organization(code: &str) -> Self {
        Self {
            oid: oid::GM_IDENTITY_ORGANIZATION,
            kind: IdentityKind::Organization,
            document: None,
            value: IdentityValue::Text(code.to_owned()),
        }
    }

    /// The kind that an extension's identifier tells, `None` when it is no identity extension.
    pub fn kind_of(oid: &Oid) -> Option<IdentityKind> {
        let root = [oid::GM_IDENTITY, oid::OLD_IDENTITY].into_iter().find(|root| oid.is_under(root))?;
        let arc = oid.der_content().get(root.der_content().len()..)?.first()?;
        Some(match *arc {
            1 => IdentityKind::Person,
            2 => IdentityKind::Insurance,
            3 => IdentityKind::Registration,
            4 => IdentityKind::Organization,
            5 => IdentityKind::Tax,
            _ => IdentityKind::Other,
        })
    }

    /// Reads the value of an identity extension; `value` is the extension's OCTET STRING.
    pub(super) fn read(oid: Oid, kind: IdentityKind, value: &Value<'_>) -> Result<Self, Asn1Error> {
        let octets = value.octets()?;
        let (document, value) = match understand(&octets) {
            Some(understood) => {
                if understood.doubled {
                    value.note(DeviationKind::DoubledOctetString)?;
                }
                (understood.document, IdentityValue::Text(understood.text))
            }
            None => (None, IdentityValue::Raw(octets.into_owned())),
        };
        let document = if kind == IdentityKind::Person { document.or(by_arc(&oid)) } else { None };
        Ok(Self { oid, kind, document, value })
    }

    /// The encoding of the extension's value.
    pub(super) fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let text = match &self.value {
            IdentityValue::Raw(octets) => return Ok(octets.clone()),
            IdentityValue::Text(text) => text,
        };
        let is_military = self.document == Some(PersonDocument::MilitaryCard);
        if !is_military && !text.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b)) {
            return Err(IssueError::Text("identity number"));
        }
        let number = match self.document {
            Some(PersonDocument::ResidentCard) => 0,
            Some(PersonDocument::MilitaryCard) => 1,
            Some(PersonDocument::Passport) => 2,
            None => return Ok(Writer::build(|w| w.string(Tag::PRINTABLE_STRING, text))),
        };
        Ok(Writer::build(|w| w.implicit_primitive(number, text.as_bytes())))
    }
}

/// Below the person's arc, GM/T 0015-2023 has one arc for the identity card and one for the passport.
fn by_arc(oid: &Oid) -> Option<PersonDocument> {
    let rest = oid.der_content().get(oid::GM_IDENTITY_PERSON.der_content().len()..)?;
    match (oid.is_under(&oid::GM_IDENTITY_PERSON), rest) {
        (true, [1, 1]) => Some(PersonDocument::ResidentCard),
        (true, [1, 2]) => Some(PersonDocument::Passport),
        _ => None,
    }
}

struct Understood {
    document: Option<PersonDocument>,
    text: String,
    doubled: bool,
}

/// Tries the forms met, the standard's first. A guess that fails leaves no notes: its context is its own.
fn understand(octets: &[u8]) -> Option<Understood> {
    let context = Context::new(Mode::Tolerant);
    let mut value = match context.top(octets) {
        Ok(value) if value.raw().len() == octets.len() => value,
        _ => return plain(octets).map(|text| Understood { document: None, text, doubled: false }),
    };
    let mut doubled = false;
    if value.tag() == Tag::OCTET_STRING {
        doubled = true;
        match value.inner().ok()?.read_any() {
            Ok(Some(inner)) if inner.raw().len() == value.content().len() => value = inner,
            _ => return plain(value.content()).map(|text| Understood { document: None, text, doubled }),
        }
    }
    if value.tag().is_universal() {
        let value = if value.tag() == Tag::SEQUENCE { value.explicit().ok()? } else { value };
        return value.text().ok().map(|text| Understood { document: None, text, doubled });
    }
    let number = value.tag().0 & 0x1F;
    let document = match number {
        0 => PersonDocument::ResidentCard,
        1 => PersonDocument::MilitaryCard,
        2 => PersonDocument::Passport,
        _ => return None,
    };
    let text = if value.tag().is_constructed() {
        value.explicit().ok()?.text().ok()?
    } else {
        value.implicit_text(value.tag()).ok()?
    };
    Some(Understood { document: Some(document), text, doubled })
}

/// Characters with no encoding around them.
fn plain(octets: &[u8]) -> Option<String> {
    let is_plain = !octets.is_empty() && octets.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    is_plain.then(|| String::from_utf8_lossy(octets).into_owned())
}
