//! The picture of a seal.
//!
//! `SES_ESPictrueInfo ::= SEQUENCE { type IA5String, data OCTET STRING, width INTEGER, height INTEGER }`

use std::fmt;

use super::fields;
use crate::asn1::{Asn1Error, DeviationKind, Tag, Value, Writer};

/// What the bytes of a picture are, told by the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// SVG.
    Svg,
    /// A ZIP archive: an OFD document as picture, as tax seals have.
    Ofd,
}

impl PictureKind {
    /// The kind that bytes are of.
    pub fn sniff(data: &[u8]) -> Option<Self> {
        let head = data.get(..data.len().min(512)).unwrap_or_default();
        match data {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'B', b'M', ..] => Some(Self::Bmp),
            [b'P', b'K', 3, 4, ..] => Some(Self::Ofd),
            _ if head.windows(4).any(|window| window == b"<svg") => Some(Self::Svg),
            _ => None,
        }
    }

    /// The kind that a type's text names.
    fn of_type(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "gif" => Some(Self::Gif),
            "bmp" => Some(Self::Bmp),
            "svg" => Some(Self::Svg),
            "ofd" => Some(Self::Ofd),
            _ => None,
        }
    }
}

/// The picture of a seal with its size on paper. `Debug` shows kind and sizes.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its type as the seal says it, for example `PNG`.
    pub kind: String,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, len) = (&self.kind, self.data.len());
        write!(f, "Picture({kind:?}, {len} bytes, {}x{} mm)", self.width_mm, self.height_mm)
    }
}

impl Picture {
    /// What the bytes are, whatever the type says.
    pub fn sniff(&self) -> Option<PictureKind> {
        PictureKind::sniff(&self.data)
    }

    pub(super) fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut list = value.sequence()?;
        let kind_value = fields::any(&mut list, Tag::IA5_STRING)?;
        let kind = kind_value.text_as(Tag::IA5_STRING)?;
        let data = list.read(Tag::OCTET_STRING)?.octets()?.into_owned();
        let width_mm = fields::integer(&mut list)?;
        let height_mm = fields::integer(&mut list)?;
        list.finish()?;
        let sniffed = PictureKind::sniff(&data);
        if sniffed.is_some() && PictureKind::of_type(&kind).is_some_and(|told| Some(told) != sniffed) {
            kind_value.note(DeviationKind::PictureType)?;
        }
        Ok(Self { kind, data, width_mm, height_mm })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.string(Tag::IA5_STRING, &self.kind);
            w.octets(&self.data);
            w.integer(self.width_mm);
            w.integer(self.height_mm);
        });
    }
}
