//! Clocks that are off by ten minutes: the platform's, a caller's, a seal system's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use client::{Client, ClientError, Identity, Peer};
use crypto::Random;
use protocol::endpoints::SealQuery;
use protocol::{AppId, Clock, Endpoint};
use sealbridge_platform::trust;
use storage::Schema;
use storage::platform::trust::Purpose;
use testkit::clock::TestClock;
use testkit::databases::postgres;
use testkit::pki::{TEST_USCC, pki};
use testkit::scripted_system::ScriptedSystem;

use crate::common::child::{not_good, until_ready_says};
use crate::common::raw::{get, post, signed};
use crate::common::{PLATFORM, World, config, contract, filed_by, grants, query, register};

const TEN_MINUTES: i64 = 600_000;
/// Clocks go on after they were set. Where one was set back, who seems to have asked in the future counts as having
/// used up its share of the rate, and has it again after this.
const A_MOMENT: i64 = 5_000;

/// Sets the platform's clock, and lets it go on for a moment.
async fn set(world: &World, millis: i64) {
    world.clock.advance_millis(millis - world.clock.millis());
    get(&world.address(), "/health/live").await;
    world.clock.advance_millis(A_MOMENT);
}

/// A clock that shows what the database's shows.
fn right() -> TestClock {
    TestClock::at(&Clock::system().now().to_string())
}

/// A platform on PostgreSQL, which has a clock of its own to compare with.
async fn world() -> Option<World> {
    let database = postgres(Schema::Platform).await?;
    Some(World::named(database, config(), [("SYSA", "0A01"), ("SYSB", "0B01")], right()).await)
}

/// Caller A with a clock of its own.
fn a(world: &World, clock: &TestClock) -> Client {
    let me = Identity { app_id: world.a.app_id.clone(), signer: Arc::new(world.a.key.clone()) };
    Client::new(me, world.peer.clone(), clock.clock(), Random::system()).unwrap()
}

/// The code that a request with this time gets, whatever the time of the answer is.
async fn raw(world: &World, millis: i64) -> String {
    static NONCE: AtomicU32 = AtomicU32::new(1);
    let fields = serde_json::json!({
        "version": "1.0", "appId": "SYSA", "time": millis.to_string(),
        "nonce": NONCE.fetch_add(1, Ordering::Relaxed), "orgCode": TEST_USCC, "sealType": "0",
    });
    let info = <SealQuery as Endpoint>::INFO;
    post(&world.address(), info.path, signed(&world.a.key, info, PLATFORM, &fields).as_bytes()).await.code()
}

/// The client does not believe an answer of another time than its own.
async fn not_believed(client: &Client) {
    let result = client.call::<SealQuery>(&query()).await;
    assert!(matches!(result, Err(ClientError::WronglySigned(_))), "{result:?}");
}

async fn entries(world: &World) -> i64 {
    let mut tx = world.database.read().await.unwrap();
    storage::evidence::head(&mut tx).await.unwrap().seq
}

#[tokio::test]
async fn a_platform_ten_minutes_off_lets_nobody_in_and_says_so() {
    let Some(world) = world().await else { return };
    world.contract_seal().await;
    for off in [TEN_MINUTES, -TEN_MINUTES] {
        let clock = right();
        clock.advance_millis(world.clock.millis() - clock.millis());
        let a = a(&world, &clock);
        a.call::<SealQuery>(&query()).await.unwrap();
        let before = entries(&world).await;
        set(&world, clock.millis() + off).await;
        assert_eq!(raw(&world, clock.millis()).await, "10005");
        not_believed(&a).await;
        assert_eq!(entries(&world).await, before, "nobody was let in");
        let ready = until_ready_says(&world.address(), 503).await;
        assert_eq!(not_good(&ready), ["clock"], "{ready}");
        // Its time goes on being told, so that a caller can see whose clock is wrong.
        let told = a.server_time().await.unwrap();
        assert_eq!(told.as_millisecond(), world.clock.millis());
        set(&world, right().millis()).await;
        clock.advance_millis(world.clock.millis() - clock.millis());
        until_ready_says(&world.address(), 200).await;
        a.call::<SealQuery>(&query()).await.unwrap();
    }
    world.check().await;
}

#[tokio::test]
async fn a_caller_ten_minutes_off_is_refused_alone() {
    let Some(world) = world().await else { return };
    world.contract_seal().await;
    for off in [TEN_MINUTES, -TEN_MINUTES] {
        let clock = right();
        world.clock.advance_millis(clock.millis() - world.clock.millis());
        clock.advance_millis(off);
        let a = a(&world, &clock);
        assert_eq!(raw(&world, clock.millis()).await, "10005");
        not_believed(&a).await;
        world.b_client.call::<SealQuery>(&query()).await.unwrap();
        until_ready_says(&world.address(), 200).await;
        // It asks for the time, sets its clock and is let in.
        let told = a.server_time().await.unwrap();
        clock.advance_millis(told.as_millisecond() - clock.millis());
        a.call::<SealQuery>(&query()).await.unwrap();
    }
    world.check().await;
}

#[tokio::test]
async fn a_seal_system_ten_minutes_off_is_missing_alone() {
    let world = World::new().await;
    world.contract_seal().await;
    // What D answers is not believed, because of its time.
    let theirs = TestClock::at(crate::common::NOW);
    let id = AppId::parse(PLATFORM).unwrap();
    let key = world.keys.signing.verifying_key();
    let d = ScriptedSystem::start("SYSD", &id, key, &theirs.clock()).await;
    register(&world.platform, ("SYSD", "0D01"), Some(&d.base_url), &d.key, grants(&[], &[d.host()])).await;
    let maker = (Purpose::Maker, Some(&d.app_id));
    trust::add(world.platform.context(), maker, &pki().maker.der(), "admin").await.unwrap();
    let client = d.client(Peer::new(&world.peer.base_url, id, [key.clone()]));
    filed_by(&d, &client, &contract("ES0900")).await;
    let set = async |by: i64| {
        theirs.advance_millis(by);
        world.a.client.call::<SealQuery>(&query()).await.unwrap();
        theirs.advance_millis(A_MOMENT);
    };
    for off in [TEN_MINUTES, -TEN_MINUTES] {
        set(off).await;
        let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
        assert_eq!(answer.data.len(), 1, "B's seal");
        let [missing] = answer.failures.as_slice() else { panic!("{:?}", answer.failures) };
        assert_eq!((missing.system.as_str(), missing.code.as_str()), ("SYSD", "60003"));
        until_ready_says(&world.address(), 200).await;
        set(-off).await;
        assert_eq!(world.a.client.call::<SealQuery>(&query()).await.unwrap().data.len(), 2);
    }
    world.check().await;
}
