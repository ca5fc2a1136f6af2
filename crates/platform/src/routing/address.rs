//! Addresses that systems register or answer with: whom the platform calls, and where it sends signers.

use std::str::FromStr;

use protocol::{ApiError, Code};
use url::{Host, Url};

/// A host, with its port where it is not the scheme's own, that may stand in an `authUrl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentHost(String);

/// The text is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host with an optional port")]
pub struct NotAHost;

impl FromStr for ConsentHost {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let url = Url::parse(&format!("https://{text}/")).map_err(|_| NotAHost)?;
        let host = authority(&url).ok_or(NotAHost)?;
        // Nothing but host and port: no path, no user.
        if host == text.to_ascii_lowercase().trim_end_matches(":443") {
            Ok(Self(host))
        } else {
            Err(NotAHost)
        }
    }
}

/// Host and port as they identify a server; the port only where it is not the scheme's own.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address that no system can have: unspecified, link-local (the metadata services of clouds are there), multicast.
fn is_nobody(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => {
            address.is_unspecified()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
        }
        Some(Host::Ipv6(address)) => {
            address.is_unspecified() || address.is_unicast_link_local() || address.is_multicast()
        }
        Some(Host::Domain(_)) | None => false,
    }
}

/// https, or http on this machine; no user and password.
fn is_safe(url: &Url) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    scheme && url.username().is_empty() && url.password().is_none() && url.host().is_some()
}

/// Checks the base address of a seal system at its registration: https, or http on this machine.
///
/// # Errors
/// 20002.
pub fn check_base_url(text: &str) -> Result<(), ApiError> {
    let good = Url::parse(text).is_ok_and(|url| {
        is_safe(&url) && !is_nobody(&url) && url.query().is_none() && url.fragment().is_none()
    });
    if good {
        return Ok(());
    }
    let (zh, en) = ("接口地址须为 https 地址", "the base address must be an https address");
    Err(ApiError::explained(Code::Malformed, zh, en))
}

/// Checks the address of a consent page before a signer is sent there: https (http on this machine), on a host
/// that its system has registered.
///
/// # Errors
/// What is wrong, for the evidence.
pub fn check_auth_url<'a>(text: &str, hosts: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("authUrl: {error}"))?;
    if text.len() > 2048 || text.chars().any(|c| c.is_control() || c == '\\') || !is_safe(&url) {
        return Err("authUrl is not a safe address".to_owned());
    }
    let own = authority(&url).unwrap_or_default();
    let registered =
        hosts.into_iter().filter_map(|host| host.parse::<ConsentHost>().ok()).any(|host| host.0 == own);
    if registered { Ok(()) } else { Err(format!("authUrl names the unregistered host {own}")) }
}

/// An address taken apart and put together as browsers do, so that `..` and case hide nothing.
pub(crate) fn normal_form(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    is_safe(&url).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_hosts_and_nothing_else() {
        for good in ["seal.example.cn", "seal.example.cn:8443", "127.0.0.1:8402", "[::1]:80"] {
            assert!(good.parse::<ConsentHost>().is_ok(), "{good}");
        }
        for bad in ["", "a/b", "user@host", "https://host", "host:99999", "host?x"] {
            assert!(bad.parse::<ConsentHost>().is_err(), "{bad}");
        }
    }

    #[test]
    fn consent_pages_are_on_registered_hosts() {
        let hosts = ["seal.example.cn", "127.0.0.1:8402"];
        let check = |url: &str| check_auth_url(url, hosts);
        assert!(check("https://seal.example.cn/consent/abc").is_ok());
        assert!(check("https://SEAL.example.cn:443/consent").is_ok());
        assert!(check("http://127.0.0.1:8402/consent/abc").is_ok());
        for bad in [
            "https://evil.example.cn/consent",
            "http://seal.example.cn/consent",
            "https://seal.example.cn:8443/",
            "https://seal.example.cn@evil.cn/",
            "https://user@seal.example.cn/",
            "javascript:alert(1)",
            "http://127.0.0.1:9999/",
            "https://seal.example.cn\\@evil.cn/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn base_addresses() {
        assert!(check_base_url("https://b.example.cn/seal").is_ok());
        assert!(check_base_url("http://127.0.0.1:8402").is_ok());
        assert!(check_base_url("http://b.example.cn").is_err());
        assert!(check_base_url("https://b.example.cn/?x=1").is_err());
        for nobody in ["https://169.254.169.254", "https://0.0.0.0", "https://[fe80::1]", "https://224.0.0.1"]
        {
            assert!(check_base_url(nobody).is_err(), "{nobody}");
        }
    }
}
