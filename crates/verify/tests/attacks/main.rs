//! The attack suite: sealed documents, and what somebody who has no key, or a wrong one, can make of them. The
//! documents are published in `fixtures/attacks`, so that any verifier can be tried with them.
//!
//! `SEALBRIDGE_BLESS=1` writes the documents, what is expected of each, and the page about them.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of a test: what cannot be made must stop it"
)]

mod additions;
mod archive;
mod base;
mod bounds;
mod container;
mod content;
mod gaps;
mod headings;
mod joined;
mod lists;
mod loose;
mod makers;
mod meaning;
mod outside;
mod page;
mod readings;
mod seals;
mod stamping;
mod twofold;
mod unvouched;
mod values;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use sealbridge_verify as verify;
use testkit::lab::{Files, JUDGED_AT};
use testkit::pki::{at, pki};
use verify::catalogue::Rule;
use verify::{Options, Report, Status, Trust, Verdict};

/// Where the documents are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/attacks");

/// A document with what is expected of it.
pub(crate) struct Case {
    /// Name of the file without its ending; controls begin with `control-`.
    pub(crate) name: &'static str,
    pub(crate) ofd: Vec<u8>,
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    /// Findings it must have; others may come with them. A control has none.
    pub(crate) findings: Vec<(&'static Rule, Status)>,
}

impl Case {
    /// An attack from files, packed as usual where their names and headers are.
    pub(crate) fn of(files: &Files, name: &'static str) -> Self {
        Self::of_bytes(packed(files), name)
    }

    /// A document as it should be.
    pub(crate) fn control(files: &Files, name: &'static str) -> Self {
        Self::of(files, name)
    }

    pub(crate) fn of_bytes(ofd: Vec<u8>, name: &'static str) -> Self {
        Self { name, ofd, zh: "", en: "", findings: Vec::new() }
    }

    pub(crate) fn says(mut self, zh: &'static str, en: &'static str) -> Self {
        (self.zh, self.en) = (zh, en);
        self
    }

    pub(crate) fn bad(mut self, rule: &'static Rule) -> Self {
        self.findings.push((rule, Status::Bad));
        self
    }

    pub(crate) fn unknown(mut self, rule: &'static Rule) -> Self {
        self.findings.push((rule, Status::Unknown));
        self
    }

    pub(crate) fn is_control(&self) -> bool {
        self.name.starts_with("control-")
    }

    /// The verdict that follows from the expected findings.
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::of(self.findings.iter().map(|(_, status)| *status))
    }

    fn judge(&self) -> Report {
        let mut trust = Trust::new();
        trust.add_anchor(pki().root.certificate.clone());
        trust.add_intermediate(pki().sub.certificate.clone());
        verify::verify(&self.ofd, &trust, &Options::new(at(JUDGED_AT)))
    }

    /// What is wrong with the answer.
    fn check(&self) -> Vec<String> {
        let report = self.judge();
        let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
        let all: Vec<_> = report.findings.iter().chain(of_signatures).collect();
        let mut wrong = Vec::new();
        for (rule, status) in &self.findings {
            if !all.iter().any(|finding| finding.id() == rule.id && finding.status() == *status) {
                wrong.push(format!("{}: missing {} {status:?}", self.name, rule.id));
            }
        }
        if report.verdict != self.verdict() {
            let heavy = all.iter().filter(|finding| finding.status() >= Status::Unknown);
            let heavy: Vec<_> =
                heavy.map(|finding| (finding.id(), finding.status(), finding.hint_en())).collect();
            wrong.push(format!(
                "{}: {:?}, expected {:?}: {heavy:?}",
                self.name,
                report.verdict,
                self.verdict()
            ));
        }
        if !self.is_control() && (report.verdict == Verdict::Valid || self.findings.is_empty()) {
            wrong.push(format!("{}: an attack that passes", self.name));
        }
        wrong
    }

    /// Its line of `expected.tsv`.
    fn line(&self) -> String {
        let findings = self.findings.iter().map(|(rule, status)| format!("{}={}", rule.id, status.as_str()));
        let findings = findings.collect::<Vec<_>>().join(" ");
        format!("{}.ofd\t{}\t{findings}\t{}\t{}\n", self.name, self.verdict().as_str(), self.zh, self.en)
    }
}

/// The archive: deflated, unless a header or a name is meant to be odd.
fn packed(files: &Files) -> Vec<u8> {
    let is_odd = |file: &testkit::lab::File| file.flags != 0 || file.method != 0 || file.crc_offset != 0;
    if files.list.iter().any(is_odd) { files.to_zip() } else { archive::packed(files) }
}

/// All documents. They are made in one order, once: the keys draw from one source of fixed bytes.
fn suite() -> &'static [Case] {
    static SUITE: OnceLock<Vec<Case>> = OnceLock::new();
    SUITE.get_or_init(|| {
        let mut all = lists::cases();
        all.extend(content::cases());
        all.extend(container::cases());
        all.extend(values::cases());
        all.extend(container::polyglots());
        all.extend(loose::cases());
        all.extend(meaning::cases());
        all.extend(gaps::cases());
        all.extend(joined::cases());
        all.extend(twofold::cases());
        all.extend(headings::cases());
        all.extend(readings::cases());
        all.extend(seals::cases());
        all.extend(makers::cases());
        all.extend(additions::cases());
        all.extend(stamping::cases());
        all.extend(outside::cases());
        all.extend(unvouched::cases());
        all
    })
}

fn expected() -> String {
    let mut out = "file\tverdict\tfindings\t攻击及危害\tattack and harm\n".to_owned();
    for case in suite() {
        let _ = write!(out, "{}", case.line());
    }
    out
}

#[test]
fn every_attack_is_found_and_every_control_is_valid() {
    let wrong: Vec<String> = suite().iter().flat_map(Case::check).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(suite().iter().filter(|case| !case.is_control()).count() >= 36);
    let names: BTreeSet<&str> = suite().iter().map(|case| case.name).collect();
    assert_eq!(names.len(), suite().len(), "a name twice");
    let bytes: BTreeSet<&[u8]> = suite().iter().map(|case| case.ofd.as_slice()).collect();
    assert_eq!(bytes.len(), suite().len(), "one document under two names");
}

#[test]
fn the_published_documents_are_what_the_generator_makes() {
    let root = formats::x509::pem_encode("CERTIFICATE", &pki().root.der());
    let sub = formats::x509::pem_encode("CERTIFICATE", &pki().sub.der());
    let mut files: Vec<(String, Vec<u8>)> =
        suite().iter().map(|case| (format!("{}.ofd", case.name), case.ofd.clone())).collect();
    files.push(("expected.tsv".to_owned(), expected().into_bytes()));
    files.push(("trust.pem".to_owned(), format!("{root}{sub}").into_bytes()));
    if std::env::var_os("SEALBRIDGE_BLESS").is_some() {
        std::fs::create_dir_all(FOLDER).unwrap();
        for (name, content) in &files {
            std::fs::write(format!("{FOLDER}/{name}"), content).unwrap();
        }
    }
    let wrong = files
        .iter()
        .filter(|(name, content)| std::fs::read(format!("{FOLDER}/{name}")).ok().as_ref() != Some(content));
    let wrong: Vec<_> = wrong.map(|(name, _)| name).collect();
    assert!(wrong.is_empty(), "not as generated, run with SEALBRIDGE_BLESS=1: {wrong:?}");
    let there = std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap());
    let there: Vec<_> =
        there.filter(|file| file.path().extension().is_some_and(|end| end == "ofd")).collect();
    assert_eq!(there.len(), suite().len(), "documents that the generator does not make");
    assert!(files.iter().map(|(_, content)| content.len()).sum::<usize>() < 2_600_000);
}
