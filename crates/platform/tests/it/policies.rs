//! What the operator decides about signing, by type of seal: how long consent lives, which algorithms and forms; and RSA
//! with SHA-256 where it is allowed.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crypto::{DigestAlgorithm, Random, VerifyingKey};
use formats::x509::{Certificate, CertificateBuilder, Identity, NameBuilder, Profile};
use platform::config::{Algorithm, Config, Form, SealTypeRules};
use protocol::endpoints::{ConsentApply, ConsentOutcome};
use protocol::lists::{HashType, SignFormat};
use protocol::tables::{ConsentResultRequest, SignatureValueData};
use protocol::{Base64Data, SealCode};
use sealbridge_platform as platform;
use testkit::pki::{Party, TEST_USCC, at, pki};
use testkit::scripted_system::SealSpec;

use crate::common::{World, application, code, config, contract};

const MESSAGE: [u8; 32] = [7; 32];

/// Rules of their own for the seals of these tests, which are contract seals.
fn contracts(change: impl FnOnce(&mut SealTypeRules)) -> Config {
    let mut config = config();
    let mut rules = SealTypeRules::default();
    change(&mut rules);
    config.policy.signing.seal_types.insert("04".to_owned(), rules);
    config.check().unwrap();
    config
}

#[tokio::test]
async fn consent_lives_as_long_as_the_type_of_seal_says() {
    let world = World::with(contracts(|rules| {
        rules.consent_minutes = Some(2);
        rules.voucher_minutes = Some(1);
    }))
    .await;
    let (seal, _) = world.contract_seal().await;
    let applied = async || world.a.client.call::<ConsentApply>(&application(&seal)).await.unwrap().data;
    let in_time = applied().await;
    world.clock.advance_millis(119_000);
    let (auth_id, auth_code) = world.voucher(&seal, &in_time).await;
    let sign_id = world.get().await.sign_id;
    let request = crate::common::signing(&seal, (auth_id, auth_code), sign_id, &MESSAGE, SignFormat::P1);
    world.clock.advance_millis(60_001);
    assert_eq!(code(world.sign(&request).await), "40004", "the voucher lived a minute");
    let late = applied().await;
    world.clock.advance_millis(120_001);
    let result = ConsentResultRequest { auth_id: late.auth_id, seal_code: seal.clone() };
    assert_eq!(code(world.a.client.call::<ConsentOutcome>(&result).await), "40003");
    world.check().await;
}

#[tokio::test]
async fn forms_algorithms_and_binding_are_by_type_of_seal() {
    let world = World::with(contracts(|rules| rules.formats = Some(vec![Form::P7]))).await;
    world.contract_seal().await;
    let mut request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "20011");
    request.format = SignFormat::P7;
    world.sign(&request).await.unwrap();

    let world = World::with(contracts(|rules| rules.algorithms = Some(vec![Algorithm::Rsa]))).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "20011", "SM2 is not among them");

    let mut listed = contracts(|rules| rules.document_binding = Some(false));
    listed.policy.signing.document_binding = vec!["04".to_owned()];
    let world = World::with(listed).await;
    let (seal, _) = world.contract_seal().await;
    world.consent(&seal, None).await;

    let world = World::with(contracts(|rules| rules.document_binding = Some(true))).await;
    let (seal, _) = world.contract_seal().await;
    let refused = world.a.client.call::<ConsentApply>(&application(&seal)).await;
    assert_eq!(code(refused), "20001");
}

/// Runs `openssl`; `None` where there is none.
fn openssl(folder: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").current_dir(folder).args(args).output().ok()?;
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// A seal whose signer has an RSA key, which OpenSSL holds.
struct Rsa {
    folder: tempfile::TempDir,
    signer: Party,
}

impl Rsa {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let make = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"];
        openssl(folder.path(), &make).or_else(|| {
            println!("skipped: no openssl command, run cargo xtask test");
            None
        })?;
        let spki = openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"])?;
        let key = VerifyingKey::from_spki_der(&spki).unwrap();
        let subject = NameBuilder::new().country("CN").organization("测试机构").common_name("RSA 签名人");
        let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
        let builder = CertificateBuilder::new(Profile::SignerSign, subject, &key, from, to)
            .identity(Identity::organization(TEST_USCC));
        let issuer = &pki().sub;
        let der = builder.issue(&issuer.certificate, &issuer.key, &Random::system()).unwrap();
        std::fs::write(folder.path().join("cert.der"), &der).unwrap();
        let certificate = Certificate::from_der(&der).unwrap();
        // The key of the party is never used: what signs is OpenSSL.
        Some(Self { folder, signer: Party { key: pki().signer.key.clone(), certificate } })
    }

    /// A signature over a message, as a seal system with RSA gives it.
    fn p1(&self, message: &[u8], digest: &str) -> Vec<u8> {
        let folder = self.folder.path();
        std::fs::write(folder.join("message"), message).unwrap();
        openssl(folder, &["dgst", digest, "-sign", "key.pem", "message"]).unwrap()
    }

    /// A detached SignedData over a document.
    fn p7(&self, document: &[u8], digest: &str) -> Vec<u8> {
        let folder = self.folder.path();
        std::fs::write(folder.join("message"), document).unwrap();
        openssl(folder, &["x509", "-inform", "DER", "-in", "cert.der", "-out", "cert.pem"]).unwrap();
        let args = [
            "cms",
            "-sign",
            "-binary",
            "-in",
            "message",
            "-signer",
            "cert.pem",
            "-inkey",
            "key.pem",
            "-md",
            digest,
            "-outform",
            "DER",
            "-nosmimecap",
        ];
        openssl(folder, &args).unwrap()
    }

    async fn filed(&self, world: &World) -> SealCode {
        let spec = SealSpec { signer: &self.signer, ..contract("ES0RSA") };
        world.filed(&spec).await.0
    }
}

/// The seal system gives this signature whatever it is asked.
fn gives(world: &World, value: Vec<u8>) {
    world.b.script(|script| {
        script.alter_signature = Some(Arc::new(move |data: &mut SignatureValueData| {
            data.sign_data = Base64Data::from(value.clone());
        }));
    });
}

#[tokio::test]
async fn rsa_with_sha256_signs_where_it_is_allowed() {
    let Some(rsa) = Rsa::new() else { return };
    let world = World::with(contracts(|rules| rules.algorithms = Some(vec![Algorithm::Rsa]))).await;
    rsa.filed(&world).await;
    let mut request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "20011", "SM3 does not go with an RSA key");
    request.hash_type = HashType::Sha256;
    let good = rsa.p1(&MESSAGE, "-sha256");
    // Another digest, another message, a broken value: none is handed out.
    for wrong in [rsa.p1(&MESSAGE, "-sha1"), rsa.p1(&[8; 32], "-sha256"), good[1..].to_vec()] {
        let mut request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
        request.hash_type = HashType::Sha256;
        gives(&world, wrong);
        assert_eq!(code(world.sign(&request).await), "60004");
    }
    gives(&world, good.clone());
    assert_eq!(world.sign(&request).await.unwrap().data.sign_data.bytes(), good);

    let document = b"a document with an RSA seal";
    let sha256 = DigestAlgorithm::Sha256.digest(document);
    let mut request = world.ready_to_sign(&sha256, SignFormat::P7).await;
    request.hash_type = HashType::Sha256;
    gives(&world, rsa.p7(document, "sha1"));
    assert_eq!(code(world.sign(&request).await), "60004");
    gives(&world, rsa.p7(document, "sha256"));
    world.sign(&request).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn rsa_is_refused_where_it_is_not_allowed() {
    let Some(rsa) = Rsa::new() else { return };
    let world = World::new().await;
    rsa.filed(&world).await;
    let mut request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    gives(&world, rsa.p1(&MESSAGE, "-sha256"));
    for hash_type in [HashType::Sha256, HashType::Sm3] {
        request.hash_type = hash_type;
        assert_eq!(code(world.sign(&request).await), "20011");
    }
    assert_eq!(world.b.calls("cloud_sign"), 0, "nobody was asked");
}
