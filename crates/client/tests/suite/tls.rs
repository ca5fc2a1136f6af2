//! Over TLS: the authority must be known, and no certificate stands for a signature.

use std::sync::Arc;

use protocol::Clock;
use protocol::endpoints::SealStateChange;
use protocol::lists::SealState;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sealbridge_client::ClientError;
use sealbridge_client::fetch::{FetchError, FetchRules, Fetcher, Item};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::util::{Seen, client, now, server, state};

/// An authority (PEM) and a server certificate for `name` by it.
fn certificates(name: &str) -> (String, CertificateDer<'static>, PrivateKeyDer<'static>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    (root, leaf.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
}

/// Puts TLS before a server of ours. Gives its address and the authority.
async fn with_tls(name: &str) -> (String, String) {
    let plain = server(Arc::new(Seen::default())).await;
    let plain = plain.trim_start_matches("http://").to_owned();
    let (root, leaf, key) = certificates(name);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, plain) = (acceptor.clone(), plain.clone());
            tokio::spawn(async move {
                let Ok(mut secured) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(plain).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut secured, &mut behind).await);
            });
        }
    });
    (base, root)
}

#[tokio::test]
async fn a_known_authority_is_enough() {
    let (base, root) = with_tls("127.0.0.1").await;
    let client = client(&base).with_roots(root.as_bytes()).unwrap();
    client.call::<SealStateChange>(&state(SealState::Enabled)).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_and_another_name_are_not_spoken_with() {
    let (base, _) = with_tls("127.0.0.1").await;
    let error = client(&base).call::<SealStateChange>(&state(SealState::Enabled)).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error}");

    let (base, root) = with_tls("127.0.0.2").await;
    let client = client(&base).with_roots(root.as_bytes()).unwrap();
    let error = client.call::<SealStateChange>(&state(SealState::Enabled)).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error}");
}

#[test]
fn roots_must_be_certificates() {
    let client = client("https://127.0.0.1:1");
    for nothing in [&b""[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(client.clone().with_roots(nothing), Err(ClientError::Request(_))));
    }
}

/// What is fetched is signed by itself, yet TLS is not waved through: an unknown authority is not spoken with.
#[tokio::test]
async fn a_fetcher_believes_no_unknown_authority() {
    let (base, _) = with_tls("127.0.0.1").await;
    let allowed_hosts = vec![base.trim_start_matches("https://").to_owned()];
    let fetcher = Fetcher::new(FetchRules { allowed_hosts, ..FetchRules::default() }, Clock::fixed(now()));
    let error = fetcher.fetch(&format!("{base}/ca.crl"), &Item::Crl).await.unwrap_err();
    assert!(matches!(error, FetchError::Connection(_)), "{error}");
}
