//! Rows that several tests need, and a race.

use std::future::Future;

use sealbridge_storage::platform::filing::{Content, Filed, Filing, Origin, file};
use sealbridge_storage::platform::seals::SealState;
use sealbridge_storage::platform::systems::{self, System, SystemState};
use sealbridge_storage::{Database, Error, Tx};
use testkit::databases::TestDatabase;

pub(crate) const NOW: i64 = 1_750_000_000_000;

pub(crate) const ORIGIN: Origin<'static> = Origin { request_id: "r1", actor: "A1", at: NOW };

pub(crate) fn at(at: i64) -> Origin<'static> {
    Origin { at, ..ORIGIN }
}

pub(crate) fn system(app_id: &str, code: &str) -> System {
    System {
        app_id: app_id.to_owned(),
        code: code.to_owned(),
        name: "甲系统".to_owned(),
        uscc: "91110000802100433B".to_owned(),
        state: SystemState::Online,
        base_url: Some("http://127.0.0.1:1".to_owned()),
        dest_host: None,
        plat_name: Some("甲平台".to_owned()),
        personal_data: false,
        version: 1,
        created_at: NOW,
        changed_at: NOW,
    }
}

pub(crate) fn content(fingerprint: &str) -> Content {
    Content {
        name: "测试公章".to_owned(),
        cert_type: 2,
        cert_number: Some("0A1B".to_owned()),
        cert: Some(vec![0x30, 0x00, 0xff]),
        seal_data: Some(vec![1, 2, 3]),
        es_id: Some(format!("es-{fingerprint}")),
        valid_start: Some(NOW),
        valid_end: Some(NOW + 1000),
        fingerprint: fingerprint.to_owned(),
        ..Content::default()
    }
}

pub(crate) fn filing(code: Option<&str>, fingerprint: &str) -> Filing {
    Filing {
        app_id: "A1".to_owned(),
        code: code.map(str::to_owned),
        natural_key: "natural".to_owned(),
        seal_type: "01".to_owned(),
        possessor_type: 1,
        possessor: "测试单位".to_owned(),
        possessor_cert_no: "91110000802100433B".to_owned(),
        possessor_cert_no_index: "index".to_owned(),
        org_code: "802100433".to_owned(),
        police_seal_code: None,
        state: SealState::Enabled,
        content: content(fingerprint),
    }
}

/// A seal code that shows the number it was made of.
#[expect(clippy::unnecessary_wraps, reason = "what makes codes may run out of numbers")]
pub(crate) fn code(number: i64) -> Result<String, Error> {
    Ok(format!("E1{number:022}"))
}

pub(crate) async fn file_one(tx: &mut Tx, filing: &Filing, origin: Origin<'_>) -> Filed {
    file(tx, filing, origin, NOW - 1000, code).await.unwrap()
}

/// A platform with the systems A1 and B1 and one seal of A1.
pub(crate) async fn platform_with_seal(database: &TestDatabase) -> String {
    let mut tx = database.begin().await.unwrap();
    assert!(systems::insert(&mut tx, &system("A1", "AAAA"), "admin").await.unwrap());
    assert!(systems::insert(&mut tx, &system("B1", "BBBB"), "admin").await.unwrap());
    let Filed::New(seal_code) = file_one(&mut tx, &filing(Some("c1"), "f1"), ORIGIN).await else {
        panic!("a first filing is new")
    };
    tx.commit().await.unwrap();
    seal_code
}

/// Runs `task` eight times at once, on two sets of connections as two replicas have, and gives every outcome.
pub(crate) async fn race<T, F>(database: &TestDatabase, task: impl Fn(Database, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let replica = database.reopen().await;
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let own = if number % 2 == 0 { Database::clone(database) } else { replica.clone() };
            let (work, barrier) = (task(own, number), std::sync::Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    replica.close().await;
    outcomes
}
