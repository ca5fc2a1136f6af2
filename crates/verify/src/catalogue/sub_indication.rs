//! Why a verdict is what it is, in one stable word.
//!
//! The words are those of ETSI EN 319 102-1 (§5.1.3) where one fits, and our own where none does: what a document shows
//! beyond what was signed, a seal's period and its state in the register. A program that knows the European words can
//! branch on them. Words are added, never renamed.

use serde::Serialize;

use super::Rule;
use crate::text::Text;
use crate::verdict::Status;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident $word:literal $etsi:literal ($zh:literal, $en:literal);)+) => {
        /// The reason of a verdict that is not `valid`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum SubIndication {
            $(#[doc = $en] $name,)+
        }

        impl SubIndication {
            /// Every word there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it means.
            pub const fn text(self) -> Text {
                match self { $(Self::$name => Text::new($zh, $en),)+ }
            }

            /// True for a word of ETSI EN 319 102-1.
            pub const fn is_etsi(self) -> bool {
                match self { $(Self::$name => $etsi,)+ }
            }
        }
    };
}

words! {
    FormatFailure "FORMAT_FAILURE" true ("数据格式不符合标准", "a structure does not have the form it should have");
    HashFailure "HASH_FAILURE" true ("被签内容已改动：杂凑值不一致", "what was signed was changed: a digest does not agree");
    SigCryptoFailure "SIG_CRYPTO_FAILURE" true ("签名值不正确", "the signature value is wrong");
    SigConstraintsFailure "SIG_CONSTRAINTS_FAILURE" true ("签名的属性不符合要求", "an attribute of the signature is not as it must be");
    SignedDataNotFound "SIGNED_DATA_NOT_FOUND" true ("被签内容缺失或无法读取", "what was signed is missing or cannot be read");
    NoSigningCertificateFound "NO_SIGNING_CERTIFICATE_FOUND" true ("没有可用的签名证书", "there is no usable certificate to the signature");
    NoCertificateChainFound "NO_CERTIFICATE_CHAIN_FOUND" true ("找不到通向可信根的证书链", "no chain leads to a trusted root");
    CertificateChainGeneralFailure "CERTIFICATE_CHAIN_GENERAL_FAILURE" true ("证书链中有签名不正确的证书", "a certificate of the chain is not rightly signed");
    ChainConstraintsFailure "CHAIN_CONSTRAINTS_FAILURE" true ("证书或证书链不符合用途、策略或约束要求", "a certificate or its chain does not meet a constraint: use, policy, length, names");
    CryptoConstraintsFailure "CRYPTO_CONSTRAINTS_FAILURE" true ("算法或密钥强度不被接受", "an algorithm or the size of a key is not accepted");
    Expired "EXPIRED" true ("证书在所判时间已过期", "a certificate had expired at the time that counts");
    NotYetValid "NOT_YET_VALID" true ("证书在所判时间尚未生效", "a certificate was not yet valid at the time that counts");
    Revoked "REVOKED" true ("证书在所判时间已被吊销", "a certificate was revoked at the time that counts");
    RevokedNoPoe "REVOKED_NO_POE" true ("证书因密钥泄露被吊销，且没有时间戳证明签章在先", "a certificate was revoked since its key leaked, and no time stamp proves that it was signed before");
    TimestampOrderFailure "TIMESTAMP_ORDER_FAILURE" true ("时间先后不符", "times contradict one another");
    TryLater "TRY_LATER" true ("现有资料不足，补齐后可再判断", "data is lacking: judge again when it is at hand");
    Generic "GENERIC" true ("其他原因", "another reason");
    TimestampFailure "TIMESTAMP_FAILURE" false ("时间戳不正确", "the time stamp is not right");
    SealCryptoFailure "SEAL_CRYPTO_FAILURE" false ("制章者签名不正确", "the signature of the seal's maker is wrong");
    SealExpired "SEAL_EXPIRED" false ("印章在所判时间已过期", "the seal had expired at the time that counts");
    SealNotYetValid "SEAL_NOT_YET_VALID" false ("印章在所判时间尚未生效", "the seal was not yet valid at the time that counts");
    SealNotInForce "SEAL_NOT_IN_FORCE" false ("印章备案状态不正常", "the seal was not in force in the register");
    SignerNotInSeal "SIGNER_NOT_IN_SEAL" false ("签章人不在印章的证书列表中", "the signer is not one the seal was made for");
    MakerNotTrusted "MAKER_NOT_TRUSTED" false ("制章者不受信任", "the seal's maker is not one who is trusted to make it");
    OwnerMismatch "OWNER_MISMATCH" false ("签章人与备案的印章所有者不一致", "the signer is not the owner of the seal in the register");
    NoSignature "NO_SIGNATURE" false ("文档没有签章或签名", "the document holds no signature");
    SignatureRemoved "SIGNATURE_REMOVED" false ("可能有签名被移除", "a signature may have been removed");
    ContentNotCovered "CONTENT_NOT_COVERED" false ("所显示的内容有一部分未被签名", "part of what is shown was not signed");
    ContentChanged "CONTENT_CHANGED" false ("签名之后有改动", "something was changed after signing");
    ContentUnseen "CONTENT_UNSEEN" false ("未见所显示的内容", "what is shown was not seen");
    ContentAmbiguous "CONTENT_AMBIGUOUS" false ("不同软件可能显示不同内容", "different readers may show different content");
    NotToTheLetter "NOT_TO_THE_LETTER" false ("与标准文本有偏差（严格模式）", "departs from the letter of the standard (strict profile)");
    LimitExceeded "LIMIT_EXCEEDED" false ("超出处理上限", "a limit of processing was exceeded");
}

impl Serialize for SubIndication {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The word of a result: none for good results and notes. The few results whose reason depends on the case carry their
/// own ([`crate::Finding::sub_indication`]).
pub(crate) fn of(rule: &Rule, status: Status) -> Option<SubIndication> {
    let (_, unknown, bad) =
        TABLE.iter().find(|(id, _, _)| *id == rule.id).unwrap_or(&("", S::Generic, S::Generic));
    match status {
        Status::Good | Status::Note => None,
        Status::Unknown => Some(*unknown),
        Status::Bad => Some(*bad),
    }
}

use SubIndication as S;

/// Id of the rule, and its word when the result is unknown and when it is bad.
const TABLE: &[(&str, SubIndication, SubIndication)] = &[
    ("container.format", S::FormatFailure, S::FormatFailure),
    ("container.limits", S::LimitExceeded, S::LimitExceeded),
    ("container.duplicate-names", S::ContentAmbiguous, S::ContentAmbiguous),
    ("container.ambiguous-names", S::ContentAmbiguous, S::ContentAmbiguous),
    ("container.content", S::SignedDataNotFound, S::FormatFailure),
    ("container.surroundings", S::ContentAmbiguous, S::NotToTheLetter),
    ("container.deviation", S::NotToTheLetter, S::NotToTheLetter),
    ("document.structure", S::FormatFailure, S::FormatFailure),
    ("document.unseen", S::ContentUnseen, S::ContentUnseen),
    ("document.deviation", S::NotToTheLetter, S::NotToTheLetter),
    ("document.ambiguous", S::ContentAmbiguous, S::ContentAmbiguous),
    ("document.signatures.none", S::NoSignature, S::NoSignature),
    ("document.signatures.list", S::FormatFailure, S::FormatFailure),
    ("document.signatures.repeated", S::ContentAmbiguous, S::ContentAmbiguous),
    ("document.signatures.unlisted", S::SignatureRemoved, S::SignatureRemoved),
    ("document.coverage.root", S::ContentNotCovered, S::ContentChanged),
    ("document.coverage.shown", S::ContentNotCovered, S::ContentNotCovered),
    ("document.coverage.extra", S::ContentNotCovered, S::ContentNotCovered),
    ("document.coverage.carried", S::ContentAmbiguous, S::ContentAmbiguous),
    ("document.coverage.entry", S::ContentNotCovered, S::NotToTheLetter),
    ("document.references.outside", S::ContentNotCovered, S::ContentNotCovered),
    ("pdf.structure", S::FormatFailure, S::FormatFailure),
    ("pdf.rebuilt", S::ContentAmbiguous, S::ContentAmbiguous),
    ("pdf.pages", S::ContentAmbiguous, S::ContentAmbiguous),
    ("pdf.encryption", S::ContentUnseen, S::ContentUnseen),
    ("signature.reached", S::SignatureRemoved, S::SignatureRemoved),
    ("signature.byte-range", S::FormatFailure, S::FormatFailure),
    ("signature.gap", S::FormatFailure, S::FormatFailure),
    ("signature.revision", S::FormatFailure, S::FormatFailure),
    ("signature.tail", S::ContentChanged, S::ContentChanged),
    ("signature.dictionary", S::ContentChanged, S::ContentChanged),
    ("signature.appearance", S::ContentChanged, S::ContentChanged),
    ("signature.overlap", S::FormatFailure, S::FormatFailure),
    ("signature.handler", S::NotToTheLetter, S::NotToTheLetter),
    ("signature.padding", S::FormatFailure, S::FormatFailure),
    ("signature.changes", S::ContentChanged, S::ContentChanged),
    ("signature.permission", S::ContentChanged, S::ContentChanged),
    ("signature.form-fill", S::ContentChanged, S::ContentChanged),
    ("signature.rendering", S::ContentChanged, S::ContentChanged),
    ("signature.place", S::ContentAmbiguous, S::ContentAmbiguous),
    ("signature.picture", S::ContentAmbiguous, S::NotToTheLetter),
    ("signature.description", S::LimitExceeded, S::FormatFailure),
    ("signature.format", S::FormatFailure, S::FormatFailure),
    ("signature.deviation", S::NotToTheLetter, S::NotToTheLetter),
    ("signature.extension", S::SigConstraintsFailure, S::SigConstraintsFailure),
    ("signature.kind", S::SigConstraintsFailure, S::NotToTheLetter),
    ("signature.algorithm", S::CryptoConstraintsFailure, S::CryptoConstraintsFailure),
    ("signature.method", S::SigConstraintsFailure, S::SigConstraintsFailure),
    ("signature.signing-certificate", S::CryptoConstraintsFailure, S::SigConstraintsFailure),
    ("signature.references.method", S::CryptoConstraintsFailure, S::CryptoConstraintsFailure),
    ("signature.references", S::SignedDataNotFound, S::HashFailure),
    ("signature.lock", S::ContentChanged, S::ContentChanged),
    ("signature.data-hash", S::CryptoConstraintsFailure, S::HashFailure),
    ("signature.property-info", S::NotToTheLetter, S::NotToTheLetter),
    ("signature.coverage", S::ContentNotCovered, S::ContentNotCovered),
    ("signature.stamps", S::SigConstraintsFailure, S::NotToTheLetter),
    ("signature.stamp-box", S::SigConstraintsFailure, S::SigConstraintsFailure),
    ("signature.stamp-seen", S::SigConstraintsFailure, S::SigConstraintsFailure),
    ("signature.base", S::TryLater, S::SigConstraintsFailure),
    ("signature.value", S::NoSigningCertificateFound, S::SigCryptoFailure),
    ("signature.signer-in-seal", S::SignerNotInSeal, S::SignerNotInSeal),
    ("signature.time", S::TimestampOrderFailure, S::TimestampOrderFailure),
    ("signature.declared-time", S::NotToTheLetter, S::NotToTheLetter),
    ("signer.certificate", S::NoSigningCertificateFound, S::NoSigningCertificateFound),
    ("signer.chain", S::NoCertificateChainFound, S::NoCertificateChainFound),
    ("signer.key-usage", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("signer.period", S::Expired, S::Expired),
    ("signer.revocation", S::TryLater, S::Revoked),
    ("signer.purpose", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("signer.policy", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("seal.format", S::FormatFailure, S::FormatFailure),
    ("seal.deviation", S::NotToTheLetter, S::NotToTheLetter),
    ("seal.extension", S::SigConstraintsFailure, S::SigConstraintsFailure),
    ("seal.file", S::HashFailure, S::HashFailure),
    ("seal.beside", S::SealCryptoFailure, S::SealCryptoFailure),
    ("seal.algorithm", S::CryptoConstraintsFailure, S::CryptoConstraintsFailure),
    ("seal.maker.signature", S::NoSigningCertificateFound, S::SealCryptoFailure),
    ("seal.maker.certificate", S::NoSigningCertificateFound, S::NoSigningCertificateFound),
    ("seal.maker.chain", S::NoCertificateChainFound, S::NoCertificateChainFound),
    ("seal.maker.listed", S::MakerNotTrusted, S::MakerNotTrusted),
    ("seal.maker.apart", S::MakerNotTrusted, S::MakerNotTrusted),
    ("seal.maker.key-usage", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("seal.maker.period", S::Expired, S::Expired),
    ("seal.maker.revocation", S::TryLater, S::Revoked),
    ("seal.maker.purpose", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("seal.maker.policy", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("seal.created", S::TimestampOrderFailure, S::TimestampOrderFailure),
    ("seal.period", S::SealExpired, S::SealExpired),
    ("seal.now", S::SealExpired, S::SealExpired),
    ("seal.register", S::TryLater, S::SealNotInForce),
    ("signer.identity", S::OwnerMismatch, S::OwnerMismatch),
    ("timestamp.format", S::TimestampFailure, S::TimestampFailure),
    ("timestamp.deviation", S::NotToTheLetter, S::NotToTheLetter),
    ("timestamp.imprint", S::TimestampFailure, S::TimestampFailure),
    ("timestamp.signature", S::TimestampFailure, S::TimestampFailure),
    ("timestamp.chain", S::NoCertificateChainFound, S::NoCertificateChainFound),
    ("timestamp.key-usage", S::ChainConstraintsFailure, S::ChainConstraintsFailure),
    ("timestamp.period", S::Expired, S::Expired),
    ("timestamp.revocation", S::TryLater, S::Revoked),
    ("timestamp.order", S::TimestampOrderFailure, S::TimestampOrderFailure),
    ("timestamp.signer", S::Expired, S::Expired),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_result_that_weighs_has_a_word() {
        let weighs = |rule: &&Rule| rule.texts.iter().any(|(status, _)| *status >= Status::Unknown);
        let named: HashSet<&str> = TABLE.iter().map(|(id, _, _)| *id).collect();
        assert_eq!(named.len(), TABLE.len(), "a rule stands in the table twice");
        let missing: Vec<&str> =
            super::super::all().filter(weighs).map(|rule| rule.id).filter(|id| !named.contains(id)).collect();
        assert!(missing.is_empty(), "no word for {missing:?}");
    }

    #[test]
    fn words_are_unique_and_well_formed() {
        let words: HashSet<&str> = S::ALL.iter().map(|word| word.as_str()).collect();
        assert_eq!(words.len(), S::ALL.len());
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_')));
    }
}
