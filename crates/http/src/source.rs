//! Where a request comes from: what the connection shows, or what a gateway we trust says of it.
//!
//! Two things may be said on the way: the caller's address (`X-Forwarded-For`) and the certificate that it showed to
//! the gateway (`Client-Cert`). Both are taken from named addresses only; from everybody else the headers are as if
//! they were not there. A gateway has to overwrite both, and ours must be reachable through it alone.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::DigestAlgorithm;
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// RFC 9440 names it; what stands in it may also be what nginx or a digest says (see [`Fingerprint::forwarded`]).
const CLIENT_CERT: &str = "client-cert";
/// Longest header with a certificate that is looked at, in bytes.
const MAX_CERTIFICATE: usize = 16 << 10;

/// The SHA-256 of a certificate (DER): under which a caller's TLS certificate is registered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 fingerprint: 64 hexadecimal digits, colons between them or not")]
pub struct NotAFingerprint;

impl Fingerprint {
    /// The fingerprint of a certificate (DER).
    pub fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&DigestAlgorithm::Sha256.digest(der));
        Self(bytes)
    }

    /// What a gateway wrote: `:Base64:` of the certificate (RFC 9440), its PEM with percent signs (as nginx gives it
    /// in `$ssl_client_escaped_cert`), or the fingerprint itself.
    fn forwarded(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_CERTIFICATE {
            return None;
        }
        if let Some(inner) = text.strip_prefix(':') {
            return Some(Self::of(&STANDARD.decode(inner.strip_suffix(':')?).ok()?));
        }
        if text.starts_with("-----BEGIN") {
            let pem = percent_decoded(text)?;
            return CertificateDer::from_pem_slice(&pem).ok().map(|der| Self::of(&der));
        }
        text.parse().ok()
    }
}

/// Undoes `%41`. `None` where a percent sign is followed by something else.
fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        decoded.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(decoded)
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a connection of ours shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secured {
    /// The certificate with which the other end proved itself, if it has one.
    pub(crate) certificate: Option<Fingerprint>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The caller's address.
    pub address: IpAddr,
    /// The TLS certificate with which the caller proved itself, to us or to a gateway we trust.
    pub certificate: Option<Fingerprint>,
    /// Whether it came over TLS, to us or to a gateway we trust.
    pub secure: bool,
}

impl Source {
    /// A caller at this address without TLS.
    pub fn plain(address: IpAddr) -> Self {
        Self { address, certificate: None, secure: false }
    }

    /// Where a request comes from. `None` when it did not come over a connection.
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpNet]) -> Option<Self> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        if !trusted(peer, proxies) {
            let secured = extensions.get::<Secured>();
            let certificate = secured.and_then(|secured| secured.certificate);
            return Some(Self { address: peer, certificate, secure: secured.is_some() });
        }
        let only = |name| match &headers.get_all(name).iter().collect::<Vec<_>>()[..] {
            [one] => one.to_str().ok(),
            // Two of them: one of which somebody else wrote.
            _ => None,
        };
        Some(Self {
            address: address(peer, headers, proxies),
            certificate: only(CLIENT_CERT).and_then(Fingerprint::forwarded),
            secure: only(FORWARDED_PROTO).is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
        })
    }
}

pub(crate) fn trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|proxy| proxy.contains(&address.to_canonical()))
}

/// The caller's address. Beginning with the connection, each trusted proxy is believed about the hop before it:
/// so what a caller writes into the header itself is never reached.
fn address(connection: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut address = connection;
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in hops.into_iter().rev() {
        if !trusted(address, proxies) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            // A trusted proxy that says nothing readable is itself the nearest thing known.
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn source(peer: &str, headers: &[(&'static str, &str)], proxies: &[&str]) -> Source {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(ip(peer), 9)));
        extensions.insert(Secured { certificate: Some(Fingerprint::of(b"shown")) });
        Source::of(&extensions, &map, &proxies).unwrap()
    }

    fn found(peer: &str, hops: &[&str], proxies: &[&str]) -> IpAddr {
        let headers: Vec<_> = hops.iter().map(|hop| (FORWARDED_FOR, *hop)).collect();
        source(peer, &headers, proxies).address
    }

    #[test]
    fn nobody_is_believed_without_trust() {
        assert_eq!(found("198.51.100.7", &["10.0.0.1"], &[]), ip("198.51.100.7"));
        assert_eq!(found("::ffff:198.51.100.7", &[], &[]), ip("198.51.100.7"));
        let print = Fingerprint::of(b"forged").to_string();
        let said =
            source("198.51.100.7", &[(CLIENT_CERT, &print), (FORWARDED_PROTO, "http")], &["10.0.0.0/8"]);
        assert_eq!((said.certificate, said.secure), (Some(Fingerprint::of(b"shown")), true));
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_the_hop_before_it() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(found("10.0.0.1", &["203.0.113.5"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["1.2.3.4, 203.0.113.5, 10.0.0.2"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["1.2.3.4", "203.0.113.5"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["nonsense"], &proxies), ip("10.0.0.1"));
        assert_eq!(found("10.0.0.1", &[], &proxies), ip("10.0.0.1"));
        assert_eq!(found("::ffff:10.0.0.1", &["203.0.113.5"], &proxies), ip("203.0.113.5"));
    }

    #[test]
    fn a_gateway_says_which_certificate_it_saw_in_three_ways() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        let der = certificate.der().as_ref();
        let escaped: String = certificate
            .pem()
            .chars()
            .map(|c| match c {
                '\n' => "%0A".to_owned(),
                ' ' => "%20".to_owned(),
                '+' => "%2B".to_owned(),
                other => other.to_string(),
            })
            .collect();
        let print = Fingerprint::of(der);
        let colons: Vec<_> = print
            .to_string()
            .as_bytes()
            .chunks(2)
            .map(|c| String::from_utf8_lossy(c).to_uppercase())
            .collect();
        for said in [format!(":{}:", STANDARD.encode(der)), escaped, print.to_string(), colons.join(":")] {
            let seen =
                source("10.0.0.1", &[(CLIENT_CERT, &said), (FORWARDED_PROTO, "https")], &["10.0.0.1/32"]);
            assert_eq!((seen.certificate, seen.secure), (Some(print), true), "{said}");
        }
    }

    #[test]
    fn what_a_gateway_says_unclearly_stands_for_no_certificate() {
        let proxies = ["10.0.0.1/32"];
        let print = Fingerprint::of(b"one").to_string();
        for nonsense in
            ["", "NONE", ":", "::x", ":%%%:", "-----BEGIN%", "-----BEGIN CERTIFICATE-----%zz", "(null)"]
        {
            assert_eq!(
                source("10.0.0.1", &[(CLIENT_CERT, nonsense)], &proxies).certificate,
                None,
                "{nonsense}"
            );
        }
        let twice = [(CLIENT_CERT, &*print), (CLIENT_CERT, &*print)];
        assert_eq!(source("10.0.0.1", &twice, &proxies).certificate, None, "two of them");
        // The gateway's own certificate is not its callers'.
        assert_eq!(source("10.0.0.1", &[], &proxies).certificate, None);
        assert_eq!("ab".parse::<Fingerprint>(), Err(NotAFingerprint));
    }
}
