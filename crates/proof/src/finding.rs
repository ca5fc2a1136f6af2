//! What a check comes to: each step with a stable id, its words, and whether it holds.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use verify::{Detail, Status, Verdict};

use crate::model::Medium;

/// One step of the check. Ids are part of the product's interface: they are added, never renamed.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable id.
    pub id: &'static str,
    /// What is checked, Chinese.
    pub zh: &'static str,
    /// What is checked, English.
    pub en: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $zh:literal, $en:literal;)*) => {
        $(pub(crate) const $name: &Rule = &Rule { id: $id, zh: $zh, en: $en };)*
        /// Every step, in the order in which they are told.
        pub const fn rules() -> &'static [&'static Rule] {
            &[$($name),*]
        }
    };
}

rules! {
    PLATFORM_KEY = "platform.key", "平台密钥", "the platform's keys are the ones that were handed over";
    BUNDLE_SIGNATURE = "bundle.signature", "平台对证据包的签名", "the platform signed this file";
    LOG_ENTRIES = "log.entries", "存证记录未被改动", "the entries of the evidence log are as they were written";
    LOG_INCLUSION = "log.inclusion", "存证记录在检查点之内", "the entries stand in the log that the checkpoints cover";
    LOG_CHECKPOINTS = "log.checkpoints", "检查点由平台签名", "the platform signed the checkpoints";
    LOG_STAMPS = "log.stamps", "检查点的时间戳", "time stamps over the checkpoints";
    KEYS = "keys.registered", "各系统密钥的登记", "the systems' keys were registered with proof and approved";
    SEAL_REQUEST = "seal.request", "获取印章请求与签名ID", "the caller's signed request for the seal, and the signId handed over";
    CONSENT_REQUEST = "consent.request", "意愿认证申请", "the caller's signed application for consent, and the answer";
    CONSENT_GIVEN = "consent.given", "意愿认证凭证", "the seal system's signed answer that the signer agreed";
    CONSENT_DOCUMENT = "consent.document", "意愿所及的文档", "the consent is for what was signed";
    CONSENT_RECORD = "consent.record", "签署人如何确认", "how the signer agreed, as the seal system states it";
    SIGN_REQUEST = "sign.request", "签名请求", "the caller's signed request for the signature";
    SIGN_ANSWER = "sign.answer", "印章系统返回的签名", "the seal system's signed answer with the signature";
    FORWARDED = "sign.forwarded", "平台转发的请求", "the platform forwarded what its caller signed";
    UKEY_QUESTION = "ukey.question", "印章系统核验签名ID的请求", "the seal system's signed question before its UKey signs";
    UKEY_AUTHORISED = "ukey.authorised", "准许 UKey 签署的记录", "the log's record of what the UKey was allowed to sign";
    RELEASED = "sign.released", "签名的存证记录", "the log's record of the signature";
    ANSWER = "answer.caller", "平台对调用方的应答", "the platform's signed answer to its caller";
    VALUE = "signature.value", "签名值", "the signature is of the digest or message, by the filed certificate";
    CERTIFICATE = "signature.certificate", "签名证书", "the signer's certificate when it was signed";
    MESSAGE = "signature.seal", "签名与印章相符", "the certificate belongs to the seal, and the message names the seal";
    SEAL = "seal.data", "印章", "the seal and its maker's signature";
    FILED = "seal.filed", "印章备案", "the seal is the one that was filed";
    REGISTER = "register.state", "签名时的印章状态", "the seal was in force when it was signed";
    STAMP = "time-stamp", "签名的时间戳", "the time stamp over the signature";
    TIMES = "times", "先后顺序", "one thing came after another, in time";
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub rule: &'static Rule,
    /// Whether it holds.
    pub status: Status,
    /// The particulars.
    pub detail: Detail,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Finding", 6)?;
        out.serialize_field("id", self.rule.id)?;
        out.serialize_field("status", self.status.as_str())?;
        out.serialize_field("aboutZh", self.rule.zh)?;
        out.serialize_field("about", self.rule.en)?;
        out.serialize_field("detailZh", &self.detail.zh)?;
        out.serialize_field("detail", &self.detail.en)?;
        out.end()
    }
}

/// What was signed, for people: as the bundle says, whether it holds or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The platform.
    pub platform: String,
    /// Who asked.
    pub caller: String,
    /// The seal's system.
    pub system: String,
    /// The seal.
    pub seal_code: String,
    /// Its name.
    pub seal_name: String,
    /// 签名ID.
    pub sign_id: String,
    /// A UKey signed, out of the platform's sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// When the signature was handed out; by a UKey, when it was allowed.
    #[serde(serialize_with = "as_text")]
    pub signed_at: Timestamp,
    /// P1 or P7.
    pub format: Option<String>,
    /// The digest that a consent to it names, lower hexadecimal.
    pub digest: Option<String>,
    /// Of a seal signature, the digest of the document in it.
    pub document_digest: Option<String>,
}

fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_string())
}

/// The whole result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Valid when everything holds, invalid when something is broken, else indeterminate.
    pub verdict: Verdict,
    /// What was signed.
    pub summary: Summary,
    /// The steps.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The result of a step.
    pub fn status(&self, id: &str) -> Option<Status> {
        self.findings.iter().find(|finding| finding.rule.id == id).map(|finding| finding.status)
    }
}

/// Why a step does not hold.
#[derive(Debug, Clone)]
pub(crate) enum Lack {
    /// It is broken.
    Bad(Detail),
    /// It cannot be told.
    Unknown(Detail),
    /// It is not there, and need not be.
    Absent(Detail),
}

impl Lack {
    pub(crate) fn bad(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Bad(Detail::new(zh, en))
    }

    pub(crate) fn unknown(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Unknown(Detail::new(zh, en))
    }

    pub(crate) fn absent(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Absent(Detail::new(zh, en))
    }
}

/// The result of a step before it is told.
pub(crate) type Step<T = Detail> = Result<T, Lack>;

impl Finding {
    pub(crate) fn of(rule: &'static Rule, step: Step) -> Self {
        let (status, detail) = match step {
            Ok(detail) => (Status::Good, detail),
            Err(Lack::Bad(detail)) => (Status::Bad, detail),
            Err(Lack::Unknown(detail)) => (Status::Unknown, detail),
            Err(Lack::Absent(detail)) => (Status::Note, detail),
        };
        Self { rule, status, detail }
    }
}
