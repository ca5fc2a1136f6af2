//! The way of one signature, from the query to the value, with the real pages in between.

use crypto::{SignatureAlgorithm, sm3};
use formats::asn1::Mode;
use formats::cms::SignedData;
use protocol::lists::SignFormat;
use protocol::{AuthCode, AuthId, IdCard, SignId};
use sealbridge_seal_system::SealState;

use crate::browser::Browser;
use crate::world::{World, refused};

/// Has the signer agree on their telephone; gives what the platform then gets.
pub(crate) async fn agreed(
    world: &World,
    doc_hash: Option<[u8; 32]>,
    sign_id: Option<&SignId>,
) -> (AuthId, AuthCode) {
    let applied = world.apply(&world.application(doc_hash, sign_id)).await.unwrap();
    assert_eq!(refused(world.outcome(&applied.auth_id).await), "40001", "nobody has decided");
    let browser = Browser::new();
    let page = browser.get(&applied.auth_url).await;
    assert_eq!(page.status, 200);
    let before = world.server.codes().len();
    let page = browser.post(&format!("{}/code", applied.auth_url), &[]).await;
    assert!(page.text.contains("验证码已发送"), "{}", page.text);
    let codes = world.server.codes();
    assert_eq!(codes.len(), before + 1);
    let code = codes.last().unwrap();
    let page = browser.post(&format!("{}/accept", applied.auth_url), &[("code", code)]).await;
    assert!(page.text.contains("已同意签署"), "{}", page.text);
    let passed = world.outcome(&applied.auth_id).await.unwrap();
    assert_eq!(passed.auth_id, applied.auth_id);
    (passed.auth_id, passed.auth_code)
}

#[tokio::test]
async fn a_consent_gives_one_signature_and_the_same_again() {
    let world = World::new().await;
    let seals = world.seals().await;
    let [seal] = seals.as_slice() else { panic!("one seal was made") };
    assert_eq!(seal.seal_data.bytes(), world.seal.seal_data);
    let message = b"what is to be signed, longer than a digest";
    let (auth_id, auth_code) = agreed(&world, Some(sm3::digest(message)), Some(&seal.sign_id)).await;
    let by = (&auth_id, &auth_code);
    let request = world.sign_request(by, &seal.sign_id, SignFormat::P1, message);

    let mut other_person = request.clone();
    other_person.credent_no = IdCard::parse("110101199003070134").unwrap_or_else(|_| other_card());
    assert_eq!(refused(world.sign(&other_person).await), "40005");
    let other_document = world.sign_request(by, &seal.sign_id, SignFormat::P1, b"something else");
    assert_eq!(refused(world.sign(&other_document).await), "40005");
    let wrong_code = AuthCode::parse(&"0".repeat(32)).unwrap();
    let wrong = world.sign_request((&auth_id, &wrong_code), &seal.sign_id, SignFormat::P1, message);
    assert_eq!(refused(world.sign(&wrong).await), "40004");

    let first = world.sign(&request).await.unwrap();
    let key = world.certificate().verifying_key().unwrap();
    key.verify(SignatureAlgorithm::Sm2Sm3, message, first.sign_data.bytes()).unwrap();
    let second = world.sign(&request).await.unwrap();
    assert_eq!(second.sign_data, first.sign_data, "a retry gets the stored signature");
    assert_eq!(refused(world.outcome(&auth_id).await), "40004", "the voucher was used");
    assert_eq!(refused(world.sign(&other_document).await), "40005");
    world.server.stop().await;
}

fn other_card() -> IdCard {
    // Another person's number with a right check digit.
    (0..10_u8).find_map(|digit| IdCard::parse(&format!("1101051990010100{digit}{}", 'X')).ok()).unwrap()
}

#[tokio::test]
async fn a_sign_id_is_for_one_document() {
    let world = World::new().await;
    let seal = world.seals().await.remove(0);
    // Not bound to a document, so only the signId holds the asker to one.
    let (auth_id, auth_code) = agreed(&world, None, None).await;
    let by = (&auth_id, &auth_code);
    world.sign(&world.sign_request(by, &seal.sign_id, SignFormat::P1, b"first")).await.unwrap();
    let other = world.sign_request(by, &seal.sign_id, SignFormat::P1, b"second");
    assert_eq!(refused(world.sign(&other).await), "40006");
    let fresh = world.seals().await.remove(0);
    let again = world.sign_request(by, &fresh.sign_id, SignFormat::P1, b"second");
    assert_eq!(refused(world.sign(&again).await), "40004", "a consent is used once");
    let unknown = SignId::parse(&"f".repeat(32)).unwrap();
    let (auth_id, auth_code) = agreed(&world, None, None).await;
    let request = world.sign_request((&auth_id, &auth_code), &unknown, SignFormat::P1, b"first");
    assert_eq!(refused(world.sign(&request).await), "40006");
    // What was refused has used nothing up.
    let fresh = world.seals().await.remove(0);
    world
        .sign(&world.sign_request((&auth_id, &auth_code), &fresh.sign_id, SignFormat::P1, b"x"))
        .await
        .unwrap();
    world.server.stop().await;
}

#[tokio::test]
async fn a_p7_signature_is_a_detached_message_over_the_digest() {
    let world = World::new().await;
    let seal = world.seals().await.remove(0);
    let digest = sm3::digest(b"the document with the seal applied");
    let (auth_id, auth_code) = agreed(&world, Some(digest), Some(&seal.sign_id)).await;
    let request = world.sign_request((&auth_id, &auth_code), &seal.sign_id, SignFormat::P7, &digest);
    let value = world.sign(&request).await.unwrap();
    let message = SignedData::parse(value.sign_data.bytes(), Mode::Strict).unwrap();
    assert!(message.content.is_none(), "detached");
    let signer = message.signers.first().unwrap();
    assert_eq!(signer.signed_attributes.as_ref().unwrap().message_digest().unwrap(), digest);
    let key = message.certificate_of(signer).unwrap().verifying_key().unwrap();
    signer.check_signature(&key, None).unwrap();
    assert_eq!(key.spki_der(), world.certificate().spki_der());
    world.server.stop().await;
}

#[tokio::test]
async fn disabling_a_seal_kills_what_is_under_way() {
    let world = World::new().await;
    let seal = world.seals().await.remove(0);
    let message = b"message";
    let (auth_id, auth_code) = agreed(&world, Some(sm3::digest(message)), Some(&seal.sign_id)).await;
    let waiting = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&waiting.auth_url).await;

    let set = |state| world.server.system.set_seal_state(&world.seal.seal_id, state);
    set(SealState::Disabled).await.unwrap();
    let request = world.sign_request((&auth_id, &auth_code), &seal.sign_id, SignFormat::P1, message);
    assert_eq!(refused(world.sign(&request).await), "30006");
    assert_eq!(refused(world.apply(&world.application(None, None)).await), "30006");
    assert!(world.seals().await.is_empty(), "a disabled seal is not offered");
    assert!(browser.get(&waiting.auth_url).await.text.contains("印章状态已变更"));

    set(SealState::Enabled).await.unwrap();
    assert_eq!(refused(world.sign(&request).await), "40003", "the consent stays void");
    assert_eq!(refused(world.outcome(&auth_id).await), "40003");
    let (auth_id, auth_code) = agreed(&world, Some(sm3::digest(message)), None).await;
    let request = world.sign_request((&auth_id, &auth_code), &seal.sign_id, SignFormat::P1, message);
    assert_eq!(refused(world.sign(&request).await), "40006", "the signId stays void");
    set(SealState::Revoked).await.unwrap();
    assert_eq!(refused(world.sign(&request).await), "30005");
    world.server.stop().await;
}

#[tokio::test]
async fn time_runs_out() {
    let world = World::new().await;
    let seal = world.seals().await.remove(0);
    let (auth_id, auth_code) = agreed(&world, None, None).await;
    let request = world.sign_request((&auth_id, &auth_code), &seal.sign_id, SignFormat::P1, b"m");
    world.house.clock.advance_millis(5 * 60_000 + 1);
    assert_eq!(refused(world.outcome(&auth_id).await), "40004", "a voucher lives five minutes");
    assert_eq!(refused(world.sign(&request).await), "40004");
    let (auth_id, auth_code) = agreed(&world, None, None).await;
    world.house.clock.advance_millis(26 * 60_000);
    let request = world.sign_request((&auth_id, &auth_code), &seal.sign_id, SignFormat::P1, b"m");
    assert!(["40004", "40006"].contains(&refused(world.sign(&request).await).as_str()));
    world.server.stop().await;
}
