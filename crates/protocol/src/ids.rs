//! Identifiers and other plain texts of the tables.

use crate::error::Fault;
use crate::masking;
use crate::text::{any, identifier, printable_ascii, text_newtype};

text_newtype!(
    /// Identifies a system (`appId`); also the audience line of the signed strings, where it names the receiver.
    AppId, 64, identifier,
    "只能包含字母、数字、点、下划线和连字符", "letters, digits, dot, underscore and hyphen only"
);

text_newtype!(
    /// The caller's own number of a seal (业务系统印章编码), the business key of a filing.
    BusinessCode, 64, any, "格式错误", "malformed"
);

text_newtype!(
    /// The name of a seal (印章名称).
    SealName, 128, any, "格式错误", "malformed"
);

text_newtype!(
    /// The device number of a UKey.
    UkeyId, 64, printable_ascii, "只能包含可见 ASCII 字符", "visible ASCII characters only"
);

text_newtype!(
    /// The id of a telephone shield (手机盾).
    DeviceId, 64, printable_ascii, "只能包含可见 ASCII 字符", "visible ASCII characters only"
);

text_newtype!(
    /// The signature id of one seal, valid for one signature of one caller.
    SignId, 128, identifier,
    "只能包含字母、数字、点、下划线和连字符", "letters, digits, dot, underscore and hyphen only"
);

text_newtype!(
    /// The id of one application for consent.
    AuthId, 128, identifier,
    "只能包含字母、数字、点、下划线和连字符", "letters, digits, dot, underscore and hyphen only"
);

text_newtype!(private
    /// The voucher of a given consent: a secret until it is used.
    AuthCode, 128, identifier, masking::secret,
    "只能包含字母、数字、点、下划线和连字符", "letters, digits, dot, underscore and hyphen only"
);

text_newtype!(
    /// Where the signer's browser goes after deciding. The receiver also compares the host with the caller's list.
    RedirectUrl, 2048, https_url, "应为 https 地址", "must be an https address"
);

text_newtype!(
    /// The name of the document the signer is shown: display text.
    DocName, 255, any, "格式错误", "malformed"
);

text_newtype!(
    /// The web origin a UKey request came from (scheme, host, port).
    WebOrigin, 255, web_origin, "应为网页来源", "must be a web origin"
);

text_newtype!(private
    /// A request of table 19 whole, as compact JSON text.
    WholeRequest, 4_194_304, any, masking::secret, "格式错误", "malformed"
);

text_newtype!(checked
    /// A number that grows: of a change, or of a version. Decimal digits, as text.
    Cursor, 19, cursor, "^(0|[1-9][0-9]{0,18})$"
);

text_newtype!(
    /// A short stable word for programs, such as `seal.state` or `suspended`.
    Word, 64, identifier,
    "只能包含字母、数字、点、下划线和连字符", "letters, digits, dot, underscore and hyphen only"
);

text_newtype!(checked
    /// A day in Beijing: `2026-01-31`.
    DayText, 10, day, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
);

impl Cursor {
    /// The number.
    pub fn number(&self) -> i64 {
        self.as_str().parse().unwrap_or(i64::MAX)
    }

    /// A number; what is below zero is zero.
    pub fn of(number: i64) -> Self {
        Self(number.max(0).to_string())
    }
}

/// A decimal number in its one plain form.
fn cursor(text: &str) -> Result<String, Fault> {
    let good = text.parse::<i64>().is_ok_and(|number| number >= 0 && number.to_string() == text);
    if good {
        return Ok(text.to_owned());
    }
    Err(Fault::malformed("cursor", "应为十进制数字", "must be a decimal number"))
}

/// A day of the calendar in its one plain form.
fn day(text: &str) -> Result<String, Fault> {
    let read: Result<jiff::civil::Date, _> = text.parse();
    if read.is_ok_and(|day| day.to_string() == text) {
        return Ok(text.to_owned());
    }
    Err(Fault::malformed("day", "格式应为 YYYY-MM-DD", "must be YYYY-MM-DD"))
}

impl SignId {
    /// Whether the id is long enough to carry 128 bits in one of the usual encodings.
    pub fn carries_128_bits(&self) -> bool {
        self.as_str().len() >= 22
    }
}

impl AuthId {
    /// Whether the id is long enough to carry 128 bits in one of the usual encodings.
    pub fn carries_128_bits(&self) -> bool {
        self.as_str().len() >= 22
    }
}

impl RedirectUrl {
    /// The host, lower case, without port.
    pub fn host(&self) -> String {
        let rest = self.as_str().get(8..).unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default().to_ascii_lowercase()
    }
}

/// Plain https with a host name: no user part, no backslash, nothing that browsers read differently.
fn https_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    printable_ascii(text)
        && !text.contains(['\\', '<', '>', '"'])
        && !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && port.parse::<u16>().is_ok()
}

fn web_origin(text: &str) -> bool {
    printable_ascii(text)
        && text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_ids_keep_to_their_alphabet_and_length() {
        assert!(AppId::try_from("APP2026-0001_x.y").is_ok());
        for bad in ["", "a b", "a\nb", "号", &"a".repeat(65)] {
            assert!(AppId::try_from(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn redirect_addresses_are_plain_https() {
        let good = RedirectUrl::try_from("https://Seal.Example.cn:8443/done?x=1").unwrap();
        assert_eq!(good.host(), "seal.example.cn");
        let bad = [
            "http://example.cn/",
            "https://",
            "https://user@example.cn/",
            "https://example.cn\\@evil.cn/",
            "https://example.cn:99999/",
            "javascript:alert(1)",
            "https://example.cn/ x",
        ];
        for text in bad {
            assert!(RedirectUrl::try_from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_voucher_does_not_print() {
        let code = AuthCode::try_from("0123456789abcdef0123456789abcdef").unwrap();
        assert!(!format!("{code:?}").contains("0123"));
    }

    #[test]
    fn short_ids_are_recognised() {
        assert!(!SignId::try_from("12345").unwrap().carries_128_bits());
        assert!(SignId::try_from("0123456789abcdef0123456789abcdef").unwrap().carries_128_bits());
    }
}
