//! The DER form of a value that was received in BER.
//!
//! A signature is checked over the received bytes first. Some writers sign the DER form and then store
//! BER; this second candidate is for them, and whoever uses it reports that it was needed.

use super::{Asn1Error, Asn1ErrorKind, Context, Mode, Tag, Value, Writer};

/// `encoded` with definite minimal lengths and joined string segments, contents and order untouched.
///
/// # Errors
/// When the bytes are no well-formed value.
pub fn der_form(encoded: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    let context = Context::new(Mode::Tolerant);
    let value = context.top(encoded)?;
    let mut writer = Writer::new();
    transcode(&value, &mut writer)?;
    Ok(writer.finish())
}

/// Recursion is bounded by the reader's limit of depth.
fn transcode(value: &Value<'_>, writer: &mut Writer) -> Result<(), Asn1Error> {
    let tag = value.tag();
    if !tag.is_constructed() {
        writer.value(tag, value.content());
        return Ok(());
    }
    if tag.is_universal() && tag != Tag::SEQUENCE && tag != Tag::SET {
        if !tag.is_string() {
            return Err(value.error(Asn1ErrorKind::Tag));
        }
        if tag.primitive() == Tag::BIT_STRING {
            let bits = value.bit_string()?;
            let mut content = vec![bits.unused];
            content.extend_from_slice(&bits.bytes);
            writer.value(Tag::BIT_STRING, &content);
        } else {
            writer.value(tag.primitive(), &value.string_octets(tag.primitive())?);
        }
        return Ok(());
    }
    let mut content = Writer::new();
    let mut children = value.children()?;
    while let Some(child) = children.read_any()? {
        transcode(&child, &mut content)?;
    }
    writer.value(tag, &content.finish());
    Ok(())
}
