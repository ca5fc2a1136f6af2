//! Several addresses of one system: one dead, slow, lying or dying in the middle; breakers, draining, maintenance; and
//! that one system in trouble slows nobody else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::ClientError;
use jiff::SignedDuration;
use protocol::endpoints::{ConsentApply, SealQuery};
use protocol::lists::{SealType, SealTypeFilter, SignFormat};
use protocol::tables::SealQueryRequest;
use protocol::{AppId, SealCode};
use sealbridge_platform::routing::operate::{self, NewAddress};
use sealbridge_platform::routing::{Target, Why, explain};
use testkit::scripted_system::{Door, ScriptedSystem, SealSpec, Transport};

use crate::common::raw::{post, signed};
use crate::common::{PLATFORM, World, application, code, config, contract, filed_by, query};

/// Takes the address that B is registered with out of service and gives it these instead, by priority.
async fn doors<const N: usize>(world: &World) -> [Door; N] {
    let context = world.platform.context();
    let mut doors = Vec::new();
    for priority in 1..=N {
        let door = world.b.door().await;
        add(world, &door.base_url, i64::try_from(priority).unwrap()).await;
        doors.push(door);
    }
    operate::remove(context, (&world.b.app_id, &world.b.base_url), "ops").await.unwrap();
    doors.try_into().unwrap_or_else(|_| unreachable!("as many as were asked for"))
}

async fn add(world: &World, base_url: &str, priority: i64) {
    let new =
        NewAddress { app_id: world.b.app_id.clone(), base_url: base_url.to_owned(), priority, weight: 100 };
    operate::add(world.platform.context(), &new, "ops").await.unwrap();
}

async fn ask(world: &World) -> Result<usize, ClientError> {
    world.a.client.call::<SealQuery>(&query()).await.map(|answer| answer.data.len())
}

#[tokio::test]
async fn one_of_two_addresses_dead_is_not_noticed() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    let (seal, _) = world.contract_seal().await;
    first.stop().await;
    assert_eq!(ask(&world).await.unwrap(), 1);
    // Also where sending twice would matter: it is certain that nothing was sent.
    world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap();
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    assert!(second.calls() >= 4);
    world.check().await;
}

#[tokio::test]
async fn an_address_that_dies_in_the_middle_signs_once() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    for transport in [Transport::Cut, Transport::Hangup, Transport::Altered, Transport::Unsigned] {
        first.transport(transport);
        let before = second.calls();
        world.sign(&request).await.unwrap();
        // The first time the second address gives what the first one signed; then it is the platform's.
        assert!(second.calls() <= before + 1, "{transport:?}");
    }
    assert_eq!(second.calls(), 1);
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    world.check().await;
}

#[tokio::test]
async fn what_may_have_been_done_is_not_asked_for_twice() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    let (seal, _) = world.contract_seal().await;
    ask(&world).await.unwrap();
    for transport in [Transport::Cut, Transport::Hangup, Transport::Late(Duration::from_secs(3))] {
        first.transport(transport);
        let before = second.calls();
        assert_eq!(
            code(world.a.client.call::<ConsentApply>(&application(&seal)).await),
            "60001",
            "{transport:?}"
        );
        assert_eq!(second.calls(), before, "{transport:?}");
    }
    first.transport(Transport::Altered);
    assert_eq!(code(world.a.client.call::<ConsentApply>(&application(&seal)).await), "60003");
}

#[tokio::test]
async fn a_slow_address_leaves_time_for_the_other() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    world.contract_seal().await;
    first.transport(Transport::Late(Duration::from_secs(20)));
    let started = Instant::now();
    assert_eq!(ask(&world).await.unwrap(), 1);
    let took = started.elapsed();
    assert!(took < Duration::from_millis(1_500), "within the budget of one request: {took:?}");
    // Both slow: still one budget, not one for each.
    second.transport(Transport::Late(Duration::from_secs(20)));
    let started = Instant::now();
    assert_eq!(code(ask(&world).await), "60001");
    let took = started.elapsed();
    assert!(took < Duration::from_millis(2_500), "one budget for all tries: {took:?}");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_goes_no_further() {
    let world = World::new().await;
    let [_first, second] = doors(&world).await;
    world.contract_seal().await;
    world.b.script(|script| script.refuse = Some(protocol::Code::SealNotFound));
    assert_eq!(code(ask(&world).await), "60002");
    assert_eq!(second.calls(), 0);
    // Busy is no answer: nothing was done.
    world.b.script(|script| script.refuse = Some(protocol::Code::Busy));
    assert_eq!(code(ask(&world).await), "60001");
    assert_eq!(second.calls(), 1);
}

#[tokio::test]
async fn a_breaker_opens_and_lets_one_try() {
    let world = World::new().await;
    let [only] = doors(&world).await;
    world.contract_seal().await;
    only.transport(Transport::Hangup);
    for _ in 0..5 {
        assert_eq!(code(ask(&world).await), "60001");
    }
    assert_eq!(only.calls(), 5);
    let refusal = ask(&world).await.unwrap_err();
    let wait = refusal.refusal().unwrap().retry_after;
    assert_eq!((code::<()>(Err(refusal)).as_str(), wait), ("60001", Some(Duration::from_secs(5))));
    assert_eq!(only.calls(), 5, "nothing is sent while it is open");
    // Half open: it fails, and is open for twice as long.
    world.clock.advance_millis(5_000);
    assert_eq!(code(ask(&world).await), "60001");
    assert_eq!(only.calls(), 6);
    world.clock.advance_millis(9_999);
    assert_eq!(code(ask(&world).await), "60001");
    assert_eq!(only.calls(), 6);
    only.transport(Transport::Good);
    world.clock.advance_millis(1);
    assert_eq!(ask(&world).await.unwrap(), 1);
    assert_eq!(ask(&world).await.unwrap(), 1);
}

#[tokio::test]
async fn a_probe_finds_out_before_a_caller_does() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    world.contract_seal().await;
    world.platform.probe().await.unwrap();
    ask(&world).await.unwrap();
    assert_eq!((first.calls(), second.calls()), (1, 0));
    // Somebody else answers there: no signature of B's.
    first.transport(Transport::Unsigned);
    world.platform.probe().await.unwrap();
    ask(&world).await.unwrap();
    assert_eq!((first.calls(), second.calls()), (1, 1));
    let explained =
        explain(world.platform.context(), &Target::System(world.b.app_id.clone()), None).await.unwrap();
    assert_eq!(explained.addresses[0].base_url, second.base_url);
    assert_eq!(explained.addresses[1].why, Why::Doubtful);
    let seen = &explained.addresses[1].replicas[0];
    assert_eq!(seen.breaker, "closed");
    assert!(seen.probe.as_ref().unwrap().text.contains("not believed"), "{seen:?}");
    // A probe that succeeds ends the wait of an open breaker.
    first.transport(Transport::Hangup);
    second.transport(Transport::Hangup);
    for _ in 0..5 {
        ask(&world).await.unwrap_err();
    }
    first.transport(Transport::Good);
    assert_eq!(code(ask(&world).await), "60001");
    world.platform.probe().await.unwrap();
    assert_eq!(ask(&world).await.unwrap(), 1);
    world.check().await;
}

#[tokio::test]
async fn drained_addresses_get_nothing_and_the_last_one_tells_why() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    let (seal, _) = world.contract_seal().await;
    let context = world.platform.context();
    let b = &world.b.app_id;
    operate::drain(context, (b, &first.base_url), ("ops", "更换证书")).await.unwrap();
    assert_eq!(ask(&world).await.unwrap(), 1);
    assert_eq!((first.calls(), second.calls()), (0, 1));
    operate::drain(context, (b, &second.base_url), ("ops", "更换证书")).await.unwrap();
    let refusal = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap_err();
    let told = refusal.refusal().unwrap().clone();
    assert_eq!((told.code.as_str(), told.status, told.retryable), ("90001", 503, true));
    assert!(told.message.contains("更换证书") && told.retry_after.is_some(), "{}", told.message);
    operate::undrain(context, (b, &first.base_url), "ops").await.unwrap();
    assert_eq!(ask(&world).await.unwrap(), 1);
    assert_eq!(first.calls(), 1);
    let changes: Vec<String> = world
        .evidence("endpoint.changed")
        .await
        .iter()
        .map(|event| event["change"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(changes, ["added", "added", "removed", "drained", "drained", "active"]);
    world.check().await;
}

#[tokio::test]
async fn maintenance_is_told_to_callers() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let context = world.platform.context();
    let b = &world.b.app_id;
    let until = world.now() + SignedDuration::from_mins(10);
    operate::announce_maintenance(context, Some(b), ("数据库升级", Some(until)), "ops").await.unwrap();
    let refusal = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap_err();
    let told = refusal.refusal().unwrap().clone();
    assert_eq!((told.code.as_str(), told.retry_after), ("90001", Some(Duration::from_mins(10))));
    assert!(told.message.contains("SYSB 维护中: 数据库升级"), "{}", told.message);
    assert_eq!(code(ask(&world).await), "90001");
    assert_eq!(world.b.calls("seal_query"), 0);
    // It ends by itself.
    world.clock.advance_millis(600_000);
    assert_eq!(ask(&world).await.unwrap(), 1);
    // The platform's own: every interface, nothing reaches a seal system, the public resources go on.
    operate::announce_maintenance(context, None, ("机房搬迁", None), "ops").await.unwrap();
    let refusal = ask(&world).await.unwrap_err();
    let told = refusal.refusal().unwrap().clone();
    assert_eq!((told.code.as_str(), told.retry_after), ("90001", Some(Duration::from_mins(1))));
    assert!(told.message.contains("机房搬迁"), "{}", told.message);
    world.a.client.server_time().await.unwrap();
    operate::end_maintenance(context, None, "ops").await.unwrap();
    assert_eq!(ask(&world).await.unwrap(), 1);
    assert_eq!(world.evidence("maintenance.changed").await.len(), 3);
    world.check().await;
}

#[tokio::test]
async fn what_is_missing_is_named_in_body_and_header() {
    let world = World::new().await;
    world.contract_seal().await;
    let (d, finance) = finance_at(&world, "SYSD", "0D01").await;
    operate::announce_maintenance(world.platform.context(), Some(&d.app_id), ("升级", None), "ops")
        .await
        .unwrap();
    let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert!(answer.partial);
    let [missing] = answer.failures.as_slice() else { unreachable!("{:?}", answer.failures) };
    assert_eq!((missing.system.as_str(), missing.code.as_str(), missing.retryable), ("SYSD", "90001", true));
    assert_eq!(missing.retry_after_ms, Some(60_000));
    let raw = raw_query(&world, "0").await;
    assert_eq!(raw.header("x-seal-partial"), Some("SYSD;90001"));
    // What reads only the table sees a success with what there is.
    assert_eq!((raw.code().as_str(), raw.json()["data"].as_array().unwrap().len()), ("0", 1));
    // Nothing came: every failure is in the refusal.
    world.b.stop().await;
    let raw = raw_query(&world, "0").await;
    let failures = raw.json()["data"]["failures"].as_array().unwrap().clone();
    let named: Vec<&str> = failures.iter().map(|one| one["system"].as_str().unwrap()).collect();
    assert_eq!(named, ["SYSD", "SYSB"]);
    drop(finance);
}

/// A further system with one finance seal.
async fn finance_at(world: &World, app_id: &str, system: &str) -> (ScriptedSystem, SealCode) {
    let d = world.system(app_id, system).await;
    let client = d.client(world.peer.clone());
    let es_id = format!("ES-{app_id}");
    let spec = SealSpec { name: "财务章", seal_type: SealType::Finance, ..contract(&es_id) };
    let (seal, _) = filed_by(&d, &client, &spec).await;
    (d, seal)
}

async fn raw_query(world: &World, seal_type: &str) -> crate::common::raw::Response {
    static NONCE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let nonce = NONCE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let fields = serde_json::json!({
        "version": "1.0", "appId": "SYSA", "time": world.clock.millis().to_string(), "nonce": nonce,
        "orgCode": testkit::pki::TEST_USCC, "sealType": seal_type,
    });
    let info = <SealQuery as protocol::Endpoint>::INFO;
    post(&world.address(), info.path, signed(&world.a.key, info, PLATFORM, &fields).as_bytes()).await
}

#[tokio::test]
async fn a_route_explains_itself() {
    let world = World::new().await;
    let [first, second] = doors(&world).await;
    let (seal, _) = world.contract_seal().await;
    let context = world.platform.context();
    let target = Target::Seal(seal.clone());
    let explained = explain(context, &target, None).await.unwrap();
    assert!(explained.sent && explained.refusal.is_none());
    assert_eq!(explained.seal.as_ref().unwrap().app_id, "SYSB");
    let places: Vec<(&str, Why)> =
        explained.addresses.iter().map(|one| (one.base_url.as_str(), one.why)).collect();
    assert_eq!(places, [(first.base_url.as_str(), Why::Priority), (second.base_url.as_str(), Why::Reserve)]);
    operate::drain(context, (&world.b.app_id, &first.base_url), ("ops", "维修")).await.unwrap();
    let explained = explain(context, &target, None).await.unwrap();
    assert_eq!((explained.addresses[0].why, explained.addresses[1].why), (Why::Only, Why::Drained));
    // Breakers as the replicas wrote them down.
    second.transport(Transport::Hangup);
    for _ in 0..5 {
        ask(&world).await.unwrap_err();
    }
    world.platform.probe().await.unwrap();
    let explained = explain(context, &target, None).await.unwrap();
    assert_eq!(explained.addresses[0].why, Why::Open);
    assert_eq!(explained.refusal.as_ref().unwrap().code, "60001");
    operate::announce_maintenance(context, Some(&world.b.app_id), ("升级", None), "ops").await.unwrap();
    let explained = explain(context, &target, None).await.unwrap();
    assert_eq!(explained.refusal.unwrap().code, "90001");
    let nobody = Target::System(AppId::parse("NOBODY").unwrap());
    assert!(explain(context, &nobody, None).await.unwrap_err().to_string().contains("10001"));
}

#[tokio::test]
async fn what_an_operator_may_not_do() {
    let world = World::new().await;
    let context = world.platform.context();
    let b = &world.b.app_id;
    let new = |url: &str| NewAddress { app_id: b.clone(), base_url: url.to_owned(), priority: 1, weight: 1 };
    for (url, expected) in [
        ("http://b.example.cn", "20002"),
        ("https://169.254.169.254/", "20002"),
        ("https://user@b.example.cn/", "20002"),
        (world.b.base_url.as_str(), "20004"),
    ] {
        let error = operate::add(context, &new(url), "ops").await.unwrap_err().to_string();
        assert!(error.contains(expected), "{url}: {error}");
    }
    let nobody = AppId::parse("NOBODY").unwrap();
    let error = operate::drain(context, (&nobody, "https://x.cn"), ("ops", "x")).await.unwrap_err();
    assert!(error.to_string().contains("10001"));
    let error = operate::undrain(context, (b, &world.b.base_url), "ops").await.unwrap_err();
    assert!(error.to_string().contains("20004"));
    for reason in ["", "a\nb"] {
        let error = operate::drain(context, (b, &world.b.base_url), ("ops", reason)).await.unwrap_err();
        assert!(error.to_string().contains("20002"));
    }
    let before = world.now() - SignedDuration::from_secs(1);
    let error =
        operate::announce_maintenance(context, Some(b), ("x", Some(before)), "ops").await.unwrap_err();
    assert!(error.to_string().contains("20004"));
}

/// The middle and the slowest of some calls, one after another.
async fn measured(world: &World, request: &SealQueryRequest, calls: usize) -> (Duration, Duration) {
    let mut took = Vec::with_capacity(calls);
    for _ in 0..calls {
        let started = Instant::now();
        world.a.client.call::<SealQuery>(request).await.unwrap();
        took.push(started.elapsed());
    }
    took.sort_unstable();
    (took[calls / 2], took[calls - 1])
}

/// While B is dead, or so slow that every place towards it is taken, system D is asked as quickly as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_in_trouble_slows_nobody_else() {
    let mut narrow = config();
    narrow.limits.calls_per_system = 8;
    narrow.routing.breaker_failures = 1_000;
    let world = Arc::new(World::with(narrow).await);
    world.contract_seal().await;
    let _d = finance_at(&world, "SYSD", "0D01").await;
    let only = |seal_type| SealQueryRequest { seal_type, ..query() };
    let (of_b, of_d) = (only(SealTypeFilter::Contract), only(SealTypeFilter::Finance));
    measured(&world, &of_d, 10).await;
    let (healthy, healthy_worst) = measured(&world, &of_d, 40).await;
    world.b.script(|script| script.transport = Transport::Late(Duration::from_secs(30)));
    // As many as there are places, again and again, until the measurement is over.
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (world, of_b) = (Arc::clone(&world), of_b.clone());
            tokio::spawn(async move {
                loop {
                    drop(world.a.client.call::<SealQuery>(&of_b).await);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (slow, slow_worst) = measured(&world, &of_d, 40).await;
    // One more towards B is told at once, whatever the others wait for.
    let started = Instant::now();
    assert_eq!(code(world.a.client.call::<SealQuery>(&of_b).await), "60001");
    let told = started.elapsed();
    for task in &load {
        task.abort();
    }
    world.b.behave();
    world.b.stop().await;
    let (dead, dead_worst) = measured(&world, &of_d, 40).await;
    println!(
        "D alone {healthy:?} (worst {healthy_worst:?}), B slow {slow:?} ({slow_worst:?}), B dead {dead:?} \
         ({dead_worst:?}); told within {told:?}"
    );
    // The places are taken for 1.5 s each: whoever waited for one would be far beyond this.
    let bound = healthy * 4 + Duration::from_millis(100);
    assert!(slow < bound && dead < bound, "alone {healthy:?}, slow {slow:?}, dead {dead:?}");
    assert!(told < Duration::from_millis(700), "{told:?}");
}
