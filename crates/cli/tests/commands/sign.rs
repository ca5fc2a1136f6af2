//! `sign`: both kinds of document with the same options, what only a PDF has, and documents that nobody should sign.

use formats::pdf::{Limits, Object, Pdf};

use crate::workshop::{PASSWORD, Run, Workshop, contract};

const SEAL: &str = "--seal seal.esl --key signer.p12";

fn ready() -> Workshop {
    let workshop = Workshop::new();
    assert_eq!(workshop.make("--out seal.esl").code, Some(0));
    workshop
}

fn good(run: &Run) {
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
}

/// The dictionary of the newest signature.
fn signature(bytes: &[u8]) -> formats::pdf::Dictionary {
    let pdf = Pdf::open(bytes, &Limits::default()).unwrap();
    let form = pdf.form().unwrap();
    let value = form.fields.last().unwrap().value.clone().unwrap();
    pdf.resolve(&value).unwrap().as_dictionary().unwrap().clone()
}

fn name(dictionary: &formats::pdf::Dictionary, key: &[u8]) -> String {
    dictionary.get(key).and_then(Object::as_name).unwrap().to_text()
}

#[test]
fn both_kinds_are_sealed_and_verified_the_same_way() {
    let workshop = ready();
    for kind in ["ofd", "pdf"] {
        for (number, more) in
            ["", "--page 2 --x 20 --y 30.5", "--riding right", "--lock", "--riding left --lock"]
                .into_iter()
                .enumerate()
        {
            let out = format!("sealed{number}.{kind}");
            let run = workshop.run(&format!("sign document.{kind} {SEAL} --out {out} {more}"));
            good(&run);
            assert!(run.out.contains(&format!("({})", kind.to_uppercase())), "{}", run.out);
            let verified = workshop.run(&format!("verify {out} --trust trust"));
            assert_eq!(verified.code, Some(0), "{out} {more}: {}", verified.out);
            // A second one beside it, unless it is locked.
            let again = workshop.run(&format!("sign {out} {SEAL} --out twice.{kind}"));
            if more.contains("--lock") {
                again.refused("锁定");
                assert!(again.err.contains("hint: "), "{}", again.err);
            } else {
                good(&again);
                good(&workshop.run(&format!("verify twice.{kind} --trust trust")));
            }
        }
        // A document with signatures is locked with the next one.
        good(&workshop.run(&format!("sign sealed0.{kind} {SEAL} --out locked.{kind} --lock")));
        good(&workshop.run(&format!("verify locked.{kind} --trust trust")));
        workshop.run(&format!("sign locked.{kind} {SEAL} --out never.{kind}")).refused("锁定");
    }
}

#[test]
fn a_signature_without_a_seal() {
    let workshop = ready();
    for kind in ["ofd", "pdf"] {
        let run = workshop.run(&format!("sign document.{kind} --plain --key signer.p12 --out signed.{kind}"));
        good(&run);
        assert!(run.out.contains("已签名"), "{}", run.out);
        let run = workshop.run(&format!("verify signed.{kind} --trust trust --json"));
        good(&run);
        assert!(run.out.contains("\"signCount\":1"), "{}", run.out);
        // Its digests are judged in its place: nothing is wrong, and what is shown was not seen.
        good(&workshop.run(&format!("digests signed.{kind} --out digests.json")));
        let run = workshop.run("verify digests.json --trust trust --json");
        assert_eq!(run.code, Some(2), "{}{}", run.out, run.err);
        let line: serde_json::Value = serde_json::from_str(run.out.trim()).unwrap();
        assert_eq!((&line["verdict"], &line["signCount"]), (&"indeterminate".into(), &1.into()));
        assert_eq!(line["format"], kind);
        let of_signature = line["signatures"][0]["findings"].as_array().unwrap();
        let open = line["findings"].as_array().unwrap().iter().chain(of_signature);
        let open = open.filter(|one| one["status"] == "unknown" || one["status"] == "bad");
        let open: Vec<&str> = open.map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(open, ["document.unseen", "signature.coverage"], "{kind}");
    }
    let unsigned = workshop.run("digests document.pdf");
    assert!(unsigned.code == Some(2) && unsigned.err.contains("hint: "), "{}", unsigned.err);
    let signed = std::fs::read(workshop.path("signed.pdf")).unwrap();
    assert_eq!(name(&signature(&signed), b"SubFilter"), "GM.sm2cms.detached");
    // Another signature on one that does not hold any more: it is told, and done.
    let mut broken = signed;
    let comment = broken.windows(2).position(|window| window == b"\n%").unwrap() + 3;
    broken[comment] ^= 0x80;
    workshop.write("broken.pdf", &broken);
    let run = workshop.run("sign broken.pdf --plain --key signer.p12 --out again.pdf");
    good(&run);
    assert!(run.err.contains("在先的签名") && run.err.contains("[signature.data-hash]"), "{}", run.err);
    let run = workshop.run("sign signed.pdf --plain --key signer.p12 --out twice.pdf");
    good(&run);
    assert!(!run.err.contains("notice"), "{}", run.err);
    for wrong in ["--plain --seal seal.esl", "--plain --x 1 --y 1", "--plain --keyword x", ""] {
        let run = workshop.run(&format!("sign document.pdf {wrong} --key signer.p12 --out never.pdf"));
        assert_eq!(run.code, Some(2), "{wrong}");
    }
    assert!(!workshop.has("never.pdf"));
}

#[test]
fn a_seal_goes_on_a_text() {
    let workshop = ready();
    workshop.write("contract.ofd", &{
        let parties =
            formats::ofd::compose::Parties { buyer: "甲公司", seller: "测试单位", number: "1" };
        let created = testkit::pki::at(testkit::lab::SIGNED_AT);
        formats::ofd::compose::purchase_contract("0", &parties, created).unwrap().ofd
    });
    workshop.write("contract.pdf", &contract());
    for kind in ["ofd", "pdf"] {
        let sign = format!("sign contract.{kind} {SEAL} --out keyword.{kind}");
        for at in [
            "--keyword 乙方（盖章）",
            "--keyword 盖章 --keyword-at first",
            "--keyword 盖章 --keyword-at every",
        ] {
            good(&workshop.run(&format!("{sign} {at}")));
            good(&workshop.run(&format!("verify keyword.{kind} --trust trust")));
        }
        let run = workshop.run(&format!("{sign} --keyword 没有这些字"));
        run.refused("找不到关键字");
        assert!(run.err.contains("[document.no-keyword]") && run.err.contains("hint: "), "{}", run.err);
    }
}

#[test]
fn what_only_a_pdf_has() {
    let workshop = ready();
    let sign = format!("sign document.pdf {SEAL} --out sealed.pdf");
    good(
        &workshop
            .run(&format!("{sign} --field 甲方 --x 20 --y 20 --filter Some.GMPkiLite --sub-filter GM.other")),
    );
    let sealed = std::fs::read(workshop.path("sealed.pdf")).unwrap();
    let dictionary = signature(&sealed);
    assert_eq!(
        (name(&dictionary, b"Filter"), name(&dictionary, b"SubFilter")),
        ("Some.GMPkiLite".into(), "GM.other".into())
    );
    let form = Pdf::open(&sealed, &Limits::default()).unwrap().form().unwrap();
    assert_eq!(form.fields[0].name, "甲方");
    good(&workshop.run("verify sealed.pdf --trust trust"));
    workshop.run(&format!("sign sealed.pdf {SEAL} --out never.pdf --field 甲方")).refused("已经签过");
    workshop.run(&format!("sign sealed.pdf {SEAL} --out never.pdf --certify 1")).refused("认证签名");
    for level in 1..=3 {
        good(&workshop.run(&format!("{sign} --certify {level}")));
        good(&workshop.run("verify sealed.pdf --trust trust"));
        // From level 2 on there is a way: a field that was there before.
        let way = if level == 1 { "锁定" } else { "--field" };
        workshop.run(&format!("sign sealed.pdf {SEAL} --out never.pdf")).refused(way);
    }
    assert_eq!(workshop.run(&format!("{sign} --certify 4")).code, Some(2));
    assert_eq!(workshop.run(&format!("{sign} --certify 2 --lock")).code, Some(2));
    let plain = "sign document.pdf --plain --key signer.p12 --out sealed.pdf";
    good(&workshop.run(&format!("{plain} --signature-oid 1.2.156.10197.1.301.1")));
    workshop.run(&format!("{plain} --signature-oid 1.x")).refused("--signature-oid");
    workshop.run(&format!("{plain} --signature-oid 1.2.840.113549.1.1.11")).refused("签名算法标识");
    good(&workshop.run(&format!("{plain} --name 甲方 --reason 同意 --location 北京")));
    let dictionary = signature(&std::fs::read(workshop.path("sealed.pdf")).unwrap());
    for (key, text) in [("Name", "甲方"), ("Reason", "同意"), ("Location", "北京")] {
        assert_eq!(dictionary.get(key.as_bytes()), Some(&Object::text(text)), "{key}");
    }
    workshop.run(&format!("sign document.pdf {SEAL} --out never.pdf --x -900 --y -900")).refused("");
    for only in ["--field a --x 1 --y 1", "--certify 1", "--filter A"] {
        workshop.run(&format!("sign document.ofd {SEAL} --out never.ofd {only}")).refused("只适用于 PDF");
    }
    assert!(!workshop.has("never.pdf") && !workshop.has("never.ofd"));
}

/// Who trusts the root alone can follow the certificates that came with the key.
#[test]
fn the_issuers_of_the_signer_come_along() {
    let workshop = ready();
    let pki = testkit::pki::pki();
    let chain = [pki.root.der(), pki.signer.der(), pki.sub.der()];
    let key = &pki.signer.key;
    let file = key.to_pkcs12(&chain, PASSWORD, "test", &crypto::Random::system()).unwrap();
    workshop.write("chain.p12", &file);
    for kind in ["ofd", "pdf"] {
        for (key, code) in [("chain.p12", 0), ("signer.p12", 2)] {
            good(&workshop.run(&format!("sign document.{kind} --plain --key {key} --out out.{kind}")));
            let run = workshop.run(&format!("verify out.{kind} --trust trust/root.pem"));
            assert_eq!(run.code, Some(code), "{kind} {key}: {}", run.out);
        }
    }
}

/// No other name of a file that was read is written to, and what was there before stays until the new is whole.
#[test]
fn a_result_takes_the_place_of_a_file_whole() {
    use std::os::unix::fs::PermissionsExt;
    let workshop = ready();
    let before = std::fs::read(workshop.path("document.pdf")).unwrap();
    std::fs::hard_link(workshop.path("document.pdf"), workshop.path("hard.pdf")).unwrap();
    std::os::unix::fs::symlink("document.pdf", workshop.path("soft.pdf")).unwrap();
    for name in ["document.pdf", "hard.pdf", "soft.pdf"] {
        workshop.run(&format!("sign document.pdf {SEAL} --out {name}")).refused("one of the files read");
    }
    assert_eq!(std::fs::read(workshop.path("document.pdf")).unwrap(), before);
    workshop.write("old.pdf", b"old");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(workshop.path("old.pdf"), private).unwrap();
    std::os::unix::fs::symlink("old.pdf", workshop.path("to-old.pdf")).unwrap();
    good(&workshop.run(&format!("sign document.pdf {SEAL} --out to-old.pdf")));
    good(&workshop.run("verify old.pdf --trust trust"));
    assert!(workshop.path("to-old.pdf").is_symlink());
    let mode = |name: &str| std::fs::metadata(workshop.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("old.pdf"), 0o600);
    // What takes no file's place is as readable as any new file here.
    workshop.write("any.pdf", b"new");
    good(&workshop.run(&format!("sign document.pdf {SEAL} --out new.pdf")));
    assert_eq!(mode("new.pdf"), mode("any.pdf"));
    let left = std::fs::read_dir(workshop.path("")).unwrap();
    let names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with(".sealbridge-")).count(), 0);
    // A device is written to, and a full one is told.
    workshop.run(&format!("sign document.pdf {SEAL} --out /dev/full")).refused("/dev/full");
}

/// The content decides what a file is, and what is not whole is not signed.
#[test]
fn what_nobody_should_sign_is_refused_with_what_to_do() {
    let workshop = ready();
    let pdf = contract();
    workshop.write("renamed.ofd", &pdf);
    workshop.write("renamed.pdf", &testkit::lab::document());
    for name in ["renamed.ofd", "renamed.pdf"] {
        good(&workshop.run(&format!("sign {name} {SEAL} --out sealed")));
        good(&workshop.run("verify sealed --trust trust"));
    }
    let info = pdf.windows(6).rposition(|window| window == b"/Info ").unwrap();
    let lock =
        format!("/Encrypt << /Filter /Standard /V 1 /R 2 /O <{0}> /U <{0}> /P -4 >> ", "5a".repeat(32));
    let encrypted = [&pdf[..info], lock.as_bytes(), &pdf[info..]].concat();
    for (name, bytes, why) in [
        ("rubbish", b"rubbish".to_vec(), "不是 OFD 或 PDF"),
        ("empty", Vec::new(), "不是 OFD 或 PDF"),
        ("head.pdf", b"%PDF-1.7\n".to_vec(), "损坏"),
        ("cut.pdf", pdf[..pdf.len() / 2].to_vec(), "损坏"),
        ("cut.ofd", testkit::lab::document()[..200].to_vec(), "损坏"),
        ("encrypted.pdf", encrypted, "密码"),
        ("tail.pdf", [&pdf[..], b"<html>"].concat(), "多余内容"),
        ("before.pdf", [b"MZ\n", &pdf[..]].concat(), "不能签章"),
    ] {
        workshop.write(name, &bytes);
        for how in [SEAL, "--plain --key signer.p12"] {
            let run = workshop.run(&format!("sign {name} {how} --out never"));
            run.refused(why);
            assert!(run.err.contains("hint: ") && run.err.contains('['), "{name}: {}", run.err);
        }
        assert_ne!(workshop.run(&format!("verify {name} --trust trust")).code, Some(0), "{name}");
    }
    assert!(!workshop.has("never"));
}
