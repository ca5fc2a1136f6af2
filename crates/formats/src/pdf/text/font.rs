//! What the codes of a string mean in a font.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::cmap::{CMap, number};
use super::widths::Widths;

/// A font as far as text needs it.
#[derive(Debug)]
pub(super) struct Font {
    pub(super) codes: Codes,
    pub(super) to_unicode: Option<CMap>,
    pub(super) widths: Widths,
    /// What a thousandth of a width is, in sizes of the type.
    pub(super) unit: f64,
    pub(super) ascent: f64,
    pub(super) descent: f64,
    /// False where vertical glyphs go on by other steps than their size.
    pub(super) is_placed: bool,
}

/// How a string is cut into codes.
#[derive(Debug)]
pub(super) enum Codes {
    /// One byte each, with what it means.
    Simple(Box<[Option<char>; 256]>),
    /// As a CMap in the file says, or two bytes that are the CID.
    Map(CMap),
    /// As a predefined CMap says whose codes are text in an encoding.
    Text(Predefined),
}

/// A predefined CMap whose codes are text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predefined {
    form: Form,
    /// CID of the space; those of the other ASCII characters follow.
    space: u32,
    vertical: bool,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Utf16,
    Utf32,
    Utf8,
    /// One byte, or two when the first is in a range of these.
    Bytes(&'static Encoding),
    Gb18030,
}

impl Predefined {
    /// The CMap of a name (ISO 32000-1 table 118), when its codes are text.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let (base, direction) = name.rsplit_once('-')?;
        let vertical = match direction {
            "H" => false,
            "V" => true,
            _ => return None,
        };
        let unicode = ["UniGB", "UniCNS", "UniJIS", "UniJISX0213", "UniJIS2004", "UniKS"];
        let (form, space) = match base {
            "GB-EUC" | "GBpc-EUC" => (Form::Bytes(GB18030), if base == "GB-EUC" { 814 } else { 1 }),
            "GBK-EUC" => (Form::Bytes(GB18030), 814),
            "GBKp-EUC" => (Form::Bytes(GB18030), 1),
            "GBK2K" => (Form::Gb18030, 1),
            "B5pc" | "ETenms-B5" => (Form::Bytes(BIG5), 1),
            "ETen-B5" | "HKscs-B5" => (Form::Bytes(BIG5), 13_648),
            "90ms-RKSJ" => (Form::Bytes(SHIFT_JIS), 231),
            "90msp-RKSJ" => (Form::Bytes(SHIFT_JIS), 1),
            "KSC-EUC" | "KSCms-UHC" => (Form::Bytes(EUC_KR), 1),
            "KSCms-UHC-HW" => (Form::Bytes(EUC_KR), 8094),
            other => {
                let (family, form) = other.split_once('-')?;
                if !unicode.contains(&family) {
                    return None;
                }
                match form {
                    "UTF16" | "UCS2" => (Form::Utf16, 1),
                    "UCS2-HW" => (Form::Utf16, 231),
                    "UTF32" => (Form::Utf32, 1),
                    "UTF8" => (Form::Utf8, 1),
                    _ => return None,
                }
            }
        };
        Some(Self { form, space, vertical })
    }

    fn code_len(self, bytes: &[u8]) -> usize {
        let first = bytes.first().copied().unwrap_or_default();
        match self.form {
            Form::Utf16 if (0xD8..0xDC).contains(&first) => 4,
            Form::Utf16 => 2,
            Form::Utf32 => 4,
            Form::Utf8 => match first {
                0..0xC0 => 1,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => 3,
                _ => 4,
            },
            // Half-width katakana have one byte.
            Form::Bytes(encoding) if encoding == SHIFT_JIS && (0xA0..0xE0).contains(&first) => 1,
            Form::Bytes(_) => {
                if (0x81..0xFF).contains(&first) {
                    2
                } else {
                    1
                }
            }
            Form::Gb18030 => match bytes {
                [0x81..=0xFE, 0x30..=0x39, ..] => 4,
                [0x81..=0xFE, ..] => 2,
                _ => 1,
            },
        }
    }

    fn text(self, code: &[u8]) -> Option<String> {
        let text = match self.form {
            Form::Utf16 => {
                let units =
                    code.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(u16::from_be_bytes);
                char::decode_utf16(units).collect::<Result<String, _>>().ok()?
            }
            Form::Utf32 => char::from_u32(number(code))?.to_string(),
            Form::Utf8 => std::str::from_utf8(code).ok()?.to_owned(),
            Form::Bytes(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(code)?.into_owned()
            }
            Form::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(code)?.into_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

/// One code of a string.
pub(super) struct Code<'b> {
    /// Its bytes.
    pub(super) bytes: &'b [u8],
    pub(super) text: Option<String>,
    /// Width in sizes of the type.
    pub(super) width: f64,
    /// True when readers cannot but take the same width.
    pub(super) is_placed: bool,
}

impl Font {
    /// The first code of a string, and the bytes behind it.
    pub(super) fn next<'b>(&self, bytes: &'b [u8]) -> Option<(Code<'b>, &'b [u8])> {
        let (code, rest) = match &self.codes {
            Codes::Simple(_) => bytes.split_at_checked(1)?,
            Codes::Map(map) => map.next(bytes)?,
            Codes::Text(_) if bytes.is_empty() => return None,
            Codes::Text(predefined) => {
                bytes.split_at_checked(predefined.code_len(bytes)).unwrap_or((bytes, &[]))
            }
        };
        let (width, is_placed) = self.width(code);
        let is_placed = is_placed && self.is_placed;
        Some((Code { bytes: code, text: self.text(code), width: width * self.unit, is_placed }, rest))
    }

    fn text(&self, code: &[u8]) -> Option<String> {
        self.to_unicode.as_ref().and_then(|map| map.text(number(code))).or_else(|| match &self.codes {
            Codes::Simple(chars) => {
                chars.get(usize::from(*code.first()?)).copied().flatten().map(|char| char.to_string())
            }
            Codes::Map(_) => None,
            Codes::Text(predefined) => predefined.text(code),
        })
    }

    /// The width of a code, and whether readers cannot but take the same. Of predefined CMaps only the CIDs of ASCII are
    /// known: others have the width that all have that the font does not list.
    fn width(&self, code: &[u8]) -> (f64, bool) {
        match &self.codes {
            Codes::Simple(chars) => {
                let char = code.first().and_then(|code| chars.get(usize::from(*code))).copied().flatten();
                self.widths.of_code(number(code), char)
            }
            Codes::Map(map) => match map.cid(number(code)) {
                Some(cid) => self.widths.of_cid(cid),
                None => (self.widths.of_cid(0).0, false),
            },
            Codes::Text(predefined) => match predefined.text(code).and_then(|text| text.chars().next()) {
                Some(char @ ' '..='~') => {
                    self.widths.of_cid(predefined.space.saturating_add(u32::from(char) - 0x20))
                }
                Some(_) => (self.widths.default, self.widths.lists_ascii_alone()),
                None => (self.widths.default, false),
            },
        }
    }

    pub(super) fn is_vertical(&self) -> bool {
        match &self.codes {
            Codes::Simple(_) => false,
            Codes::Map(map) => map.vertical,
            Codes::Text(predefined) => predefined.vertical,
        }
    }
}
