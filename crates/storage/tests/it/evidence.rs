//! The evidence log stays one chain, and shows what was done to it.

use crate::common::{NOW, race};
use sealbridge_storage::evidence::{self, Audit, FaultKind, GENESIS, NewEntry, PAGE};
use sealbridge_storage::{Database, Schema};
use testkit::databases::{TestDatabase, databases};

fn entry(payload: &[u8]) -> NewEntry<'_> {
    NewEntry { at: NOW, kind: "seal.filed", request_id: "r1", subject: "E1", payload }
}

async fn append(database: &Database, count: usize) {
    let mut tx = database.begin().await.unwrap();
    let payloads: Vec<_> = (0..count).map(|number| format!("entry {number}").into_bytes()).collect();
    let entries: Vec<_> = payloads.iter().map(|payload| entry(payload)).collect();
    assert_eq!(evidence::append_all(&mut tx, &entries).await.unwrap().len(), count);
    tx.commit().await.unwrap();
}

async fn audit(database: &TestDatabase) -> Audit {
    evidence::audit(database, |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_chain_is_what_its_documentation_says() {
    for database in databases(Schema::Platform).await {
        let empty = audit(&database).await;
        assert!(empty.is_good() && empty.entries == 0 && empty.last_hash == GENESIS);
        let mut tx = database.begin().await.unwrap();
        let one = evidence::append(&mut tx, &entry(b"{}")).await.unwrap();
        let two = evidence::append(&mut tx, &entry(b"")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((one.seq, two.seq), (1, 2));
        // The bytes that are hashed, written down by hand from the documentation.
        let mut bytes = b"CCUA-EVIDENCE-1\n".to_vec();
        let payload = crypto_sm3(b"{}");
        let parts: [&[u8]; 7] =
            [&[0; 32], &1_i64.to_be_bytes(), &NOW.to_be_bytes(), b"seal.filed", b"r1", b"E1", &payload];
        for part in parts {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        assert_eq!(one.hash, crypto_sm3(&bytes));
        let mut tx = database.read().await.unwrap();
        let stored = evidence::find(&mut tx, 2).await.unwrap().unwrap();
        assert_eq!(stored.prev_hash, one.hash);
        assert_eq!(stored.payload.as_deref(), Some(&b""[..]), "an empty payload is not an erased one");
        assert_eq!(evidence::head(&mut tx).await.unwrap().hash, two.hash);
        assert_eq!(evidence::of_request(&mut tx, "r1").await.unwrap().len(), 2);
        assert_eq!(evidence::of_subject(&mut tx, "E1", 1, 10).await.unwrap(), [stored]);
    }
}

fn crypto_sm3(data: &[u8]) -> [u8; 32] {
    crypto::sm3::digest(data)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appending_at_once_gives_one_line() {
    for database in databases(Schema::SealSystem).await {
        let outcomes = race(&database, |database, number| async move {
            for round in 0..5 {
                let mut tx = database.begin().await.unwrap();
                let payload = format!("{number} {round}");
                evidence::append(&mut tx, &entry(payload.as_bytes())).await.unwrap();
                if round == 2 {
                    // What is undone leaves no gap.
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
            }
        })
        .await;
        assert_eq!(outcomes.len(), 8);
        let audit = audit(&database).await;
        assert!(audit.is_good(), "{}: {audit:?}", database.name());
        assert_eq!((audit.entries, audit.last_seq), (32, 32));
    }
}

#[tokio::test]
async fn every_kind_of_damage_shows_where_it_is() {
    let many = usize::try_from(PAGE).unwrap() + 20;
    let last = i64::try_from(many).unwrap();
    for database in databases(Schema::Platform).await {
        append(&database, many).await;
        assert_eq!(audit(&database).await.entries, many as u64);
        for (damage, repair, seq, kind) in [
            (
                "UPDATE evidence SET subject = 'E2' WHERE seq = 7".to_owned(),
                "UPDATE evidence SET subject = 'E1' WHERE seq = 7".to_owned(),
                7,
                FaultKind::Hash,
            ),
            (
                "UPDATE evidence SET at = at + 1 WHERE seq = 501".to_owned(),
                "UPDATE evidence SET at = at - 1 WHERE seq = 501".to_owned(),
                501,
                FaultKind::Hash,
            ),
            (
                "UPDATE evidence SET payload = payload_sm3 WHERE seq = 9".to_owned(),
                "UPDATE evidence SET payload = NULL WHERE seq = 9".to_owned(),
                9,
                FaultKind::Payload,
            ),
            (
                "UPDATE evidence_head SET seq = seq + 1".to_owned(),
                "UPDATE evidence_head SET seq = seq - 1".to_owned(),
                last + 1,
                FaultKind::Head,
            ),
            (
                format!("DELETE FROM evidence WHERE seq = {last}"),
                "SELECT 1".to_owned(),
                last,
                FaultKind::Head,
            ),
            ("DELETE FROM evidence WHERE seq = 100".to_owned(), "SELECT 1".to_owned(), 101, FaultKind::Gap),
        ] {
            database.tamper(&damage).await;
            let found = audit(&database).await;
            let fault = evidence::Fault { seq, kind };
            assert!(found.faults.contains(&fault), "{} {damage}: {:?}", database.name(), found.faults);
            database.tamper(&repair).await;
        }
        assert_eq!(audit(&database).await.fault_count, 2, "what was deleted cannot be repaired");
    }
}

#[tokio::test]
async fn swapped_and_rewritten_entries_show() {
    for database in databases(Schema::Platform).await {
        append(&database, 4).await;
        database
            .tamper("UPDATE evidence SET seq = 9 WHERE seq = 2; UPDATE evidence SET seq = 2 WHERE seq = 3; UPDATE evidence SET seq = 3 WHERE seq = 9")
            .await;
        let found = audit(&database).await;
        let kinds: Vec<_> = found.faults.iter().map(|fault| (fault.seq, fault.kind)).collect();
        assert!(kinds.contains(&(2, FaultKind::Link)) && kinds.contains(&(2, FaultKind::Hash)), "{kinds:?}");
        assert!(kinds.contains(&(3, FaultKind::Link)), "{kinds:?}");
    }
}

#[tokio::test]
async fn an_erased_payload_leaves_the_chain_whole() {
    for database in databases(Schema::Platform).await {
        append(&database, 3).await;
        let mut tx = database.begin().await.unwrap();
        assert!(evidence::erase_payload(&mut tx, 2).await.unwrap());
        assert!(!evidence::erase_payload(&mut tx, 2).await.unwrap());
        tx.commit().await.unwrap();
        let mut seen = Vec::new();
        let found = evidence::audit(&database, |entry| seen.push(entry.payload.is_some())).await.unwrap();
        assert!(found.is_good() && found.erased == 1);
        assert_eq!(seen, [true, false, true]);
    }
}
