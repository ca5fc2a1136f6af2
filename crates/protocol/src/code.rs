//! The result codes (wire profile §8).
//!
//! "0" is success; every other code is a [`Code`]. Its first digit says who must act. The table below is the
//! one place where a code is described: the HTTP status, the texts, `docs/error-codes.md` and the OpenAPI
//! document all come from it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The code of a successful answer.
pub const SUCCESS: &str = "0";

/// Who has to do something about an error: the first digit of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// 1: whoever runs the calling system: its registration, keys, addresses, clock.
    Caller,
    /// 2: whoever wrote the calling program.
    Program,
    /// 3: the owner of the seal, or the system that filed it.
    SealOwner,
    /// 4: the signer, or the application that collects consent.
    Signer,
    /// 5: whoever supplied the document.
    DocumentOwner,
    /// 6: the operator of the seal system behind the platform.
    SealSystem,
    /// 9: the operator of the answering system.
    Operator,
}

impl Actor {
    /// The actor in Chinese and English.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Caller => ("调用方运维人员", "the operator of the calling system"),
            Self::Program => ("调用方开发人员", "the developer of the calling program"),
            Self::SealOwner => ("印章所有者或备案系统", "the seal's owner or filing system"),
            Self::Signer => ("签署人", "the signer"),
            Self::DocumentOwner => ("文档提供者", "whoever supplied the document"),
            Self::SealSystem => ("印章系统运维人员", "the operator of the seal system"),
            Self::Operator => ("本系统运维人员", "the operator of this system"),
        }
    }
}

macro_rules! codes {
    ($( $name:ident $number:literal $status:literal $retry:ident $zh:literal $en:literal
        cause $cause:literal cure $cure:literal; )*) => {
        /// A result code other than success.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $( #[doc = concat!($number, ": ", $en, " (", $zh, ").")] $name, )*
        }

        impl Code {
            /// Every code, in ascending order.
            pub const ALL: &[Self] = &[$( Self::$name ),*];

            /// The code as it stands in `code`.
            pub fn text(self) -> &'static str {
                match self { $( Self::$name => stringify!($number), )* }
            }

            /// The HTTP status that goes with it, unless the transport has a better one (404, 405).
            pub fn http_status(self) -> u16 {
                match self { $( Self::$name => $status, )* }
            }

            /// The meaning in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $( Self::$name => $zh, )* }
            }

            /// The meaning in English.
            pub fn en(self) -> &'static str {
                match self { $( Self::$name => $en, )* }
            }

            /// What usually brings the code about, for the documentation.
            pub fn cause(self) -> &'static str {
                match self { $( Self::$name => $cause, )* }
            }

            /// What helps, for the documentation.
            pub fn cure(self) -> &'static str {
                match self { $( Self::$name => $cure, )* }
            }

            /// Whether the same request, with a new time and nonce, may succeed without anybody acting.
            pub fn retryable(self) -> bool {
                match self { $( Self::$name => codes!(@retry $retry), )* }
            }
        }
    };
    (@retry again) => { true };
    (@retry never) => { false };
}

codes! {
    UnknownCaller 10001 401 never "appId 未登记" "appId unknown"
        cause "The appId is not registered here, or belongs to another environment."
        cure "Check the appId and the base address (sandbox or production).";
    VersionUnsupported 10002 400 never "接口版本不支持" "version not supported"
        cause "`version` is not 1.0."
        cure "Send `version` as the string 1.0.";
    SignatureWrong 10003 401 never "签名值错误" "signature wrong"
        cause "`sign` is not a strict DER SM2 signature in standard Base64 over the canonical string by an active key of the caller."
        cure "Compare the canonical string byte by byte (path, audience, sorted keys, last line feed), the user id and the encoding; the sandbox says which of them is wrong.";
    KeyNotValid 10004 401 never "调用方密钥或证书当前无效" "caller's key or certificate not valid now"
        cause "The key that signed is retired, revoked or not yet valid, or the caller has no active key."
        cure "Register a new key, or sign with the active one.";
    TimeOutsideWindow 10005 401 never "时间戳超出允许范围" "time outside the window"
        cause "`time` differs from the receiver's clock by more than 300 seconds."
        cure "Synchronise the clock; GET /api/v1/time tells the receiver's.";
    Replayed 10006 401 never "请求重复" "replayed"
        cause "A request with this appId, time and nonce was accepted before."
        cure "Make a new nonce and time for every request, retries too.";
    CallerNotLive 10007 403 never "系统未上线或已暂停" "system not live, or suspended"
        cause "The calling system has not finished onboarding, or was suspended."
        cure "Ask the platform's operator.";
    AddressNotAllowed 10008 403 never "来源地址不在白名单" "address not allowed"
        cause "The request came from an address that is not in the system's list; an empty list allows none."
        cure "Register the outgoing address.";
    TooManyRequests 10009 429 again "请求过于频繁" "too many requests"
        cause "The caller's rate limit is used up."
        cure "Wait `retryAfterMs` and send a new request.";
    InterfaceNotGranted 10010 403 never "接口未授权" "interface not granted"
        cause "The interface is not among those granted to the calling system."
        cure "Apply for the interface.";
    ParameterMissing 20001 400 never "缺少必填参数" "parameter missing"
        cause "A required parameter is absent, null or empty; `data.errors` names each."
        cure "Send the parameter.";
    Malformed 20002 400 never "参数格式错误" "malformed"
        cause "A value has the wrong type, length or form, or the body is not a flat JSON object; `data.errors` says where."
        cure "Correct the value; see the interface's table.";
    NotInList 20003 400 never "参数取值不在允许范围内" "value not in the list"
        cause "A coded value is not one of its list."
        cure "Use one of the values in the interface's table.";
    Contradiction 20004 400 never "参数相互矛盾" "parameters contradict each other"
        cause "Each value is right by itself but they do not go together."
        cure "Read the message: it names the parameters.";
    CheckDigitWrong 20005 400 never "证件号码校验位错误" "identity number's check digit wrong"
        cause "The check digit of an identity card number or unified social credit code is wrong."
        cure "Correct the number.";
    TooLarge 20010 413 never "请求体或文件过大" "body or file too large"
        cause "The body or the file is larger than the interface takes."
        cure "Send less; the limits are in the OpenAPI document.";
    AlgorithmNotAllowed 20011 400 never "算法不允许使用" "algorithm not allowed"
        cause "`hashType` names MD5 or SHA-1, or an algorithm, or `type` a form, that the operator does not allow for this type of seal."
        cure "Use SM3 (4) with SM2; ask the operator which forms are allowed.";
    SealNotFound 30001 200 never "印章不存在" "seal not found"
        cause "No seal with this code is filed."
        cure "Check the seal code.";
    SealCodeMalformed 30002 200 never "印章编码格式错误" "sealCode malformed (length, alphabet, check character)"
        cause "The seal code has the wrong length, alphabet or check character."
        cure "Copy the 24 characters as they were given at filing.";
    NotYourSeal 30003 200 never "印章不属于本系统" "not this system's seal"
        cause "Only the system that filed a seal may extend, change or switch it."
        cure "Let the filing system do it.";
    FiledOtherwise 30004 200 never "印章已备案且内容不同" "already filed with other content"
        cause "The same business code, or the same seal, was filed before with other content."
        cure "Use the change operation, or another business code.";
    StateForbids 30005 200 never "印章当前状态不允许此操作" "not allowed in the seal's state"
        cause "For example any change of a revoked seal."
        cure "A revoked seal stays revoked: make and file a new one.";
    SealDisabled 30006 200 never "印章已停用" "seal disabled"
        cause "The seal is disabled."
        cure "Its filing system may enable it again.";
    SealExpired 30007 200 never "印章已过期" "seal expired"
        cause "The seal's validity has ended or not begun."
        cure "Extend the seal.";
    SealSystemSuspended 30008 200 never "印章所属系统已暂停" "seal's system suspended"
        cause "The system that filed the seal is suspended."
        cure "Ask the platform's operator.";
    SealDataWrong 30010 200 never "印章数据不符合要求" "seal data not in order (parse, maker's signature)"
        cause "The seal data do not parse, the maker's signature is wrong or its maker not trusted, or they do not match the filing."
        cure "File the seal data as made, and have the maker's certificate registered.";
    ConsentPending 40001 200 never "意愿认证尚未完成" "consent still pending"
        cause "The signer has not decided yet."
        cure "Ask again later.";
    ConsentRefused 40002 200 never "意愿认证被拒绝或失败" "consent refused or failed"
        cause "The signer refused, or failed the check."
        cure "Apply again if the signer wishes.";
    AuthIdUnknown 40003 200 never "authId 不存在或已过期" "authId unknown or expired"
        cause "The authId was never given to this caller, or its 10 minutes are over."
        cure "Apply for consent again.";
    AuthCodeUnknown 40004 200 never "authCode 不存在、已过期或已使用" "authCode unknown, expired or used"
        cause "The authCode is not the one of this authId, its 5 minutes are over, or it was used."
        cure "Apply for consent again.";
    ConsentForOther 40005 200 never "意愿认证与印章、系统或文档不一致" "consent is for another seal, system or document"
        cause "The signer agreed to something else than what is being signed."
        cure "Apply for consent to this seal and document.";
    SignIdUnknown 40006 200 never "signId 不存在、已过期、已使用或与其他请求绑定" "signId unknown, expired, used or bound to another"
        cause "The signId was not issued to this caller for this seal, its 30 minutes are over, or it signed something else."
        cure "Get the seal again for a new signId.";
    NotPdfOrOfd 50001 200 never "不是 PDF 或 OFD 文件" "not a PDF or OFD"
        cause "The content is neither PDF nor OFD, whatever the name says."
        cure "Send the document itself.";
    FileDamaged 50002 200 never "文件损坏或已加密" "file damaged or encrypted"
        cause "The file cannot be opened."
        cure "Send the file undamaged and without a password.";
    SealSystemUnreachable 60001 503 again "印章系统不可达或超时" "seal system unreachable or late"
        cause "The seal system did not answer in time."
        cure "Send the request again, with a new nonce and the same business key.";
    SealSystemRefused 60002 200 never "印章系统拒绝" "seal system refused (its code is passed on)"
        cause "The seal system refused; its code is in `data.upstream`."
        cure "Act on the seal system's code.";
    SealSystemAnswerWrong 60003 200 never "印章系统应答格式错误或签名错误" "seal system's answer malformed or wrongly signed"
        cause "The seal system's answer does not parse, or is not signed with a registered key over this request."
        cure "The seal system's operator checks its keys and version.";
    SealSystemSignatureWrong 60004 200 never "印章系统返回的签名验证失败" "signature from the seal system does not verify"
        cause "The signature value does not verify with the certificate filed for the seal."
        cure "The seal system's operator checks the seal's key, and files the change.";
    TimeStampMissing 60005 503 again "未取得合格的时间戳" "no time stamp in order was to be had"
        cause "The operator demands a time stamp over every signature, and the time-stamping authority did not answer, or gave none that is in order."
        cure "Send the request again, with a new nonce and the same business key: the signature is kept, and stamped then.";
    FederationLoop 60006 200 never "请求在平台之间循环或转发过多" "the request goes round between platforms, or too far"
        cause "A platform was asked to pass on a request that has passed through it before, or through more platforms than it allows."
        cure "The platforms' operators check which code spaces each accepts from whom.";
    Busy 90001 503 again "系统繁忙或维护中,请稍后重试" "busy or in maintenance, try again"
        cause "Overload, maintenance, a store that is not sure, or a request body that came too slowly."
        cure "Wait `retryAfterMs` and send a new request with the same business key.";
    Fault 99999 500 never "系统内部错误" "fault in the platform"
        cause "A fault of this system; it was logged with the request id."
        cure "Tell the operator the request id.";
}

impl Code {
    /// Who has to act.
    pub fn actor(self) -> Actor {
        match self.text().as_bytes().first() {
            Some(b'1') => Actor::Caller,
            Some(b'2') => Actor::Program,
            Some(b'3') => Actor::SealOwner,
            Some(b'4') => Actor::Signer,
            Some(b'5') => Actor::DocumentOwner,
            Some(b'6') => Actor::SealSystem,
            _ => Actor::Operator,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.text(), self.en())
    }
}

/// The text is not a code of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a result code of the profile")]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|code| code.text() == text).ok_or(UnknownCode)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ascending_and_read_back() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].text() < pair[1].text()));
        for &code in Code::ALL {
            assert_eq!(code.text().parse(), Ok(code));
        }
        assert_eq!("0".parse::<Code>(), Err(UnknownCode));
        assert_eq!(Code::ALL.len(), 42, "as many as the profile has");
    }

    #[test]
    fn statuses_are_those_of_the_profile() {
        for code in Code::ALL {
            assert!([200, 400, 401, 403, 413, 429, 500, 503].contains(&code.http_status()), "{code:?}");
        }
        assert_eq!(Code::Replayed.actor(), Actor::Caller);
        assert_eq!(Code::Fault.actor(), Actor::Operator);
    }
}
