//! Which texts may be cut into a seal.
//!
//! Only characters that look the same wherever they stand are allowed: a seal is evidence, so
//! nothing invisible, nothing that turns the direction of reading, nothing that merges with its
//! neighbour may hide in it. Scripts whose letters join (Arabic, Tibetan, Mongolian …) would need
//! shaping, which this crate does not do; they are refused instead of drawn wrongly.

use crate::error::{Part, PictureError};

/// The most characters of a name. Whether a name is legible on its seal is decided when it is
/// laid out; nothing longer than this ever is.
pub const MAX_NAME_CHARS: usize = 40;
/// The most characters of the type line.
pub const MAX_TYPE_LINE_CHARS: usize = 12;
/// The most characters of a tax number; 18 for a unified social credit code (统一社会信用代码).
pub const MAX_TAX_CHARS: usize = 20;
/// The most characters of a serial number.
pub const MAX_SERIAL_CHARS: usize = 20;

/// First and last code points of what may be drawn, in ascending order.
const ALLOWED: &[(u32, u32)] = &[
    (0x20, 0x7E),       // ASCII
    (0xA1, 0xAC),       // Latin-1 symbols up to the soft hyphen
    (0xAE, 0x24F),      // Latin-1 and extended Latin
    (0x2C7, 0x2DD),     // tone marks of GB/T 2312
    (0x370, 0x482),     // Greek and Cyrillic, without combining marks
    (0x48A, 0x52F),     // Cyrillic, further letters
    (0x1E00, 0x1FFF),   // Latin and Greek with marks
    (0x2010, 0x2027),   // dashes, quotation marks, dots
    (0x2030, 0x205E),   // per mille, primes, brackets
    (0x2070, 0x20CF),   // raised and lowered figures, currencies
    (0x2100, 0x2BFF),   // letter-like signs, numerals, arrows, geometric signs
    (0x2E80, 0x2FDF),   // radicals
    (0x3000, 0x3029),   // CJK punctuation and numerals
    (0x3030, 0x303F),   // CJK punctuation after the combining tone marks
    (0x3041, 0x3096),   // hiragana
    (0x309B, 0x318E),   // katakana, bopomofo, Hangul letters
    (0x3190, 0x33FF),   // CJK strokes, enclosed and squared signs
    (0x3400, 0x4DBF),   // hanzi, extension A
    (0x4E00, 0x9FFF),   // hanzi
    (0xAC00, 0xD7A3),   // Hangul syllables
    (0xF900, 0xFAFF),   // hanzi, compatibility
    (0xFE30, 0xFE4F),   // vertical forms
    (0xFE50, 0xFE6B),   // small forms
    (0xFF01, 0xFF9F),   // fullwidth and halfwidth forms
    (0xFFE0, 0xFFE6),   // fullwidth signs
    (0x20000, 0x3FFFD), // hanzi, extensions B and later
];

/// Checks length, spaces and characters of one text of a design.
pub(crate) fn check(part: Part, text: &str) -> Result<(), PictureError> {
    let max = match part {
        Part::Name => MAX_NAME_CHARS,
        Part::TypeLine => MAX_TYPE_LINE_CHARS,
        Part::TaxNumber => MAX_TAX_CHARS,
        Part::Serial => MAX_SERIAL_CHARS,
    };
    if text.chars().all(is_space) {
        return Err(PictureError::Empty { part });
    }
    if text.chars().take(max + 1).count() > max {
        return Err(PictureError::TooLong { part, max });
    }
    let figures_only = matches!(part, Part::TaxNumber | Part::Serial);
    let allowed = |c: char| if figures_only { c.is_ascii_alphanumeric() } else { is_allowed(c) };
    if let Some(bad) = text.chars().find(|&c| !allowed(c)) {
        return Err(PictureError::Forbidden { part, code: u32::from(bad) });
    }
    let doubled = text.chars().zip(text.chars().skip(1)).any(|(a, b)| is_space(a) && is_space(b));
    if doubled || text.starts_with(is_space) || text.ends_with(is_space) {
        return Err(PictureError::Space { part });
    }
    Ok(())
}

/// A character that takes room but is not drawn.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}')
}

/// A character that fills its square: hanzi, kana, Hangul and their kin.
pub(crate) fn fills_its_square(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3041..=0x33FF | 0x3400..=0x9FFF
        | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0x20000..=0x3FFFD)
}

fn is_allowed(c: char) -> bool {
    let code = u32::from(c);
    ALLOWED.iter().any(|&(first, last)| (first..=last).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        check(Part::Name, text).map_or_else(|error| error.code(), |()| "ok")
    }

    #[test]
    fn names_of_firms_and_persons_pass() {
        for name in ["北京某某（集团）有限公司", "ABC (Shanghai) Co., Ltd.", "阿卜杜拉·买买提", "𠮷野家"]
        {
            assert_eq!(code(name), "ok", "{name}");
        }
    }

    #[test]
    fn what_hides_or_turns_is_refused() {
        for c in [
            '\0',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{300}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2066}',
            '\u{2028}',
            '\u{302a}',
            '\u{3099}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fffd}',
            '\u{e000}',
            '\u{e0100}',
            '\u{f0000}',
            'ش',
            'א',
            'བ',
            'ᠮ',
            '\u{a0}',
        ] {
            let text = format!("张{c}三");
            assert_eq!(code(&text), "text_forbidden_character", "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn empty_long_and_badly_spaced_texts_are_refused() {
        assert_eq!(code(""), "text_empty");
        assert_eq!(code("  \u{3000}"), "text_empty");
        assert_eq!(code(&"某".repeat(MAX_NAME_CHARS)), "ok");
        assert_eq!(code(&"某".repeat(MAX_NAME_CHARS + 1)), "text_too_long");
        for text in [" 张三", "张三\u{3000}", "张  三"] {
            assert_eq!(code(text), "text_space");
        }
    }

    #[test]
    fn numbers_are_plain_letters_and_figures() {
        assert!(check(Part::TaxNumber, "91110000802100433B").is_ok());
        assert!(check(Part::Serial, "1101010000001").is_ok());
        for bad in ["１１０", "110-1", "号1"] {
            assert!(matches!(check(Part::Serial, bad), Err(PictureError::Forbidden { .. })));
        }
    }

    #[test]
    fn the_table_ascends_without_overlap() {
        assert!(ALLOWED.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(ALLOWED.iter().all(|&(first, last)| first <= last));
    }
}
