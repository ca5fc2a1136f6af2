//! TLS over real connections: certificates that change, callers that show one, gateways that say they saw one.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use sealbridge_http::{Entrance, Fingerprint, Tls, TlsError, TlsSettings};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::raw::{self, Answer, read_answer, read_one};
use crate::server::{Making, Server};

const STATE: &str = "/api/v1/seals/state";
const JSON: &str = "application/json";

/// A certificate that stands for itself, with its key.
struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Identity {
    fn new() -> Self {
        Self::until(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 100))
    }

    /// One that ends at a time.
    fn until(end: Timestamp) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        let days = i32::try_from(end.as_second() / 86_400).unwrap();
        let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
        params.not_after = rcgen::date_time_ymd(
            i32::from(date.year()),
            u8::try_from(date.month()).unwrap(),
            u8::try_from(date.day()).unwrap(),
        );
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der())
    }

    fn write(&self, folder: &Path) {
        std::fs::write(folder.join("server.pem"), self.certificate.pem()).unwrap();
        std::fs::write(folder.join("server.key"), self.key.serialize_pem()).unwrap();
    }
}

fn settings(folder: &Path) -> TlsSettings {
    TlsSettings {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
        client_certificates: true,
        reload_ms: 100,
    }
}

/// A server with TLS, whose files are in the folder.
async fn server(identity: &Identity, proxies: &[&str]) -> (Server, Tls, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    identity.write(folder.path());
    let tls = Tls::open(settings(folder.path())).unwrap();
    let entrance = Entrance { tls: Some(tls.clone()), ..Entrance::default() };
    (Server::at(entrance, proxies).await, tls, folder)
}

/// Connects and believes this certificate only.
async fn connect(
    server: &Server,
    root: &Identity,
    shown: Option<&Identity>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.der()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match shown {
        Some(identity) => builder.with_client_auth_cert(vec![identity.der()], identity.key_der()).unwrap(),
        None => builder.with_no_client_auth(),
    };
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn request(nonce: u32, connection: &str, more: &str) -> Vec<u8> {
    let body = Making { nonce, ..Making::default() }.state_request().params.to_json();
    let head = format!(
        "POST {STATE} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\nContent-Type: {JSON}\r\n{more}\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

/// One request on a connection of its own.
async fn send(server: &Server, root: &Identity, shown: Option<&Identity>, nonce: u32, more: &str) -> Answer {
    let mut stream = connect(server, root, shown).await.unwrap();
    stream.write_all(&request(nonce, "close", more)).await.unwrap();
    read_answer(&mut stream).await
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_with_it() {
    let identity = Identity::new();
    let (server, _, _folder) = server(&identity, &[]).await;
    let answer = send(&server, &identity, None, 1, "").await;
    assert_eq!(answer.code(), "0");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000"));
    assert_eq!(*server.knobs.certificates.lock().unwrap(), [None], "nobody has to show a certificate");
    // Plain HTTP on the same port is not spoken.
    let mut plain = raw::begin(server.address, "GET", "/api/v1/time", JSON, 0).await;
    let mut bytes = Vec::new();
    drop(tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut bytes).await);
    assert!(!bytes.starts_with(b"HTTP/"), "{bytes:?}");
    // A server without TLS says nothing of the kind, whoever asserts it.
    let plain = Server::start().await;
    let said =
        raw::send(plain.address, "GET", "/api/v1/time", "text/plain\r\nX-Forwarded-Proto: https", b"").await;
    assert_eq!(said.header("strict-transport-security"), None);
    let behind = Server::behind(&["127.0.0.1/32"]).await;
    let said =
        raw::send(behind.address, "GET", "/api/v1/time", "text/plain\r\nX-Forwarded-Proto: https", b"").await;
    assert!(said.header("strict-transport-security").is_some(), "a gateway that is trusted is believed");
}

#[tokio::test]
async fn a_certificate_is_exchanged_and_no_connection_is_dropped() {
    let (first, second) = (Identity::new(), Identity::new());
    let (server, tls, folder) = server(&first, &[]).await;
    let mut open = connect(&server, &first, None).await.unwrap();
    open.write_all(&request(1, "keep-alive", "")).await.unwrap();
    assert_eq!(read_one(&mut open).await.code(), "0");
    // Half of it is written: certificate and key do not go together, so the old pair stays.
    std::fs::write(folder.path().join("server.pem"), second.certificate.pem()).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Pair(_))));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(send(&server, &first, None, 2, "").await.code(), "0");
    std::fs::write(folder.path().join("server.key"), second.key.serialize_pem()).unwrap();
    let mut tries = 0;
    while connect(&server, &second, None).await.is_err() {
        tries += 1;
        assert!(tries < 50, "the new certificate is never taken up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(connect(&server, &first, None).await.is_err(), "the old one is no longer shown");
    open.write_all(&request(3, "keep-alive", "")).await.unwrap();
    assert_eq!(read_one(&mut open).await.code(), "0", "the connection goes on");
    // Files that went away leave everything as it is.
    std::fs::remove_file(folder.path().join("server.key")).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::File { .. })));
    assert_eq!(send(&server, &second, None, 4, "").await.code(), "0");
}

#[tokio::test]
async fn the_certificate_that_a_caller_proves_to_have_is_told_to_the_gate() {
    let (identity, caller) = (Identity::new(), Identity::new());
    let (server, _, _folder) = server(&identity, &[]).await;
    // What it writes into the header is nothing beside what it showed.
    let forged = format!("Client-Cert: {}\r\n", identity.fingerprint());
    assert_eq!(send(&server, &identity, Some(&caller), 1, &forged).await.code(), "0");
    assert_eq!(send(&server, &identity, None, 2, &forged).await.code(), "0");
    assert_eq!(*server.knobs.certificates.lock().unwrap(), [Some(caller.fingerprint()), None]);
    // One that has ended is not let in at all.
    let ended = Identity::until("2024-01-01T00:00:00Z".parse().unwrap());
    let refused = async {
        let mut stream = connect(&server, &identity, Some(&ended)).await?;
        stream.write_all(&request(3, "close", "")).await?;
        let mut bytes = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut bytes).await
    };
    assert!(refused.await.is_err());
    assert_eq!(server.knobs.certificates.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn only_a_named_gateway_says_which_certificate_it_saw() {
    let (identity, gateway, caller) = (Identity::new(), Identity::new(), Identity::new());
    let said = format!("Client-Cert: {}\r\nX-Forwarded-For: 203.0.113.9\r\n", caller.fingerprint());
    let (trusting, _, _folder) = server(&identity, &["127.0.0.1/32"]).await;
    assert_eq!(send(&trusting, &identity, Some(&gateway), 1, &said).await.code(), "0");
    assert_eq!(send(&trusting, &identity, Some(&gateway), 2, "").await.code(), "0");
    assert_eq!(*trusting.knobs.certificates.lock().unwrap(), [Some(caller.fingerprint()), None]);
    assert_eq!(trusting.knobs.addresses.lock().unwrap()[0].to_string(), "203.0.113.9");
    let (wary, _, _folder) = server(&identity, &["10.0.0.0/8"]).await;
    assert_eq!(send(&wary, &identity, None, 1, &said).await.code(), "0");
    assert_eq!(*wary.knobs.certificates.lock().unwrap(), [None]);
    assert_eq!(wary.knobs.addresses.lock().unwrap()[0].to_string(), "127.0.0.1");
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Identity::new(), Identity::new());
    let said = |settings: &TlsSettings| settings.check().unwrap_err().to_string();
    let settings = settings(folder.path());
    assert!(said(&settings).contains("server.pem"));
    one.write(folder.path());
    settings.check().unwrap();
    std::fs::write(&settings.key, other.key.serialize_pem()).unwrap();
    assert!(said(&settings).starts_with("TLS: "));
    std::fs::write(&settings.key, "no key").unwrap();
    assert!(said(&settings).contains("server.key"));
    std::fs::write(&settings.certificate, "no certificate").unwrap();
    assert!(said(&settings).contains("server.pem"));
}

/// What others' programs make of it. Where they are not installed, nothing is tested.
#[tokio::test(flavor = "multi_thread")]
async fn openssl_and_curl_speak_with_it() {
    let (identity, caller) = (Identity::new(), Identity::new());
    let (server, _, folder) = server(&identity, &[]).await;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("caller.pem"), caller.certificate.pem()).unwrap();
    std::fs::write(path("caller.key"), caller.key.serialize_pem()).unwrap();
    let address = server.address.to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "s_client",
            "-connect",
            &address,
            version,
            "-verify_return_error",
            "-verify_ip",
            "127.0.0.1",
        ]);
        openssl.args([
            "-CAfile",
            &path("server.pem"),
            "-cert",
            &path("caller.pem"),
            "-key",
            &path("caller.key"),
        ]);
        let Ok(output) = openssl.stdin(Stdio::null()).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("Verify return code: 0 (ok)"),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    for version in ["--http1.1", "--http2"] {
        let mut curl = Command::new("curl");
        curl.args(["-sSi", version, "--cacert", &path("server.pem"), "--cert", &path("caller.pem")]);
        curl.args(["--key", &path("caller.key"), &format!("https://{address}/api/v1/time")]);
        let Ok(output) = curl.output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).to_lowercase();
        assert!(text.contains("strict-transport-security") && text.contains("x-seal-signature"), "{text}");
    }
}
