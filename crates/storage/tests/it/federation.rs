//! Other platforms and the number of our own trust list, on both databases.

use crate::common::{NOW, race, system};
use sealbridge_storage::Schema;
use sealbridge_storage::platform::federation::{self, NewList, PeerRow};
use sealbridge_storage::platform::systems;
use testkit::databases::databases;

fn peer() -> PeerRow {
    PeerRow {
        app_id: "A1".to_owned(),
        root_spki: vec![1, 2, 3],
        code_spaces: "0B01 0C01".to_owned(),
        accept_anchors: true,
        added_at: NOW,
        sequence: None,
        content_sm3: None,
        list: None,
        issued_at: None,
        not_after: None,
        fetched_at: None,
        tried_at: None,
        fault: None,
        changes_cursor: 0,
        changes_at: None,
        changes_fault: None,
    }
}

fn list(sequence: i64, content_sm3: &str, issued_at: i64) -> NewList<'_> {
    NewList { sequence, content_sm3, list: b"{}", issued_at, not_after: issued_at + 1000, at: NOW + 5 }
}

#[tokio::test]
async fn a_list_is_replaced_by_newer_ones_only() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        assert!(systems::insert(&mut tx, &system("A1", "AAAA"), "admin").await.unwrap());
        assert!(federation::add(&mut tx, &peer()).await.unwrap());
        assert!(!federation::add(&mut tx, &peer()).await.unwrap());
        assert_eq!(federation::list(&mut tx).await.unwrap(), [peer()]);
        federation::set_fault(&mut tx, "A1", NOW + 1, "not reachable").await.unwrap();
        for (new, expected) in [
            (list(5, "x", NOW), true),
            (list(5, "x", NOW + 1), true),
            (list(5, "x", NOW), false),
            (list(5, "y", NOW + 9), false),
            (list(4, "x", NOW + 9), false),
            (list(6, "y", NOW), true),
        ] {
            assert_eq!(federation::store(&mut tx, "A1", &new).await.unwrap(), expected, "{new:?}");
        }
        let row = federation::find(&mut tx, "A1").await.unwrap().unwrap();
        assert_eq!((row.sequence, row.content_sm3.as_deref(), row.fault), (Some(6), Some("y"), None));
        assert!(federation::set_spaces(&mut tx, "A1", "0D01", false).await.unwrap());
        assert!(!federation::set_spaces(&mut tx, "NOBODY", "0D01", false).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn our_own_number_grows_with_the_contents_whoever_is_first() {
    for database in databases(Schema::Platform).await {
        let number = |content: &'static str, at_least: i64| {
            let database = &database;
            async move {
                let mut tx = database.begin().await.unwrap();
                let own = federation::number_own(&mut tx, content, (at_least, NOW)).await.unwrap();
                tx.commit().await.unwrap();
                own.unwrap().sequence
            }
        };
        assert_eq!(number("a", 100).await, 100);
        assert_eq!(number("a", 900).await, 100, "the same contents keep their number");
        assert_eq!(number("b", 50).await, 101, "it never goes back");
        assert_eq!(number("a", 500).await, 500, "earlier contents are new again");
        let outcomes = race(&database, |database, number| async move {
            let content = if number < 4 { "c" } else { "d" };
            let mut tx = database.begin().await.unwrap();
            match federation::number_own(&mut tx, content, (1, NOW)).await {
                Ok(own) => tx.commit().await.ok().and(own).map(|own| own.sequence),
                Err(_) => None,
            }
        })
        .await;
        let mut tx = database.begin().await.unwrap();
        let own = federation::own(&mut tx).await.unwrap().unwrap();
        assert!(own.sequence > 500 && outcomes.iter().flatten().all(|one| *one <= own.sequence));
        tx.commit().await.unwrap();
    }
}
