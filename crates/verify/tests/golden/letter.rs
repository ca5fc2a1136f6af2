//! Departures of a signature's files from the letter: each is named by its code, does no harm under the usual profile, and
//! is bad under the strict one.

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed};
use testkit::pki::at;
use verify::Status::{Bad, Note};
use verify::Verdict;
use verify::catalogue as rule;

use crate::golden;

/// A sealed document whose description is another one.
fn described(change: impl Fn(&str) -> String) -> Files {
    let seal = SealSpec::good().write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT))
        .describing(change)
        .sealed(&seal, &ValueSpec::good())
}

/// The same with some words of the description replaced.
fn with(from: &'static str, to: &'static str) -> Files {
    described(move |text| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, to)
    })
}

const TIME: &str = "<ofd:SignatureDateTime>20260301080000Z</ofd:SignatureDateTime>";
const METHOD: &str = "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>";
const PROVIDER: &str = "<ofd:Provider ProviderName=\"sealbridge lab\" Version=\"1\" Company=\"sealbridge\"/>";
const SM3: &str = "CheckMethod=\"1.2.156.10197.1.401\"";

/// Some words of the open list of signatures replaced.
fn listed(from: &'static str, to: &'static str) -> Files {
    let mut files = sealed(Mode::Continue);
    files.edit("Doc_0/Signs/Signatures.xml", |text| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, to)
    });
    files
}

#[test]
fn that_no_largest_id_is_named_is_told_and_right_to_the_letter() {
    let files = listed("<ofd:MaxSignId>s002</ofd:MaxSignId>", "");
    for golden in [
        golden(&files, &rule::DOCUMENT_DEVIATION, Note),
        golden(&files, &rule::DOCUMENT_DEVIATION, Note).strict(),
    ] {
        let (verdict, findings) = golden.judge();
        assert_eq!(verdict, Verdict::Valid, "{findings:?}");
        let named = |finding: &&verify::Finding| finding.hint_en().contains("ofd.max-sign-id-absent ");
        assert_eq!(findings.iter().find(named).map(verify::Finding::status), Some(Note), "{findings:?}");
    }
    // A larger one is right: ids are not used again.
    let files = listed("MaxSignId>s002<", "MaxSignId>s007<");
    let (verdict, findings) = golden(&files, &rule::COVERAGE_LIST, Note).strict().judge();
    assert_eq!(verdict, Verdict::Valid, "{findings:?}");
}

fn cases() -> Vec<(&'static str, Files)> {
    let time = |text: &'static str| with("20260301080000Z", text);
    let swapped = described(|text| text.replace(METHOD, "").replace(TIME, &format!("{TIME}{METHOD}")));
    let mut numbered = sealed(Mode::Continue);
    numbered.edit("Doc_0/Signs/Signatures.xml", |text| text.replace("ID=\"s001\"", "ID=\"1\""));
    vec![
        ("ofd.time-no-zone", time("20260301160000")),
        ("ofd.time-text", time("2026-03-01T08:00:00Z")),
        ("ofd.time-two-digit-year", time("260301080000Z")),
        ("ofd.time-fraction", time("20260301080000.123Z")),
        ("ofd.time-offset", time("20260301160000+0800")),
        ("ofd.time-no-seconds", time("202603010800Z")),
        ("ofd.time-unreadable", time("yesterday")),
        ("ofd.time-absent", with(TIME, "")),
        ("ofd.check-method", with(SM3, "CheckMethod=\"sm3\"")),
        ("ofd.check-method", with(SM3, "CheckMethod=\"1.2.156.10197.1.401.1\"")),
        ("ofd.signature-method", with("1.2.156.10197.1.501", "1.2.156.10197.1.301.1")),
        ("ofd.signature-method", with("1.2.156.10197.1.501", "SM3withSM2")),
        ("ofd.provider-absent", with(PROVIDER, "")),
        ("ofd.element-order", swapped),
        (
            "ofd.file-ref-relative",
            with("FileRef=\"/Doc_0/PublicRes.xml\"", "FileRef=\"../../PublicRes.xml\""),
        ),
        ("ofd.id-form", numbered),
        ("ofd.max-sign-id", listed("MaxSignId>s002<", "MaxSignId>s000<")),
        ("ofd.max-sign-id", listed("MaxSignId>s002<", "MaxSignId>last<")),
    ]
}

#[test]
fn each_departure_is_named_and_is_bad_to_the_letter() {
    for (code, files) in cases() {
        let usual = golden(&files, &rule::DOCUMENT_DEVIATION, Note);
        let (verdict, findings) = usual.judge();
        let named = findings.iter().any(|finding| {
            finding.id() == rule::DOCUMENT_DEVIATION.id && finding.hint_en().contains(&format!("{code} "))
        });
        assert!(named, "{code} is not named: {findings:?}");
        assert_eq!(verdict, Verdict::Valid, "{code}: {findings:?}");
        let (verdict, findings) = golden(&files, &rule::DOCUMENT_DEVIATION, Bad).strict().judge();
        assert_eq!(verdict, Verdict::Invalid, "{code}");
        let is_bad = |finding: &&verify::Finding| {
            finding.id() == rule::DOCUMENT_DEVIATION.id && finding.status() == Bad
        };
        let word = findings.iter().find(is_bad).and_then(verify::Finding::sub_indication);
        assert_eq!(word.map(rule::SubIndication::as_str), Some("NOT_TO_THE_LETTER"), "{code}");
    }
}

#[test]
fn documents_of_one_package_have_different_ids() {
    let mut files = Files::from_zip(&document());
    files.edit("OFD.xml", |text| {
        let (start, end) = (text.find("<ofd:DocBody>").unwrap(), text.find("</ofd:OFD>").unwrap());
        format!("{}{}{}", &text[..end], &text[start..end], &text[end..])
    });
    let (_, findings) = golden(&files, &rule::DOCUMENT_DEVIATION, Note).judge();
    assert!(
        findings.iter().any(|finding| finding.hint_en().contains("ofd.repeated-doc-id ")),
        "{findings:?}"
    );
}
