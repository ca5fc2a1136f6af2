//! What a seal system keeps, on both databases.

use crate::common::{NOW, race};
use sealbridge_storage::seal_system::consent_documents;
use sealbridge_storage::seal_system::consents::{self, ConsentState, Consumed, NewConsent, Try};
use sealbridge_storage::seal_system::keys::{self, Key, KeyPurpose};
use sealbridge_storage::seal_system::outbox::{self, ItemState, Operation};
use sealbridge_storage::seal_system::owners::{self, Owner, User};
use sealbridge_storage::seal_system::seals::{self, Filter, Seal, SealState, SealVersion};
use sealbridge_storage::seal_system::sign_ids::{self, SignId, SignIdState, Use, Used};
use sealbridge_storage::seal_system::{ca, callers, jobs, otp};
use sealbridge_storage::{Schema, Tx};
use testkit::databases::{TestDatabase, databases};

fn owner() -> Owner {
    Owner {
        owner_id: "o1".to_owned(),
        owner_type: 1,
        name: "测试单位".to_owned(),
        cert_no: "91110000802100433B".to_owned(),
        cert_no_index: "index".to_owned(),
        org_code: "802100433".to_owned(),
        created_at: NOW,
    }
}

fn user(user_id: &str) -> User {
    User {
        user_id: user_id.to_owned(),
        owner_id: "o1".to_owned(),
        name: "v1.x".to_owned(),
        mobile: "v1.y".to_owned(),
        mobile_index: "m".to_owned(),
        id_card: None,
        id_card_index: None,
        created_at: NOW,
    }
}

fn seal(seal_id: &str) -> Seal {
    Seal {
        seal_id: seal_id.to_owned(),
        owner_id: "o1".to_owned(),
        code: format!("code-{seal_id}"),
        seal_code: None,
        name: "测试公章".to_owned(),
        seal_type: "01".to_owned(),
        org_code: "802100433".to_owned(),
        cert_type: 2,
        cert_number: Some("0A".to_owned()),
        ukey_id: None,
        device_id: None,
        key_id: None,
        state: SealState::Enabled,
        version: 1,
        created_at: NOW,
        changed_at: NOW,
    }
}

fn version(seal_id: &str, version: i64) -> SealVersion {
    SealVersion {
        seal_id: seal_id.to_owned(),
        version,
        es_id: format!("es-{seal_id}-{version}"),
        seal_data: vec![1, 2],
        cert: vec![3],
        picture: vec![4],
        picture_kind: "PNG".to_owned(),
        width_mm: 42,
        height_mm: 42,
        width_px: 496,
        height_px: 496,
        valid_start: NOW,
        valid_end: NOW + 1000,
        made_at: NOW + version,
    }
}

fn sign_id(id: &str) -> SignId {
    SignId {
        sign_id: id.to_owned(),
        caller_app_id: "P".to_owned(),
        origin_app_id: "B".to_owned(),
        seal_id: "x1".to_owned(),
        seal_version: 1,
        state: SignIdState::Issued,
        fingerprint: None,
        auth_id: None,
        issued_at: NOW,
        expires_at: NOW + 100,
        changed_at: NOW,
        signature: None,
    }
}

fn consent(auth_id: &str) -> NewConsent {
    NewConsent {
        auth_id: auth_id.to_owned(),
        token_sm3: format!("token-{auth_id}"),
        caller_app_id: "P".to_owned(),
        origin_app_id: "B".to_owned(),
        origin_name: "乙系统".to_owned(),
        seal_id: "x1".to_owned(),
        user_id: Some("u1".to_owned()),
        mobile: "v1.y".to_owned(),
        mobile_index: "m".to_owned(),
        id_card_index: None,
        sign_id: Some("s1".to_owned()),
        doc_hash: Some("hash".to_owned()),
        hash_type: Some(4),
        doc_name: Some("v1.z".to_owned()),
        doc_hashes: None,
        redirect_url: None,
        applied_at: NOW,
        expires_at: NOW + 100,
    }
}

async fn with_seal(database: &TestDatabase) {
    let mut tx = database.begin().await.unwrap();
    assert!(owners::insert(&mut tx, &owner()).await.unwrap());
    assert!(owners::insert_user(&mut tx, &user("u1")).await.unwrap());
    assert!(seals::insert(&mut tx, &seal("x1"), &version("x1", 1)).await.unwrap());
    tx.commit().await.unwrap();
}

fn using(fingerprint: &str, at: i64) -> Use<'_> {
    Use {
        sign_id: "s1",
        caller_app_id: "P",
        origin_app_id: "B",
        seal_id: "x1",
        auth_id: Some("a1"),
        fingerprint,
        at,
    }
}

fn consuming<'a>(code: &'a str, fingerprint: &'a str, at: i64) -> consents::Use<'a> {
    consents::Use {
        auth_id: "a1",
        caller_app_id: "P",
        origin_app_id: "B",
        seal_id: "x1",
        auth_code_sm3: code,
        fingerprint,
        at,
    }
}

#[tokio::test]
async fn owners_users_and_seals_are_kept() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let twin = Owner { owner_id: "o2".to_owned(), ..owner() };
        assert!(!owners::insert(&mut tx, &twin).await.unwrap(), "the number is known");
        assert!(owners::by_cert_no(&mut tx, 1, "index").await.unwrap().unwrap() == owner());
        assert!(owners::by_cert_no(&mut tx, 2, "index").await.unwrap().is_none());
        owners::authorise(&mut tx, "x1", "u1", NOW).await.unwrap();
        assert!(owners::users_of_seal(&mut tx, "x1").await.unwrap() == [user("u1")]);
        assert!(owners::withdraw(&mut tx, "x1", "u1", NOW).await.unwrap());
        assert!(owners::users_of_seal(&mut tx, "x1").await.unwrap().is_empty());
        owners::authorise(&mut tx, "x1", "u1", NOW).await.unwrap();
        assert_eq!(owners::users_of_seal(&mut tx, "x1").await.unwrap().len(), 1);
        assert!(!seals::insert(&mut tx, &seal("x1"), &version("x1", 1)).await.unwrap());
        assert!(seals::set_seal_code(&mut tx, "x1", "E1", NOW).await.unwrap());
        assert!(seals::set_seal_code(&mut tx, "x1", "E1", NOW).await.unwrap());
        assert!(!seals::set_seal_code(&mut tx, "x1", "E2", NOW).await.unwrap(), "a code is never replaced");
        let found = seals::by_seal_code(&mut tx, "E1").await.unwrap().unwrap();
        assert_eq!(found, Seal { seal_code: Some("E1".to_owned()), ..seal("x1") });
        let all = Filter::default();
        assert_eq!(
            seals::by_org_code(&mut tx, "802100433", &all, 9).await.unwrap(),
            std::slice::from_ref(&found)
        );
        let ukey = Filter { cert_type: Some(1), ..all };
        assert!(seals::by_org_code(&mut tx, "802100433", &ukey, 9).await.unwrap().is_empty());
        assert_eq!(seals::remake(&mut tx, &found, &version("x1", 2)).await.unwrap(), Some(2));
        assert_eq!(seals::versions(&mut tx, "x1").await.unwrap(), [version("x1", 1), version("x1", 2)]);
        assert_eq!(seals::version(&mut tx, "x1", 1).await.unwrap(), Some(version("x1", 1)));
        let gone = (SealState::Enabled, SealState::Revoked);
        assert!(seals::set_state(&mut tx, "x1", gone, NOW + 9).await.unwrap());
        assert!(!seals::set_state(&mut tx, "x1", gone, NOW + 9).await.unwrap());
        assert_eq!(seals::remake(&mut tx, &found, &version("x1", 3)).await.unwrap(), None);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_destroyed_key_is_gone() {
    for database in databases(Schema::SealSystem).await {
        let mut tx = database.begin().await.unwrap();
        let key = |key_id: &str, created_at| Key {
            key_id: key_id.to_owned(),
            purpose: KeyPurpose::Maker,
            spki: vec![1],
            private_key: Some(vec![2, 0, 255]),
            cert: None,
            cert_number: None,
            created_at,
            destroyed_at: None,
        };
        assert!(keys::insert(&mut tx, &key("k1", NOW)).await.unwrap());
        assert!(keys::insert(&mut tx, &key("k2", NOW + 1)).await.unwrap());
        assert!(!keys::insert(&mut tx, &key("k2", NOW + 2)).await.unwrap());
        assert!(keys::set_cert(&mut tx, "k2", &[9], "0A").await.unwrap());
        assert_eq!(keys::newest(&mut tx, KeyPurpose::Maker).await.unwrap().unwrap().key_id, "k2");
        assert!(keys::destroy(&mut tx, "k2", NOW + 5).await.unwrap());
        assert!(!keys::destroy(&mut tx, "k2", NOW + 6).await.unwrap());
        let gone = keys::find(&mut tx, "k2").await.unwrap().unwrap();
        assert!(
            gone.private_key.is_none() && gone.cert == Some(vec![9]) && gone.destroyed_at == Some(NOW + 5)
        );
        assert_eq!(keys::newest(&mut tx, KeyPurpose::Maker).await.unwrap().unwrap().key_id, "k1");
        assert_eq!(keys::of_purpose(&mut tx, KeyPurpose::Maker).await.unwrap().len(), 2);
        assert!(keys::newest(&mut tx, KeyPurpose::Ca).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_signatures_one_leaves_the_house() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        sign_ids::issue(&mut tx, &sign_id("s1")).await.unwrap();
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, number| async move {
            let mut tx = database.begin().await.unwrap();
            let signature = format!("signature {number}").into_bytes();
            let used = sign_ids::use_once(&mut tx, &using("f", NOW), &signature).await.unwrap();
            tx.commit().await.unwrap();
            match used {
                Used::Stored => (true, signature),
                Used::Before(stored) => (false, stored),
                Used::Refused => panic!("the same request is never refused"),
            }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|(stored, _)| *stored).count(), 1, "{}", database.name());
        let mut given: Vec<_> = outcomes.into_iter().map(|(_, signature)| signature).collect();
        given.dedup();
        assert_eq!(given.len(), 1, "all were given the same signature");
        let mut tx = database.begin().await.unwrap();
        for other in [
            Use { origin_app_id: "C", ..using("f", NOW) },
            Use { auth_id: Some("a2"), ..using("f", NOW) },
            Use { sign_id: "s9", ..using("f", NOW) },
            using("g", NOW),
        ] {
            assert_eq!(
                sign_ids::use_once(&mut tx, &other, b"other").await.unwrap(),
                Used::Refused,
                "{other:?}"
            );
        }
        assert!(sign_ids::signed_before(&mut tx, &using("f", NOW + 500)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn sign_ids_end_and_are_voided() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        sign_ids::issue(&mut tx, &sign_id("s1")).await.unwrap();
        assert_eq!(
            sign_ids::use_once(&mut tx, &using("f", NOW + 100), b"late").await.unwrap(),
            Used::Refused
        );
        consents::insert(&mut tx, &consent("a1")).await.unwrap();
        let off = (SealState::Enabled, SealState::Disabled);
        assert!(seals::set_state(&mut tx, "x1", off, NOW + 1).await.unwrap());
        assert_eq!(sign_ids::use_once(&mut tx, &using("f", NOW + 1), b"off").await.unwrap(), Used::Refused);
        assert_eq!(sign_ids::find(&mut tx, "s1").await.unwrap().unwrap().state, SignIdState::Void);
        assert_eq!(consents::find(&mut tx, "a1").await.unwrap().unwrap().state, ConsentState::Void);
        assert_eq!(sign_ids::purge(&mut tx, NOW + 1000).await.unwrap(), 1);
        assert_eq!(consents::purge(&mut tx, NOW + 1000).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

async fn passed(tx: &mut Tx) {
    consents::insert(tx, &consent("a1")).await.unwrap();
    assert!(consents::pass(tx, "a1", ("sealed", "code"), NOW + 50, NOW + 5).await.unwrap());
}

#[tokio::test]
async fn a_consent_session_takes_its_course() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        consents::insert(&mut tx, &consent("a1")).await.unwrap();
        let found = consents::by_token(&mut tx, "token-a1").await.unwrap().unwrap();
        assert!(found.auth_id == "a1" && found.state == ConsentState::Pending);
        assert!(consents::open(&mut tx, "a1", "cookie", "127.0.0.1", NOW + 1).await.unwrap());
        assert!(
            !consents::open(&mut tx, "a1", "thief", "10.0.0.1", NOW + 2).await.unwrap(),
            "one browser only"
        );
        assert_eq!(consents::try_otp(&mut tx, "a1", 2, NOW + 2).await.unwrap(), Try::Dead, "no code is out");
        let times = (NOW + 3, NOW + 60);
        assert!(consents::set_otp(&mut tx, "a1", "hmac", times, NOW).await.unwrap());
        assert!(
            !consents::set_otp(&mut tx, "a1", "again", (NOW + 4, NOW + 61), NOW).await.unwrap(),
            "too soon"
        );
        let tries = [Try::Compare, Try::Compare, Try::Dead];
        for wanted in tries {
            assert_eq!(consents::try_otp(&mut tx, "a1", 2, NOW + 5).await.unwrap(), wanted);
        }
        assert!(consents::set_otp(&mut tx, "a1", "new", (NOW + 30, NOW + 40), NOW + 10).await.unwrap());
        assert_eq!(
            consents::try_otp(&mut tx, "a1", 2, NOW + 40).await.unwrap(),
            Try::Dead,
            "its time is over"
        );
        assert_eq!(consents::try_otp(&mut tx, "a1", 2, NOW + 39).await.unwrap(), Try::Compare);
        assert!(consents::pass(&mut tx, "a1", ("sealed", "code"), NOW + 80, NOW + 41).await.unwrap());
        assert!(
            !consents::close(&mut tx, "a1", ConsentState::Refused, NOW + 42).await.unwrap(),
            "it is decided"
        );
        for (using, wanted) in [
            (consuming("wrong", "f", NOW + 50), Consumed::Refused),
            (consents::Use { origin_app_id: "C", ..consuming("code", "f", NOW + 50) }, Consumed::Refused),
            (consuming("code", "f", NOW + 80), Consumed::Refused),
            (consuming("code", "f", NOW + 50), Consumed::Now),
            (consuming("code", "f", NOW + 90), Consumed::Before),
            (consuming("code", "g", NOW + 50), Consumed::Refused),
        ] {
            assert_eq!(consents::consume(&mut tx, &using).await.unwrap(), wanted, "{using:?}");
        }
        let done = consents::find(&mut tx, "a1").await.unwrap().unwrap();
        assert!(done.auth_code.is_none() && done.otp_hmac.is_none(), "no code is kept longer than needed");
        consents::insert(&mut tx, &consent("a2")).await.unwrap();
        assert_eq!(consents::expire(&mut tx, NOW + 100).await.unwrap(), 1);
        assert!(!consents::pass(&mut tx, "a2", ("c", "c"), NOW + 200, NOW + 101).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_uses_one_consumes_the_auth_code() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        passed(&mut tx).await;
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, number| async move {
            let fingerprint = format!("f{number}");
            let mut tx = database.begin().await.unwrap();
            let consumed =
                consents::consume(&mut tx, &consuming("code", &fingerprint, NOW + 10)).await.unwrap();
            tx.commit().await.unwrap();
            consumed
        })
        .await;
        let won = outcomes.iter().filter(|one| **one == Consumed::Now).count();
        let lost = outcomes.iter().filter(|one| **one == Consumed::Refused).count();
        assert_eq!((won, lost), (1, 7), "{}", database.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_guesses_do_not_exceed_the_tries() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        consents::insert(&mut tx, &consent("a1")).await.unwrap();
        assert!(consents::set_otp(&mut tx, "a1", "hmac", (NOW, NOW + 50), NOW).await.unwrap());
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, _| async move {
            let mut tx = database.begin().await.unwrap();
            let outcome = consents::try_otp(&mut tx, "a1", 5, NOW + 1).await.unwrap();
            tx.commit().await.unwrap();
            outcome
        })
        .await;
        let allowed = outcomes.iter().filter(|one| **one == Try::Compare).count();
        assert_eq!(allowed, 5, "{}", database.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outbox_gives_each_item_to_one_sender_in_order() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(seals::insert(&mut tx, &seal("x2"), &version("x2", 1)).await.unwrap());
        outbox::add(&mut tx, "i1", ("x1", 1), Operation::File, NOW).await.unwrap();
        outbox::add(&mut tx, "i2", ("x1", 1), Operation::Disable, NOW + 1).await.unwrap();
        outbox::add(&mut tx, "i3", ("x2", 1), Operation::File, NOW + 1).await.unwrap();
        assert!(outbox::claim(&mut tx, NOW - 1, NOW + 10, 9).await.unwrap().is_empty(), "nothing is due");
        tx.commit().await.unwrap();
        let outcomes = race(&database, |database, _| async move {
            let mut tx = database.begin().await.unwrap();
            let items = outbox::claim(&mut tx, NOW + 2, NOW + 10, 9).await.unwrap();
            tx.commit().await.unwrap();
            items.into_iter().map(|item| item.item_id).collect::<Vec<_>>()
        })
        .await;
        let mut claimed = outcomes.concat();
        claimed.sort();
        assert_eq!(claimed, ["i1", "i3"], "{}: each once, and i2 waits for i1", database.name());
        let mut tx = database.begin().await.unwrap();
        assert!(outbox::settle(&mut tx, "i1", ItemState::Filed, "0", NOW + 3).await.unwrap());
        assert!(!outbox::settle(&mut tx, "i1", ItemState::Failed, "x", NOW + 3).await.unwrap());
        assert!(outbox::postpone(&mut tx, "i3", NOW + 50, "60001", NOW + 3).await.unwrap());
        let next = outbox::claim(&mut tx, NOW + 4, NOW + 20, 9).await.unwrap();
        assert_eq!(next.iter().map(|item| item.item_id.as_str()).collect::<Vec<_>>(), ["i2"]);
        // The sender died: after the lease the item is due again.
        let again = outbox::claim(&mut tx, NOW + 20, NOW + 30, 9).await.unwrap();
        assert_eq!((again[0].item_id.as_str(), again[0].attempts), ("i2", 2));
        assert!(outbox::settle(&mut tx, "i2", ItemState::Failed, "30005", NOW + 21).await.unwrap());
        assert_eq!(outbox::open_count(&mut tx).await.unwrap(), 1);
        assert!(outbox::retry(&mut tx, "i2", NOW + 22).await.unwrap());
        let states: Vec<_> =
            outbox::of_seal(&mut tx, "x1").await.unwrap().into_iter().map(|item| item.state).collect();
        assert_eq!(states, [ItemState::Filed, ItemState::Pending]);
    }
}

#[tokio::test]
async fn callers_and_their_keys() {
    for database in databases(Schema::SealSystem).await {
        let mut tx = database.begin().await.unwrap();
        let mut caller = callers::Caller {
            app_id: "P".to_owned(),
            name: "平台".to_owned(),
            base_url: "http://127.0.0.1:1".to_owned(),
            state: callers::CallerState::Active,
            created_at: NOW,
        };
        callers::put(&mut tx, &caller).await.unwrap();
        caller.state = callers::CallerState::Suspended;
        callers::put(&mut tx, &caller).await.unwrap();
        assert_eq!(callers::find(&mut tx, "P").await.unwrap(), Some(caller.clone()));
        assert_eq!(callers::list(&mut tx).await.unwrap(), [caller]);
        let key = callers::CallerKey {
            key_id: "k".to_owned(),
            app_id: "P".to_owned(),
            spki: vec![1],
            not_before: NOW,
            not_after: NOW + 10,
            revoked_at: None,
            created_at: NOW,
        };
        assert!(callers::add_key(&mut tx, &key).await.unwrap());
        assert!(!callers::add_key(&mut tx, &key).await.unwrap());
        assert_eq!(callers::usable_keys(&mut tx, "P", NOW + 10).await.unwrap(), [key]);
        assert!(callers::usable_keys(&mut tx, "P", NOW + 11).await.unwrap().is_empty());
        assert!(callers::revoke_key(&mut tx, "k", NOW).await.unwrap());
        assert!(callers::usable_keys(&mut tx, "P", NOW).await.unwrap().is_empty());
        assert_eq!(callers::find_key(&mut tx, "k").await.unwrap().unwrap().revoked_at, Some(NOW));
    }
}

#[tokio::test]
async fn documents_go_on_where_they_were() {
    for database in databases(Schema::SealSystem).await {
        let mut tx = database.begin().await.unwrap();
        let document = vec![0_u8, 255, 7];
        let new = jobs::NewJob {
            job_id: "j1",
            file_name: "v1.f",
            document: &document,
            created_at: NOW,
            expires_at: NOW + 100,
            detail: None,
            batch: Some(("b1", 2)),
        };
        jobs::insert(&mut tx, &new).await.unwrap();
        let earlier = jobs::NewJob { job_id: "j2", batch: Some(("b1", 1)), detail: Some("v1.d"), ..new };
        jobs::insert(&mut tx, &earlier).await.unwrap();
        jobs::insert(&mut tx, &jobs::NewJob { job_id: "j3", batch: None, ..new }).await.unwrap();
        tx.commit().await.unwrap();
        let again = database.reopen().await;
        let mut tx = again.begin().await.unwrap();
        let mut job = jobs::find(&mut tx, "j1").await.unwrap().unwrap();
        assert!(job.document == document && job.state == jobs::JobState::Opened);
        job.state = jobs::JobState::Prepared;
        job.prepared = Some(vec![5]);
        job.changed_at = NOW + 1;
        assert!(jobs::update(&mut tx, &job).await.unwrap());
        assert!(!jobs::update(&mut tx, &job).await.unwrap(), "of two changes at once one is refused");
        let recent = jobs::recent(&mut tx, 5).await.unwrap();
        assert!(recent.len() == 3 && recent[0].state == jobs::JobState::Prepared);
        assert_eq!(jobs::of_batch(&mut tx, "b1").await.unwrap(), ["j2", "j1"]);
        let mut other = jobs::find(&mut tx, "j2").await.unwrap().unwrap();
        assert_eq!((other.batch_id.as_deref(), other.detail.as_deref()), (Some("b1"), Some("v1.d")));
        other.batch_id = None;
        assert!(jobs::update(&mut tx, &other).await.unwrap());
        assert_eq!(jobs::of_batch(&mut tx, "b1").await.unwrap(), ["j1"], "one may leave");
        assert_eq!(jobs::purge(&mut tx, NOW + 101).await.unwrap(), 3);
        assert!(jobs::find(&mut tx, "j1").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_authority_remembers_what_it_issued() {
    for database in databases(Schema::SealSystem).await {
        let mut tx = database.begin().await.unwrap();
        let cert = ca::IssuedCertificate {
            cert_number: "0A".to_owned(),
            issuer: "ca1".to_owned(),
            cert: vec![1],
            issued_at: NOW,
            not_after: NOW + 10,
            revoked_at: None,
            reason: None,
        };
        ca::insert(&mut tx, &cert).await.unwrap();
        assert!(ca::revoked(&mut tx, "ca1").await.unwrap().is_empty());
        assert!(ca::revoke(&mut tx, "0A", NOW + 1, 1).await.unwrap());
        assert!(!ca::revoke(&mut tx, "0A", NOW + 2, 4).await.unwrap());
        let gone = ca::IssuedCertificate { revoked_at: Some(NOW + 1), reason: Some(1), ..cert };
        assert_eq!(ca::revoked(&mut tx, "ca1").await.unwrap(), std::slice::from_ref(&gone));
        assert_eq!(ca::find(&mut tx, "0A").await.unwrap(), Some(gone.clone()));
        assert_eq!(ca::list(&mut tx).await.unwrap(), [gone]);
        for number in 1..=2 {
            assert_eq!(ca::next_crl_number(&mut tx, "ca1").await.unwrap(), number);
            let crl = ca::IssuedCrl {
                issuer: "ca1".to_owned(),
                number,
                crl: vec![2],
                this_update: NOW,
                next_update: NOW + 1,
            };
            ca::insert_crl(&mut tx, &crl).await.unwrap();
        }
        assert_eq!(ca::newest_crl(&mut tx, "ca1").await.unwrap().unwrap().number, 2);
        assert_eq!(ca::next_crl_number(&mut tx, "ca2").await.unwrap(), 1);
        otp::record(&mut tx, "a1", "m", NOW).await.unwrap();
        otp::record(&mut tx, "a1", "m", NOW + 5).await.unwrap();
        assert_eq!(otp::count_since(&mut tx, "m", NOW + 1).await.unwrap(), 1);
        assert_eq!(otp::count_since(&mut tx, "m", 0).await.unwrap(), 2);
        assert_eq!(otp::purge(&mut tx, NOW + 1).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn each_document_of_a_consent_is_consumed_once() {
    for database in databases(Schema::SealSystem).await {
        with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let batch =
            NewConsent { sign_id: None, doc_hash: None, doc_hashes: Some("x,y".to_owned()), ..consent("a1") };
        consents::insert(&mut tx, &batch).await.unwrap();
        let documents = [("d1".to_owned(), Some("v1.n".to_owned())), ("d2".to_owned(), None)];
        consent_documents::add(&mut tx, "a1", &documents).await.unwrap();
        let using = |fingerprint: &'static str| consents::Use {
            auth_id: "a1",
            caller_app_id: "P",
            origin_app_id: "B",
            seal_id: "x1",
            auth_code_sm3: "code",
            fingerprint,
            at: NOW + 10,
        };
        let pending = consent_documents::consume(&mut tx, &using("f1"), "d1").await.unwrap();
        assert_eq!(pending, consents::Consumed::Refused, "nobody has agreed");
        assert!(consents::pass(&mut tx, "a1", ("v1.c", "code"), NOW + 50, NOW + 5).await.unwrap());
        for (fingerprint, digest, expected) in [
            ("f1", "d1", consents::Consumed::Now),
            ("f2", "d1", consents::Consumed::Refused),
            ("f2", "d9", consents::Consumed::Refused),
        ] {
            let consumed = consent_documents::consume(&mut tx, &using(fingerprint), digest).await.unwrap();
            assert_eq!(consumed, expected, "{digest} for {fingerprint}");
        }
        let state = consents::find(&mut tx, "a1").await.unwrap().unwrap().state;
        assert_eq!(state, consents::ConsentState::Passed, "one is left");
        let last = consent_documents::consume(&mut tx, &using("f2"), "d2").await.unwrap();
        assert_eq!(last, consents::Consumed::Now);
        let used = consents::find(&mut tx, "a1").await.unwrap().unwrap();
        assert_eq!((used.state, used.auth_code), (consents::ConsentState::Consumed, None));
        let listed = consent_documents::of_consent(&mut tx, "a1").await.unwrap();
        let listed: Vec<_> = listed.iter().map(|one| (one.number, one.fingerprint.as_deref())).collect();
        assert_eq!(listed, [(1, Some("f1")), (2, Some("f2"))]);
        // What was consumed is kept; a list that came to nothing goes with its consent.
        consents::insert(&mut tx, &NewConsent { token_sm3: "t2".to_owned(), ..consent("a2") }).await.unwrap();
        consent_documents::add(&mut tx, "a2", &documents).await.unwrap();
        assert_eq!(consent_documents::purge(&mut tx, NOW + 1_000).await.unwrap(), 2);
        assert_eq!(consents::purge(&mut tx, NOW + 1_000).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
