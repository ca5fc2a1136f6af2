//! Opening, migrating, and what a transaction promises.

use std::time::Duration;

use sealbridge_storage::evidence::{self, NewEntry};
use sealbridge_storage::{Database, Error, Migrations, Options, Schema, meta, migrate, nonces};
use testkit::databases::{TestDatabase, databases, sqlite};

async fn migration_error(database: &TestDatabase, options: &Options) -> String {
    match Database::open(database.address(), options).await {
        Err(Error::Migration(text)) => text,
        other => panic!("{}: {other:?}", database.name()),
    }
}

#[tokio::test]
async fn opening_again_applies_nothing() {
    for database in databases(Schema::Platform).await {
        assert!(migrate::pending(&database).await.unwrap().is_empty());
        let again = database.reopen().await;
        assert!(migrate::apply(&again).await.unwrap().is_empty());
        again.ping().await.unwrap();
        let require = Options { migrations: Migrations::Require, ..database.options().clone() };
        Database::open(database.address(), &require).await.unwrap().close().await;
        again.close().await;
    }
}

#[tokio::test]
async fn a_missing_migration_is_told_and_applied_once_by_many() {
    for database in databases(Schema::SealSystem).await {
        let drop_all = "DROP TABLE time_stamps; DELETE FROM schema_migrations WHERE version = 3";
        // What is left of the other tables would be in the way of the migration.
        let tables = "issued_crls issued_certificates jobs otp_sends consent_documents consents sign_ids caller_keys callers outbox \
                      seal_users seal_versions seals keys users owners";
        let drops: Vec<_> = tables.split_whitespace().map(|name| format!("DROP TABLE {name}")).collect();
        database.tamper(&format!("{drop_all}; {}", drops.join("; "))).await;
        assert_eq!(migrate::pending(&database).await.unwrap(), ["0003_seal_system"]);
        let require = Options { migrations: Migrations::Require, ..database.options().clone() };
        assert!(migration_error(&database, &require).await.contains("0003_seal_system"));
        let (one, two) = tokio::join!(database.reopen(), database.reopen());
        assert!(migrate::pending(&one).await.unwrap().is_empty());
        one.close().await;
        two.close().await;
    }
}

#[tokio::test]
async fn another_servers_a_newer_and_a_changed_database_are_refused() {
    for database in databases(Schema::Platform).await {
        let other = Options::new(Schema::SealSystem);
        assert!(migration_error(&database, &other).await.contains("seal-system"));
        database.tamper("UPDATE schema_migrations SET checksum = 'ff' WHERE version = 1").await;
        let changed = migration_error(&database, database.options()).await;
        assert!(changed.contains("0001_shared") && changed.contains("changed"), "{changed}");
        database
            .tamper("UPDATE schema_migrations SET version = 99, name = 'from the future' WHERE version = 1")
            .await;
        assert!(migration_error(&database, database.options()).await.contains("newer"));
    }
}

#[tokio::test]
async fn what_is_dropped_midway_leaves_nothing() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        meta::set(&mut tx, "half", "done").await.unwrap();
        assert!(nonces::insert_if_absent(&mut tx, "app", 1, 1).await.unwrap());
        drop(tx);
        let aborted = tokio::spawn({
            let database = Database::clone(&database);
            async move {
                let mut tx = database.begin().await.unwrap();
                meta::set(&mut tx, "half", "done").await.unwrap();
                std::future::pending::<()>().await;
            }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        let mut tx = database.begin().await.unwrap();
        assert_eq!(meta::get(&mut tx, "half").await.unwrap(), None, "{}", database.name());
        assert!(nonces::insert_if_absent(&mut tx, "app", 1, 1).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn after_a_failed_statement_nothing_is_committed() {
    for database in databases(Schema::SealSystem).await {
        let stamp = sealbridge_storage::seal_system::time_stamps::TimeStamp {
            serial: "0A".to_owned(),
            at: 1,
            imprint: "00".to_owned(),
            token_sm3: "00".to_owned(),
        };
        let mut tx = database.begin().await.unwrap();
        meta::set(&mut tx, "before", "the failure").await.unwrap();
        sealbridge_storage::seal_system::time_stamps::insert(&mut tx, &stamp).await.unwrap();
        let error = sealbridge_storage::seal_system::time_stamps::insert(&mut tx, &stamp).await.unwrap_err();
        assert!(error.is_unique() && !error.retryable(), "{error:?}");
        assert!(error.to_string().contains("time_stamps"), "{error}");
        assert!(matches!(tx.commit().await, Err(Error::Aborted)));
        let mut tx = database.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "before").await.unwrap(), None, "{}", database.name());
    }
}

#[tokio::test]
async fn a_reading_transaction_sees_one_state_and_cannot_write() {
    for database in databases(Schema::Platform).await {
        let mut reading = database.read().await.unwrap();
        assert_eq!(meta::get(&mut reading, "x").await.unwrap(), None);
        let mut writing = database.begin().await.unwrap();
        meta::set(&mut writing, "x", "1").await.unwrap();
        writing.commit().await.unwrap();
        assert_eq!(meta::get(&mut reading, "x").await.unwrap(), None, "{}", database.name());
        assert!(meta::set(&mut reading, "x", "2").await.is_err());
        drop(reading);
        let mut reading = database.read().await.unwrap();
        assert_eq!(meta::get(&mut reading, "x").await.unwrap().as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn in_memory_everything_is_in_one_place() {
    let database = Database::open(":memory:", &Options::new(Schema::Platform)).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    meta::set(&mut tx, "x", "1").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = database.read().await.unwrap();
    assert_eq!(meta::get(&mut tx, "x").await.unwrap().as_deref(), Some("1"));
    tx.commit().await.unwrap();
    database.close().await;
}

#[tokio::test]
async fn in_memory_nothing_goes_with_whoever_gives_up() {
    let database = Database::open(":memory:", &Options::new(Schema::Platform)).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    meta::set(&mut tx, "x", "1").await.unwrap();
    tx.commit().await.unwrap();
    for steps in 0..40 {
        let held = database.begin().await.unwrap();
        let waiting = tokio::spawn({
            let database = database.clone();
            async move { drop(database.begin().await) }
        });
        tokio::task::yield_now().await;
        drop(held);
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        drop(waiting.await);
    }
    let mut tx = database.read().await.unwrap();
    assert_eq!(meta::get(&mut tx, "x").await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn closing_waits_for_what_is_under_way() {
    for database in databases(Schema::Platform).await {
        let again = database.reopen().await;
        let mut tx = again.begin().await.unwrap();
        meta::set(&mut tx, "x", "1").await.unwrap();
        let closing = tokio::spawn({
            let again = Database::clone(&again);
            async move { again.close().await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!closing.is_finished(), "{}", database.name());
        tx.commit().await.unwrap();
        closing.await.unwrap();
        let error = again.begin().await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        let mut tx = database.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, "x").await.unwrap().as_deref(), Some("1"), "{}", database.name());
    }
}

#[tokio::test]
async fn waiting_too_long_for_the_writer_is_retryable() {
    let database = sqlite(Schema::Platform).await;
    let options = Options { acquire_timeout: Duration::from_millis(100), ..database.options().clone() };
    let hurried = Database::open(database.address(), &options).await.unwrap();
    let held = hurried.begin().await.unwrap();
    let error = hurried.begin().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)) && error.retryable(), "{error:?}");
    drop(held);
    hurried.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_replica_that_hangs_does_not_stop_the_others_for_ever() {
    let entry = NewEntry { at: 1, kind: "test", request_id: "", subject: "", payload: b"" };
    for database in databases(Schema::Platform).await {
        let options = Options { busy_timeout: Duration::from_millis(200), ..database.options().clone() };
        let other = Database::open(database.address(), &options).await.unwrap();
        let mut hanging = database.begin().await.unwrap();
        evidence::append(&mut hanging, &entry).await.unwrap();
        let attempt = async {
            let mut tx = other.begin().await?;
            evidence::append(&mut tx, &entry).await?;
            tx.commit().await
        };
        let error = tokio::time::timeout(Duration::from_secs(3), attempt).await.unwrap().unwrap_err();
        assert!(error.retryable(), "{}: {error:?}", database.name());
        drop(hanging);
        other.close().await;
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_told_apart() {
    let options = Options { acquire_timeout: Duration::from_millis(200), ..Options::new(Schema::Platform) };
    assert!(matches!(Database::open("", &options).await, Err(Error::Address(_))));
    let nobody = Database::open("postgres://nobody@127.0.0.1:1/none", &options).await.unwrap_err();
    assert!(nobody.retryable(), "{nobody:?}");
    let folder = Database::open("/nonexistent/folder/x.db", &options).await.unwrap_err();
    assert!(matches!(folder, Error::Unavailable(_)), "{folder:?}");
}
