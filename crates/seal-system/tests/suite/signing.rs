//! The way of one signature, from the query to the value, with the real pages in between.

use crypto::{SignatureAlgorithm, sm3};
use formats::asn1::Mode;
use formats::cms::SignedData;
use formats::ses::TbsSignDraft;
use protocol::consent_record::ConsentRecord;
use protocol::lists::SignFormat;
use protocol::tables::ConsentApplyRequest;
use protocol::{AuthCode, AuthId, DocHashes, DocNames, IdCard, SignId};
use sealbridge_seal_system::SealState;

use crate::browser::Browser;
use crate::world::{World, refused};

/// Has the signer agree on their telephone; gives what the platform then gets.
pub(crate) async fn agreed(
    world: &World,
    doc_hash: Option<[u8; 32]>,
    sign_id: Option<&SignId>,
) -> (AuthId, AuthCode) {
    agreed_to(world, &world.application(doc_hash, sign_id)).await
}

/// The same for any application.
async fn agreed_to(world: &World, application: &ConsentApplyRequest) -> (AuthId, AuthCode) {
    let applied = world.apply(application).await.unwrap();
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

/// An application for three documents.
pub(crate) fn batch(world: &World, digests: [[u8; 32]; 3]) -> ConsentApplyRequest {
    let mut request = world.application(None, None);
    request.doc_name = None;
    request.doc_hashes = Some(DocHashes::new(digests.to_vec()).unwrap());
    request.doc_names = Some(DocNames::parse("采购合同.ofd/附件一.ofd/附件二.pdf").unwrap());
    request
}

#[tokio::test]
async fn a_consent_to_several_documents_signs_each_of_them_once() {
    let world = World::new().await;
    let digests = [[1; 32], [2; 32], sm3::digest(b"a message")];
    let (auth_id, auth_code) = agreed_to(&world, &batch(&world, digests)).await;
    let by = (&auth_id, &auth_code);
    let sign_id = async || world.seals().await.remove(0).sign_id;
    let first = world.sign_request(by, &sign_id().await, SignFormat::P7, &[1; 32]);
    let signed = world.sign(&first).await.unwrap();
    for other in [[1; 32], [9; 32]] {
        let request = world.sign_request(by, &sign_id().await, SignFormat::P7, &other);
        assert_eq!(refused(world.sign(&request).await), "40005", "signed already, or not in the list");
    }
    // The voucher can be fetched until the last of them is signed.
    world.outcome(&auth_id).await.unwrap();
    let message = world.sign_request(by, &sign_id().await, SignFormat::P1, b"a message");
    world.sign(&message).await.unwrap();
    let second = world.sign_request(by, &sign_id().await, SignFormat::P7, &[2; 32]);
    world.sign(&second).await.unwrap();
    assert_eq!(world.sign(&first).await.unwrap().sign_data, signed.sign_data, "a retry gets the same");
    assert_eq!(refused(world.outcome(&auth_id).await), "40004");
    let late = world.sign_request(by, &sign_id().await, SignFormat::P7, &[2; 32]);
    assert_eq!(refused(world.sign(&late).await), "40005");
    world.server.stop().await;
}

#[tokio::test]
async fn a_seal_signature_is_of_the_seal_digest_and_time_that_were_agreed_to() {
    let world = World::new().await;
    let consented = sm3::digest(b"Signature.xml");
    let seal = world.seals().await.remove(0);
    let now = world.house.clock.clock().now();
    let message = |seal_der: &[u8], data_hash: [u8; 32], minutes: i64| {
        let draft = TbsSignDraft {
            seal_der: seal_der.to_vec(),
            time: now + jiff::SignedDuration::from_mins(minutes),
            data_hash,
            property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
            ext_datas: Vec::new(),
        };
        draft.to_der().unwrap()
    };
    let own = world.seal.seal_data.as_slice();
    let foreign = testkit::scripted_system::make_seal(&testkit::scripted_system::SealSpec {
        es_id: "ES0009",
        name: "另一枚印章",
        seal_type: protocol::lists::SealType::Contract,
        owner: testkit::pki::TEST_USCC,
        cert_type: protocol::lists::CertType::Cloud,
        ukey_id: None,
        maker: &testkit::pki::pki().maker,
        signer: &testkit::pki::pki().signer,
        valid: (now, now + jiff::SignedDuration::from_hours(24)),
    });
    let (auth_id, auth_code) = agreed(&world, Some(consented), Some(&seal.sign_id)).await;
    let by = (&auth_id, &auth_code);
    for (wrong, why) in [
        (message(&foreign.der, consented, 0), "another seal"),
        (message(own, [8; 32], 0), "another digest"),
        (message(own, consented, 6), "a time to come"),
        (message(own, consented, -6), "a time before the seal was got"),
        (b"no seal signature".to_vec(), "no digest at all"),
    ] {
        let request = world.sign_request(by, &seal.sign_id, SignFormat::P1, &wrong);
        assert_eq!(refused(world.sign(&request).await), "40005", "{why}");
    }
    let good = message(own, consented, 0);
    let request = world.sign_request(by, &seal.sign_id, SignFormat::P1, &good);
    let value = world.sign(&request).await.unwrap();
    let key = world.certificate().verifying_key().unwrap();
    key.verify(SignatureAlgorithm::Sm2Sm3, &good, value.sign_data.bytes()).unwrap();
    world.server.stop().await;
}

#[tokio::test]
async fn the_system_states_how_the_signer_agreed() {
    let world = World::new().await;
    let (auth_id, _) = agreed(&world, Some([7; 32]), None).await;
    let stated = world.outcome(&auth_id).await.unwrap().record.unwrap();
    let text = std::str::from_utf8(stated.bytes()).unwrap();
    let record: ConsentRecord = serde_json::from_str(text).unwrap();
    assert_eq!(record.auth_id, auth_id.as_str());
    assert_eq!((record.method.as_str(), record.signer.as_deref()), ("one-time code", Some("张*")));
    assert_eq!(record.mobile.as_deref(), Some("138****1234"));
    assert!(
        record.opened_at.is_some_and(|opened| record.applied_at <= opened && opened <= record.decided_at)
    );
    // Where it stands in this system's own log.
    let place = record.log.unwrap();
    let mut tx = world.server.database.read().await.unwrap();
    let entry = storage::evidence::find(&mut tx, place.seq).await.unwrap().unwrap();
    drop(tx);
    assert_eq!((entry.kind.as_str(), hex::encode(entry.hash)), ("consent.decided", place.hash));
    for personal in ["张三丰", "13800001234", "127.0.0.1", "11010519491231002X"] {
        assert!(!text.contains(personal), "{text}");
    }
    world.server.stop().await;
}
