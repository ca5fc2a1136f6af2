//! What an operator sees of others by the metrics: calls of seal systems, how their addresses stand, notices that nobody
//! acknowledged.

use protocol::endpoints::SealQuery;
use protocol::lists::SealState;
use sealbridge_platform::changes;
use sealbridge_platform::routing::operate::{self, NewAddress};
use storage::Schema;
use testkit::databases::databases;
use testkit::scripted_system::Transport;

use crate::common::raw::get;
use crate::common::{World, config, query};

async fn text(world: &World) -> String {
    String::from_utf8(get(&world.address(), "/metrics").await.body).unwrap()
}

/// Whether a line says this.
fn says(text: &str, line: &str) -> bool {
    text.lines().any(|one| one == line)
}

#[tokio::test]
async fn calls_of_seal_systems_are_counted_and_their_breakers_shown() {
    let world = World::new().await;
    world.contract_seal().await;
    let (context, url) = (world.platform.context(), &world.b.base_url);
    world.get().await;
    let tries = |outcome: &str, count: u32| {
        format!(
            "sealbridge_route_tries_total{{interface=\"seal_query\",outcome=\"{outcome}\",system=\"SYSB\"}} {count}"
        )
    };
    let breaker = |url: &str, state: u8| {
        format!("sealbridge_route_breaker{{address=\"{url}\",system=\"SYSB\"}} {state}")
    };
    let first = text(&world).await;
    assert!(
        says(&first, &breaker(url, 0)) && says(&first, "sealbridge_route_running{system=\"SYSB\"} 0"),
        "{first}"
    );
    assert!(first.contains("outcome=\"answered\",system=\"SYSB\"}"), "{first}");
    assert!(!first.contains("sealbridge_route_probe_good{"), "nobody probed yet");
    world.platform.probe().await.unwrap();
    let probed = format!("sealbridge_route_probe_good{{address=\"{url}\",system=\"SYSB\"}} 1");
    assert!(says(&text(&world).await, &probed));
    world.b.script(|script| script.transport = Transport::Hangup);
    for _ in 0..5 {
        world.a.client.call::<SealQuery>(&query()).await.unwrap_err();
    }
    let broken = text(&world).await;
    assert!(says(&broken, &tries("broken", 5)) && says(&broken, &breaker(url, 2)), "{broken}");
    assert!(broken.contains("sealbridge_route_seconds_count{system=\"SYSB\"}"), "{broken}");
    world.clock.advance_millis(5_000);
    assert!(says(&text(&world).await, &breaker(url, 1)), "one call tries");
    // An address that is no more is not told any more.
    let new = NewAddress {
        app_id: world.b.app_id.clone(),
        base_url: "http://127.0.0.1:1".to_owned(),
        priority: 1,
        weight: 100,
    };
    operate::add(context, &new, "ops").await.unwrap();
    operate::remove(context, (&world.b.app_id, url), "ops").await.unwrap();
    world.platform.probe().await.unwrap();
    let after = text(&world).await;
    assert!(!after.contains(&breaker(url, 1)) && after.contains("address=\"http://127.0.0.1:1\""), "{after}");
}

#[tokio::test]
async fn notices_that_nobody_acknowledged_are_counted() {
    for database in databases(Schema::Platform).await {
        let mut config = config();
        config.events.allowed_hosts = vec!["127.0.0.1".to_owned()];
        config.events.ports = (1..=u16::MAX).collect();
        config.events.look_ms = 3_600_000;
        config.events.attempts = 1;
        let world = World::on(database, config).await;
        changes::subscribe(world.platform.context(), &world.b.app_id, &world.b.base_url, "admin")
            .await
            .unwrap();
        let (seal, _) = world.contract_seal().await;
        let notices = |state: &str, count: u8| {
            format!("sealbridge_notices{{state=\"{state}\",system=\"SYSB\"}} {count}")
        };
        assert!(says(&text(&world).await, &notices("pending", 1)));
        world.b.script(|script| script.transport = Transport::Hangup);
        world.platform.push().await.unwrap();
        world.b.behave();
        let dead = text(&world).await;
        assert!(says(&dead, &notices("dead", 1)) && !dead.contains("state=\"pending\""), "{dead}");
        let tries = |outcome: &str, count: u8| {
            format!("sealbridge_notice_tries_total{{outcome=\"{outcome}\",system=\"SYSB\"}} {count}")
        };
        assert!(says(&dead, &tries("dead", 1)), "{dead}");
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        world.clock.advance_millis(24 * 3_600_000);
        changes::resend_dead(world.platform.context(), &world.b.app_id, "admin").await.unwrap();
        world.platform.push().await.unwrap();
        let told = text(&world).await;
        assert!(!told.contains("sealbridge_notices{") && says(&told, &tries("acknowledged", 2)), "{told}");
    }
}
