//! The demonstration as a user runs it: the binary, `--once`, and what it leaves behind.

use std::path::Path;
use std::process::{Command, Output};

fn sealbridge(args: &[&str]) -> Output {
    let result = Command::new(env!("CARGO_BIN_EXE_sealbridge")).args(args).output();
    result.unwrap_or_else(|error| unreachable!("the binary does not start: {error}"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
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
    assert_eq!(verdicts, ["valid", "invalid"]);
    for document in documents {
        let path = document["path"].as_str().unwrap();
        let again = sealbridge(&["verify", path, "--trust", trust, "--json"]);
        let line: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!(line["verdict"], document["verdict"], "{line}");
        assert_eq!(again.status.code(), Some(i32::from(document["verdict"] != "valid")));
        assert_eq!(line["signCount"], 1);
    }

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
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: openssl is not installed");
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
fn a_user_file_that_is_no_ofd_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let rubbish = folder.path().join("rubbish.ofd");
    std::fs::write(&rubbish, b"this is no OFD").unwrap();
    let dir = folder.path().join("run");
    let run = sealbridge(&["demo", "--once", "--dir", &text(&dir), "--input", &text(&rubbish)]);
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("OFD"));
    let summary = std::fs::read(dir.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["ok"], false);
}
