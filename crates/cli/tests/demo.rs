//! The demonstration as a user runs it: the binary, `--once`, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use std::path::Path;
use std::process::{Command, Output};

fn sealbridge(args: &[&str]) -> Output {
    let result = Command::new(env!("CARGO_BIN_EXE_sealbridge")).args(args).output();
    result.unwrap_or_else(|error| unreachable!("the binary does not start: {error}"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A contract of each kind in each state, with the reports about those that were judged.
fn both_kinds_are_left(documents: &Path) {
    for (kind, mark) in [("ofd", &b"PK\x03\x04"[..]), ("pdf", b"%PDF-")] {
        for name in ["original", "sealed", "tampered"] {
            let document = std::fs::read(documents.join(format!("{name}.{kind}"))).unwrap();
            assert!(document.starts_with(mark), "{name}.{kind}");
        }
        for name in ["sealed", "tampered"] {
            for report in ["html", "pdf"] {
                let report = documents.join(format!("{name}.{kind}.report.{report}"));
                assert!(report.exists(), "{}", report.display());
            }
        }
    }
}

fn nothing_secret_lies_open(dir: &Path) {
    // Nothing is left beside the databases, and what is secret is its owner's alone.
    let mut files = Vec::new();
    for folder in [dir.to_path_buf(), dir.join("authority")] {
        files.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    let ends_in = |endings: &'static [&str]| {
        files.iter().filter(move |file| endings.iter().any(|ending| text(file).ends_with(ending)))
    };
    assert_eq!(ends_in(&["-wal", "-shm", "-journal"]).collect::<Vec<_>>(), Vec::<&std::path::PathBuf>::new());
    assert_eq!(ends_in(&[".db"]).count(), 3);
    #[cfg(unix)]
    for file in ends_in(&[".db", ".p12", ".messages"]) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}

#[test]
fn the_demonstration_leaves_documents_whose_verdicts_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("run");
    let run = sealbridge(&["demo", "--once", "--dir", &text(&dir)]);
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "{said}");

    let summary = std::fs::read(dir.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["ok"], true, "{summary}");
    let steps = summary["steps"].as_array().unwrap();
    assert!(
        steps.len() > 10 && steps.iter().all(|step| step["ok"] == true && step["ms"].is_u64()),
        "{summary}"
    );
    let trust = summary["trust"].as_str().unwrap();
    let documents = summary["documents"].as_array().unwrap();
    let verdicts: Vec<&str> =
        documents.iter().map(|document| document["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["valid", "invalid", "valid", "invalid"], "{summary}");
    both_kinds_are_left(&dir.join("documents"));
    for document in documents {
        let path = document["path"].as_str().unwrap();
        let again = sealbridge(&["verify", path, "--trust", trust, "--json"]);
        let line: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!(line["verdict"], document["verdict"], "{line}");
        assert_eq!(again.status.code(), Some(i32::from(document["verdict"] != "valid")));
        assert_eq!(line["signCount"], 1);
        // The platform had a time stamp put over the signature.
        assert!(line["signatures"][0]["stampTime"].is_string(), "{line}");
        // What is left is enough to judge without a word missing: both authorities' revocation lists too.
        let strict = sealbridge(&["verify", path, "--trust", trust, "--revocation", "strict", "--json"]);
        let line: serde_json::Value = serde_json::from_slice(&strict.stdout).unwrap();
        assert_eq!(line["verdict"], document["verdict"], "{line}");
    }
    nothing_secret_lies_open(&dir);

    // The same folder again is refused, and nothing in it is touched.
    let second = sealbridge(&["demo", "--once", "--dir", &text(&dir)]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("hint:"));

    // Personal data is in no database and no summary in clear.
    for entry in std::fs::read_dir(&dir).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|kind| kind == "db" || kind == "db-wal" || kind == "json") {
            let bytes = std::fs::read(&path).unwrap();
            for personal in ["13800001234", "11010519491231002X", "张示例"] {
                let found = bytes.windows(personal.len()).any(|window| window == personal.as_bytes());
                assert!(!found, "{} holds {personal}", path.display());
            }
        }
    }
}

#[test]
fn openssl_verifies_the_chain_level_by_level() {
    if !testkit::process::openssl_with_sm2() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("run");
    assert_eq!(sealbridge(&["demo", "--once", "--dir", &text(&dir)]).status.code(), Some(0));
    let authority = dir.join("authority");
    for (trusted, certificate) in [("root", "root"), ("root", "issuing"), ("issuing", "tsa")] {
        let verified = Command::new("openssl")
            .args(["verify", "-vfyopt", "distid:1234567812345678", "-partial_chain", "-trusted"])
            .arg(authority.join(format!("{trusted}.pem")))
            .arg(authority.join(format!("{certificate}.pem")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success(), "{certificate} by {trusted}: {said}");
    }
}

#[test]
fn a_run_that_cannot_be_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let rubbish = folder.path().join("rubbish.ofd");
    std::fs::write(&rubbish, b"this is no OFD").unwrap();
    let cut = folder.path().join("cut.pdf");
    std::fs::write(&cut, b"%PDF-1.7\n1 0 obj").unwrap();
    let locked = folder.path().join("locked.ofd");
    std::fs::write(&locked, testkit::lab::sealed(formats::ofd::Mode::Lock).to_zip()).unwrap();
    let missing = folder.path().join("missing.ofd");
    for (options, why) in [
        (["--input", &text(&rubbish)], "OFD"),
        (["--input", &text(&cut)], "损坏"),
        (["--input", &text(&locked)], "锁定"),
        (["--input", &text(&missing)], "missing.ofd"),
        (["--port", "65534"], "65532"),
        (["--port", "65533"], "65532"),
        (["--port", "0"], "65532"),
    ] {
        let dir = folder.path().join("run");
        let run = sealbridge(&[&["demo", "--once", "--dir", &text(&dir)], &options[..]].concat());
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{options:?}: {said}");
        assert!(said.contains(why) && said.contains("hint: "), "{options:?}: {said}");
        assert_eq!(String::from_utf8_lossy(&run.stdout), "", "nothing was started");
        assert!(!dir.exists(), "nothing was made");
    }
}

#[test]
fn a_document_sealed_elsewhere_is_sealed_here_and_its_old_seal_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    assert_eq!(sealbridge(&["demo", "--once", "--dir", &text(&first)]).status.code(), Some(0));
    let strange = folder.path().join("strange.ofd");
    std::fs::write(&strange, testkit::lab::sealed(formats::ofd::Mode::Continue).to_zip()).unwrap();
    for (name, input) in [
        ("again", first.join("documents/sealed.ofd")),
        ("again-pdf", first.join("documents/sealed.pdf")),
        ("strange", strange),
    ] {
        let dir = folder.path().join(name);
        let run = sealbridge(&["demo", "--once", "--dir", &text(&dir), "--input", &text(&input)]);
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{said}");
        for words in ["signature 1: ", "our signature is valid", "--trust"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        let summary = std::fs::read(dir.join("summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
        let sealed = &summary["documents"][0];
        assert_eq!((&summary["ok"], &sealed["ourSignature"]), (&true.into(), &"valid".into()), "{summary}");
        assert_eq!(
            (&sealed["expected"], &sealed["verdict"]),
            (&"indeterminate".into(), &"indeterminate".into())
        );
        assert!(sealed["because"][0].as_str().unwrap().starts_with("第 1 个签章"), "{summary}");
        let trust = [text(&dir.join("trust")), text(&first.join("trust"))];
        let path = sealed["path"].as_str().unwrap();
        let alone = sealbridge(&["verify", path, "--trust", &trust[0]]);
        assert_eq!(alone.status.code(), Some(2));
        // What the demonstration told to do helps.
        if name != "strange" {
            let both = sealbridge(&["verify", path, "--trust", &trust[0], "--trust", &trust[1]]);
            assert_eq!(both.status.code(), Some(0), "{}", String::from_utf8_lossy(&both.stdout));
        }
    }
}

#[test]
fn two_platforms_and_three_systems() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("run");
    let run = sealbridge(&["demo", "--federation", "--once", "--dir", &text(&dir)]);
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "{said}");
    let summary = std::fs::read(dir.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["ok"], true, "{summary}");
    let steps: Vec<&str> =
        summary["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    for step in [
        "platform_2",
        "system_c",
        "federate",
        "query_home",
        "query_away",
        "explain_route",
        "together",
        "evidence_2",
    ] {
        assert!(steps.contains(&step), "{step}: {steps:?}");
    }
    // A seal of B came from the second platform, and the sealed documents verify by themselves.
    assert!(said.contains("来自 from demo-platform-2 → demo-system-b"), "{said}");
    for kind in ["ofd", "pdf"] {
        let sealed = text(&dir.join(format!("documents/sealed.{kind}")));
        let verified = sealbridge(&["verify", &sealed, "--trust", &text(&dir.join("trust"))]);
        assert_eq!(verified.status.code(), Some(0), "{kind}: {}", String::from_utf8_lossy(&verified.stdout));
    }
    // Both platforms keep the evidence of the same signature.
    assert!(dir.join("platform.db").exists() && dir.join("platform-2.db").exists());
    let crowded =
        sealbridge(&["demo", "--federation", "--once", "--dir", &text(&dir.join("x")), "--port", "65531"]);
    assert_eq!(crowded.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&crowded.stderr).contains("65530"));
}
