//! How callers come: over TLS with a certificate that is registered for them, through gateways that are named, and
//! what those say who are not.

use std::sync::Arc;

use client::{Client, ClientError, Identity, Peer};
use crypto::Random;
use http_server::{Fingerprint, TlsSettings};
use protocol::Endpoint;
use protocol::endpoints::SealQuery;
use rcgen::{CertificateParams, KeyPair};
use sealbridge_platform::config::Config;
use sealbridge_platform::onboarding::{self, Grants};

use crate::common::raw::{Response, get, head, send, signed};
use crate::common::{PLATFORM, World, all_interfaces, config, query};
use crate::gateway::request;

/// A certificate that stands for itself, PEM, with its key, PEM.
struct Tls {
    certificate: String,
    key: String,
    fingerprint: Fingerprint,
}

fn tls() -> Tls {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    Tls { certificate: made.pem(), key: key.serialize_pem(), fingerprint: Fingerprint::of(made.der()) }
}

/// The platform believes this machine about callers.
fn behind_a_gateway() -> Config {
    let mut behind = config();
    behind.server.proxies = vec!["127.0.0.1/32".parse().unwrap()];
    behind
}

async fn grant_certificate(world: &World, fingerprint: Fingerprint) {
    let grants = Grants { client_certificates: vec![fingerprint.to_string()], ..Grants::default() };
    let change = (&grants, &Grants::default());
    onboarding::change_grants(world.platform.context(), &world.a.app_id, change, "admin").await.unwrap();
}

/// A query of A with these headers.
async fn ask(
    world: &World,
    app_id: &str,
    key: &crypto::Sm2KeyPair,
    nonce: u32,
    headers: &[(&str, &str)],
) -> Response {
    let body = signed(key, SealQuery::INFO, PLATFORM, &request(world, SealQuery::INFO, app_id, nonce));
    let more: Vec<_> = headers.iter().map(|(name, value)| format!("\r\n{name}: {value}")).collect();
    let more = more.concat();
    let head = head("POST", SealQuery::INFO.path, &format!("application/json{more}"), body.len());
    send(&world.address(), &head, body.as_bytes()).await
}

#[tokio::test]
async fn a_registered_certificate_has_to_be_shown_and_only_a_named_gateway_says_that_it_was() {
    let (own, other) = (tls().fingerprint, tls().fingerprint);
    for (config, believed) in [(behind_a_gateway(), true), (config(), false)] {
        let world = World::with(config).await;
        let key = &world.a.key;
        let header = own.to_string();
        // Nothing is registered: nothing has to be shown.
        assert_eq!(ask(&world, "SYSA", key, 1, &[]).await.code(), "0");
        grant_certificate(&world, own).await;
        let without = ask(&world, "SYSA", key, 2, &[]).await;
        assert_eq!((without.code().as_str(), without.status), ("10004", 401));
        assert_eq!(ask(&world, "SYSA", key, 3, &[("Client-Cert", &other.to_string())]).await.code(), "10004");
        let code = ask(&world, "SYSA", key, 4, &[("Client-Cert", &header)]).await.code();
        assert_eq!(code, if believed { "0" } else { "10004" });
        let twice = [("Client-Cert", &*header), ("Client-Cert", &*header)];
        assert_eq!(
            ask(&world, "SYSA", key, 5, &twice).await.code(),
            "10004",
            "one of them is not the gateway's"
        );
        // Two may be registered, so that one follows the other.
        grant_certificate(&world, other).await;
        let code = ask(&world, "SYSA", key, 6, &[("Client-Cert", &other.to_string())]).await.code();
        assert_eq!(code, if believed { "0" } else { "10004" });
    }
}

#[tokio::test]
async fn an_address_is_believed_from_a_named_gateway_about_the_hop_before_it() {
    let elsewhere = || Grants {
        addresses: vec!["192.0.2.0/24".to_owned()],
        interfaces: all_interfaces(),
        ..Grants::default()
    };
    let world = World::with(behind_a_gateway()).await;
    let caller = world.caller("SYSE", "0E01", elsewhere()).await;
    let asked =
        async |nonce, hops: &str| ask(&world, "SYSE", &caller.key, nonce, &[("X-Forwarded-For", hops)]).await;
    assert_eq!(asked(1, "192.0.2.9").await.code(), "0");
    // What the caller itself wrote stands before what the gateway added.
    assert_eq!(asked(2, "192.0.2.9, 203.0.113.1").await.code(), "10008");
    // Metrics are for this machine: somebody behind the gateway is not it.
    let metrics = async |hops: &str| {
        let head = format!(
            "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: {hops}\r\n\r\n"
        );
        send(&world.address(), &head, b"").await.status
    };
    assert_eq!((metrics("203.0.113.1").await, metrics("127.0.0.1, 203.0.113.1").await), (403, 403));
    assert_eq!(get(&world.address(), "/metrics").await.status, 200);
    let world = World::new().await;
    let caller = world.caller("SYSE", "0E01", elsewhere()).await;
    let spoofed = ask(&world, "SYSE", &caller.key, 1, &[("X-Forwarded-For", "192.0.2.9")]).await;
    assert_eq!((spoofed.code().as_str(), spoofed.status), ("10008", 403));
}

#[tokio::test]
async fn over_tls_with_the_certificate_that_is_registered() {
    let (server, caller, other) = (tls(), tls(), tls());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("server.pem"), &server.certificate).unwrap();
    std::fs::write(path("server.key"), &server.key).unwrap();
    let mut secured = config();
    secured.server.tls = Some(TlsSettings {
        certificate: path("server.pem"),
        key: path("server.key"),
        client_certificates: true,
        reload_ms: 10_000,
    });
    let world = World::with(secured).await;
    grant_certificate(&world, caller.fingerprint).await;
    let peer = Peer::new(
        &format!("https://{}", world.address()),
        world.peer.id.clone(),
        [world.keys.signing.verifying_key().clone()],
    );
    let client = |shown: Option<&Tls>| {
        let me = Identity { app_id: world.a.app_id.clone(), signer: Arc::new(world.a.key.clone()) };
        let client = Client::new(me, peer.clone(), world.clock.clock(), Random::system()).unwrap();
        let shown = shown.map(|tls| (tls.certificate.as_bytes(), tls.key.as_bytes()));
        client.with_tls(server.certificate.as_bytes(), shown).unwrap()
    };
    client(Some(&caller)).call::<SealQuery>(&query()).await.unwrap();
    for wrong in [None, Some(&other)] {
        match client(wrong).call::<SealQuery>(&query()).await {
            Err(ClientError::Refused(refusal)) => assert_eq!(refusal.code, "10004"),
            answered => panic!("{answered:?}"),
        }
    }
}

#[tokio::test]
async fn a_fingerprint_is_registered_in_one_form() {
    let world = World::new().await;
    let upper = tls().fingerprint.to_string().to_uppercase();
    for wrong in ["", "abc", &upper] {
        let grants = Grants { client_certificates: vec![wrong.to_owned()], ..Grants::default() };
        let change = (&grants, &Grants::default());
        let refused =
            onboarding::change_grants(world.platform.context(), &world.a.app_id, change, "admin").await;
        assert!(refused.is_err(), "{wrong}");
    }
}
