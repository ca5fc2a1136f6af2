//! Encodings of simple fonts (ISO 32000-1 annex D) and the names of Latin glyphs.

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// A base encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Standard,
    WinAnsi,
    MacRoman,
}

impl Base {
    /// The encoding of a name.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            _ => None,
        }
    }

    /// The character of a code.
    pub(super) fn char(self, code: u8) -> Option<char> {
        let decode = |encoding: &'static encoding_rs::Encoding| {
            encoding.decode_without_bom_handling(&[code]).0.chars().next().filter(|char| !char.is_control())
        };
        match self {
            Self::WinAnsi => decode(WINDOWS_1252),
            Self::MacRoman => decode(MACINTOSH),
            Self::Standard => match code {
                b'\'' => Some('’'),
                b'`' => Some('‘'),
                b' '..=b'~' => Some(char::from(code)),
                0xA1.. => STANDARD.chars().nth(usize::from(code - 0xA1)).filter(|char| *char != '\0'),
                _ => None,
            },
        }
    }
}

/// StandardEncoding from 0xA1 on.
const STANDARD: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\0–†‡·\0¶•‚„”»…‰\0¿\
    \0`´ˆ˜¯˘˙¨\0˚¸\0˝˛ˇ—\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Æ\0ª\0\0\0\0ŁØŒº\0\0\0\0\0æ\0\0\0ı\0\0łøœß\0\0\0\0";

/// The character of a glyph's name: a Latin one, or one that has the number of a character in it. What follows a point
/// is a variant of the glyph.
pub(super) fn glyph_char(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.split('.').next()?;
    let mut chars = name.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return only.is_ascii_alphabetic().then_some(only);
    }
    if let Some(char) = numbered(name) {
        return Some(char);
    }
    // The names stand in the order of their characters, so that words and characters go side by side.
    let listed = NAMES.iter().find_map(|(first, names)| {
        let position = names.split(' ').position(|listed| listed == name)?;
        char::from_u32(first.saturating_add(u32::try_from(position).ok()?))
    });
    listed.or_else(|| OTHERS.iter().find(|(listed, _)| *listed == name).map(|(_, char)| *char))
}

/// `uni4E00` and `u4E00`.
fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix("uni").filter(|digits| digits.len() == 4);
    let digits =
        digits.or_else(|| name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())))?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// Names of characters that follow one another, and the first of these.
const NAMES: [(u32, &str); 6] = [
    (
        0x20,
        "space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus \
         comma hyphen period slash zero one two three four five six seven eight nine colon semicolon less equal \
         greater question at",
    ),
    (0x5B, "bracketleft backslash bracketright asciicircum underscore grave"),
    (0x7B, "braceleft bar braceright asciitilde"),
    (
        0xA1,
        "exclamdown cent sterling currency yen brokenbar section dieresis copyright ordfeminine guillemotleft \
         logicalnot softhyphen registered macron degree plusminus twosuperior threesuperior acute mu paragraph \
         periodcentered cedilla onesuperior ordmasculine guillemotright onequarter onehalf threequarters \
         questiondown",
    ),
    (
        0xC0,
        "Agrave Aacute Acircumflex Atilde Adieresis Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave \
         Iacute Icircumflex Idieresis Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave \
         Uacute Ucircumflex Udieresis Yacute Thorn germandbls",
    ),
    (
        0xE0,
        "agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave eacute ecircumflex edieresis igrave \
         iacute icircumflex idieresis eth ntilde ograve oacute ocircumflex otilde odieresis divide oslash ugrave \
         uacute ucircumflex udieresis yacute thorn ydieresis",
    ),
];

/// Other names.
const OTHERS: [(&str, char); 39] = [
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotesinglbase", '‚'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("quotedblbase", '„'),
    ("endash", '–'),
    ("emdash", '—'),
    ("bullet", '•'),
    ("ellipsis", '…'),
    ("dagger", '†'),
    ("daggerdbl", '‡'),
    ("perthousand", '‰'),
    ("guilsinglleft", '‹'),
    ("guilsinglright", '›'),
    ("fraction", '⁄'),
    ("Euro", '€'),
    ("trademark", '™'),
    ("minus", '−'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    ("florin", 'ƒ'),
    ("circumflex", 'ˆ'),
    ("tilde", '˜'),
    ("caron", 'ˇ'),
    ("breve", '˘'),
    ("dotaccent", '˙'),
    ("ring", '˚'),
    ("ogonek", '˛'),
    ("hungarumlaut", '˝'),
    ("dotlessi", 'ı'),
    ("Lslash", 'Ł'),
    ("lslash", 'ł'),
    ("OE", 'Œ'),
    ("oe", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Zcaron", 'Ž'),
    ("zcaron", 'ž'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let known = [
            (Base::Standard, 0x27, '’'),
            (Base::Standard, 0xA8, '¤'),
            (Base::Standard, 0xAE, 'ﬁ'),
            (Base::Standard, 0xBF, '¿'),
            (Base::Standard, 0xD0, '—'),
            (Base::Standard, 0xE1, 'Æ'),
            (Base::Standard, 0xE8, 'Ł'),
            (Base::Standard, 0xF1, 'æ'),
            (Base::Standard, 0xFB, 'ß'),
            (Base::WinAnsi, 0x80, '€'),
            (Base::WinAnsi, 0xE9, 'é'),
            (Base::MacRoman, 0x8E, 'é'),
            (Base::MacRoman, 0x41, 'A'),
        ];
        for (base, code, char) in known {
            assert_eq!(base.char(code), Some(char), "{base:?} {code:x}");
        }
        assert_eq!((Base::Standard.char(0xFF), Base::Standard.char(0x80)), (None, None));
    }

    #[test]
    fn names() {
        let known = [
            ("A", 'A'),
            ("z", 'z'),
            ("at", '@'),
            ("nine", '9'),
            ("grave", '`'),
            ("asciitilde", '~'),
            ("questiondown", '¿'),
            ("germandbls", 'ß'),
            ("ydieresis", 'ÿ'),
            ("Euro", '€'),
            ("uni7AE0", '章'),
            ("u20000", '𠀀'),
            ("a.alt", 'a'),
            ("multiply", '×'),
            ("divide", '÷'),
        ];
        for (name, char) in known {
            assert_eq!(glyph_char(name.as_bytes()), Some(char), "{name}");
        }
        for name in ["", "g12", "uniZZZZ", "unD800", "uD800", "1", "\u{7AE0}", ".notdef"] {
            assert_eq!(glyph_char(name.as_bytes()), None, "{name}");
        }
    }
}
