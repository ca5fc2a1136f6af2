//! `report verify`: the signature of a platform over its report, from files alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::{Random, Signer, Sm2KeyPair};
use formats::x509::pem_encode;
use protocol::AppId;
use protocol::wire::sign_report;
use serde_json::{Value, json};

use crate::workshop::Workshop;

pub(crate) fn pem(key: &Sm2KeyPair) -> String {
    pem_encode("PUBLIC KEY", key.verifying_key().spki_der())
}

pub(crate) fn answer(report: &[u8], key: &Sm2KeyPair) -> Value {
    let (key_id, sign) = sign_report(&AppId::parse("platform").unwrap(), report, key).unwrap();
    json!({"report": STANDARD.encode(report), "reportKeyId": key_id, "reportSign": sign})
}

#[test]
fn a_platforms_signature_is_checked_offline() {
    let workshop = Workshop::new();
    let [key, other] = [(); 2].map(|()| Sm2KeyPair::generate(&Random::system()).unwrap());
    workshop.write("platform.pem", pem(&key).as_bytes());
    workshop.write("other.pem", pem(&other).as_bytes());
    let report = workshop.run("verify document.ofd --trust trust --json").out;
    let data = answer(report.as_bytes(), &key);
    workshop.write("data.json", data.to_string().as_bytes());
    let whole = json!({"code": "0", "msg": "", "data": data});
    workshop.write("answer.json", whole.to_string().as_bytes());
    for file in ["data.json", "answer.json"] {
        let run = workshop
            .run(&format!("report verify {file} --key platform.pem --judge platform --out kept.json"));
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.out.contains("报告签名有效") && run.out.contains("document.ofd"), "{}", run.out);
        assert_eq!(std::fs::read(workshop.path("kept.json")).unwrap(), report.as_bytes());
    }
    // What was kept is judged again.
    let again = workshop.run("verify document.ofd --trust trust --replay kept.json --json");
    assert!(again.out.contains("\"same\":true"), "{}{}", again.out, again.err);
    let run = workshop.run("report verify data.json --key platform.pem --judge another");
    assert_eq!(run.code, Some(1), "{}", run.out);
    let mut changed = data;
    changed["report"] = STANDARD.encode(report.replace("indeterminate", "valid")).into();
    workshop.write("changed.json", changed.to_string().as_bytes());
    let run =
        workshop.run("report verify changed.json --key platform.pem --judge platform --out changed.out");
    assert!(run.code == Some(1) && run.out.contains("报告签名无效"), "{}", run.out);
    assert!(!workshop.path("changed.out").exists(), "what is not the platform's is not kept");
    workshop
        .run("report verify data.json --key other.pem --judge platform")
        .refused("signed with another key");
    workshop.run("report verify document.ofd --key platform.pem --judge platform").refused("document.ofd");
    workshop.run("report verify kept.json --key platform.pem --judge platform").refused("no report in it");
    workshop.run("report verify data.json --key data.json --judge platform").refused("data.json");
}
