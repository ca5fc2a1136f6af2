//! Where a request comes from: the address of the connection, or what a proxy we trust says.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The caller's address. Beginning with the connection, each trusted proxy is believed about the hop before it:
/// so what a caller writes into the header itself is never reached.
pub(crate) fn address(connection: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut address = connection.to_canonical();
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(&address));
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in hops.into_iter().rev() {
        if !trusted(address) {
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
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn found(connection: &str, headers: &[&'static str], proxies: &[&str]) -> IpAddr {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        address(ip(connection), &map, &proxies)
    }

    #[test]
    fn nobody_is_believed_without_trust() {
        assert_eq!(found("198.51.100.7", &["10.0.0.1"], &[]), ip("198.51.100.7"));
        assert_eq!(found("::ffff:198.51.100.7", &[], &[]), ip("198.51.100.7"));
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_the_hop_before_it() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(found("10.0.0.1", &["203.0.113.5"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["1.2.3.4, 203.0.113.5, 10.0.0.2"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["1.2.3.4", "203.0.113.5"], &proxies), ip("203.0.113.5"));
        assert_eq!(found("10.0.0.1", &["nonsense"], &proxies), ip("10.0.0.1"));
        assert_eq!(found("10.0.0.1", &[], &proxies), ip("10.0.0.1"));
    }
}
