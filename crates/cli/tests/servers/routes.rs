//! The operator's verbs about addresses, maintenance, routes and other platforms.

use serde_json::Value;
use testkit::process::free_port;

use crate::site::{FIRST, SECOND, Site, text};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs `explain-route` with JSON; its exit code and what it says.
fn explained(site: &Site, args: &[&str]) -> (i32, Value) {
    let output = site.operator(&[&["explain-route", "--json"], args].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), json(&said))
}

#[test]
fn addresses_are_added_drained_and_explained_beside_the_running_platform() {
    let site = Site::new();
    let _platform = site.platform();
    let (first, second) = (free_port(1), free_port(2));
    site.join("b", "0B01", Some(first));
    let [first, second] = [first, second].map(|port| format!("http://127.0.0.1:{port}"));
    let as_first = ["--as", FIRST, "--app-id", "b"];
    let verb = |name: &'static str, url: &str, more: &[&str]| {
        let args = [&[name], &as_first[..], &["--url", url], more].concat();
        site.operator(&args)
    };
    assert!(verb("endpoint-add", &second, &["--priority", "2", "--weight", "10"]).status.success());
    let again = verb("endpoint-add", &second, &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("hint: "));

    let (end, way) = explained(&site, &["b", "--no-probe"]);
    assert_eq!((end, way["sent"].as_bool()), (0, Some(true)), "{way}");
    assert_eq!(way["addresses"][0]["baseUrl"], first.as_str());
    assert_eq!((&way["addresses"][1]["why"], &way["addresses"][1]["place"]), (&"reserve".into(), &2.into()));
    // Nobody is there: a probe tells, and calls would be tried all the same.
    let (end, way) = explained(&site, &["b"]);
    assert_eq!((end, &way["addresses"][0]["probe"]["ok"]), (0, &false.into()), "{way}");
    let said = site.operate(&["explain-route", "b"]);
    for words in ["系统 system: b", "不可用 down", "期限 deadline: 5000 ms", "结果 result: 发送"] {
        assert!(said.contains(words), "{words}: {said}");
    }

    for url in [&first, &second] {
        assert!(verb("endpoint-drain", url, &["--reason", "更换证书"]).status.success());
    }
    let (end, way) = explained(&site, &["b", "--no-probe"]);
    assert_eq!((end, &way["refusal"]["code"]), (1, &"90001".into()), "{way}");
    assert!(way["refusal"]["message"].as_str().unwrap().contains("更换证书"));
    assert!(verb("endpoint-undrain", &first, &[]).status.success());
    assert!(verb("endpoint-remove", &second, &[]).status.success());
    let on = [&["maintenance-on"], &as_first[..], &["--reason", "升级", "--minutes", "5"]].concat();
    site.operate(&on);
    let (end, way) = explained(&site, &["b", "--no-probe"]);
    assert_eq!((end, &way["system"]["maintenance"]["reason"]), (1, &"升级".into()), "{way}");
    assert!(way["refusal"]["retryAfterMs"].as_u64().unwrap() > 200_000);
    site.operate(&[&["maintenance-off"], &as_first[..]].concat());
    let off = site.operator(&["maintenance-off", "--as", FIRST, "--platform"]);
    assert_eq!(off.status.code(), Some(2), "the platform is not in maintenance");
    assert_eq!(explained(&site, &["b", "--no-probe"]).0, 0);
    let unknown = site.operator(&["explain-route", "E11101080A0101000000001F"]);
    assert_eq!(unknown.status.code(), Some(2));
    // A slip in a seal code is told as such and not taken for a system.
    let slip = site.operator(&["explain-route", "E11101080A0101000000002F"]);
    let said = String::from_utf8_lossy(&slip.stderr).into_owned();
    assert!(slip.status.code() == Some(2) && said.contains("校验字符"), "{said}");
    let said = site.operate(&["audit"]);
    assert!(said.contains("endpoint.changed") && said.contains("maintenance.changed"), "{said}");
}

#[test]
fn another_platform_is_added_by_its_fingerprint() {
    let (site, other) = (Site::new(), Site::new());
    let config = std::fs::read_to_string(other.path("platform.toml")).unwrap();
    std::fs::write(other.path("platform.toml"), config.replace("kill-platform", "other-platform")).unwrap();
    let (_platform, another) = (site.platform(), other.platform());
    other.join("d", "0D01", Some(free_port(3)));
    let root = other.operator(&["public-key", "root"]);
    let said = String::from_utf8(root.stderr).unwrap();
    let fingerprint = said.trim_end().rsplit(' ').next().unwrap().to_owned();
    std::fs::write(site.path("root.pem"), root.stdout).unwrap();
    let (url, file) = (format!("http://127.0.0.1:{}", other.port), text(&site.path("root.pem")));
    let add = |fingerprint: &str| {
        let mut args =
            vec!["peer-add", "--as", FIRST, "--app-id", "other-platform", "--code", "P002", "--name"];
        args.extend(["另一平台", "--uscc", "91110000802100433B", "--base-url", &url, "--root-key", &file]);
        args.extend(["--fingerprint", fingerprint, "--code-space", "0D01", "--accept-anchors"]);
        args.extend(["--address", "127.0.0.1", "--interface", "all"]);
        site.operator(&args)
    };
    let wrong = add(&"0".repeat(64));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said.contains("10004") && said.contains(&fingerprint), "{said}");
    let added = add(&fingerprint);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let (end, way) = explained(&site, &["other-platform", "--no-probe"]);
    assert_eq!((end, way["sent"].as_bool()), (1, Some(false)), "{way}");

    let refreshed = site.operate(&["peer-refresh", "--app-id", "other-platform"]);
    assert!(refreshed.contains("信任列表有效 list in force"), "{refreshed}");
    site.operate(&["set-state", "--as", SECOND, "--app-id", "other-platform", "--state", "online"]);
    let peers = json(&site.operate(&["peers", "--json"]));
    assert_eq!((&peers[0]["codeSpaces"][0], &peers[0]["inForce"]), (&"0D01".into(), &true.into()), "{peers}");
    assert_eq!(peers[0]["root"], fingerprint.as_str());
    let (end, way) = explained(&site, &["other-platform"]);
    assert_eq!((end, &way["addresses"][0]["probe"]["ok"]), (0, &true.into()), "{way}");
    let said = site.operate(&["explain-route", "other-platform"]);
    assert!(said.contains("另一平台 another platform: 编码空间 code spaces 0D01"), "{said}");
    let change = ["peer-change", "--as", FIRST, "--app-id", "other-platform", "--code-space", "0D02"];
    site.operate(&change);
    let peers = site.operate(&["peers"]);
    assert!(peers.contains("answers for [], 已接受 accepted [0D02]"), "{peers}");
    // The other platform is gone: what was believed stays in force.
    drop(another);
    let refused = site.operator(&["peer-refresh", "--app-id", "other-platform"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(json(&site.operate(&["peers", "--json"]))[0]["inForce"], true);
}
