//! Verification of signIds for UKeys (6.3.1.3, resolution 32), and the evidence of what a UKey was allowed to sign.

use crypto::{Signer, Sm2KeyPair};
use proof::{Medium, Trusted};
use protocol::endpoints::{SignIdVerify, UkeySign};
use protocol::lists::{CertType, SealState};
use protocol::tables::SignIdVerifyRequest;
use protocol::{Base64Data, Endpoint, SealCode, SignId, WebOrigin, WholeRequest};
use sealbridge_platform::evidence::Wanted;
use serde_json::json;
use storage::Schema;
use testkit::databases::postgres;
use testkit::pki::pki;
use testkit::scripted_system::{ScriptedSeal, SealSpec};
use verify::{Options, Status, Verdict};

use crate::bundle::{against, changed_values_are_found, export, found, roots, tbs};
use crate::common::raw::signed;
use crate::common::{PLATFORM, World, code, config, contract, ukey};

struct Setting {
    world: World,
    seal: SealCode,
    scripted: ScriptedSeal,
    sign_id: SignId,
}

async fn setting() -> Setting {
    setting_in(World::new().await).await
}

async fn setting_in(world: World) -> Setting {
    let spec = SealSpec { cert_type: CertType::Ukey, ukey_id: Some("UK01"), ..contract("ES0001") };
    let (seal, scripted) = world.filed(&spec).await;
    let sign_id = world.get().await.sign_id;
    Setting { world, seal, scripted, sign_id }
}

impl Setting {
    /// A's request of table 19, signed for the platform.
    fn whole(&self, key: &Sm2KeyPair, message: &[u8]) -> WholeRequest {
        let fields = json!({
            "version": "1.0", "appId": "SYSA", "signId": self.sign_id.as_str(), "hashType": 4, "signFormat": 1,
            "sealCode": self.seal.as_str(), "docHash": Base64Data::from(message.to_vec()).text(),
        });
        WholeRequest::parse(&signed(key, UkeySign::INFO, PLATFORM, &fields)).unwrap()
    }

    /// B's question.
    fn question(&self, request: WholeRequest, message: &[u8]) -> SignIdVerifyRequest {
        SignIdVerifyRequest {
            sign_id: self.sign_id.clone(),
            seal_code: self.seal.clone(),
            doc_hash: Base64Data::from(message.to_vec()),
            ukey_id: ukey("UK01"),
            origin: WebOrigin::parse("https://a.example.cn").unwrap(),
            request,
        }
    }

    async fn ask(
        &self,
        question: &SignIdVerifyRequest,
    ) -> Result<protocol::tables::SignIdVerification, client::ClientError> {
        self.world.b_client.call::<SignIdVerify>(question).await.map(|answer| answer.data)
    }
}

#[tokio::test]
async fn the_sign_id_is_used_up_by_one_document() {
    let setting = setting().await;
    let question = setting.question(setting.whole(&setting.world.a.key, b"message"), b"message");
    let answer = setting.ask(&question).await.unwrap();
    assert_eq!(answer.seal_code, setting.seal);
    assert_eq!(answer.requester, "系统SYSA");
    assert_eq!(answer.doc_hash.bytes(), b"message");
    assert_eq!(answer.cert_data.bytes(), testkit::pki::pki().signer.certificate.der());
    // The same question again is answered again, any other is not.
    assert_eq!(setting.ask(&question).await.unwrap(), answer);
    let other = setting.question(setting.whole(&setting.world.a.key, b"other"), b"other");
    assert_eq!(code(setting.ask(&other).await), "40006");
    assert_eq!(setting.world.evidence("ukey.authorised").await.len(), 2);
    setting.world.check().await;
}

/// The signing of a seal signature by a UKey leaves a bundle that tells what the platform saw, and says what it did not.
async fn what_was_allowed_is_proved(world: World) {
    let setting = setting_in(world).await;
    let world = &setting.world;
    let message = tbs(world, &setting.scripted);
    let question = setting.question(setting.whole(&world.a.key, &message), &message);
    setting.ask(&question).await.unwrap();
    world.clock.advance_millis(1_000);
    // The same question once more is the same signing.
    setting.ask(&question).await.unwrap();
    for wanted in [
        Wanted::SignId(setting.sign_id.as_str()),
        Wanted::Digest(&crypto::sm3::digest(&message)),
        Wanted::Digest(&[9; 32]),
    ] {
        assert_eq!(found(world, wanted).await.len(), 1, "{wanted:?}");
    }
    let bytes = export(world, setting.sign_id.as_str()).await;
    let bundle = proof::read(&bytes).unwrap();
    assert_eq!((bundle.head.medium, bundle.head.caller.as_str()), (Some(Medium::Ukey), "SYSA"));
    let (trust, options) = (roots(), Options::new(world.now()));
    let judge = |signature: Option<&[u8]>| {
        let key = Some(world.keys.root.verifying_key());
        proof::check(&bundle, &Trusted { platform_key: key, trust: &trust, options: &options, signature })
    };
    let report = judge(None);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", against(&report));
    assert_eq!(report.findings.len(), proof::rules().len(), "every step is told");
    for id in [
        "seal.request",
        "sign.request",
        "ukey.question",
        "ukey.authorised",
        "answer.caller",
        "keys.registered",
        "signature.certificate",
        "signature.seal",
        "register.state",
        "times",
    ] {
        assert_eq!(report.status(id), Some(Status::Good), "{id}");
    }
    // Of these nothing is claimed: the platform did not see them.
    for id in ["consent.given", "consent.document", "sign.answer", "sign.released", "signature.value"] {
        assert_eq!(report.status(id), Some(Status::Note), "{id}");
    }
    assert_eq!(report.summary.document_digest, Some(hex::encode([9; 32])));
    // Whoever has the signature of the document sees whether it is the one that was allowed.
    let right = pki().signer.key.sign(&message).unwrap();
    let report = judge(Some(&right));
    assert_eq!((report.verdict, report.status("signature.value")), (Verdict::Valid, Some(Status::Good)));
    for wrong in [pki().signer.key.sign(b"another").unwrap(), world.a.key.sign(&message).unwrap(), vec![0x30]]
    {
        assert_eq!(judge(Some(&wrong)).verdict, Verdict::Invalid);
    }
    let tried = changed_values_are_found(world, &bytes);
    assert!(tried > 200, "{tried}");
    world.check().await;
}

#[tokio::test]
async fn what_a_ukey_was_allowed_to_sign_is_proved_offline() {
    what_was_allowed_is_proved(World::new().await).await;
}

#[tokio::test]
async fn what_a_ukey_was_allowed_to_sign_is_proved_offline_from_postgresql() {
    let Some(database) = postgres(Schema::Platform).await else { return };
    what_was_allowed_is_proved(World::on(database, config()).await).await;
}

#[tokio::test]
async fn the_requesters_own_signature_is_verified() {
    let setting = setting().await;
    let own = &setting.world.a.key;
    let by_other = setting.question(setting.whole(&setting.world.b.key, b"message"), b"message");
    assert_eq!(code(setting.ask(&by_other).await), "10003");
    // The question says something else than the request.
    let contradicting = setting.question(setting.whole(own, b"message"), b"another");
    assert_eq!(code(setting.ask(&contradicting).await), "20004");
    let malformed = setting.question(WholeRequest::parse("{\"version\":\"1.0\"}").unwrap(), b"message");
    assert_eq!(code(setting.ask(&malformed).await), "20001");
    let no_json = setting.question(WholeRequest::parse("nonsense").unwrap(), b"message");
    assert_eq!(code(setting.ask(&no_json).await), "20002");
    // None of it used the signId up.
    setting.ask(&setting.question(setting.whole(own, b"message"), b"message")).await.unwrap();
}

#[tokio::test]
async fn only_the_seals_system_asks_and_for_its_own_ukey() {
    let setting = setting().await;
    let good = setting.question(setting.whole(&setting.world.a.key, b"message"), b"message");
    assert_eq!(code(setting.world.a.client.call::<SignIdVerify>(&good).await), "30003");
    let mut other_device = good.clone();
    other_device.ukey_id = ukey("UK02");
    assert_eq!(code(setting.ask(&other_device).await), "20004");
    let mut other_id = good.clone();
    other_id.sign_id = SignId::parse(&"a".repeat(32)).unwrap();
    assert_eq!(code(setting.ask(&other_id).await), "20004");
    setting.world.set_state(&setting.seal, SealState::Disabled).await.unwrap();
    assert_eq!(code(setting.ask(&good).await), "30006");
    setting.world.set_state(&setting.seal, SealState::Enabled).await.unwrap();
    assert_eq!(code(setting.ask(&good).await), "40006", "the change of state voided it");
}

#[tokio::test]
async fn a_sign_id_ends_and_a_cloud_seal_has_no_ukey() {
    let setting = setting().await;
    let good = setting.question(setting.whole(&setting.world.a.key, b"message"), b"message");
    setting.world.clock.advance_millis(30 * 60_000 + 1);
    assert_eq!(code(setting.ask(&good).await), "40006");
    let (cloud, _) = setting.world.filed(&SealSpec { name: "云章", ..contract("ES0002") }).await;
    let setting = Setting { seal: cloud, ..setting };
    let question = setting.question(setting.whole(&setting.world.a.key, b"message"), b"message");
    assert_eq!(code(setting.ask(&question).await), "20004");
}
