//! Getting seals (6.1.4, tables 5 to 9).

use super::contradiction;
use crate::error::FieldError;
use crate::identity::{IdCard, OrgCode};
use crate::ids::{DeviceId, SealName, SignId, UkeyId};
use crate::lists::{
    CertType, CertTypeFilter, DownloadState, KeyAlgorithm, OwnerKind, SealType, SealTypeFilter,
};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;
use crate::values::{Base64Data, BeijingTime, CertNumber};

request_table! {
    /// Table 5: asks for the seals of an organisation, or of a person in it.
    table 5 clause "6.1.4" interface "seal_query" head Full
    pub struct SealQueryRequest {
        /// The telephone shield (设备ID,手机盾); comes with idCard.
        device_id: Option<DeviceId> = optional "deviceId" String,
        /// The person's identity number (用户证件号); required for personal seals and for a telephone shield.
        id_card: Option<IdCard> = optional "idCard" String,
        /// The organisation (企业组织机构代码): credit code of 18 or organisation code of 9 characters.
        org_code: OrgCode = required "orgCode" String,
        /// The type of seal wanted, 0 for all (印章类型).
        seal_type: SealTypeFilter = required "sealType" String,
        /// The kind of key wanted (印章证书类型); all when absent.
        cert_type: Option<CertTypeFilter> = optional "certType" Integer,
        /// Serial number of the certificate wanted (证书序列号).
        cert_number: Option<CertNumber> = optional "certNumber" String,
        /// The UKey wanted (UKey 设备编号).
        ukey_id: Option<UkeyId> = optional "UKeyId" String,
    }
}

impl SealQueryRequest {
    /// The kind of key wanted: all when the caller did not say (resolution 17).
    pub fn cert_type(&self) -> CertTypeFilter {
        self.cert_type.unwrap_or(CertTypeFilter::All)
    }
}

impl Rules for SealQueryRequest {
    fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        // Resolution 3: a telephone shield is named by device and person together.
        if self.device_id.is_some() && self.id_card.is_none() {
            errors.push(contradiction("idCard", "与 deviceId 须同时出现", "comes together with deviceId"));
        }
        // Resolution 16: personal seals are only shown to who knows the owner's number.
        let personal = self.seal_type.only().is_some_and(|t| t.owner() == OwnerKind::Person);
        if personal && self.id_card.is_none() {
            errors.push(contradiction(
                "idCard",
                "个人印章须提供证件号",
                "personal seals need the owner's number",
            ));
        }
        errors
    }
}

answer_table! {
    /// Table 7: one seal.
    table 7 clause "6.1.4" interface "seal_query" part "response.data[]"
    pub struct SealInfo {
        /// For one signature with this seal by this caller (签名ID); 30 minutes.
        sign_id: SignId = answer "signId" String,
        /// The seal's type (印章类型).
        #[serde(with = "crate::lists::as_text")]
        seal_type: SealType = answer "sealType" String,
        /// Whose seal it is (印章所属者类型).
        #[serde(with = "crate::lists::as_text")]
        seal_relate_type: OwnerKind = answer "sealRelateType" String,
        /// The platform's code (印章唯一标识).
        seal_code: SealCode = answer "sealCode" String,
        /// The seal's name (印章名称).
        seal_name: SealName = answer "sealName" String,
        /// The picture, Base64 (印模数据).
        moulage_data: Base64Data = answer "moulageData" String,
        /// Width in millimetres (印模宽度).
        width: u32 = answer "width" Integer,
        /// Height in millimetres (印模高度).
        height: u32 = answer "height" Integer,
        /// Width in pixels, whatever the name says (印模宽度,单位像素).
        dpi_x: u32 = answer "dpiX" Integer,
        /// Height in pixels (印模高度,单位像素).
        dpi_y: u32 = answer "dpiY" Integer,
        /// The seal data, Base64 (电子印章数据).
        seal_data: Base64Data = answer "sealData" String,
        /// End of validity (电子印章有效期).
        seal_invalid_time: BeijingTime = answer "sealInvalidTime" String,
        /// Where the key is kept (印章证书类型).
        #[serde(with = "crate::lists::as_integer")]
        cert_type: CertType = answer "certType" Integer,
        /// Where the UKey agent answers (客户端请求地址); for UKey seals only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dest_host: Option<String> = answer "destHost" String,
        /// The seal system's name (平台名称).
        plat_name: String = answer "platName" String,
        /// The UKey (UKey 设备编号); for UKey seals only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ukey_id: Option<UkeyId> = answer "UKeyId" String,
        /// The key's algorithm, as text here (证书算法).
        #[serde(with = "crate::lists::as_text")]
        algorithm: KeyAlgorithm = answer "algorithm" String,
        /// The signing certificates (当前用户签名公钥证书列表).
        #[serde(default)]
        cert_list: Vec<CertInfo> = answer "certList" Array,
        /// Whether this caller has fetched the seal before (印章状态).
        #[serde(with = "crate::lists::as_integer")]
        state: DownloadState = answer "state" Integer,
        /// Who may use the seal (印章授权信息列表); masked unless the caller was granted personal data.
        #[serde(default)]
        user_list: Vec<AuthorisedUser> = answer "userList" Array,
    }
}

answer_table! {
    /// Table 8: one certificate of a seal.
    table 8 clause "6.1.4" interface "seal_query" part "response.data[].certList[]"
    pub struct CertInfo {
        /// The key's algorithm, as a number here (证书算法).
        #[serde(with = "crate::lists::as_integer")]
        algorithm: KeyAlgorithm = answer "algorithm" Integer,
        /// Serial number in upper-case hexadecimal (证书序列号).
        cert_code: CertNumber = answer "certCode" String,
        /// End of validity (证书失效时间).
        invalid_time: BeijingTime = answer "invalidTime" String,
        /// The certificate, Base64 of the DER (签名公钥证书数据).
        sign_public_key: Base64Data = answer "signPublicKey" String,
        /// The subject's common name (证书使用者CN).
        subject_cn: String = answer "subjectCn" String,
    }
}

answer_table! {
    /// Table 9: somebody who may use a seal. Both texts are personal; masked ones hold stars.
    table 9 clause "6.1.4" interface "seal_query" part "response.data[].userList[]"
    pub struct AuthorisedUser {
        /// Name (授权人名称).
        user_name: crate::masking::Personal<String> = answer "userName" String,
        /// Mobile telephone (授权人手机号码).
        mobile_phone: crate::masking::Personal<String> = answer "mobilePhone" String,
    }
}

/// Where a seal of an answer comes from (extension `sources`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealSource {
    /// The seal.
    pub seal_code: String,
    /// The system that filed it and serves it; empty when its platform does not say.
    pub system: String,
    /// The platforms behind the answering one, the nearest first; the last is the one that the system has joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
}

impl AuthorisedUser {
    /// The same user with name and number masked.
    #[must_use]
    pub fn masked(&self) -> Self {
        use crate::masking::{Personal, mobile, name};
        Self {
            user_name: Personal::new(name(self.user_name.expose())),
            mobile_phone: Personal::new(mobile(self.mobile_phone.expose())),
        }
    }
}
