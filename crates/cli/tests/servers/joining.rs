//! The operator's verbs about a system's way, orders about seals, subscribers and reconciliation.

use formats::x509::Profile;

use crate::site::{FIRST, SECOND, Site, sealbridge, text};

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A refused verb ends 2, says why and what to do.
fn refused(site: &Site, args: &[&str], why: &str) {
    let output = site.operator(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(said.contains("hint: ") && said.contains(why), "{args:?}: {said}");
}

/// A verb of one administrator, written with spaces between.
fn words<'a>(text: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    text.split(' ').chain(rest.iter().copied()).collect()
}

/// The words that move the system c.
fn to<'a>(who: &'a str, state: &'a str) -> Vec<&'a str> {
    words("set-state --app-id c --reason why", &["--as", who, "--state", state])
}

/// A site on which the whole way is gone, and its system c.
fn whole() -> Site {
    let site = Site::new();
    let config = std::fs::read_to_string(site.path("platform.toml")).unwrap();
    std::fs::write(site.path("platform.toml"), config.replace("\"short\"", "\"whole\"")).unwrap();
    assert!(site.platform().end().success());
    site.credential("c", Profile::ServerIdentity);
    let add =
        words("add-system --app-id c --code 0C01 --name 丙 --uscc 91110000802100433B", &["--as", FIRST]);
    let said = site.operate(&add);
    assert!(said.contains("realname-submitted"), "{said}");
    site
}

/// Hands in application and documents, and has two approve them.
fn approved(site: &Site) {
    refused(site, &to(SECOND, "online"), "realname-submitted");
    site.operate(&to(FIRST, "realname-submitted"));
    site.operate(&to(FIRST, "verified"));
    let persons = "--contact 张三丰 --contact-mobile 13800001234 --emergency 李四 --emergency-mobile";
    let apply = words("apply --app-id c --description 县级电子印章系统 --interface all", &["--as", FIRST]);
    let apply = |mobile| [&apply[..], &words(persons, &[mobile])].concat();
    refused(site, &apply("12345"), "mobile");
    site.operate(&apply("13900005678"));
    refused(site, &to(FIRST, "approved"), "mlps");
    std::fs::write(site.path("paper.pdf"), "a paper").unwrap();
    let paper = text(&site.path("paper.pdf"));
    for kind in ["business-licence", "authorisation", "mlps", "undertaking"] {
        let what = ["--as", FIRST, "--kind", kind, "--file", &paper];
        let add = words("add-document --app-id c --issuer 某机构", &what);
        refused(site, &[&add[..], &["--valid-until", "2020-01-31"]].concat(), "ended already");
        site.operate(&[&add[..], &["--valid-until", "2099-12-31"]].concat());
    }
    let said = site.operate(&to(FIRST, "approved"));
    assert!(said.contains("待复核 waits for a second administrator"), "{said}");
    refused(site, &to(FIRST, "approved"), "another administrator");
    let reviews = json(&site.operate(&["reviews", "--json"]));
    assert_eq!(reviews["reviews"][0]["action"], "system.approve");
    site.operate(&to(SECOND, "approved"));
}

#[test]
fn a_system_goes_the_whole_way() {
    let site = whole();
    approved(&site);
    site.operate(&to(FIRST, "sandbox"));
    site.operate(&to(FIRST, "conformance-passed"));
    let key_id = site.add_key("c");
    site.operate(&["approve-key", "--as", SECOND, "--key", &key_id]);
    site.operate(&to(FIRST, "online"));
    let waiting = json(&site.operate(&["reviews", "--json"]));
    let review = waiting["reviews"][0]["reviewId"].as_str().unwrap();
    site.operate(&["refuse-review", "--as", SECOND, "--review", review, "--reason", "not today"]);
    site.operate(&to(SECOND, "online"));
    site.operate(&to(FIRST, "online"));
    let shown = site.operate(&["show-system", "--app-id", "c"]);
    assert!(shown.contains("已上线 online") && !shown.contains("张三丰"), "{shown}");
    site.operate(&["retire-key", "--as", FIRST, "--key", &key_id, "--days", "3"]);
    refused(&site, &["retire-key", "--as", FIRST, "--key", &key_id, "--days", "4"], "10004");
    let report = json(&site.operate(&["audit", "--json"]));
    assert_eq!((&report["good"], &report["kinds"]["review.done"]), (&true.into(), &2.into()), "{report}");
}

#[test]
fn documents_are_shown_read_out_and_taken_back() {
    let site = whole();
    approved(&site);
    let card = json(&site.operate(&["show-system", "--app-id", "c", "--json"]));
    assert_eq!(
        (&card["state"], &card["lackingDocuments"]),
        (&"approved".into(), &serde_json::json!([])),
        "{card}"
    );
    assert_eq!(card["applications"][0]["contact"][0], "张*");
    assert_eq!(card["documents"].as_array().unwrap().len(), 4);
    assert!(site.operate(&["show-system", "--app-id", "c"]).contains("等保三级备案证明与测评报告"));
    let id = card["documents"][0]["documentId"].as_str().unwrap();
    let (out, two) = (text(&site.path("out.pdf")), text(&site.path("two.pdf")));
    let read =
        |out| words("read-document --reason assessment", &["--as", FIRST, "--document", id, "--out", out]);
    site.operate(&read(&out));
    assert_eq!(std::fs::read(&out).unwrap(), b"a paper");
    refused(&site, &read(&out), "out.pdf");
    site.operate(&["withdraw-document", "--as", FIRST, "--document", id, "--reason", "outdated"]);
    refused(&site, &read(&two), "no such document");
    assert!(!site.path("two.pdf").exists(), "nothing is left behind");
}

/// A system of the short way with one seal; the seal's code.
fn with_a_seal(site: &Site) -> String {
    assert!(site.platform().end().success());
    site.join("B", "0B01", None);
    let row = format!(
        "code,name,sealType,certNumber,possessor,possessorCertNo,possessorType,certType\nK-1,合同专用章,04,0A1B,示例科技有限公司,{},1,2\n",
        testkit::pki::TEST_USCC
    );
    std::fs::write(site.path("stock.csv"), row).unwrap();
    let mut import = sealbridge();
    import
        .args(["import", "--config"])
        .arg(site.path("platform.toml"))
        .args(["--as", FIRST, "--system", "B"]);
    assert!(import.arg(site.path("stock.csv")).output().unwrap().status.success());
    let results = std::fs::read_to_string(site.path("stock.csv.results.csv")).unwrap();
    let code = results.split([',', '\n']).find(|cell| cell.len() == 24 && cell.starts_with("E1"));
    code.unwrap_or_else(|| panic!("{results}")).to_owned()
}

#[test]
fn a_seal_is_disabled_by_order_and_its_state_told_for_any_time() {
    let site = Site::new();
    let seal = with_a_seal(&site);
    let state = |args: &[&str]| site.operator(&[&["seal-state", "--seal", &seal], args].concat());
    let now = state(&["--json"]);
    assert_eq!(now.status.code(), Some(0));
    assert_eq!(json(&String::from_utf8_lossy(&now.stdout))["standing"]["state"], "enabled");
    let before = state(&["--at", "2020-01-01T00:00:00Z"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&before.stdout).contains("尚未备案 not filed yet"));
    let order = |verb, who| site.operate(&[verb, "--as", who, "--seal", &seal, "--reason", "court order 7"]);
    assert!(order("disable-seal", FIRST).contains("waits for a second administrator"));
    refused(
        &site,
        &["disable-seal", "--as", FIRST, "--seal", &seal, "--reason", "x"],
        "another administrator",
    );
    assert!(order("disable-seal", SECOND).contains("已强制停用"));
    let held = state(&[]);
    assert_eq!(held.status.code(), Some(1));
    let said = String::from_utf8_lossy(&held.stdout);
    assert!(
        said.contains("held by the platform") && said.contains("court order 7") && said.contains("30006"),
        "{said}"
    );
    order("release-seal", SECOND);
    assert!(order("release-seal", FIRST).contains("已解除强制停用"));
    refused(&site, &["seal-state", "--seal", "E1330100000102123456789P"], "30001");
    refused(&site, &["seal-state", "--seal", "E1"], "24 characters");
}

#[test]
fn subscribers_and_reconciliation_at_the_command_line() {
    let site = Site::new();
    let seal = with_a_seal(&site);
    let who = ["--as", FIRST, "--app-id", "B"];
    refused(&site, &["notices", "--app-id", "B"], "does not subscribe");
    refused(&site, &[&["subscribe"], &who[..], &["--url", "http://198.51.100.1"]].concat(), "20002");
    site.operate(&[&["subscribe"], &who[..], &["--url", "http://127.0.0.1:9"]].concat());
    site.operate(&["set-state", "--as", FIRST, "--app-id", "B", "--state", "suspended", "--reason", "why"]);
    let notices = json(&site.operate(&["notices", "--app-id", "B", "--json"]));
    assert_eq!(
        (&notices["state"], &notices["notices"][0]["state"]),
        (&"active".into(), &"pending".into()),
        "{notices}"
    );
    let number = notices["notices"][0]["cursor"].to_string();
    site.operate(&[&["resend"], &who[..], &["--notice", &number]].concat());
    refused(&site, &[&["resend"], &who[..], &["--notice", "999999"]].concat(), "20003");
    site.operate(&[&["unsubscribe"], &who[..], &["--pause"]].concat());
    site.operate(&[&["unsubscribe"], &who[..]].concat());

    let compare = |content: &str| {
        std::fs::write(site.path("theirs"), content).unwrap();
        site.operator(&["reconcile", "--app-id", "B", "--theirs", &text(&site.path("theirs")), "--json"])
    };
    let same = compare(&format!("sealCode,state,certNumber\n{seal},1,0a1b\n"));
    assert_eq!(same.status.code(), Some(0), "{}", String::from_utf8_lossy(&same.stdout));
    let lines = format!("{{\"sealCode\":\"{seal}\",\"state\":\"disabled\",\"certNumber\":\"0A1B\"}}\n");
    let other = compare(&lines);
    assert_eq!(other.status.code(), Some(1));
    let report = json(&String::from_utf8_lossy(&other.stdout));
    assert_eq!(report["differences"][0]["difference"]["state"]["platform"], "enabled", "{report}");
    for (bad, why) in [
        ("code,state\n", "sealCode and state"),
        ("sealCode,state\nE1,1\n", ": 2: "),
        (&format!("sealCode,state\n{seal},2\n"), "no such state"),
        (&format!("sealCode,state\n{seal},1\n{seal},1\n"), "twice"),
    ] {
        let output = compare(bad);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(why), "{bad}: {said}");
    }
}
