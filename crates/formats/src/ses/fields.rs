//! Fields that seals and signatures share, with the forms in which they are met.

use jiff::Timestamp;

use crate::asn1::{Asn1Error, Asn1ErrorKind as Kind, BitString, DeviationKind, Reader, Tag, Value};
use crate::oid::{self, Oid};
use crate::signature_value::value_deviation;
use crate::time;
use crate::tsp::TimeStampToken;

/// The structure itself, when it may be wrapped in an OCTET STRING or BIT STRING.
pub(super) fn unwrapped(value: Value<'_>) -> Result<Value<'_>, Asn1Error> {
    let skip = match value.tag() {
        Tag::OCTET_STRING => 0,
        Tag::BIT_STRING => 1,
        _ => return value.expect(Tag::SEQUENCE),
    };
    value.note(DeviationKind::Wrapped)?;
    let mut inner = value.inner_from(skip)?;
    let structure = inner.read(Tag::SEQUENCE)?;
    inner.finish()?;
    Ok(structure)
}

/// `cert OCTET STRING`: the certificate in DER.
pub(super) fn certificate(value: &Value<'_>) -> Result<Vec<u8>, Asn1Error> {
    if value.tag() == Tag::SEQUENCE {
        value.note(DeviationKind::BareCertificate)?;
        return Ok(value.raw().to_vec());
    }
    Ok(value.octets()?.into_owned())
}

/// `signAlgID OBJECT IDENTIFIER`, also met as an AlgorithmIdentifier.
pub(super) fn algorithm(value: &Value<'_>) -> Result<Oid, Asn1Error> {
    let oid = if value.tag() == Tag::SEQUENCE {
        value.note(DeviationKind::AlgorithmForOid)?;
        value.children()?.read(Tag::OID)?.oid()?
    } else {
        value.oid()?
    };
    if oid == oid::SM2_SIGN || oid == oid::SM2 {
        value.note(DeviationKind::KeyAsSignatureOid)?;
    }
    Ok(oid)
}

/// A BIT STRING of octets, also met as an OCTET STRING.
pub(super) fn bits(value: &Value<'_>) -> Result<BitString, Asn1Error> {
    if value.tag().primitive() == Tag::OCTET_STRING {
        value.note(DeviationKind::OctetsForBits)?;
        return Ok(BitString::from_bytes(&value.octets()?));
    }
    value.octet_bits()
}

/// `signedValue BIT STRING`: a signature value, with what is odd about its form noted.
pub(super) fn signature_value(value: &Value<'_>) -> Result<BitString, Asn1Error> {
    let bits = bits(value)?;
    if let Some(deviation) = value_deviation(&bits) {
        value.note(deviation)?;
    }
    Ok(bits)
}

/// A time with its text as it stands in the file.
pub(super) struct FieldTime {
    pub(super) at: Timestamp,
    pub(super) text: String,
    /// The time-stamp token that took the place of a time (GM/T 0031 allows it).
    pub(super) token: Option<Vec<u8>>,
}

/// A time that should be a UTCTime or GeneralizedTime, also met as any string.
pub(super) fn time_field(value: &Value<'_>, expected: Tag) -> Result<FieldTime, Asn1Error> {
    if matches!(value.tag(), Tag::UTC_TIME | Tag::GENERALIZED_TIME) {
        let at = time::read(value, expected)?;
        return Ok(FieldTime {
            at,
            text: String::from_utf8_lossy(value.content()).into_owned(),
            token: None,
        });
    }
    let octets = match value.tag() {
        Tag::BIT_STRING => value.bits_of_content()?.bytes,
        Tag::OCTET_STRING => value.content().to_vec(),
        _ => value.text()?.into_bytes(),
    };
    plain_time(value, octets)
}

/// `timeInfo BIT STRING` of GM/T 0031: a time in DER, a time-stamp token, or (in all known files) plain text.
pub(super) fn time_info(value: &Value<'_>) -> Result<FieldTime, Asn1Error> {
    if value.tag() != Tag::BIT_STRING {
        value.note(DeviationKind::TimeType)?;
        return time_field(value, value.tag());
    }
    let octets = value.bits_of_content()?.bytes;
    match octets.first() {
        Some(0x17 | 0x18) => {
            let mut inner = value.inner_from(1)?;
            let time_value = inner.read_any()?.ok_or(Kind::Truncated.at(value.offset()))?;
            time_field(&time_value, time_value.tag())
        }
        Some(0x30) => {
            let mode = value.context().mode();
            let token = TimeStampToken::parse(&octets, mode)
                .map_err(|_| value.error(Kind::Content("time-stamp token")))?;
            let at = token.info.gen_time;
            Ok(FieldTime { at, text: time::generalized_time_text(at), token: Some(octets) })
        }
        _ => plain_time(value, octets),
    }
}

fn plain_time(value: &Value<'_>, octets: Vec<u8>) -> Result<FieldTime, Asn1Error> {
    let invalid = || value.error(Kind::Content("time"));
    value.note(DeviationKind::TimeText)?;
    let text = String::from_utf8(octets).map_err(|_| invalid())?;
    let parsed = time::parse_text(&text).ok_or_else(invalid)?;
    for oddity in parsed.oddities {
        value.note(oddity)?;
    }
    Ok(FieldTime { at: parsed.at, text, token: None })
}

/// `propertyInfo IA5String`, also met in other strings.
pub(super) fn property_info(value: &Value<'_>) -> Result<String, Asn1Error> {
    if value.tag().primitive() == Tag::OCTET_STRING {
        value.note(DeviationKind::StringType)?;
        return value.implicit_text(Tag::OCTET_STRING);
    }
    value.text_as(Tag::IA5_STRING)
}

/// `timeStamp [0] BIT STRING OPTIONAL`: the token; tagged explicitly, implicitly, or without the bit string.
pub(super) fn time_stamp(fields: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Asn1Error> {
    if !matches!(fields.peek(), Some(tag) if tag == Tag::context_primitive(0) || tag == Tag::context(0)) {
        return Ok(None);
    }
    let Some(value) = fields.read_any()? else { return Ok(None) };
    if value.tag() == Tag::context_primitive(0) {
        value.note(DeviationKind::TimeStampTag)?;
        let token = if value.content().first() == Some(&0x30) {
            value.content().to_vec()
        } else {
            value.bits_of_content()?.bytes
        };
        return Ok(Some(token));
    }
    let inner = value.expect(Tag::context(0))?.explicit();
    match inner {
        Ok(inner) if inner.tag().primitive() == Tag::BIT_STRING => Ok(Some(inner.octet_bits()?.bytes)),
        Ok(inner) if inner.tag().primitive() == Tag::OCTET_STRING => {
            inner.note(DeviationKind::TimeStampTag)?;
            Ok(Some(inner.octets()?.into_owned()))
        }
        Ok(inner) if inner.tag() == Tag::SEQUENCE => {
            inner.note(DeviationKind::TimeStampTag)?;
            Ok(Some(inner.raw().to_vec()))
        }
        // [0] IMPLICIT over the ContentInfo itself: its fields lie directly inside the tag.
        _ => {
            value.note(DeviationKind::TimeStampTag)?;
            let mut token = value.raw().to_vec();
            if let Some(tag) = token.first_mut() {
                *tag = Tag::SEQUENCE.0;
            }
            Ok(Some(token))
        }
    }
}

/// What was read of a part that the rest can do without, or something in its place: then the error is borne.
pub(super) fn borne<T>(value: &Value<'_>, read: Result<T, Asn1Error>, or: T) -> Result<T, Asn1Error> {
    read.or_else(|error| value.context().bear(error).map(|()| or))
}

/// An INTEGER field.
pub(super) fn integer(fields: &mut Reader<'_>) -> Result<i64, Asn1Error> {
    fields.read(Tag::INTEGER)?.integer()
}

/// The next value, whatever it is.
pub(super) fn any<'a>(fields: &mut Reader<'a>, wanted: Tag) -> Result<Value<'a>, Asn1Error> {
    fields.read_any()?.ok_or(Kind::Missing(wanted).at(fields.offset()))
}
