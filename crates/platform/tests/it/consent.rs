//! Consent through the platform (tables 10 to 15, resolutions 23 to 25).

use std::sync::Arc;

use protocol::endpoints::{ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SealState};
use protocol::tables::ConsentResultRequest;
use protocol::{AuthId, Base64Data, BeijingTime, Code, DocName, IdCard, RedirectUrl, SealCode, SignId, Uscc};
use testkit::pki::pki;
use testkit::scripted_system::{Decision, SealSpec, Transport};

use crate::common::{PERSON, World, application, code, config, contract, grants, query};

async fn apply(
    world: &World,
    change: impl FnOnce(&mut protocol::tables::ConsentApplyRequest),
    seal: &SealCode,
) -> String {
    let mut request = application(seal);
    change(&mut request);
    match world.a.client.call::<ConsentApply>(&request).await {
        Ok(_) => "0".to_owned(),
        refused => code(refused),
    }
}

#[tokio::test]
async fn pending_then_given_and_readable_again_until_used() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    world.b.script(|script| script.decision = Decision::Pending);
    let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    let ask = ConsentResultRequest { auth_id: applied.auth_id.clone(), seal_code: seal.clone() };
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "40001");
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "40001");
    world.b.behave();
    let first = world.a.client.call::<ConsentOutcome>(&ask).await.unwrap().data;
    let again = world.a.client.call::<ConsentOutcome>(&ask).await.unwrap().data;
    assert_eq!(first, again);
    assert_eq!(world.evidence("consent.given").await.len(), 1);
    let consent = (first.auth_id, first.auth_code);
    let request = crate::common::signing(
        &seal,
        consent,
        world.get().await.sign_id,
        &[1; 32],
        protocol::lists::SignFormat::P1,
    );
    world.sign(&request).await.unwrap();
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "40004");
    world.check().await;
}

#[tokio::test]
async fn a_pending_consent_does_not_sign() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    let guess = protocol::AuthCode::parse(&"e".repeat(32)).unwrap();
    let sign_id = world.get().await.sign_id;
    let format = protocol::lists::SignFormat::P1;
    let request = crate::common::signing(&seal, (applied.auth_id, guess), sign_id, &[1; 32], format);
    assert_eq!(code(world.sign(&request).await), "40001");
}

#[tokio::test]
async fn refused_and_expired_stay_so() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    for (decision, expected) in [(Decision::Refused, "40002"), (Decision::Expired, "40003")] {
        let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
        let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: seal.clone() };
        world.b.script(|script| script.decision = decision);
        assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), expected);
        // A system that changes its mind is not asked again.
        world.b.behave();
        assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), expected);
    }
    // Ten minutes are over, whatever the system would say.
    let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    world.clock.advance_millis(10 * 60_000 + 1);
    let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: seal.clone() };
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "40003");
    assert_eq!(world.evidence("consent.closed").await.len(), 2);
}

#[tokio::test]
async fn a_consent_belongs_to_its_caller_and_seal() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let (other, _) = world.filed(&SealSpec { name: "业务章", ..contract("ES0002") }).await;
    let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    let ask = |auth_id: &AuthId, seal: &SealCode| ConsentResultRequest {
        auth_id: auth_id.clone(),
        seal_code: seal.clone(),
    };
    let c = world.caller("SYSC", "0C01", grants(&[], &[])).await;
    assert_eq!(code(c.client.call::<ConsentOutcome>(&ask(&applied.auth_id, &seal)).await), "40003");
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask(&applied.auth_id, &other)).await), "40005");
    let unknown = AuthId::parse(&"0".repeat(32)).unwrap();
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask(&unknown, &seal)).await), "40003");
    let nowhere = SealCode::parse("E1330100000102123456789P").unwrap();
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask(&applied.auth_id, &nowhere)).await), "30001");
    // A change of the seal's state ends it.
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    world.set_state(&seal, SealState::Enabled).await.unwrap();
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask(&applied.auth_id, &seal)).await), "40003");
}

#[tokio::test]
async fn where_a_signer_is_sent() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    for wrong in
        ["https://evil.example.cn/consent", "javascript:alert(1)", "http://127.0.0.1:1/consent", "nonsense"]
    {
        world.b.script(|script| {
            script.alter_application = Some(Arc::new(move |answer| answer.auth_url = wrong.to_owned()));
        });
        assert_eq!(apply(&world, |_| {}, &seal).await, "60003", "{wrong}");
    }
    assert_eq!(world.evidence("system.lied").await.len(), 4);
    // Back from there: only to what the caller has registered.
    world.b.behave();
    let url = |text: &str| Some(RedirectUrl::parse(text).unwrap());
    assert_eq!(apply(&world, |r| r.redirect_url = url("https://c.example.cn/done/1"), &seal).await, "20003");
    let c = world.caller("SYSC", "0C01", grants(&["https://c.example.cn/done/".to_owned()], &[])).await;
    let mut request = application(&seal);
    request.redirect_url = url("https://c.example.cn/done/1");
    c.client.call::<ConsentApply>(&request).await.unwrap();
    request.redirect_url = url("https://c.example.cn/done/../x");
    assert_eq!(code(c.client.call::<ConsentApply>(&request).await), "20003");
    world.check().await;
}

#[tokio::test]
async fn ids_that_are_short_or_used_are_not_taken() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let id = |text: &str| AuthId::parse(text).unwrap();
    let set = |text: &'static str| {
        world.b.script(|script| {
            script.alter_application =
                Some(Arc::new(move |answer| answer.auth_id = AuthId::parse(text).unwrap()));
        });
    };
    set("12345");
    assert_eq!(apply(&world, |_| {}, &seal).await, "60003");
    set("ffffffffffffffffffffffffffffffff");
    assert_eq!(apply(&world, |_| {}, &seal).await, "0");
    assert_eq!(apply(&world, |_| {}, &seal).await, "60003");
    assert_eq!(id("ffffffffffffffffffffffffffffffff").as_str().len(), 32);
}

#[tokio::test]
async fn what_an_application_may_say() {
    let mut binding = config();
    binding.policy.signing.document_binding = vec!["04".to_owned()];
    let world = World::with(binding).await;
    let (seal, _) = world.contract_seal().await;
    let bound = |r: &mut protocol::tables::ConsentApplyRequest| {
        r.doc_hash = Some(Base64Data::from(vec![3; 32]));
        r.hash_type = Some(HashType::Sm3);
        r.doc_name = Some(DocName::parse("采购合同.ofd").unwrap());
    };
    assert_eq!(apply(&world, |_| {}, &seal).await, "20001");
    assert_eq!(apply(&world, bound, &seal).await, "0");
    let mut md5 = application(&seal);
    bound(&mut md5);
    md5.hash_type = Some(HashType::Md5);
    assert_eq!(code(world.a.client.call::<ConsentApply>(&md5).await), "20011");
    let over = |r: &mut protocol::tables::ConsentApplyRequest| {
        bound(r);
        r.expire_time = Some(BeijingTime::of(world.now() - jiff::SignedDuration::from_secs(60)));
    };
    assert_eq!(apply(&world, over, &seal).await, "20004");
    let other_org = |r: &mut protocol::tables::ConsentApplyRequest| {
        bound(r);
        r.org_code = Some(Uscc::parse("91330100799655058B").unwrap());
    };
    assert_eq!(apply(&world, other_org, &seal).await, "20004");
    // A signId that binds the consent must be one of the caller's for this seal.
    let foreign = |r: &mut protocol::tables::ConsentApplyRequest| {
        bound(r);
        r.sign_id = Some(SignId::parse(&"a".repeat(32)).unwrap());
    };
    assert_eq!(apply(&world, foreign, &seal).await, "40006");
    let own = world.get().await.sign_id;
    let with_own = |r: &mut protocol::tables::ConsentApplyRequest| {
        bound(r);
        r.sign_id = Some(own);
    };
    assert_eq!(apply(&world, with_own, &seal).await, "0");
}

#[tokio::test]
async fn a_persons_seal_asks_for_its_person() {
    let world = World::new().await;
    let spec = SealSpec {
        name: "张三丰",
        seal_type: protocol::lists::SealType::Personal,
        owner: PERSON,
        signer: &pki().person,
        ..contract("ES0003")
    };
    let (seal, _) = world.filed(&spec).await;
    let person = |number: &str| Some(IdCard::parse(number).unwrap());
    let mut request = application(&seal);
    request.org_code = None;
    request.id_card = person("440524188001010014");
    assert_eq!(code(world.a.client.call::<ConsentApply>(&request).await), "20004");
    request.id_card = person(PERSON);
    let applied = world.a.client.call::<ConsentApply>(&request).await.unwrap().data;
    let consent = world.voucher(&seal, &applied).await;
    let mut wanted = query();
    wanted.id_card = person(PERSON);
    let info = world.a.client.call::<SealQuery>(&wanted).await.unwrap().data.remove(0);
    let format = protocol::lists::SignFormat::P7;
    let mut request = crate::common::signing(&seal, consent, info.sign_id, &[1; 32], format);
    request.credent_no = IdCard::parse("440524188001010014").unwrap();
    assert_eq!(code(world.sign(&request).await), "20004");
    request.credent_no = IdCard::parse(PERSON).unwrap();
    request.org_code = None;
    world.sign(&request).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn a_system_that_does_not_answer_well() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    for (transport, expected) in [
        (Transport::Garbled, "60003"),
        (Transport::OtherForm, "60003"),
        (Transport::Late(std::time::Duration::from_secs(3)), "60001"),
    ] {
        world.b.script(|script| script.transport = transport);
        assert_eq!(apply(&world, |_| {}, &seal).await, expected, "{transport:?}");
        world.b.behave();
    }
    let applied = world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: seal.clone() };
    world.b.script(|script| script.transport = Transport::Altered);
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "60003");
    world.b.script(|script| (script.transport, script.refuse) = (Transport::Good, Some(Code::StateForbids)));
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "60002");
    world.b.stop().await;
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&ask).await), "60001");
    assert_eq!(apply(&world, |_| {}, &seal).await, "60001");
}
