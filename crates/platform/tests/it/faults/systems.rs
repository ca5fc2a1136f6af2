//! What the platform calls is away: ready stays good, because everything else goes on.

use std::time::Duration;

use platform::config::Stamping;
use protocol::endpoints::SealQuery;
use protocol::lists::SignFormat;
use sealbridge_platform as platform;
use testkit::clock::TestClock;
use testkit::pki::pki;
use testkit::scripted_system::Transport;
use testkit::stamping::StampingAuthority;

use crate::common::child::until_ready_says;
use crate::common::{NOW, World, code, config, query};

#[tokio::test]
async fn a_seal_system_dead_slow_or_lying_is_no_trouble_of_the_platform() {
    let world = World::new().await;
    world.contract_seal().await;
    for (transport, expected) in [
        (Transport::Hangup, "60001"),
        (Transport::Slow(Duration::from_secs(3)), "60001"),
        (Transport::Late(Duration::from_secs(3)), "60001"),
        (Transport::Altered, "60003"),
    ] {
        let request = world.ready_to_sign(&[7; 32], SignFormat::P1).await;
        world.b.script(|script| script.transport = transport);
        assert_eq!(code(world.sign(&request).await), expected, "{transport:?}");
        until_ready_says(&world.address(), 200).await;
        // What B asks of the platform is served meanwhile.
        world.b_client.server_time().await.unwrap();
        world.b.behave();
        world.sign(&request).await.unwrap();
        assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1, "{transport:?}");
    }
    assert_eq!(world.evidence("signature.released").await.len(), 4);
    world.check().await;
}

#[tokio::test]
async fn a_time_stamping_authority_that_is_down_and_comes_back() {
    // A port at which nobody listens yet.
    let place = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut stamping = config();
    let rules = &mut stamping.policy.signing.time_stamp;
    (rules.mode, rules.url, rules.deadline_ms) = (Stamping::Required, format!("http://{place}/tsa"), 500);
    let world = World::with(stamping).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&[7; 32], SignFormat::P1).await;
    for _ in 0..2 {
        assert_eq!(code(world.sign(&request).await), "60005");
    }
    assert!(world.evidence("signature.released").await.is_empty());
    until_ready_says(&world.address(), 200).await;
    world.a.client.call::<SealQuery>(&query()).await.unwrap();
    let authority = StampingAuthority::start_at(&place, &pki().tsa, TestClock::at(NOW).clock()).await;
    let data = world.sign(&request).await.unwrap().data;
    assert!(data.time_stamp.is_some());
    assert_eq!((authority.asked(), world.b.signatures_made(request.sign_id.as_str())), (1, 1));
    assert_eq!(world.evidence("signature.released").await.len(), 1);
    world.check().await;
}
