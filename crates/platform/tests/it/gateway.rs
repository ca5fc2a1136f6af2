//! The gateway's own refusals, for every interface, and bodies that are too large or too slow.

use std::time::Duration;

use crypto::{Random, Sm2KeyPair};
use protocol::endpoints::{BodyKind, ENDPOINTS, Party, SealQuery, SealStateChange};
use protocol::{Code, Endpoint, EndpointInfo};
use sealbridge_platform::onboarding::{self, Grants};
use serde_json::{Value, json};
use storage::platform::systems::SystemState;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::common::raw::{Response, head, post, receive, send, signed};
use crate::common::{PLATFORM, World, all_interfaces, code, config, grants, query};

/// The interfaces that the platform serves.
fn served() -> impl Iterator<Item = &'static EndpointInfo> {
    ENDPOINTS.iter().copied().filter(|endpoint| endpoint.served_by.contains(&Party::Platform))
}

/// A request whose values are all right, whatever they mean, without signature.
pub(crate) fn request(world: &World, endpoint: &EndpointInfo, app_id: &str, nonce: u32) -> Value {
    let seal_code = "E11101080A0101000000001F";
    let mut fields = match endpoint.name {
        "seal_filing" => json!({
            "name": "章", "sealType": "04", "possessor": "某单位", "possessorCertNo": "91110000802100433B",
            "possessorType": 1, "bizType": 1, "certType": 2, "code": "G-1",
        }),
        "seal_state" => json!({ "sealCode": seal_code, "state": 1 }),
        "seal_query" => json!({ "orgCode": "91110000802100433B", "sealType": "0" }),
        "consent_apply" => json!({ "mobile": "13800001234", "sealCode": seal_code }),
        "consent_result" => json!({ "authId": "0123456789abcdef0123456789abcdef", "sealCode": seal_code }),
        "cloud_sign" => json!({
            "sealCode": seal_code, "authId": "a".repeat(32), "authCode": "b".repeat(32), "type": "P1",
            "docHash": "AAAA", "credentNo": "11010519491231002X", "signId": "c".repeat(32), "hashType": 4,
        }),
        "ukey_sign_id_verify" => json!({
            "signId": "c".repeat(32), "sealCode": seal_code, "docHash": "AAAA", "UKeyId": "UK1",
            "origin": "https://a.example.cn", "request": "{}",
        }),
        "seal_changes" | "reconciliation_digest" | "reconciliation_rows" => json!({}),
        "document_verify" => json!({ "file": hex::encode(crypto::sm3::digest(b"document")) }),
        other => panic!("no request for {other}"),
    };
    fields["version"] = json!("1.0");
    fields["appId"] = json!(app_id);
    fields["time"] = json!(world.clock.millis().to_string());
    fields["nonce"] = json!(nonce);
    fields
}

/// Sends a signed request in the form the interface takes.
async fn call(world: &World, endpoint: &EndpointInfo, key: &Sm2KeyPair, fields: &Value) -> Response {
    let body = signed(key, endpoint, PLATFORM, fields);
    if endpoint.body != BodyKind::Multipart {
        return post(&world.address(), endpoint.path, body.as_bytes()).await;
    }
    let signed: Value = serde_json::from_str(&body).unwrap();
    let body = multipart(&signed, b"document");
    let head = head("POST", endpoint.path, "multipart/form-data; boundary=XX", body.len());
    send(&world.address(), &head, &body).await
}

fn multipart(fields: &Value, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in fields.as_object().unwrap().iter().filter(|(key, _)| *key != "file") {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.ofd\"\r\n\r\n",
    );
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    body
}

#[tokio::test]
async fn every_interface_is_served() {
    let world = World::new().await;
    for (nonce, endpoint) in served().enumerate() {
        let fields = request(&world, endpoint, "SYSA", u32::try_from(nonce).unwrap());
        let answer = call(&world, endpoint, &world.a.key, &fields).await;
        // Past the gateway: whatever the business says, it is not the gateway's refusal.
        let code = answer.code();
        assert!(!code.starts_with('1') && answer.status != 404, "{}: {code}", endpoint.name);
        let wrong = crate::common::raw::get(&world.address(), endpoint.path).await;
        assert_eq!(wrong.status, 405, "{}", endpoint.name);
        assert!(wrong.header("x-seal-signature").is_some());
    }
    let nowhere = post(&world.address(), "/api/v1/nowhere", b"{}").await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.header("x-seal-signature").is_some());
}

#[tokio::test]
async fn every_interface_refuses_alike() {
    let world = World::new().await;
    let suspended = world.caller("SYSS", "0S01", grants(&[], &[])).await;
    let context = world.platform.context();
    let why = ("admin", Some("test"));
    onboarding::set_state(context, &suspended.app_id, SystemState::Suspended, why).await.unwrap();
    let elsewhere = Grants {
        addresses: vec!["192.0.2.0/24".to_owned()],
        interfaces: all_interfaces(),
        ..Grants::default()
    };
    let elsewhere = world.caller("SYSE", "0E01", elsewhere).await;
    let ungranted = Grants { addresses: vec!["127.0.0.1".to_owned()], ..Grants::default() };
    let ungranted = world.caller("SYSU", "0U01", ungranted).await;
    for (number, endpoint) in served().enumerate() {
        let name = endpoint.name;
        let with = |app_id: &str, nonce| request(&world, endpoint, app_id, nonce);
        let unknown = call(&world, endpoint, &world.a.key, &with("NOBODY", 1)).await;
        assert_eq!((unknown.code().as_str(), unknown.status), ("10001", 401), "{name}");
        let answer =
            call(&world, endpoint, &suspended.key, &with("SYSS", 100 + u32::try_from(number).unwrap())).await;
        let asks_for_states = endpoint.clause == "6.1.3" && endpoint.name != "seal_state";
        let expected = match name {
            // No day has ended yet.
            "reconciliation_digest" => ("20003", 400),
            _ if asks_for_states => ("0", 200),
            _ => ("10007", 403),
        };
        assert_eq!((answer.code().as_str(), answer.status), expected, "{name}");
        let answer = call(&world, endpoint, &elsewhere.key, &with("SYSE", 1)).await;
        assert_eq!((answer.code().as_str(), answer.status), ("10008", 403), "{name}");
        let answer = call(&world, endpoint, &ungranted.key, &with("SYSU", 1)).await;
        assert_eq!((answer.code().as_str(), answer.status), ("10010", 403), "{name}");
        let answer = call(&world, endpoint, &world.b.key, &with("SYSA", 1)).await;
        assert_eq!((answer.code().as_str(), answer.status), ("10003", 401), "{name}");
        let mut stale = with("SYSA", 1);
        stale["time"] = json!((world.clock.millis() - 301_000).to_string());
        assert_eq!(call(&world, endpoint, &world.a.key, &stale).await.code(), "10005", "{name}");
        let mut version = with("SYSA", 1);
        version["version"] = json!("2.0");
        assert_eq!(call(&world, endpoint, &world.a.key, &version).await.code(), "10002", "{name}");
        // Nothing of it was let in, so the nonce is still good, once.
        let nonce = 1000 + u32::try_from(number).unwrap();
        let first = call(&world, endpoint, &world.a.key, &with("SYSA", nonce)).await;
        assert!(!first.code().starts_with('1'), "{name}: {}", first.code());
        let again = call(&world, endpoint, &world.a.key, &with("SYSA", nonce)).await;
        assert_eq!((again.code().as_str(), again.status), ("10006", 401), "{name}");
    }
    assert!(world.evidence("seal.filed").await.len() <= 1, "refused requests change nothing");
    world.check().await;
}

#[tokio::test]
async fn every_required_field_is_missed_by_name() {
    use protocol::schema::Need;
    let world = World::new().await;
    for endpoint in served().filter(|endpoint| endpoint.body != BodyKind::Multipart) {
        for field in endpoint.request.rows().iter().filter(|field| field.need == Need::Required) {
            let mut fields = request(&world, endpoint, "SYSA", 1);
            fields.as_object_mut().unwrap().remove(field.name);
            let body = if field.name == "sign" || field.name == "appId" {
                fields.to_string()
            } else {
                signed(&world.a.key, endpoint, PLATFORM, &fields)
            };
            let answer = post(&world.address(), endpoint.path, body.as_bytes()).await;
            assert_eq!(answer.code(), "20001", "{} without {}", endpoint.name, field.name);
            let named =
                answer.json()["data"]["errors"].as_array().unwrap().iter().any(|e| e["field"] == field.name);
            assert!(named, "{} without {}", endpoint.name, field.name);
        }
    }
}

#[tokio::test]
async fn the_rate_limit_holds_per_system_and_interface() {
    let mut slow = config();
    slow.limits.rate = sealbridge_platform::config::Rate { per_second: 1, burst: 2 };
    let world = World::with(slow).await;
    let state = protocol::tables::StateRequest {
        seal_code: protocol::SealCode::parse("E11101080A0101000000001F").unwrap(),
        state: protocol::lists::SealState::Enabled,
    };
    for _ in 0..2 {
        world.a.client.call::<SealQuery>(&query()).await.unwrap();
    }
    let fields = request(&world, SealQuery::INFO, "SYSA", 77);
    let answer = call(&world, SealQuery::INFO, &world.a.key, &fields).await;
    assert_eq!((answer.code().as_str(), answer.status), ("10009", 429));
    assert_eq!(answer.json()["data"]["retryAfterMs"], 1000);
    assert_eq!(answer.header("retry-after"), Some("1"));
    // Other interfaces and other systems are not affected.
    assert_eq!(code(world.a.client.call::<SealStateChange>(&state).await), "30001");
    world.b_client.call::<SealQuery>(&query()).await.unwrap();
    world.clock.advance_millis(1_000);
    world.a.client.call::<SealQuery>(&query()).await.unwrap();
}

#[tokio::test]
async fn an_interface_that_costs_more_uses_up_more_of_what_a_system_may_ask() {
    let mut slow = config();
    slow.limits.system_rate = http_server::Rate { per_second: 2, burst: 5 };
    slow.limits.cost = [("seal_query".to_owned(), 2)].into();
    let world = World::with(slow).await;
    let endpoint = protocol::endpoints::SealStateChange::INFO;
    for nonce in 1..=2 {
        let fields = request(&world, SealQuery::INFO, "SYSA", nonce);
        assert_eq!(call(&world, SealQuery::INFO, &world.a.key, &fields).await.code(), "0");
    }
    let refused =
        call(&world, SealQuery::INFO, &world.a.key, &request(&world, SealQuery::INFO, "SYSA", 3)).await;
    assert_eq!((refused.code().as_str(), refused.status), ("10009", 429));
    assert_eq!(refused.json()["data"]["retryAfterMs"], 500);
    assert_eq!(refused.header("retry-after"), Some("1"));
    // What costs one still passes, once; then nothing does, at any interface.
    let one = call(&world, endpoint, &world.a.key, &request(&world, endpoint, "SYSA", 4)).await;
    assert_eq!(one.code(), "30001");
    let other = call(&world, endpoint, &world.a.key, &request(&world, endpoint, "SYSA", 5)).await;
    assert_eq!(other.code(), "10009");
    world.b_client.call::<SealQuery>(&query()).await.unwrap();
    world.clock.advance_millis(1_000);
    let again =
        call(&world, SealQuery::INFO, &world.a.key, &request(&world, SealQuery::INFO, "SYSA", 6)).await;
    assert_eq!(again.code(), "0");
}

#[tokio::test]
async fn large_and_slow_bodies() {
    let mut quick = config();
    quick.times.body_ms = 300;
    quick.times.document_ms = 600;
    quick.limits.document_bytes = 100_000;
    let world = World::with(quick).await;
    for endpoint in served() {
        let BodyKind::Json { max_bytes } = endpoint.body else { continue };
        let large = post(&world.address(), endpoint.path, &vec![b' '; max_bytes + 1]).await;
        assert_eq!((large.code().as_str(), large.status), ("20010", 413), "{}", endpoint.name);
    }
    // A document over the limit.
    let endpoint = protocol::endpoints::DocumentVerify::INFO;
    let document = vec![b'x'; 200_000];
    let mut fields = request(&world, endpoint, "SYSA", 1);
    fields["file"] = json!(hex::encode(crypto::sm3::digest(&document)));
    let signed: Value = serde_json::from_str(&signed(&world.a.key, endpoint, PLATFORM, &fields)).unwrap();
    let body = multipart(&signed, &document);
    let head = head("POST", endpoint.path, "multipart/form-data; boundary=XX", body.len());
    let large = send(&world.address(), &head, &body).await;
    assert_eq!((large.code().as_str(), large.status), ("20010", 413));
    // A body that never ends its coming.
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    let head = crate::common::raw::head("POST", SealQuery::INFO.path, "application/json", 1000);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"{\"version\":").await.unwrap();
    let started = tokio::time::Instant::now();
    let slow = receive(stream).await;
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(["20002", "90001"].contains(&slow.code().as_str()), "{}", slow.code());
}

#[tokio::test]
async fn a_document_is_not_read_from_whom_nobody_knows() {
    let world = World::new().await;
    let endpoint = protocol::endpoints::DocumentVerify::INFO;
    let fields = request(&world, endpoint, "NOBODY", 1);
    let signed: Value = serde_json::from_str(&signed(&world.a.key, endpoint, PLATFORM, &fields)).unwrap();
    let body = multipart(&signed, b"");
    let upto = body.windows(4).rposition(|w| w == b"\r\n\r\n").unwrap() + 4;
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    let head = head("POST", endpoint.path, "multipart/form-data; boundary=XX", 50_000_000);
    stream.write_all(head.as_bytes()).await.unwrap();
    // The parameters and the head of the file part; of the file itself nothing comes, and the answer is there.
    stream.write_all(&body[..upto]).await.unwrap();
    assert_eq!(receive(stream).await.code(), "10001");
}

#[tokio::test]
async fn a_store_in_doubt_is_a_retryable_refusal() {
    let world = World::new().await;
    world.database.tamper("ALTER TABLE nonces RENAME TO gone").await;
    let fields = request(&world, SealQuery::INFO, "SYSA", 1);
    let answer = call(&world, SealQuery::INFO, &world.a.key, &fields).await;
    // A table that is missing is a fault, not a doubt; what matters is that nobody is let in.
    assert_eq!(answer.code(), Code::Fault.text());
    world.database.tamper("ALTER TABLE gone RENAME TO nonces").await;
    // Somebody else holds the write lock for longer than we wait.
    let lock = world.database.reopen().await;
    let tx = lock.begin().await.unwrap();
    let busy =
        call(&world, SealQuery::INFO, &world.a.key, &request(&world, SealQuery::INFO, "SYSA", 2)).await;
    assert_eq!((busy.code().as_str(), busy.status), ("90001", 503));
    assert_eq!(busy.json()["data"]["retryable"], true);
    tx.rollback().await.unwrap();
    // It recovers by itself, and the nonce was not used up.
    let answer =
        call(&world, SealQuery::INFO, &world.a.key, &request(&world, SealQuery::INFO, "SYSA", 2)).await;
    assert_eq!(answer.code(), "0");
}

#[tokio::test]
async fn a_key_needs_proof_and_a_second_administrator() {
    use crypto::Signer;
    use onboarding::{KeyMaterial, NewKey, Proof};
    let world = World::new().await;
    let context = world.platform.context();
    let key = Sm2KeyPair::generate(&Random::system()).unwrap();
    let challenge = onboarding::challenge(context, &world.a.app_id);
    let new = |challenge: &str, signer: &Sm2KeyPair| NewKey {
        app_id: world.a.app_id.clone(),
        material: KeyMaterial::PublicKey(key.verifying_key().spki_der().to_vec()),
        not_before: world.now(),
        not_after: world.now() + jiff::SignedDuration::from_hours(24),
        proof: Proof {
            challenge: challenge.to_owned(),
            signature: signer.sign(challenge.as_bytes()).unwrap(),
        },
    };
    let refused = |result: Result<String, sealbridge_platform::failure::Failure>| {
        protocol::ApiError::from(result.unwrap_err()).code()
    };
    // Somebody else's signature, a forged challenge, another system's challenge.
    let other = &world.a.key;
    assert_eq!(
        refused(onboarding::register_key(context, &new(&challenge, other), "x").await),
        Code::KeyNotValid
    );
    let forged = challenge.replace("SYSA", "SYSX");
    assert_eq!(refused(onboarding::register_key(context, &new(&forged, &key), "x").await), Code::KeyNotValid);
    let foreign = onboarding::challenge(context, &world.b.app_id);
    assert_eq!(
        refused(onboarding::register_key(context, &new(&foreign, &key), "x").await),
        Code::KeyNotValid
    );
    let id = onboarding::register_key(context, &new(&challenge, &key), "first").await.unwrap();
    // Not in force before the second administrator, who is another.
    assert!(onboarding::approve_key(context, &id, "first").await.is_err());
    let fields = request(&world, SealQuery::INFO, "SYSA", 1);
    assert_eq!(call(&world, SealQuery::INFO, &key, &fields).await.code(), "10004");
    onboarding::approve_key(context, &id, "second").await.unwrap();
    assert_eq!(call(&world, SealQuery::INFO, &key, &fields).await.code(), "0");
    // One key never serves two systems.
    let again = onboarding::challenge(context, &world.b.app_id);
    let twice = NewKey { app_id: world.b.app_id.clone(), ..new(&again, &key) };
    assert_eq!(refused(onboarding::register_key(context, &twice, "x").await), Code::Contradiction);
}
