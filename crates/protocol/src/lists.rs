//! The code lists of the tables: enums in the standard's order, with its numbers.
//!
//! A list that one table writes as `String` and another as `Integer` is one enum here (resolution 10): as a
//! request's field it follows the field's type; in an answer the field names its form with
//! `#[serde(with = "crate::lists::as_text")]` or `as_integer`, and reads either (resolution 18).

use serde_json::{Value, json};

use crate::error::Fault;
use crate::scalar::{Described, ParamValue, Scalar, TableType, integer_of, not_in_list, text_of};

/// A list of coded values.
pub trait CodeList: Copy + Eq + 'static {
    /// Every value, in the standard's order.
    const ALL: &'static [Self];

    /// The value in a `String` field.
    fn text(self) -> &'static str;

    /// The value in an `Integer` field.
    fn number(self) -> u8;

    /// The meaning in Chinese and English.
    fn meaning(self) -> (&'static str, &'static str);

    /// The value of a text of the wire. Case is ignored (resolution 26).
    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.text().eq_ignore_ascii_case(text))
    }

    /// The value of a number of the wire.
    fn from_number(number: i128) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| i128::from(value.number()) == number)
    }
}

macro_rules! code_list {
    ($(#[doc = $doc:literal])* $name:ident {
        $( $value:ident = $number:literal, $text:literal, $zh:literal, $en:literal; )*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( #[doc = concat!($text, ": ", $en, " (", $zh, ").")] $value, )*
        }

        impl $name {
            /// Every value, in the standard's order.
            pub const ALL: &'static [Self] = &[$( Self::$value ),*];

            /// The value in a `String` field.
            pub const fn text(self) -> &'static str {
                match self { $( Self::$value => $text, )* }
            }

            /// The value in an `Integer` field.
            pub const fn number(self) -> u8 {
                match self { $( Self::$value => $number, )* }
            }

            /// The value of a text, as the wire or a database row has it.
            pub fn from_text(text: &str) -> Option<Self> {
                CodeList::from_text(text)
            }

            /// The value of a number, as the wire or a database row has it.
            pub fn from_number(number: impl Into<i128>) -> Option<Self> {
                CodeList::from_number(number.into())
            }

            /// The meaning in Chinese and English.
            pub const fn meaning(self) -> (&'static str, &'static str) {
                match self { $( Self::$value => ($zh, $en), )* }
            }
        }

        impl CodeList for $name {
            const ALL: &'static [Self] = Self::ALL;

            fn text(self) -> &'static str {
                self.text()
            }

            fn number(self) -> u8 {
                self.number()
            }

            fn meaning(self) -> (&'static str, &'static str) {
                self.meaning()
            }
        }

        impl Scalar for $name {
            fn read(value: &ParamValue, wire: TableType) -> Result<Self, Fault> {
                read_list(value, wire)
            }

            fn write(&self, wire: TableType) -> ParamValue {
                match wire {
                    TableType::Integer => ParamValue::Integer(self.number().into()),
                    _ => ParamValue::Text(self.text().to_owned()),
                }
            }
        }

        impl Described for $name {
            fn schema(wire: TableType) -> Value {
                list_schema::<Self>(wire)
            }
        }
    };
}

code_list!(
    /// Whom a seal belongs to: `possessorType` (table 1) and `sealRelateType` (table 7).
    OwnerKind {
        Organisation = 1, "1", "机构", "organisation";
        Person = 2, "2", "个人", "person";
    }
);

code_list!(
    /// The type of a seal.
    SealType {
        Legal = 1, "01", "电子法定名称章", "seal of the legal name";
        Finance = 2, "02", "电子财务专用章", "finance seal";
        Invoice = 3, "03", "电子发票专用章", "invoice seal";
        Contract = 4, "04", "电子合同专用章", "contract seal";
        LegalRepresentative = 5, "05", "电子名章", "name seal of the legal representative";
        Business = 6, "06", "业务专用章", "business seal";
        Personal = 7, "07", "个人名章", "personal name seal";
        HandDrawn = 8, "08", "个人手绘章", "hand-drawn personal seal";
    }
);

code_list!(
    /// The type of seal asked for in table 5.
    SealTypeFilter {
        All = 0, "0", "所有", "all";
        Legal = 1, "01", "电子法定名称章", "seal of the legal name";
        Finance = 2, "02", "电子财务专用章", "finance seal";
        Invoice = 3, "03", "电子发票专用章", "invoice seal";
        Contract = 4, "04", "电子合同专用章", "contract seal";
        LegalRepresentative = 5, "05", "电子名章", "name seal of the legal representative";
        Business = 6, "06", "业务专用章", "business seal";
        Personal = 7, "07", "个人名章", "personal name seal";
        HandDrawn = 8, "08", "个人手绘章", "hand-drawn personal seal";
    }
);

code_list!(
    /// The operation of table 1, which calls it a state (resolution 7).
    BizType {
        File = 1, "1", "备案", "file";
        Extend = 2, "2", "延期", "extend";
        Change = 3, "3", "变更", "change";
    }
);

code_list!(
    /// Where a seal's key is kept. A telephone shield (手机盾) counts as cloud (resolution 3).
    CertType {
        Ukey = 1, "1", "UKey", "UKey";
        Cloud = 2, "2", "云证书", "cloud certificate";
    }
);

code_list!(
    /// The kind of key asked for in table 5; absent means all (resolution 17).
    CertTypeFilter {
        All = 0, "0", "所有", "all";
        Ukey = 1, "1", "UKey 证书", "UKey certificate";
        Cloud = 2, "2", "云证书", "cloud certificate";
    }
);

code_list!(
    /// The state of a seal (table 3). 2 is not defined (resolution 12).
    SealState {
        Enabled = 1, "1", "启用", "enabled";
        Revoked = 3, "3", "注销", "revoked";
        Disabled = 4, "4", "停用", "disabled";
    }
);

code_list!(
    /// Whether this caller has fetched the seal's data before (`state` of table 7, resolution 13).
    DownloadState {
        Pending = 1, "1", "待下载", "not fetched yet";
        Fetched = 2, "2", "已下载", "fetched";
    }
);

code_list!(
    /// The algorithm of a certificate's key.
    KeyAlgorithm {
        Rsa = 1, "1", "RSA", "RSA";
        Sm2 = 2, "2", "SM2", "SM2";
    }
);

code_list!(
    /// The form of a signature value: `type` of tables 16 and 18, `signFormat` of table 19 (resolution 26).
    SignFormat {
        P1 = 1, "P1", "签名值", "the bare signature value";
        P7 = 2, "P7", "签名消息", "a SignedData message";
    }
);

code_list!(
    /// What is wanted beside the tables: a report that stands by itself (`report`).
    ReportWanted {
        Signed = 1, "1", "签名报告", "a report signed by who judged";
    }
);

code_list!(
    /// The digest algorithm of `docHash`.
    HashType {
        Md5 = 1, "1", "MD5", "MD5";
        Sha1 = 2, "2", "SHA1", "SHA-1";
        Sha256 = 3, "3", "SHA256", "SHA-256";
        Sm3 = 4, "4", "SM3", "SM3";
    }
);

code_list!(
    /// What kind of device the consent page is made for (table 12).
    ClientType {
        H5 = 1, "H5", "移动端页面", "page for a telephone";
        Pc = 2, "PC", "电脑端页面", "page for a computer";
    }
);

code_list!(
    /// What is wanted from a UKey (table 21).
    UkeyInfoType {
        SigningCertificate = 1, "1", "获取签名公钥证书", "the signing certificate";
        EncryptionCertificate = 2, "2", "获取加密公钥证书", "the encryption certificate";
    }
);

code_list!(
    /// The outcome of one step of a verification (table 28).
    StepStatus {
        Failed = 0, "0", "失败", "not good";
        Passed = 1, "1", "成功", "good";
    }
);

code_list!(
    /// The verdict of a verification: an extension of tables 26 to 28 (resolution 36).
    Indication {
        Valid = 1, "valid", "有效", "valid";
        Invalid = 2, "invalid", "无效", "invalid";
        Indeterminate = 3, "indeterminate", "无法判定", "could not be judged";
    }
);

impl SealType {
    /// Whose seals are of this type: 07 and 08 are persons' (`facts` of the standard: table 1, possessorType).
    pub fn owner(self) -> OwnerKind {
        match self {
            Self::Personal | Self::HandDrawn => OwnerKind::Person,
            _ => OwnerKind::Organisation,
        }
    }
}

impl SealTypeFilter {
    /// Whether seals of `seal_type` are asked for.
    pub fn admits(self, seal_type: SealType) -> bool {
        self == Self::All || self.number() == seal_type.number()
    }

    /// The one type asked for, or `None` for all.
    pub fn only(self) -> Option<SealType> {
        SealType::from_number(self.number())
    }
}

impl From<SealType> for SealTypeFilter {
    fn from(seal_type: SealType) -> Self {
        Self::from_number(seal_type.number()).unwrap_or(Self::All)
    }
}

impl CertTypeFilter {
    /// Whether seals with this kind of key are asked for.
    pub fn admits(self, cert_type: CertType) -> bool {
        self == Self::All || self.number() == cert_type.number()
    }
}

fn allowed<L: CodeList>(wire: TableType) -> String {
    let values: Vec<String> = L::ALL
        .iter()
        .map(|value| match wire {
            TableType::Integer => value.number().to_string(),
            _ => value.text().to_owned(),
        })
        .collect();
    values.join(", ")
}

fn read_list<L: CodeList>(value: &ParamValue, wire: TableType) -> Result<L, Fault> {
    let found = match wire {
        TableType::Integer => L::from_number(integer_of(value)?),
        _ => L::from_text(text_of(value)?),
    };
    found.ok_or_else(|| not_in_list(&allowed::<L>(wire)))
}

fn list_schema<L: CodeList>(wire: TableType) -> Value {
    let meaning: Vec<String> =
        L::ALL.iter().map(|v| format!("{}: {} / {}", v.text(), v.meaning().0, v.meaning().1)).collect();
    let description = meaning.join("; ");
    if wire == TableType::Integer {
        let values: Vec<u8> = L::ALL.iter().map(|v| v.number()).collect();
        return json!({ "type": "integer", "enum": values, "description": description });
    }
    let values: Vec<&str> = L::ALL.iter().map(|v| v.text()).collect();
    json!({ "type": "string", "enum": values, "description": description })
}

/// Either form of a coded value, for reading answers.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Text(String),
}

impl Either {
    fn list<L: CodeList>(&self) -> Option<L> {
        match self {
            Self::Number(number) => L::from_number((*number).into()),
            Self::Text(text) => {
                L::from_text(text).or_else(|| text.parse::<u8>().ok().and_then(|n| L::from_number(n.into())))
            }
        }
    }
}

/// Writes a list value as text, reads text or number.
pub mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::{CodeList, Either};

    /// Writes the text.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<L: CodeList, S: Serializer>(value: &L, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.text())
    }

    /// Reads text or number.
    ///
    /// # Errors
    /// When it is not in the list.
    pub fn deserialize<'de, L: CodeList, D: Deserializer<'de>>(deserializer: D) -> Result<L, D::Error> {
        Either::deserialize(deserializer)?.list().ok_or_else(|| D::Error::custom("value not in the list"))
    }
}

/// Writes a list value as a number, reads text or number.
pub mod as_integer {
    use serde::{Deserializer, Serializer};

    use super::CodeList;

    /// Writes the number.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<L: CodeList, S: Serializer>(value: &L, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(value.number())
    }

    /// Reads text or number.
    ///
    /// # Errors
    /// When it is not in the list.
    pub fn deserialize<'de, L: CodeList, D: Deserializer<'de>>(deserializer: D) -> Result<L, D::Error> {
        super::as_text::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    #[test]
    fn one_list_serves_both_forms() {
        let text = ParamValue::Text("2".into());
        let number = ParamValue::Integer(2);
        assert_eq!(OwnerKind::read(&text, TableType::String), Ok(OwnerKind::Person));
        assert_eq!(OwnerKind::read(&number, TableType::Integer), Ok(OwnerKind::Person));
        assert_eq!(OwnerKind::read(&text, TableType::Integer).unwrap_err().code, Code::Malformed);
        assert_eq!(OwnerKind::read(&number, TableType::String).unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn zero_is_no_seal_type_and_two_no_state() {
        let zero = ParamValue::Text("0".into());
        assert_eq!(SealType::read(&zero, TableType::String).unwrap_err().code, Code::NotInList);
        assert_eq!(SealTypeFilter::read(&zero, TableType::String), Ok(SealTypeFilter::All));
        let two = ParamValue::Integer(2);
        assert_eq!(SealState::read(&two, TableType::Integer).unwrap_err().code, Code::NotInList);
    }

    #[test]
    fn signature_forms_ignore_case() {
        assert_eq!(SignFormat::from_text("p7"), Some(SignFormat::P7));
        assert_eq!(SignFormat::from_text("P9"), None);
    }

    #[test]
    fn filters_admit_their_own() {
        for &seal_type in SealType::ALL {
            assert!(SealTypeFilter::All.admits(seal_type));
            assert!(SealTypeFilter::from(seal_type).admits(seal_type));
            assert_eq!(SealTypeFilter::from(seal_type).only(), Some(seal_type));
        }
        assert!(!SealTypeFilter::Legal.admits(SealType::Finance));
        assert!(!CertTypeFilter::Ukey.admits(CertType::Cloud));
    }
}
