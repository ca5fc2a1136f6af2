//! `verify`: a line for each file whatever is wrong, the ends of the table in docs/verification.md, and words for
//! a time before everything began.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crypto::{Signer, Sm2KeyPair};
use formats::ocsp::{CertStatus, Responder, respond};
use formats::ofd::{Kind, Mode};
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use testkit::lab::{SIGNED_AT, SealSpec, ValueSpec, document, prepared};
use testkit::pki::{Party, at, pki};

use crate::workshop::{Run, Workshop};

/// The time that documents are judged for.
const AT: &str = "--at 2026-11-24T00:00:00Z";

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Somebody else named the file: its name writes no line that looks like ours, and moves no cursor.
#[test]
fn the_name_of_a_file_says_nothing() {
    let workshop = Workshop::new();
    let forged = "x.ofd: 有效 VALID (1 个签章 signatures)\n\u{1b}[31m\u{202e}hidden";
    for content in [document(), b"rubbish".to_vec()] {
        workshop.write(forged, &content);
        let output = workshop.command("verify").arg(forged).output().unwrap();
        let run = Run::from(output);
        assert_eq!(run.code, Some(2));
        let text = format!("{}{}", run.out, run.err);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("hidden")), "{text}");
    }
}

#[test]
fn a_bad_option_gives_a_line_for_each_file_too() {
    let workshop = Workshop::new();
    workshop.write("rubbish", b"rubbish");
    for (options, code) in [
        ("--trust missing", "trust.unusable"),
        ("--trust rubbish", "trust.unusable"),
        ("--trust trust --trust-maker missing", "maker.unusable"),
        ("--trust trust --trust-maker rubbish", "maker.unusable"),
        ("--trust trust --crl missing", "crl.unusable"),
        ("--trust trust --crl rubbish", "crl.unusable"),
        ("--trust trust --ocsp missing", "ocsp.unusable"),
        ("--trust trust --ocsp rubbish", "ocsp.unusable"),
        ("--trust trust --policy 1.x", "policy.malformed"),
        ("--trust trust --at yesterday", "at.malformed"),
    ] {
        let run = workshop.run(&format!("verify document.ofd second.ofd --json {options}"));
        assert_eq!(run.code, Some(2), "{options}");
        assert!(run.err.contains("错误 error: "), "{options}: {}", run.err);
        let lines = lines(&run.out);
        let files: Vec<&str> = lines.iter().map(|line| line["file"].as_str().unwrap()).collect();
        assert_eq!(files, ["document.ofd", "second.ofd"], "{options}");
        for line in lines {
            assert_eq!((&line["verdict"], &line["signCount"]), (&"indeterminate".into(), &0.into()));
            assert_eq!((&line["error"]["code"], &line["findings"][0]["id"]), (&code.into(), &code.into()));
            assert!(!line["error"]["message"].as_str().unwrap().is_empty());
        }
        assert_eq!(
            workshop.run(&format!("verify document.ofd {options}")).out,
            "",
            "people read one complaint"
        );
    }
    let run = workshop.run("verify document.ofd --json --trust trust --crl trust/root.pem");
    let message = lines(&run.out)[0]["error"]["message"].to_string();
    assert!(message.contains("a certificate and no revocation list"), "{message}");
    let run = workshop.run("verify missing.ofd document.ofd --json --trust trust");
    let lines = lines(&run.out);
    assert_eq!((lines.len(), &lines[0]["error"]["code"]), (2, &"file.unreadable".into()));
    assert!(lines[1].get("error").is_none(), "that file was judged: {}", lines[1]);
}

#[test]
fn digests_are_judged_in_the_place_of_the_document() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    let made = workshop.run("digests sealed.ofd --out sealed.json");
    assert_eq!(made.code, Some(0), "{}", made.err);
    let run = workshop.run("verify sealed.json --trust trust --json");
    assert_eq!(run.code, Some(2), "what is shown was not seen");
    let line = &lines(&run.out)[0];
    assert_eq!((&line["verdict"], &line["signCount"]), (&"indeterminate".into(), &1.into()));
    let open = |findings: &serde_json::Value| -> Vec<String> {
        let findings = findings.as_array().unwrap().iter();
        let open = findings.filter(|one| one["status"] == "unknown" || one["status"] == "bad");
        open.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(open(&line["findings"]), ["document.unseen"]);
    assert_eq!(open(&line["signatures"][0]["findings"]), ["signature.coverage"]);
    // Printed they are the same, and a result never goes over the document.
    assert_eq!(
        workshop.run("digests sealed.ofd").out.trim_end().as_bytes(),
        std::fs::read(workshop.path("sealed.json")).unwrap()
    );
    let over = workshop.run("digests sealed.ofd --out sealed.ofd");
    assert_eq!((over.code, workshop.run("verify sealed.ofd --trust trust").code), (Some(2), Some(0)));
    let unsigned = workshop.run("digests document.ofd");
    assert!(unsigned.code == Some(2) && unsigned.err.contains("hint: "), "{}", unsigned.err);
}

#[test]
fn a_page_is_written_of_one_document() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    let run = workshop.run("verify sealed.ofd --trust trust --html report.html");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let page = std::fs::read_to_string(workshop.path("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("✔ 有效"), "{page}");
    // The page never goes over the document, and nobody is told that all is well without it.
    let over = workshop.run("verify sealed.ofd --trust trust --html sealed.ofd --json");
    assert_eq!(over.code, Some(2));
    assert_eq!(lines(&over.out)[0]["error"]["code"], "page.unusable");
    let two = workshop.run("verify sealed.ofd document.ofd --trust trust --html report.html --json");
    assert_eq!((two.code, lines(&two.out).len()), (Some(2), 2));
    assert_eq!(lines(&two.out)[1]["error"]["code"], "page.unusable");
}

#[test]
fn a_pdf_is_written_of_one_document() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    let both =
        "verify sealed.ofd --trust trust --at 2026-11-24T00:00:00Z --html report.html --pdf report.pdf";
    let run = workshop.run(both);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let pdf = std::fs::read(workshop.path("report.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && workshop.path("report.html").is_file());
    workshop.run(both);
    assert!(std::fs::read(workshop.path("report.pdf")).unwrap() == pdf, "the same report, the same bytes");
    for (out, why) in
        [("sealed.ofd", "over the document"), ("report.html", "over the page"), ("no/x", "nowhere")]
    {
        let options = "--trust trust --html report.html --json";
        let run = workshop.run(&format!("verify sealed.ofd {options} --pdf {out}"));
        assert_eq!(run.code, Some(2), "{why}");
        assert_eq!(lines(&run.out)[0]["error"]["code"], "pdf.unusable", "{why}");
    }
    let two = workshop.run("verify sealed.ofd document.ofd --trust trust --pdf report.pdf --json");
    assert_eq!((two.code, lines(&two.out).len()), (Some(2), 2));
    assert_eq!(lines(&two.out)[1]["error"]["code"], "pdf.unusable");
}

#[test]
fn a_report_is_judged_again_from_what_was_kept() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    workshop.write("list.crl", &pki().sub_crl);
    let run = workshop
        .run("verify sealed.ofd document.ofd --trust trust --crl list.crl --json --evidence kept --at 2026-11-24T00:00:00Z");
    workshop.write("report.jsonl", run.out.as_bytes());
    let then = lines(&run.out);
    let again = "verify sealed.ofd --replay report.jsonl --json";
    let now = workshop.run(&format!("{again} --evidence kept"));
    assert_eq!(now.code, Some(0), "{}{}", now.out, now.err);
    let line = &lines(&now.out)[0];
    assert_eq!(line["replayed"]["same"], true);
    for field in ["verdict", "signatures", "findings", "at", "trustId", "policyId"] {
        assert_eq!(line[field], then[0][field], "{field}");
    }
    assert_eq!(
        workshop.run(&format!("{again} --trust trust --crl list.crl --at 2026-11-24T00:00:00Z")).code,
        Some(0)
    );
    let fewer = workshop.run(&format!("{again} --trust trust --at 2026-11-24T00:00:00Z"));
    assert_eq!(fewer.code, Some(2));
    let line = &lines(&fewer.out)[0];
    assert_eq!(line["replayed"]["differs"], serde_json::json!(["trust"]));
    assert_eq!(line["replayed"]["missing"][0]["role"], "crl");
    workshop.write("single.json", run.out.lines().next().unwrap().as_bytes());
    let other = workshop.run("verify document.ofd --replay single.json --evidence kept");
    assert_eq!(other.code, Some(2));
    assert!(other.out.contains("重放不一致 replay differs: 文档 document"), "{}", other.out);
    workshop.write("other.ofd", b"PK\x03\x04");
    workshop
        .run("verify other.ofd --replay report.jsonl --evidence kept")
        .refused("no report on this document");
    workshop.run("verify sealed.ofd --replay list.crl").refused("no report that can be replayed");
    workshop.run("verify sealed.ofd document.ofd --replay single.json").refused("one document");
    let blocked = workshop.run("verify sealed.ofd --trust trust --json --evidence list.crl");
    assert_eq!(blocked.code, Some(2));
    assert_eq!(lines(&blocked.out)[0]["error"]["code"], "evidence.unusable");
}

/// A report says itself which roots it relied on: whoever reads a replay is told so, and with his own trust whether they
/// are his.
#[test]
fn a_replay_says_whose_roots_it_rests_on() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    let [root, maker, stranger] = [&pki().root, &pki().maker, &pki().stranger]
        .map(|party| formats::x509::pem_encode("CERTIFICATE", &party.der()));
    workshop.write("maker.pem", maker.as_bytes());
    workshop.write("stranger.pem", stranger.as_bytes());
    let run =
        workshop.run("verify sealed.ofd --trust trust --json --evidence kept --at 2026-11-24T00:00:00Z");
    workshop.write("report.json", run.out.as_bytes());
    let sm3 = hex::encode(pki().root.certificate.sm3());
    assert_eq!(lines(&run.out)[0]["roots"][0]["sm3"], sm3.as_str());
    let replay = "verify sealed.ofd --replay report.json --evidence kept";
    // By the report's own word alone: reproduced, and nobody takes it for a verdict of his own.
    let alone = workshop.run(replay);
    assert_eq!(alone.code, Some(0), "{}{}", alone.out, alone.err);
    let first = alone.out.lines().next().unwrap();
    assert!(
        first.starts_with("注意：") && alone.out.contains("BY THE ROOTS OF THE REPORT ITSELF"),
        "{}",
        alone.out
    );
    assert!(alone.out.contains(&sm3) && alone.out.contains("测试根CA"), "{}", alone.out);
    let mine = workshop.run(&format!("{replay} {AT} --trust trust"));
    assert_eq!(mine.code, Some(0));
    assert!(mine.out.contains("信任快照与所给的相同") && !mine.out.contains("注意："), "{}", mine.out);
    workshop.write("root.pem", root.as_bytes());
    let alike = workshop.run(&format!("{replay} {AT} --trust root.pem"));
    assert_eq!(alike.code, Some(0));
    assert!(
        alike.out.contains("信任快照与所给的不同") && alike.out.contains("every root of the report"),
        "{}",
        alike.out
    );
    for (others, differs, headline, said) in [
        (
            "--trust stranger.pem",
            serde_json::json!(["roots", "own"]),
            "依您自己的信任 BY YOUR OWN TRUST: 无法判断 CANNOT SAY",
            "所给的信任中没有 not among those given",
        ),
        (
            "--trust trust --trust-maker maker.pem",
            serde_json::json!(["roots"]),
            "无法判断 CANNOT SAY（重放所得 as replayed: 有效 VALID）",
            "报告未限定制章者",
        ),
    ] {
        let run = workshop.run(&format!("{replay} {AT} {others}"));
        assert_eq!(run.code, Some(2), "{others}: {}", run.out);
        assert!(run.out.contains(headline), "{}", run.out);
        assert!(
            run.out.contains(said) && run.out.contains("重放不一致 replay differs: 可信根 trusted roots"),
            "{}",
            run.out
        );
        let line = &lines(&workshop.run(&format!("{replay} {AT} {others} --json")).out)[0];
        assert_eq!(line["replayed"]["differs"], differs);
        assert_eq!(line["replayed"]["same"], false);
    }
    let line = &lines(&workshop.run(&format!("{replay} --json")).out)[0];
    assert!(line["replayed"]["trust"].is_null() && line["roots"][0]["sm3"] == sm3.as_str());
}

#[test]
fn makers_of_seals_have_a_trust_of_their_own() {
    let workshop = Workshop::new();
    workshop.write("sealed.ofd", &testkit::lab::sealed(Mode::Lock).to_zip());
    for (name, party) in [("maker", &pki().maker), ("sub", &pki().sub), ("signer", &pki().signer)] {
        workshop
            .write(&format!("{name}.pem"), formats::x509::pem_encode("CERTIFICATE", &party.der()).as_bytes());
    }
    let verify = "verify sealed.ofd --trust trust --json --evidence kept --at 2026-11-24T00:00:00Z";
    let listed = |run: &Run| {
        let findings = lines(&run.out)[0]["signatures"][0]["findings"].as_array().unwrap().clone();
        let one = findings.into_iter().find(|one| one["id"] == "seal.maker.listed").unwrap();
        one["status"].as_str().unwrap().to_owned()
    };
    for (makers, code, status) in [
        ("", 0, "note"),
        (" --trust-maker maker.pem", 0, "good"),
        // It certifies signers too, and limits nobody.
        (" --trust-maker sub.pem", 0, "note"),
        (" --trust-maker signer.pem", 2, "unknown"),
    ] {
        let run = workshop.run(&format!("{verify}{makers}"));
        assert_eq!((run.code, listed(&run).as_str()), (Some(code), status), "{makers}: {}", run.out);
        // The record has them: judged again it is the same.
        workshop.write("report.json", run.out.as_bytes());
        let again = workshop.run("verify sealed.ofd --replay report.json --evidence kept --json");
        assert_eq!((again.code, listed(&again).as_str()), (Some(code), status), "{makers}: {}", again.out);
    }
    // An authority of makers is no root.
    let run = workshop.run("verify sealed.ofd --trust-maker sub.pem --json");
    assert_eq!(run.code, Some(2), "{}", run.out);
    assert!(lines(&run.out)[0]["roots"].as_array().unwrap().is_empty());
}

/// What cannot be used is told in Chinese first.
#[test]
fn complaints_are_in_chinese_first() {
    let workshop = Workshop::new();
    workshop.write("rubbish", b"\xff\xfe rubbish");
    for command in [
        "platform --config rubbish",
        "seal-system --config rubbish",
        "config check rubbish",
        "sign document.ofd --seal rubbish --key signer.p12 --out sealed.ofd",
        "sign document.ofd --seal missing --key signer.p12 --out sealed.ofd",
        "sign document.ofd --plain --key rubbish --out sealed.ofd",
        "verify document.ofd --trust rubbish",
        "verify document.ofd --at yesterday",
        "verify document.ofd --replay rubbish",
        "report verify rubbish --key rubbish --judge platform",
        "evidence verify document.ofd --key rubbish",
    ] {
        let run = workshop.run(command);
        assert_eq!(run.code, Some(2), "{command}: {}{}", run.out, run.err);
        let complaint = run.err.lines().find(|line| line.starts_with("错误 error: ")).unwrap_or_default();
        let said = complaint.trim_start_matches("错误 error: ");
        let said = said.split_once(": ").map_or(said, |(_, said)| said);
        let first = said.chars().next().unwrap_or(' ');
        assert!(('\u{4E00}'..='\u{9FFF}').contains(&first), "{command}: {}", run.err);
    }
}

#[test]
fn revocation_lists_beside_the_trusted_certificates_are_read() {
    let workshop = Workshop::new();
    assert_eq!(workshop.make("--out seal.esl").code, Some(0));
    let run = workshop.run("sign document.ofd --seal seal.esl --key signer.p12 --out sealed.ofd");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let verify = "verify sealed.ofd --trust trust --revocation strict";
    assert_eq!(workshop.run(verify).code, Some(2));
    workshop.write("trust/sub.crl", &pki().sub_crl);
    assert_eq!(workshop.run(verify).code, Some(2), "the list of the root is missing");
    workshop.write("trust/ROOT.CRL", &pki().root_crl);
    let run = workshop.run(verify);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    workshop.write("trust/rubbish.crl", b"rubbish");
    workshop.run(verify).refused("rubbish.crl");
}

#[test]
fn before_it_began_nothing_has_expired() {
    let workshop = Workshop::new();
    assert_eq!(workshop.make("--out seal.esl").code, Some(0));
    let run = workshop.run("sign document.ofd --seal seal.esl --key signer.p12 --out sealed.ofd");
    assert_eq!(run.code, Some(0), "{}", run.err);
    let at = |time: &str| workshop.run(&format!("verify sealed.ofd --trust trust --json --at {time}")).out;
    // The certificate began on 2024-01-01 00:00:00 UTC, which is 08:00:00 in Beijing.
    let early = at("2023-06-01T00:00:00Z");
    for words in ["尚未生效", "not yet valid until 2024-01-01 08:00:00", "北京时间", "Beijing time, +08:00"]
    {
        assert!(early.contains(words), "{words}: {early}");
    }
    assert!(!early.contains("expired since") && !early.contains("过期"), "{early}");
    let late = at("2045-01-01T00:00:00Z");
    assert!(
        late.contains("expired since 2044-01-01 08:00:00") && late.contains("已于 2044-01-01 08:00:00 过期"),
        "{late}"
    );
    assert!(!late.contains("not yet valid"), "{late}");
}

#[test]
fn pages_are_counted_from_one() {
    let workshop = Workshop::new();
    assert_eq!(workshop.make("--out seal.esl").code, Some(0));
    let sign = "sign document.ofd --seal seal.esl --key signer.p12 --out sealed.ofd";
    let refused = |more: &str, why: &str| workshop.run(&format!("{sign} {more}")).refused(why);
    refused("--page 2 --x 500 --y 10", "the stamp on page 2 does not lie on the page");
    refused("--page 1 --x 500 --y 10", "the stamp on page 1 does not lie on the page");
    refused("--page 0", "--page counts from 1");
    refused("--page 3", "2 pages");
    for page in [0, 3] {
        let run = workshop.run(&format!("{sign} --page {page}"));
        for words in ["[document.no-page]", "hint: ", "页"] {
            assert!(run.err.contains(words), "{page} {words}: {}", run.err);
        }
    }
    let missing = workshop.run(&sign.replace("document.ofd", "nowhere.ofd"));
    for words in ["文件不存在", "[file.not-found]", "hint: "] {
        assert!(missing.err.contains(words), "{words}: {}", missing.err);
    }
    let run = workshop.run("verify nowhere.ofd --trust trust --json");
    let line: serde_json::Value = serde_json::from_str(run.out.trim()).unwrap();
    assert!(line["error"]["hint"].as_str().is_some_and(|hint| hint.contains("路径")), "{line}");
    assert!(!workshop.has("sealed.ofd"));
}

/// The authority's door on loopback: its certificate, and answers to questions. The number of visits beside.
fn authority() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, visits) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&visits);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counting.fetch_add(1, Ordering::SeqCst);
            let mut asked = Vec::new();
            let mut buffer = [0; 4096];
            let question = loop {
                let read = stream.read(&mut buffer).unwrap();
                asked.extend_from_slice(&buffer[..read]);
                let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                let head = String::from_utf8_lossy(&asked[..end]).to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length = length.map_or(0, |text| text.parse::<usize>().unwrap());
                if asked.len() == end + 4 + length {
                    break asked[end + 4..].to_vec();
                }
            };
            let sub = &pki().sub;
            let body = if asked.starts_with(b"GET /sub.cer ") {
                sub.der()
            } else {
                let life = jiff::SignedDuration::from_hours(1);
                let responder = Responder::authority(&sub.key, &sub.certificate, life);
                respond(&question, &responder, &|_| CertStatus::Good, protocol::Clock::system().now())
                    .unwrap()
            };
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        }
    });
    (port, visits)
}

/// A document whose certificates say where their issuer and their status are.
fn addressed(port: u16) -> Vec<u8> {
    let party = |profile, name: &str| {
        let key = Sm2KeyPair::generate(&crypto::Random::system()).unwrap();
        let subject = NameBuilder::new().country("CN").organization("测试单位").common_name(name);
        let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
        let der = CertificateBuilder::new(profile, subject, key.verifying_key(), from, to)
            .ocsp_url(&format!("http://127.0.0.1:{port}/ocsp"))
            .issuer_url(&format!("http://127.0.0.1:{port}/sub.cer"))
            .issue(&pki().sub.certificate, &pki().sub.key, &crypto::Random::system())
            .unwrap();
        Party { certificate: Certificate::from_der(&der).unwrap(), key }
    };
    let (signer, maker) =
        (party(Profile::SignerSign, "测试单位公章"), party(Profile::SealMaker, "测试制章系统"));
    let seal = SealSpec { maker, ..SealSpec::for_signer(&signer) }.write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT))
        .sealed(&seal, &ValueSpec::by(&signer))
        .to_zip()
}

#[test]
fn what_is_lacking_is_fetched_where_that_is_asked_for_and_allowed() {
    let workshop = Workshop::new();
    let (port, visits) = authority();
    workshop.write("sealed.ofd", &addressed(port));
    workshop.write("root.crl", &pki().root_crl);
    let line = "verify sealed.ofd --trust trust/root.pem --crl root.crl --revocation strict --json";
    assert_eq!(workshop.run(line).code, Some(2), "the issuer is not at hand");
    assert_eq!(workshop.run(&format!("{line} --fetch")).code, Some(2), "an address of this machine");
    assert_eq!(
        workshop.run(&format!("{line} --fetch --fetch-allow 127.0.0.1")).code,
        Some(2),
        "another port"
    );
    assert_eq!(visits.load(Ordering::SeqCst), 0, "offline, or not allowed");
    let run = workshop.run(&format!("{line} --fetch --fetch-allow 127.0.0.1:{port}"));
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(run.out.contains("\"signer.ocsp\"") && run.out.contains("\"seal.maker.ocsp\""), "{}", run.out);
    assert_eq!(visits.load(Ordering::SeqCst), 3, "the issuer, and an answer each");
    assert_ne!(workshop.run(&format!("{line} --fetch-allow 127.0.0.1")).code, Some(0), "only with --fetch");
}

/// A device never ends and a pipe waits for whoever writes to it: neither is read, wherever it is named.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let workshop = Workshop::new();
    let pipe = workshop.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (options, code) in [
        ("/dev/zero --trust trust", "file.unreadable"),
        ("pipe --trust trust", "file.unreadable"),
        ("document.ofd --trust pipe", "trust.unusable"),
        ("document.ofd --trust /dev/zero", "trust.unusable"),
        ("document.ofd --trust trust --crl /dev/zero", "crl.unusable"),
        ("document.ofd --trust trust --ocsp pipe", "ocsp.unusable"),
    ] {
        let run = workshop.run(&format!("verify {options} --json"));
        assert_eq!(run.code, Some(2), "{options}");
        let error = &lines(&run.out)[0]["error"];
        assert_eq!(error["code"], code, "{options}");
        assert!(error["message"].as_str().unwrap().contains("not a regular file"), "{options}: {error}");
        assert!(error["hint"].is_string(), "{options}");
    }
}
