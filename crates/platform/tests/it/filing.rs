//! Filing, extension, change and states (tables 1 to 4; `facts` §1.2 and §3.3).

use std::sync::Arc;

use client::ClientError;
use protocol::endpoints::{ConsentApply, SealFiling, SealQuery, SealStateChange};
use protocol::lists::{BizType, SealState, SealType, SignFormat};
use protocol::tables::{FilingRequest, StateRequest};
use protocol::{BeijingTime, BusinessCode, CertNumber, PartyName, PartyNumber, SealCode, SealName};
use testkit::pki::{at, pki};
use testkit::scripted_system::{ScriptedSeal, SealSpec, make_seal};

use crate::common::{PERSON, World, application, code, contract, filing, query};

async fn file(world: &World, request: &FilingRequest) -> Result<SealCode, ClientError> {
    world.b_client.call::<SealFiling>(request).await.map(|answer| answer.data)
}

#[tokio::test]
async fn a_filing_is_idempotent_by_its_business_code() {
    let world = World::new().await;
    let request = filing(&make_seal(&contract("ES0001")), "A-1");
    let seal = file(&world, &request).await.unwrap();
    assert!(seal.as_str().starts_with("E1110000") && seal.as_str().contains("0B0104"), "{seal:?}");
    assert_eq!(file(&world, &request).await.unwrap(), seal);
    // With the result of the first, too; with any other code not.
    let mut with_code = request.clone();
    with_code.seal_code = Some(seal.clone());
    assert_eq!(file(&world, &with_code).await.unwrap(), seal);
    with_code.seal_code = Some(SealCode::parse("E1330100000102123456789P").unwrap());
    assert_eq!(code(file(&world, &with_code).await), "20004");
    let mut other = request.clone();
    other.name = SealName::parse("别的章").unwrap();
    other.seal_data = None;
    assert_eq!(code(file(&world, &other).await), "30004");
    // A code given for a filing that is new.
    let mut fresh = filing(&make_seal(&contract("ES0002")), "A-2");
    fresh.seal_code = Some(seal);
    assert_eq!(code(file(&world, &fresh).await), "20004");
    assert_eq!(world.evidence("seal.filed").await.len(), 1);
    world.check().await;
}

#[tokio::test]
async fn without_a_business_code_the_content_decides_for_a_day() {
    let world = World::new().await;
    let mut request = filing(&make_seal(&contract("ES0001")), "x");
    request.code = None;
    let first = file(&world, &request).await.unwrap();
    assert_eq!(file(&world, &request).await.unwrap(), first);
    world.clock.advance_millis(25 * 3_600_000);
    assert_ne!(file(&world, &request).await.unwrap(), first);
}

#[tokio::test]
async fn many_equal_filings_at_once_give_one_seal() {
    let world = Arc::new(World::new().await);
    let request = filing(&make_seal(&contract("ES0001")), "A-1");
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let (world, request) = (Arc::clone(&world), request.clone());
            tokio::spawn(async move { file(&world, &request).await.unwrap() })
        })
        .collect();
    let mut codes = Vec::new();
    for one in tries {
        codes.push(one.await.unwrap().as_str().to_owned());
    }
    codes.dedup();
    assert_eq!(codes.len(), 1);
    assert_eq!(world.evidence("seal.filed").await.len(), 1);
}

#[tokio::test]
async fn seal_data_are_checked_before_anything_is_written() {
    let world = World::new().await;
    let good = make_seal(&contract("ES0001"));
    let with = |seal: &ScriptedSeal| filing(seal, "A-1");
    let untrusted = make_seal(&SealSpec { maker: &pki().maker_revoked, ..contract("ES0001") });
    assert_eq!(code(file(&world, &with(&untrusted)).await), "30010");
    let mut broken = good.clone();
    let last = broken.der.len() - 1;
    broken.der[last] ^= 1;
    assert_eq!(code(file(&world, &with(&broken)).await), "30010");
    let mut cut = good.clone();
    cut.der.truncate(100);
    assert_eq!(code(file(&world, &with(&cut)).await), "30010");
    let mut other_serial = with(&good);
    other_serial.cert_number = Some(CertNumber::parse("01").unwrap());
    assert_eq!(code(file(&world, &other_serial).await), "30010");
    let mut other_owner = with(&good);
    other_owner.possessor_cert_no = PartyNumber::parse("91330100799655058B").unwrap();
    assert_eq!(code(file(&world, &other_owner).await), "30010");
    let mut other_end = with(&good);
    other_end.valid_end = Some(BeijingTime::parse("2031-01-01 00:00:00").unwrap());
    assert_eq!(code(file(&world, &other_end).await), "30010");
    assert_eq!(world.evidence("seal.filed").await.len(), 0);
    file(&world, &with(&good)).await.unwrap();
}

#[tokio::test]
async fn values_that_contradict_each_other() {
    let world = World::new().await;
    let good = filing(&make_seal(&contract("ES0001")), "A-1");
    let refused = |change: fn(&mut FilingRequest)| {
        let mut request = good.clone();
        change(&mut request);
        let world = &world;
        async move { code(file(world, &request).await) }
    };
    assert_eq!(refused(|r| r.possessor_type = protocol::lists::OwnerKind::Person).await, "20004");
    assert_eq!(
        refused(|r| r.possessor_cert_no = PartyNumber::parse("91110000802100433C").unwrap()).await,
        "20005"
    );
    assert_eq!(
        refused(|r| {
            r.cert_type = protocol::lists::CertType::Ukey;
            r.cert_number = None;
        })
        .await,
        "20001"
    );
    assert_eq!(refused(|r| r.biz_type = BizType::Extend).await, "20001");
    assert_eq!(
        refused(|r| {
            r.valid_start = Some(BeijingTime::parse("2031-01-01 00:00:00").unwrap());
            r.valid_end = Some(BeijingTime::parse("2030-01-01 00:00:00").unwrap());
        })
        .await,
        "20004"
    );
}

#[tokio::test]
async fn a_second_official_seal_is_refused_while_the_first_is_in_force() {
    let world = World::new().await;
    let official =
        |es_id| SealSpec { seal_type: SealType::Legal, name: "示例科技有限公司", ..contract(es_id) };
    let first = file(&world, &filing(&make_seal(&official("ES0001")), "A-1")).await.unwrap();
    let second = filing(&make_seal(&official("ES0002")), "A-2");
    assert_eq!(code(file(&world, &second).await), "30004");
    world.set_state(&first, SealState::Revoked).await.unwrap();
    file(&world, &second).await.unwrap();
}

#[tokio::test]
async fn a_revoked_seal_made_again_has_a_new_code() {
    let world = World::new().await;
    let request = filing(&make_seal(&contract("ES0001")), "A-1");
    let first = file(&world, &request).await.unwrap();
    world.set_state(&first, SealState::Revoked).await.unwrap();
    let second = file(&world, &request).await.unwrap();
    assert_ne!(first, second);
}

/// The request that extends or changes a filed seal.
fn change(seal: &ScriptedSeal, code: &SealCode, biz_type: BizType) -> FilingRequest {
    let mut request = filing(seal, "unused");
    request.code = None;
    request.seal_code = Some(code.clone());
    request.biz_type = biz_type;
    request
}

#[tokio::test]
async fn an_extension_makes_a_new_version_and_kills_what_was_handed_out() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let open = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    let longer =
        SealSpec { valid: (at("2026-01-01T00:00:00Z"), at("2035-01-01T00:00:00Z")), ..contract("ES0002") };
    let mut extended = make_seal(&longer);
    extended.seal_code = Some(seal.clone());
    let request = change(&extended, &seal, BizType::Extend);
    assert_eq!(file(&world, &request).await.unwrap(), seal);
    assert_eq!(file(&world, &request).await.unwrap(), seal);
    assert_eq!(world.evidence("seal.extended").await.len(), 1);
    assert_eq!(code(world.sign(&open).await), "40006");
    // The old data do not match any more; the new ones do.
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30010");
    world.b.change_seals(|seals| seals[0] = extended);
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    let mut tx = world.database.read().await.unwrap();
    let versions = storage::platform::seals::versions(&mut tx, seal.as_str()).await.unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0].es_id.as_deref(), Some("ES0001"));
    assert_eq!(versions[1].biz_type, 2);
    tx.commit().await.unwrap();
    // An extension cannot end earlier.
    let mut shorter = change(&make_seal(&contract("ES0003")), &seal, BizType::Extend);
    shorter.valid_end = Some(BeijingTime::of(at("2030-01-01T00:00:00Z")));
    assert_eq!(code(file(&world, &shorter).await), "20004");
    world.check().await;
}

#[tokio::test]
async fn a_change_renews_the_certificate_and_leaves_type_and_owner() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let mut renewed = make_seal(&SealSpec { signer: &pki().second, ..contract("ES0002") });
    renewed.seal_code = Some(seal.clone());
    file(&world, &change(&renewed, &seal, BizType::Change)).await.unwrap();
    world.b.change_seals(|seals| seals[0] = renewed.clone());
    let request = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    let refused = |spoil: fn(&mut FilingRequest)| {
        let mut request = change(&renewed, &seal, BizType::Change);
        request.seal_data = None;
        spoil(&mut request);
        let world = &world;
        async move { code(file(world, &request).await) }
    };
    assert_eq!(refused(|r| r.seal_type = SealType::Business).await, "20004");
    assert_eq!(refused(|r| r.possessor = PartyName::parse("别的公司").unwrap()).await, "20004");
    let other_number = refused(|r| r.possessor_cert_no = PartyNumber::parse("91330100799655058B").unwrap());
    assert_eq!(other_number.await, "20004");
    assert_eq!(refused(|r| r.code = Some(BusinessCode::parse("B").unwrap())).await, "20004");
}

#[tokio::test]
async fn only_the_filing_system_may_touch_its_seal() {
    let world = World::new().await;
    let (seal, made) = world.contract_seal().await;
    let state = StateRequest { seal_code: seal.clone(), state: SealState::Disabled };
    assert_eq!(code(world.a.client.call::<SealStateChange>(&state).await), "30003");
    let request = change(&made, &seal, BizType::Change);
    assert_eq!(code(world.a.client.call::<SealFiling>(&request).await), "30003");
    let nowhere = SealCode::parse("E1330100000102123456789P").unwrap();
    let unknown = StateRequest { seal_code: nowhere.clone(), state: SealState::Disabled };
    assert_eq!(code(world.b_client.call::<SealStateChange>(&unknown).await), "30001");
    assert_eq!(code(file(&world, &change(&made, &nowhere, BizType::Extend)).await), "30001");
    // Its state did not change.
    world.get().await;
}

#[tokio::test]
async fn the_table_of_states() {
    use SealState::{Disabled, Enabled, Revoked};
    let world = World::new().await;
    let (seal, made) = world.contract_seal().await;
    for (state, expected) in [
        (Enabled, "0"),
        (Disabled, "0"),
        (Disabled, "0"),
        (Enabled, "0"),
        (Disabled, "0"),
        (Revoked, "0"),
        (Revoked, "0"),
        (Enabled, "30005"),
        (Disabled, "30005"),
    ] {
        world.clock.advance_millis(1_000);
        let result = world.set_state(&seal, state).await;
        if expected == "0" {
            result.unwrap();
        } else {
            assert_eq!(code(result), expected, "{state:?}");
        }
    }
    assert_eq!(code(file(&world, &change(&made, &seal, BizType::Extend)).await), "30005");
    assert_eq!(code(file(&world, &change(&made, &seal, BizType::Change)).await), "30005");
    assert_eq!(code(world.a.client.call::<ConsentApply>(&application(&seal)).await), "30005");
    // The history is only added to, a repetition adds nothing, and every moment has its state.
    let mut tx = world.database.read().await.unwrap();
    let history = storage::platform::seal_state::history(&mut tx, seal.as_str()).await.unwrap();
    let states: Vec<&str> = history.iter().map(|change| change.to_state.as_str()).collect();
    assert_eq!(states, ["enabled", "disabled", "enabled", "disabled", "revoked"]);
    let then = at(crate::common::NOW) + jiff::SignedDuration::from_millis(2_500);
    let change = sealbridge_platform::registry::state_at(&mut tx, seal.as_str(), then).await.unwrap();
    assert_eq!(change.unwrap().to_state.as_str(), "disabled");
    tx.commit().await.unwrap();
    assert_eq!(world.evidence("seal.state").await.len(), 4);
    world.check().await;
}

#[tokio::test]
async fn a_disabled_seal_may_be_extended_and_stays_disabled() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    let longer =
        SealSpec { valid: (at("2026-01-01T00:00:00Z"), at("2035-01-01T00:00:00Z")), ..contract("ES0002") };
    file(&world, &change(&make_seal(&longer), &seal, BizType::Extend)).await.unwrap();
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30006");
}

#[tokio::test]
async fn the_operator_may_disable_a_seal() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let open = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    let context = world.platform.context();
    for administrator in ["admin", "second admin"] {
        let by = (administrator, "court order");
        sealbridge_platform::registry::force_disable(context, &seal, by).await.unwrap();
    }
    assert_eq!(code(world.sign(&open).await), "30006");
    assert_eq!(world.evidence("seal.state").await[0]["reason"], "court order");
}

#[tokio::test]
async fn a_persons_data_are_not_readable_at_rest() {
    let world = World::new().await;
    let spec = SealSpec {
        name: "张三丰",
        seal_type: SealType::Personal,
        owner: PERSON,
        signer: &pki().person,
        ..contract("ES0003")
    };
    let (seal, _) = world.filed(&spec).await;
    assert!(seal.as_str().starts_with("E1000000"), "no digit of an identity card");
    let mut tx = world.database.read().await.unwrap();
    let stored = storage::platform::seals::find(&mut tx, seal.as_str()).await.unwrap().unwrap();
    assert!(stored.possessor_cert_no.starts_with("v1.") && stored.possessor.starts_with("v1."));
    // The certificate holds the number, and the seal holds the certificate.
    assert!(stored.cert.unwrap().starts_with(b"v1."));
    let version = storage::platform::seals::version(&mut tx, seal.as_str(), 1).await.unwrap().unwrap();
    assert!(version.seal_data.is_none_or(|data| data.starts_with(b"v1.")));
    tx.commit().await.unwrap();
    world.database.close().await;
    let file = std::fs::read(world.database.address()).unwrap();
    assert!(!file.windows(PERSON.len()).any(|window| window == PERSON.as_bytes()));
}

#[tokio::test]
async fn a_key_that_signs_requests_makes_no_seals() {
    let world = World::new().await;
    let mut seal = make_seal(&contract("ES0001"));
    // B registers, as a key for requests, the very key that its seal signs with.
    crate::common::register_key(&world.platform, &world.b.app_id, &pki().signer.key, (-1, 10)).await;
    seal.seal_code = Some(file(&world, &filing(&seal, "A-1")).await.unwrap());
    world.b.add(seal);
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30010");
}
