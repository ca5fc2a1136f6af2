//! What is written together, what is asked in one statement, and what a connection without a transaction does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{NOW, platform_with_seal, race};
use sealbridge_storage::evidence::{self, NewEntry};
use sealbridge_storage::nonces::{self, MOST, Taken};
use sealbridge_storage::platform::endpoints::{self, EndpointState, Maintenance, PLATFORM};
use sealbridge_storage::platform::standing;
use sealbridge_storage::platform::system_keys::{self, KeyState, SystemKey};
use sealbridge_storage::platform::systems::{self, GrantKind, SystemState};
use sealbridge_storage::platform::trust::{self, Purpose, TrustedCertificate};
use sealbridge_storage::{Database, Error, Schema, meta};
use testkit::databases::databases;

fn taken(nonce: i64) -> Taken {
    Taken { app_id: "A1".to_owned(), time: NOW, nonce }
}

async fn insert(database: &Database, all: &[Taken]) -> Vec<bool> {
    let mut tx = database.once().await.unwrap();
    let fresh = nonces::insert_all(&mut tx, all).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nonces_that_come_together_each_is_taken_once() {
    for database in databases(Schema::Platform).await {
        let before = database.traffic();
        assert_eq!(insert(&database, &[taken(1), taken(2), taken(1)]).await, [true, true, false]);
        let after = database.traffic();
        assert_eq!((after.transactions - before.transactions, after.statements - before.statements), (0, 1));
        assert_eq!(insert(&database, &[taken(3), taken(2)]).await, [true, false]);
        assert!(insert(&database, &[]).await.is_empty());
        // Two replicas get the same ones in another order at the same time.
        let of_replicas = race(&database, |database, number| async move {
            let mut all: Vec<Taken> = (100..100 + 29).map(taken).collect();
            if number % 2 == 0 {
                all.reverse();
            }
            let fresh = insert(&database, &all).await;
            all.into_iter().zip(fresh).filter(|(_, new)| *new).map(|(one, _)| one.nonce).collect::<Vec<_>>()
        })
        .await;
        let mut all: Vec<i64> = of_replicas.concat();
        all.sort_unstable();
        assert_eq!(all, (100..129).collect::<Vec<_>>(), "{}", database.name());
        let many: Vec<Taken> = (200..).take(MOST + 3).map(taken).collect();
        let fresh = insert(&database, &many).await;
        assert_eq!(fresh.iter().filter(|new| **new).count(), MOST, "no more than fit into one statement");
    }
}

#[tokio::test]
async fn any_number_of_entries_in_one_go_is_one_chain() {
    let entry = NewEntry { at: NOW, kind: "test", request_id: "r", subject: "", payload: b"{}" };
    for database in databases(Schema::Platform).await {
        let mut last = 0;
        for count in [1, 2, 3, 5, 7, 16, 31, 40] {
            let mut tx = database.begin().await.unwrap();
            let receipts = evidence::append_all(&mut tx, &vec![entry; count]).await.unwrap();
            tx.commit().await.unwrap();
            let seqs: Vec<i64> = receipts.iter().map(|receipt| receipt.seq).collect();
            assert_eq!(seqs, (last + 1..).take(count).collect::<Vec<_>>());
            last += i64::try_from(count).unwrap();
            let mut tx = database.look().await.unwrap();
            let head = evidence::head(&mut tx).await.unwrap();
            assert_eq!((head.seq, &head.hash[..]), (last, &receipts.last().unwrap().hash[..]));
        }
        let audit = evidence::audit(&database, |_| {}).await.unwrap();
        assert!(audit.is_good(), "{}", database.name());
        let mut tx = database.look().await.unwrap();
        assert!(evidence::has(&mut tx, "r", "test").await.unwrap());
        assert!(!evidence::has(&mut tx, "r", "other").await.unwrap());
    }
}

#[tokio::test]
async fn who_asked_is_told_of_a_commit_and_of_no_rollback() {
    for database in databases(Schema::Platform).await {
        let flag = Arc::new(AtomicBool::new(false));
        let mut tx = database.begin().await.unwrap();
        tx.tell(Arc::clone(&flag));
        tx.rollback().await.unwrap();
        let mut tx = database.begin().await.unwrap();
        tx.tell(Arc::clone(&flag));
        drop(tx);
        assert!(!flag.load(Ordering::Acquire));
        let mut tx = database.begin().await.unwrap();
        tx.tell(Arc::clone(&flag));
        tx.commit().await.unwrap();
        assert!(flag.load(Ordering::Acquire));
    }
}

#[tokio::test]
async fn statements_alone_see_the_newest_and_last() {
    for database in databases(Schema::Platform).await {
        let mut looking = database.look().await.unwrap();
        assert_eq!(meta::get(&mut looking, "x").await.unwrap(), None);
        let mut tx = database.once().await.unwrap();
        meta::set(&mut tx, "x", "1").await.unwrap();
        drop(tx);
        assert_eq!(meta::get(&mut looking, "x").await.unwrap().as_deref(), Some("1"), "{}", database.name());
    }
}

#[tokio::test]
async fn a_connection_that_its_server_ended_is_replaced() {
    for database in databases(Schema::Platform).await {
        if database.name() == "SQLite" {
            continue;
        }
        database.begin().await.unwrap().commit().await.unwrap();
        database
            .tamper(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
            AND pid <> pg_backend_pid()",
            )
            .await;
        let mut tx = database.begin().await.unwrap();
        meta::set(&mut tx, "x", "1").await.unwrap();
        tx.commit().await.unwrap();
        // Without BEGIN the statement finds out: that one fails, and no other after it.
        let (mut one, two) = (database.look().await.unwrap(), database.look().await.unwrap());
        drop(two);
        database
            .tamper(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
            AND pid <> pg_backend_pid()",
            )
            .await;
        let error = meta::get(&mut one, "x").await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        let mut again = database.look().await.unwrap();
        assert_eq!(meta::get(&mut again, "x").await.unwrap().as_deref(), Some("1"));
    }
}

fn key(number: i64, state: KeyState) -> SystemKey {
    SystemKey {
        key_id: format!("k{number}"),
        app_id: "A1".to_owned(),
        spki: vec![u8::try_from(number).unwrap()],
        spki_sm3: format!("s{number}"),
        cert: None,
        not_before: NOW - number,
        not_after: NOW + number,
        state,
        created_at: NOW,
        revoked_at: None,
        reason: None,
    }
}

#[tokio::test]
async fn one_statement_tells_what_many_tell() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(system_keys::insert(&mut tx, &key(1, KeyState::Active)).await.unwrap());
        assert!(system_keys::insert(&mut tx, &key(2, KeyState::Pending)).await.unwrap());
        systems::grant(&mut tx, "A1", GrantKind::Address, "192.0.2.0/24").await.unwrap();
        systems::grant(&mut tx, "A1", GrantKind::ConsentHost, "a.example.cn").await.unwrap();
        systems::grant(&mut tx, "B1", GrantKind::ConsentHost, "b.example.cn").await.unwrap();
        let maker = TrustedCertificate {
            cert_sm3: "m".to_owned(),
            purpose: Purpose::Maker,
            app_id: "A1".to_owned(),
            cert: vec![7],
            added_at: NOW,
            removed_at: None,
        };
        trust::add(&mut tx, &maker).await.unwrap();
        let announced = |app_id: &str, until| Maintenance {
            app_id: app_id.to_owned(),
            reason: "升级".to_owned(),
            since: NOW,
            until,
            actor: "ops".to_owned(),
        };
        endpoints::announce(&mut tx, &announced(PLATFORM, Some(NOW + 1))).await.unwrap();
        endpoints::announce(&mut tx, &announced("A1", None)).await.unwrap();
        let address = ("A1", "http://127.0.0.1:1");
        endpoints::set_state(&mut tx, address, EndpointState::Drained, (Some("umzug"), NOW)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = database.look().await.unwrap();
        let found = standing::of_caller(&mut tx, "A1").await.unwrap();
        assert_eq!(found.state, Some(SystemState::Online));
        assert_eq!(found.maintenance, Some(announced(PLATFORM, Some(NOW + 1))));
        let mut grants = found.grants;
        grants.sort_by(|a, b| a.value.cmp(&b.value));
        let mut expected = systems::grants(&mut tx, "A1").await.unwrap();
        expected.sort_by(|a, b| a.value.cmp(&b.value));
        assert_eq!(grants, expected);
        let states: Vec<_> = found.keys.iter().map(|key| (key.spki[0], key.state)).collect();
        assert_eq!(states, [(2, KeyState::Pending), (1, KeyState::Active)], "by their first moment");
        assert!(
            found.keys[1].is_usable(NOW)
                && !found.keys[1].is_usable(NOW + 2)
                && !found.keys[0].is_usable(NOW)
        );
        let nobody = standing::of_caller(&mut tx, "nobody").await.unwrap();
        assert!(nobody.state.is_none() && nobody.grants.is_empty() && nobody.keys.is_empty());

        let way = standing::way_to(&mut tx, "A1").await.unwrap();
        assert_eq!(way.addresses, endpoints::of_system(&mut tx, "A1").await.unwrap());
        assert_eq!(way.addresses[0].reason.as_deref(), Some("umzug"));
        assert_eq!(way.keys, found.keys);
        assert_eq!(way.maintenance, Some(announced("A1", None)));
        assert_eq!(way.consent_hosts, ["a.example.cn"]);
        assert_eq!(way.makers, [[7]]);
        assert_eq!(way.list_until, None, "it is no platform");
    }
}
