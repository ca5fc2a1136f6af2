//! Sign ids and consents on the platform: one signature each, whoever races.

use crate::common::{NOW, at, platform_with_seal, race};
use sealbridge_storage::platform::checkpoints::{self, StoredCheckpoint};
use sealbridge_storage::platform::consent_documents;
use sealbridge_storage::platform::consents::{self, Consent, ConsentState, Passing};
use sealbridge_storage::platform::seals::{self, SealState};
use sealbridge_storage::platform::sign_ids::{self, Begin, NewSignId, Refusal, SignIdState, Signed, Use};
use sealbridge_storage::platform::signings::{self, Signing};
use sealbridge_storage::platform::{filing, seal_state};
use sealbridge_storage::{Schema, Tx};
use testkit::databases::databases;

const ID: (&str, &str) = ("A1", "s1");
const AUTH: (&str, &str) = ("A1", "a1");

async fn issue(tx: &mut Tx, seal_code: &str, sign_id: &str) -> bool {
    let new = NewSignId {
        system_app_id: "A1",
        sign_id,
        caller_app_id: "B1",
        seal_code,
        seal_version: 1,
        issued_at: NOW,
        expires_at: NOW + 100,
        request_id: "r1",
    };
    sign_ids::issue(tx, &new).await.unwrap()
}

fn using<'a>(seal_code: &'a str, fingerprint: &'a str, at: i64) -> Use<'a> {
    Use { system_app_id: "A1", sign_id: "s1", caller_app_id: "B1", seal_code, fingerprint, at }
}

fn consent(seal_code: &str, auth_id: &str) -> Consent {
    Consent {
        system_app_id: "A1".to_owned(),
        auth_id: auth_id.to_owned(),
        caller_app_id: "B1".to_owned(),
        seal_code: seal_code.to_owned(),
        state: ConsentState::Pending,
        sign_id: Some("s1".to_owned()),
        doc_hash: Some("hash".to_owned()),
        hash_type: Some(4),
        doc_name: None,
        mobile_index: Some("m".to_owned()),
        id_card_index: None,
        auth_code_sm3: None,
        auth_code_expires_at: None,
        fingerprint: None,
        applied_at: NOW,
        expires_at: NOW + 100,
        changed_at: NOW,
        apply_request_id: Some("r2".to_owned()),
        result_request_id: None,
        record: None,
        doc_hashes: None,
    }
}

fn passing(code: &str, code_expires_at: i64, at: i64) -> Passing<'_> {
    Passing { auth_code_sm3: code, code_expires_at, request_id: "r3", record: Some("v1.x"), at }
}

fn refusal(begin: consents::Begin) -> consents::Refusal {
    match begin {
        consents::Begin::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

fn consenting<'a>(seal_code: &'a str, code: &'a str, fingerprint: &'a str, at: i64) -> consents::Use<'a> {
    consents::Use {
        system_app_id: "A1",
        auth_id: "a1",
        caller_app_id: "B1",
        seal_code,
        sign_id: "s1",
        auth_code_sm3: code,
        fingerprint,
        at,
    }
}

#[tokio::test]
async fn a_sign_id_lives_once() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(issue(&mut tx, &seal, "s1").await);
        assert!(!issue(&mut tx, &seal, "s1").await, "an id seen before is refused");
        let unknown = Use { sign_id: "s9", ..using(&seal, "f", NOW) };
        assert_eq!(sign_ids::begin(&mut tx, &unknown).await.unwrap(), Begin::Refused(Refusal::Unknown));
        let stranger = Use { caller_app_id: "A1", ..using(&seal, "f", NOW) };
        assert_eq!(
            sign_ids::begin(&mut tx, &stranger).await.unwrap(),
            Begin::Refused(Refusal::BoundToAnother)
        );
        let late = sign_ids::begin(&mut tx, &using(&seal, "f", NOW + 100)).await.unwrap();
        assert_eq!(late, Begin::Refused(Refusal::Expired));
        // begun, released once, begun again, resumed after a crash, finished, retried
        assert_eq!(sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap(), Begin::Started);
        assert!(!sign_ids::release(&mut tx, ID, "other", NOW).await.unwrap());
        assert!(sign_ids::release(&mut tx, ID, "f", NOW).await.unwrap());
        assert_eq!(sign_ids::begin(&mut tx, &using(&seal, "g", NOW)).await.unwrap(), Begin::Started);
        assert!(!sign_ids::release(&mut tx, ID, "g", NOW).await.unwrap(), "once only");
        assert_eq!(sign_ids::begin(&mut tx, &using(&seal, "g", NOW + 1)).await.unwrap(), Begin::Resumed);
        let other = sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap();
        assert_eq!(other, Begin::Refused(Refusal::OtherRequest));
        assert!(!sign_ids::finish(&mut tx, ID, "f", (b"wrong", None), NOW).await.unwrap());
        assert!(sign_ids::finish(&mut tx, ID, "g", (b"sig", Some(b"stamp")), NOW + 200).await.unwrap());
        assert!(!sign_ids::finish(&mut tx, ID, "g", (b"second", None), NOW + 201).await.unwrap());
        let done = sign_ids::begin(&mut tx, &using(&seal, "g", NOW + 300)).await.unwrap();
        assert_eq!(
            done,
            Begin::Done(Signed { signature: b"sig".to_vec(), time_stamp: Some(b"stamp".to_vec()) })
        );
        let other = sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap();
        assert_eq!(other, Begin::Refused(Refusal::OtherRequest));
        assert!(!sign_ids::void(&mut tx, ID, NOW).await.unwrap(), "what is used stays used");
        assert_eq!(sign_ids::purge(&mut tx, NOW + 1000).await.unwrap(), 0, "signatures are never forgotten");
        assert!(issue(&mut tx, &seal, "s2").await);
        assert!(sign_ids::void(&mut tx, ("A1", "s2"), NOW).await.unwrap());
        assert_eq!(sign_ids::purge(&mut tx, NOW + 1000).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_requests_one_gets_the_sign_id() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(issue(&mut tx, &seal, "s1").await);
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, number| {
            let seal = seal.clone();
            async move {
                let fingerprint = format!("f{number}");
                let mut tx = database.begin().await.unwrap();
                seals::find_and_hold(&mut tx, &seal).await.unwrap().unwrap();
                let begin = sign_ids::begin(&mut tx, &using(&seal, &fingerprint, NOW)).await.unwrap();
                tx.commit().await.unwrap();
                begin
            }
        })
        .await;
        let started = outcomes.iter().filter(|begin| **begin == Begin::Started).count();
        let refused =
            outcomes.iter().filter(|begin| **begin == Begin::Refused(Refusal::OtherRequest)).count();
        assert_eq!((started, refused), (1, 7), "{}: {outcomes:?}", database.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_signatures_one_is_stored() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        issue(&mut tx, &seal, "s1").await;
        assert_eq!(sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap(), Begin::Started);
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, number| async move {
            let mut tx = database.begin().await.unwrap();
            let signature = format!("signature {number}").into_bytes();
            let stored = sign_ids::finish(&mut tx, ID, "f", (&signature, None), NOW).await.unwrap();
            tx.commit().await.unwrap();
            stored.then_some(signature)
        })
        .await;
        let stored: Vec<_> = outcomes.into_iter().flatten().collect();
        assert_eq!(stored.len(), 1, "{}", database.name());
        let mut tx = database.begin().await.unwrap();
        let again = sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap();
        assert_eq!(again, Begin::Done(Signed { signature: stored[0].clone(), time_stamp: None }));
    }
}

#[tokio::test]
async fn a_consent_is_used_for_one_request() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(consents::apply(&mut tx, &consent(&seal, "a1")).await.unwrap());
        assert!(!consents::apply(&mut tx, &consent(&seal, "a1")).await.unwrap());
        for (using, why) in [
            (consenting(&seal, "code", "f", NOW), consents::Refusal::Pending),
            (consenting(&seal, "code", "f", NOW + 100), consents::Refusal::Expired),
            (
                consents::Use { auth_id: "a9", ..consenting(&seal, "code", "f", NOW) },
                consents::Refusal::Unknown,
            ),
            (
                consents::Use { sign_id: "s2", ..consenting(&seal, "code", "f", NOW) },
                consents::Refusal::BoundToAnother,
            ),
        ] {
            assert_eq!(refusal(consents::begin(&mut tx, &using).await.unwrap()), why);
        }
        assert!(consents::pass(&mut tx, AUTH, &passing("old", NOW + 40, NOW + 5)).await.unwrap());
        assert!(consents::pass(&mut tx, AUTH, &passing("code", NOW + 50, NOW + 10)).await.unwrap());
        for (code, time) in [("old", NOW + 20), ("code", NOW + 50)] {
            let begin = consents::begin(&mut tx, &consenting(&seal, code, "f", time)).await.unwrap();
            assert_eq!(refusal(begin), consents::Refusal::Code, "{code} at {time}");
        }
        let begin = consents::begin(&mut tx, &consenting(&seal, "code", "f", NOW + 20)).await.unwrap();
        assert_eq!(begin, consents::Begin::Started);
        assert!(consents::release(&mut tx, AUTH, "f", NOW + 21).await.unwrap());
        let begin = consents::begin(&mut tx, &consenting(&seal, "code", "g", NOW + 22)).await.unwrap();
        assert_eq!(begin, consents::Begin::Started);
        let begin = consents::begin(&mut tx, &consenting(&seal, "code", "g", NOW + 90)).await.unwrap();
        assert_eq!(begin, consents::Begin::Resumed);
        let begin = consents::begin(&mut tx, &consenting(&seal, "code", "h", NOW + 23)).await.unwrap();
        assert_eq!(refusal(begin), consents::Refusal::Used);
        assert!(!consents::pass(&mut tx, AUTH, &passing("new", NOW + 99, NOW + 30)).await.unwrap());
        assert!(consents::apply(&mut tx, &consent(&seal, "a2")).await.unwrap());
        assert!(consents::close(&mut tx, ("A1", "a2"), ConsentState::Refused, NOW).await.unwrap());
        assert!(!consents::close(&mut tx, ("A1", "a2"), ConsentState::Expired, NOW).await.unwrap());
        let second = consents::Use { auth_id: "a2", ..consenting(&seal, "code", "f", NOW) };
        let begin = consents::begin(&mut tx, &second).await.unwrap();
        assert_eq!(refusal(begin), consents::Refusal::Refused);
        assert_eq!(consents::purge(&mut tx, NOW + 1000).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_requests_one_gets_the_auth_code() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        consents::apply(&mut tx, &consent(&seal, "a1")).await.unwrap();
        consents::pass(&mut tx, AUTH, &passing("code", NOW + 50, NOW)).await.unwrap();
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, number| {
            let seal = seal.clone();
            async move {
                let fingerprint = format!("f{number}");
                let mut tx = database.begin().await.unwrap();
                let begin =
                    consents::begin(&mut tx, &consenting(&seal, "code", &fingerprint, NOW)).await.unwrap();
                tx.commit().await.unwrap();
                begin
            }
        })
        .await;
        let started = outcomes.iter().filter(|begin| **begin == consents::Begin::Started).count();
        assert_eq!(started, 1, "{}: {outcomes:?}", database.name());
    }
}

#[tokio::test]
async fn a_change_of_state_cuts_off_what_is_under_way() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let filing::Filed::New(other) =
            crate::common::file_one(&mut tx, &crate::common::filing(Some("c2"), "f"), crate::common::ORIGIN)
                .await
        else {
            panic!("it is new")
        };
        for sign_id in ["s1", "s2"] {
            issue(&mut tx, &seal, sign_id).await;
        }
        issue(&mut tx, &other, "s3").await;
        for auth_id in ["a1", "a2"] {
            consents::apply(&mut tx, &consent(&seal, auth_id)).await.unwrap();
        }
        consents::pass(&mut tx, AUTH, &passing("code", NOW + 50, NOW)).await.unwrap();
        assert_eq!(sign_ids::begin(&mut tx, &using(&seal, "f", NOW)).await.unwrap(), Begin::Started);
        let disable = (SealState::Enabled, SealState::Disabled);
        let voided = seal_state::change(&mut tx, &seal, disable, None, at(NOW + 1)).await.unwrap().unwrap();
        assert_eq!((voided.sign_ids, voided.consents), (2, 2));
        assert!(
            !sign_ids::finish(&mut tx, ID, "f", (b"late", None), NOW + 2).await.unwrap(),
            "too late for the signature"
        );
        let begin = sign_ids::begin(&mut tx, &using(&seal, "f", NOW + 2)).await.unwrap();
        assert_eq!(begin, Begin::Refused(Refusal::Void));
        let begin = consents::begin(&mut tx, &consenting(&seal, "code", "f", NOW + 2)).await.unwrap();
        assert_eq!(begin, consents::Begin::Refused(consents::Refusal::Void));
        let untouched = sign_ids::find(&mut tx, "A1", "s3").await.unwrap().unwrap();
        assert_eq!(untouched.state, SignIdState::Issued, "another seal's");
        let enable = (SealState::Disabled, SealState::Enabled);
        seal_state::change(&mut tx, &seal, enable, None, at(NOW + 3)).await.unwrap().unwrap();
        let begin = sign_ids::begin(&mut tx, &using(&seal, "f", NOW + 4)).await.unwrap();
        assert_eq!(begin, Begin::Refused(Refusal::Void), "enabling brings nothing back");
        tx.commit().await.unwrap();
    }
}

/// A sign id is never handed out or used for a seal that was disabled in the meantime, in whatever order the two
/// arrive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_and_signing_do_not_pass_each_other() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let disable = (SealState::Enabled, SealState::Disabled);
        race(&database, |database, number| {
            let seal = seal.clone();
            async move {
                let mut tx = database.begin().await.unwrap();
                if number == 3 {
                    seal_state::change(&mut tx, &seal, disable, None, at(NOW + 1)).await.unwrap().unwrap();
                } else {
                    let found = seals::find_and_hold(&mut tx, &seal).await.unwrap().unwrap();
                    if found.state == SealState::Enabled {
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                        assert!(issue(&mut tx, &seal, &format!("s{number}")).await);
                    }
                }
                tx.commit().await.unwrap();
            }
        })
        .await;
        let mut tx = database.read().await.unwrap();
        for number in 0..8 {
            let left = sign_ids::find(&mut tx, "A1", &format!("s{number}")).await.unwrap();
            assert!(left.is_none_or(|id| id.state == SignIdState::Void), "{} s{number}", database.name());
        }
    }
}

#[tokio::test]
async fn each_document_of_a_consent_is_taken_once() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let batch = Consent {
            sign_id: None,
            doc_hash: None,
            doc_hashes: Some("x,y".to_owned()),
            ..consent(&seal, "a1")
        };
        assert!(consents::apply(&mut tx, &batch).await.unwrap());
        consent_documents::add(&mut tx, &batch, &["d1".to_owned(), "d2".to_owned()]).await.unwrap();
        let early =
            consent_documents::begin(&mut tx, &consenting(&seal, "code", "f1", NOW), "d1").await.unwrap();
        assert_eq!(refusal(early), consents::Refusal::Pending);
        consents::pass(&mut tx, AUTH, &passing("code", NOW + 50, NOW)).await.unwrap();
        let take = async |tx: &mut Tx, code: &str, fingerprint: &str, digest: &str| {
            consent_documents::begin(tx, &consenting(&seal, code, fingerprint, NOW + 10), digest)
                .await
                .unwrap()
        };
        assert_eq!(refusal(take(&mut tx, "other", "f1", "d1").await), consents::Refusal::Code);
        assert_eq!(take(&mut tx, "code", "f1", "d1").await, consents::Begin::Started);
        assert_eq!(take(&mut tx, "code", "f1", "d1").await, consents::Begin::Resumed);
        for digest in ["d1", "d9"] {
            let refused = take(&mut tx, "code", "f2", digest).await;
            assert_eq!(refusal(refused), consents::Refusal::BoundToAnother, "{digest}");
        }
        assert_eq!(take(&mut tx, "code", "f2", "d2").await, consents::Begin::Started);
        let state = async |tx: &mut Tx| consents::find(tx, "A1", "a1").await.unwrap().unwrap().state;
        assert_eq!(state(&mut tx).await, ConsentState::Used, "none is left");
        assert_eq!(take(&mut tx, "code", "f1", "d1").await, consents::Begin::Resumed);
        // Given back, it may be signed again.
        assert!(consent_documents::release(&mut tx, AUTH, "f2", NOW + 11).await.unwrap());
        assert!(!consent_documents::release(&mut tx, AUTH, "f2", NOW + 11).await.unwrap());
        assert_eq!(state(&mut tx).await, ConsentState::Passed);
        assert_eq!(take(&mut tx, "code", "f3", "d2").await, consents::Begin::Started);
        assert_eq!(consent_documents::purge(&mut tx, NOW + 1_000).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn signings_are_found_by_id_and_by_digest() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let signing = |system: &str, sign_id: &str, at: i64| Signing {
            system_app_id: system.to_owned(),
            sign_id: sign_id.to_owned(),
            caller_app_id: "B1".to_owned(),
            seal_code: seal.clone(),
            seal_version: 1,
            auth_id: "a1".to_owned(),
            query_request_id: None,
            apply_request_id: Some("r2".to_owned()),
            result_request_id: Some("r3".to_owned()),
            sign_request_id: "r4".to_owned(),
            signed_at: at,
        };
        let (one, two) = (signing("A1", "s1", NOW + 1), signing("A2", "s1", NOW));
        signings::add(&mut tx, &one, &["d1".to_owned(), "d2".to_owned(), "d1".to_owned()]).await.unwrap();
        signings::add(&mut tx, &two, &["d2".to_owned()]).await.unwrap();
        assert_eq!(signings::by_sign_id(&mut tx, "s1", 10).await.unwrap(), [two.clone(), one.clone()]);
        assert_eq!(signings::by_sign_id(&mut tx, "s1", 1).await.unwrap(), std::slice::from_ref(&two));
        assert_eq!(signings::by_digest(&mut tx, "d1", 10).await.unwrap(), std::slice::from_ref(&one));
        assert_eq!(signings::by_digest(&mut tx, "d2", 10).await.unwrap(), [two, one]);
        assert!(signings::by_digest(&mut tx, "d3", 10).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_checkpoint_is_stored_once_and_found_by_what_it_covers() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        let checkpoint = |number: i64, first_seq: i64, last_seq: i64| StoredCheckpoint {
            number,
            first_seq,
            last_seq,
            last_hash: vec![1; 32],
            root: vec![2; 32],
            previous: (number > 1).then(|| vec![3; 32]),
            at: NOW,
            key_id: "k".to_owned(),
            signature: "s".to_owned(),
            time_stamp: None,
        };
        assert_eq!(checkpoints::last(&mut tx).await.unwrap(), None);
        assert!(checkpoints::add(&mut tx, &checkpoint(1, 3, 5)).await.unwrap());
        assert!(!checkpoints::add(&mut tx, &checkpoint(1, 3, 9)).await.unwrap(), "another was faster");
        assert!(checkpoints::add(&mut tx, &checkpoint(2, 6, 9)).await.unwrap());
        assert_eq!(checkpoints::last(&mut tx).await.unwrap(), Some(checkpoint(2, 6, 9)));
        for (seq, number) in [(2, None), (3, Some(1)), (5, Some(1)), (6, Some(2)), (9, Some(2)), (10, None)] {
            let found = checkpoints::covering(&mut tx, seq).await.unwrap();
            assert_eq!(found.map(|one| one.number), number, "{seq}");
        }
        assert_eq!(checkpoints::behind(&mut tx, 5).await.unwrap(), [checkpoint(2, 6, 9)]);
        tx.commit().await.unwrap();
    }
}
