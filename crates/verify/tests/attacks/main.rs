//! The attack suite: hostile OFDs made from good ones, each with the verdict and the finding that it must get.
//!
//! They are published in `fixtures/attacks`, with what other verifiers answer in `docs/attack-suite.md`, so that anybody
//! can try a verifier on them. The bytes come from fixed keys and times; `SEALBRIDGE_BLESS=1` writes them anew.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of a test: what cannot be made must stop it"
)]

mod base;
mod container;
mod content;
mod publish;
mod signing;

use std::collections::BTreeSet;

use sealbridge_verify as verify;
use testkit::lab::{Files, JUDGED_AT};
use testkit::pki::{at, pki};
use verify::{Options, Profile, Report, Trust, Verdict};

/// The name of a document, and the document.
pub(crate) type Made = (&'static str, Vec<u8>);

pub(crate) fn made(name: &'static str, files: &Files) -> Made {
    (name, files.to_zip())
}

/// What is attacked, untouched.
fn controls() -> Vec<Made> {
    vec![
        made("good-locked", &base::locked()),
        made("good-open", &base::open()),
        made("good-twice", &base::twice()),
        made("good-entry-uncovered", &base::loose(&["OFD.xml"])),
    ]
}

/// All of them, made in one order: the keys draw from one source.
fn suite() -> Vec<Made> {
    let parts =
        [controls(), content::attacks(), container::attacks(), signing::attacks(), signing::harmless()];
    parts.into_iter().flatten().collect()
}

fn trust() -> Trust {
    let mut trust = Trust::new();
    for certificate in [&pki().root, &pki().sub] {
        trust.add_trusted(&certificate.der()).unwrap();
    }
    for list in [&pki().root_crl, &pki().sub_crl] {
        trust.add_crls(list).unwrap();
    }
    trust.finish();
    trust
}

fn judge(ofd: &[u8], profile: Profile) -> Report {
    let mut options = Options::new(at(JUDGED_AT));
    options.profile = profile;
    verify::verify(ofd, &trust(), &options)
}

/// Ids and results of all findings, as the list of expectations writes them.
fn found(report: &Report) -> BTreeSet<String> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    let all = report.findings.iter().chain(of_signatures);
    all.map(|one| format!("{}={}", one.id(), one.status().as_str())).collect()
}

#[test]
fn every_attack_is_seen_for_what_it_is() {
    let suite = suite();
    let list = publish::expectations();
    let expected = Expected::read(&list);
    let mut wrong = Vec::new();
    for (name, ofd) in &suite {
        let Some(wanted) = expected.iter().find(|one| one.name == *name) else {
            wrong.push(format!("{name}: nothing is expected of it"));
            continue;
        };
        let report = judge(ofd, Profile::Compat);
        let found = found(&report);
        let missing: Vec<_> = wanted.findings.iter().filter(|one| !found.contains(**one)).collect();
        if report.verdict.as_str() != wanted.verdict || !missing.is_empty() {
            wrong.push(format!("{name}: {:?}, missing {missing:?}, found {found:?}", report.verdict));
        }
        // The strict profile never thinks better of it.
        if wanted.is_attack() && judge(ofd, Profile::Strict).verdict == Verdict::Valid {
            wrong.push(format!("{name}: valid under the strict profile"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let made: BTreeSet<&str> = suite.iter().map(|(name, _)| *name).collect();
    let listed: BTreeSet<&str> = expected.iter().map(|one| one.name).collect();
    assert_eq!((made.len(), &made), (suite.len(), &listed), "each is made once and listed once");
    assert!(expected.iter().filter(|one| one.is_attack()).count() >= 90);
    publish::check(&suite, &expected);
}

/// A line of `expected.tsv`.
pub(crate) struct Expected<'t> {
    /// The file's name without ending.
    pub(crate) name: &'t str,
    pub(crate) verdict: &'t str,
    /// What must be found, among others: `id=status`.
    pub(crate) findings: Vec<&'t str>,
    /// What was done, Chinese and English.
    pub(crate) words: [&'t str; 2],
}

impl<'t> Expected<'t> {
    fn read(list: &'t str) -> Vec<Self> {
        let columns = |line: &'t str| {
            let [file, verdict, findings, zh, en] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("five columns: {line}")
            };
            let name = file.strip_suffix(".ofd").expect("an OFD");
            let findings = findings.split(' ').filter(|one| !one.is_empty()).collect();
            Self { name, verdict, findings, words: [zh, en] }
        };
        list.lines().skip(1).map(columns).collect()
    }

    /// True for what must never be valid.
    pub(crate) fn is_attack(&self) -> bool {
        self.verdict != "valid"
    }
}
