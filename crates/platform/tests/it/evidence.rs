//! The evidence log: what is in it, that it can be shown to others, that damage is found; and that every code which
//! can occur was provoked somewhere.

use crypto::VerifyingKey;
use protocol::endpoints::{SealFiling, SealQuery, SealStateChange};
use protocol::lists::SignFormat;
use protocol::wire::{SignatureValue, key_id};
use protocol::{Code, Endpoint};
use serde_json::json;
use testkit::scripted_system::make_seal;

use crate::common::raw::{post, signed};
use crate::common::{PLATFORM, World, code, config, contract, filing, query};

#[tokio::test]
async fn every_accepted_request_and_every_answer_is_in_the_log() {
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    world.sign(&request).await.unwrap();
    let mut other = request.clone();
    other.doc_hash = protocol::Base64Data::from(vec![2; 32]);
    code(world.sign(&other).await);
    let mut tx = world.database.read().await.unwrap();
    let log = storage::evidence::after(&mut tx, 0, 10_000).await.unwrap();
    let of = |kind: &str| {
        log.iter().filter(|entry| entry.kind == kind).map(|e| e.request_id.clone()).collect::<Vec<_>>()
    };
    let (mut accepted, mut answered) = (of("request.accepted"), of("request.answered"));
    accepted.sort();
    answered.sort();
    // Filing, query, consent twice, signing three times.
    assert_eq!(accepted.len(), 7);
    assert_eq!(accepted, answered);
    let position = |kind: &str| log.iter().position(|entry| entry.kind == kind).unwrap();
    assert!(position("signing.begun") < position("signature.released"));
    world.check().await;
}

#[tokio::test]
async fn the_log_shows_who_asked_for_what_and_what_was_answered() {
    let world = World::new().await;
    let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
    let accepted = world.evidence("request.accepted").await.remove(0);
    // The caller's own signature over its own string, opened with the platform's key for personal data.
    let sealed = accepted["request"].as_str().unwrap();
    assert!(sealed.starts_with("v1."));
    let text = world.keys.fields.open(sealbridge_platform::evidence::REQUEST, sealed).unwrap();
    assert_eq!(text.as_bytes(), answer.exchange.canonical.bytes());
    assert_eq!(accepted["keyId"], key_id(crypto::Signer::verifying_key(&world.a.key)));
    let value = SignatureValue::parse(accepted["sign"].as_str().unwrap()).unwrap();
    let key: &VerifyingKey = crypto::Signer::verifying_key(&world.a.key);
    value.verify(key, text.as_bytes()).unwrap();
    // The answer, by digest and signature.
    let answered = world.evidence("request.answered").await.remove(0);
    assert_eq!(answered["bodySm3"], hex::encode(crypto::sm3::digest(&answer.exchange.body)));
    assert_eq!(answered["signature"], answer.exchange.reply.signature);
    assert_eq!((answered["code"].as_str(), answered["status"].as_u64()), (Some("0"), Some(200)));
}

#[tokio::test]
async fn an_answer_that_cannot_be_evidenced_is_not_given() {
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    world.database.tamper("ALTER TABLE evidence RENAME TO gone").await;
    assert_eq!(code(world.sign(&request).await), Code::Fault.text());
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 0);
    world.database.tamper("ALTER TABLE gone RENAME TO evidence").await;
    world.sign(&request).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn the_audit_names_the_first_wrong_entry() {
    let world = World::new().await;
    world.contract_seal().await;
    world.get().await;
    let report = sealbridge_platform::evidence::audit(&world.database).await.unwrap();
    assert!(report.good && report.entries > 10, "{report:?}");
    assert_eq!(report.kinds["seal.filed"], 1);
    for (damage, first) in [
        ("UPDATE evidence SET subject = 'X' WHERE seq = 8", 8),
        ("DELETE FROM evidence WHERE seq = 6", 7),
        ("UPDATE evidence SET payload = x'00' WHERE seq = 3", 3),
    ] {
        world.database.tamper(damage).await;
        let report = sealbridge_platform::evidence::audit(&world.database).await.unwrap();
        assert!(!report.good, "{damage}");
        assert_eq!(report.first_wrong, Some(first), "{damage}: {report:?}");
        assert!(report.fault.is_some());
    }
}

#[tokio::test]
async fn coded_values_outside_their_lists() {
    let world = World::new().await;
    let head = |nonce: u32| json!({ "version": "1.0", "appId": "SYSB", "time": world.clock.millis().to_string(), "nonce": nonce });
    let with = |nonce, more: serde_json::Value| {
        let mut fields = head(nonce);
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    let file = |seal_type: &str, biz_type: u32| {
        json!({
            "name": "章", "sealType": seal_type, "possessor": "某单位", "possessorCertNo": "91110000802100433B",
            "possessorType": 1, "bizType": biz_type, "certType": 2,
        })
    };
    let good = "E11101080A0101000000001F";
    for (info, fields, expected) in [
        (SealFiling::INFO, file("0", 1), "20003"),
        (SealFiling::INFO, file("09", 1), "20003"),
        (SealFiling::INFO, file("04", 4), "20003"),
        (SealStateChange::INFO, json!({ "sealCode": good, "state": 2 }), "20003"),
        (SealStateChange::INFO, json!({ "sealCode": "E11101080A0101000000002F", "state": 1 }), "30002"),
        (SealStateChange::INFO, json!({ "sealCode": "E1", "state": 1 }), "30002"),
        (SealStateChange::INFO, json!({ "sealCode": good, "state": 1 }), "30001"),
    ] {
        let body = signed(&world.b.key, info, PLATFORM, &with(1, fields));
        let answer = post(&world.address(), info.path, body.as_bytes()).await;
        assert_eq!(answer.code(), expected, "{body}");
    }
}

#[tokio::test]
async fn the_job_fetches_what_was_filed_without_data() {
    let mut quick = config();
    quick.times.jobs_ms = 100;
    let world = World::with(quick).await;
    let mut seal = make_seal(&contract("ES0001"));
    let mut request = filing(&seal, "F-1");
    request.seal_data = None;
    seal.seal_code = Some(world.b_client.call::<SealFiling>(&request).await.unwrap().data);
    world.b.add(seal);
    for _ in 0..100 {
        if !world.evidence("seal.checked").await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the job did not come");
}

#[tokio::test]
async fn a_platform_opens_by_its_configuration_alone() {
    use sealbridge_platform::{Platform, Secrets};
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[platform]\nid = \"p\"\n[database]\naddress = \"sqlite:{0}/p.db\"\n[keys]\nsigning = \"{0}/s.pem\"\n\
         root = \"{0}/r.pem\"\nfields = \"{0}/f.pem\"\n",
        folder.path().display()
    );
    let open = || {
        let config = sealbridge_platform::Config::from_toml(&text).unwrap();
        let key_password = Some(zeroize::Zeroizing::new("correct horse".to_owned()));
        let secrets = Secrets { key_password, ..Secrets::default() };
        assert_eq!(format!("{secrets:?}"), "Secrets");
        Platform::open(config, secrets, protocol::Clock::system(), crypto::Random::system())
    };
    let first = open().await.unwrap().context().signer.verifying_key().spki_der().to_vec();
    assert_eq!(open().await.unwrap().context().signer.verifying_key().spki_der(), first);
}
