//! The entrance of a server: where it listens, with or without TLS, which gateways stand in front of it, how many
//! connections an address may have, and how it leaves.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::tls::{Tls, TlsSettings};

/// Where plain HTTP may be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlainHttp {
    /// Only at an address that nobody outside this machine reaches.
    #[default]
    Loopback,
    /// Everywhere: for a server that only a TLS gateway reaches.
    Anywhere,
}

/// Plain HTTP would be spoken where others can listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} 可被其他机器访问，而未配置 TLS。{0} can be reached from other machines and there is no TLS; name certificate \
     and key, or, where only a TLS gateway reaches it, set plain_http = \"anywhere\""
)]
pub struct PlainRefused(pub SocketAddr);

impl PlainHttp {
    /// Whether a server may listen at `address`, with TLS or without.
    ///
    /// # Errors
    /// [`PlainRefused`].
    pub fn check(self, address: SocketAddr, tls: Option<&TlsSettings>) -> Result<(), PlainRefused> {
        let good = tls.is_some() || self == Self::Anywhere || address.ip().to_canonical().is_loopback();
        if good { Ok(()) } else { Err(PlainRefused(address)) }
    }
}

/// How connections are taken.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// TLS; none speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Gateways whose connections are not counted: they bring many callers.
    pub proxies: Vec<IpNet>,
    /// Most connections at once from one address.
    pub connections_per_address: usize,
    /// How long connections are still taken after shutdown began: until those who send requests here know of it.
    pub drain: Duration,
}

impl Default for Entrance {
    fn default() -> Self {
        Self { tls: None, proxies: Vec::new(), connections_per_address: 1024, drain: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        let tls = TlsSettings {
            certificate: "c.pem".into(),
            key: "k.pem".into(),
            client_certificates: true,
            reload_ms: 1,
        };
        for (address, plain, tls, good) in [
            ("127.0.0.1:80", PlainHttp::Loopback, None, true),
            ("[::1]:80", PlainHttp::Loopback, None, true),
            ("[::ffff:127.0.0.1]:80", PlainHttp::Loopback, None, true),
            ("0.0.0.0:80", PlainHttp::Loopback, None, false),
            ("[::]:80", PlainHttp::Loopback, None, false),
            ("192.0.2.1:80", PlainHttp::Loopback, None, false),
            ("192.0.2.1:80", PlainHttp::Anywhere, None, true),
            ("192.0.2.1:80", PlainHttp::Loopback, Some(&tls), true),
        ] {
            assert_eq!(plain.check(address.parse().unwrap(), tls).is_ok(), good, "{address}");
        }
        let said = PlainRefused("0.0.0.0:80".parse().unwrap()).to_string();
        assert!(said.contains("0.0.0.0:80") && said.contains("plain_http"), "{said}");
    }
}
