//! Hash-only verification: the digests of a document are judged in its place.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use serde_json::{Value, json};
use testkit::lab::{JUDGED_AT, PlainForm, PlainSpec, SIGNED_AT, document, prepared, sealed};
use testkit::pki::{at, pki};
use verify::{DigestsError, Options, Readability, Report, Status, Trust, Verdict, digests_of};

const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

fn options() -> Options {
    Options::new(at(JUDGED_AT))
}

fn judge(bytes: &[u8]) -> Report {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.finish();
    verify::verify(bytes, &trust, &options())
}

fn handed(ofd: &[u8]) -> Value {
    serde_json::from_slice(&digests_of(ofd, &options()).unwrap()).unwrap()
}

fn judge_json(handed: &Value) -> Report {
    judge(&serde_json::to_vec(handed).unwrap())
}

/// What is wrong or open, by id.
fn weighty(report: &Report) -> Vec<(&'static str, Status)> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    let all = report.findings.iter().chain(of_signatures);
    all.map(|one| (one.id(), one.status())).filter(|one| one.1 > Status::Note).collect()
}

const UNSEEN: [(&str, Status); 2] =
    [("document.unseen", Status::Unknown), ("signature.coverage", Status::Unknown)];

#[test]
fn everything_but_what_is_shown_is_judged() {
    for (name, ofd) in [
        ("locked", sealed(Mode::Lock).to_zip()),
        ("open", sealed(Mode::Continue).to_zip()),
        (
            "plain",
            prepared(&document(), Kind::Sign, Mode::Continue, at(SIGNED_AT))
                .signed(&PlainSpec::good(PlainForm::Content))
                .to_zip(),
        ),
    ] {
        let whole = judge(&ofd);
        assert_eq!(whole.verdict, Verdict::Valid, "{name}");
        let report = judge(&digests_of(&ofd, &options()).unwrap());
        assert_eq!(report.verdict, Verdict::Indeterminate, "{name}");
        assert_eq!(report.readability, Readability::Readable);
        assert_eq!(weighty(&report), UNSEEN, "{name}");
        let (one, same) = (&report.signatures[0], &whole.signatures[0]);
        assert_eq!((&one.seal_code, one.sign_time, one.kind), (&same.seal_code, same.sign_time, same.kind));
        assert_eq!(one.coverage.covered, same.coverage.covered, "{name}");
        assert!(one.coverage.is_unseen && !one.coverage.is_whole());
        assert_eq!(one.coverage.locks, name == "locked");
        // Every finding of the signature is the same but that of coverage.
        let without = |report: &Report| -> Vec<String> {
            let findings = report.signatures[0].findings.iter();
            findings.filter(|one| one.id() != "signature.coverage").map(|one| format!("{one:?}")).collect()
        };
        assert_eq!(without(&report), without(&whole), "{name}");
        let looked_up = |bytes: &[u8]| format!("{:?}", verify::seals_in(bytes, &options()));
        assert_eq!(looked_up(&digests_of(&ofd, &options()).unwrap()), looked_up(&ofd));
    }
}

#[test]
fn the_document_is_not_in_it() {
    let mut files = sealed(Mode::Lock);
    let page = files.get(PAGE).to_vec();
    let text = handed(&files.to_zip()).to_string();
    assert!(!text.contains(&STANDARD.encode(&page)[..60]), "no content of a page");
    assert!(text.contains(PAGE), "but its name");
    files.add("beside.txt", "nothing covers this");
    assert!(!handed(&files.to_zip()).to_string().contains("beside.txt"));
}

#[test]
fn what_was_changed_shows() {
    let good = handed(&sealed(Mode::Lock).to_zip());
    let mut other = good.clone();
    let digests = other["digests"].as_array_mut().unwrap();
    let page = digests.iter_mut().find(|one| one["path"] == PAGE).unwrap();
    page["value"] = json!(STANDARD.encode([7; 32]));
    let report = judge_json(&other);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(weighty(&report).contains(&("signature.references", Status::Bad)), "{:?}", weighty(&report));
    // A file whose digest was not handed over is not taken for a good one, nor for a changed one.
    for keep_others in [true, false] {
        let mut fewer = good.clone();
        fewer["digests"].as_array_mut().unwrap().retain(|one| keep_others && one["path"] != PAGE);
        let report = judge_json(&fewer);
        assert_eq!(report.verdict, Verdict::Indeterminate);
        assert!(
            weighty(&report).contains(&("signature.references", Status::Unknown)),
            "{:?}",
            weighty(&report)
        );
        assert!(report.signatures[0].coverage.changed.is_empty());
    }
    let mut weaker = good.clone();
    let digests = weaker["digests"].as_array_mut().unwrap();
    let page = digests.iter_mut().find(|one| one["path"] == PAGE).unwrap();
    (page["method"], page["value"]) = (json!("MD5"), json!(STANDARD.encode([7; 16])));
    let report = judge_json(&weaker);
    assert!(weighty(&report).contains(&("signature.references", Status::Unknown)), "{:?}", weighty(&report));
    // A seal's or a description's bytes are bound as ever.
    let mut described = good;
    let file = described["files"].as_array_mut().unwrap();
    let file = file.iter_mut().find(|one| one["path"].as_str().unwrap().ends_with("Signature.xml")).unwrap();
    let xml = String::from_utf8(STANDARD.decode(file["content"].as_str().unwrap()).unwrap()).unwrap();
    file["content"] = json!(STANDARD.encode(xml.replace("sealbridge", "sealbrigde")));
    assert!(weighty(&judge_json(&described)).contains(&("signature.data-hash", Status::Bad)));
}

#[test]
fn rubbish_is_told_with_a_reason() {
    let good = handed(&sealed(Mode::Lock).to_zip());
    let changed = |path: &str, value: Value| {
        let mut other = good.clone();
        *other.pointer_mut(path).unwrap() = value;
        other
    };
    let doubled = {
        let mut other = good.clone();
        let first = other["digests"][0].clone();
        other["digests"].as_array_mut().unwrap().push(first);
        other
    };
    let named_twice = {
        let mut other = good.clone();
        let first = other["files"][0].clone();
        other["files"].as_array_mut().unwrap().push(first);
        other
    };
    for (name, handed) in [
        ("a method nobody knows", changed("/digests/0/method", json!("CRC32"))),
        ("a value of another length", changed("/digests/0/value", json!("AAAA"))),
        ("no Base64", changed("/files/0/content", json!("-"))),
        ("a path out of the package", changed("/files/0/path", json!("../../etc/passwd"))),
        ("a field too many", {
            let mut other = good.clone();
            other["more"] = json!(1);
            other
        }),
        ("a digest twice", doubled),
        ("a file twice", named_twice),
        ("too many lists", changed("/lists", json!(vec!["Doc_0/Signs/Signatures.xml"; 65]))),
    ] {
        let report = judge_json(&handed);
        assert_eq!((report.verdict, report.signatures.len()), (Verdict::Indeterminate, 0), "{name}");
        assert_eq!(report.readability, Readability::Damaged, "{name}");
        assert!(report.findings.iter().any(|one| one.id().starts_with("container.")), "{name}");
    }
    let bytes = serde_json::to_vec(&good).unwrap();
    for length in (0..bytes.len()).step_by(211) {
        assert_ne!(judge(&bytes[..length]).verdict, Verdict::Valid, "cut at {length}");
    }
    // A list that is not there, or none: nothing is said to be signed.
    let no_list = judge_json(&changed("/lists", json!([])));
    assert!(
        weighty(&no_list).contains(&("document.signatures.none", Status::Unknown)),
        "{:?}",
        weighty(&no_list)
    );
    let missing = judge_json(&changed("/lists", json!(["Doc_9/Signatures.xml"])));
    assert!(
        weighty(&missing).contains(&("document.signatures.list", Status::Unknown)),
        "{:?}",
        weighty(&missing)
    );
}

#[test]
fn digests_are_made_of_signed_documents_only() {
    assert!(matches!(digests_of(&document(), &options()), Err(DigestsError::Unsigned)));
    assert!(matches!(digests_of(b"no archive", &options()), Err(DigestsError::Ofd(_))));
}
