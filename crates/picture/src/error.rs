//! What can be wrong with a design. Every message is Chinese first, English second.

use std::fmt;

/// The text of a design that an error speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The name on the ring or in the square (印章名称).
    Name,
    /// The straight line that says what the seal is for (用途).
    TypeLine,
    /// The tax number of an invoice seal (税号).
    TaxNumber,
    /// The serial number at the lower edge (防伪编码).
    Serial,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "印章名称 name",
            Self::TypeLine => "印章用途 type line",
            Self::TaxNumber => "税号 tax number",
            Self::Serial => "防伪编码 serial",
        })
    }
}

/// Why a seal picture could not be drawn. All but [`PictureError::Font`] and
/// [`PictureError::Encode`] are for the person who asked for the seal to mend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// A text is present but has nothing in it.
    #[error("{part}：为空 is empty")]
    Empty {
        /// Which text.
        part: Part,
    },
    /// A text has more characters than [`crate::MAX_NAME_CHARS`] and its siblings allow.
    #[error("{part}：超过 {max} 个字符 is longer than {max} characters")]
    TooLong {
        /// Which text.
        part: Part,
        /// The most characters allowed.
        max: usize,
    },
    /// A text begins or ends with a space, or has two in a row.
    #[error("{part}：空格位置不当 has a misplaced space")]
    Space {
        /// Which text.
        part: Part,
    },
    /// A control, invisible, combining or direction character, or a script whose letters
    /// change with their neighbours, which this crate does not shape.
    #[error("{part}：不支持的字符 does not support the character U+{code:04X}")]
    Forbidden {
        /// Which text.
        part: Part,
        /// The code point; it may be invisible, so it is not shown as such.
        code: u32,
    },
    /// No font has an outline of the character: neither the embedded ones nor those installed.
    #[error("字库缺字 no font has the character {character} (U+{:04X})", *character as u32)]
    MissingGlyph {
        /// The character.
        character: char,
    },
    /// The texts do not fit on a seal of this size at a legible size of letters.
    #[error("{part}：印章尺寸内排不下 does not fit legibly on a seal of this size")]
    NoRoom {
        /// The text that found no room.
        part: Part,
    },
    /// A length in millimetres that no seal has.
    #[error("印章尺寸无效 not a size of a seal: {width_mm} x {height_mm} mm")]
    Size {
        /// Width in millimetres.
        width_mm: u16,
        /// Height in millimetres.
        height_mm: u16,
    },
    /// A resolution outside 200 to 1200 dots per inch.
    #[error("分辨率无效 not a usable resolution: {dpi} dpi")]
    Resolution {
        /// Dots per inch.
        dpi: u16,
    },
    /// A text that this shape has no place for, such as a tax number on a round seal.
    #[error("{part}：该形状不支持 has no place on this shape")]
    Unplaced {
        /// Which text.
        part: Part,
    },
    /// A hand-drawn seal (手绘章) is a picture brought by its owner; there is nothing to draw.
    #[error("手绘章须上传图像 a hand-drawn seal is brought as a picture")]
    HandDrawn,
    /// An embedded font cannot be read: the program itself is damaged.
    #[error("内置字库损坏 the embedded font cannot be read")]
    Font,
    /// The PNG could not be written.
    #[error("图像编码失败 the picture could not be encoded")]
    Encode(#[source] Option<png::EncodingError>),
}

impl PictureError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "text_empty",
            Self::TooLong { .. } => "text_too_long",
            Self::Space { .. } => "text_space",
            Self::Forbidden { .. } => "text_forbidden_character",
            Self::MissingGlyph { .. } => "glyph_missing",
            Self::NoRoom { .. } => "text_no_room",
            Self::Size { .. } => "size_invalid",
            Self::Resolution { .. } => "resolution_invalid",
            Self::Unplaced { .. } => "text_unplaced",
            Self::HandDrawn => "hand_drawn",
            Self::Font => "font_damaged",
            Self::Encode(_) => "encode_failed",
        }
    }
}
