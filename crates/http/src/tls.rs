//! TLS of our servers: a certificate and its key that are exchanged while the server runs, and callers' certificates.
//!
//! A caller's certificate is believed by its fingerprint, which the operator registered, not by an authority above
//! it: so any certificate is let in that is in force and whose key the caller proves to have, and the gateway decides
//! what it is worth. The domestic TLCP (GB/T 38636) is spoken by a gateway in front (docs/tlcp.md).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use formats::x509::Certificate;
use jiff::Timestamp;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;

use crate::serve::Shutdown;

/// Largest certificate or key file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// `[server.tls]` in the configuration of every server. Without it the server speaks plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The server's certificate and those above it (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM: PKCS#8, SEC 1 or PKCS#1), readable by the server's user only.
    pub key: PathBuf,
    /// Whether callers are asked for a certificate. A system for which one is registered cannot call without it.
    #[serde(default = "yes")]
    pub client_certificates: bool,
    /// How often the two files are looked at for a change, in milliseconds; SIGHUP does so at once.
    #[serde(default = "reload_ms")]
    pub reload_ms: u64,
}

fn yes() -> bool {
    true
}

fn reload_ms() -> u64 {
    10_000
}

/// Certificate or key cannot be used. The texts name files, never their content.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// Its path.
        file: String,
        /// Why.
        reason: String,
    },
    /// The two do not go together, or TLS cannot be spoken with them.
    #[error("TLS: {0}")]
    Pair(#[from] rustls::Error),
}

impl TlsSettings {
    /// Whether certificate and key can be read and go together; until when the certificate is in force.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn check(&self) -> Result<Timestamp, TlsError> {
        Pair::read(self).map(|pair| pair.not_after)
    }
}

/// A certificate with its key, as they were in the files.
#[derive(Debug)]
struct Pair {
    certified: Arc<CertifiedKey>,
    not_after: Timestamp,
    /// SM3 over both files: whether they have changed.
    digest: [u8; 32],
}

impl Pair {
    fn read(settings: &TlsSettings) -> Result<Self, TlsError> {
        let (chain, key) = (read(&settings.certificate)?, read(&settings.key)?);
        Self::of(settings, &chain, &key)
    }

    fn of(settings: &TlsSettings, chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let digest = digest(chain, key);
        let of_chain = |reason: String| file(&settings.certificate, reason);
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|error| of_chain(error.to_string()))?;
        let first = chain.first().ok_or_else(|| of_chain("no certificate in it".to_owned()))?;
        let not_after = Certificate::from_der(first).map_err(|error| of_chain(error.to_string()))?.not_after;
        // What the reader of keys says may hold a piece of what it read.
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| file(&settings.key, "no private key in it (PEM)".to_owned()))?;
        let certified = Arc::new(CertifiedKey::from_der(chain, key, &provider())?);
        Ok(Self { certified, not_after, digest })
    }
}

fn digest(chain: &[u8], key: &[u8]) -> [u8; 32] {
    crypto::sm3::digest(&[crypto::sm3::digest(chain), crypto::sm3::digest(key)].concat())
}

fn file(path: &Path, reason: impl std::fmt::Display) -> TlsError {
    TlsError::File { file: path.display().to_string(), reason: reason.to_string() }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let size = std::fs::metadata(path).map_err(|error| file(path, error))?.len();
    if size > MAX_FILE {
        return Err(file(path, format!("{size} bytes, more than {MAX_FILE}")));
    }
    std::fs::read(path).map_err(|error| file(path, error))
}

fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// The TLS of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tls {
    settings: TlsSettings,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

/// The certificate for the next handshake. Connections that are open keep what they began with.
#[derive(Debug)]
struct Current(RwLock<Pair>);

impl Current {
    fn look<T>(&self, at: impl FnOnce(&Pair) -> T) -> T {
        at(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.look(|pair| Arc::clone(&pair.certified)))
    }
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn open(settings: TlsSettings) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(Pair::read(&settings)?)));
        let builder = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?;
        let builder = if settings.client_certificates {
            builder.with_client_cert_verifier(Arc::new(AnyHolder(provider())))
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { settings, current, config: Arc::new(config) })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Until when the certificate in use is in force.
    pub fn not_after(&self) -> Timestamp {
        self.current.look(|pair| pair.not_after)
    }

    /// Takes up what is in the files now, for the handshakes that follow; whether it was something else. Where the
    /// files cannot be used, everything stays as it was.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn reload(&self) -> Result<bool, TlsError> {
        let (chain, key) = (read(&self.settings.certificate)?, read(&self.settings.key)?);
        if digest(&chain, &key) == self.current.look(|pair| pair.digest) {
            return Ok(false);
        }
        let pair = Pair::of(&self.settings, &chain, &key)?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = pair;
        Ok(true)
    }

    /// Looks at the files from time to time, and on SIGHUP, until shutdown.
    pub async fn watch(self, shutdown: Shutdown) {
        let interval = Duration::from_millis(self.settings.reload_ms.max(100));
        watch_files("server.tls", interval, shutdown, || self.reload()).await;
    }
}

/// Has `reload` look at the files behind a setting from time to time, and on SIGHUP, until shutdown. It says whether
/// something else was taken up, or why not; then what is in use stays.
pub async fn watch_files<E: std::fmt::Display>(
    setting: &'static str,
    interval: Duration,
    shutdown: Shutdown,
    mut reload: impl FnMut() -> Result<bool, E>,
) {
    let mut hangup = Hangup::new();
    let mut complained = String::new();
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(interval) => {}
            () = hangup.wait() => complained.clear(),
        }
        match reload() {
            Ok(false) => complained.clear(),
            Ok(true) => {
                complained.clear();
                tracing::info!(setting, "another TLS certificate is in use");
            }
            // Said once: whoever renews writes two files, one after the other.
            Err(error) if error.to_string() != complained => {
                complained = error.to_string();
                tracing::error!(setting, %error, "the TLS certificate was not exchanged, the one in use stays");
            }
            Err(_) => {}
        }
    }
}

/// The signal to look again at what is in files.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    #[cfg(unix)]
    fn new() -> Self {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Self { signal: signal.inspect_err(|error| tracing::warn!(%error, "no handler for SIGHUP")).ok() }
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        match &mut self.signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        std::future::pending().await
    }
}

/// Lets in whoever proves to have the key of a certificate that is in force, and whoever shows none.
#[derive(Debug)]
struct AnyHolder(CryptoProvider);

impl ClientCertVerifier for AnyHolder {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < certificate.not_before.as_second() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > certificate.not_after.as_second() {
            return Err(CertificateError::Expired.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
