//! What a server looks at before it says that it is ready, on both databases.

use sealbridge_storage::checks::{Demands, look};
use sealbridge_storage::{Engine, Schema, evidence};
use testkit::databases::{TestDatabase, databases};

use crate::common::NOW;

/// What is not good, with its cause.
async fn bad(database: &TestDatabase, demands: Demands) -> Vec<(&'static str, String)> {
    let checks = look(database, demands).await;
    checks.into_iter().filter_map(|(name, result)| result.err().map(|cause| (name, cause))).collect()
}

#[tokio::test]
async fn a_good_database_is_good_and_nothing_is_left_behind() {
    for database in databases(Schema::Platform).await {
        let mut demands = Demands { now: NOW, free_bytes: 1 };
        let found = bad(&database, demands).await;
        match database.engine() {
            Engine::Sqlite => assert_eq!(found, [], "its clock is ours"),
            Engine::Postgres => {
                // Our clock is that of the test: years behind.
                let [("clock", cause)] = &found[..] else { panic!("{found:?}") };
                let apart: i64 = cause.split(' ').find_map(|word| word.parse().ok()).unwrap();
                demands.now += apart;
                assert_eq!(bad(&database, demands).await, []);
                demands.now += 31_000;
                assert_eq!(bad(&database, demands).await[0].0, "clock");
            }
        }
        let mut tx = database.read().await.unwrap();
        assert_eq!(evidence::head(&mut tx).await.unwrap().seq, 0);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    for database in databases(Schema::Platform).await {
        let demands = Demands { now: NOW, free_bytes: u64::MAX };
        let names = async || -> Vec<&str> {
            let found = bad(&database, demands).await;
            found
                .into_iter()
                .map(|(name, _)| name)
                .filter(|name| *name != "clock" && *name != "disk")
                .collect()
        };
        let full = bad(&database, demands).await.iter().any(|(name, _)| *name == "disk");
        assert_eq!(full, database.file().is_some(), "room is looked at where there is a file");
        for (break_it, mend_it, name) in [
            ("ALTER TABLE evidence RENAME TO gone", "ALTER TABLE gone RENAME TO evidence", "evidence"),
            (
                "UPDATE schema_migrations SET checksum = 'x' || checksum WHERE version = 1",
                "UPDATE schema_migrations SET checksum = substr(checksum, 2) WHERE version = 1",
                "migrations",
            ),
        ] {
            database.tamper(break_it).await;
            assert_eq!(names().await, [name], "{}", database.name());
            database.tamper(mend_it).await;
            assert!(names().await.is_empty(), "{}", database.name());
        }
        // A newer program was here: the one that runs goes on.
        database.tamper("INSERT INTO schema_migrations VALUES (9999, 'later', 'x')").await;
        assert!(names().await.is_empty());
        database.tamper("ALTER TABLE meta RENAME TO gone").await;
        assert_eq!(names().await, ["database"], "the rest would only wait");
        database.tamper("ALTER TABLE gone RENAME TO meta").await;
    }
}
