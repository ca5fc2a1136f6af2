//! The operator's verbs, and the platform's first and second start.

use std::io::{Read, Write};
use std::net::TcpStream;

use formats::x509::Profile;
use testkit::databases::tamper_file;
use testkit::process::Program;

use crate::site::{FIRST, PASSWORD, SECOND, Site, sealbridge, text};

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A refused verb ends 2, says why in both languages, and what to do.
fn refused(site: &Site, args: &[&str], why: &str) {
    let output = site.operator(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(
        said.contains("错误 error: ") && said.contains("hint: ") && said.contains(why),
        "{args:?}: {said}"
    );
}

#[test]
fn the_first_start_makes_keys_and_the_second_keeps_them() {
    let site = Site::new();
    let files = ["platform-signing.pem", "platform-root.pem", "platform-fields.pem"];
    refused(&site, &["public-key"], "platform-signing.pem");
    refused(&site, &["list"], "platform.db");
    assert!(!site.path("platform.db").exists(), "looking makes nothing");

    let platform = site.platform();
    assert_eq!(platform.url(), format!("http://127.0.0.1:{}", site.port));
    let made = files.map(|file| std::fs::read_to_string(site.path(file)).unwrap());
    assert!(made[0].starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{}", made[0]);
    // A second start by mistake finds the port taken and touches nothing.
    let mut second = sealbridge();
    let second = second.arg("platform").arg("--config").arg(site.path("platform.toml")).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("server.listen"));
    assert!(second.stdout.is_empty());
    assert!(platform.end().success(), "SIGTERM is a good end");
    for left in ["platform.db-wal", "platform.db-shm"] {
        assert!(!site.path(left).exists(), "{left}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(site.path("platform.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let platform = site.platform();
    assert_eq!(files.map(|file| std::fs::read_to_string(site.path(file)).unwrap()), made);
    assert!(platform.end().success());
    // Keys that are gone are not made anew under a database that was used with them.
    std::fs::remove_file(site.path(files[2])).unwrap();
    let mut third = sealbridge();
    let third = third.arg("platform").arg("--config").arg(site.path("platform.toml")).output().unwrap();
    assert_eq!(third.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&third.stderr).contains("platform-fields.pem"));
    assert!(!site.path(files[2]).exists());
    let log = std::fs::read_to_string(site.path("platform.log")).unwrap();
    assert!(!log.contains(PASSWORD) && log.contains("a key was made"), "{log}");
}

#[test]
fn a_system_joins_beside_the_running_platform() {
    let site = Site::new();
    let _platform = site.platform();
    site.credential("a", Profile::ServerIdentity);
    let add = ["add-system", "--as", FIRST, "--app-id", "a", "--code", "0A01", "--name", "甲", "--uscc"];
    refused(&site, &[&add[..], &["91110000802100433X"]].concat(), "check digit wrong");
    let said = site.operate(&[&add[..], &["91110000802100433B"]].concat());
    assert!(said.contains("已登记系统 system registered") && said.contains("hint: "), "{said}");
    refused(&site, &[&add[..], &["91110000802100433B"]].concat(), "taken");
    refused(&site, &["grant", "--as", FIRST, "--app-id", "a"], "no grant given");
    refused(&site, &["grant", "--as", FIRST, "--app-id", "nobody", "--address", "::1"], "10001");
    site.operate(&["grant", "--as", FIRST, "--app-id", "a", "--address", "127.0.0.1", "--interface", "all"]);

    // The long way: the operator gives a challenge, the holder proves, the operator takes it back.
    let (challenge, proof) = (text(&site.path("challenge")), text(&site.path("proof")));
    site.operate(&["challenge", "--app-id", "a", "--out", &challenge]);
    let mut prove = sealbridge();
    prove.args(["prove", "--challenge", &challenge, "--out", &proof, "--key"]).arg(site.path("a.p12"));
    assert!(prove.status().unwrap().success());
    let cert = text(&site.path("a.pem"));
    let with = |proof: &str| {
        let args = ["add-key", "--as", FIRST, "--app-id", "a", "--cert", &cert, "--challenge", &challenge];
        args.into_iter().chain(["--proof", proof]).map(str::to_owned).collect::<Vec<_>>()
    };
    site.credential("stranger", Profile::ServerIdentity);
    let wrong = text(&site.path("wrong"));
    let mut prove = sealbridge();
    prove.args(["prove", "--challenge", &challenge, "--out", &wrong, "--key"]).arg(site.path("stranger.p12"));
    assert!(prove.status().unwrap().success());
    refused(&site, &with(&wrong).iter().map(String::as_str).collect::<Vec<_>>(), "10004");
    let said = site.operate(&with(&proof).iter().map(String::as_str).collect::<Vec<_>>());
    let key_id = said.trim_end().rsplit(' ').next().unwrap();
    refused(&site, &["approve-key", "--as", FIRST, "--key", key_id], "another administrator");
    site.operate(&["approve-key", "--as", SECOND, "--key", key_id]);
    site.operate(&["set-state", "--as", SECOND, "--app-id", "a", "--state", "online"]);
    refused(&site, &["set-state", "--as", SECOND, "--app-id", "a", "--state", "on"], "conformance-passed");

    let listing = json(&site.operate(&["list", "--json"]));
    let system = &listing["systems"][0];
    assert_eq!(
        (&system["state"], &system["keys"][0]["state"]),
        (&"online".into(), &"active".into()),
        "{listing}"
    );
    assert_eq!(listing["platformKeys"].as_array().unwrap().len(), 1);
    assert!(site.operate(&["list"]).contains("已上线 online"));
    site.operate(&["revoke-key", "--as", FIRST, "--key", key_id, "--reason", "lost"]);
    assert!(site.operate(&["list"]).contains("no key in force"));
}

#[test]
fn only_a_challenge_is_signed_as_proof() {
    let site = Site::new();
    site.credential("a", Profile::ServerIdentity);
    std::fs::write(site.path("contract"), "I owe you everything").unwrap();
    let mut prove = sealbridge();
    prove.arg("prove").arg("--challenge").arg(site.path("contract")).arg("--key").arg(site.path("a.p12"));
    let output = prove.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn trust_and_audit() {
    let site = Site::new();
    assert!(site.platform().end().success());
    let root = text(&site.path("authority/root.pem"));
    let said = site.operate(&["trust-add", "--as", FIRST, "--for", "root", "--cert", &root]);
    let sm3 = said.trim_end().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(json(&site.operate(&["list", "--json"]))["trust"][0]["sm3"], sm3);
    site.operate(&["trust-remove", "--as", FIRST, "--for", "root", "--sm3", &sm3]);
    refused(&site, &["trust-remove", "--as", FIRST, "--for", "root", "--sm3", &sm3], "20003");

    // Looking needs no password.
    let mut bare = sealbridge();
    bare.env_remove("SEALBRIDGE_KEY_PASSWORD").args(["operator", "audit", "--json", "--config"]);
    let report = bare.arg(site.path("platform.toml")).output().unwrap();
    assert_eq!(report.status.code(), Some(0));
    let report = json(&String::from_utf8_lossy(&report.stdout));
    assert_eq!((&report["good"], &report["kinds"]["trust.changed"]), (&true.into(), &2.into()), "{report}");

    tamper_file(&site.path("platform.db"), "UPDATE evidence SET subject = 'x' WHERE seq = 1").await;
    let report = site.operator(&["audit"]);
    let said = String::from_utf8_lossy(&report.stdout);
    assert_eq!(report.status.code(), Some(1), "{said}");
    assert!(
        said.contains("不完整 NOT whole") && said.contains("entry 1:") && said.contains("hint: "),
        "{said}"
    );
}

/// The platform's metrics as text.
fn metrics(site: &Site) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_engine_is_the_one_that_was_asked_for() {
    let site = Site::new();
    let mut config = std::fs::read_to_string(site.path("platform.toml")).unwrap();
    config.push_str("[sm2]\nengine = \"reference\"\nkey_tables = 5\n");
    std::fs::write(site.path("platform.toml"), &config).unwrap();
    for (variable, engine) in [("", "reference"), ("scalar", "scalar")] {
        let mut command = sealbridge();
        command.arg("platform").arg("--config").arg(site.path("platform.toml"));
        command.env("SEALBRIDGE_SM2_ENGINE", variable);
        let platform = Program::start(&mut command, &site.path("platform.log"));
        let metrics = metrics(&site);
        let in_use = format!("sealbridge_sm2_engine{{engine=\"{engine}\"}} 1\n");
        assert!(metrics.contains(&in_use), "{variable}: {metrics}");
        assert!(metrics.contains("sealbridge_sm2_key_tables_capacity 5\n"), "{metrics}");
        assert!(metrics.contains("sealbridge_sm2_batch_signatures_count 0\n"), "{metrics}");
        assert!(platform.end().success());
    }
    std::fs::write(site.path("platform.toml"), config.replace("= 5", "= 50000")).unwrap();
    let refused =
        sealbridge().arg("platform").arg("--config").arg(site.path("platform.toml")).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && said.contains("0 to 16384"), "{said}");
}
