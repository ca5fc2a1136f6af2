//! Signing with a cloud certificate (6.2.2.3, tables 16 to 18).

use crypto::sm3;

use crate::error::FieldError;
use crate::identity::{IdCard, Uscc};
use crate::ids::{AuthCode, AuthId, SignId};
use crate::lists::{HashType, SignFormat};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;
use crate::values::Base64Data;

request_table! {
    /// Table 16: signs with a cloud seal.
    table 16 clause "6.2.2.3" interface "cloud_sign" head Full
    pub struct CloudSignRequest {
        /// The seal (印章唯一赋码).
        seal_code: SealCode = required "sealCode" String,
        /// The consent (本次认证标识ID).
        auth_id: AuthId = required "authId" String,
        /// The consent's voucher (意愿认证凭证).
        auth_code: AuthCode = required "authCode" String,
        /// The form wanted (签名值结构类型); case is ignored.
        format: SignFormat = required "type" String,
        /// P1: the message M itself (待签名数据), of which the signer computes SM3(Z‖M). P7: the digest of the
        /// document with the seal applied, 32 bytes. Base64.
        doc_hash: Base64Data = required "docHash" String,
        /// The signer's identity number (身份证号码).
        credent_no: IdCard = required "credentNo" String,
        /// The organisation (企业统一社会信用代码); required for seals of organisations.
        org_code: Option<Uscc> = optional "orgCode" String,
        /// From getting the seal (签名ID).
        sign_id: SignId = required "signId" String,
        /// The digest algorithm (Hash类型).
        hash_type: HashType = required "hashType" Integer,
    }
}

impl Rules for CloudSignRequest {
    fn check(&self) -> Vec<FieldError> {
        super::check_hash(self.hash_type, Some(self.format), Some(&self.doc_hash))
    }
}

impl CloudSignRequest {
    /// The digest by which a consent (table 10's extensions `docHash` and `docHashes`) names what is signed: the digest
    /// itself for P7, the SM3 of the message for P1. A seal signature may also be named by the digest inside.
    pub fn digest(&self) -> Vec<u8> {
        match self.format {
            SignFormat::P7 => self.doc_hash.bytes().to_vec(),
            SignFormat::P1 => sm3::digest(self.doc_hash.bytes()).to_vec(),
        }
    }
}

answer_table! {
    /// Table 18: the signature.
    table 18 clause "6.2.2.3" interface "cloud_sign" part "response.data"
    pub struct SignatureValueData {
        /// Its form (签名数据格式类型).
        #[serde(with = "crate::lists::as_text")]
        format: SignFormat = answer "type" String,
        /// The signature, Base64 (签名数据): DER of r and s for P1, a detached SignedData for P7.
        sign_data: Base64Data = answer "signData" String,
        /// A time stamp (GB/T 20520) over the signature value, Base64 DER: over the octets of `signData` for P1 (to
        /// be put into `timeStamp` of GB/T 38540), over the signature in the one signerInfo for P7 (to be put among
        /// its unsigned attributes). Made by the platform where its operator has it so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_stamp: Option<Base64Data> = extension "timeStamp" String,
        /// Why there is no time stamp although the operator wishes one: the authority gave none in order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_stamp_hint: Option<String> = extension "timeStampHint" String,
    }
}

impl SignatureValueData {
    /// A signature without time stamp.
    pub fn new(format: SignFormat, signature: Vec<u8>) -> Self {
        let sign_data = Base64Data::from(signature);
        Self { format, sign_data, time_stamp: None, time_stamp_hint: None }
    }
}
