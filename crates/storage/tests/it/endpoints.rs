//! Addresses of systems, what replicas saw of them, and maintenance, on both databases.

use crate::common::{NOW, system};
use sealbridge_storage::Schema;
use sealbridge_storage::platform::endpoints::{
    self, EndpointRow, EndpointState, Health, Maintenance, PLATFORM,
};
use sealbridge_storage::platform::systems;
use testkit::databases::databases;

const SECOND: &str = "https://b.example.cn";

fn health(replica: &str, seen_at: i64) -> Health {
    Health {
        app_id: "A1".to_owned(),
        base_url: SECOND.to_owned(),
        replica: replica.to_owned(),
        breaker: "open".to_owned(),
        failures: 5,
        open_until: Some(seen_at + 1),
        probe_ok: Some(false),
        probe_text: Some("not reachable".to_owned()),
        probed_at: Some(seen_at),
        seen_at,
    }
}

#[tokio::test]
async fn addresses_come_and_go() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        assert!(systems::insert(&mut tx, &system("A1", "AAAA"), "admin").await.unwrap());
        let first = endpoints::of_system(&mut tx, "A1").await.unwrap();
        assert_eq!(first.len(), 1, "the base address is the first");
        assert_eq!(
            (first[0].base_url.as_str(), first[0].state),
            ("http://127.0.0.1:1", EndpointState::Active)
        );
        let row = EndpointRow { priority: 0, ..EndpointRow::first("A1", SECOND, NOW + 1) };
        assert!(endpoints::add(&mut tx, &row).await.unwrap());
        assert!(!endpoints::add(&mut tx, &row).await.unwrap());
        assert_eq!(endpoints::count(&mut tx, "A1").await.unwrap(), 2);
        let all = endpoints::list(&mut tx).await.unwrap();
        assert_eq!(all[0], row, "by priority");
        let to = (EndpointState::Drained, (Some("更换证书"), NOW + 2));
        assert!(endpoints::set_state(&mut tx, ("A1", SECOND), to.0, to.1).await.unwrap());
        assert!(!endpoints::set_state(&mut tx, ("A1", SECOND), to.0, to.1).await.unwrap());
        let drained = endpoints::of_system(&mut tx, "A1").await.unwrap().remove(0);
        assert_eq!((drained.state, drained.reason.as_deref()), (EndpointState::Drained, Some("更换证书")));
        assert!(endpoints::remove(&mut tx, "A1", SECOND).await.unwrap());
        assert!(!endpoints::remove(&mut tx, "A1", SECOND).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = database.begin().await.unwrap();
        let nobody = EndpointRow::first("NOBODY", SECOND, NOW);
        assert!(endpoints::add(&mut tx, &nobody).await.is_err(), "an address is of a system");
    }
}

#[tokio::test]
async fn what_replicas_saw_is_kept_for_a_while() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        for (replica, at) in [("r1", NOW), ("r2", NOW + 10), ("r1", NOW + 20)] {
            endpoints::put_health(&mut tx, &health(replica, at)).await.unwrap();
        }
        let seen = endpoints::health_of(&mut tx, "A1", NOW).await.unwrap();
        assert_eq!(seen, [health("r1", NOW + 20), health("r2", NOW + 10)]);
        assert_eq!(endpoints::purge_health(&mut tx, NOW + 15).await.unwrap(), 1);
        assert_eq!(endpoints::health_of(&mut tx, "A1", NOW).await.unwrap(), [health("r1", NOW + 20)]);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn maintenance_is_announced_and_ended() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        let mut one = Maintenance {
            app_id: PLATFORM.to_owned(),
            reason: "升级".to_owned(),
            since: NOW,
            until: None,
            actor: "ops".to_owned(),
        };
        endpoints::announce(&mut tx, &one).await.unwrap();
        one.until = Some(NOW + 60_000);
        endpoints::announce(&mut tx, &one).await.unwrap();
        assert_eq!(endpoints::maintenance(&mut tx, PLATFORM).await.unwrap(), Some(one.clone()));
        assert_eq!(endpoints::maintenance(&mut tx, "A1").await.unwrap(), None);
        assert_eq!(endpoints::all_maintenance(&mut tx).await.unwrap(), [one]);
        assert!(endpoints::end(&mut tx, PLATFORM).await.unwrap());
        assert!(!endpoints::end(&mut tx, PLATFORM).await.unwrap());
        tx.commit().await.unwrap();
    }
}
