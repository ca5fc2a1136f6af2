//! Text: the string types, and the GBK that some writers put into them.

use super::{Asn1Error, Asn1ErrorKind as Kind, DeviationKind, Tag, Value};

impl Value<'_> {
    /// The text of a value of any string type.
    ///
    /// # Errors
    /// When the value is of no string type, or of a malformed one.
    pub fn text(&self) -> Result<String, Asn1Error> {
        let tag = self.tag().primitive();
        match tag {
            Tag::UTF8_STRING => self.utf8_or_gbk(tag),
            Tag::BMP_STRING => self.code_units::<2>(),
            Tag::UNIVERSAL_STRING => self.code_units::<4>(),
            Tag::PRINTABLE_STRING
            | Tag::IA5_STRING
            | Tag::NUMERIC_STRING
            | Tag::VISIBLE_STRING
            | Tag::TELETEX_STRING
            | Tag::GENERAL_STRING => self.ascii(tag),
            _ => Err(self.error(Kind::Content("string type"))),
        }
    }

    /// The text of a value that should be of the string type `tag`; another type is a deviation.
    ///
    /// # Errors
    /// When the value is of no string type, or of a malformed one.
    pub fn text_as(&self, tag: Tag) -> Result<String, Asn1Error> {
        let text = self.text()?;
        if self.tag().primitive() != tag {
            self.note(DeviationKind::StringType)?;
        }
        Ok(text)
    }

    /// The text of an implicitly tagged string that should be of ASCII characters.
    ///
    /// # Errors
    /// When the tag differs.
    pub fn implicit_text(&self, tag: Tag) -> Result<String, Asn1Error> {
        self.utf8_or_gbk(tag)
    }

    fn ascii(&self, tag: Tag) -> Result<String, Asn1Error> {
        let octets = self.string_octets(tag)?;
        if octets.is_ascii() {
            return Ok(String::from_utf8_lossy(&octets).into_owned());
        }
        // TeletexString has never been ASCII alone, and nobody writes its own character set into it.
        if tag != Tag::TELETEX_STRING && tag != Tag::GENERAL_STRING {
            self.note(DeviationKind::StringNotAscii)?;
        }
        self.utf8_or_gbk(tag)
    }

    fn utf8_or_gbk(&self, tag: Tag) -> Result<String, Asn1Error> {
        let octets = self.string_octets(tag)?;
        if let Ok(text) = std::str::from_utf8(&octets) {
            return Ok(text.to_owned());
        }
        if let Some(text) = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&octets)
        {
            self.note(DeviationKind::GbkText)?;
            return Ok(text.into_owned());
        }
        self.note(DeviationKind::UndecodableText)?;
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// Text of big-endian units of `N` octets: UTF-16 in a BMPString, UTF-32 in a UniversalString.
    fn code_units<const N: usize>(&self) -> Result<String, Asn1Error> {
        let octets = self.string_octets(self.tag().primitive())?;
        let (units, rest) = octets.as_chunks::<N>();
        if !rest.is_empty() {
            return Err(self.error(Kind::Content("wide string")));
        }
        let units =
            units.iter().map(|unit| unit.iter().fold(0_u32, |sum, &byte| (sum << 8) | u32::from(byte)));
        let text = if N == 2 {
            let units: Vec<u16> = units.map(|unit| u16::try_from(unit).unwrap_or(0xFFFD)).collect();
            String::from_utf16(&units).ok()
        } else {
            units.map(char::from_u32).collect()
        };
        text.ok_or_else(|| self.error(Kind::Content("wide string")))
    }
}
