//! `doctor` tells which engine verifies SM2 signatures, and who may say which.

use serde_json::Value;

use crate::workshop::Workshop;

/// What `doctor` says of the engine.
fn engine(workshop: &Workshop, options: &str, variable: &str) -> String {
    let mut command = workshop.command(&format!("doctor --json {options}"));
    let output = command.env("SEALBRIDGE_SM2_ENGINE", variable).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = diagnosis["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "sm2_engine").unwrap();
    assert_eq!(check["ok"], true);
    check["detail"].as_str().unwrap().to_owned()
}

#[test]
fn the_option_goes_before_the_environment_and_that_before_the_best() {
    let workshop = Workshop::new();
    let best = if crypto::Sm2Engine::Lanes.is_available() { "lanes;" } else { "scalar;" };
    for (options, variable, in_use) in [
        ("", "", best),
        ("", "scalar", "scalar;"),
        ("--sm2-engine reference", "scalar", "reference;"),
        ("--sm2-engine lanes", "reference", best.trim_end_matches(';')),
    ] {
        let detail = engine(&workshop, options, variable);
        assert!(detail.starts_with(in_use), "{options} {variable}: {detail}");
        for feature in crypto::processor_features() {
            assert!(detail.contains(feature), "{detail}");
        }
    }
}

#[test]
fn an_engine_that_does_not_exist_is_named() {
    let workshop = Workshop::new();
    let mut command = workshop.command("doctor");
    let output = command.env("SEALBRIDGE_SM2_ENGINE", "fast").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("SEALBRIDGE_SM2_ENGINE: \"fast\"") && said.contains("hint: "), "{said}");
    let output = workshop.command("doctor --sm2-engine fast").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("reference, scalar or lanes"), "{said}");
}

#[test]
fn every_engine_verifies_a_document_alike() {
    let workshop = Workshop::new();
    let make = crate::workshop::make_line("--out seal.esl");
    for line in [make.as_str(), "sign document.ofd --seal seal.esl --key signer.p12 --out sealed.ofd"] {
        assert_eq!(workshop.command(line).output().unwrap().status.code(), Some(0), "{line}");
    }
    let verify = |engine: &str| {
        let line = format!("--sm2-engine {engine} verify sealed.ofd --trust trust --at 2026-11-24T00:00:00Z");
        let output = workshop.command(&line).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let reference = verify("reference");
    for engine in ["scalar", "lanes"] {
        assert_eq!(verify(engine), reference, "{engine}");
    }
}
