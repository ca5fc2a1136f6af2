//! Filing, extension and change of a seal (6.1.2, tables 1 and 2).

use super::{contradiction, missing};
use crate::error::FieldError;
use crate::identity::{PartyName, PartyNumber};
use crate::ids::{BusinessCode, SealName, UkeyId};
use crate::lists::{BizType, CertType, OwnerKind, SealType};
use crate::schema::{Rules, request_table};
use crate::seal_code::SealCode;
use crate::values::{Base64Data, BeijingTime, CertNumber};

request_table! {
    /// Table 1: files a seal, extends it, or changes its filing. Only the filing system may extend or change.
    table 1 clause "6.1.2" interface "seal_filing" head Full
    pub struct FilingRequest {
        /// The caller's own number of the seal (业务系统印章编码): the business key of a retry.
        code: Option<BusinessCode> = optional "code" String,
        /// The platform's code (印章唯一赋码): required to extend and change; on filing only as the idempotent
        /// result of the same filing.
        seal_code: Option<SealCode> = optional "sealCode" String,
        /// The seal's name (印章名称).
        name: SealName = required "name" String,
        /// The seal's type (章类型); 0 stands for all in queries only.
        seal_type: SealType = required "sealType" String,
        /// The UKey that holds the seal (UKey 设备编号).
        ukey_id: Option<UkeyId> = optional "UKeyId" String,
        /// Serial number of the signing certificate (证书序列号), hexadecimal.
        cert_number: Option<CertNumber> = optional "certNumber" String,
        /// The owner's name (印章使用单位或用户名称).
        possessor: PartyName = required "possessor" String,
        /// The owner's identity number (印章使用单位或用户证件号): the unified social credit code of an
        /// organisation.
        possessor_cert_no: PartyNumber = required "possessorCertNo" String,
        /// What the owner is (关联者类型).
        possessor_type: OwnerKind = required "possessorType" Integer,
        /// The operation, which the table calls a state (电子印章状态).
        biz_type: BizType = required "bizType" Integer,
        /// Where the key is kept (证书性质).
        cert_type: CertType = required "certType" Integer,
        /// Start of validity.
        valid_start: Option<BeijingTime> = extension "validStart" String,
        /// End of validity.
        valid_end: Option<BeijingTime> = extension "validEnd" String,
        /// The seal data (GB/T 38540), Base64. Without it the platform fetches the seal from its system.
        seal_data: Option<Base64Data> = extension "sealData" String,
        /// The signing certificate, Base64 of the DER.
        cert_data: Option<Base64Data> = extension "certData" String,
    }
}

impl Rules for FilingRequest {
    fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        // Resolution 8. On filing a code is let through here: the registry knows whether it is the result of
        // the same filing, and answers 20004 when it is not.
        if self.biz_type != BizType::File && self.seal_code.is_none() {
            errors.push(missing("sealCode", "延期和变更时必填", "required to extend and to change"));
        }
        // Resolution 9.
        if self.cert_type == CertType::Ukey && self.ukey_id.is_none() && self.cert_number.is_none() {
            errors.push(missing(
                "UKeyId",
                "UKey 证书须填 UKeyId 或 certNumber",
                "UKeyId or certNumber is required",
            ));
        }
        if self.seal_type.owner() != self.possessor_type {
            errors.push(contradiction(
                "possessorType",
                "印章类型与关联者类型不符",
                "types 01 to 06 belong to organisations, 07 and 08 to persons",
            ));
        } else if let Err(fault) = self.possessor_cert_no.check(self.possessor_type) {
            errors.push(fault.on("possessorCertNo"));
        }
        if let (Some(start), Some(end)) = (self.valid_start, self.valid_end)
            && start >= end
        {
            errors.push(contradiction("validEnd", "应晚于 validStart", "must be after validStart"));
        }
        errors
    }
}
