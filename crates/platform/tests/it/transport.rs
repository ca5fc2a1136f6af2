//! How callers come: over TLS with a certificate that is registered for them, through gateways that are named, and
//! what those say who are not.

use std::sync::Arc;

use client::{Client, ClientError, ClientTls, Identity, Peer};
use crypto::Random;
use http_server::{Fingerprint, TlsSettings};
use protocol::Endpoint;
use protocol::endpoints::SealQuery;
use rcgen::{CertificateParams, KeyPair};
use sealbridge_platform::config::Config;
use sealbridge_platform::onboarding::{self, Grants};
use sealbridge_platform::routing::operate::{self, NewAddress};
use sealbridge_platform::{Platform, changes};
use testkit::scripted_system::Demanded;

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

/// The files of a pair, as a platform that calls others is told of them.
fn write_pair(folder: &std::path::Path, pair: &Tls) {
    std::fs::write(folder.join("client.pem"), &pair.certificate).unwrap();
    std::fs::write(folder.join("client.key"), &pair.key).unwrap();
}

async fn asked(world: &World) -> bool {
    world.a.client.call::<SealQuery>(&query()).await.is_ok()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{what}");
}

/// A seal system demands the platform's own certificate: the platform shows it, in calls and in notices, and takes up another
/// one while it runs.
#[tokio::test]
async fn the_platform_shows_its_certificate_and_exchanges_it_while_it_runs() {
    let (server, first, second) = (tls(), tls(), tls());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("server.pem"), &server.certificate).unwrap();
    std::fs::write(path("server.key"), &server.key).unwrap();
    write_pair(folder.path(), &first);
    let mut calling = config();
    calling.routing.tls = ClientTls {
        roots: vec![path("server.pem")],
        certificate: Some(path("client.pem")),
        key: Some(path("client.key")),
        reload_ms: 100,
    };
    calling.events.allowed_hosts = vec!["127.0.0.1".to_owned()];
    calling.events.ports = (1..=u16::MAX).collect();
    calling.events.look_ms = 3_600_000;
    let world = World::with(calling).await;
    world.contract_seal().await;
    let settings = TlsSettings {
        certificate: path("server.pem"),
        key: path("server.key"),
        client_certificates: true,
        reload_ms: 10_000,
    };
    let demanded = Demanded::new(std::sync::Mutex::new(vec![first.fingerprint]));
    let demand = |only: &Tls| *demanded.lock().unwrap() = vec![only.fingerprint];
    let door = world.b.secure_door(http_server::Tls::open(settings).unwrap(), Arc::clone(&demanded)).await;
    let context = world.platform.context();
    let new = NewAddress {
        app_id: world.b.app_id.clone(),
        base_url: door.base_url.clone(),
        priority: 1,
        weight: 100,
    };
    operate::add(context, &new, "ops").await.unwrap();
    operate::remove(context, (&world.b.app_id, &world.b.base_url), "ops").await.unwrap();
    assert!(asked(&world).await, "the certificate that is demanded is shown");
    changes::subscribe(context, &world.b.app_id, &door.base_url, "admin").await.unwrap();
    let (seal, _) = world.filed(&crate::common::contract("ES0002")).await;
    assert_eq!(world.platform.push().await.unwrap().delivered, 1, "in notices too");

    demand(&second);
    assert!(!asked(&world).await, "the other one is not shown yet");
    // Half renewed: the one in use stays.
    std::fs::write(path("client.pem"), &second.certificate).unwrap();
    demand(&first);
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(asked(&world).await, "a certificate without its key is not taken up");
    write_pair(folder.path(), &second);
    demand(&second);
    until("the other certificate is shown", async || asked(&world).await).await;
    world.set_state(&seal, protocol::lists::SealState::Disabled).await.unwrap();
    assert_eq!(world.platform.push().await.unwrap().delivered, 1);
    // Rubbish changes nothing.
    std::fs::write(path("client.key"), "-----BEGIN PRIVATE KEY-----\nrubbish\n").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(asked(&world).await);
}

#[tokio::test]
async fn a_platform_whose_own_certificate_cannot_be_used_does_not_start() {
    let (one, other) = (tls(), tls());
    let folder = tempfile::tempdir().unwrap();
    write_pair(folder.path(), &one);
    let path = |name: &str| Some(folder.path().join(name));
    std::fs::write(folder.path().join("other.key"), &other.key).unwrap();
    std::fs::write(folder.path().join("large.pem"), vec![b'x'; (1 << 20) + 1]).unwrap();
    let pair = |certificate, key| ClientTls { certificate, key, ..ClientTls::default() };
    for (wrong, told) in [
        (pair(path("client.pem"), path("other.key")), "TLS certificate and key"),
        (pair(path("client.pem"), path("missing.key")), "missing.key"),
        (pair(path("large.pem"), path("client.key")), "more than"),
        (pair(path("client.key"), path("client.key")), "no certificate"),
        (pair(path("client.pem"), None), "routing.tls"),
        (
            ClientTls { roots: vec![folder.path().join("client.key")], ..ClientTls::default() },
            "no certificate",
        ),
    ] {
        let mut config = config();
        config.routing.tls = wrong;
        let database = testkit::databases::sqlite(storage::Schema::Platform).await;
        let (keys, clock) = (crate::common::platform_keys(), protocol::Clock::system());
        let started = Platform::new(config, (*database).clone(), keys, clock, Random::system()).await;
        let error = started.err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
        assert!(error.contains(told), "{told}: {error}");
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
