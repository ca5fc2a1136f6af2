//! What the operator decides about consent and signing, for every seal and by type of seal.

use std::collections::BTreeMap;

use protocol::MOST_DOCUMENTS;
use protocol::lists::SealType;
use schemars::JsonSchema;
use serde::Deserialize;

/// About consent and signing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// Types of seals ("01" to "08") for which an application for consent must name the digest of the document
    /// (resolution 24). Empty by default, as the tables have no such field.
    pub document_binding: Vec<String>,
    /// Whether hashType 3 (SHA-256) may be used with seals that have an RSA certificate (resolution 28).
    pub rsa: bool,
    /// The forms that may be asked for.
    pub formats: Vec<Form>,
    /// Whether the message of a P1 signature must be a TBS_Sign of GB/T 38540 with the very seal. When it is
    /// not demanded, a message that is one is still compared with the seal.
    pub p1_must_be_seal_data: bool,
    /// Documents that one consent may be for, at most; 1 allows no batches.
    pub batch_documents: u32,
    /// What is different for types of seals, by their code ("01" to "08").
    pub seal_types: BTreeMap<String, SealTypeRules>,
    /// About time stamps over the signatures that are carried.
    pub time_stamp: TimeStamp,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            document_binding: Vec::new(),
            rsa: false,
            formats: vec![Form::P1, Form::P7],
            p1_must_be_seal_data: false,
            batch_documents: 20,
            seal_types: BTreeMap::new(),
            time_stamp: TimeStamp::default(),
        }
    }
}

/// A form of signatures (签名值结构类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Form {
    /// A bare signature of a message.
    P1,
    /// A detached SignedData of GB/T 35275 over a digest.
    P7,
}

/// An algorithm of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SM2 with SM3 (hashType 4).
    Sm2,
    /// RSA with SHA-256 (hashType 3).
    Rsa,
}

/// What is different for one type of seals. What is absent is as for every type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SealTypeRules {
    /// Whether an application for consent must name the document, or the documents, by their digests.
    pub document_binding: Option<bool>,
    /// Life of an application for consent in minutes, in place of `times.auth_id_minutes`.
    pub consent_minutes: Option<u32>,
    /// Life of the voucher of a consent in minutes, in place of `times.auth_code_minutes`.
    pub voucher_minutes: Option<u32>,
    /// The algorithms that may be used, in place of what `rsa` says.
    pub algorithms: Option<Vec<Algorithm>>,
    /// The forms that may be asked for.
    pub formats: Option<Vec<Form>>,
    /// Whether a P1 message must be a TBS_Sign.
    pub p1_must_be_seal_data: Option<bool>,
    /// Documents that one consent may be for.
    pub batch_documents: Option<u32>,
}

/// The rules for one type of seals, from both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Whether consent must name what it is for.
    pub document_binding: bool,
    /// Life of an application for consent in minutes, where it is not the usual one.
    pub consent_minutes: Option<u32>,
    /// Life of a voucher, likewise.
    pub voucher_minutes: Option<u32>,
    /// The algorithms that may be used.
    pub algorithms: Vec<Algorithm>,
    /// The forms that may be asked for.
    pub formats: Vec<Form>,
    /// Whether a P1 message must be a TBS_Sign.
    pub p1_must_be_seal_data: bool,
    /// Documents that one consent may be for.
    pub batch_documents: u32,
}

impl Signing {
    /// The rules for a type of seals.
    pub fn rules(&self, seal_type: &str) -> Rules {
        let own = self.seal_types.get(seal_type).cloned().unwrap_or_default();
        let usual = if self.rsa { vec![Algorithm::Sm2, Algorithm::Rsa] } else { vec![Algorithm::Sm2] };
        let listed = self.document_binding.iter().any(|listed| listed == seal_type);
        Rules {
            document_binding: own.document_binding.unwrap_or(listed),
            consent_minutes: own.consent_minutes,
            voucher_minutes: own.voucher_minutes,
            algorithms: own.algorithms.unwrap_or(usual),
            formats: own.formats.unwrap_or_else(|| self.formats.clone()),
            p1_must_be_seal_data: own.p1_must_be_seal_data.unwrap_or(self.p1_must_be_seal_data),
            batch_documents: own.batch_documents.unwrap_or(self.batch_documents),
        }
    }

    /// What is wrong in the rules: field and reason.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let is_type = |code: &String| SealType::from_text(code).is_some();
        if !self.document_binding.iter().all(is_type) {
            return Some(("policy.signing.document_binding", "types of seals, \"01\" to \"08\""));
        }
        if !self.seal_types.keys().all(is_type) {
            return Some(("policy.signing.seal_types", "types of seals, \"01\" to \"08\""));
        }
        if self.formats.is_empty() {
            return Some(("policy.signing.formats", "\"P1\", \"P7\" or both"));
        }
        let most = 1..=MOST_DOCUMENTS;
        if !most.contains(&self.batch_documents) {
            return Some(("policy.signing.batch_documents", "1 to 100"));
        }
        let wrong = |rules: &SealTypeRules| {
            rules.consent_minutes.is_some_and(|minutes| !(1..=30).contains(&minutes))
                || rules.voucher_minutes.is_some_and(|minutes| !(1..=5).contains(&minutes))
                || rules.batch_documents.is_some_and(|documents| !most.contains(&documents))
                || rules.formats.as_ref().is_some_and(Vec::is_empty)
                || rules.algorithms.as_ref().is_some_and(Vec::is_empty)
        };
        self.seal_types.values().any(wrong).then_some((
            "policy.signing.seal_types",
            "consent_minutes 1 to 30, voucher_minutes 1 to 5, batch_documents 1 to 100, formats and algorithms not empty",
        ))
    }
}

/// Whether the platform has a time stamp (GB/T 20520) put over each signature that it carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeStamp {
    /// Whether there is one.
    pub mode: Stamping,
    /// The authority's address, `http://` or `https://`. Its certificate must lead to the trust list.
    pub url: String,
    /// The policy under which it shall stamp, a dotted identifier; empty leaves it to the authority.
    pub policy: String,
    /// How long it may take, in milliseconds.
    pub deadline_ms: u64,
}

impl Default for TimeStamp {
    fn default() -> Self {
        let (url, policy) = (String::new(), String::new());
        Self { mode: Stamping::Off, url, policy, deadline_ms: 3_000 }
    }
}

/// What is done about time stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stamping {
    /// None is asked for.
    #[default]
    Off,
    /// One is asked for; where none comes, the signature is handed out without, and the answer says so.
    Wanted,
    /// No signature is handed out without (60005 until there is one).
    Required,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn a_type_of_seals_has_its_own_rules_where_it_says_so() {
        let text = "[policy.signing]\nrsa = true\ndocument_binding = [\"01\"]\nbatch_documents = 5\n\
            [policy.signing.seal_types.01]\nconsent_minutes = 3\nvoucher_minutes = 1\nalgorithms = [\"sm2\"]\n\
            formats = [\"P7\"]\nbatch_documents = 1\n[policy.signing.seal_types.07]\ndocument_binding = true\n";
        let signing = Config::from_toml(text).unwrap().policy.signing;
        let official = signing.rules("01");
        assert!(official.document_binding);
        assert_eq!((official.consent_minutes, official.voucher_minutes), (Some(3), Some(1)));
        assert_eq!((official.algorithms, official.formats), (vec![Algorithm::Sm2], vec![Form::P7]));
        assert_eq!(official.batch_documents, 1);
        let person = signing.rules("07");
        assert!(person.document_binding);
        assert_eq!(person.algorithms, [Algorithm::Sm2, Algorithm::Rsa]);
        assert_eq!(person.batch_documents, 5);
        let other = signing.rules("04");
        assert!(!other.document_binding);
        assert_eq!((other.consent_minutes, other.formats), (None, vec![Form::P1, Form::P7]));
        assert_eq!(Signing::default().rules("01").algorithms, [Algorithm::Sm2]);
    }
}
