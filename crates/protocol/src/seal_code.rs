//! The platform's code of a seal (印章唯一赋码).
//!
//! 24 characters: `E1`, six of the owner's region (000000 for persons), four of the filing system, two of the
//! seal type, nine digits of a sequence, and a check character by ISO/IEC 7064 MOD 37,36 (GB/T 17710). Callers
//! treat it as opaque: only length, alphabet and check character are verified here, and nothing is routed by
//! what is embedded.

use crate::code::Code;
use crate::error::Fault;
use crate::identity::Uscc;
use crate::lists::SealType;
use crate::text::text_newtype;

text_newtype!(checked
    /// A seal code, check character verified; 30002 when anything about its form is wrong.
    SealCode, 24, read, "^[0-9A-Z]{24}$"
);

/// The region part for seals of persons: never digits of an identity card.
const NO_REGION: &str = "000000";
const LENGTH: usize = 24;

fn malformed() -> Fault {
    Fault::new(
        Code::SealCodeMalformed,
        "seal-code",
        "应为 24 位印章编码且校验字符正确",
        "must be 24 characters with the right check character",
    )
}

fn read(text: &str) -> Result<String, Fault> {
    if text.len() == LENGTH && check_holds(text) { Ok(text.to_owned()) } else { Err(malformed()) }
}

/// Whether the last character of `text` is its check character.
fn check_holds(text: &str) -> bool {
    let Some((last, body)) = text.as_bytes().split_last() else { return false };
    state(body).zip(value(*last)).is_some_and(|(p, check)| (p + check) % 36 == 1)
}

fn value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    }
}

/// The state after the characters before the check character.
fn state(body: &[u8]) -> Option<u32> {
    let mut p = 36;
    for &byte in body {
        p = (p + value(byte)?) % 36;
        if p == 0 {
            p = 36;
        }
        p = 2 * p % 37;
    }
    Some(p)
}

/// The check character of `body` (digits and capital letters), or `None` when it has others.
pub fn check_character(body: &str) -> Option<char> {
    let digit = (37 - state(body.as_bytes())?) % 36;
    char::from_digit(digit, 36).map(|c| c.to_ascii_uppercase())
}

/// What a new seal code is composed of.
#[derive(Clone, Copy, Debug)]
pub struct SealCodeParts<'a> {
    /// The owner's credit code; `None` for a person.
    pub owner: Option<&'a Uscc>,
    /// The filing system's code given at onboarding: four digits or capital letters.
    pub system: &'a str,
    /// The seal's type.
    pub seal_type: SealType,
    /// The platform's sequence, below 10^9, never used twice.
    pub sequence: u64,
}

/// Where the filing system's code stands in a seal code.
const SYSTEM: std::ops::Range<usize> = 8..12;
/// Where the sequence stands.
const SEQUENCE: std::ops::Range<usize> = 14..23;

impl SealCode {
    /// The code of the system that filed the seal. Nothing is routed by it: it only bounds for which seals another
    /// platform may answer.
    pub fn system(&self) -> &str {
        self.as_str().get(SYSTEM).unwrap_or_default()
    }

    /// The number it was composed with; `None` where others stand in its place (a code of another platform).
    pub fn sequence(&self) -> Option<u64> {
        self.as_str().get(SEQUENCE)?.parse().ok()
    }

    /// Composes a code.
    ///
    /// # Errors
    /// 30002 when the system code or the sequence is out of form.
    pub fn compose(parts: &SealCodeParts<'_>) -> Result<Self, Fault> {
        let region = parts.owner.map_or(NO_REGION, Uscc::region);
        if parts.system.len() != 4 || parts.sequence > 999_999_999 {
            return Err(malformed());
        }
        let body = format!("E1{region}{}{}{:09}", parts.system, parts.seal_type.text(), parts.sequence);
        let check = check_character(&body).ok_or_else(malformed)?;
        Self::parse(&format!("{body}{check}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [&str; 3] =
        ["E11101080A0101000000001F", "E1330100000102123456789P", "E1000000Z9Z907000000042L"];

    #[test]
    fn known_codes() {
        for good in GOOD {
            assert!(SealCode::parse(good).is_ok(), "{good}");
        }
        assert_eq!(check_character("A12425GABC1234002"), Some('M'), "a published value of the same system");
    }

    #[test]
    fn every_single_substitution_is_found() {
        for (at, c) in GOOD[0].char_indices() {
            for other in ('0'..='9').chain('A'..='Z').filter(|o| *o != c) {
                let mut wrong = GOOD[0].to_owned();
                wrong.replace_range(at..=at, &other.to_string());
                assert_eq!(SealCode::parse(&wrong).unwrap_err().code, Code::SealCodeMalformed, "{wrong}");
            }
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in
            ["", "E11101080A0101000000001", "e11101080A0101000000001F", "E11101080A0101000000001FF", "号"]
        {
            assert!(SealCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_are_composed() {
        let owner = Uscc::parse("91110108551385082Q").unwrap();
        let parts =
            SealCodeParts { owner: Some(&owner), system: "0A01", seal_type: SealType::Legal, sequence: 1 };
        assert_eq!(SealCode::compose(&parts).unwrap().as_str(), GOOD[0]);
        assert_eq!(SealCode::parse(GOOD[0]).unwrap().system(), "0A01");
        assert_eq!(SealCode::parse(GOOD[1]).unwrap().sequence(), Some(123_456_789));
        let person =
            SealCodeParts { owner: None, system: "Z9Z9", seal_type: SealType::Personal, sequence: 42 };
        assert_eq!(SealCode::compose(&person).unwrap().as_str(), GOOD[2]);
        assert!(SealCode::compose(&SealCodeParts { system: "abcd", ..parts }).is_err());
        assert!(SealCode::compose(&SealCodeParts { sequence: 1_000_000_000, ..parts }).is_err());
    }
}
