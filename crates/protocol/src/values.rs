//! Values with an inner form: version, nonce, times, certificate serial numbers, Base64 data.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{self, Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::code::Code;
use crate::error::Fault;
use crate::scalar::{Described, ParamValue, Scalar, TableType, text_of};

/// The version of the interfaces. There is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Version {
    /// The text on the wire.
    pub const TEXT: &'static str = "1.0";
}

impl Scalar for Version {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        if text_of(value)? == Self::TEXT {
            Ok(Self)
        } else {
            Err(Fault::new(Code::VersionUnsupported, "version", "仅支持 1.0", "only 1.0 is supported"))
        }
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(Self::TEXT.to_owned())
    }
}

impl Described for Version {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "const": Self::TEXT })
    }
}

/// A random number below 10^8 that a caller uses once with the same time. On the wire an integer or its decimal
/// string (resolution 39): the same text is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nonce(u32);

impl Nonce {
    /// One more than the greatest nonce.
    pub const LIMIT: u32 = 100_000_000;

    /// The nonce, if `number` is below the limit.
    pub fn new(number: u32) -> Option<Self> {
        (number < Self::LIMIT).then_some(Self(number))
    }

    /// A nonce from random bytes. Reduction of 64 bits modulo 10^8 keeps the bias below 2^-37.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        let reduced = u64::from_be_bytes(bytes) % u64::from(Self::LIMIT);
        Self(u32::try_from(reduced).unwrap_or_default())
    }

    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Scalar for Nonce {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        let fault = || {
            Fault::malformed("nonce", "应为 0 至 99999999 的整数", "must be an integer from 0 to 99999999")
        };
        let number = match value {
            ParamValue::Integer(number) => u32::try_from(*number).map_err(|_| fault())?,
            ParamValue::Text(text) => {
                let number: u32 = text.parse().map_err(|_| fault())?;
                // Only the one plain form: no sign, no leading zero.
                if number.to_string() != *text {
                    return Err(fault());
                }
                number
            }
        };
        Self::new(number).ok_or_else(fault)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Integer(self.0.into())
    }
}

impl Described for Nonce {
    fn schema(_: TableType) -> Value {
        json!({
            "oneOf": [
                { "type": "integer", "minimum": 0, "maximum": Self::LIMIT - 1 },
                { "type": "string", "pattern": "^(0|[1-9][0-9]{0,7})$" },
            ],
        })
    }
}

/// A point in time as decimal milliseconds since 1970 UTC, the `time` of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MillisTime(i64);

impl MillisTime {
    /// `at`, cut to milliseconds.
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }

    /// Reads the text: decimal, no sign, no leading zero, at most 14 digits.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::malformed("time", "应为毫秒时间戳", "must be a time stamp in milliseconds");
        let plain = (1..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !plain || (text.len() > 1 && text.starts_with('0')) {
            return Err(fault());
        }
        text.parse().map(Self).map_err(|_| fault())
    }

    /// Milliseconds since 1970 UTC.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The point in time.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for MillisTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Scalar for MillisTime {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.0.to_string())
    }
}

impl Described for MillisTime {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "pattern": "^(0|[1-9][0-9]{0,13})$" })
    }
}

/// A point in time as `YYYY-MM-DD HH:MM:SS`, local time of Asia/Shanghai (resolution 19), whole seconds.
///
/// The zone is the fixed offset +08:00, which it has been since 1992.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BeijingTime(Timestamp);

impl BeijingTime {
    const FORM: &'static str = "%Y-%m-%d %H:%M:%S";

    const OFFSET: Offset = tz::offset(8);

    /// `at`, cut to seconds.
    pub fn of(at: Timestamp) -> Self {
        Self(Timestamp::from_second(at.as_second()).unwrap_or(at))
    }

    /// Reads the text.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault =
            || Fault::malformed("local-time", "格式应为 YYYY-MM-DD HH:MM:SS", "must be YYYY-MM-DD HH:MM:SS");
        if text.len() != 19 {
            return Err(fault());
        }
        let local = DateTime::strptime(Self::FORM, text).map_err(|_| fault())?;
        let read = Self(Self::OFFSET.to_timestamp(local).map_err(|_| fault())?);
        // Only the one form: what is written back must be what was read.
        if read.to_string() == text { Ok(read) } else { Err(fault()) }
    }

    /// The point in time.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl From<Timestamp> for BeijingTime {
    fn from(at: Timestamp) -> Self {
        Self::of(at)
    }
}

impl fmt::Display for BeijingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Self::OFFSET.to_datetime(self.0).strftime(Self::FORM))
    }
}

impl Scalar for BeijingTime {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.to_string())
    }
}

impl Described for BeijingTime {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$" })
    }
}

impl Serialize for BeijingTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BeijingTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The serial number of a certificate: upper-case hexadecimal of whole bytes, no leading zero bytes
/// (resolution 21). Lower case and leading zeros are accepted on input.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertNumber(String);

impl CertNumber {
    /// Reads at most 64 hexadecimal digits.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.is_empty() || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::malformed(
                "serial",
                "应为十六进制证书序列号",
                "must be a hexadecimal serial number",
            ));
        }
        let digits = text.trim_start_matches('0').to_ascii_uppercase();
        let pad = if digits.is_empty() {
            "00"
        } else if digits.len() % 2 == 1 {
            "0"
        } else {
            ""
        };
        Ok(Self(format!("{pad}{digits}")))
    }

    /// The number in the bytes of a certificate's INTEGER.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let text = hex::encode_upper(bytes);
        Self::parse(&text).unwrap_or(Self(text))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CertNumber {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<CertNumber> for String {
    fn from(number: CertNumber) -> String {
        number.0
    }
}

impl fmt::Display for CertNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scalar for CertNumber {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.0.clone())
    }
}

impl Described for CertNumber {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{1,64}$" })
    }
}

/// Bytes as standard padded Base64 without line breaks; at least one byte. The size is bounded by the body's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Base64Data(Vec<u8>);

impl Base64Data {
    /// Decodes `text`.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match STANDARD.decode(text) {
            Ok(bytes) if !bytes.is_empty() => Ok(Self(bytes)),
            _ => Err(Fault::malformed("base64", "应为标准 Base64", "must be standard Base64 with padding")),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, by value.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The text on the wire.
    pub fn text(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl From<Vec<u8>> for Base64Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Base64Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64Data({} bytes)", self.0.len())
    }
}

impl Scalar for Base64Data {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.text())
    }
}

impl Described for Base64Data {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "contentEncoding": "base64" })
    }
}

impl Serialize for Base64Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Base64Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The SM3 of an uploaded file in lower-case hexadecimal: what stands for the file in the signed string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    /// The text that is signed.
    pub fn text(&self) -> String {
        hex::encode(self.0)
    }
}

impl Scalar for FileHash {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        let fault = || Fault::malformed("file", "缺少文件摘要", "must be the SM3 of the file");
        let text = text_of(value)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| fault())?;
        if hex::encode(hash) == text { Ok(Self(hash)) } else { Err(fault()) }
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.text())
    }
}

impl Described for FileHash {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "contentMediaType": "application/octet-stream" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(value: &ParamValue) -> Result<Nonce, Fault> {
        Nonce::read(value, TableType::Integer)
    }

    #[test]
    fn nonces_are_integers_or_their_plain_text() {
        assert_eq!(nonce(&ParamValue::Integer(0)).unwrap().number(), 0);
        assert_eq!(nonce(&ParamValue::Text("99999999".into())).unwrap().number(), 99_999_999);
        for bad in [ParamValue::Integer(-1), ParamValue::Integer(100_000_000)] {
            assert_eq!(nonce(&bad).unwrap_err().code, Code::Malformed);
        }
        for bad in ["-1", "100000000", "01", "+1", "1.0", "", "1e0", " 1"] {
            assert!(nonce(&ParamValue::Text(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn millisecond_times() {
        assert_eq!(MillisTime::parse("1767225600000").unwrap().to_string(), "1767225600000");
        for bad in ["", "-1", "01", "1e3", "999999999999999", "2026-01-01"] {
            assert!(MillisTime::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn local_times_are_of_shanghai() {
        let at: Timestamp = "2025-12-31T16:00:00.75Z".parse().unwrap();
        assert_eq!(BeijingTime::of(at).to_string(), "2026-01-01 00:00:00");
        assert_eq!(BeijingTime::parse("2026-01-01 00:00:00").unwrap(), BeijingTime::of(at));
        for bad in ["2026-01-01", "2026-02-30 00:00:00", "2026-01-01T00:00:00", "2026-1-01 00:00:000"] {
            assert!(BeijingTime::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn serial_numbers_have_one_normal_form() {
        assert_eq!(CertNumber::parse("00ab1").unwrap().as_str(), "0AB1");
        assert_eq!(CertNumber::from_bytes(&[0, 0xab, 0x10]).as_str(), "AB10");
        assert_eq!(CertNumber::parse("0").unwrap().as_str(), "00");
        assert!(CertNumber::parse("0x12").is_err());
    }

    #[test]
    fn base64_is_the_standard_one() {
        assert_eq!(Base64Data::parse("+/8=").unwrap().bytes(), [0xfb, 0xff]);
        for bad in ["-_8=", "+/8", "+/9=", "+/8=\n", ""] {
            assert!(Base64Data::parse(bad).is_err(), "{bad:?}");
        }
    }
}
