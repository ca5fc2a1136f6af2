//! What programs and people get from a report: JSON, steps, masked names, the seals to look up beforehand.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{
    Files, JUDGED_AT, PlainForm, PlainSpec, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed,
};
use testkit::pki::{Party, at, pki};
use verify::{Options, Readability, Report, Step, StepStatus, Trust, Verdict};

fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.finish();
    trust
}

fn judge(ofd: &[u8]) -> Report {
    verify::verify(ofd, &trust(), &Options::new(at(JUDGED_AT)))
}

fn sealed_by(signer: &Party) -> Vec<u8> {
    let seal = SealSpec::for_signer(signer).write();
    let prepared = prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT));
    prepared.sealed(&seal, &ValueSpec::by(signer)).to_zip()
}

#[test]
fn the_json_has_the_agreed_fields_first_and_in_order() {
    let report = judge(&sealed(Mode::Lock).to_zip()).named("合同.ofd");
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json)[..5], ["file", "verdict", "signCount", "signatures", "findings"]);
    assert_eq!(json["file"], "合同.ofd");
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["signCount"], 1);
    let signature = &json["signatures"][0];
    assert_eq!(keys(signature)[..5], ["verdict", "sealCode", "signTime", "certOwner", "findings"]);
    assert_eq!(signature["sealCode"], "11000000000001");
    assert_eq!(signature["signTime"], SIGNED_AT);
    assert_eq!(signature["certOwner"], "测试单位公章");
    assert_eq!(signature["coversWholeDocument"], true);
    assert_eq!(signature["exit"], serde_json::Value::Null);
    let coverage = &signature["coverage"];
    let covered = coverage["covered"]["names"].as_array().unwrap();
    assert_eq!(coverage["covered"]["count"], covered.len());
    assert!(covered.iter().any(|name| name == "/OFD.xml"), "{coverage}");
    assert_eq!(coverage["changed"], serde_json::json!({"count": 0, "names": []}));
    assert_eq!((&coverage["locks"], &coverage["isUnseen"]), (&true.into(), &false.into()));
    let finding = &signature["findings"][0];
    assert_eq!(keys(finding)[..4], ["id", "clause", "status", "hint"]);
    for finding in signature["findings"].as_array().unwrap() {
        assert!(["good", "note", "unknown", "bad"].contains(&finding["status"].as_str().unwrap()));
        assert!(finding["hint"].as_str().unwrap().contains(" / "), "{finding}");
    }
    assert_eq!(json["trustId"].as_str().unwrap().len(), 64);
    assert_eq!(json["policyId"], "sealbridge-3/compat/soft");
}

/// Many names are counted, and so many are told as on the pages.
#[test]
fn the_names_that_a_signature_covers_are_bounded() {
    let mut files = Files::from_zip(&document());
    for number in 0..250 {
        files.add(&format!("Doc_0/Res/{number}.txt"), b"text".to_vec());
    }
    let files = prepared(&files.to_zip(), Kind::Sign, Mode::Lock, at(SIGNED_AT));
    let report = judge(&files.signed(&PlainSpec::good(PlainForm::Attributes)).to_zip());
    let json = serde_json::to_value(&report).unwrap();
    let covered = &json["signatures"][0]["coverage"]["covered"];
    assert!(covered["count"].as_u64().unwrap() > 250, "{covered}");
    assert_eq!(covered["names"].as_array().unwrap().len(), 200);
}

#[test]
fn names_of_persons_never_leave_unmasked() {
    let report = judge(&sealed_by(&pki().person));
    assert_eq!(report.verdict, Verdict::Valid);
    let signer = report.signatures[0].signer.as_ref().unwrap();
    assert!(signer.is_person);
    assert_eq!(signer.owner, "张**");
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("张三丰"), "{json}");
    assert!(!format!("{report:?}").contains("张三丰"));
    assert!(!format!("{report:?}").contains("11010519491231002X"));
}

#[test]
fn every_step_is_told_and_the_exit_is_marked() {
    let report = judge(&sealed_by(&pki().expired));
    let steps = report.steps(&report.signatures[0]);
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), Step::ALL);
    let exits: Vec<Step> = steps.iter().filter(|step| step.is_exit).map(|step| step.step).collect();
    assert_eq!(exits, [Step::SignerCertificate]);
    for step in &steps {
        let failed = step.step == Step::SignerCertificate;
        assert_eq!(step.table_status(), u8::from(!failed), "{step:?}");
        assert_eq!(step.indication(), if failed { Verdict::Invalid } else { Verdict::Valid });
        assert!(!step.hint_zh.is_empty() && !step.hint_en.is_empty());
    }
    assert_eq!(report.signatures[0].exit().unwrap().text, "GB/T 38540-2020 7.3 f1");
}

#[test]
fn a_plain_signature_has_no_steps_of_a_seal() {
    let files = prepared(&document(), Kind::Sign, Mode::Lock, at(SIGNED_AT));
    let report = judge(&files.signed(&PlainSpec::good(PlainForm::Attributes)).to_zip());
    assert_eq!(report.verdict, Verdict::Valid);
    for step in report.steps(&report.signatures[0]) {
        let of_seal = matches!(
            step.step,
            Step::SignerInSeal
                | Step::SealSignature
                | Step::SealMaker
                | Step::SealPeriod
                | Step::SealRegister
        );
        assert_eq!(step.status == StepStatus::NotApplicable, of_seal, "{step:?}");
        assert_eq!(step.table_status(), 1);
    }
}

#[test]
fn what_cannot_be_read_is_told_apart() {
    let unknown = judge(b"{\\rtf1 and what follows");
    assert_eq!((unknown.readability, unknown.verdict), (Readability::UnknownFormat, Verdict::Indeterminate));
    let pdf = judge(b"%PDF-1.7 and what follows");
    assert_eq!((pdf.readability, pdf.verdict), (Readability::Damaged, Verdict::Indeterminate));
    let mut files = sealed(Mode::Lock);
    files.set("OFD.xml", b"<ofd:OFD".to_vec());
    let damaged = judge(&files.to_zip());
    assert_eq!((damaged.readability, damaged.verdict), (Readability::Damaged, Verdict::Indeterminate));
    let unsigned = judge(&document());
    assert_eq!((unsigned.readability, unsigned.verdict), (Readability::Readable, Verdict::Indeterminate));
    assert!(unsigned.signatures.is_empty() && !unsigned.verify_result());
}

#[test]
fn seals_can_be_looked_up_beforehand() {
    let options = Options::new(at(JUDGED_AT));
    let ofd = sealed(Mode::Lock).to_zip();
    let seals = verify::seals_in(&ofd, &options);
    assert_eq!(seals.len(), 1);
    assert_eq!(seals[0].es_id, "11000000000001");
    assert_eq!(judge(&ofd).signatures[0].seal.as_ref().map(|seal| seal.sm3), Some(seals[0].sm3));
    assert!(verify::seals_in(b"nothing", &options).is_empty());
}

#[test]
fn the_id_of_the_trust_names_its_content_and_not_its_order() {
    let (root, sub, crl) = (pki().root.der(), pki().sub.der(), &pki().sub_crl);
    let mut one = Trust::new();
    one.add_trusted(&root).unwrap();
    one.add_trusted(&sub).unwrap();
    let mut other = Trust::new();
    other.add_trusted(&sub).unwrap();
    other.add_trusted(&root).unwrap();
    assert_eq!(one.id(), other.id());
    other.add_crls(crl).unwrap();
    assert_ne!(one.id(), other.id());
    assert_ne!(Trust::new().id(), one.id());
    assert!(one.add_trusted(b"no certificate").is_err());
    assert!(one.add_crls(&root).is_err());
}

#[test]
fn a_middle_authority_handed_over_alone_is_trusted() {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().sub.der()).unwrap();
    assert!(!trust.has_anchors());
    trust.finish();
    assert!(trust.has_anchors());
    let report = verify::verify(&sealed(Mode::Lock).to_zip(), &trust, &Options::new(at(JUDGED_AT)));
    assert_eq!(report.verdict, Verdict::Valid);
}

/// A signer whose certificate names neither an organisation nor a number is taken for a person; the seal of a unit keeps
/// its name all the same, unless that reads like a person's.
#[test]
fn the_name_of_a_units_seal_is_shown() {
    let (key, random) =
        (crypto::Sm2KeyPair::generate(&crypto::Random::system()).unwrap(), crypto::Random::system());
    let name = formats::x509::NameBuilder::new().country("CN").common_name("某某实业有限公司");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let spki = crypto::Signer::verifying_key(&key).clone();
    let profile = formats::x509::Profile::SignerSign;
    let builder = formats::x509::CertificateBuilder::new(profile, name, &spki, from, to);
    let der = builder.issue(&pki().sub.certificate, &pki().sub.key, &random).unwrap();
    let certificate = formats::x509::Certificate::from_der(&der).unwrap();
    let report = judge(&sealed_by(&Party { key, certificate }));
    let signature = &report.signatures[0];
    assert!(signature.signer.as_ref().unwrap().is_person);
    let seal = &signature.seal.as_ref().unwrap();
    assert_eq!(seal.seal_type, 1);
    assert!(!seal.name.contains('*'), "{}", seal.name);
}
