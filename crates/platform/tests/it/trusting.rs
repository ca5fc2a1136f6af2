//! Whom a verdict relies on beside the document: the owner in the register, and what the network knows of a
//! certificate where the operator lets the platform ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use crypto::{Signer, Sm2KeyPair};
use formats::crl::CrlReason;
use formats::ocsp::{CertStatus, Responder, respond};
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use http_server::{Shutdown, Tasks};
use jiff::SignedDuration;
use protocol::lists::{Indication, SealType, StepStatus};
use testkit::pki::{Party, at, pki};
use testkit::scripted_system::SealSpec;
use tokio::net::TcpListener;

use crate::common::{PERSON, World, config, contract};
use crate::documents::{behind, step, verify};

/// Another person: the check character is right.
const SOMEBODY: &str = "110101199003076536";

#[tokio::test]
async fn a_certificate_names_the_owner_in_the_register_or_nobody_knows_who_signed() {
    let world = World::new().await;
    let personal = |owner, es_id| SealSpec {
        name: "张三丰",
        seal_type: SealType::Personal,
        owner,
        signer: &pki().person,
        ..contract(es_id)
    };
    let (_, seal) = world.filed(&contract("ES0001")).await;
    let report = verify(&world, behind(&world, &seal)).await.unwrap();
    assert_eq!(report.indication, Indication::Valid);
    let (_, seal) = world.filed(&personal(PERSON, "ES0002")).await;
    let report = verify(&world, behind(&world, &seal)).await.unwrap();
    assert_eq!(report.indication, Indication::Valid, "{:#?}", step(&report, "seal.register"));
    let (_, seal) = world.filed(&personal(SOMEBODY, "ES0003")).await;
    let report = verify(&world, behind(&world, &seal)).await.unwrap();
    assert_eq!(report.indication, Indication::Indeterminate);
    let register = step(&report, "seal.register");
    assert_eq!(register.status, StepStatus::Failed);
    let told = serde_json::to_string(&report).unwrap();
    assert!(told.contains("个人身份标识码") && told.contains("identity code of a person"), "{told}");
    assert!(!told.contains(PERSON) && !told.contains(SOMEBODY), "numbers are told nobody: {told}");
    world.check().await;
}

/// A responder of the test authority that calls every certificate revoked before anything was signed.
async fn responder(stop: &Shutdown) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let (asked, listener) = (Arc::new(AtomicUsize::new(0)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (place, counting) = (listener.local_addr().unwrap(), Arc::clone(&asked));
    let answer = move |question: Bytes| {
        counting.fetch_add(1, Ordering::SeqCst);
        let sub = &pki().sub;
        let responder =
            Responder::authority(&sub.key, &sub.certificate, SignedDuration::from_hours(24 * 3650));
        let at = at("2025-01-01T00:00:00Z");
        let revoked = CertStatus::Revoked { at, reason: Some(CrlReason::Superseded) };
        std::future::ready(respond(&question, &responder, &|_| revoked, at).unwrap())
    };
    let router = Router::new().route("/ocsp", post(answer));
    tokio::spawn(http_server::serve(listener, router, Tasks::default(), stop.clone()));
    (place, asked)
}

/// A signer whose certificate names the responder.
fn addressed(place: std::net::SocketAddr) -> Party {
    let key = Sm2KeyPair::generate(&crypto::Random::system()).unwrap();
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("有地址的单位");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let der = CertificateBuilder::new(Profile::SignerSign, name, key.verifying_key(), from, to)
        .ocsp_url(&format!("http://{place}/ocsp"))
        .issue(&pki().sub.certificate, &pki().sub.key, &crypto::Random::system())
        .unwrap();
    Party { certificate: Certificate::from_der(&der).unwrap(), key }
}

#[tokio::test]
async fn a_responder_is_asked_where_the_operator_allows_it_and_not_otherwise() {
    let stop = Shutdown::new();
    let (place, asked) = responder(&stop).await;
    let signer = addressed(place);
    for (enabled, hosts, expected) in [
        (false, vec![place.to_string()], Indication::Valid),
        (true, Vec::new(), Indication::Valid),
        (true, vec![place.to_string()], Indication::Invalid),
    ] {
        let mut config = config();
        config.policy.verification.fetch.enabled = enabled;
        config.policy.verification.fetch.allowed_hosts = hosts;
        let world = World::with(config).await;
        let (_, seal) = world.filed(&SealSpec { signer: &signer, ..contract("ES0001") }).await;
        let before = asked.load(Ordering::SeqCst);
        let ofd = behind(&world, &seal);
        for _ in 0..2 {
            let report = verify(&world, ofd.clone()).await.unwrap();
            assert_eq!(report.indication, expected, "{:#?}", report.details[0].flow_vo_list);
        }
        let times = asked.load(Ordering::SeqCst) - before;
        assert_eq!(times, usize::from(expected == Indication::Invalid), "once, and kept; or never");
    }
    stop.begin();
}
