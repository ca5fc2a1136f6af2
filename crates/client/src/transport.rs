//! HTTP with bounds: no redirects, a deadline for the whole exchange, a cap on the answer.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::ClientError;

/// What came back, before anybody believes it.
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Time for the whole exchange.
    pub deadline: Duration,
    /// Largest answer, in bytes.
    pub max_answer: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), max_answer: 32 << 20 }
    }
}

/// How long we wait for the answer, in milliseconds.
const WAIT: &str = "x-seal-wait";

/// Time to wait for a connection, inside the deadline.
const CONNECT: Duration = Duration::from_secs(3);

/// An HTTP client with the bounds of ours, for what is neither a platform nor a seal system: no redirects, no proxy.
///
/// # Errors
/// [`ClientError::Request`] when no connection pool can be made.
pub fn plain_http_client() -> Result<reqwest::Client, ClientError> {
    build(builder())
}

/// What TLS is spoken with beside the system's own roots.
#[derive(Debug, Clone, Default)]
pub(crate) struct Material {
    roots: Vec<reqwest::Certificate>,
    identity: Option<reqwest::Identity>,
}

impl Material {
    /// Roots (PEM; nothing: only those of the system), and a certificate with its key (PEM) to be shown.
    pub(crate) fn read(roots: &[u8], identity: Option<(&[u8], &[u8])>) -> Result<Self, ClientError> {
        let request = |error: reqwest::Error| ClientError::Request(with_causes(&error));
        let mut read = Self::default();
        if !roots.is_empty() {
            read.roots = reqwest::Certificate::from_pem_bundle(roots).map_err(request)?;
            if read.roots.is_empty() {
                return Err(ClientError::Request("no certificate among the TLS roots".to_owned()));
            }
        }
        if let Some((certificate, key)) = identity {
            go_together(certificate, key)?;
            let both = Zeroizing::new([certificate, b"\n", key].concat());
            read.identity = Some(reqwest::Identity::from_pem(&both).map_err(request)?);
        }
        Ok(read)
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        let mut builder = builder();
        if !self.roots.is_empty() {
            builder = builder.tls_certs_merge(self.roots.clone());
        }
        match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        }
    }
}

/// A certificate that is shown without its key lets nobody in: better told when the files are read.
fn go_together(certificate: &[u8], key: &[u8]) -> Result<(), ClientError> {
    let told = |why: &str| ClientError::Request(format!("TLS certificate and key: {why}"));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| told(&error.to_string()))?;
    if chain.is_empty() {
        return Err(told("no certificate"));
    }
    // What the reader of keys says may hold a piece of what it read.
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| told("no private key (PEM)"))?;
    let provider = rustls::crypto::ring::default_provider();
    let pair = rustls::sign::CertifiedKey::from_der(chain, key, &provider);
    pair.map(|_| ()).map_err(|error| told(&error.to_string()))
}

/// Connections that follow no redirects and use no proxy. Every clone is the same pool, and gets other TLS with it.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<RwLock<(reqwest::Client, Material)>>);

impl Pool {
    /// A pool that speaks TLS with this.
    pub(crate) fn of(material: Material) -> Result<Self, ClientError> {
        let client = build(material.builder())?;
        Ok(Self(Arc::new(RwLock::new((client, material)))))
    }

    /// A pool for one exchange that connects to one address whatever the name, for addresses that are not trusted. It
    /// speaks TLS as this one.
    pub(crate) fn pinned(
        &self,
        resolver: Arc<impl reqwest::dns::Resolve + 'static>,
        deadline: Duration,
    ) -> Result<Self, ClientError> {
        let material = self.look(|(_, material)| material.clone());
        let builder = material.builder().dns_resolver(resolver).timeout(deadline);
        let client = build(builder.pool_max_idle_per_host(0).referer(false))?;
        Ok(Self(Arc::new(RwLock::new((client, material)))))
    }

    /// The connections; cheap.
    pub(crate) fn get(&self) -> reqwest::Client {
        self.look(|(client, _)| client.clone())
    }

    /// Speaks TLS with something else from now on; what is under way goes on.
    pub(crate) fn exchange(&self, material: Material) -> Result<(), ClientError> {
        let client = build(material.builder())?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (client, material);
        Ok(())
    }

    fn look<T>(&self, at: impl FnOnce(&(reqwest::Client, Material)) -> T) -> T {
        at(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A pool for one exchange that connects to one address whatever the name, for addresses that are not trusted.
pub(crate) fn pinned(
    resolver: Arc<impl reqwest::dns::Resolve + 'static>,
    deadline: Duration,
) -> Result<reqwest::Client, ClientError> {
    build(builder().dns_resolver(resolver).timeout(deadline).pool_max_idle_per_host(0).referer(false))
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    builder.build().map_err(|error| ClientError::Request(with_causes(&error)))
}

fn builder() -> reqwest::ClientBuilder {
    // Whoever installed a provider before us has the same ring behind it, or chose another on purpose.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(Duration::from_secs(20))
        .user_agent(concat!("sealbridge/", env!("CARGO_PKG_VERSION")))
}

/// Sends a body and reads the answer within the bounds.
pub(crate) async fn exchange(
    pool: &reqwest::Client,
    method: reqwest::Method,
    url: &str,
    content: Option<(String, Bytes)>,
    bounds: Bounds,
) -> Result<RawAnswer, ClientError> {
    // Who answers for others can stop when we have gone: a tenth is left for the way.
    let wait = bounds.deadline.mul_f32(0.9).as_millis().to_string();
    send(pool.request(method, url).header(WAIT, wait), content, bounds).await
}

/// The same with a request that was begun.
pub(crate) async fn send(
    mut request: reqwest::RequestBuilder,
    content: Option<(String, Bytes)>,
    bounds: Bounds,
) -> Result<RawAnswer, ClientError> {
    if let Some((kind, body)) = content {
        request = request.header(CONTENT_TYPE, kind).body(body);
    }
    let work = async {
        let mut response = request.send().await.map_err(|error| classify(&error, bounds.deadline))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| classify(&error, bounds.deadline))? {
            if body.len() + piece.len() > bounds.max_answer {
                return Err(ClientError::TooLarge(bounds.max_answer));
            }
            body.extend_from_slice(&piece);
        }
        Ok(RawAnswer { status, headers, body })
    };
    tokio::time::timeout(bounds.deadline, work).await.unwrap_or(Err(ClientError::Late(bounds.deadline)))
}

/// A connection that was never made did nothing; one that broke may have.
fn classify(error: &reqwest::Error, deadline: Duration) -> ClientError {
    if error.is_connect() {
        return ClientError::Unreachable(plain(error));
    }
    if error.is_timeout() {
        return ClientError::Late(deadline);
    }
    ClientError::Broken(plain(error))
}

fn with_causes(error: &reqwest::Error) -> String {
    format!("{error}: {}", plain(error))
}

/// The error with its causes and without the address, which may hold an operator's internal host name.
pub(crate) fn plain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        cause = error.source();
    }
    if text.is_empty() { "transport".to_owned() } else { text }
}
