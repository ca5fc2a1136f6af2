//! Consent of the signer (意愿认证): application (6.2.2.1, tables 10 to 12) and result (6.2.2.2, tables 13 to 15).

use super::contradiction;
use crate::batch::{DocHashes, DocNames};
use crate::error::{Fault, FieldError};
use crate::identity::{IdCard, Mobile, PersonName, Uscc};
use crate::ids::{AuthCode, AuthId, DocName, RedirectUrl, SignId};
use crate::lists::{ClientType, HashType};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;
use crate::values::{Base64Data, BeijingTime};

request_table! {
    /// Table 10: asks for the signer's consent.
    table 10 clause "6.2.2.1" interface "consent_apply" head Full
    pub struct ConsentApplyRequest {
        /// The organisation (企业统一社会信用代码).
        org_code: Option<Uscc> = optional "orgCode" String,
        /// The signer's name (用户姓名).
        name: Option<PersonName> = optional "name" String,
        /// The signer's identity number (身份证号码).
        id_card: Option<IdCard> = optional "idCard" String,
        /// The signer's mobile telephone (手机号).
        mobile: Mobile = required "mobile" String,
        /// The seal (印章唯一标识).
        seal_code: SealCode = required "sealCode" String,
        /// Where the signer's browser goes afterwards (重定向地址): https, host registered by the caller.
        redirect_url: Option<RedirectUrl> = optional "redirectUrl" String,
        /// Binds the consent to a document: the `docHash` of the signing request, or the SM3 of it for P1.
        doc_hash: Option<Base64Data> = extension "docHash" String,
        /// The digest algorithm of docHash; comes with it.
        hash_type: Option<HashType> = extension "hashType" Integer,
        /// The document's name, shown to the signer.
        doc_name: Option<DocName> = extension "docName" String,
        /// Binds the consent to one signature.
        sign_id: Option<SignId> = extension "signId" String,
        /// When the consent ends, if earlier than usual.
        expire_time: Option<BeijingTime> = extension "expireTime" String,
        /// In place of docHash: binds the consent to several documents, each of which may be signed once. Digests as in
        /// docHash, Base64, separated by commas; at most 100.
        doc_hashes: Option<DocHashes> = extension "docHashes" String,
        /// The names of these documents in the same order, separated by `/`, shown to the signer.
        doc_names: Option<DocNames> = extension "docNames" String,
    }
}

impl Rules for ConsentApplyRequest {
    fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.hash_type.is_some() && self.doc_hash.is_none() && self.doc_hashes.is_none() {
            errors.push(contradiction("hashType", "须与 docHash 同时出现", "comes together with docHash"));
        }
        if self.doc_hashes.is_some() {
            let alone = [
                ("docHash", self.doc_hash.is_some()),
                ("docName", self.doc_name.is_some()),
                ("signId", self.sign_id.is_some()),
            ];
            for (name, _) in alone.into_iter().filter(|(_, is_there)| *is_there) {
                errors.push(contradiction(name, "不能与 docHashes 同时出现", "does not go with docHashes"));
            }
        }
        let (hashes, names) = (self.doc_hashes.as_ref(), self.doc_names.as_ref());
        let count = |hashes: &DocHashes| hashes.digests().len();
        if names.is_some_and(|names| Some(names.names().len()) != hashes.map(count)) {
            errors.push(contradiction("docNames", "须与 docHashes 一一对应", "must be as many as docHashes"));
        }
        if self.doc_hash.as_ref().is_some_and(|hash| hash.bytes().len() != 32) {
            let fault = Fault::malformed("doc-hash", "应为 32 字节杂凑值", "must be a digest of 32 bytes");
            errors.push(fault.on("docHash"));
        }
        if let Some(hash_type) = self.hash_type {
            errors.extend(super::check_hash(hash_type, None, None));
        }
        errors
    }
}

answer_table! {
    /// Table 12: where the signer decides.
    table 12 clause "6.2.2.1" interface "consent_apply" part "response.data"
    pub struct ConsentApplication {
        /// The page (认证URL), shown as a QR code or opened.
        auth_url: String = answer "authUrl" String,
        /// What the page is made for (认证URL地址类型).
        #[serde(with = "crate::lists::as_text")]
        client_type: ClientType = answer "clientType" String,
        /// Names this application (本次认证标识ID); 10 minutes.
        auth_id: AuthId = answer "authId" String,
    }
}

request_table! {
    /// Table 13: asks what the signer decided. 40001 while pending, 40002 refused, 40003 expired.
    table 13 clause "6.2.2.2" interface "consent_result" head Full
    pub struct ConsentResultRequest {
        /// The application (本次认证标识ID).
        auth_id: AuthId = required "authId" String,
        /// The seal (印章唯一赋码).
        seal_code: SealCode = required "sealCode" String,
    }
}

impl Rules for ConsentResultRequest {}

answer_table! {
    /// Table 15: the voucher of a given consent.
    table 15 clause "6.2.2.2" interface "consent_result" part "response.data"
    pub struct ConsentResult {
        /// The voucher (意愿认证凭证); 5 minutes, once.
        auth_code: AuthCode = answer "authCode" String,
        /// The application (本次认证标识ID).
        auth_id: AuthId = answer "authId" String,
        /// How the signer agreed, for the evidence: Base64 of JSON with authId, method, wording, appliedAt, openedAt,
        /// decidedAt, and what was shown (docHash, signId); see docs/evidence.md. At most 256 KiB.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<Base64Data> = extension "record" String,
    }
}
