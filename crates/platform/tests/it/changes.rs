//! What changed: the feed by a cursor, and notices to subscribers, on both databases.

use std::time::Duration;

use protocol::endpoints::{SealChanges, SealQuery};
use protocol::ids::Cursor;
use protocol::lists::SealState;
use protocol::tables::{ChangeEntry, ChangePage, ChangesRequest};
use protocol::{Code, SealCode};
use sealbridge_platform::changes::{self, Pushed};
use sealbridge_platform::config::Config;
use sealbridge_platform::failure::Failure;
use sealbridge_platform::{evidence, onboarding};
use storage::Schema;
use storage::platform::subscriptions::{self, Delivery, DeliveryState, SubscriptionState};
use storage::platform::systems::SystemState;
use testkit::databases::databases;
use testkit::scripted_system::Transport;

use crate::common::{World, code, config, contract, grants, query};

async fn read(caller: &client::Client, cursor: Option<&Cursor>) -> ChangePage {
    let request = ChangesRequest { cursor: cursor.cloned() };
    caller.call::<SealChanges>(&request).await.unwrap().data
}

fn kinds(page: &ChangePage) -> Vec<&str> {
    page.changes.iter().map(|change| change.kind.as_str()).collect()
}

fn of_seal<'a>(page: &'a ChangePage, seal: &SealCode) -> Vec<&'a ChangeEntry> {
    page.changes.iter().filter(|change| change.seal_code.as_ref() == Some(seal)).collect()
}

/// A world whose subscribers may be on this machine.
async fn worlds(change: fn(&mut Config)) -> Vec<World> {
    let mut worlds = Vec::new();
    for database in databases(Schema::Platform).await {
        let mut config = config();
        config.events.allowed_hosts = vec!["127.0.0.1".to_owned()];
        config.events.ports = (1..=u16::MAX).collect();
        // Notices are told where a test wants them.
        config.events.look_ms = 3_600_000;
        change(&mut config);
        worlds.push(World::on(database, config).await);
    }
    worlds
}

#[tokio::test]
async fn a_caller_sees_its_own_and_what_it_has_fetched() {
    for world in worlds(|_| {}).await {
        let stranger = world.caller("SYSZ", "0Z01", grants(&[], &[])).await;
        let (seal, _) = world.contract_seal().await;
        let begin = read(&world.a.client, None).await;
        assert!(of_seal(&begin, &seal).is_empty(), "A has not fetched it yet");
        let own = read(&world.b_client, None).await;
        assert_eq!(of_seal(&own, &seal)[0].kind.as_str(), "seal.filed");
        assert_eq!(own.changes[0].kind.as_str(), "system.state", "B going live");

        world.get().await;
        world.clock.advance_millis(1_000);
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        let page = read(&world.a.client, Some(&begin.next)).await;
        let [change] = &of_seal(&page, &seal)[..] else { panic!("{page:?}") };
        assert_eq!((change.kind.as_str(), change.state.as_str()), ("seal.state", "disabled"));
        assert_eq!(change.system_id, world.b.app_id);
        assert_eq!(change.changed_at, world.now().as_millisecond().to_string());
        // The number is that of its entry in the evidence log.
        let mut tx = world.database.read().await.unwrap();
        let entry = storage::evidence::find(&mut tx, change.cursor.number()).await.unwrap().unwrap();
        assert_eq!((entry.kind.as_str(), entry.subject.as_str()), ("seal.state", seal.as_str()));
        tx.commit().await.unwrap();
        // Who is behind it sees nothing new, and goes on from there.
        let nothing = read(&world.a.client, Some(&page.next)).await;
        assert_eq!((nothing.changes.len(), &nothing.next, nothing.more), (0, &page.next, false));

        // The suspension of a system concerns those who have fetched its seals, and nobody else.
        let context = world.platform.context();
        let by = ("one", Some("test"));
        onboarding::set_state(context, &world.b.app_id, SystemState::Suspended, by).await.unwrap();
        let page = read(&world.a.client, Some(&page.next)).await;
        assert_eq!((kinds(&page), page.changes[0].state.as_str()), (vec!["system.state"], "suspended"));
        let other = read(&stranger.client, None).await;
        assert!(other.changes.iter().all(|change| change.system_id == stranger.app_id), "{other:?}");
        // A suspended system may still ask, and changes nothing.
        assert_eq!(read(&world.b_client, Some(&own.next)).await.changes.len(), 2);
        assert_eq!(code(world.set_state(&seal, SealState::Enabled).await), "10007");
        world.check().await;
    }
}

#[tokio::test]
async fn reading_on_misses_and_doubles_nothing_while_things_change() {
    for world in worlds(|_| {}).await {
        let world = std::sync::Arc::new(world);
        let mut seals = Vec::new();
        for number in 0..4 {
            let es_id = format!("ES{number:04}");
            seals.push(world.filed(&contract(&es_id)).await.0);
        }
        world.a.client.call::<SealQuery>(&query()).await.unwrap();
        let begin = read(&world.a.client, None).await.next;
        let writers: Vec<_> = seals
            .into_iter()
            .map(|seal| {
                let world = std::sync::Arc::clone(&world);
                tokio::spawn(async move {
                    for turn in 0..10 {
                        let state = if turn % 2 == 0 { SealState::Disabled } else { SealState::Enabled };
                        world.set_state(&seal, state).await.unwrap();
                    }
                })
            })
            .collect();
        let (mut seen, mut cursor) = (Vec::new(), begin);
        while seen.len() < 40 {
            let page = read(&world.a.client, Some(&cursor)).await;
            seen.extend(page.changes.iter().map(|change| change.cursor.number()));
            cursor = page.next;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(read(&world.a.client, Some(&cursor)).await.changes.len(), 0);
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        assert_eq!(seen.len(), 40);
    }
}

#[tokio::test]
async fn what_is_too_old_goes_and_a_cursor_before_it_is_told() {
    for world in worlds(|config| config.events.keep_days = 7).await {
        let (seal, _) = world.contract_seal().await;
        let first = read(&world.b_client, None).await;
        let early = Cursor::of(first.changes[0].cursor.number());
        world.clock.advance_millis(8 * 24 * 3_600_000);
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        let before = world.now() - jiff::SignedDuration::from_hours(7 * 24);
        let mut tx = world.database.begin().await.unwrap();
        let gone = storage::platform::changes::purge(&mut tx, before.as_millisecond(), 1_000).await.unwrap();
        tx.commit().await.unwrap();
        assert!(gone >= 2, "{gone}");
        let request = ChangesRequest { cursor: Some(early) };
        assert_eq!(code(world.b_client.call::<SealChanges>(&request).await), "20004");
        let anew = read(&world.b_client, None).await;
        assert_eq!(kinds(&anew), ["seal.state"]);
        assert!(evidence::audit(&world.database).await.unwrap().good, "the evidence log keeps it all");
    }
}

/// B subscribes; what it was told before is forgotten.
async fn subscribed(world: &World) {
    let context = world.platform.context();
    changes::subscribe(context, &world.b.app_id, &world.b.base_url, "admin").await.unwrap();
}

async fn deliveries(world: &World) -> Vec<Delivery> {
    let mut tx = world.database.read().await.unwrap();
    subscriptions::deliveries(&mut tx, world.b.app_id.as_str(), None, (0, 1_000)).await.unwrap()
}

async fn push(world: &World) -> Pushed {
    world.platform.push().await.unwrap()
}

fn pushed(delivered: usize, postponed: usize, dead: usize) -> Pushed {
    Pushed { delivered, postponed, dead }
}

#[tokio::test]
async fn a_subscriber_is_told_once_and_its_signature_acknowledges() {
    for world in worlds(|_| {}).await {
        subscribed(&world).await;
        let (seal, _) = world.contract_seal().await;
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        assert_eq!(push(&world).await, pushed(2, 0, 0));
        assert_eq!(push(&world).await, pushed(0, 0, 0));
        let notices = world.b.notices();
        let told: Vec<_> = notices.iter().map(|one| (one.kind.as_str(), one.state.as_str())).collect();
        assert_eq!(told, [("seal.filed", "enabled"), ("seal.state", "disabled")]);
        assert_eq!(notices[1].seal_code.as_ref(), Some(&seal));
        // A change that is refused tells nobody: the outbox is of its transaction.
        assert_eq!(
            code(
                world
                    .set_state(&SealCode::parse("E1330100000102123456789P").unwrap(), SealState::Disabled)
                    .await
            ),
            "30001"
        );
        assert_eq!(push(&world).await, pushed(0, 0, 0));
        let mut tx = world.database.read().await.unwrap();
        let tries =
            subscriptions::tries(&mut tx, world.b.app_id.as_str(), notices[0].cursor.number()).await.unwrap();
        assert_eq!((tries.len(), tries[0].outcome.as_str(), tries[0].attempt), (1, "0", 1));
        tx.commit().await.unwrap();
        world.check().await;
    }
}

#[tokio::test]
async fn what_is_not_acknowledged_is_told_again_until_it_is_dead_and_then_by_hand() {
    for world in worlds(|config| config.events.attempts = 3).await {
        let context = world.platform.context();
        subscribed(&world).await;
        let (seal, _) = world.contract_seal().await;
        let seq = deliveries(&world).await[0].seq;
        for (wrong, outcome) in [(Transport::Altered, "answer-wrong"), (Transport::Hangup, "broken")] {
            world.b.script(|script| script.transport = wrong);
            assert_eq!(push(&world).await, pushed(0, 1, 0), "{wrong:?}");
            assert_eq!(deliveries(&world).await[0].last.as_deref(), Some(outcome));
            assert_eq!(push(&world).await, pushed(0, 0, 0), "it has to wait");
            world.clock.advance_millis(60_000);
        }
        // Another notice waits along, and counts no try.
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        world.b.script(|script| {
            script.transport = Transport::Good;
            script.refuse = Some(Code::Fault);
        });
        assert_eq!(push(&world).await, pushed(0, 0, 1));
        let all = deliveries(&world).await;
        assert_eq!((all[0].state, all[0].attempts), (DeliveryState::Dead, 3));
        assert_eq!((all[1].state, all[1].attempts), (DeliveryState::Pending, 0));
        world.b.behave();
        world.clock.advance_millis(60_000);
        assert_eq!(push(&world).await, pushed(1, 0, 0), "what is dead stays dead");
        assert_eq!(changes::resend_dead(context, &world.b.app_id, "admin").await.unwrap(), 1);
        assert_eq!(push(&world).await, pushed(1, 0, 0));
        changes::resend(context, &world.b.app_id, seq, "admin").await.unwrap();
        assert_eq!(push(&world).await, pushed(1, 0, 0), "told again although it was acknowledged");
        let unknown = changes::resend(context, &world.b.app_id, i64::MAX, "admin").await;
        assert!(matches!(unknown, Err(Failure::Refused(error)) if error.code() == Code::NotInList));
        let mut tx = world.database.read().await.unwrap();
        let tries = subscriptions::tries(&mut tx, world.b.app_id.as_str(), seq).await.unwrap();
        let outcomes: Vec<_> = tries.iter().map(|made| made.outcome.as_str()).collect();
        assert_eq!(outcomes, ["answer-wrong", "broken", "99999", "0", "0"]);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_subscriber_that_is_down_hears_everything_when_it_is_back() {
    for world in worlds(|_| {}).await {
        subscribed(&world).await;
        let (seal, _) = world.contract_seal().await;
        world.b.script(|script| script.transport = Transport::Hangup);
        for state in [SealState::Disabled, SealState::Enabled, SealState::Disabled] {
            world.set_state(&seal, state).await.unwrap();
            push(&world).await;
        }
        // The platform ends and starts again meanwhile: the outbox is in the database.
        let mut world = world;
        world.restart().await;
        world.b.behave();
        world.clock.advance_millis(3_600_000);
        assert_eq!(push(&world).await, pushed(4, 0, 0));
        let cursors: Vec<i64> = deliveries(&world).await.iter().map(|one| one.seq).collect();
        let heard: Vec<i64> = world.b.notices().iter().map(|one| one.cursor.number()).collect();
        assert_eq!(heard[heard.len() - 4..], cursors[..], "in their order");
    }
}

#[tokio::test]
async fn inner_addresses_are_not_called() {
    for world in worlds(|config| config.events.allowed_hosts.clear()).await {
        let context = world.platform.context();
        for bad in
            ["http://198.51.100.1", "https://169.254.169.254", "ftp://example.cn", "https://u:p@example.cn"]
        {
            let refused = changes::subscribe(context, &world.b.app_id, bad, "admin").await;
            assert!(
                matches!(refused, Err(Failure::Refused(error)) if error.code() == Code::Malformed),
                "{bad}"
            );
        }
        subscribed(&world).await;
        world.contract_seal().await;
        assert_eq!(push(&world).await, pushed(0, 1, 0));
        assert_eq!(deliveries(&world).await[0].last.as_deref(), Some("address-refused"));
        assert_eq!(world.b.calls("change_notice"), 0);
    }
}

#[tokio::test]
async fn two_replicas_tell_each_notice_once() {
    for world in worlds(|_| {}).await {
        subscribed(&world).await;
        let (seal, _) = world.contract_seal().await;
        for turn in 0..10 {
            let state = if turn % 2 == 0 { SealState::Disabled } else { SealState::Enabled };
            world.set_state(&seal, state).await.unwrap();
        }
        world.b.script(|script| script.transport = Transport::Slow(Duration::from_millis(5)));
        let rounds: Vec<_> = (0..4).map(|_| world.platform.push()).collect();
        let mut delivered = 0;
        for round in futures_join(rounds).await {
            delivered += round.delivered;
        }
        assert_eq!((delivered, world.b.calls("change_notice")), (11, 11));
    }
}

async fn futures_join<F: Future<Output = Result<Pushed, protocol::ApiError>>>(all: Vec<F>) -> Vec<Pushed> {
    let [a, b, c, d]: [F; 4] = all.try_into().ok().unwrap();
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    [a, b, c, d].map(Result::unwrap).to_vec()
}

#[tokio::test]
async fn who_ends_its_subscription_is_left_alone() {
    for world in worlds(|_| {}).await {
        let context = world.platform.context();
        subscribed(&world).await;
        let (seal, _) = world.contract_seal().await;
        changes::unsubscribe(context, &world.b.app_id, SubscriptionState::Paused, "admin").await.unwrap();
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        assert_eq!(push(&world).await, pushed(0, 0, 0));
        subscribed(&world).await;
        assert_eq!(push(&world).await, pushed(2, 0, 0), "what waited");
        world.set_state(&seal, SealState::Enabled).await.unwrap();
        changes::unsubscribe(context, &world.b.app_id, SubscriptionState::Ended, "admin").await.unwrap();
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        subscribed(&world).await;
        assert_eq!(push(&world).await, pushed(0, 0, 0), "nothing of before");
    }
}
