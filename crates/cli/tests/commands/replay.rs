//! `verify --replay --trust`: a report is the word of whoever wrote it, and makes no verdict better for one who says what he
//! trusts himself.

use crypto::{Random, Sm2KeyPair};
use formats::ofd::{Kind, Mode};
use formats::x509::pem_encode;
use serde_json::{Value, json};
use testkit::lab::{SIGNED_AT, SealSpec, ValueSpec, document, prepared};
use testkit::pki::{Party, at, pki};

use crate::report::{answer, pem};
use crate::workshop::{Run, Workshop};

const AT: &str = "--at 2026-11-24T00:00:00Z";

/// A document sealed by one with a seal that another made.
fn sealed_by(signer: &Party, maker: &Party) -> Vec<u8> {
    let seal = SealSpec { maker: maker.clone(), ..SealSpec::for_signer(signer) }.write();
    let prepared = prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT));
    prepared.sealed(&seal, &ValueSpec::by(signer)).to_zip()
}

/// Judged by its own writer, who names what suits him; the pieces are in the folder `kept`.
fn written(workshop: &Workshop, ofd: &[u8], how: &str) {
    workshop.write("sealed.ofd", ofd);
    let run = workshop.run(&format!("verify sealed.ofd --json --evidence kept {AT} {how}"));
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    workshop.write("report.json", run.out.as_bytes());
}

/// A replay that somebody asks for who trusts the folder `trust`.
fn asked(workshop: &Workshop, more: &str) -> (Run, Value) {
    let line = format!("verify sealed.ofd --replay report.json --evidence kept --trust trust {more}");
    let json = workshop.run(&format!("{line} --json"));
    let words = workshop.run(&line);
    assert_eq!(json.code, words.code, "{}{}", json.err, words.err);
    (words, serde_json::from_str(json.out.trim()).unwrap())
}

fn without_the_word(run: &Run) {
    assert!(!run.out.contains("有效 VALID"), "{}", run.out);
    assert!(run.out.contains("依您自己的信任 BY YOUR OWN TRUST: "), "{}", run.out);
    assert!(run.out.contains("重放不一致 replay differs: 依您自己的信任，结论更差"), "{}", run.out);
}

#[test]
fn makers_whom_the_report_alone_names_do_not_count() {
    let workshop = Workshop::new();
    written(&workshop, &sealed_by(&pki().signer, &pki().signer), "--trust trust --trust-maker signer.pem");
    let (run, line) = asked(&workshop, AT);
    assert_eq!(run.code, Some(2), "{}", run.out);
    without_the_word(&run);
    assert!(run.out.contains("制章者 makers of seals"), "{}", run.out);
    assert_eq!((&line["verdict"], &line["replayed"]["verdict"]), (&json!("indeterminate"), &json!("valid")));
    let own = json!({"verdict": "indeterminate", "isWorse": true, "better": ["makers"]});
    assert_eq!(line["replayed"]["own"], own);
    assert_eq!((&line["replayed"]["same"], &line["replayed"]["differs"]), (&json!(false), &json!(["own"])));
    // He who names that maker himself has the verdict.
    let (run, line) = asked(&workshop, &format!("{AT} --trust-maker signer.pem"));
    assert_eq!((run.code, &line["replayed"]["own"]["isWorse"]), (Some(0), &json!(false)), "{}", run.out);
    assert!(run.out.contains("有效 VALID") && run.out.contains("信任快照与所给的相同"), "{}", run.out);
}

#[test]
fn a_list_in_the_readers_folder_revokes() {
    let workshop = Workshop::new();
    written(&workshop, &sealed_by(&pki().revoked, &pki().maker), "--trust trust");
    assert_eq!(asked(&workshop, AT).0.code, Some(0));
    workshop.write("trust/sub.crl", &pki().sub_crl);
    let (run, line) = asked(&workshop, AT);
    assert_eq!(run.code, Some(1), "{}", run.out);
    without_the_word(&run);
    assert!(run.out.contains("无效 INVALID") && run.out.contains("吊销信息"), "{}", run.out);
    assert_eq!((&line["verdict"], &line["subIndication"]), (&json!("invalid"), &json!("REVOKED")));
}

#[test]
fn policy_and_time_are_the_readers() {
    let workshop = Workshop::new();
    written(&workshop, &sealed_by(&pki().signer, &pki().maker), "--trust trust --revocation off");
    for (more, part) in [
        (format!("{AT} --revocation strict"), "policy"),
        (format!("{AT} --policy 1.2.3.4"), "policy"),
        ("--at 2026-01-01T00:00:00Z".to_owned(), "time"),
    ] {
        let (run, line) = asked(&workshop, &more);
        assert_ne!(run.code, Some(0), "{more}: {}", run.out);
        without_the_word(&run);
        assert_eq!(line["replayed"]["own"]["better"], json!([part]), "{more}");
    }
    let alone = "verify sealed.ofd --replay report.json --evidence kept";
    for option in [AT, "--revocation strict", "--profile strict", "--policy 1.2.3.4"] {
        workshop.run(&format!("{alone} {option}")).refused("--replay without --trust");
    }
}

/// A platform that the reader believes signed the report: its makers are as good as his own.
#[test]
fn a_report_signed_by_a_platform_is_believed() {
    let workshop = Workshop::new();
    written(&workshop, &sealed_by(&pki().signer, &pki().plain), "--trust trust");
    let [key, other] = [(); 2].map(|()| Sm2KeyPair::generate(&Random::system()).unwrap());
    workshop.write("platform.pem", pem(&key).as_bytes());
    workshop.write("other.pem", pem(&other).as_bytes());
    workshop.write("maker.pem", pem_encode("CERTIFICATE", &pki().maker.der()).as_bytes());
    let report = std::fs::read(workshop.path("report.json")).unwrap();
    let signed = answer(&report, &key);
    let reader = format!("{AT} --trust-maker maker.pem");
    assert_eq!(asked(&workshop, &reader).0.code, Some(2));
    workshop.write("report.json", json!({"code": "0", "msg": "", "data": signed}).to_string().as_bytes());
    let believing = format!("{reader} --report-key platform.pem --report-judge platform");
    let (run, line) = asked(&workshop, &believing);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert_eq!(
        (&line["replayed"]["same"], &line["replayed"]["own"]["isWorse"]),
        (&json!(true), &json!(false))
    );
    let replay = "verify sealed.ofd --replay report.json --evidence kept";
    for (who, why) in [
        ("--trust trust --report-key platform.pem --report-judge another", "报告签名无效"),
        ("--trust trust --report-key other.pem --report-judge platform", "signed with another key"),
        ("--report-key platform.pem --report-judge platform", "--replay without --trust"),
    ] {
        workshop.run(&format!("{replay} {who}")).refused(why);
    }
}
