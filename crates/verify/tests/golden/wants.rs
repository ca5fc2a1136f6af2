//! What is lacking, where it may be had, and what becomes of it when somebody fetches it.

use crypto::Sm2KeyPair;
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use sealbridge_verify as verify;
use testkit::lab::ValueSpec;
use testkit::pki::{Party, at, fixed_random, pki};
use verify::Revocation;
use verify::Status::{Bad, Note};

use crate::revocation::{GOOD, Says, answer, by, delegate, issued, revoked};

/// What is wanted is what a certificate names addresses for and what is not at hand; when it is there, nothing is.
#[test]
fn what_is_lacking_is_told_with_its_addresses() {
    let random = fixed_random("wants");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let key = Sm2KeyPair::generate(&random).unwrap();
    let public = crypto::Signer::verifying_key(&key).clone();
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("公章");
    let builder = CertificateBuilder::new(Profile::SignerSign, name, &public, from, to)
        .crl_url("http://ca.example/sub.crl")
        .ocsp_url("http://ca.example/ocsp")
        .issuer_url("http://ca.example/sub.cer");
    let signer = issued(&builder, &pki().sub, key, &random);
    let ofd = by(&ValueSpec::by(&signer)).to_zip();
    let options = verify::Options::new(at(testkit::lab::JUDGED_AT));
    let mut trust = verify::Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    let (report, wants) = verify::verify_and_want(&ofd, &trust, &options);
    assert_eq!(report.verdict, verify::Verdict::Indeterminate);
    let issuer =
        verify::Want { kind: verify::WantKind::Issuer, urls: vec!["http://ca.example/sub.cer".to_owned()] };
    assert_eq!(wants, [issuer]);
    assert_eq!(trust.add_issuers(&pki().signer.der()), Ok(0), "no authority");
    assert_eq!(trust.add_issuers(&pki().sub.der()), Ok(1));
    let (report, wants) = verify::verify_and_want(&ofd, &trust, &options);
    assert_eq!(report.verdict, verify::Verdict::Valid, "fetched issuers complete a path and never begin one");
    let urls: Vec<&str> = wants.iter().flat_map(|want| want.urls.iter().map(String::as_str)).collect();
    assert_eq!(urls, ["http://ca.example/ocsp", "http://ca.example/sub.crl"]);
    let verify::WantKind::Ocsp(id) = &wants[0].kind else { panic!("{wants:?}") };
    assert!(id.names(&signer.certificate, &pki().sub.certificate));
    let plain = verify::verify(&ofd, &trust, &options);
    assert_eq!(serde_json::to_string(&plain).unwrap(), serde_json::to_string(&report).unwrap());
    // Whoever brings rubbish that looks current keeps nobody from asking.
    let good = answer(&pki().sub, &signer, &pki().sub, &GOOD);
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let mut list = pki().sub_crl.clone();
    let last = list.len() - 1;
    list[last] ^= 1;
    let without_purpose =
        delegate(Profile::SignerSign, &pki().sub, "2024-01-01T00:00:00Z", "2044-01-01T00:00:00Z");
    trust.add_answers(&damaged).unwrap();
    trust.add_answers(&answer(&without_purpose, &signer, &pki().sub, &GOOD)).unwrap();
    trust.add_crls(&list).unwrap();
    assert_eq!(verify::verify_and_want(&ofd, &trust, &options).1, wants);
    trust.add_answers(&good).unwrap();
    assert_eq!(verify::verify_and_want(&ofd, &trust, &options).1, []);
    assert!(trust.add_answers(b"junk").is_err() && trust.add_answers(&pki().sub_crl).is_err());
}

/// Nobody is sent anywhere by a certificate that no trusted authority signed.
#[test]
fn a_stranger_sends_nobody_anywhere() {
    let random = fixed_random("stranger wants");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let key = Sm2KeyPair::generate(&random).unwrap();
    let public = crypto::Signer::verifying_key(&key).clone();
    let builder =
        CertificateBuilder::new(Profile::SignerSign, NameBuilder::new().common_name("x"), &public, from, to)
            .ocsp_url("http://ca.example/ocsp");
    // Under the name of the authority, with another key.
    let false_key = &pki().maker.key;
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("测试签发CA");
    let public = crypto::Signer::verifying_key(false_key).clone();
    let profile = Profile::Intermediate { path_len: 0 };
    let der =
        CertificateBuilder::new(profile, name, &public, from, to).self_sign(false_key, &random).unwrap();
    let authority = Party { certificate: Certificate::from_der(&der).unwrap(), key: false_key.clone() };
    assert_eq!(authority.certificate.subject_der(), pki().sub.certificate.subject_der());
    let signer = issued(&builder, &authority, key, &random);
    let ofd = by(&ValueSpec::by(&signer)).to_zip();
    let mut trust = verify::Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    trust.add_intermediate(authority.certificate);
    let (report, wants) =
        verify::verify_and_want(&ofd, &trust, &verify::Options::new(at(testkit::lab::JUDGED_AT)));
    assert_eq!((report.verdict, wants), (verify::Verdict::Invalid, Vec::new()));
}

/// A fetcher that was given one thing for each kind of want, and remembers what it was asked for.
struct Shelf {
    answer: Vec<u8>,
    list: Vec<u8>,
    asked: std::cell::RefCell<Vec<String>>,
}

impl verify::Fetcher for Shelf {
    fn fetch(&self, wants: &[verify::Want]) -> Vec<Option<Vec<u8>>> {
        self.asked.borrow_mut().extend(wants.iter().flat_map(|want| want.urls.clone()));
        let found = wants.iter().map(|want| match want.kind {
            verify::WantKind::Issuer => Some(pki().sub.der()),
            verify::WantKind::Ocsp(_) => Some(self.answer.clone()),
            verify::WantKind::Crl => Some(self.list.clone()),
        });
        found.collect()
    }
}

/// Issuers first, then answers, and lists where no answer came; nothing twice.
#[test]
fn what_is_fetched_is_judged_and_nothing_is_asked_twice() {
    let random = fixed_random("shelf");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let key = Sm2KeyPair::generate(&random).unwrap();
    let public = crypto::Signer::verifying_key(&key).clone();
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("公章");
    let builder = CertificateBuilder::new(Profile::SignerSign, name, &public, from, to)
        .crl_url("http://ca.example/sub.crl")
        .ocsp_url("http://ca.example/ocsp")
        .issuer_url("http://ca.example/sub.cer");
    let signer = issued(&builder, &pki().sub, key, &random);
    let ofd = by(&ValueSpec::by(&signer)).to_zip();
    let judged = |answer: Vec<u8>, revocation| {
        let shelf = Shelf { answer, list: pki().sub_crl.clone(), asked: std::cell::RefCell::default() };
        let mut trust = verify::Trust::new();
        trust.add_anchor(pki().root.certificate.clone());
        let mut options = verify::Options::new(at(testkit::lab::JUDGED_AT));
        options.revocation = revocation;
        let before = trust.id();
        let report = verify::verify_fetching(&ofd, &mut trust, &options, &shelf);
        assert!(
            report.trust_id == trust.id() && trust.id() != before,
            "what was fetched is part of the snapshot"
        );
        let finding = report.signatures[0].finding("signer.revocation").unwrap().status();
        (report.verdict, finding, shelf.asked.into_inner().join(" ").replace("http://ca.example/", ""))
    };
    let says = |says: &Says| answer(&pki().sub, &signer, &pki().sub, says);
    let good = judged(says(&GOOD), Revocation::Soft);
    assert_eq!(
        good,
        (verify::Verdict::Valid, Note, "sub.cer ocsp".to_owned()),
        "the list of the root is not named"
    );
    let bad = judged(says(&revoked("2025-01-01T00:00:00Z", None)), Revocation::Soft);
    assert_eq!(bad, (verify::Verdict::Invalid, Bad, "sub.cer ocsp".to_owned()));
    let rubbish = judged(b"rubbish".to_vec(), Revocation::Soft);
    assert_eq!(rubbish, (verify::Verdict::Valid, Note, "sub.cer ocsp sub.crl".to_owned()));
    let off = judged(says(&GOOD), Revocation::Off);
    assert_eq!(off, (verify::Verdict::Valid, Note, "sub.cer".to_owned()));
}
