//! Why a verdict is what it is, in one stable word: the same in the report, in its JSON, in the tables of the standard and on
//! the page for people.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, JUDGED_AT, SIGNED_AT, SealSpec, ValueForm, ValueSpec, document, prepared, sealed};
use testkit::pki::{at, pki};
use verify::{Options, Profile, Report, Trust, Verdict};

fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.add_crls(&pki().sub_crl).unwrap();
    trust.finish();
    trust
}

fn with(seal: &SealSpec, value: &ValueSpec) -> Files {
    let seal = seal.write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT)).sealed(&seal, value)
}

fn by(value: &ValueSpec) -> Files {
    with(&SealSpec::for_signer(&value.signer), value)
}

fn judge(files: &Files) -> Report {
    verify::verify(&files.to_zip(), &trust(), &Options::new(at(JUDGED_AT)))
}

#[test]
fn the_weightiest_finding_gives_the_word() {
    let good = ValueSpec::good;
    let mut changed = sealed(Mode::Lock);
    changed.edit("Doc_0/Pages/Page_0/Content.xml", |text| format!("{text} "));
    let mut garbage = sealed(Mode::Continue);
    garbage.set("Doc_0/Signs/Sign_0/SignedValue.dat", b"no value".to_vec());
    let mut extra = sealed(Mode::Lock);
    extra.add("Doc_0/Attachs/evil.xml", "<a/>");
    let unsigned = Files::from_zip(&document());
    let early = at("2020-01-01T00:00:00Z");
    let cases = [
        ("HASH_FAILURE", changed),
        ("SIG_CRYPTO_FAILURE", by(&ValueSpec { value: ValueForm::Wrong, ..good() })),
        ("FORMAT_FAILURE", garbage),
        ("SIGNER_NOT_IN_SEAL", with(&SealSpec::good(), &ValueSpec::by(&pki().person))),
        ("SEAL_CRYPTO_FAILURE", with(&SealSpec { value: ValueForm::Wrong, ..SealSpec::good() }, &good())),
        ("REVOKED", by(&ValueSpec::by(&pki().revoked))),
        ("NO_CERTIFICATE_CHAIN_FOUND", by(&ValueSpec::by(&pki().stranger))),
        ("SEAL_EXPIRED", with(&SealSpec { to: at("2025-01-01T00:00:00Z"), ..SealSpec::good() }, &good())),
        (
            "SEAL_NOT_YET_VALID",
            with(&SealSpec { from: at("2026-04-01T00:00:00Z"), ..SealSpec::good() }, &good()),
        ),
        ("CONTENT_NOT_COVERED", extra),
        ("NO_SIGNATURE", unsigned),
    ];
    for (word, files) in cases {
        let report = judge(&files);
        let told = report.sub_indication().map(verify::catalogue::SubIndication::as_str);
        assert_eq!(told, Some(word), "{:#?}", report.signatures.first().map(|signature| &signature.findings));
        agree(&report, word, &files);
    }
    // Before the certificate began: the chain and the seal are judged for that time too.
    let report = judge(&by(&ValueSpec { time: early, ..good() }));
    let period = report.signatures[0].finding("signer.period").unwrap();
    assert_eq!(period.sub_indication().unwrap().as_str(), "NOT_YET_VALID");
    let report = judge(&sealed(Mode::Lock));
    assert_eq!((report.verdict, report.sub_indication()), (Verdict::Valid, None));
}

/// JSON, tables 26 to 28 and the page for people say the same word.
fn agree(report: &Report, word: &str, files: &Files) {
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(report).unwrap()).unwrap();
    assert_eq!(json["subIndication"], word);
    let tables = verify::document_report(report);
    assert_eq!(tables.sub_indication.as_deref(), Some(word));
    for (detail, signature) in tables.details.iter().zip(&report.signatures) {
        let own = signature.sub_indication().map(verify::catalogue::SubIndication::as_str);
        assert_eq!(detail.sub_indication.as_deref(), own);
        for step in &detail.flow_vo_list {
            let is_valid = step.indication == Some(protocol::lists::Indication::Valid);
            assert_eq!(step.sub_indication.is_none(), is_valid, "{step:?}");
        }
    }
    let page = verify::html(report, &files.to_zip()).unwrap();
    assert!(page.contains(&format!("<code>{word}</code>")), "{word}");
}

#[test]
fn departures_have_a_word_under_the_strict_profile() {
    let files = by(&ValueSpec { value: ValueForm::Raw, ..ValueSpec::good() });
    let mut options = Options::new(at(JUDGED_AT));
    options.profile = Profile::Strict;
    let report = verify::verify(&files.to_zip(), &trust(), &options);
    assert_eq!(report.sub_indication().unwrap().as_str(), "NOT_TO_THE_LETTER");
}
