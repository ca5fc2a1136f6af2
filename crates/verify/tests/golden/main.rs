//! Golden documents: for every finding there is, and every result it can have, a document that has it and
//! nothing else wrong. Made by the workshop of the test kit; nothing here is anybody's data.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of a test, read as a whole: what cannot be made must stop it"
)]

mod container;
mod document;
mod flooded;
mod foreign;
mod letter;
mod maker;
mod pdf;
mod revocation;
mod seal;
mod signature;
mod signer;
mod stamp;
mod wants;

use std::collections::BTreeSet;
use std::sync::Arc;

use formats::x509::{Certificate, pem_encode};
use sealbridge_verify as verify;
use testkit::lab::{Files, JUDGED_AT};
use testkit::pki::{at, pki};
use verify::catalogue::{self, Rule};
use verify::{
    Finding, Options, OwnerClaim, OwnerMatch, Party, Profile, RegisterAnswer, Report, Revocation,
    SealIdentity, SealRegister, Status, Trust, Verdict,
};

/// Whom a document is judged with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Whom {
    /// The root, and the authority below it as intermediate.
    Root,
    /// The same with both revocation lists.
    Lists,
    /// Nobody.
    Nobody,
}

/// What is judged.
pub(crate) enum What {
    /// A document.
    Document(Vec<u8>),
    /// A seal by itself.
    Seal(Vec<u8>),
}

/// A document with the one finding it is about.
pub(crate) struct Golden {
    pub(crate) what: What,
    pub(crate) rule: &'static Rule,
    pub(crate) status: Status,
    /// Findings of weight that come with it.
    pub(crate) also: Vec<(&'static Rule, Status)>,
    pub(crate) whom: Whom,
    pub(crate) options: Options,
    pub(crate) register: Option<RegisterAnswer>,
    /// The credit code that the register knows.
    pub(crate) owner: Option<&'static str>,
    /// Answers of OCSP responders.
    pub(crate) answers: Vec<Vec<u8>>,
    /// More revocation lists.
    pub(crate) lists: Vec<Vec<u8>>,
    /// More intermediate authorities.
    pub(crate) authorities: Vec<Certificate>,
    /// Who may make seals; everybody when there is none.
    pub(crate) makers: Vec<Certificate>,
}

/// A document about one finding.
pub(crate) fn golden(files: &Files, rule: &'static Rule, status: Status) -> Golden {
    golden_bytes(files.to_zip(), rule, status)
}

/// The same from bytes.
pub(crate) fn golden_bytes(ofd: Vec<u8>, rule: &'static Rule, status: Status) -> Golden {
    Golden {
        what: What::Document(ofd),
        rule,
        status,
        also: Vec::new(),
        whom: Whom::Root,
        options: Options::new(at(JUDGED_AT)),
        register: None,
        owner: None,
        answers: Vec::new(),
        lists: Vec::new(),
        authorities: Vec::new(),
        makers: Vec::new(),
    }
}

/// A seal by itself about one finding.
pub(crate) fn golden_seal(seal: Vec<u8>, rule: &'static Rule, status: Status) -> Golden {
    Golden { what: What::Seal(seal), ..golden_bytes(Vec::new(), rule, status) }
}

impl Golden {
    pub(crate) fn also(mut self, rule: &'static Rule, status: Status) -> Self {
        self.also.push((rule, status));
        self
    }

    pub(crate) fn whom(mut self, whom: Whom) -> Self {
        self.whom = whom;
        self
    }

    pub(crate) fn at(mut self, time: &str) -> Self {
        self.options.at = at(time);
        self
    }

    pub(crate) fn strict(mut self) -> Self {
        self.options.profile = Profile::Strict;
        self
    }

    pub(crate) fn revocation(mut self, revocation: Revocation) -> Self {
        self.options.revocation = revocation;
        self
    }

    pub(crate) fn register(mut self, answer: RegisterAnswer) -> Self {
        self.register = Some(answer);
        self
    }

    pub(crate) fn makers(mut self, makers: &[&testkit::pki::Party]) -> Self {
        self.makers = makers.iter().map(|maker| maker.certificate.clone()).collect();
        self
    }

    pub(crate) fn answers(mut self, answers: Vec<Vec<u8>>) -> Self {
        self.answers = answers;
        self
    }

    fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        if self.whom != Whom::Nobody {
            trust.add_anchor(pki().root.certificate.clone());
            trust.add_intermediate(pki().sub.certificate.clone());
        }
        if self.whom == Whom::Lists {
            trust.add_crls(&pki().sub_crl).unwrap();
            trust.add_crls(&pki().root_crl).unwrap();
        }
        for answer in &self.answers {
            trust.add_answers(answer).unwrap();
        }
        for list in &self.lists {
            trust.add_crls(list).unwrap();
        }
        for authority in &self.authorities {
            trust.add_intermediate(authority.clone());
        }
        for maker in &self.makers {
            trust.add_maker(maker.clone());
        }
        if let Some(answer) = self.register.clone() {
            trust.set_register(Arc::new(Answers { answer, owner: self.owner }));
        }
        trust
    }

    /// The verdict and all findings.
    pub(crate) fn judge(&self) -> (Verdict, Vec<Finding>) {
        match &self.what {
            What::Document(ofd) => {
                let report = verify::verify(ofd, &self.trust(), &self.options);
                (report.verdict, all_findings(&report))
            }
            What::Seal(seal) => {
                let report = verify::verify_seal(seal, &self.trust(), &self.options);
                (report.verdict, report.findings)
            }
        }
    }

    /// What is not as expected.
    fn check(&self) -> Vec<String> {
        let (verdict, findings) = self.judge();
        let wanted: BTreeSet<(&str, Status)> = std::iter::once((self.rule, self.status))
            .chain(self.also.iter().copied())
            .map(|(rule, status)| (rule.id, status))
            .collect();
        let all: BTreeSet<(&str, Status)> =
            findings.iter().map(|finding| (finding.id(), finding.status())).collect();
        let mut wrong = Vec::new();
        for missing in wanted.difference(&all) {
            wrong.push(format!("missing {missing:?}"));
        }
        for more in all.difference(&wanted).filter(|(_, status)| *status >= Status::Unknown) {
            let told = findings.iter().find(|finding| (finding.id(), finding.status()) == *more);
            wrong.push(format!("unexpected {told:?}"));
        }
        let expected = Verdict::of(wanted.iter().map(|(_, status)| *status));
        if verdict != expected {
            wrong.push(format!("verdict {verdict:?}, expected {expected:?}"));
        }
        let told = findings.iter().find(|finding| finding.id() == self.rule.id);
        if told.is_some_and(|finding| finding.hint_zh().is_empty() || finding.hint_en().is_empty()) {
            wrong.push("an empty hint".to_owned());
        }
        wrong
    }
}

/// A register with one answer.
struct Answers {
    answer: RegisterAnswer,
    /// The credit code of the owner, and of the organisation that runs the system; not known when there is none.
    owner: Option<&'static str>,
}

impl SealRegister for Answers {
    fn state_at(&self, _: &SealIdentity, _: jiff::Timestamp) -> RegisterAnswer {
        self.answer.clone()
    }

    fn compare_owner(&self, _: &SealIdentity, _: Party, claim: &OwnerClaim) -> OwnerMatch {
        self.owner.map_or(OwnerMatch::NotKnown, |owner| claim.against_uscc(owner))
    }
}

pub(crate) fn all_findings(report: &Report) -> Vec<Finding> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    report.findings.iter().chain(of_signatures).cloned().collect()
}

fn all() -> Vec<Golden> {
    let mut all = container::goldens();
    all.extend(document::goldens());
    all.extend(signature::goldens());
    all.extend(signer::goldens());
    all.extend(revocation::goldens());
    all.extend(seal::goldens());
    all.extend(maker::goldens());
    all.extend(stamp::goldens());
    all.extend(pdf::goldens());
    all
}

#[test]
fn every_golden_document_has_its_finding_and_no_other() {
    let mut wrong = Vec::new();
    for (index, golden) in all().iter().enumerate() {
        for what in golden.check() {
            wrong.push(format!("{index}: {} {:?}: {what}", golden.rule.id, golden.status));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_result_of_every_finding_has_a_golden_document() {
    let mut covered: BTreeSet<(&str, Status)> = BTreeSet::new();
    for golden in all() {
        covered.extend(golden.judge().1.iter().map(|finding| (finding.id(), finding.status())));
    }
    let missing: Vec<_> = catalogue::all()
        .flat_map(|rule| rule.texts.iter().map(|(status, _)| (rule.id, *status)))
        .filter(|pair| !covered.contains(pair))
        .collect();
    assert!(missing.is_empty(), "no golden document for {missing:?}");
}

#[test]
fn a_report_is_the_same_every_time() {
    for golden in all() {
        if let What::Document(ofd) = &golden.what {
            let trust = golden.trust();
            let once = serde_json::to_string(&verify::verify(ofd, &trust, &golden.options)).unwrap();
            let twice = serde_json::to_string(&verify::verify(ofd, &trust, &golden.options)).unwrap();
            assert_eq!(once, twice);
        }
    }
}

#[test]
fn every_prefix_and_many_flips_of_a_document_are_survived() {
    let ofd = testkit::lab::sealed(formats::ofd::Mode::Lock).to_zip();
    let trust = golden_bytes(Vec::new(), &catalogue::CONTAINER_FORMAT, Status::Unknown).trust();
    let options = Options::new(at(JUDGED_AT));
    for length in (0..ofd.len()).step_by(97) {
        let report = verify::verify(&ofd[..length], &trust, &options);
        assert_ne!(report.verdict, Verdict::Valid, "cut at {length}");
    }
    for index in (0..ofd.len()).step_by(61) {
        let mut bytes = ofd.clone();
        bytes[index] ^= 1;
        // Some bytes of an archive mean nothing (times, versions): all that matters here is that no flip
        // panics; that no flip of content passes is seen to below.
        let _ = verify::verify(&bytes, &trust, &options);
    }
}

/// The fuzz target and other tools start from a sealed document and its root. They are made here, with
/// SEALBRIDGE_BLESS=1, and checked in; a new run of the test PKI makes other signatures, equally good.
#[test]
fn the_fixtures_are_a_good_document_and_its_root() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    if std::env::var_os("SEALBRIDGE_BLESS").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        let sealed = testkit::lab::sealed(formats::ofd::Mode::Lock);
        std::fs::write(format!("{folder}/sealed.ofd"), sealed.to_zip()).unwrap();
        let certificates = [&pki().root, &pki().sub].map(|party| pem_encode("CERTIFICATE", &party.der()));
        std::fs::write(format!("{folder}/trust.pem"), certificates.concat()).unwrap();
    }
    let mut trust = Trust::new();
    trust.add_trusted(&std::fs::read(format!("{folder}/trust.pem")).unwrap()).unwrap();
    trust.finish();
    let sealed = std::fs::read(format!("{folder}/sealed.ofd")).unwrap();
    let options = Options::new(at(JUDGED_AT));
    assert_eq!(verify::verify(&sealed, &trust, &options).verdict, Verdict::Valid);
}
