//! Verification of signIds for UKeys (6.3.1.3, resolution 32).

use crypto::Sm2KeyPair;
use protocol::endpoints::{SignIdVerify, UkeySign};
use protocol::lists::{CertType, SealState};
use protocol::tables::SignIdVerifyRequest;
use protocol::{Base64Data, Endpoint, SealCode, SignId, WebOrigin, WholeRequest};
use serde_json::json;
use testkit::scripted_system::SealSpec;

use crate::common::raw::signed;
use crate::common::{PLATFORM, World, code, contract, ukey};

struct Setting {
    world: World,
    seal: SealCode,
    sign_id: SignId,
}

async fn setting() -> Setting {
    let world = World::new().await;
    let spec = SealSpec { cert_type: CertType::Ukey, ukey_id: Some("UK01"), ..contract("ES0001") };
    let (seal, _) = world.filed(&spec).await;
    let sign_id = world.get().await.sign_id;
    Setting { world, seal, sign_id }
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
