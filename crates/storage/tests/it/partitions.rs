//! Partitions on PostgreSQL, the same behaviour without them on SQLite, and how an old database becomes a new one.

use std::fmt::Write as _;

use sealbridge_storage::evidence::{self, NewEntry};
use sealbridge_storage::partitions::{self, Keep};
use sealbridge_storage::platform::sharing::{self, Sharing};
use sealbridge_storage::{Database, Engine, Options, Schema, checks, migrate, nonces, retention};
use testkit::databases::{TestDatabase, databases, tamper_file};

const DAY: i64 = 86_400_000;
/// 2026-06-01, in the middle of nothing.
const NOW: i64 = 1_780_272_000_000;
/// Entries of one partition of the evidence log.
const ENTRIES: i64 = 1 << 22;

/// The migrations before partitions, as they stand in the files.
const OLD: [(i64, &str, &str); 6] = [
    (1, "0001_shared", include_str!("../../migrations/0001_shared.sql")),
    (2, "0002_platform", include_str!("../../migrations/0002_platform.sql")),
    (4, "0004_platform_time_stamps", include_str!("../../migrations/0004_platform_time_stamps.sql")),
    (6, "0006_platform_routing", include_str!("../../migrations/0006_platform_routing.sql")),
    (10, "0010_platform_federation", include_str!("../../migrations/0010_platform_federation.sql")),
    (30, "0030_platform_imports", include_str!("../../migrations/0030_platform_imports.sql")),
];

async fn names(database: &Database, table: &str) -> Vec<String> {
    let mut tx = database.read().await.unwrap();
    let all = partitions::list(&mut tx).await.unwrap();
    let of_table = all.into_iter().filter(|(name, _)| *name == table).flat_map(|(_, all)| all);
    of_table.map(|one| one.name).collect()
}

async fn append(database: &Database, at: i64) {
    let entry = NewEntry { at, kind: "test", request_id: "r", subject: "s", payload: b"{}" };
    let mut tx = database.begin().await.unwrap();
    evidence::append(&mut tx, &entry).await.unwrap();
    tx.commit().await.unwrap();
}

fn shared(at: i64) -> Sharing {
    Sharing {
        request_id: format!("r{at}"),
        seal_code: "E1".to_owned(),
        receiver_app_id: "A".to_owned(),
        source_app_id: "B".to_owned(),
        fields: "userName".to_owned(),
        purpose: "test".to_owned(),
        masked: true,
        at,
    }
}

async fn share(database: &Database, sharing: &Sharing) {
    let mut tx = database.begin().await.unwrap();
    sharing::record(&mut tx, sharing).await.unwrap();
    tx.commit().await.unwrap();
}

async fn shares(database: &Database) -> Vec<i64> {
    let mut tx = database.read().await.unwrap();
    sharing::of_seal(&mut tx, "E1").await.unwrap().into_iter().map(|one| one.at).collect()
}

async fn fresh(database: &Database, time: i64) -> bool {
    let mut tx = database.begin().await.unwrap();
    let fresh = nonces::insert_if_absent(&mut tx, "A", time, 7).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

/// Whether a condition holds in the database, asked behind the product's back: the check of a table refuses it else.
async fn holds(database: &TestDatabase, condition: &str) {
    let sql = format!(
        "CREATE TABLE holds (x INTEGER CHECK (x = 1)); \
        INSERT INTO holds SELECT CASE WHEN {condition} THEN 1 ELSE 0 END; DROP TABLE holds"
    );
    database.tamper(&sql).await;
}

#[tokio::test]
async fn partitions_are_made_ahead_and_nonces_go_with_their_day() {
    for database in databases(Schema::Platform).await {
        let postgres = database.engine() == Engine::Postgres;
        // What came before its partition was made is found in it afterwards.
        assert!(fresh(&database, NOW).await);
        assert!(fresh(&database, 0).await, "an interface without a time");
        share(&database, &shared(NOW)).await;
        let replica = database.reopen().await;
        let (one, two) = tokio::join!(
            partitions::maintain(&database, NOW, i64::MIN),
            partitions::maintain(&replica, NOW, i64::MIN)
        );
        one.unwrap();
        two.unwrap();
        assert!(!fresh(&database, NOW).await && !fresh(&database, 0).await, "{}", database.name());
        assert_eq!(shares(&database).await, [NOW]);
        share(&database, &Sharing { at: NOW + 1, ..shared(NOW) }).await;
        assert_eq!(shares(&database).await, [NOW], "a repetition changes nothing");
        if postgres {
            let day = NOW / DAY;
            let wanted: Vec<String> = (day..=day + 2).map(|day| format!("nonces_{day}")).collect();
            assert_eq!(names(&database, "nonces").await, [&wanted[..], &["nonces_rest".to_owned()]].concat());
            assert_eq!(names(&database, "sharing_records").await.len(), 3);
            assert_eq!(names(&database, "evidence").await.len(), 3);
            holds(&database, &format!("(SELECT COUNT(*) FROM nonces_{day}) = 1")).await;
        }
        // Two days later the first day goes, the younger nonces stay.
        assert!(fresh(&database, NOW + 2 * DAY).await);
        let before = NOW + 2 * DAY - 1_200_000;
        partitions::maintain(&database, NOW + 2 * DAY, before).await.unwrap();
        let mut tx = database.begin().await.unwrap();
        nonces::purge(&mut tx, before).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!fresh(&database, NOW + 2 * DAY).await);
        assert!(fresh(&database, NOW).await && fresh(&database, 0).await, "{}", database.name());
        replica.close().await;
    }
}

#[tokio::test]
async fn the_evidence_log_always_has_room() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.read().await.unwrap();
        let room = partitions::room(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        if database.engine() == Engine::Sqlite {
            assert_eq!(room, None);
            continue;
        }
        assert_eq!(room, Some(3 * ENTRIES - 1));
        append(&database, NOW).await;
        // As if the first partition were full.
        let far = ENTRIES - 1;
        database
            .tamper(&format!("UPDATE evidence SET seq = {far}; UPDATE evidence_head SET seq = {far}"))
            .await;
        append(&database, NOW).await;
        holds(&database, &format!("(SELECT COUNT(*) FROM evidence_{ENTRIES}) = 1")).await;
        partitions::maintain(&database, NOW, i64::MIN).await.unwrap();
        assert_eq!(names(&database, "evidence").await.len(), 4);
        // Without room readiness says so.
        database.tamper(&format!("UPDATE evidence_head SET seq = {}", 4 * ENTRIES - 10)).await;
        let demands = checks::Demands { now: NOW, free_bytes: 0 };
        let found = checks::look(&database, demands).await;
        assert!(found.iter().any(|(name, found)| *name == "partitions" && found.is_err()), "{found:?}");
        partitions::extend_evidence(&database).await.unwrap();
        let found = checks::look(&database, demands).await;
        assert!(found.iter().all(|(name, found)| *name != "partitions" || found.is_ok()), "{found:?}");
    }
}

#[tokio::test]
async fn sharing_records_go_after_their_retention() {
    for database in databases(Schema::Platform).await {
        let old = NOW - 200 * DAY;
        partitions::maintain(&database, old, i64::MIN).await.unwrap();
        for at in [old, old + 1] {
            share(&database, &shared(at)).await;
        }
        partitions::maintain(&database, NOW, i64::MIN).await.unwrap();
        share(&database, &shared(NOW)).await;
        let forgotten = retention::sharing(&database, NOW - 100 * DAY, Keep::Detached).await.unwrap();
        assert_eq!(shares(&database).await, [NOW], "{}", database.name());
        if database.engine() == Engine::Postgres {
            assert_eq!((forgotten.rows, forgotten.partitions.len()), (0, 2));
            holds(&database, &format!("(SELECT COUNT(*) FROM {}) = 2", forgotten.partitions[0])).await;
        } else {
            assert_eq!((forgotten.rows, forgotten.partitions.len()), (2, 0));
        }
        // Still written and still found.
        share(&database, &shared(old + 2)).await;
        assert_eq!(shares(&database).await, [old + 2, NOW]);
    }
}

#[tokio::test]
async fn what_is_left_of_the_evidence_log_is_whole() {
    for database in databases(Schema::Platform).await {
        for at in 0..10 {
            append(&database, NOW + at).await;
        }
        let postgres = database.engine() == Engine::Postgres;
        if postgres {
            // A partition that ends after the sixth entry, as if it were full.
            let last = names(&database, "evidence").await;
            assert_eq!(last[0], "evidence_first");
            let rest = format!(
                "ALTER TABLE evidence DETACH PARTITION evidence_first; CREATE TABLE evidence_7 (LIKE evidence INCLUDING ALL); \
                 WITH moved AS (DELETE FROM evidence_first WHERE seq >= 7 RETURNING *) INSERT INTO evidence_7 \
                 SELECT * FROM moved; ALTER TABLE evidence ATTACH PARTITION evidence_first FOR VALUES FROM (MINVALUE) TO (7); \
                 ALTER TABLE evidence ATTACH PARTITION evidence_7 FOR VALUES FROM (7) TO ({ENTRIES})"
            );
            database.tamper(&rest).await;
        }
        let mut tx = database.begin().await.unwrap();
        assert_eq!(retention::last_to_go(&mut tx, NOW).await.unwrap(), None);
        let last = retention::last_to_go(&mut tx, NOW + 6).await.unwrap().unwrap();
        assert_eq!(last.seq, 6, "{}", database.name());
        // A partition goes as a whole or not at all.
        let partly = retention::last_to_go(&mut tx, NOW + 5).await.unwrap().map(|last| last.seq);
        assert_eq!(partly, if postgres { None } else { Some(5) });
        retention::decide(&mut tx, &last).await.unwrap();
        tx.commit().await.unwrap();
        let audit = evidence::audit(&database, |_| {}).await.unwrap();
        assert!(audit.is_good(), "in between too: {audit:?}");
        let forgotten = retention::carry_on(&database, Keep::Detached).await.unwrap();
        let gone = (forgotten.rows, forgotten.partitions.len());
        assert_eq!(gone, if postgres { (0, 1) } else { (6, 0) });
        append(&database, NOW + 20).await;
        let audit = evidence::audit(&database, |_| {}).await.unwrap();
        assert!(
            audit.is_good() && audit.floor == 6 && audit.entries == 5 && audit.last_seq == 11,
            "{audit:?}"
        );
        if postgres {
            holds(&database, "(SELECT COUNT(*) FROM evidence_first) = 6").await;
        }
        // One more that is missing shows.
        database.tamper("DELETE FROM evidence WHERE seq = 7").await;
        assert!(!evidence::audit(&database, |_| {}).await.unwrap().is_good());
    }
}

/// The SQL of a database as it was before partitions, with rows in what grows.
fn old_database(rows: i64) -> String {
    let mut sql = "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                   checksum TEXT NOT NULL);\n"
        .to_owned();
    for (version, name, text) in OLD {
        let checksum = hex::encode(crypto::sm3::digest(text.as_bytes()));
        writeln!(sql, "{text};\nINSERT INTO schema_migrations VALUES ({version}, '{name}', '{checksum}');")
            .unwrap();
    }
    sql += "INSERT INTO meta VALUES ('schema', 'platform');\n";
    for row in 0..rows {
        let at = NOW - row * DAY;
        writeln!(sql, "INSERT INTO nonces VALUES ('A', {at}, 7);").unwrap();
        let values = format!("'r{at}', 'E1', 'A', 'B', 'userName', 'test', '1', {at}");
        writeln!(sql, "INSERT INTO sharing_records VALUES ({values});").unwrap();
    }
    sql
}

#[tokio::test]
async fn an_old_database_becomes_a_new_one_with_every_row() {
    const ROWS: i64 = 150;
    for database in databases(Schema::Platform).await {
        // Entries of a real chain, taken over as SQL.
        for at in 0..ROWS {
            append(&database, NOW + at).await;
        }
        let mut tx = database.read().await.unwrap();
        let chain = evidence::after(&mut tx, 0, ROWS).await.unwrap();
        tx.commit().await.unwrap();
        let blob = |bytes: &[u8]| match database.engine() {
            Engine::Sqlite => format!("x'{}'", hex::encode(bytes)),
            Engine::Postgres => format!("'\\x{}'", hex::encode(bytes)),
        };
        let mut sql = old_database(ROWS);
        for one in &chain {
            let payload = blob(one.payload.as_deref().unwrap());
            let [digest, before, hash] =
                [&one.payload_sm3, &one.prev_hash, &one.hash].map(|bytes| blob(bytes));
            let (seq, at) = (one.seq, one.at);
            writeln!(
                sql,
                "INSERT INTO evidence VALUES ({seq}, {at}, 'test', 'r', 's', {payload}, {digest}, {before}, {hash});"
            )
            .unwrap();
        }
        let last = chain.last().unwrap();
        writeln!(sql, "INSERT INTO evidence_head VALUES (1, {}, {});", last.seq, blob(&last.hash)).unwrap();

        let address = match database.engine() {
            Engine::Sqlite => {
                let old = format!("{}.old", database.address());
                std::fs::write(&old, b"").unwrap();
                tamper_file(old.as_ref(), &sql).await;
                old
            }
            Engine::Postgres => {
                let sql = format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{sql}");
                database.tamper(&sql).await;
                database.address().to_owned()
            }
        };
        let options = Options::new(Schema::Platform);
        let new = Database::open(&address, &options).await.unwrap();
        assert!(migrate::pending(&new).await.unwrap().is_empty());
        partitions::maintain(&new, NOW, NOW - 3 * DAY).await.unwrap();
        let audit = evidence::audit(&new, |_| {}).await.unwrap();
        assert!(audit.is_good() && audit.last_seq == ROWS, "{}: {audit:?}", database.name());
        assert_eq!(i64::try_from(shares(&new).await.len()).unwrap(), ROWS);
        for row in 0..ROWS {
            assert!(!fresh(&new, NOW - row * DAY).await, "{}: nonce {row}", database.name());
        }
        append(&new, NOW + ROWS).await;
        assert!(evidence::audit(&new, |_| {}).await.unwrap().is_good());
        new.close().await;
    }
}
