//! One consent for several documents (批量意愿认证): each of the list is signed once, and nothing else is.

use std::sync::Arc;

use formats::ses::TbsSignDraft;
use protocol::endpoints::ConsentApply;
use protocol::lists::{HashType, SealState, SignFormat};
use protocol::tables::CloudSignRequest;
use protocol::{AuthCode, AuthId, Base64Data, Code, DocHashes, DocNames, SealCode};
use sealbridge_platform::evidence::{self, Wanted};
use storage::Schema;
use testkit::databases::postgres;
use testkit::pki::pki;
use verify::{Options, Status, Trust, Verdict};

use crate::common::{World, application, code, config, signing};

const DOCUMENTS: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

/// A consent that was given for these documents, with its voucher.
async fn consent(world: &World, seal: &SealCode, documents: &[[u8; 32]]) -> (AuthId, AuthCode) {
    let mut request = application(seal);
    request.doc_hashes = Some(DocHashes::new(documents.to_vec()).unwrap());
    request.hash_type = Some(HashType::Sm3);
    let application = world.a.client.call::<ConsentApply>(&request).await.unwrap().data;
    world.voucher(seal, &application).await
}

/// A request for one document, with a signId of its own.
async fn request(
    world: &World,
    seal: &SealCode,
    consent: &(AuthId, AuthCode),
    document: &[u8],
) -> CloudSignRequest {
    signing(seal, consent.clone(), world.get().await.sign_id, document, SignFormat::P7)
}

async fn each_document_is_signed_once(world: &World) {
    let (seal, own) = world.contract_seal().await;
    let draft = TbsSignDraft {
        seal_der: own.der.clone(),
        time: world.now(),
        data_hash: [9; 32],
        property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
        ext_datas: Vec::new(),
    };
    let message = draft.to_der().unwrap();
    // By its own digest, by the digest of a message, by the digest in a seal signature.
    let consent = consent(world, &seal, &[[1; 32], crypto::sm3::digest(b"a message"), [9; 32]]).await;
    let sign_id = || async { world.get().await.sign_id };
    let first = request(world, &seal, &consent, &[1; 32]).await;
    let signed = world.sign(&first).await.unwrap().data;
    let other = request(world, &seal, &consent, &[8; 32]).await;
    assert_eq!(code(world.sign(&other).await), "40005", "not in the list");
    let again = request(world, &seal, &consent, &[1; 32]).await;
    assert_eq!(code(world.sign(&again).await), "40005", "signed already");
    let second = signing(&seal, consent.clone(), sign_id().await, b"a message", SignFormat::P1);
    world.sign(&second).await.unwrap();
    let third = signing(&seal, consent.clone(), sign_id().await, &message, SignFormat::P1);
    world.sign(&third).await.unwrap();
    // The list is used up; what was signed is given again.
    assert_eq!(world.sign(&first).await.unwrap().data, signed);
    let last = request(world, &seal, &consent, &[1; 32]).await;
    assert_eq!(code(world.sign(&last).await), "40005");
    assert_eq!(world.evidence("signature.released").await.len(), 3);
    world.check().await;
}

#[tokio::test]
async fn each_document_of_a_batch_is_signed_once() {
    each_document_is_signed_once(&World::new().await).await;
}

#[tokio::test]
async fn each_document_of_a_batch_is_signed_once_on_postgresql() {
    let Some(database) = postgres(Schema::Platform).await else { return };
    each_document_is_signed_once(&World::on(database, config()).await).await;
}

#[tokio::test]
async fn of_many_requests_for_one_document_one_is_signed() {
    let world = Arc::new(World::new().await);
    let (seal, _) = world.contract_seal().await;
    let consent = consent(&world, &seal, &DOCUMENTS).await;
    let mut tries = Vec::new();
    for _ in 0..6 {
        let request = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
        let world = Arc::clone(&world);
        tries.push(tokio::spawn(async move { world.sign(&request).await.map(|_| ()) }));
    }
    let mut signed = 0;
    for one in tries {
        match one.await.unwrap() {
            Ok(()) => signed += 1,
            refused => assert_eq!(code(refused), "40005"),
        }
    }
    assert_eq!(signed, 1);
    world.check().await;
}

#[tokio::test]
async fn what_was_not_signed_can_be_signed_later() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let consent = consent(&world, &seal, &DOCUMENTS[..2]).await;
    world.sign(&request(&world, &seal, &consent, &DOCUMENTS[0]).await).await.unwrap();
    // The last document is taken and given back: the consent lives again.
    let refused = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
    world.b.script(|script| script.refuse = Some(Code::StateForbids));
    assert!(world.sign(&refused).await.is_err());
    world.b.behave();
    let other = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
    world.sign(&other).await.unwrap();
    assert_eq!(code(world.sign(&refused).await), "40005");
    world.check().await;
}

#[tokio::test]
async fn a_change_of_state_ends_what_is_left_of_a_batch() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let consent = consent(&world, &seal, &DOCUMENTS).await;
    world.sign(&request(&world, &seal, &consent, &DOCUMENTS[0]).await).await.unwrap();
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    world.set_state(&seal, SealState::Enabled).await.unwrap();
    let late = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
    assert_eq!(code(world.sign(&late).await), "40003");
    // And its voucher ends as any.
    let consent = self::consent(&world, &seal, &DOCUMENTS).await;
    let late = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
    world.clock.advance_millis(5 * 60_000 + 1);
    assert_eq!(code(world.sign(&late).await), "40004");
    world.check().await;
}

#[tokio::test]
async fn a_batch_that_does_not_fit_together_is_refused() {
    let mut small = config();
    small.policy.signing.batch_documents = 2;
    small.policy.signing.document_binding = vec!["04".to_owned()];
    let world = World::with(small).await;
    let (seal, _) = world.contract_seal().await;
    let apply = async |change: &dyn Fn(&mut protocol::tables::ConsentApplyRequest)| {
        let mut request = application(&seal);
        request.doc_hashes = Some(DocHashes::new(DOCUMENTS[..2].to_vec()).unwrap());
        change(&mut request);
        world.a.client.call::<ConsentApply>(&request).await.map(|answer| answer.data)
    };
    // Naming several documents is naming what is signed.
    apply(&|_| ()).await.unwrap();
    assert_eq!(code(apply(&|request| request.doc_hashes = None).await), "20001");
    let three = |request: &mut protocol::tables::ConsentApplyRequest| {
        request.doc_hashes = Some(DocHashes::new(DOCUMENTS.to_vec()).unwrap());
    };
    assert_eq!(code(apply(&three).await), "20003");
    let both = |request: &mut protocol::tables::ConsentApplyRequest| {
        request.doc_hash = Some(Base64Data::from(vec![1; 32]));
    };
    assert_eq!(code(apply(&both).await), "20004");
    let fewer = |request: &mut protocol::tables::ConsentApplyRequest| {
        request.doc_names = Some(DocNames::parse("one.ofd").unwrap());
    };
    assert_eq!(code(apply(&fewer).await), "20004");
    // What the seal system says of how the signer agreed must be of these documents.
    let application = apply(&|_| ()).await.unwrap();
    world.b.script(|script| {
        script.alter_record = Some(Arc::new(|record| record.doc_hashes = None));
    });
    let result = protocol::tables::ConsentResultRequest {
        auth_id: application.auth_id.clone(),
        seal_code: seal.clone(),
    };
    let answer = world.a.client.call::<protocol::endpoints::ConsentOutcome>(&result).await;
    assert_eq!(code(answer), "60003");
}

#[tokio::test]
async fn the_evidence_of_each_signing_names_the_batch() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let consent = consent(&world, &seal, &DOCUMENTS).await;
    let request = request(&world, &seal, &consent, &DOCUMENTS[1]).await;
    world.sign(&request).await.unwrap();
    let context = world.platform.context();
    let found = evidence::find(context, Wanted::Digest(&DOCUMENTS[1])).await.unwrap();
    let bytes = evidence::export(context, &*world.keys.root, &found[0], "admin").await.unwrap();
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    let options = Options::new(world.now());
    let trusted = proof::Trusted {
        platform_key: Some(world.keys.root.verifying_key()),
        trust: &trust,
        options: &options,
        signature: None,
    };
    let report = proof::check(&proof::read(&bytes).unwrap(), &trusted);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    let document = report.findings.iter().find(|finding| finding.rule.id == "consent.document").unwrap();
    assert_eq!((document.status, document.detail.en.as_str()), (Status::Good, "document 2 of 3"));
    let released = world.evidence("signature.released").await.remove(0);
    assert_eq!(released["record"]["batch"], DocHashes::new(DOCUMENTS.to_vec()).unwrap().text());
}
