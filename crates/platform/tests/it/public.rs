//! What anybody may ask for: time, keys, trust list, OpenAPI, health, metrics, the overview page.

use protocol::resources::{PublishedKeys, TrustList};
use protocol::wire::{Reply, ReplyHeaders, verify_reply};
use testkit::pki::pki;

use crate::common::raw::{Response, get};
use crate::common::{World, config};

/// The answer is signed with the platform's key, bound to no request.
fn believed(world: &World, answer: &Response) {
    let headers = ReplyHeaders::read(|name| answer.header(name)).unwrap();
    let reply = Reply {
        audience: &world.peer.id,
        binding: None,
        status: answer.status,
        body_sm3: crypto::sm3::digest(&answer.body),
    };
    verify_reply(&reply, &headers, |id| world.peer.key(id), world.now()).unwrap();
}

#[tokio::test]
async fn time_keys_and_trust_list_are_signed() {
    let world = World::new().await;
    let time = get(&world.address(), "/api/v1/time").await;
    believed(&world, &time);
    assert_eq!(time.json()["data"]["time"], world.clock.millis().to_string());
    let keys = get(&world.address(), "/api/v1/keys").await;
    believed(&world, &keys);
    let list: PublishedKeys = serde_json::from_value(keys.json()["data"].clone()).unwrap();
    let root = world.keys.root.verifying_key();
    let verified = list.verified(&world.peer.id, root, world.now()).unwrap();
    assert_eq!(verified, [world.keys.signing.verifying_key().clone()]);
    let trust = get(&world.address(), "/api/v1/trust-list").await;
    believed(&world, &trust);
    let list: TrustList = serde_json::from_value(trust.json()["data"].clone()).unwrap();
    let maker = list.anchors.iter().find(|anchor| anchor.purpose == "maker").unwrap();
    assert_eq!(maker.certificate.bytes(), pki().maker.der());
    assert_eq!(maker.app_id.as_ref().unwrap().as_str(), "SYSB");
    assert_eq!(list.anchors.len(), 3);
}

#[tokio::test]
async fn health_tells_causes_and_recovers() {
    let world = World::new().await;
    assert_eq!(get(&world.address(), "/health/live").await.status, 200);
    let ready = get(&world.address(), "/health/ready").await;
    assert_eq!(ready.status, 200);
    let names: Vec<_> =
        ready.json()["checks"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
    assert_eq!(names, ["database", "migrations", "evidence", "disk", "self-test", "signing", "running"]);
    world.database.tamper("ALTER TABLE meta RENAME TO gone").await;
    let down = when_changed(&world, 503).await;
    assert_eq!(down.status, 503);
    assert_eq!(down.json()["checks"][0]["ok"], false);
    assert!(down.json()["checks"][0]["cause"].is_string());
    world.database.tamper("ALTER TABLE gone RENAME TO meta").await;
    when_changed(&world, 200).await;
    for (statement, undo, check) in [
        ("ALTER TABLE evidence RENAME TO gone", "ALTER TABLE gone RENAME TO evidence", "evidence"),
        (
            "UPDATE schema_migrations SET checksum = 'x' || checksum WHERE version = 2",
            "UPDATE schema_migrations SET checksum = substr(checksum, 2) WHERE version = 2",
            "migrations",
        ),
    ] {
        world.database.tamper(statement).await;
        let down = when_changed(&world, 503).await.json();
        let bad: Vec<_> = down["checks"].as_array().unwrap().iter().filter(|c| c["ok"] == false).collect();
        assert_eq!(bad.len(), 1, "{down}");
        assert_eq!(bad[0]["name"], check);
        let text = String::from_utf8(get(&world.address(), "/metrics").await.body).unwrap();
        assert!(text.contains(&format!("sealbridge_ready{{check=\"{check}\"}} 0")), "{text}");
        world.database.tamper(undo).await;
        when_changed(&world, 200).await;
    }
    // A newer replica has added to the database: this one goes on.
    world.database.tamper("INSERT INTO schema_migrations VALUES (9999, 'later', 'x')").await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(get(&world.address(), "/health/ready").await.status, 200);
    // A look leaves nothing behind.
    assert!(world.evidence("probe").await.is_empty());
    world.check().await;
}

/// Ready is told anew every half second.
async fn when_changed(world: &World, status: u16) -> Response {
    for _ in 0..40 {
        let answer = get(&world.address(), "/health/ready").await;
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("ready never becomes {status}");
}

#[tokio::test]
async fn too_little_room_on_the_disk_is_not_ready() {
    let mut greedy = config();
    greedy.database.min_free_mb = u64::MAX >> 21;
    let world = World::with(greedy).await;
    let answer = get(&world.address(), "/health/ready").await;
    assert_eq!(answer.status, 503);
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains("\"disk\",\"ok\":false") && body.contains("are needed"), "{body}");
}

#[tokio::test]
async fn metrics_and_openapi() {
    let world = World::new().await;
    world.contract_seal().await;
    let metrics = get(&world.address(), "/metrics").await;
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(text.contains("interface=\"seal_filing\""), "{text}");
    let by_system =
        "sealbridge_system_requests_total{code=\"0\",interface=\"seal_filing\",system=\"SYSB\"} 1";
    assert!(text.contains(by_system), "{text}");
    let openapi = get(&world.address(), "/openapi.json").await;
    assert_eq!(openapi.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_overview_shows_what_runs_and_nothing_personal() {
    let world = World::new().await;
    world.contract_seal().await;
    let page = get(&world.address(), "/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let html = String::from_utf8(page.body).unwrap();
    assert!(
        html.contains("电子印章互通互认服务平台") && html.contains("系统SYSA") && html.contains("<dd>1</dd>")
    );
    assert!(!html.contains("张三"));
    assert_eq!(get(&world.address(), "/assets/platform.css").await.status, 200);
}

#[tokio::test]
async fn pages_can_be_left_out() {
    let mut bare = config();
    bare.server.pages = false;
    let world = World::with(bare).await;
    assert_eq!(get(&world.address(), "/").await.status, 404);
}
