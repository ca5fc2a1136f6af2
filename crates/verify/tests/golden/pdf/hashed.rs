//! Hash-only verification of PDF: the digests of a document are judged in its place.

use crypto::Signer as _;
use formats::asn1::{Tag, Writer};
use formats::ofd::Stamp;
use formats::oid;
use formats::pdf::seal::{Placement, embed, prepare};
use sealbridge_verify as verify;
use serde_json::{Value, json};
use testkit::lab::{JUDGED_AT, PlainForm, PlainSpec, SIGNED_AT, SealSpec, ValueSpec, token};
use testkit::pki::{at, pki};
use verify::{DigestsError, Format, Options, Readability, Report, Status, Trust, Verdict, digests_of};

use super::file::{File, Spec, body, page, stream};

fn options() -> Options {
    Options::new(at(JUDGED_AT))
}

fn judge(bytes: &[u8]) -> Report {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    verify::verify(bytes, &trust, &options())
}

fn handed(pdf: &[u8]) -> Value {
    serde_json::from_slice(&digests_of(pdf, &options()).unwrap()).unwrap()
}

fn judge_json(handed: &Value) -> Report {
    judge(&serde_json::to_vec(handed).unwrap())
}

/// What is wrong or open of the first signature, by id.
fn weighty(report: &Report) -> Vec<(&'static str, Status)> {
    let all = report.signatures[0].findings.iter().map(|one| (one.id(), one.status()));
    all.filter(|one| one.1 > Status::Note).collect()
}

const UNSEEN: (&str, Status) = ("signature.coverage", Status::Unknown);
const NO_DIGEST: (&str, Status) = ("signature.data-hash", Status::Unknown);

/// Signed by a value over the content.
fn signed(names: &'static str, value: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut file =
        Spec { names, signature: "/M(D:20260301160000+08'00')".to_owned(), ..Spec::default() }.file();
    file.sign(value);
    file.bytes
}

fn sealed() -> Vec<u8> {
    let seal = SealSpec::good().write();
    signed("/Filter/A/SubFilter/GM.sm2seal", &|content| ValueSpec::good().write(&seal, content, "[0]"))
}

/// Prepared and signed by the product's own steps.
fn prepared(placement: &Placement) -> Vec<u8> {
    let document = File::new(
        &[
            body(1, "<</Type/Catalog/Pages 2 0 R>>"),
            body(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"),
            body(3, &page("")),
            stream(4, "", b"BT /F 12 Tf 100 700 Td (Contract) Tj ET"),
        ],
        "",
    )
    .bytes;
    let prepared = prepare(&document, placement, &formats::pdf::Limits::default()).unwrap();
    let signature = pki().signer.key.sign(prepared.to_sign()).unwrap();
    let value = prepared.value(&pki().signer.der(), &signature, &[], None).unwrap();
    embed(&prepared, &value).unwrap()
}

/// A message that holds no content and no attributes: SM2 over the bytes themselves.
fn itself(content: &[u8]) -> Vec<u8> {
    let signer = &pki().signer;
    let algorithm = |w: &mut Writer, oid: &oid::Oid| w.sequence(|w| w.oid(oid));
    let info = Writer::build(|w| {
        w.sequence(|w| {
            w.integer(1);
            w.sequence(|w| {
                w.raw(signer.certificate.issuer_der());
                w.value(Tag::INTEGER, &signer.certificate.serial);
            });
            algorithm(w, &oid::SM3);
            algorithm(w, &oid::SM2_SIGN);
            w.octets(&signer.key.sign(content).unwrap());
        });
    });
    Writer::build(|w| {
        w.sequence(|w| {
            w.oid(&oid::GM_SIGNED_DATA);
            w.explicit(0, |w| {
                w.sequence(|w| {
                    w.integer(1);
                    w.nested(Tag::SET, |w| algorithm(w, &oid::SM3));
                    w.sequence(|w| w.oid(&oid::GM_DATA));
                    w.set_of(Tag::context(0), vec![signer.certificate.der().to_vec()]);
                    w.set_of(Tag::SET, vec![info]);
                });
            });
        });
    })
}

const CMS: &str = "/Filter/A/SubFilter/GM.sm2cms.detached";

/// Documents whose values are tied to them in every way there is.
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let plain = |form| move |content: &[u8]| PlainSpec::good(form).write(content);
    let stamp = |content: &[u8]| token(&pki().tsa, content, at("2026-03-01T08:00:05Z"));
    let stamps = vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)];
    vec![
        ("sealed", sealed()),
        ("attributes", signed(CMS, &plain(PlainForm::Attributes))),
        ("content", signed(CMS, &plain(PlainForm::Content))),
        ("base64", signed(CMS, &plain(PlainForm::Base64))),
        ("other", signed(CMS, &|content| PlainSpec::good(PlainForm::Attributes).write(&content[1..]))),
        ("itself", signed(CMS, &itself)),
        ("stamp", signed("/Filter/A/SubFilter/ETSI.RFC3161", &stamp)),
        ("own seal", prepared(&Placement::seal(SealSpec::good().write(), stamps, at(SIGNED_AT), [7; 32]))),
        ("own sign", prepared(&Placement::sign(at(SIGNED_AT), [7; 32]))),
    ]
}

/// What needs the document.
const OF_DOCUMENT: [&str; 11] = [
    "signature.reached",
    "signature.gap",
    "signature.padding",
    "signature.revision",
    "signature.tail",
    "signature.dictionary",
    "signature.appearance",
    "signature.changes",
    "signature.coverage",
    "signature.place",
    "signature.picture",
];

#[test]
fn the_value_is_judged_as_ever() {
    for (name, pdf) in documents() {
        let (whole, made) = (judge(&pdf), digests_of(&pdf, &options()).unwrap());
        let report = judge(&made);
        assert_eq!((report.format, report.readability), (Format::Pdf, Readability::Readable), "{name}");
        assert_eq!(report.signatures.len(), whole.signatures.len(), "{name}");
        let about: Vec<_> = report.findings.iter().map(|one| (one.id(), one.status())).collect();
        let nobody = [("document.unseen", Status::Unknown), ("document.signatures.none", Status::Unknown)];
        // A time stamp alone was signed by nobody.
        assert_eq!(about, nobody[..if name == "stamp" { 2 } else { 1 }], "{name}");
        for (one, same) in report.signatures.iter().zip(&whole.signatures) {
            assert_eq!((&one.id, &one.location, one.kind), (&same.id, &same.location, same.kind), "{name}");
            assert_eq!((one.sign_time, one.stamp_time), (same.sign_time, same.stamp_time), "{name}");
            assert_eq!(one.declared_time, same.declared_time, "{name}");
            assert_eq!(one.coverage.covered, same.coverage.covered, "{name}");
            assert!(one.coverage.is_unseen && !one.coverage.is_whole());
            let told = |report: &verify::SignatureReport| -> Vec<String> {
                let findings = report.findings.iter();
                let findings = findings.filter(|one| !OF_DOCUMENT.contains(&one.id()));
                findings.map(|one| format!("{one:?}")).collect()
            };
            assert_eq!(told(one), told(same), "{name}");
        }
        if name != "other" {
            let wrong: Vec<_> =
                weighty(&whole).into_iter().filter(|(id, _)| !OF_DOCUMENT.contains(id)).collect();
            assert_eq!(wrong, [], "{name}");
            assert_eq!((report.verdict, weighty(&report)), (Verdict::Indeterminate, vec![UNSEEN]), "{name}");
        }
        let looked_up = |bytes: &[u8]| format!("{:?}", verify::seals_in(bytes, &options()));
        assert_eq!(looked_up(&made), looked_up(&pdf), "{name}");
        assert!(!String::from_utf8_lossy(&made).contains("Contract"), "{name}: no content of a page");
    }
    assert_eq!(verify::seals_in(&digests_of(&sealed(), &options()).unwrap(), &options()).len(), 1);
}

#[test]
fn a_changed_digest_is_bad_and_a_missing_one_is_open() {
    for (name, pdf) in documents() {
        let good = handed(&pdf);
        let mut changed = good.clone();
        for list in ["digests", "withKey"] {
            for one in
                changed["signatures"][0].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
            {
                one["value"] = json!("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
            }
        }
        let report = judge_json(&changed);
        assert_eq!(report.verdict, Verdict::Invalid, "{name}: {:?}", weighty(&report));
        if name == "other" {
            continue;
        }
        let mut missing = good.clone();
        missing["signatures"][0]["digests"] = json!([]);
        let mut missing_key = missing.clone();
        missing_key["signatures"][0].as_object_mut().unwrap().remove("withKey");
        for fewer in [missing, missing_key] {
            let report = judge_json(&fewer);
            assert_eq!(report.verdict, Verdict::Indeterminate, "{name}");
            let open = weighty(&report);
            assert!(open.contains(&NO_DIGEST) && open.contains(&UNSEEN), "{name}: {open:?}");
        }
    }
    // Of the digest alone, that of another document.
    let mut other = handed(&sealed());
    let contract = handed(&prepared(&Placement::sign(at(SIGNED_AT), [7; 32])));
    other["signatures"][0]["digests"] = contract["signatures"][0]["digests"].clone();
    assert!(weighty(&judge_json(&other)).contains(&("signature.data-hash", Status::Bad)));
}

#[test]
fn the_digest_for_a_key_is_of_no_use_to_another() {
    let mut good = handed(&signed(CMS, &itself));
    assert_eq!(good["signatures"][0]["withKey"].as_array().unwrap().len(), 1);
    good["signatures"][0]["withKey"][0]["z"] = json!("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
    let report = judge_json(&good);
    assert!(weighty(&report).contains(&NO_DIGEST), "{:?}", weighty(&report));
    assert!(weighty(&report).contains(&("signature.value", Status::Unknown)));
}

#[test]
fn rubbish_is_told_with_a_reason() {
    let good = handed(&sealed());
    let changed = |path: &str, value: Value| {
        let mut other = good.clone();
        *other.pointer_mut(path).unwrap() = value;
        other
    };
    let beside = |list: Value| {
        let mut other = good.clone();
        other["signatures"][0]["certificates"] = list;
        other
    };
    let first = &good["signatures"][0];
    let digest = &first["digests"][0];
    for (name, handed) in [
        ("a method nobody knows", changed("/signatures/0/digests/0/method", json!("CRC32"))),
        ("a value of another length", changed("/signatures/0/digests/0/value", json!("AAAA"))),
        ("no Base64", changed("/signatures/0/contents", json!("-"))),
        ("a certificate without Base64", beside(json!(["MAA=", "-"]))),
        ("many certificates", beside(json!(vec!["MAA="; 257]))),
        ("a digest twice", changed("/signatures/0/digests", json!([digest, digest]))),
        ("many digests", changed("/signatures/0/digests", json!(vec![digest; 17]))),
        ("many signatures", changed("/signatures", json!(vec![first; 1001]))),
        ("a long name", changed("/signatures/0/field", json!("x".repeat(1025)))),
        ("a negative size", changed("/document/size", json!(-1))),
        ("evidence that is none", changed("/evidence/lists", json!(["-"]))),
        ("a field too many", changed("/document", json!({"size": 1, "sm3": "", "more": 1}))),
        ("another kind", changed("/kind", json!("docx"))),
    ] {
        let report = judge_json(&handed);
        assert_eq!((report.verdict, report.signatures.len()), (Verdict::Indeterminate, 0), "{name}");
        assert_eq!(report.readability, Readability::Damaged, "{name}");
        assert!(report.findings.iter().any(|one| one.id().starts_with("container.")), "{name}");
    }
    assert_eq!(judge_json(&beside(json!(["MAA="]))).signatures.len(), 1);
    // Ranges that are none: told as of a document.
    for range in [json!([]), json!([0, 1, 2]), json!([0, -1, 5, 5]), json!([0, i64::MAX, i64::MAX, i64::MAX])]
    {
        let report = judge_json(&changed("/signatures/0/byteRange", range));
        assert!(weighty(&report).contains(&("signature.byte-range", Status::Bad)));
    }
    let none = judge_json(&changed("/signatures", json!([])));
    assert!(none.findings.iter().any(|one| one.id() == "document.signatures.none"));
    let bytes = serde_json::to_vec(&good).unwrap();
    for length in (0..bytes.len()).step_by(211) {
        assert_ne!(judge(&bytes[..length]).verdict, Verdict::Valid, "cut at {length}");
    }
}

#[test]
fn digests_are_made_of_signed_documents_only() {
    let unsigned =
        File::new(&[body(1, "<</Type/Catalog/Pages 2 0 R>>"), body(2, "<</Type/Pages/Kids[]/Count 0>>")], "");
    assert!(matches!(digests_of(&unsigned.bytes, &options()), Err(DigestsError::Unsigned)));
    assert!(matches!(digests_of(b"%PDF-1.7 nothing", &options()), Err(DigestsError::Pdf(_))));
}
