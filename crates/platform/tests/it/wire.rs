//! Wire profile §9 over real HTTP: what every implementation must pass and refuse, each with its own code.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use crypto::{Random, Signer, Sm2KeyPair, sm3};
use protocol::endpoints::{SealFiling, SealStateChange};
use protocol::wire::{Canonical, sign};
use protocol::{Endpoint, EndpointInfo};
use serde_json::{Value, json};

use crate::common::raw::{Response, canonical, post, signed, with_sign};
use crate::common::{PLATFORM, World, register_key};

const INFO: &EndpointInfo = SealFiling::INFO;
/// The order of the SM2 group.
const N: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";

/// The fields of a filing without signature; each has a nonce of its own.
fn fields(world: &World, nonce: u32) -> Value {
    json!({
        "version": "1.0", "appId": "SYSB", "time": world.clock.millis().to_string(), "nonce": nonce,
        "code": format!("W-{nonce}"), "name": "示例科技有限公司合同专用章", "sealType": "04",
        "possessor": "示例科技有限公司", "possessorCertNo": "91110000802100433B", "possessorType": 1,
        "bizType": 1, "certType": 2,
    })
}

async fn send(world: &World, body: &str) -> Response {
    post(&world.address(), INFO.path, body.as_bytes()).await
}

/// Signs `body` as it is and sends what `spoil` makes of it.
async fn spoiled(world: &World, nonce: u32, spoil: impl FnOnce(String) -> String) -> Response {
    let body = signed(&world.b.key, INFO, PLATFORM, &fields(world, nonce));
    send(world, &spoil(body)).await
}

#[tokio::test]
async fn what_must_pass() {
    let world = World::new().await;
    // Keys in another order, white space, escaped Chinese, an empty optional field: the same signed string.
    let plain = fields(&world, 1);
    let signature = sign(&world.b.key, canonical(INFO, PLATFORM, &plain.to_string()).bytes()).unwrap();
    let mut reversed: Vec<String> = plain
        .as_object()
        .unwrap()
        .iter()
        .rev()
        .map(|(key, value)| format!("\n\t \"{key}\" : {value} "))
        .collect();
    reversed.push("\"UKeyId\": \"\"".to_owned());
    reversed.push("\"certNumber\": null".to_owned());
    let escaped = format!("{{{}}}", reversed.join(",")).replace('示', "\\u793a").replace("章", "\\u7ae0");
    let answer = send(&world, &with_sign(&escaped, &signature)).await;
    assert_eq!(answer.code(), "0", "{:?}", answer.json());
    assert_eq!(answer.status, 200);
    assert!(answer.header("x-seal-signature").is_some());
    // A nonce as its decimal string, and an unknown field that is signed along.
    let mut odd = fields(&world, 2);
    odd["nonce"] = json!("2");
    odd["ourOwnField"] = json!("x");
    assert_eq!(send(&world, &signed(&world.b.key, INFO, PLATFORM, &odd)).await.code(), "0");
}

#[tokio::test]
async fn another_string_than_was_signed() {
    let world = World::new().await;
    // A value swapped between two keys.
    let swapped = spoiled(&world, 1, |body| {
        body.replace("\"code\":\"W-1\"", "\"code\":\"示例科技有限公司合同专用章\"")
    });
    assert_eq!(swapped.await.code(), "10003");
    // Another path, method or audience.
    let other_path = signed(&world.b.key, SealStateChange::INFO, PLATFORM, &fields(&world, 2));
    assert_eq!(send(&world, &other_path).await.code(), "10003");
    let other_audience = signed(&world.b.key, INFO, "other-platform", &fields(&world, 3));
    assert_eq!(send(&world, &other_audience).await.code(), "10003");
    let by_get = canonical(INFO, PLATFORM, &fields(&world, 4).to_string());
    let by_get = by_get.as_str().replace("\nPOST\n", "\nGET\n");
    let signature = sign(&world.b.key, by_get.as_bytes()).unwrap();
    assert_eq!(send(&world, &with_sign(&fields(&world, 4).to_string(), &signature)).await.code(), "10003");
    // An unknown field that was not signed.
    let added = spoiled(&world, 5, |body| body.replacen('{', "{\"extra\":\"x\",", 1));
    assert_eq!(added.await.code(), "10003");
    // No nonce was used up by all this.
    assert_eq!(spoiled(&world, 5, |body| body).await.code(), "0");
}

#[tokio::test]
async fn json_that_is_refused_before_any_cryptography() {
    let world = World::new().await;
    let cases: [Spoilt<'_>; 11] = [
        ("01", &|body| body.replace("\"bizType\":1", "\"bizType\":01"), "20002"),
        ("1.0", &|body| body.replace("\"bizType\":1", "\"bizType\":1.0"), "20002"),
        ("1e0", &|body| body.replace("\"bizType\":1", "\"bizType\":1e0"), "20002"),
        ("duplicate key", &|body| body.replacen('{', "{\"code\":\"x\",", 1), "20002"),
        ("control character", &|body| body.replace("W-1", "W\\u0001"), "20002"),
        ("BOM", &|body| format!("\u{feff}{body}"), "20002"),
        ("lone surrogate", &|body| body.replace("W-1", "\\ud800"), "20002"),
        ("nested", &|body| body.replace("\"W-1\"", "{\"a\":1}"), "20002"),
        ("array", &|body| body.replace("\"W-1\"", "[1]"), "20002"),
        ("nonce -1", &|body| body.replace("\"nonce\":1,", "\"nonce\":-1,"), "20002"),
        ("nonce 10^8", &|body| body.replace("\"nonce\":1,", "\"nonce\":100000000,"), "20002"),
    ];
    for (name, spoil, expected) in cases {
        let answer = spoiled(&world, 1, spoil).await;
        assert_eq!(answer.code(), expected, "{name}: {:?}", answer.json());
        assert_eq!(answer.status, 400, "{name}");
        assert!(!answer.rule().is_empty(), "{name}");
        assert!(answer.header("x-seal-signature").is_some(), "{name}: refusals are signed too");
    }
    assert_eq!(send(&world, "not json").await.code(), "20002");
    assert_eq!(send(&world, "[]").await.code(), "20002");
}

/// `sign` replaced by what `make` makes of the string that was to be signed.
async fn with_signature(world: &World, nonce: u32, make: impl FnOnce(&Canonical) -> String) -> Response {
    let body = fields(world, nonce).to_string();
    let signature = make(&canonical(INFO, PLATFORM, &body));
    send(world, &with_sign(&body, &signature)).await
}

/// Makes a signature text for a string that is to be signed.
type Make<'a> = Box<dyn Fn(&Canonical) -> String + 'a>;
/// Name, what is done to the body, and the code it is refused with.
type Spoilt<'a> = (&'a str, &'a dyn Fn(String) -> String, &'a str);

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()], both.as_slice()].concat()
}

#[tokio::test]
async fn signatures_in_another_form() {
    let world = World::new().await;
    let key = world.b.key.clone();
    let good = |canonical: &Canonical| key.sign(canonical.bytes()).unwrap();
    let n = [vec![0], hex::decode(N).unwrap()].concat();
    let one = [1_u8];
    let cases: Vec<(&str, Make<'_>)> = vec![
        (
            "raw r and s",
            Box::new(|c| STANDARD.encode(crypto::Sm2Signature::from_der(&good(c)).unwrap().to_raw64())),
        ),
        ("r = 0", Box::new(|_| STANDARD.encode(der(&[0], &one)))),
        ("s = 0", Box::new(|_| STANDARD.encode(der(&one, &[0])))),
        ("r = n", Box::new(|_| STANDARD.encode(der(&n, &one)))),
        ("s = n", Box::new(|_| STANDARD.encode(der(&one, &n)))),
        ("non-minimal integer", Box::new(|_| STANDARD.encode(der(&[0, 1], &one)))),
        (
            "non-minimal length",
            Box::new(|c| {
                let bytes = good(c);
                STANDARD.encode([&[0x30, 0x81, bytes[1]], &bytes[2..]].concat())
            }),
        ),
        ("trailing byte", Box::new(|c| STANDARD.encode([good(c), vec![0]].concat()))),
        (
            "URL-safe Base64",
            Box::new(|c| {
                // Sign until the two alphabets differ.
                loop {
                    let text = URL_SAFE.encode(good(c));
                    if text.contains(['-', '_']) {
                        return text;
                    }
                }
            }),
        ),
        ("no padding", Box::new(|c| STANDARD.encode(good(c)).trim_end_matches('=').to_owned() + "A")),
        ("another user id", Box::new(|c| STANDARD.encode(key.sign_with_id(b"", c.bytes()).unwrap()))),
        (
            "SM3 without Z",
            Box::new(|c| STANDARD.encode(key.sign_digest(&sm3::digest(c.bytes())).unwrap().to_der())),
        ),
        ("nonsense", Box::new(|_| "%%%".to_owned())),
    ];
    for (nonce, (name, make)) in cases.iter().enumerate() {
        let answer = with_signature(&world, u32::try_from(nonce).unwrap(), make).await;
        assert_eq!(answer.code(), "10003", "{name}");
        assert_eq!(answer.status, 401, "{name}");
    }
    let missing = send(&world, &fields(&world, 90).to_string()).await;
    assert_eq!(missing.code(), "20001");
}

#[tokio::test]
async fn keys_of_others_and_keys_out_of_force() {
    let world = World::new().await;
    let by = |key: &Sm2KeyPair, nonce| signed(key, INFO, PLATFORM, &fields(&world, nonce));
    // Another system's key, and a stranger's.
    assert_eq!(send(&world, &by(&world.a.key, 1)).await.code(), "10003");
    let stranger = Sm2KeyPair::generate(&Random::system()).unwrap();
    assert_eq!(send(&world, &by(&stranger, 2)).await.code(), "10003");
    // Not yet valid, retired, revoked.
    let new_key = || Sm2KeyPair::generate(&Random::system()).unwrap();
    let early = new_key();
    register_key(&world.platform, &world.b.app_id, &early, (1, 10)).await;
    assert_eq!(send(&world, &by(&early, 3)).await.code(), "10004");
    let short = new_key();
    let id = register_key(&world.platform, &world.b.app_id, &short, (-1, 1)).await;
    assert_eq!(send(&world, &by(&short, 4)).await.code(), "0");
    let context = world.platform.context();
    sealbridge_platform::onboarding::revoke_key(context, &id, ("admin", "lost")).await.unwrap();
    assert_eq!(send(&world, &by(&short, 5)).await.code(), "10004");
    world.clock.advance_millis(2 * 24 * 3_600_000);
    assert_eq!(send(&world, &by(&early, 6)).await.code(), "0");
    world.clock.advance_millis(9 * 24 * 3_600_000);
    assert_eq!(send(&world, &by(&early, 7)).await.code(), "10004");
    assert_eq!(send(&world, &by(&world.b.key, 8)).await.code(), "0");
}

#[tokio::test]
async fn times_and_replays_also_after_a_restart() {
    let mut world = World::new().await;
    for (offset, expected) in [(-301_000, "10005"), (301_000, "10005"), (-300_000, "0"), (300_000, "0")] {
        let mut fields = fields(&world, 1);
        fields["time"] = json!((world.clock.millis() + offset).to_string());
        fields["code"] = json!(format!("T{offset}"));
        let answer = send(&world, &signed(&world.b.key, INFO, PLATFORM, &fields)).await;
        assert_eq!(answer.code(), expected, "{offset}");
    }
    let body = signed(&world.b.key, INFO, PLATFORM, &fields(&world, 9));
    assert_eq!(send(&world, &body).await.code(), "0");
    assert_eq!(send(&world, &body).await.code(), "10006");
    world.restart().await;
    assert_eq!(send(&world, &body).await.code(), "10006");
    // The same nonce with another time is another request.
    world.clock.advance_millis(1);
    assert_eq!(send(&world, &signed(&world.b.key, INFO, PLATFORM, &fields(&world, 9))).await.code(), "0");
}

#[tokio::test]
async fn a_sandbox_says_which_mistake_it_was() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let database = world.database.reopen().await;
    let (keys, clock) = (world.keys.clone(), world.clock.clock());
    let sandbox =
        sealbridge_platform::Platform::new(world.config.clone(), database, keys, clock, Random::system());
    let sandbox = sandbox.await.unwrap().sandbox();
    let shutdown = http_server::Shutdown::new();
    let told = shutdown.clone();
    let server = tokio::spawn(async move { sandbox.serve(listener, told).await });
    let body = fields(&world, 1).to_string();
    let digest = sm3::digest(canonical(INFO, PLATFORM, &body).bytes());
    let without_z = STANDARD.encode(world.b.key.sign_digest(&digest).unwrap().to_der());
    let answer = post(&address, INFO.path, with_sign(&body, &without_z).as_bytes()).await;
    assert_eq!(answer.code(), "10003");
    assert!(answer.json()["message"].as_str().unwrap().contains("without Z"));
    shutdown.begin();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_are_bound_to_their_requests() {
    use client::{ClientError, Peer};
    use protocol::wire::ReplyFault;
    let world = World::new().await;
    // A platform whose key is another: the answer is not believed, whatever it says.
    let other = Sm2KeyPair::generate(&Random::system()).unwrap();
    let peer = Peer::new(&world.peer.base_url, world.peer.id.clone(), [other.verifying_key().clone()]);
    let result = world.b_client.towards(peer).call::<SealStateChange>(&state()).await;
    assert!(matches!(result, Err(ClientError::WronglySigned(ReplyFault::UnknownKey))), "{result:?}");
    // The headers of a refusal hold: key id, request hash, time, nonce, request id.
    let answer = spoiled(&world, 1, |body| body.replace("W-1", "W-2")).await;
    for name in ["request-id", "time", "nonce", "key-id", "request-hash", "signature"] {
        assert!(answer.header(&format!("x-seal-{name}")).is_some_and(|value| !value.is_empty()), "{name}");
    }
    let unbound = send(&world, "{").await;
    assert_eq!(unbound.header("x-seal-request-hash"), Some("-"));
}

fn state() -> protocol::tables::StateRequest {
    protocol::tables::StateRequest {
        seal_code: protocol::SealCode::parse("E11101080A0101000000001F").unwrap(),
        state: protocol::lists::SealState::Enabled,
    }
}
