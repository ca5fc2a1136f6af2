//! Distinguished names.
//!
//! `Name ::= SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`

use std::fmt;

use super::IssueError;
use crate::asn1::{Asn1Error, Asn1ErrorKind, Tag, Value, Writer};
use crate::oid::{self, Oid};

/// Attributes in one name; real names have fewer than ten.
const MAX_ATTRIBUTES: usize = 128;

/// One attribute of a name.
#[derive(Clone, PartialEq, Eq)]
pub struct NameAttribute {
    /// Number of the relative name that it belongs to, counted from the root.
    pub rdn: usize,
    /// Its type.
    pub oid: Oid,
    /// Its text; `#` and hexadecimal digits of the encoding when it is no text.
    pub value: String,
}

/// A distinguished name as it reads. For comparisons take the raw encoding beside it.
///
/// Its `Debug` form names the types of the attributes alone: a subject may be a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The attributes in encoded order.
    pub attributes: Vec<NameAttribute>,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// When the value is none.
    pub fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut attributes = Vec::new();
        let mut rdns = value.sequence()?;
        let mut rdn = 0_usize;
        while !rdns.is_empty() {
            let mut set = rdns.read(Tag::SET)?.children()?;
            while !set.is_empty() {
                if attributes.len() >= MAX_ATTRIBUTES {
                    return Err(Asn1ErrorKind::TooLarge.at(set.offset()));
                }
                let mut fields = set.sequence()?;
                let oid = fields.read(Tag::OID)?.oid()?;
                let value = fields.read_any()?.ok_or(Asn1ErrorKind::Truncated.at(fields.offset()))?;
                fields.finish()?;
                attributes.push(NameAttribute { rdn, oid, value: text_or_hex(&value)? });
            }
            rdn = rdn.saturating_add(1);
        }
        Ok(Self { attributes })
    }

    /// The value of the last attribute of a type: the most specific one.
    pub fn get(&self, oid: &Oid) -> Option<&str> {
        self.attributes.iter().rev().find(|attribute| attribute.oid == *oid).map(|found| found.value.as_str())
    }

    /// Common name (CN).
    pub fn common_name(&self) -> Option<&str> {
        self.get(&oid::COMMON_NAME)
    }

    /// Organisation (O).
    pub fn organization(&self) -> Option<&str> {
        self.get(&oid::ORGANIZATION)
    }

    /// Country (C).
    pub fn country(&self) -> Option<&str> {
        self.get(&oid::COUNTRY)
    }
}

fn text_or_hex(value: &Value<'_>) -> Result<String, Asn1Error> {
    let is_text = matches!(
        value.tag().primitive(),
        Tag::UTF8_STRING
            | Tag::PRINTABLE_STRING
            | Tag::IA5_STRING
            | Tag::NUMERIC_STRING
            | Tag::TELETEX_STRING
            | Tag::VISIBLE_STRING
            | Tag::GENERAL_STRING
            | Tag::BMP_STRING
            | Tag::UNIVERSAL_STRING
    );
    if is_text { value.text() } else { Ok(format!("#{}", hex::encode(value.raw()))) }
}

impl fmt::Display for Name {
    /// The form of RFC 4514: most specific part first, special characters escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous: Option<usize> = None;
        let mut rest = self.attributes.as_slice();
        while let Some(rdn) = rest.last().map(|attribute| attribute.rdn) {
            let start = rest.iter().position(|attribute| attribute.rdn == rdn).unwrap_or(0);
            for attribute in rest.get(start..).unwrap_or_default() {
                match previous {
                    Some(last) if last == rdn => f.write_str("+")?,
                    Some(_) => f.write_str(",")?,
                    None => {}
                }
                previous = Some(rdn);
                write_type(f, &attribute.oid)?;
                f.write_str("=")?;
                write_escaped(f, &attribute.value)?;
            }
            rest = rest.get(..start).unwrap_or_default();
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(")?;
        for attribute in &self.attributes {
            write_type(f, &attribute.oid)?;
            f.write_str(" ")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for NameAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type(f, &self.oid)
    }
}

fn write_type(f: &mut fmt::Formatter<'_>, oid: &Oid) -> fmt::Result {
    let short = match *oid {
        oid::COMMON_NAME => "CN",
        oid::COUNTRY => "C",
        oid::LOCALITY => "L",
        oid::STATE => "ST",
        oid::ORGANIZATION => "O",
        oid::ORGANIZATIONAL_UNIT => "OU",
        oid::STREET => "STREET",
        oid::DOMAIN_COMPONENT => "DC",
        oid::USER_ID => "UID",
        _ => return write!(f, "{oid}"),
    };
    f.write_str(short)
}

fn write_escaped(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{c}")?,
            ' ' if index == 0 || index == last => f.write_str("\\ ")?,
            '#' if index == 0 && !is_hex_form(value) => f.write_str("\\#")?,
            // Control characters could forge a line in a report.
            c if c.is_control() => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    write!(f, "\\{byte:02X}")?;
                }
            }
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

fn is_hex_form(value: &str) -> bool {
    value
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A name to be written, one attribute for each relative name, in the order given (country first).
#[derive(Clone, Default)]
pub struct NameBuilder {
    attributes: Vec<(Oid, String)>,
}

impl NameBuilder {
    /// An empty name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute of any type.
    #[must_use]
    pub fn with(mut self, oid: Oid, value: &str) -> Self {
        self.attributes.push((oid, value.to_owned()));
        self
    }

    /// Adds a country of two letters.
    #[must_use]
    pub fn country(self, value: &str) -> Self {
        self.with(oid::COUNTRY, value)
    }

    /// Adds an organisation.
    #[must_use]
    pub fn organization(self, value: &str) -> Self {
        self.with(oid::ORGANIZATION, value)
    }

    /// Adds a unit of an organisation.
    #[must_use]
    pub fn organizational_unit(self, value: &str) -> Self {
        self.with(oid::ORGANIZATIONAL_UNIT, value)
    }

    /// Adds a common name.
    #[must_use]
    pub fn common_name(self, value: &str) -> Self {
        self.with(oid::COMMON_NAME, value)
    }

    /// The encoding: UTF8String, but PrintableString for the country (GB/T 20518) and IA5String for e-mail
    /// addresses and domain components.
    ///
    /// # Errors
    /// [`IssueError::Text`] when a value does not fit its type.
    pub fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let mut typed = Vec::with_capacity(self.attributes.len());
        for (oid, value) in &self.attributes {
            let tag = match *oid {
                oid::COUNTRY => Tag::PRINTABLE_STRING,
                oid::EMAIL_ADDRESS | oid::DOMAIN_COMPONENT => Tag::IA5_STRING,
                _ => Tag::UTF8_STRING,
            };
            if tag == Tag::PRINTABLE_STRING
                && (value.len() != 2 || !value.bytes().all(|b| b.is_ascii_alphabetic()))
            {
                return Err(IssueError::Text("country"));
            }
            if tag == Tag::IA5_STRING && !value.is_ascii() {
                return Err(IssueError::Text("e-mail address or domain"));
            }
            if value.is_empty() {
                return Err(IssueError::Text("name"));
            }
            typed.push((*oid, tag, value.as_str()));
        }
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                for (oid, tag, value) in typed {
                    w.nested(Tag::SET, |w| {
                        w.sequence(|w| {
                            w.oid(&oid);
                            w.string(tag, value);
                        });
                    });
                }
            });
        }))
    }
}
