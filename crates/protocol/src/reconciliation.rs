//! Reconciliation (对账): the lines that a day's digest is taken over, its signature, and the comparison of what a system
//! has with what the platform has. Both sides compute it the same way.
//!
//! ```text
//! CCUA-SEAL-DIGEST-1
//! id of the platform
//! id of the system
//! day, asOf
//! count, enabled, disabled, revoked
//! digest
//! ```
//! each on a line of its own, ended by 0x0A.

use std::collections::BTreeMap;

use crypto::{SignError, Signer, VerifyingKey, sm3};
use serde::Serialize;

use crate::ids::{AppId, DayText};
use crate::tables::DailyDigest;
use crate::wire::{SignatureFault, SignatureValue, key_id, sign};

const SCHEME: &str = "CCUA-SEAL-DIGEST-1";

/// One seal as one side has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealLine {
    /// `enabled`, `disabled` or `revoked`.
    pub state: String,
    /// Serial number of its certificate, upper-case hexadecimal, where there is one.
    pub cert_number: Option<String>,
}

/// Takes the digest of seals, which have to come in the order of their codes.
pub struct DigestMaker {
    hasher: sm3::Sm3,
    totals: Totals,
}

/// How many seals there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All.
    pub count: u64,
    /// Of them enabled.
    pub enabled: u64,
    /// Of them disabled.
    pub disabled: u64,
    /// Of them revoked.
    pub revoked: u64,
}

impl Default for DigestMaker {
    fn default() -> Self {
        Self { hasher: sm3::Sm3::new(), totals: Totals::default() }
    }
}

impl std::fmt::Debug for DigestMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DigestMaker({:?})", self.totals)
    }
}

impl DigestMaker {
    /// Takes one seal more.
    pub fn add(&mut self, seal_code: &str, line: &SealLine) {
        let number = line.cert_number.as_deref().unwrap_or("-");
        self.hasher.update(format!("{seal_code} {} {number}\n", line.state).as_bytes());
        self.totals.count += 1;
        match line.state.as_str() {
            "enabled" => self.totals.enabled += 1,
            "disabled" => self.totals.disabled += 1,
            _ => self.totals.revoked += 1,
        }
    }

    /// The numbers, and the digest in lower-case hexadecimal.
    pub fn finish(self) -> (Totals, String) {
        (self.totals, hex::encode(self.hasher.finalize()))
    }
}

fn canonical(digest: &DailyDigest) -> String {
    let d = digest;
    format!(
        "{SCHEME}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
        d.platform, d.system_id, d.day, d.as_of, d.count, d.enabled, d.disabled, d.revoked, d.digest
    )
}

impl DailyDigest {
    /// The digest of a day, signed.
    ///
    /// # Errors
    /// When the key refuses.
    pub fn signed(
        (platform, system_id): (&AppId, &AppId),
        (day, as_of): (DayText, i64),
        (totals, digest): (Totals, String),
        signer: &dyn Signer,
    ) -> Result<Self, SignError> {
        let mut made = Self {
            platform: platform.clone(),
            system_id: system_id.clone(),
            day,
            as_of: as_of.to_string(),
            count: totals.count,
            enabled: totals.enabled,
            disabled: totals.disabled,
            revoked: totals.revoked,
            digest,
            key_id: key_id(signer.verifying_key()),
            sign: String::new(),
        };
        made.sign = sign(signer, canonical(&made).as_bytes())?;
        Ok(made)
    }

    /// Checks that this key signed it.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), SignatureFault> {
        SignatureValue::parse(&self.sign)?.verify(key, canonical(self).as_bytes())
    }
}

/// What differs about a seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// The system has it, the platform has not: it has to be filed.
    OnlySystem,
    /// The platform has it, the system has not.
    OnlyPlatform,
    /// Both have it, in different states.
    State {
        /// As the system has it.
        system: String,
        /// As the platform has it.
        platform: String,
    },
    /// Both have it, with different certificates.
    Certificate {
        /// As the system has it.
        system: Option<String>,
        /// As the platform has it.
        platform: Option<String>,
    },
}

/// Compares what a system has with what the platform has, by seal codes; a seal may differ in state and certificate.
pub fn compare(
    system: &BTreeMap<String, SealLine>,
    platform: &BTreeMap<String, SealLine>,
) -> Vec<(String, Difference)> {
    let mut found = Vec::new();
    let mut note = |code: &String, difference| found.push((code.clone(), difference));
    for (code, ours) in system {
        let Some(theirs) = platform.get(code) else {
            note(code, Difference::OnlySystem);
            continue;
        };
        if ours.state != theirs.state {
            let (system, platform) = (ours.state.clone(), theirs.state.clone());
            note(code, Difference::State { system, platform });
        }
        if ours.cert_number != theirs.cert_number {
            let (system, platform) = (ours.cert_number.clone(), theirs.cert_number.clone());
            note(code, Difference::Certificate { system, platform });
        }
    }
    for code in platform.keys().filter(|code| !system.contains_key(*code)) {
        note(code, Difference::OnlyPlatform);
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Sm2KeyPair};

    use super::*;

    fn line(state: &str, cert_number: Option<&str>) -> SealLine {
        SealLine { state: state.to_owned(), cert_number: cert_number.map(str::to_owned) }
    }

    #[test]
    fn every_difference_is_found_and_nothing_else() {
        let side = |lines: &[(&str, SealLine)]| -> BTreeMap<String, SealLine> {
            lines.iter().map(|(code, line)| ((*code).to_owned(), line.clone())).collect()
        };
        let system = side(&[
            ("A", line("enabled", Some("01"))),
            ("B", line("enabled", Some("02"))),
            ("C", line("disabled", None)),
            ("D", line("enabled", None)),
        ]);
        let platform = side(&[
            ("A", line("enabled", Some("01"))),
            ("B", line("disabled", Some("03"))),
            ("D", line("enabled", None)),
            ("E", line("revoked", None)),
        ]);
        let found = compare(&system, &platform);
        let words: Vec<_> = found.iter().map(|(code, difference)| (code.as_str(), difference)).collect();
        let state = Difference::State { system: "enabled".to_owned(), platform: "disabled".to_owned() };
        let cert = Difference::Certificate { system: Some("02".to_owned()), platform: Some("03".to_owned()) };
        assert_eq!(
            words,
            [("B", &state), ("B", &cert), ("C", &Difference::OnlySystem), ("E", &Difference::OnlyPlatform)]
        );
        assert_eq!(compare(&system, &system), []);
    }

    #[test]
    fn a_digest_is_bound_to_everything_it_says() {
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        let mut maker = DigestMaker::default();
        maker.add("A", &line("enabled", Some("01")));
        maker.add("B", &line("revoked", None));
        let (totals, digest) = maker.finish();
        assert_eq!(totals, Totals { count: 2, enabled: 1, disabled: 0, revoked: 1 });
        assert_eq!(digest, hex::encode(sm3::digest(b"A enabled 01\nB revoked -\n")));
        let ids = (AppId::parse("platform").unwrap(), AppId::parse("SYSB").unwrap());
        let day = DayText::parse("2026-06-01").unwrap();
        let good = DailyDigest::signed((&ids.0, &ids.1), (day, 7), (totals, digest), &key).unwrap();
        good.verify(key.verifying_key()).unwrap();
        for spoil in [
            |d: &mut DailyDigest| d.count += 1,
            |d: &mut DailyDigest| d.revoked = 0,
            |d: &mut DailyDigest| d.as_of = "8".to_owned(),
            |d: &mut DailyDigest| d.day = DayText::parse("2026-06-02").unwrap(),
            |d: &mut DailyDigest| d.digest = "00".to_owned(),
            |d: &mut DailyDigest| d.system_id = AppId::parse("SYSC").unwrap(),
        ] {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert!(bad.verify(key.verifying_key()).is_err());
        }
    }
}
