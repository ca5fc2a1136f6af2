//! TLS of a seal system, and the certificate that the platform has to show where one is named.

use client::ClientError;
use http_server::{Fingerprint, Shutdown, TlsSettings};
use protocol::endpoints::SealQuery;
use rcgen::{CertificateParams, KeyPair};
use sealbridge_seal_system::ServerRules;
use sealbridge_seal_system::config::ServerConfig;
use tokio::net::TcpListener;

use crate::world::World;

/// A certificate that stands for itself and its key, PEM, with its fingerprint.
fn identity() -> (String, String, Fingerprint) {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    (made.pem(), key.serialize_pem(), Fingerprint::of(made.der()))
}

#[tokio::test]
async fn the_platform_shows_the_certificate_that_is_named() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (own, platform, other) = (identity(), identity(), identity());
    let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    std::fs::write(&certificate, &own.0).unwrap();
    std::fs::write(&key, &own.1).unwrap();
    let tls = Some(TlsSettings { certificate, key, client_certificates: true, reload_ms: 10_000 });
    let rules = ServerRules {
        config: ServerConfig { tls, ..ServerConfig::default() },
        platform_certificates: vec![platform.2],
        platform_tls: None,
    };
    let system = world.server.system.clone().serving_by(rules);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let shutdown = Shutdown::new();
    let told = shutdown.clone();
    let served = tokio::spawn(async move { system.run(listener, told).await });

    let mut peer = world.server.peer();
    peer.base_url = url;
    let shown = |identity: Option<&(String, String, Fingerprint)>| {
        let identity = identity.map(|(certificate, key, _)| (certificate.as_bytes(), key.as_bytes()));
        world.platform.towards(peer.clone()).with_tls(own.0.as_bytes(), identity).unwrap()
    };
    shown(Some(&platform)).call::<SealQuery>(&World::query()).await.unwrap();
    for wrong in [None, Some(&other)] {
        match shown(wrong).call::<SealQuery>(&World::query()).await {
            Err(ClientError::Refused(refusal)) => assert_eq!(refusal.code, "10004"),
            answered => panic!("{answered:?}"),
        }
    }
    shutdown.begin();
    served.await.unwrap().unwrap();
    world.server.stop().await;
}
