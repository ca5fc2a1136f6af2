//! Getting seals (tables 5 to 9): matching, fan-out, checks before anything is relayed, nothing missing silently.

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::ClientError;
use protocol::endpoints::{SealFiling, SealQuery};
use protocol::lists::{
    CertType, CertTypeFilter, DownloadState, KeyAlgorithm, SealState, SealType, SealTypeFilter,
};
use protocol::tables::SealInfo;
use protocol::{
    Base64Data, BeijingTime, CertNumber, Code, DeviceId, IdCard, OrgCode, SealCode, SealName, SignId,
};
use testkit::pki::pki;
use testkit::scripted_system::{SealSpec, Transport, make_seal};

use crate::common::raw::{post, signed};
use crate::common::{PERSON, PLATFORM, World, code, config, contract, filed_by, filing, grants, query};

async fn names(world: &World, change: impl FnOnce(&mut protocol::tables::SealQueryRequest)) -> Vec<String> {
    let mut request = query();
    change(&mut request);
    let seals = world.a.client.call::<SealQuery>(&request).await.unwrap().data;
    seals.into_iter().map(|seal| seal.seal_name.as_str().to_owned()).collect()
}

#[tokio::test]
async fn what_matches_and_what_does_not() {
    let world = World::new().await;
    world.contract_seal().await;
    let ukey = SealSpec {
        cert_type: CertType::Ukey,
        ukey_id: Some("UK01"),
        name: "财务章",
        seal_type: SealType::Finance,
        ..contract("ES0002")
    };
    world.filed(&ukey).await;
    let person = SealSpec {
        name: "张三丰",
        seal_type: SealType::Personal,
        owner: PERSON,
        signer: &pki().person,
        ..contract("ES0003")
    };
    world.filed(&person).await;
    assert_eq!(names(&world, |_| {}).await.len(), 2);
    assert_eq!(names(&world, |q| q.org_code = OrgCode::parse("802100433").unwrap()).await.len(), 2);
    assert_eq!(names(&world, |q| q.org_code = OrgCode::parse("91330100799655058B").unwrap()).await.len(), 0);
    assert_eq!(names(&world, |q| q.seal_type = SealTypeFilter::Finance).await, ["财务章"]);
    assert_eq!(names(&world, |q| q.seal_type = SealTypeFilter::Invoice).await.len(), 0);
    assert_eq!(names(&world, |q| q.cert_type = Some(CertTypeFilter::Ukey)).await, ["财务章"]);
    assert_eq!(names(&world, |q| q.cert_type = Some(CertTypeFilter::All)).await.len(), 2);
    assert_eq!(names(&world, |q| q.ukey_id = Some(crate::common::ukey("UK01"))).await, ["财务章"]);
    let serial = CertNumber::from_bytes(&pki().signer.certificate.serial);
    assert_eq!(names(&world, |q| q.cert_number = Some(serial)).await.len(), 2);
    let other = CertNumber::parse("ABCD").unwrap();
    assert_eq!(names(&world, |q| q.cert_number = Some(other)).await.len(), 0);
    // A person's seal needs the owner's number; with it, it comes along.
    let card = || Some(IdCard::parse(PERSON).unwrap());
    assert_eq!(
        names(&world, |q| (q.seal_type, q.id_card) = (SealTypeFilter::Personal, card())).await,
        ["张三丰"]
    );
    assert_eq!(names(&world, |q| q.id_card = card()).await.len(), 3);
    // A telephone shield is a cloud-side key, named by device and person together.
    let device = || Some(DeviceId::parse("D1").unwrap());
    assert_eq!(names(&world, |q| (q.device_id, q.id_card) = (device(), card())).await.len(), 2);
    let mut alone = query();
    alone.device_id = device();
    assert_eq!(code(world.a.client.call::<SealQuery>(&alone).await), "20004");
    let mut personal = query();
    personal.seal_type = SealTypeFilter::Personal;
    assert_eq!(code(world.a.client.call::<SealQuery>(&personal).await), "20004");
    world.check().await;
}

#[tokio::test]
async fn what_is_relayed_is_the_platforms_word() {
    let world = World::new().await;
    let spec = SealSpec { cert_type: CertType::Ukey, ukey_id: Some("UK01"), ..contract("ES0001") };
    let (seal, made) = world.filed(&spec).await;
    let first = world.get().await;
    assert_eq!((first.seal_code.clone(), first.state), (seal.clone(), DownloadState::Pending));
    // Address and name are the registered ones, not those of the answer.
    assert_eq!(first.dest_host.as_deref(), Some("https://agent.example.cn"));
    assert_eq!(first.plat_name, "系统SYSB");
    assert_eq!(first.algorithm, KeyAlgorithm::Sm2);
    assert_eq!(first.cert_list.len(), 1);
    assert_eq!(first.cert_list[0].sign_public_key.bytes(), made.certificate.der());
    assert_eq!(first.seal_data.bytes(), made.der);
    let user = &first.user_list[0];
    assert_eq!(
        (user.user_name.expose().as_str(), user.mobile_phone.expose().as_str()),
        ("欧阳*", "138****1234")
    );
    // Fetched before; each time a signId of its own.
    let second = world.get().await;
    assert_eq!(second.state, DownloadState::Fetched);
    assert_ne!(second.sign_id, first.sign_id);
    // For another caller it is the first time again.
    let c = world.caller("SYSC", "0C01", grants(&[], &[])).await;
    assert_eq!(c.client.call::<SealQuery>(&query()).await.unwrap().data[0].state, DownloadState::Pending);
    // Every hand-over of personal data stands in the sharing record.
    let mut tx = world.database.read().await.unwrap();
    let shared = storage::platform::sharing::of_seal(&mut tx, seal.as_str()).await.unwrap();
    assert_eq!(shared.len(), 3);
    assert!(shared.iter().all(|one| one.masked && one.source_app_id == "SYSB"));
    tx.commit().await.unwrap();
    // Nothing personal is readable in the database or the evidence.
    let mut tx = world.database.read().await.unwrap();
    for entry in storage::evidence::after(&mut tx, 0, 10_000).await.unwrap() {
        let text = String::from_utf8_lossy(&entry.payload.unwrap()).into_owned();
        assert!(!text.contains("欧阳修") && !text.contains("13800001234"), "{text}");
    }
    tx.commit().await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn personal_data_are_shown_to_whom_they_were_granted() {
    let world = World::new().await;
    world.contract_seal().await;
    world.database.tamper("UPDATE systems SET personal_data = TRUE WHERE app_id = 'SYSA'").await;
    let user = world.get().await.user_list.remove(0);
    assert_eq!(
        (user.user_name.expose().as_str(), user.mobile_phone.expose().as_str()),
        ("欧阳修", "13800001234")
    );
}

/// What one entry is changed to, and the code it is refused with.
type Lie = (&'static str, Arc<dyn Fn(&mut SealInfo) + Send + Sync>, &'static str);

fn lies() -> Vec<Lie> {
    let stranger = pki().stranger.der();
    let by_other_maker = make_seal(&SealSpec { maker: &pki().maker_expired, ..contract("ES0001") }).der;
    let other_name = make_seal(&SealSpec { name: "别的章", ..contract("ES0001") }).der;
    let other_signer = make_seal(&SealSpec { signer: &pki().second, ..contract("ES0001") }).der;
    let remade = make_seal(&contract("ES0777")).der;
    let mut broken = make_seal(&contract("ES0001")).der;
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let data = |der: Vec<u8>| -> Arc<dyn Fn(&mut SealInfo) + Send + Sync> {
        Arc::new(move |seal| seal.seal_data = Base64Data::from(der.clone()))
    };
    vec![
        ("nonsense", data(b"nonsense".to_vec()), "30010"),
        ("wrong maker's signature", data(broken), "30010"),
        ("maker not trusted", data(by_other_maker), "30010"),
        ("another name inside", data(other_name), "30010"),
        ("another signer inside", data(other_signer), "30010"),
        ("remade and not filed", data(remade), "30010"),
        (
            "certificate of a stranger",
            Arc::new(move |seal| {
                seal.seal_data = Base64Data::from(b"0".to_vec());
                seal.cert_list[0].sign_public_key = Base64Data::from(stranger.clone());
            }),
            "30010",
        ),
        ("another type", Arc::new(|seal| seal.seal_type = SealType::Legal), "60003"),
        ("another name", Arc::new(|seal| seal.seal_name = SealName::parse("公章").unwrap()), "60003"),
        ("another kind of key", Arc::new(|seal| seal.cert_type = CertType::Ukey), "60003"),
        (
            "another picture",
            Arc::new(|seal| {
                seal.moulage_data = Base64Data::from(testkit::scripted_system::png("forged"));
            }),
            "60003",
        ),
        ("another size", Arc::new(|seal| seal.width = 45), "60003"),
        ("pixels out of proportion", Arc::new(|seal| seal.dpi_x = 520), "60003"),
        ("no pixels", Arc::new(|seal| seal.dpi_y = 0), "60003"),
        (
            "another validity",
            Arc::new(|seal| {
                seal.seal_invalid_time = BeijingTime::parse("2031-01-01 00:00:00").unwrap();
            }),
            "60003",
        ),
        ("short signId", Arc::new(|seal| seal.sign_id = SignId::parse("1234").unwrap()), "60003"),
    ]
}

#[tokio::test]
async fn a_lying_system_is_found_out() {
    let world = World::new().await;
    world.contract_seal().await;
    for (number, (name, lie, expected)) in lies().into_iter().enumerate() {
        world.b.script(|script| script.alter_seal = Some(lie));
        let result = world.a.client.call::<SealQuery>(&query()).await;
        assert_eq!(code(result), expected, "{name}");
        assert_eq!(world.evidence("system.lied").await.len(), number + 1, "{name}");
        world.b.behave();
    }
    // Within two per cent pixels may differ.
    world.b.script(|script| script.alter_seal = Some(Arc::new(|seal| seal.dpi_x = 500)));
    world.a.client.call::<SealQuery>(&query()).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn a_sign_id_is_used_once_by_a_system() {
    let world = World::new().await;
    world.contract_seal().await;
    let fixed = SignId::parse(&"d".repeat(32)).unwrap();
    world.b.script(|script| script.alter_seal = Some(Arc::new(move |seal| seal.sign_id = fixed.clone())));
    world.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "60003");
}

#[tokio::test]
async fn a_seal_of_somebody_else_is_not_taken() {
    let world = World::new().await;
    world.contract_seal().await;
    let unfiled = SealCode::parse("E1330100000102123456789P").unwrap();
    world.b.script(|script| {
        script.alter_seals = Some(Arc::new(move |list| {
            let mut more = list[0].clone();
            more.seal_code = unfiled.clone();
            list.push(more);
        }));
    });
    let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!(answer.data.len(), 1);
    assert!(answer.partial);
    assert_eq!(world.evidence("system.lied").await.len(), 1);
    // A seal that should come and does not is named.
    world.b.script(|script| script.alter_seals = Some(Arc::new(Vec::clear)));
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30001");
}

#[tokio::test]
async fn one_system_down_or_slow_leaves_the_others() {
    let world = World::new().await;
    world.contract_seal().await;
    let d = world.system("SYSD", "0D01").await;
    let d_client = d.client(world.peer.clone());
    let spec = SealSpec { name: "财务章", seal_type: SealType::Finance, ..contract("ES0900") };
    filed_by(&d, &d_client, &spec).await;
    assert_eq!(names(&world, |_| {}).await.len(), 2);
    for transport in [Transport::Late(Duration::from_secs(5)), Transport::Garbled] {
        d.script(|script| script.transport = transport);
        let started = Instant::now();
        let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
        assert!(answer.partial, "{transport:?}");
        assert_eq!(answer.data.len(), 1, "{transport:?}");
        assert!(started.elapsed() < Duration::from_secs(3), "the deadline holds");
        let body: serde_json::Value = serde_json::from_slice(&answer.exchange.body).unwrap();
        assert_eq!(body["failures"][0]["system"], "SYSD", "{body}");
        d.behave();
    }
    d.stop().await;
    let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert!(answer.partial);
    // Others are served at their usual speed meanwhile, and the one alone is an error.
    let mut finance = query();
    finance.seal_type = SealTypeFilter::Finance;
    let result = world.a.client.call::<SealQuery>(&finance).await;
    assert!(
        matches!(&result, Err(ClientError::Refused(refusal)) if refusal.retryable && refusal.status == 503)
    );
    assert_eq!(code(result), "60001");
    let request = world.ready_to_sign(&[1; 32], protocol::lists::SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn a_slow_system_has_a_bounded_number_of_calls() {
    let mut narrow = config();
    narrow.limits.calls_per_system = 2;
    let world = Arc::new(World::with(narrow).await);
    world.contract_seal().await;
    world.b.script(|script| script.transport = Transport::Late(Duration::from_millis(700)));
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world.a.client.call::<SealQuery>(&query()).await.map(|answer| answer.data.len())
            })
        })
        .collect();
    let (mut good, mut refused) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(1) => good += 1,
            Err(ClientError::Refused(refusal)) if refusal.code == "60001" => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((good, refused), (2, 4));
}

#[tokio::test]
async fn seals_that_may_not_be_used_are_named() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    world.filed(&SealSpec { name: "业务章", seal_type: SealType::Business, ..contract("ES0002") }).await;
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    let answer = world.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!(answer.data.len(), 1);
    let body: serde_json::Value = serde_json::from_slice(&answer.exchange.body).unwrap();
    assert_eq!(body["failures"][0]["code"], "30006");
    assert_eq!(body["failures"][0]["sealCode"], seal.as_str());
    let mut only = query();
    only.seal_type = SealTypeFilter::Contract;
    assert_eq!(code(world.a.client.call::<SealQuery>(&only).await), "30006");
    world.clock.advance_millis(4 * 365 * 24 * 3_600_000);
    assert_eq!(world.evidence("seal.handed-over").await.len(), 1);
}

#[tokio::test]
async fn an_expired_seal_is_not_handed_on() {
    let world = World::new().await;
    let now = world.now();
    let valid = (now - jiff::SignedDuration::from_hours(48), now + jiff::SignedDuration::from_hours(1));
    world.filed(&SealSpec { valid, ..contract("ES0001") }).await;
    let request = world.ready_to_sign(&[1; 32], protocol::lists::SignFormat::P1).await;
    world.clock.advance_millis(3_600_001);
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30007");
    assert_eq!(code(world.sign(&request).await), "30007");
}

#[tokio::test]
async fn a_seal_filed_without_data_is_fetched_and_checked_before_use() {
    let world = World::new().await;
    let mut seal = make_seal(&contract("ES0001"));
    let mut request = filing(&seal, "F-1");
    request.seal_data = None;
    request.cert_number = None;
    let code_of = world.b_client.call::<SealFiling>(&request).await.unwrap().data;
    // Its system does not have it yet: nothing is handed on, and nothing is lost.
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30001");
    world.platform.fetch_seal_data().await.unwrap();
    assert_eq!(world.evidence("seal.checked").await.len(), 0);
    seal.seal_code = Some(code_of.clone());
    world.b.add(seal.clone());
    // A lie is not taken in, by the job as little as by a query.
    world.b.script(|script| {
        script.alter_seal = Some(Arc::new(|entry| entry.seal_data = Base64Data::from(vec![1])));
    });
    world.platform.fetch_seal_data().await.unwrap();
    assert_eq!(world.evidence("seal.checked").await.len(), 0);
    world.b.behave();
    world.platform.fetch_seal_data().await.unwrap();
    assert_eq!(world.evidence("seal.checked").await.len(), 1);
    let mut tx = world.database.read().await.unwrap();
    let stored = storage::platform::seals::find(&mut tx, code_of.as_str()).await.unwrap().unwrap();
    assert_eq!(stored.es_id.as_deref(), Some("ES0001"));
    assert_eq!(stored.valid_end, Some(seal.valid_end.as_millisecond()));
    let version = storage::platform::seals::version(&mut tx, code_of.as_str(), 1).await.unwrap().unwrap();
    assert_eq!(version.seal_data.as_deref(), Some(seal.der.as_slice()));
    tx.commit().await.unwrap();
    // The retry of the filing still gives the same code.
    assert_eq!(world.b_client.call::<SealFiling>(&request).await.unwrap().data, code_of);
    let request = world.ready_to_sign(&[1; 32], protocol::lists::SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn too_many_seals_are_asked_to_be_narrowed() {
    let mut narrow = config();
    narrow.limits.seals_per_query = 1;
    let world = World::with(narrow).await;
    world.contract_seal().await;
    world.get().await;
    world.filed(&SealSpec { name: "业务章", seal_type: SealType::Business, ..contract("ES0002") }).await;
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), Code::Contradiction.text());
}

#[tokio::test]
async fn codes_of_the_system_are_quoted() {
    let world = World::new().await;
    world.contract_seal().await;
    world.b.script(|script| script.refuse = Some(Code::Fault));
    let fields = serde_json::json!({
        "version": "1.0", "appId": "SYSA", "time": world.clock.millis().to_string(), "nonce": 5,
        "orgCode": "91110000802100433B", "sealType": "0",
    });
    let info = <SealQuery as protocol::Endpoint>::INFO;
    let body = signed(&world.a.key, info, PLATFORM, &fields);
    let answer = post(&world.address(), info.path, body.as_bytes()).await;
    assert_eq!(answer.code(), "60002");
    assert_eq!(answer.json()["data"]["upstream"]["code"], "99999");
    world.b.script(|script| script.refuse = Some(Code::Busy));
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "60001");
}
