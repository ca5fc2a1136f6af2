//! Systems, keys, filings, versions and states on the platform, on both databases.

use crate::common::{NOW, ORIGIN, at, code, content, file_one, filing, platform_with_seal, race, system};
use sealbridge_storage::platform::filing::{self, Changed, Filed};
use sealbridge_storage::platform::seals::{self, Filter, SealState};
use sealbridge_storage::platform::system_keys::{self, KeyState, SystemKey};
use sealbridge_storage::platform::systems::{self, GrantKind, SystemState};
use sealbridge_storage::platform::{downloads, keys, seal_state, sharing, trust};
use sealbridge_storage::{Error, Schema, nonces};
use testkit::databases::databases;

#[tokio::test]
async fn systems_move_and_remember() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        let mut one = system("A1", "AAAA");
        assert!(systems::insert(&mut tx, &one, "admin").await.unwrap());
        assert!(!systems::insert(&mut tx, &one, "admin").await.unwrap(), "the appId is taken");
        assert!(
            !systems::insert(&mut tx, &system("A2", "AAAA"), "admin").await.unwrap(),
            "the code is taken"
        );
        let step = (SystemState::Online, SystemState::Suspended);
        assert!(systems::set_state(&mut tx, "A1", step, NOW + 1, ("sec", Some("密钥泄露"))).await.unwrap());
        assert!(!systems::set_state(&mut tx, "A1", step, NOW + 2, ("sec", None)).await.unwrap());
        one.dest_host = Some("https://seal.example.com".to_owned());
        one.personal_data = true;
        one.changed_at = NOW + 3;
        assert!(systems::update(&mut tx, &one).await.unwrap());
        for (kind, value) in [(GrantKind::Address, "10.0.0.0/8"), (GrantKind::Interface, "seal_filing")] {
            systems::grant(&mut tx, "A1", kind, value).await.unwrap();
            systems::grant(&mut tx, "A1", kind, value).await.unwrap();
        }
        assert!(systems::withdraw(&mut tx, "A1", GrantKind::Interface, "seal_filing").await.unwrap());
        tx.commit().await.unwrap();

        let mut tx = database.read().await.unwrap();
        one.state = SystemState::Suspended;
        one.version = 2;
        assert_eq!(systems::find(&mut tx, "A1").await.unwrap(), Some(one.clone()));
        assert_eq!(systems::list(&mut tx).await.unwrap(), [one]);
        let history = systems::history(&mut tx, "A1").await.unwrap();
        assert_eq!(history.len(), 2);
        assert_eq!((history[0].from_state.as_deref(), history[0].to_state), (None, SystemState::Online));
        assert_eq!(history[1].reason.as_deref(), Some("密钥泄露"));
        let grants = systems::grants(&mut tx, "A1").await.unwrap();
        assert_eq!(grants.len(), 1);
        assert_eq!((grants[0].kind, grants[0].value.as_str()), (GrantKind::Address, "10.0.0.0/8"));
    }
}

#[tokio::test]
async fn a_key_serves_one_system_and_ends() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let key = SystemKey {
            key_id: "k1".to_owned(),
            app_id: "A1".to_owned(),
            spki: vec![0, 1, 255],
            spki_sm3: "aa".to_owned(),
            cert: None,
            not_before: NOW,
            not_after: NOW + 100,
            state: KeyState::Pending,
            created_at: NOW,
            revoked_at: None,
            reason: None,
        };
        assert!(system_keys::insert(&mut tx, &key).await.unwrap());
        let stolen = SystemKey { key_id: "k2".to_owned(), app_id: "B1".to_owned(), ..key.clone() };
        assert!(!system_keys::insert(&mut tx, &stolen).await.unwrap(), "the public key is A1's");
        assert!(system_keys::usable(&mut tx, "A1", NOW).await.unwrap().is_empty(), "nobody approved it");
        assert!(system_keys::activate(&mut tx, "k1").await.unwrap());
        assert!(system_keys::retire(&mut tx, "k1", NOW + 50).await.unwrap());
        assert!(!system_keys::retire(&mut tx, "k1", NOW + 90).await.unwrap(), "a life is never prolonged");
        for (time, usable) in [(NOW - 1, 0), (NOW, 1), (NOW + 50, 1), (NOW + 51, 0)] {
            assert_eq!(system_keys::usable(&mut tx, "A1", time).await.unwrap().len(), usable, "{time}");
        }
        assert!(system_keys::revoke(&mut tx, "k1", NOW + 2, "lost").await.unwrap());
        assert!(!system_keys::revoke(&mut tx, "k1", NOW + 3, "again").await.unwrap());
        assert!(system_keys::usable(&mut tx, "A1", NOW).await.unwrap().is_empty());
        let found = system_keys::find(&mut tx, "k1").await.unwrap().unwrap();
        assert_eq!((found.state, found.revoked_at), (KeyState::Revoked, Some(NOW + 2)));
        assert_eq!(found.spki, [0, 1, 255]);
        assert_eq!(system_keys::of_system(&mut tx, "A1").await.unwrap(), [found]);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn filing_is_idempotent() {
    for database in databases(Schema::Platform).await {
        let first = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let again = filing(Some("c1"), "f1");
        assert_eq!(file_one(&mut tx, &again, at(NOW + 5)).await, Filed::Same(first.clone()));
        assert_eq!(
            file_one(&mut tx, &filing(Some("c1"), "f2"), at(NOW + 5)).await,
            Filed::Different(first.clone())
        );
        assert_eq!(filing::look_up(&mut tx, &filing(Some("c2"), "f1"), 0).await.unwrap(), None);
        // Without a code of its own a filing is recognised by its natural key, within the window.
        let Filed::New(natural) = file_one(&mut tx, &filing(None, "f3"), ORIGIN).await else {
            panic!("it is new")
        };
        assert_eq!(natural, code(2).unwrap(), "repetitions have used no number");
        assert_eq!(file_one(&mut tx, &filing(None, "f3"), ORIGIN).await, Filed::Same(natural.clone()));
        let later = filing::file(&mut tx, &filing(None, "f3"), ORIGIN, NOW + 1, code).await.unwrap();
        assert_eq!(later, Filed::New(code(3).unwrap()), "outside the window it is another filing");
        // A retry of the filing is still one after the content has changed.
        let changed = filing::change(&mut tx, ("A1", &first), 3, &content("f9"), at(NOW + 6)).await.unwrap();
        assert_eq!(changed, Changed::New(2));
        assert_eq!(file_one(&mut tx, &again, at(NOW + 7)).await, Filed::Same(first.clone()));
        // Revoked for good: the same code is a new seal.
        let revoke = (SealState::Enabled, SealState::Revoked);
        seal_state::change(&mut tx, &first, revoke, None, at(NOW + 8)).await.unwrap().unwrap();
        assert_eq!(file_one(&mut tx, &again, at(NOW + 9)).await, Filed::New(code(4).unwrap()));
        tx.commit().await.unwrap();
        let mut tx = database.read().await.unwrap();
        let newest = seals::by_code(&mut tx, "A1", "c1").await.unwrap().unwrap();
        assert_eq!(newest.seal_code, code(4).unwrap());
    }
}

#[tokio::test]
async fn a_filing_that_cannot_get_its_code_leaves_nothing() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let full = |_: i64| Err(Error::Corrupt("no number left".to_owned()));
        let error = filing::file(&mut tx, &filing(Some("c2"), "f"), ORIGIN, 0, full).await.unwrap_err();
        assert!(matches!(error, Error::Corrupt(_)));
        drop(tx);
        let mut tx = database.begin().await.unwrap();
        assert_eq!(
            file_one(&mut tx, &filing(Some("c3"), "f"), ORIGIN).await,
            Filed::New(code(2).unwrap()),
            "the number was given back"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_filings_at_once_give_one_seal() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        for (seal, wanted) in [(Some("c2"), code(2).unwrap()), (None, code(3).unwrap())] {
            let filing = filing(seal, "same");
            let outcomes = race(&database, |database, _| {
                let filing = filing.clone();
                async move {
                    let mut tx = database.begin().await.unwrap();
                    let filed = file_one(&mut tx, &filing, ORIGIN).await;
                    tx.commit().await.unwrap();
                    filed
                }
            })
            .await;
            let new = outcomes.iter().filter(|filed| **filed == Filed::New(wanted.clone())).count();
            let same = outcomes.iter().filter(|filed| **filed == Filed::Same(wanted.clone())).count();
            assert_eq!((new, same), (1, 7), "{}: {outcomes:?}", database.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_filings_at_once_get_numbers_without_gaps() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        let mut outcomes = race(&database, |database, number| async move {
            let mut tx = database.begin().await.unwrap();
            let filed = file_one(&mut tx, &filing(Some(&format!("n{number}")), "f"), ORIGIN).await;
            tx.commit().await.unwrap();
            let Filed::New(code) = filed else { panic!("{filed:?}") };
            code
        })
        .await;
        outcomes.sort();
        let wanted: Vec<_> = (2..10).map(|number| code(number).unwrap()).collect();
        assert_eq!(outcomes, wanted, "{}", database.name());
    }
}

#[tokio::test]
async fn extending_and_changing_make_versions() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let mut extended = content("g1");
        extended.valid_end = Some(NOW + 9000);
        let change = |biz_type, app_id| (biz_type, app_id);
        for ((biz_type, app_id), wanted) in [
            (change(2, "B1"), Changed::Refused),
            (change(2, "A1"), Changed::New(2)),
            (change(2, "A1"), Changed::Same(2)),
            (change(3, "A1"), Changed::New(3)),
        ] {
            let origin = at(NOW + 10 * biz_type);
            let done = filing::change(&mut tx, (app_id, &seal), biz_type, &extended, origin).await.unwrap();
            assert_eq!(done, wanted, "{biz_type} by {app_id}");
        }
        let unknown = filing::change(&mut tx, ("A1", "E1X"), 2, &extended, ORIGIN).await.unwrap();
        assert_eq!(unknown, Changed::Refused);
        let now = seals::find(&mut tx, &seal).await.unwrap().unwrap();
        assert_eq!((now.version, now.valid_end, now.changed_at), (3, Some(NOW + 9000), NOW + 30));
        assert_eq!(now.possessor, "测试单位");
        let versions = seals::versions(&mut tx, &seal).await.unwrap();
        assert_eq!(versions.iter().map(|one| one.biz_type).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(versions[0].seal_data.as_deref(), Some(&[1, 2, 3][..]));
        let then = seals::version_at(&mut tx, &seal, NOW + 25).await.unwrap().unwrap();
        assert_eq!(then, versions[1]);
        assert_eq!(seals::version_at(&mut tx, &seal, NOW - 1).await.unwrap(), None);
        assert_eq!(seals::version(&mut tx, &seal, 1).await.unwrap().as_ref(), Some(&versions[0]));
        let by_old_es_id = seals::by_es_id(&mut tx, "es-f1").await.unwrap().unwrap();
        assert_eq!(by_old_es_id.seal_code, seal);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_state_at_a_time_is_remembered() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        let (on, off, gone) = (SealState::Enabled, SealState::Disabled, SealState::Revoked);
        for (step, time, moved) in [
            ((on, off), NOW + 10, true),
            ((on, off), NOW + 11, false),
            ((off, on), NOW + 20, true),
            ((on, gone), NOW + 30, true),
            ((on, off), NOW + 40, false),
        ] {
            let done = seal_state::change(&mut tx, &seal, step, Some("因"), at(time)).await.unwrap();
            assert_eq!(done.is_some(), moved, "{step:?} at {time}");
        }
        for (time, state) in [
            (NOW - 1, None),
            (NOW, Some(on)),
            (NOW + 10, Some(off)),
            (NOW + 19, Some(off)),
            (NOW + 25, Some(on)),
            (NOW + 99, Some(gone)),
        ] {
            let then = seal_state::state_at(&mut tx, &seal, time).await.unwrap();
            assert_eq!(then.map(|change| change.to_state), state, "{time}");
        }
        assert_eq!(seal_state::history(&mut tx, &seal).await.unwrap().len(), 4);
        let refused = filing::change(&mut tx, ("A1", &seal), 2, &content("g"), ORIGIN).await.unwrap();
        assert_eq!(refused, Changed::Refused, "a revoked seal is not extended");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn seals_are_found_by_owner_and_page() {
    for database in databases(Schema::Platform).await {
        platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        for number in 2..=5 {
            let mut new = filing(Some(&format!("c{number}")), "f");
            new.seal_type = format!("0{number}");
            new.content.cert_type = number % 2 + 1;
            file_one(&mut tx, &new, ORIGIN).await;
        }
        let all = Filter::default();
        let found = |list: Vec<seals::Seal>| list.into_iter().map(|one| one.seal_type).collect::<Vec<_>>();
        let five = ["01", "02", "03", "04", "05"];
        assert_eq!(found(seals::by_possessor(&mut tx, "index", &all, 10).await.unwrap()), five);
        assert_eq!(found(seals::by_org_code(&mut tx, "802100433", &all, 10).await.unwrap()), five);
        assert_eq!(found(seals::by_org_code(&mut tx, "802100433", &all, 2).await.unwrap()), five[..2]);
        assert!(seals::by_possessor(&mut tx, "other", &all, 10).await.unwrap().is_empty());
        for (filter, wanted) in [
            (Filter { seal_type: Some("03"), ..all }, &["03"][..]),
            (Filter { cert_type: Some(1), ..all }, &["02", "04"]),
            (Filter { cert_number: Some("0A1B"), cert_type: Some(2), ..all }, &["01", "03", "05"]),
            (Filter { ukey_id: Some("U1"), ..all }, &[]),
        ] {
            let list = seals::by_possessor(&mut tx, "index", &filter, 10).await.unwrap();
            assert_eq!(found(list), wanted, "{filter:?}");
        }
        let page = seals::page(&mut tx, Some("A1"), &code(3).unwrap(), 10).await.unwrap();
        assert_eq!(found(page), ["04", "05"]);
        assert_eq!(seals::page(&mut tx, None, "", 3).await.unwrap().len(), 3);
        assert!(seals::page(&mut tx, Some("B1"), "", 3).await.unwrap().is_empty());
        assert!(!format!("{:?}", seals::page(&mut tx, None, "", 1).await.unwrap()).contains("测试单位"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_replays_one_is_let_in() {
    for database in databases(Schema::Platform).await {
        let insert = |database: sealbridge_storage::Database, nonce: i64| async move {
            let mut tx = database.begin().await.unwrap();
            let new = nonces::insert_if_absent(&mut tx, "A1", NOW, nonce).await.unwrap();
            tx.commit().await.unwrap();
            new
        };
        let outcomes = race(&database, |database, _| insert(database, 7)).await;
        assert_eq!(outcomes.iter().filter(|new| **new).count(), 1, "{}", database.name());
        assert!(!insert(database.reopen().await, 7).await, "also after a restart");
        assert!(insert(database.reopen().await, 8).await);
        let mut tx = database.begin().await.unwrap();
        assert!(nonces::insert_if_absent(&mut tx, "A2", NOW, 7).await.unwrap(), "another system's nonce");
        assert!(nonces::insert_if_absent(&mut tx, "A1", NOW + 1, 7).await.unwrap(), "another time");
        assert_eq!(nonces::purge(&mut tx, NOW + 1).await.unwrap(), 3);
        assert!(!nonces::insert_if_absent(&mut tx, "A1", NOW + 1, 7).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn downloads_and_sharing_are_entered_once() {
    for database in databases(Schema::Platform).await {
        let seal = platform_with_seal(&database).await;
        let mut tx = database.begin().await.unwrap();
        assert!(downloads::mark(&mut tx, "B1", &seal, NOW).await.unwrap());
        assert!(!downloads::mark(&mut tx, "B1", &seal, NOW + 1).await.unwrap());
        assert_eq!(downloads::first(&mut tx, "B1", &seal).await.unwrap(), Some(NOW));
        assert_eq!(downloads::first(&mut tx, "A1", &seal).await.unwrap(), None);
        let entry = sharing::Sharing {
            request_id: "r1".to_owned(),
            seal_code: seal.clone(),
            receiver_app_id: "B1".to_owned(),
            source_app_id: "A1".to_owned(),
            fields: "userName,mobilePhone".to_owned(),
            purpose: "seal_query".to_owned(),
            masked: true,
            at: NOW,
        };
        sharing::record(&mut tx, &entry).await.unwrap();
        sharing::record(&mut tx, &entry).await.unwrap();
        assert_eq!(sharing::of_seal(&mut tx, &seal).await.unwrap(), [entry]);
    }
}

#[tokio::test]
async fn the_trust_list_takes_and_gives() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        let cert = |sm3: &str, purpose, app_id: &str| trust::TrustedCertificate {
            cert_sm3: sm3.to_owned(),
            purpose,
            app_id: app_id.to_owned(),
            cert: vec![9; 3],
            added_at: NOW,
            removed_at: None,
        };
        let root = cert("aa", trust::Purpose::Root, "");
        let maker = cert("bb", trust::Purpose::Maker, "A1");
        trust::add(&mut tx, &root).await.unwrap();
        trust::add(&mut tx, &maker).await.unwrap();
        assert_eq!(trust::makers(&mut tx, "A1").await.unwrap(), std::slice::from_ref(&maker));
        assert!(trust::makers(&mut tx, "B1").await.unwrap().is_empty());
        assert!(trust::remove(&mut tx, "aa", trust::Purpose::Root, "", NOW + 1).await.unwrap());
        assert!(!trust::remove(&mut tx, "aa", trust::Purpose::Root, "", NOW + 1).await.unwrap());
        assert_eq!(trust::current(&mut tx).await.unwrap(), std::slice::from_ref(&maker));
        trust::add(&mut tx, &root).await.unwrap();
        assert_eq!(trust::current(&mut tx).await.unwrap(), [maker, root]);
        let crl = |this_update| trust::Crl {
            issuer: "00".to_owned(),
            crl: vec![7],
            this_update,
            next_update: Some(NOW + 100),
            fetched_at: NOW,
        };
        assert!(trust::put_crl(&mut tx, &crl(NOW)).await.unwrap());
        assert!(!trust::put_crl(&mut tx, &crl(NOW - 1)).await.unwrap(), "an older list replaces nothing");
        assert_eq!(trust::crls(&mut tx).await.unwrap(), [crl(NOW)]);
    }
}

#[tokio::test]
async fn the_platforms_keys_are_listed_and_revoked() {
    for database in databases(Schema::Platform).await {
        let mut tx = database.begin().await.unwrap();
        let key = keys::PlatformKey {
            key_id: "p1".to_owned(),
            purpose: keys::KeyPurpose::Signing,
            spki: vec![1],
            private_key: Some(vec![2]),
            cert: None,
            state: keys::KeyState::Active,
            not_before: NOW,
            not_after: NOW + 10,
            published_at: NOW,
        };
        assert!(keys::insert(&mut tx, &key).await.unwrap());
        assert!(!keys::insert(&mut tx, &key).await.unwrap());
        assert!(keys::revoke(&mut tx, "p1", NOW + 5).await.unwrap());
        assert!(!keys::revoke(&mut tx, "p1", NOW + 5).await.unwrap());
        let list = keys::list(&mut tx).await.unwrap();
        assert!(list.len() == 1 && list[0].state == keys::KeyState::Revoked && list[0].not_after == NOW + 5);
    }
}
