//! Signing with a cloud seal through the platform, and everything that can go wrong on the way (resolutions 23 to
//! 29, wire profile §7).

use std::sync::Arc;
use std::time::Duration;

use client::ClientError;
use crypto::Signer;
use formats::cms::sign_detached;
use formats::ses::TbsSignDraft;
use protocol::endpoints::{CloudSign, SealQuery};
use protocol::lists::{CertType, HashType, SealState, SignFormat};
use protocol::{AuthCode, Base64Data, Code, IdCard, SignId, Uscc};
use testkit::pki::pki;
use testkit::scripted_system::{SealSpec, Transport};

use crate::common::{World, application, code, config, contract, grants, query, signing};

const MESSAGE: [u8; 32] = [7; 32];
const NOUGHT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[tokio::test]
async fn the_main_way_in_both_forms() {
    let world = World::new().await;
    world.contract_seal().await;
    for format in [SignFormat::P1, SignFormat::P7] {
        let request = world.ready_to_sign(&MESSAGE, format).await;
        let signature = world.sign(&request).await.unwrap().data;
        assert_eq!(signature.format, format);
        // The same again gives the same, and the system signed once.
        assert_eq!(world.sign(&request).await.unwrap().data, signature);
        assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    }
    let released = world.evidence("signature.released").await;
    assert_eq!(released.len(), 2);
    world.check().await;
}

#[tokio::test]
async fn the_main_way_on_postgresql() {
    let Some(database) = testkit::databases::postgres(storage::Schema::Platform).await else { return };
    let world = Arc::new(World::on(database, config()).await);
    let (seal, _) = world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let tries: Vec<_> = (0..6)
        .map(|_| {
            let (world, request) = (Arc::clone(&world), request.clone());
            tokio::spawn(async move { world.sign(&request).await.unwrap().data })
        })
        .collect();
    for one in tries {
        one.await.unwrap();
    }
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    assert_eq!(world.evidence("signature.released").await.len(), 1);
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30006");
    world.set_state(&seal, SealState::Revoked).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn a_used_sign_id_signs_nothing_else() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.sign(&request).await.unwrap();
    let mut other = request.clone();
    other.doc_hash = Base64Data::from(vec![8; 32]);
    assert_eq!(code(world.sign(&other).await), "40006");
    // With another consent neither.
    let (auth_id, auth_code) = world.consent(&seal, None).await;
    let renewed = signing(&seal, (auth_id, auth_code), request.sign_id.clone(), &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&renewed).await), "40006");
    let mut form = request.clone();
    form.format = SignFormat::P7;
    assert_eq!(code(world.sign(&form).await), "40006");
    // And a consent that was used does not serve another signId.
    let again = world.get().await;
    let reused =
        signing(&seal, (request.auth_id, request.auth_code), again.sign_id, &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&reused).await), "40004");
    assert_eq!(world.evidence("signature.released").await.len(), 1);
}

#[tokio::test]
async fn of_many_at_once_one_signature_comes_out() {
    let world = Arc::new(World::new().await);
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let tries: Vec<_> = (0..12_u8)
        .map(|number| {
            let (world, mut request) = (Arc::clone(&world), request.clone());
            if number % 3 == 0 {
                request.doc_hash = Base64Data::from(vec![number; 32]);
            }
            tokio::spawn(async move { world.sign(&request).await.map(|answer| answer.data) })
        })
        .collect();
    let mut signatures = Vec::new();
    for one in tries {
        match one.await.unwrap() {
            Ok(signature) => signatures.push(signature.sign_data.text()),
            Err(ClientError::Refused(refusal)) => {
                assert!(["40006", "40004"].contains(&refusal.code.as_str()), "{refusal}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    signatures.dedup();
    assert_eq!(signatures.len(), 1, "every caller that got one got the same");
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    assert_eq!(world.evidence("signature.released").await.len(), 1);
    world.check().await;
}

#[tokio::test]
async fn ids_and_codes_end() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    // The voucher: five minutes.
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.clock.advance_millis(5 * 60_000 + 1);
    assert_eq!(code(world.sign(&request).await), "40004");
    // The signId: thirty.
    let info = world.get().await;
    world.clock.advance_millis(30 * 60_000);
    let (auth_id, auth_code) = world.consent(&seal, None).await;
    let late = signing(&seal, (auth_id.clone(), auth_code), info.sign_id, &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&late).await), "40006");
    // A wrong voucher.
    let wrong = AuthCode::parse(&"f".repeat(32)).unwrap();
    let sign_id = world.get().await.sign_id;
    let forged = signing(&seal, (auth_id, wrong), sign_id, &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&forged).await), "40004");
    // A signature that was made is given again long after.
    let good = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let signature = world.sign(&good).await.unwrap().data;
    world.clock.advance_millis(3_600_000);
    assert_eq!(world.sign(&good).await.unwrap().data, signature);
}

#[tokio::test]
async fn ids_belong_to_their_caller_and_seal() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let (second, _) =
        world.filed(&SealSpec { name: "示例科技有限公司业务专用章", ..contract("ES0002") }).await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let c = world.caller("SYSC", "0C01", grants(&[], &[])).await;
    assert_eq!(code(c.client.call::<CloudSign>(&request).await), "40006");
    let mut unknown = request.clone();
    unknown.sign_id = SignId::parse(&"0".repeat(32)).unwrap();
    assert_eq!(code(world.sign(&unknown).await), "40006");
    let mut other_seal = request.clone();
    other_seal.seal_code = second.clone();
    assert_eq!(code(world.sign(&other_seal).await), "40006");
    // A consent for the first seal, a signId of the second.
    let seals = world.a.client.call::<SealQuery>(&query()).await.unwrap().data;
    let of_second = seals.into_iter().find(|info| info.seal_code == second).unwrap();
    let (auth_id, auth_code) = world.consent(&seal, None).await;
    let mixed = signing(&second, (auth_id, auth_code), of_second.sign_id, &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&mixed).await), "40005");
    // Nothing of this used up what was there.
    world.sign(&request).await.unwrap();
}

#[tokio::test]
async fn a_consent_to_one_document_signs_no_other() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let consented = crypto::sm3::digest(b"the contract");
    for (format, message, good) in [
        (SignFormat::P7, consented.to_vec(), true),
        (SignFormat::P7, vec![1; 32], false),
        (SignFormat::P1, b"the contract".to_vec(), true),
        (SignFormat::P1, b"another contract".to_vec(), false),
    ] {
        let consent = world.consent(&seal, Some(&consented)).await;
        let request = signing(&seal, consent, world.get().await.sign_id, &message, format);
        let result = world.sign(&request).await;
        if good {
            result.unwrap();
        } else {
            assert_eq!(code(result), "40005");
        }
    }
    // A consent for one person signs for no other.
    let mut request = application(&seal);
    request.id_card = Some(IdCard::parse("440524188001010014").unwrap());
    let application = world.a.client.call::<protocol::endpoints::ConsentApply>(&request).await.unwrap().data;
    let consent = world.voucher(&seal, &application).await;
    let request = signing(&seal, consent, world.get().await.sign_id, &MESSAGE, SignFormat::P1);
    assert_eq!(code(world.sign(&request).await), "40005");
    world.check().await;
}

#[tokio::test]
async fn a_change_of_state_kills_what_was_handed_out() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    assert_eq!(code(world.sign(&request).await), "30006");
    world.set_state(&seal, SealState::Enabled).await.unwrap();
    assert_eq!(code(world.sign(&request).await), "40006");
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let signature = world.sign(&request).await.unwrap().data;
    let open = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.set_state(&seal, SealState::Revoked).await.unwrap();
    assert_eq!(code(world.sign(&open).await), "30005");
    // What was handed out before stays the answer to its request.
    assert_eq!(world.sign(&request).await.unwrap().data, signature);
}

#[tokio::test]
async fn a_seal_that_is_disabled_while_its_system_signs_gives_nothing_out() {
    let world = Arc::new(World::new().await);
    let (seal, _) = world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.b.script(|script| script.transport = Transport::Late(Duration::from_millis(600)));
    let signing = {
        let (world, request) = (Arc::clone(&world), request.clone());
        tokio::spawn(async move { code(world.sign(&request).await) })
    };
    while world.b.signatures_made(request.sign_id.as_str()) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    assert_eq!(signing.await.unwrap(), "30006");
    assert_eq!(world.evidence("signature.withheld").await.len(), 1);
    assert_eq!(world.evidence("signature.released").await.len(), 0);
    world.b.behave();
    world.set_state(&seal, SealState::Enabled).await.unwrap();
    assert_eq!(code(world.sign(&request).await), "40006");
    world.check().await;
}

#[tokio::test]
async fn a_system_that_is_late_or_garbled_costs_nothing() {
    let world = World::new().await;
    world.contract_seal().await;
    for (transport, expected) in [
        (Transport::Late(Duration::from_secs(3)), "60001"),
        (Transport::Garbled, "60003"),
        (Transport::Altered, "60003"),
        (Transport::Unsigned, "60003"),
        (Transport::OtherForm, "60003"),
        (Transport::Header("x-seal-request-hash", NOUGHT), "60003"),
        (Transport::Header("x-seal-key-id", NOUGHT), "60003"),
        (Transport::Header("x-seal-time", "1"), "60003"),
        (Transport::Header("x-seal-nonce", "another"), "60003"),
    ] {
        let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
        world.b.script(|script| script.transport = transport);
        assert_eq!(code(world.sign(&request).await), expected, "{transport:?}");
        // It may have signed: nothing else may be signed with this signId now, the same request may come again.
        world.b.behave();
        let mut other = request.clone();
        other.doc_hash = Base64Data::from(vec![8; 32]);
        assert_eq!(code(world.sign(&other).await), "40006", "{transport:?}");
        world.sign(&request).await.unwrap();
        assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1, "{transport:?}");
    }
    assert_eq!(world.evidence("system.lied").await.len(), 8);
    world.check().await;
}

#[tokio::test]
async fn a_wrong_signature_is_never_handed_on() {
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let forged = pki().second.key.sign(&MESSAGE).unwrap();
    world.b.script(|script| {
        let forged = Base64Data::from(forged.clone());
        script.alter_signature = Some(Arc::new(move |value| value.sign_data = forged.clone()));
    });
    assert_eq!(code(world.sign(&request).await), "60004");
    assert_eq!(world.evidence("signature.withheld").await.len(), 1);
    // What the caller holds can be used once more, and is then good.
    world.b.behave();
    world.sign(&request).await.unwrap();
    // A second wrong one ends the signId.
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.b.script(|script| script.alter_signature = Some(Arc::new(|value| value.format = SignFormat::P7)));
    assert_eq!(code(world.sign(&request).await), "60004");
    assert_eq!(code(world.sign(&request).await), "60004");
    world.b.behave();
    assert_eq!(code(world.sign(&request).await), "40006");
    world.check().await;
}

#[tokio::test]
async fn a_signed_message_must_be_the_one_that_was_asked_for() {
    let world = World::new().await;
    world.contract_seal().await;
    let signer = &pki().signer;
    let now = world.now();
    let p7 = |digest: [u8; 32], party: &testkit::pki::Party| {
        sign_detached(digest, now, &party.key, &party.der(), &[]).unwrap()
    };
    for wrong in [
        p7([9; 32], signer),
        p7(MESSAGE, &pki().second),
        signer.key.sign(&MESSAGE).unwrap(),
        b"nonsense".to_vec(),
    ] {
        let request = world.ready_to_sign(&MESSAGE, SignFormat::P7).await;
        world.b.script(|script| {
            let wrong = Base64Data::from(wrong.clone());
            script.alter_signature = Some(Arc::new(move |value| value.sign_data = wrong.clone()));
        });
        assert_eq!(code(world.sign(&request).await), "60004");
        world.b.behave();
    }
}

#[tokio::test]
async fn the_system_that_refuses_is_quoted_and_what_it_minted_is_its_own() {
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    world.b.script(|script| script.refuse = Some(Code::StateForbids));
    match world.sign(&request).await {
        Err(ClientError::Refused(refusal)) => {
            assert_eq!(refusal.code, "60002");
            let body: serde_json::Value = serde_json::from_slice(&refusal.body).unwrap();
            assert_eq!(body["data"]["upstream"]["code"], "30005");
        }
        other => panic!("{other:?}"),
    }
    // Nothing was signed, so the signId can sign something else, once.
    world.b.behave();
    let mut other = request.clone();
    other.doc_hash = Base64Data::from(vec![8; 32]);
    world.sign(&other).await.unwrap();
    for passed_on in [Code::AuthIdUnknown, Code::AuthCodeUnknown, Code::ConsentForOther, Code::SignIdUnknown]
    {
        let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
        world.b.script(|script| script.refuse = Some(passed_on));
        assert_eq!(code(world.sign(&request).await), passed_on.text());
        world.b.behave();
    }
}

#[tokio::test]
async fn parameters_that_do_not_go_together() {
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let mut sha = request.clone();
    sha.hash_type = HashType::Sha256;
    assert_eq!(code(world.sign(&sha).await), "20011");
    sha.hash_type = HashType::Md5;
    assert_eq!(code(world.sign(&sha).await), "20011");
    let mut nobody = request.clone();
    nobody.org_code = None;
    assert_eq!(code(world.sign(&nobody).await), "20001");
    let mut other = request.clone();
    other.org_code = Some(Uscc::parse("91330100799655058B").unwrap());
    assert_eq!(code(world.sign(&other).await), "20004");
    let mut short = request.clone();
    short.format = SignFormat::P7;
    short.doc_hash = Base64Data::from(vec![1; 31]);
    assert_eq!(code(world.sign(&short).await), "20002");
    // None of it used anything up.
    world.sign(&request).await.unwrap();
}

#[tokio::test]
async fn a_message_that_names_a_seal_must_name_this_one() {
    let mut strict = config();
    strict.policy.signing.p1_must_be_seal_data = true;
    let world = World::with(strict).await;
    let (_, own) = world.contract_seal().await;
    let foreign = testkit::scripted_system::make_seal(&contract("ES0009"));
    let message = |seal: &[u8]| {
        let draft = TbsSignDraft {
            seal_der: seal.to_vec(),
            time: world.now(),
            data_hash: [3; 32],
            property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
            ext_datas: Vec::new(),
        };
        draft.to_der().unwrap()
    };
    let request = world.ready_to_sign(&message(&foreign.der), SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "20004");
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "20002");
    let request = world.ready_to_sign(&message(&own.der), SignFormat::P1).await;
    world.sign(&request).await.unwrap();
}

#[tokio::test]
async fn a_ukey_seal_is_not_signed_with_in_the_cloud() {
    let world = World::new().await;
    let spec = SealSpec { cert_type: CertType::Ukey, ukey_id: Some("UK01"), ..contract("ES0003") };
    let (seal, _) = world.filed(&spec).await;
    let request = application(&seal);
    let applied = world.a.client.call::<protocol::endpoints::ConsentApply>(&request).await;
    assert_eq!(code(applied), "20004");
}

#[tokio::test]
async fn a_suspended_system_takes_its_seals_along() {
    use storage::platform::systems::SystemState;
    let world = World::new().await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let context = world.platform.context();
    let reason = ("admin", Some("key compromise"));
    sealbridge_platform::onboarding::set_state(context, &world.b.app_id, SystemState::Suspended, reason)
        .await
        .unwrap();
    assert_eq!(code(world.sign(&request).await), "30008");
    for administrator in ["admin", "second admin"] {
        let by = (administrator, Some("new key"));
        sealbridge_platform::onboarding::set_state(context, &world.b.app_id, SystemState::Online, by)
            .await
            .unwrap();
    }
    assert_eq!(code(world.sign(&request).await), "40006");
}
