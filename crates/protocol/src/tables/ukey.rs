//! Seals in a UKey: signing (6.3.2.1, tables 19 and 20), information (6.3.2.2, tables 21 to 23), and the
//! verification of a signature id (6.3.1.3), for which the draft has no table (resolution 32).

use super::check_hash;
use crate::error::FieldError;
use crate::ids::{SignId, UkeyId, WebOrigin, WholeRequest};
use crate::lists::{HashType, SignFormat, UkeyInfoType};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;
use crate::values::{Base64Data, BeijingTime, CertNumber};

request_table! {
    /// Table 19: signs with a UKey through the agent on the user's computer.
    table 19 clause "6.3.2.1" interface "ukey_sign" head Short
    pub struct UkeySignRequest {
        /// From getting the seal (签名ID): the guard against replay here.
        sign_id: SignId = required "signId" String,
        /// The digest algorithm (Hash类型); SM3 when absent.
        hash_type: Option<HashType> = optional "hashType" Integer,
        /// The form wanted (签名格式); P1 when absent.
        sign_format: Option<SignFormat> = optional "signFormat" Integer,
        /// The seal (印章唯一赋码).
        seal_code: Option<SealCode> = optional "sealCode" String,
        /// As in table 16, Base64.
        doc_hash: Option<Base64Data> = optional "docHash" String,
    }
}

impl UkeySignRequest {
    /// The digest algorithm: SM3 when the caller did not say (resolution 28).
    pub fn hash_type(&self) -> HashType {
        self.hash_type.unwrap_or(HashType::Sm3)
    }

    /// The form wanted: the bare value when the caller did not say.
    pub fn sign_format(&self) -> SignFormat {
        self.sign_format.unwrap_or(SignFormat::P1)
    }
}

impl Rules for UkeySignRequest {
    fn check(&self) -> Vec<FieldError> {
        check_hash(self.hash_type(), Some(self.sign_format()), self.doc_hash.as_ref())
    }
}

request_table! {
    /// Table 21: asks for a certificate in the UKey.
    table 21 clause "6.3.2.2" interface "ukey_info" head Short
    pub struct UkeyInfoRequest {
        /// Which certificate (操作类型).
        info_type: UkeyInfoType = required "type" String,
    }
}

impl Rules for UkeyInfoRequest {}

answer_table! {
    /// Table 23: a certificate in the UKey.
    table 23 clause "6.3.2.2" interface "ukey_info" part "response.data"
    pub struct UkeyInfo {
        /// The device (UKey 设备编号).
        ukey_id: UkeyId = answer "UKeyId" String,
        /// The certificate asked for, Base64 of the DER.
        cert_data: Base64Data = answer "certData" String,
    }
}

request_table! {
    /// Asks the platform whether a UKey may sign (6.3.1.3, resolution 32), and uses the signature id up.
    table ours clause "6.3.1.3" interface "ukey_sign_id_verify" head Full
    pub struct SignIdVerifyRequest {
        /// The signature id in the request of table 19.
        sign_id: SignId = required "signId" String,
        /// The seal.
        seal_code: SealCode = required "sealCode" String,
        /// What is to be signed, as in table 19.
        doc_hash: Base64Data = required "docHash" String,
        /// The UKey that is plugged in.
        ukey_id: UkeyId = required "UKeyId" String,
        /// The web origin the request came from.
        origin: WebOrigin = required "origin" String,
        /// The request of table 19 whole, as compact JSON text: its own signature is verified too.
        request: WholeRequest = required "request" String,
    }
}

impl Rules for SignIdVerifyRequest {}

answer_table! {
    /// What a UKey may sign, with which certificate (6.3.1.3, resolution 32).
    table ours clause "6.3.1.3" interface "ukey_sign_id_verify" part "response.data"
    pub struct SignIdVerification {
        /// The signature id, now used up.
        sign_id: SignId = answer "signId" String,
        /// The seal.
        seal_code: SealCode = answer "sealCode" String,
        /// The seal's name, to be shown to the user.
        seal_name: String = answer "sealName" String,
        /// Who asked for the signature: the caller's registered name.
        requester: String = answer "requester" String,
        /// What may be signed, as in table 19.
        doc_hash: Base64Data = answer "docHash" String,
        /// The form of the signature.
        #[serde(with = "crate::lists::as_integer")]
        sign_format: SignFormat = answer "signFormat" Integer,
        /// The digest algorithm.
        #[serde(with = "crate::lists::as_integer")]
        hash_type: HashType = answer "hashType" Integer,
        /// Serial number of the certificate to sign with.
        cert_number: CertNumber = answer "certNumber" String,
        /// The certificate to sign with, Base64 of the DER.
        cert_data: Base64Data = answer "certData" String,
        /// Until when.
        expire_time: BeijingTime = answer "expireTime" String,
    }
}
