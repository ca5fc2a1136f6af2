//! The policy written down in full: everything a verdict depends on beside the document, the trust and the register.

use crypto::policy::{AlgorithmPolicy, DigestRule, KeyRule, Purpose, Validity};
use crypto::{DigestAlgorithm, KeyKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest_of;
use crate::options::{Limits, Options, Profile, Revocation};
use crate::rendering::Rendering;

/// Algorithms and policies of a record that are read.
const MOST: usize = 256;

/// The options without the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PolicyRecord {
    profile: String,
    revocation: String,
    certificate_policies: Vec<String>,
    /// The rules by which pages are compared by how they look; none where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rendering: Option<String>,
    limits: LimitsRecord,
    digests: Vec<DigestRecord>,
    keys: Vec<KeyRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsRecord {
    file_len: u64,
    signatures: u64,
    walk_len: u64,
}

/// A digest and when it is allowed: `always`, `never`, or a time before which it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DigestRecord {
    name: String,
    allowed: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyRecord {
    name: String,
    least_bits: u32,
    signs: bool,
}

const DIGESTS: [DigestAlgorithm; 7] = [
    DigestAlgorithm::Sm3,
    DigestAlgorithm::Sha224,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Md5,
];
const KEYS: [KeyKind; 6] =
    [KeyKind::Sm2, KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::BrainpoolP256, KeyKind::Rsa];

/// SM3 over the policy written down in full, in hexadecimal digits.
pub(crate) fn policy_sm3(options: &Options) -> String {
    PolicyRecord::of(options).sm3()
}

impl PolicyRecord {
    pub(super) fn of(options: &Options) -> Self {
        let mut certificate_policies: Vec<String> =
            options.certificate_policies.iter().map(ToString::to_string).collect();
        certificate_policies.sort_unstable();
        certificate_policies.dedup();
        let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        Self {
            profile: options.profile.as_str().to_owned(),
            revocation: options.revocation.as_str().to_owned(),
            certificate_policies,
            rendering: options.rendering.as_ref().map(|_| Rendering::RULES.to_owned()),
            limits: LimitsRecord {
                file_len: number(options.limits.file_len),
                signatures: number(options.limits.signatures),
                walk_len: options.limits.walk_len,
            },
            digests: options.algorithms.digests.iter().map(digest_record).collect(),
            keys: options.algorithms.keys.iter().copied().map(key_record).collect(),
        }
    }

    pub(super) fn sm3(&self) -> String {
        digest_of(self)
    }

    /// The options again, for a time. `None` when something in them is not known to this program.
    pub(super) fn options(&self, at: Timestamp) -> Option<Options> {
        if self.certificate_policies.len().max(self.digests.len()).max(self.keys.len()) > MOST {
            return None;
        }
        let profile =
            [Profile::Strict, Profile::Compat].into_iter().find(|one| one.as_str() == self.profile)?;
        let revocation = [Revocation::Strict, Revocation::Soft, Revocation::Off]
            .into_iter()
            .find(|one| one.as_str() == self.revocation)?;
        let rendering = match self.rendering.as_deref() {
            None => None,
            // What was seen is in the record, not here.
            Some(Rendering::RULES) => Some(Rendering::recorded(Vec::new())),
            Some(_) => return None,
        };
        let policies = self.certificate_policies.iter().map(|text| text.parse().ok());
        Some(Options {
            at,
            revocation,
            profile,
            limits: Limits {
                file_len: usize::try_from(self.limits.file_len).ok()?,
                signatures: usize::try_from(self.limits.signatures).ok()?,
                walk_len: self.limits.walk_len,
            },
            algorithms: AlgorithmPolicy {
                digests: self.digests.iter().map(digest_rule).collect::<Option<_>>()?,
                keys: self.keys.iter().map(key_rule).collect::<Option<_>>()?,
            },
            certificate_policies: policies.collect::<Option<_>>()?,
            rendering,
        })
    }

    /// True when this program would allow more than its own bounds: a record must not make it work without end.
    pub(super) fn exceeds(&self, own: &Limits) -> bool {
        let within = |given: u64, own: usize| usize::try_from(given).is_ok_and(|given| given <= own);
        !(within(self.limits.file_len, own.file_len)
            && within(self.limits.signatures, own.signatures)
            && self.limits.walk_len <= own.walk_len)
    }
}

fn digest_record(rule: &DigestRule) -> DigestRecord {
    let allowed = match rule.validity {
        Validity::Always => "always".to_owned(),
        Validity::Never => "never".to_owned(),
        Validity::Before(end) => end.to_string(),
    };
    DigestRecord { name: rule.algorithm.name().to_owned(), allowed }
}

fn digest_rule(record: &DigestRecord) -> Option<DigestRule> {
    let validity = match record.allowed.as_str() {
        "always" => Validity::Always,
        "never" => Validity::Never,
        end => Validity::Before(end.parse().ok()?),
    };
    let algorithm = DIGESTS.into_iter().find(|one| one.name() == record.name)?;
    Some(DigestRule { algorithm, validity })
}

fn key_record(rule: KeyRule) -> KeyRecord {
    let signs = rule.purpose == Purpose::SignAndVerify;
    KeyRecord { name: rule.kind.name().to_owned(), least_bits: rule.least_bits, signs }
}

fn key_rule(record: &KeyRecord) -> Option<KeyRule> {
    let kind = KEYS.into_iter().find(|one| one.name() == record.name)?;
    let purpose = if record.signs { Purpose::SignAndVerify } else { Purpose::VerifyOnly };
    Some(KeyRule { kind, least_bits: record.least_bits, purpose })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_goes_there_and_back() {
        let mut options = Options::new(Timestamp::UNIX_EPOCH);
        options.profile = Profile::Strict;
        options.limits.signatures = 7;
        options.certificate_policies = vec!["1.2.156.112600.1".parse().unwrap()];
        options.rendering = Some(Rendering::without_drawer());
        let record = PolicyRecord::of(&options);
        let again = record.options(Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(PolicyRecord::of(&again), record);
        assert_eq!(again.algorithms, options.algorithms);
        assert_eq!(again.policy_id(), options.policy_id());
        assert!(!record.exceeds(&Limits::default()));
        options.limits.walk_len = u64::MAX;
        assert!(PolicyRecord::of(&options).exceeds(&Limits::default()));
    }

    #[test]
    fn what_is_not_known_is_no_policy() {
        let mut record = PolicyRecord::of(&Options::new(Timestamp::UNIX_EPOCH));
        record.rendering = Some("pages-0".to_owned());
        assert!(record.options(Timestamp::UNIX_EPOCH).is_none());
        record.rendering = None;
        record.keys.push(KeyRecord { name: "SM9".to_owned(), least_bits: 1, signs: true });
        assert!(record.options(Timestamp::UNIX_EPOCH).is_none());
    }

    /// Who changes the bounds or the algorithms changes what `sealbridge-3` means: it needs another name then.
    #[test]
    fn the_name_of_the_policy_stands_for_these_bounds_and_algorithms() {
        let options = Options::new(Timestamp::UNIX_EPOCH);
        assert_eq!(options.policy_id(), "sealbridge-3/compat/soft");
        assert_eq!(policy_sm3(&options), "d237896f83f73f7663897f5a939f70f11f996f4c4afaa1e69badfae357a138a1");
        let compared = Options { rendering: Some(Rendering::without_drawer()), ..options.clone() };
        assert_eq!(compared.policy_id(), "sealbridge-3/compat/soft/render");
        assert_ne!(policy_sm3(&compared), policy_sm3(&options));
        let mut fewer = options.clone();
        fewer.limits.signatures = 1;
        assert_eq!(fewer.policy_id(), format!("sealbridge-3/compat/soft/{}", policy_sm3(&fewer)));
        let mut without = options;
        without.algorithms.keys.pop();
        assert!(without.policy_id().ends_with(&policy_sm3(&without)));
    }
}
