//! Extensions of seals and signatures.
//!
//! `ExtData ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`

use std::fmt;

use crate::asn1::{Asn1Error, Asn1ErrorKind, DeviationKind, Reader, Tag, Value, Writer};
use crate::oid::Oid;
use crate::x509::{read_extension, write_extension};

/// Extensions in one list.
const MAX_ENTRIES: usize = 1_000;

/// One extension. `Debug` shows its identifier alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtData {
    /// Its identifier.
    pub oid: Oid,
    /// True when who does not know it must refuse.
    pub critical: bool,
    /// Its value.
    pub value: Vec<u8>,
}

impl fmt::Debug for ExtData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.oid, if self.critical { " critical" } else { "" })
    }
}

impl ExtData {
    pub(super) fn write_list(writer: &mut Writer, list: &[Self]) {
        writer.sequence(|w| {
            for item in list {
                write_extension(w, &item.oid, item.critical, &item.value);
            }
        });
    }
}

/// extDatas of a seal: a plain SEQUENCE, though the text of the standards can be read as tagged.
pub(super) fn of_seal(fields: &mut Reader<'_>) -> Result<Vec<ExtData>, Asn1Error> {
    let Some(value) = fields.read_any()? else { return Ok(Vec::new()) };
    if value.tag() == Tag::SEQUENCE {
        return read_list(value.children()?);
    }
    value.note(DeviationKind::ExtDatasTag)?;
    tagged(&value)
}

/// extDatas of a signature: `[0]`, which every known file tags explicitly.
pub(super) fn of_signature(value: &Value<'_>) -> Result<Vec<ExtData>, Asn1Error> {
    if value.tag() == Tag::SEQUENCE {
        value.note(DeviationKind::ExtDatasTag)?;
        return read_list(value.children()?);
    }
    let is_explicit = value.children()?.peek() == Some(Tag::SEQUENCE) && first_is_list(value)?;
    if !is_explicit {
        value.note(DeviationKind::ExtDatasTag)?;
    }
    tagged(value)
}

/// A list inside `[0]`, explicit or implicit.
fn tagged(value: &Value<'_>) -> Result<Vec<ExtData>, Asn1Error> {
    let value = value.expect(Tag::context(0))?;
    if first_is_list(&value)? {
        read_list(value.explicit()?.sequence()?)
    } else {
        read_list(value.children()?)
    }
}

/// True when the first value inside is a list of extensions and not an extension itself.
fn first_is_list(value: &Value<'_>) -> Result<bool, Asn1Error> {
    let Some(first) = value.children()?.read_any()? else { return Ok(false) };
    Ok(first.tag() == Tag::SEQUENCE && first.children()?.peek() != Some(Tag::OID))
}

fn read_list(mut list: Reader<'_>) -> Result<Vec<ExtData>, Asn1Error> {
    let mut items = Vec::new();
    while !list.is_empty() {
        if items.len() >= MAX_ENTRIES {
            return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
        }
        let (oid, critical, value) = read_extension(&mut list)?;
        items.push(ExtData { oid, critical, value: value.octets()?.into_owned() });
    }
    Ok(items)
}
