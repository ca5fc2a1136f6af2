//! The attack suite: hostile OFDs made from good ones, each with the verdict and the finding that it must get.
//!
//! They are published in `fixtures/attacks`, with what other verifiers answer in `docs/attack-suite.md`, so that anybody
//! can try a verifier on them. The bytes come from fixed keys and times; `SEALBRIDGE_BLESS=1` writes them anew.

#![expect(
    clippy::expect_used,
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
use verify::{Options, Report, Status, Trust, Verdict};

pub(crate) const INVALID: Verdict = Verdict::Invalid;
pub(crate) const INDETERMINATE: Verdict = Verdict::Indeterminate;
pub(crate) const BAD: Status = Status::Bad;
pub(crate) const UNKNOWN: Status = Status::Unknown;
pub(crate) const NOTE: Status = Status::Note;

/// One hostile document.
pub(crate) struct Attack {
    /// Its file's name without ending.
    pub(crate) name: &'static str,
    /// What was done and what it would do, Chinese.
    pub(crate) zh: &'static str,
    /// The same, English.
    pub(crate) en: &'static str,
    pub(crate) ofd: Vec<u8>,
    pub(crate) verdict: Verdict,
    /// What must be found, among others.
    pub(crate) findings: &'static [(&'static str, Status)],
}

pub(crate) fn attack(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    files: &Files,
    verdict: Verdict,
    findings: &'static [(&'static str, Status)],
) -> Attack {
    attack_bytes(name, zh, en, files.to_zip(), verdict, findings)
}

pub(crate) fn attack_bytes(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    ofd: Vec<u8>,
    verdict: Verdict,
    findings: &'static [(&'static str, Status)],
) -> Attack {
    Attack { name, zh, en, ofd, verdict, findings }
}

/// What is attacked, untouched: valid.
fn controls() -> Vec<Attack> {
    let control = |name, zh, en, files: &Files| attack(name, zh, en, files, Verdict::Valid, &[]);
    vec![
        control("good-locked", "未受攻击：一个印章，已锁定", "untouched: one seal, locked", &base::locked()),
        control(
            "good-open",
            "未受攻击：一个印章，可继续加签",
            "untouched: one seal, open to more",
            &base::open(),
        ),
        control("good-twice", "未受攻击：两个印章", "untouched: two seals", &base::twice()),
        control(
            "good-entry-uncovered",
            "未受攻击：入口文件不受保护，如许多厂商所为",
            "untouched: the entry file is left out, as many writers do",
            &base::loose(&["OFD.xml"]),
        ),
    ]
}

/// All of them, made in one order: the keys draw from one source.
fn suite() -> Vec<Attack> {
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

fn judge(ofd: &[u8]) -> Report {
    verify::verify(ofd, &trust(), &Options::new(at(JUDGED_AT)))
}

/// Ids and results of all findings.
fn found(report: &Report) -> BTreeSet<(&'static str, Status)> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    report.findings.iter().chain(of_signatures).map(|one| (one.id(), one.status())).collect()
}

#[test]
fn every_attack_is_seen_for_what_it_is() {
    let suite = suite();
    let mut wrong = Vec::new();
    for attack in &suite {
        let report = judge(&attack.ofd);
        let found = found(&report);
        let missing: Vec<_> = attack.findings.iter().filter(|one| !found.contains(*one)).collect();
        if report.verdict != attack.verdict || !missing.is_empty() {
            let weighty: Vec<_> = found.iter().filter(|one| one.1 > Status::Note).collect();
            wrong.push(format!(
                "{}: {:?}, missing {missing:?}, found {weighty:?}",
                attack.name, report.verdict
            ));
        }
        // The strict profile never thinks better of it.
        let mut strict = Options::new(at(JUDGED_AT));
        strict.profile = verify::Profile::Strict;
        let strictly = verify::verify(&attack.ofd, &trust(), &strict).verdict;
        if attack.verdict != Verdict::Valid && strictly == Verdict::Valid {
            wrong.push(format!("{}: valid under the strict profile", attack.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let names: BTreeSet<&str> = suite.iter().map(|attack| attack.name).collect();
    assert_eq!(names.len(), suite.len(), "names are distinct");
    assert!(suite.len() >= 80, "{} documents", suite.len());
    publish::check(&suite);
}
