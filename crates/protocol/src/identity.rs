//! Numbers that identify organisations and persons, with their check digits (GB 32100, GB 11714, GB 11643),
//! and the names that go with them. What identifies a person prints masked.

use std::str::FromStr;

use serde_json::{Value, json};

use crate::code::Code;
use crate::error::Fault;
use crate::lists::OwnerKind;
use crate::masking;
use crate::scalar::{Described, ParamValue, Scalar, TableType, text_of};
use crate::text::{any, text_newtype};

text_newtype!(checked
    /// A unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, check character verified;
    /// 20005 when it is wrong.
    Uscc, 18, read_uscc, "^[0-9A-HJ-NP-RTUW-Y]{18}$"
);

text_newtype!(private checked
    /// A resident identity card number (GB 11643): 18 characters, date and check digit verified (20005 when it is
    /// wrong). A lower-case x is read as X.
    IdCard, 18, read_id_card, masking::id_number, "^[1-9][0-9]{16}[0-9Xx]$"
);

text_newtype!(private
    /// A mobile telephone number of mainland China.
    Mobile, 11, mobile_form, masking::mobile, "应为 11 位手机号", "must be a mobile number of 11 digits"
);

text_newtype!(private
    /// A person's name (用户姓名).
    PersonName, 64, any, masking::name, "格式错误", "malformed"
);

text_newtype!(private
    /// The name of a seal's owner, organisation or person (印章使用单位或用户名称): treated as a person's
    /// until `possessorType` says otherwise.
    PartyName, 128, any, masking::name, "格式错误", "malformed"
);

text_newtype!(private
    /// The identity number of a seal's owner, organisation or person. [`PartyNumber::check`] judges it once the
    /// kind of owner is known.
    PartyNumber, 32, party_number_form, masking::id_number,
    "只能包含字母、数字和 -()·", "letters, digits and -()· only"
);

/// The base of [`Uscc`]: 31 characters, without I, O, S, V, Z.
const USCC_ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORG_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS: &[u8; 11] = b"10X98765432";

fn check_digit_fault() -> Fault {
    Fault::new(Code::CheckDigitWrong, "check-digit", "校验位错误", "check digit wrong")
}

fn read_uscc(text: &str) -> Result<String, Fault> {
    let form =
        || Fault::malformed("uscc", "应为 18 位统一社会信用代码", "must be a credit code of 18 characters");
    if text.len() != 18 {
        return Err(form());
    }
    let mut values = Vec::with_capacity(18);
    for byte in text.bytes() {
        values.push(USCC_ALPHABET.iter().position(|c| *c == byte).ok_or_else(form)?);
    }
    let sum: usize = values.iter().zip(USCC_WEIGHTS).map(|(value, weight)| value * weight).sum();
    if values.last() == Some(&((31 - sum % 31) % 31)) {
        Ok(text.to_owned())
    } else {
        Err(check_digit_fault())
    }
}

impl Uscc {
    /// The six characters of the registering region: characters 3 to 8.
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The organisation code inside: characters 9 to 17.
    pub fn organisation(&self) -> &str {
        self.0.get(8..17).unwrap_or_default()
    }
}

fn read_id_card(text: &str) -> Result<String, Fault> {
    let form =
        || Fault::malformed("id-card", "应为 18 位身份证号码", "must be an identity number of 18 characters");
    let text = text.to_ascii_uppercase();
    let (body, last) = text.as_bytes().split_at_checked(17).ok_or_else(form)?;
    let &[last] = last else { return Err(form()) };
    if !body.iter().all(u8::is_ascii_digit) || !(last.is_ascii_digit() || last == b'X') {
        return Err(form());
    }
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<i16>().ok());
    let date = (number(6..10), number(10..12), number(12..14));
    let (Some(year), Some(month), Some(day)) = date else { return Err(form()) };
    let (month, day) = (i8::try_from(month), i8::try_from(day));
    let (Ok(month), Ok(day)) = (month, day) else { return Err(form()) };
    if year < 1800 || jiff::civil::Date::new(year, month, day).is_err() || body.starts_with(b"0") {
        return Err(form());
    }
    let sum: u32 = body.iter().zip(ID_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if ID_CHECKS.get((sum % 11) as usize) == Some(&last) { Ok(text) } else { Err(check_digit_fault()) }
}

/// The 9-character organisation code (GB 11714), or the 18-character credit code (resolution 15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrgCode {
    /// A unified social credit code.
    Credit(Uscc),
    /// An organisation code, without its hyphen.
    Legacy(String),
}

impl OrgCode {
    /// Reads either form.
    ///
    /// # Errors
    /// 20002 for a wrong form, 20005 for a wrong check character.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() == 18 {
            return Uscc::parse(text).map(Self::Credit);
        }
        let form = || {
            Fault::malformed(
                "org-code",
                "应为 18 位统一社会信用代码或 9 位组织机构代码",
                "must be a credit code of 18 or an organisation code of 9 characters",
            )
        };
        let mut code = text.to_owned();
        if code.len() == 10 && code.as_bytes().get(8) == Some(&b'-') {
            code.remove(8);
        }
        let (body, last) = code.as_bytes().split_at_checked(8).ok_or_else(form)?;
        let &[last] = last else { return Err(form()) };
        let mut sum = 0;
        for (byte, weight) in body.iter().zip(ORG_WEIGHTS) {
            let value = match byte {
                b'0'..=b'9' => u32::from(byte - b'0'),
                b'A'..=b'Z' => u32::from(byte - b'A') + 10,
                _ => return Err(form()),
            };
            sum += value * weight;
        }
        let expected = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + u8::try_from(digit).unwrap_or_default(),
        };
        if last == expected {
            Ok(Self::Legacy(code))
        } else if last.is_ascii_digit() || last == b'X' {
            Err(check_digit_fault())
        } else {
            Err(form())
        }
    }

    /// Whether this is the code, old or new, of the organisation with the credit code `uscc`.
    pub fn matches(&self, uscc: &str) -> bool {
        match self {
            Self::Credit(credit) => credit.as_str() == uscc,
            Self::Legacy(code) => uscc.len() == 18 && uscc.get(8..17) == Some(code.as_str()),
        }
    }

    /// The text, without a hyphen.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Credit(credit) => credit.as_str(),
            Self::Legacy(code) => code,
        }
    }
}

impl FromStr for OrgCode {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::parse(text)
    }
}

impl Scalar for OrgCode {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.as_str().to_owned())
    }
}

impl Described for OrgCode {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "pattern": "^([0-9A-HJ-NP-RT-UW-Y]{18}|[0-9A-Z]{8}-?[0-9X])$" })
    }
}

impl PartyNumber {
    /// Judges the number of an owner of `kind`: an organisation's must be a credit code; a person's is checked
    /// where it looks like an identity card, since passports and permits have other forms.
    ///
    /// # Errors
    /// 20002 for a wrong form, 20005 for a wrong check digit.
    pub fn check(&self, kind: OwnerKind) -> Result<(), Fault> {
        match kind {
            OwnerKind::Organisation => Uscc::parse(&self.0).map(|_| ()),
            OwnerKind::Person if self.looks_like_id_card() => IdCard::parse(&self.0).map(|_| ()),
            OwnerKind::Person => Ok(()),
        }
    }

    fn looks_like_id_card(&self) -> bool {
        self.0.len() == 18 && self.0.bytes().take(17).all(|b| b.is_ascii_digit())
    }
}

fn mobile_form(text: &str) -> bool {
    let digits = text.as_bytes();
    digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits.starts_with(b"1")
        && digits.get(1).is_some_and(|second| *second >= b'3')
}

fn party_number_form(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-()()·".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_codes() {
        for good in ["91110000802100433B", "91330100799655058B", "9144030071526726XG", "91110108551385082Q"] {
            assert!(Uscc::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Uscc::parse("91110000802100433C").unwrap_err().code, Code::CheckDigitWrong);
        for bad in ["9111000080210043", "91110000802100433I", "91110000802100433b", "911100008021004331B"] {
            assert_eq!(Uscc::parse(bad).unwrap_err().code, Code::Malformed, "{bad}");
        }
        let code = Uscc::parse("91110108551385082Q").unwrap();
        assert_eq!((code.region(), code.organisation()), ("110108", "551385082"));
    }

    #[test]
    fn organisation_codes_in_both_forms() {
        assert_eq!(OrgCode::parse("802100433").unwrap().as_str(), "802100433");
        assert_eq!(OrgCode::parse("71526726-X").unwrap().as_str(), "71526726X");
        assert!(OrgCode::parse("71526726X").unwrap().matches("9144030071526726XG"));
        assert!(!OrgCode::parse("71526726X").unwrap().matches("91110000802100433B"));
        assert_eq!(OrgCode::parse("802100434").unwrap_err().code, Code::CheckDigitWrong);
        assert_eq!(OrgCode::parse("80210043").unwrap_err().code, Code::Malformed);
        assert_eq!(OrgCode::parse("统一社会").unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn identity_cards() {
        assert!(IdCard::parse("11010519491231002X").is_ok());
        assert_eq!(IdCard::parse("11010519491231002x").unwrap().as_str(), "11010519491231002X");
        assert!(IdCard::parse("440524188001010014").is_ok());
        assert_eq!(IdCard::parse("110105194912310021").unwrap_err().code, Code::CheckDigitWrong);
        for bad in ["11010519490231002X", "1101051949123100", "1101051949123100XX", "01010519491231002X"] {
            assert_eq!(IdCard::parse(bad).unwrap_err().code, Code::Malformed, "{bad}");
        }
    }

    #[test]
    fn mobiles() {
        assert!(Mobile::parse("13800001234").is_ok());
        for bad in ["12800001234", "1380000123", "+8613800001234", "138-0000-123"] {
            assert!(Mobile::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_owners_number_is_judged_by_the_kind_of_owner() {
        let credit = PartyNumber::parse("91110000802100433B").unwrap();
        assert!(credit.check(OwnerKind::Organisation).is_ok());
        let passport = PartyNumber::parse("E12345678").unwrap();
        assert!(passport.check(OwnerKind::Person).is_ok());
        assert!(passport.check(OwnerKind::Organisation).is_err());
        let wrong = PartyNumber::parse("110105194912310021").unwrap();
        assert_eq!(wrong.check(OwnerKind::Person).unwrap_err().code, Code::CheckDigitWrong);
    }

    #[test]
    fn nothing_personal_prints() {
        let card = IdCard::parse("11010519491231002X").unwrap();
        assert_eq!(format!("{card:?}"), "IdCard(110***********002X)");
        let mobile = Mobile::parse("13800001234").unwrap();
        assert_eq!(format!("{mobile:?}"), "Mobile(138****1234)");
        let name = PersonName::parse("欧阳修").unwrap();
        assert_eq!(format!("{name:?}"), "PersonName(欧阳*)");
    }
}
