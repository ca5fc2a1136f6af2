//! The twelve steps of the verification flow that a person is shown (T/CCUA draft, table 28 `flowVoList`).

use serde::Serialize;

use crate::text::Text;

/// One step of the flow. The order is the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum Step {
    /// 1: the document can be read at all (文档格式解析).
    DocumentFormat,
    /// 2: the value of the signature is a signature of a known form (签章数据格式).
    SignatureFormat,
    /// 3: what was signed is unchanged (文档完整性).
    DocumentIntegrity,
    /// 4: the signature value is right (签章签名值).
    SignatureValue,
    /// 5: the signer's certificate is one the seal was made for (签章人证书与印章匹配).
    SignerInSeal,
    /// 6: the signer's certificate: chain, period, revocation, use (签章人证书).
    SignerCertificate,
    /// 7: the seal is as its maker signed it (印章签名).
    SealSignature,
    /// 8: the seal maker's certificate (制章者证书).
    SealMaker,
    /// 9: the seal was in force at the signing time (印章有效期).
    SealPeriod,
    /// 10: the time stamp (时间戳).
    TimeStamp,
    /// 11: filing and state in the register at the signing time (平台备案与状态).
    SealRegister,
    /// 12: what was added or changed after signing (签后修改).
    ChangesAfter,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Self; 12] = [
        Self::DocumentFormat,
        Self::SignatureFormat,
        Self::DocumentIntegrity,
        Self::SignatureValue,
        Self::SignerInSeal,
        Self::SignerCertificate,
        Self::SealSignature,
        Self::SealMaker,
        Self::SealPeriod,
        Self::TimeStamp,
        Self::SealRegister,
        Self::ChangesAfter,
    ];

    /// The stable id, which never changes once published.
    pub const fn id(self) -> &'static str {
        match self {
            Self::DocumentFormat => "document.format",
            Self::SignatureFormat => "signature.format",
            Self::DocumentIntegrity => "document.integrity",
            Self::SignatureValue => "signature.value",
            Self::SignerInSeal => "signer.in-seal",
            Self::SignerCertificate => "signer.certificate",
            Self::SealSignature => "seal.signature",
            Self::SealMaker => "seal.maker",
            Self::SealPeriod => "seal.period",
            Self::TimeStamp => "timestamp",
            Self::SealRegister => "seal.register",
            Self::ChangesAfter => "document.changes",
        }
    }

    /// The name of the step for people.
    pub const fn name(self) -> Text {
        match self {
            Self::DocumentFormat => Text::new("文档格式解析", "Document format"),
            Self::SignatureFormat => Text::new("签章数据格式", "Signature data format"),
            Self::DocumentIntegrity => Text::new("文档完整性（原文杂凑）", "Integrity of the document"),
            Self::SignatureValue => Text::new("签章签名值", "Signature value"),
            Self::SignerInSeal => Text::new("签章人证书与印章匹配", "Signer named in the seal"),
            Self::SignerCertificate => {
                Text::new("签章人证书（证书链、有效期、吊销、用途）", "Signer's certificate")
            }
            Self::SealSignature => Text::new("印章签名", "Signature of the seal's maker"),
            Self::SealMaker => Text::new("制章者证书", "Seal maker's certificate"),
            Self::SealPeriod => Text::new("印章有效期（对签章时间）", "Seal in force when signing"),
            Self::TimeStamp => Text::new("时间戳", "Time stamp"),
            Self::SealRegister => {
                Text::new("平台备案与状态（对签章时间）", "Filing and state in the register")
            }
            Self::ChangesAfter => Text::new("签后修改检查", "Changes after signing"),
        }
    }

    /// The number of the step, from 1.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).map_or(0, |index| index + 1)
    }
}

impl From<Step> for &'static str {
    fn from(step: Step) -> Self {
        step.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_in_order_and_named_once() {
        let mut ids: Vec<_> = Step::ALL.iter().map(|step| step.id()).collect();
        for (index, step) in Step::ALL.iter().enumerate() {
            assert_eq!(step.number(), index + 1);
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 12);
    }
}
