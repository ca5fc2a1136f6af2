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
    if is_der_form(encoded) {
        return Ok(encoded.to_vec());
    }
    write_der_form(encoded)
}

/// Whether [`der_form`] would give the very same bytes: every length definite and as short as can be, no string in
/// pieces, nothing behind the value. It is found out without writing anything.
pub fn is_der_form(encoded: &[u8]) -> bool {
    let context = Context::new(Mode::Strict);
    context.top(encoded).is_ok_and(|value| is_plain(&value).unwrap_or(false))
}

/// Recursion is bounded by the reader's limit of depth, and the reader refuses other lengths in strict mode.
fn is_plain(value: &Value<'_>) -> Result<bool, Asn1Error> {
    let tag = value.tag();
    if !tag.is_constructed() {
        return Ok(true);
    }
    if tag.is_universal() && tag != Tag::SEQUENCE && tag != Tag::SET {
        return Ok(false);
    }
    let mut children = value.children()?;
    while let Some(child) = children.read_any()? {
        if !is_plain(&child)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_der_form(encoded: &[u8]) -> Result<Vec<u8>, Asn1Error> {
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

#[cfg(test)]
mod tests {
    use super::{is_der_form, write_der_form};

    /// The quick answer is the one that writing gives, for every single byte changed of a value with everything in it.
    #[test]
    fn what_is_told_without_writing_is_what_writing_gives() {
        let value = [
            0x30, 0x1C, 0x02, 0x01, 0x05, 0x31, 0x03, 0x04, 0x01, 0xAA, 0xA0, 0x06, 0x24, 0x04, 0x04, 0x02,
            1, 2, 0x03, 0x02, 0x00, 0xFF, 0x0C, 0x81, 0x03, b'a', b'b', b'c', 0x05, 0x00,
        ];
        let mut told = [0; 2];
        for at in 0..value.len() {
            for byte in 0..=u8::MAX {
                let mut changed = value;
                changed[at] = byte;
                // The string in pieces and the long length made right, in every other round.
                if byte % 2 == 0 {
                    changed[12] = 0xA1;
                    changed[22..26].copy_from_slice(&[0x0C, 0x02, b'b', b'c']);
                }
                let same = write_der_form(&changed).is_ok_and(|written| written == changed);
                assert_eq!(is_der_form(&changed), same, "byte {at} is {byte:02x}: {changed:02x?}");
                told[usize::from(same)] += 1;
            }
        }
        assert!(told[0] > 1000 && told[1] > 100, "{told:?}");
    }
}
