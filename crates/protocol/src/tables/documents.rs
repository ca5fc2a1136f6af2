//! Verification of documents (6.4, tables 24 to 28).

use crate::lists::{Indication, ReportWanted, StepStatus};
use crate::schema::{Rules, answer_table, request_table};
use crate::values::{Base64Data, BeijingTime, FileHash};

request_table! {
    /// Table 24: verifies a PDF or OFD. Sent as multipart/form-data: the scalar parts first, then the file.
    table 24 clause "6.4" interface "document_verify" head Full
    pub struct DocumentVerifyRequest {
        /// The file; its SM3 in lower-case hexadecimal enters the signed string.
        file: FileHash = required "file" MultipartFile,
        /// Whether the report is wanted as a file of its own, signed by who judged.
        report: Option<ReportWanted> = extension "report" String,
    }
}

impl Rules for DocumentVerifyRequest {}

answer_table! {
    /// Table 26: the result for a document. One without signatures has signCount 0 and verifyResult false.
    table 26 clause "6.4" interface "document_verify" part "response.data"
    pub struct DocumentReport {
        /// The name it was sent under (文件名称): display text of the caller's.
        file_name: String = answer "fileName" String,
        /// Bytes (文件大小).
        file_size: u64 = answer "fileSize" Long,
        /// Number of signatures (签章次数).
        sign_count: u32 = answer "signCount" Integer,
        /// Whether all of them are good, and there is one (验签结果).
        verify_result: bool = answer "verifyResult" Boolean,
        /// Each signature (签章明细).
        #[serde(default)]
        details: Vec<SignatureDetail> = answer "details" Array,
        /// The verdict, which also knows "could not be judged".
        #[serde(with = "crate::lists::as_text")]
        indication: Indication = extension "indication" String,
        /// Why the document is not valid, in one stable word (the sub-indications of ETSI EN 319 102-1, and more).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_indication: Option<String> = extension "subIndication" String,
        /// What the verdict rests on, or why there is nothing to judge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String> = extension "hint" String,
        /// The report as JSON, Base64, where it was asked for: every finding, and all that judging again needs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<Base64Data> = extension "report" String,
        /// The key that signed the report: lower-case hexadecimal SM3 of its SubjectPublicKeyInfo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report_key_id: Option<String> = extension "reportKeyId" String,
        /// The signature over the report's exact bytes (`CCUA-SEAL-REPORT-1`), Base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report_sign: Option<String> = extension "reportSign" String,
    }
}

answer_table! {
    /// Table 27: one signature. What could not be read is absent.
    table 27 clause "6.4" interface "document_verify" part "response.data.details[]"
    pub struct SignatureDetail {
        /// The seal's type (印章类型): the code where the filing is known, else the name in the seal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal_type: Option<String> = answer "sealType" String,
        /// When it was signed (签名时间).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sign_time: Option<BeijingTime> = answer "signTime" String,
        /// Whose software signed (服务商).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String> = answer "provider" String,
        /// The signing certificate's issuer (证书颁发者信息).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_issuer: Option<String> = answer "certIssuer" String,
        /// The signing certificate's subject (证书使用者信息).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_owner: Option<String> = answer "certOwner" String,
        /// Its serial number in upper-case hexadecimal (证书序列号).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_sn: Option<String> = answer "certSn" String,
        /// Start of its validity (证书开始时间).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_valid_start: Option<BeijingTime> = answer "certValidStart" String,
        /// End of its validity (证书结束时间).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_valid_end: Option<BeijingTime> = answer "certValidEnd" String,
        /// The seal's picture, Base64 (印章图片).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal_pic_base64: Option<String> = answer "sealPicBase64" String,
        /// The platform's code, where the seal is filed (印章编码).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal_code: Option<String> = answer "sealCode" String,
        /// Each step of the verification (验签流程).
        #[serde(default)]
        flow_vo_list: Vec<VerifyStep> = answer "flowVoList" Array,
        /// The verdict on this signature.
        #[serde(with = "crate::lists::as_text")]
        indication: Indication = extension "indication" String,
        /// Why the signature is not valid, in one stable word (the sub-indications of ETSI EN 319 102-1, and more).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_indication: Option<String> = extension "subIndication" String,
    }
}

answer_table! {
    /// Table 28: one step of a verification.
    table 28 clause "6.4" interface "document_verify" part "response.data.details[].flowVoList[]"
    pub struct VerifyStep {
        /// What is looked at (当前验证环节).
        step: String = answer "step" String,
        /// What was found (提示).
        hint: String = answer "hint" String,
        /// Whether it is good (状态).
        #[serde(with = "crate::lists::as_integer")]
        status: StepStatus = answer "status" Integer,
        /// A stable name of the step, for programs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step_id: Option<String> = extension "stepId" String,
        /// The verdict on this step.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_indication")]
        indication: Option<Indication> = extension "indication" String,
        /// Why the step is not valid, in one stable word (the sub-indications of ETSI EN 319 102-1, and more).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_indication: Option<String> = extension "subIndication" String,
    }
}

/// `Option<Indication>` as text.
mod optional_indication {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::lists::Indication;

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Indication>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(indication) => serializer.serialize_str(indication.text()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Indication>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Indication::from_text(&text).ok_or_else(|| D::Error::custom("value not in the list")))
            .transpose()
    }
}
