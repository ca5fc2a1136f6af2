//! Reconciliation: the signed digest of a day, the rows behind it, and what differs, on both databases.

use std::collections::BTreeMap;

use protocol::endpoints::{ReconciliationDigest, ReconciliationRows, SealFiling};
use protocol::ids::DayText;
use protocol::lists::{BizType, SealState};
use protocol::reconciliation::{Difference, DigestMaker, SealLine, compare};
use protocol::tables::{DailyDigest, DigestRequest, RowPage, RowsRequest};
use sealbridge_platform::reconciliation::{differences, make_digests};
use storage::Schema;
use testkit::databases::databases;
use testkit::pki::pki;
use testkit::scripted_system::{SealSpec, make_seal};

use crate::common::{World, code, config, contract, filing};

async fn digest(client: &client::Client, day: &str) -> DailyDigest {
    let request = DigestRequest { day: Some(DayText::parse(day).unwrap()) };
    client.call::<ReconciliationDigest>(&request).await.unwrap().data
}

async fn rows(client: &client::Client, day: Option<&str>) -> RowPage {
    let request = RowsRequest { after: None, day: day.map(|day| DayText::parse(day).unwrap()) };
    client.call::<ReconciliationRows>(&request).await.unwrap().data
}

fn lines(page: &RowPage) -> BTreeMap<String, SealLine> {
    let line = |row: &protocol::tables::SealRow| {
        let line = SealLine { state: row.state.as_str().to_owned(), cert_number: row.cert_number.clone() };
        (row.seal_code.as_str().to_owned(), line)
    };
    page.rows.iter().map(line).collect()
}

/// The digest of rows, as the other side takes it.
fn taken(lines: &BTreeMap<String, SealLine>) -> String {
    let mut maker = DigestMaker::default();
    for (code, line) in lines {
        maker.add(code, line);
    }
    maker.finish().1
}

#[tokio::test]
async fn a_day_ends_with_a_digest_that_both_sides_can_take() {
    for database in databases(Schema::Platform).await {
        // It is noon of June 1 in Beijing.
        let world = World::on(database, config()).await;
        let context = world.platform.context();
        assert_eq!(
            code(world.b_client.call::<ReconciliationDigest>(&DigestRequest { day: None }).await),
            "20003"
        );
        let (first, _) = world.filed(&contract("ES0001")).await;
        let (second, _) = world.filed(&contract("ES0002")).await;
        world.set_state(&second, SealState::Revoked).await.unwrap();
        let noon = rows(&world.b_client, None).await;
        assert_eq!((noon.rows.len(), noon.more), (2, false));

        // Shortly after midnight the day is not made yet; changes of that minute belong to the next day.
        world.clock.advance_millis(12 * 3_600_000 + 60_000);
        let yesterday = make_digests(context).await.unwrap();
        assert_eq!(yesterday, 0, "nobody was there on May 31");
        world.set_state(&first, SealState::Disabled).await.unwrap();
        let (third, _) = world.filed(&contract("ES0003")).await;
        world.clock.advance_millis(20 * 60_000);
        assert_eq!(make_digests(context).await.unwrap(), 2, "A's and B's");
        assert_eq!(make_digests(context).await.unwrap(), 0, "once");

        let day = digest(&world.b_client, "2026-06-01").await;
        day.verify(world.keys.signing.verifying_key()).unwrap();
        assert_eq!((day.count, day.enabled, day.disabled, day.revoked), (2, 1, 0, 1));
        let then = lines(&rows(&world.b_client, Some("2026-06-01")).await);
        assert_eq!(taken(&then), day.digest);
        assert_eq!(then, lines(&noon));
        let now = lines(&rows(&world.b_client, None).await);
        assert_ne!(taken(&now), day.digest);
        let expected = [
            (
                first.as_str().to_owned(),
                Difference::State { system: "disabled".to_owned(), platform: "enabled".to_owned() },
            ),
            (third.as_str().to_owned(), Difference::OnlySystem),
        ];
        let mut found = compare(&now, &then);
        found.sort_by_key(|(code, _)| *code != first.as_str());
        assert_eq!(found, expected);

        // A caller sees its own only.
        assert_eq!(digest(&world.a.client, "2026-06-01").await.count, 0);
        assert_eq!(rows(&world.a.client, None).await.rows.len(), 0);
        let other = DigestRequest { day: Some(DayText::parse("2026-05-30").unwrap()) };
        assert_eq!(code(world.b_client.call::<ReconciliationDigest>(&other).await), "20003");
        assert_eq!(world.evidence("digest.made").await.len(), 2);
        world.check().await;
    }
}

#[tokio::test]
async fn what_differs_is_reported_seal_by_seal() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let context = world.platform.context();
        let (first, _) = world.filed(&contract("ES0001")).await;
        let (second, _) = world.filed(&contract("ES0002")).await;
        let mut theirs = lines(&rows(&world.b_client, None).await);
        assert_eq!(differences(context, &world.b.app_id, &theirs, None).await.unwrap(), []);
        // The platform does not hear of a renewed certificate, nor of a seal; and it has one that they lost.
        let renewed = make_seal(&SealSpec { signer: &pki().second, ..contract("ES0009") });
        let number = hex::encode_upper(&renewed.certificate.serial);
        theirs.get_mut(first.as_str()).unwrap().cert_number = Some(number);
        theirs.remove(second.as_str());
        let line = SealLine { state: "enabled".to_owned(), cert_number: None };
        theirs.insert("E1330100000102123456789P".to_owned(), line);
        let found = differences(context, &world.b.app_id, &theirs, None).await.unwrap();
        let of = |code: &str| {
            found.iter().filter(|(one, _)| one == code).map(|(_, what)| what).collect::<Vec<_>>()
        };
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(matches!(of(first.as_str())[..], [Difference::Certificate { .. }]));
        assert_eq!(of(second.as_str()), [&Difference::OnlyPlatform]);
        assert_eq!(of("E1330100000102123456789P"), [&Difference::OnlySystem]);

        // Told of the certificate, one difference less.
        let mut request = filing(&renewed, "unused");
        (request.code, request.seal_code, request.biz_type) = (None, Some(first.clone()), BizType::Change);
        world.b_client.call::<SealFiling>(&request).await.unwrap();
        let found = differences(context, &world.b.app_id, &theirs, None).await.unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

#[tokio::test]
async fn many_seals_come_in_pages() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    // A thousand and one more of the same, with codes that are good.
    let mut sql = String::new();
    let copy = |table: &str, columns: &str, code: &str| {
        format!(
            "INSERT INTO {table} (seal_code, {columns}) SELECT '{code}', {columns} FROM {table} \
             WHERE seal_code = '{seal}';"
        )
    };
    for number in 0..1_001_u64 {
        let parts = protocol::SealCodeParts {
            owner: None,
            system: "0B01",
            seal_type: protocol::lists::SealType::Contract,
            sequence: 500_000 + number,
        };
        let code = protocol::SealCode::compose(&parts).unwrap();
        sql.push_str(&copy(
            "seals",
            "app_id, natural_key, name, seal_type, possessor_type, possessor, possessor_cert_no, \
             possessor_cert_no_index, org_code, cert_type, cert_number, state, version, state_version, fingerprint, \
             filed_at, changed_at",
            code.as_str(),
        ));
        sql.push_str(&copy(
            "seal_versions",
            "version, biz_type, name, cert_type, cert_number, fingerprint, request_id, at",
            code.as_str(),
        ));
        sql.push_str(&copy("seal_state_history", "version, to_state, at, actor, request_id", code.as_str()));
    }
    world.database.tamper(&format!("BEGIN; {sql} COMMIT;")).await;
    let first = rows(&world.b_client, None).await;
    assert_eq!((first.rows.len(), first.more), (1_000, true));
    let after = first.rows.last().unwrap().seal_code.clone();
    let request = RowsRequest { after: Some(after), day: None };
    let second = world.b_client.call::<ReconciliationRows>(&request).await.unwrap().data;
    assert_eq!((second.rows.len(), second.more), (2, false));
    let mut all = lines(&first);
    all.extend(lines(&second));
    assert_eq!(all.len(), 1_002);
    world.clock.advance_millis(13 * 3_600_000);
    make_digests(world.platform.context()).await.unwrap();
    let day = digest(&world.b_client, "2026-06-01").await;
    assert_eq!((day.count, day.digest), (1_002, taken(&all)));
}
