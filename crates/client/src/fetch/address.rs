//! Which addresses are public (IANA special-purpose address registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True for an address that anybody on the Internet can reach, and that therefore is no secret neighbour of ours.
///
/// Not public: this machine, private and shared networks, link-local addresses (and the metadata services that clouds
/// keep there), multicast, documentation, benchmarks, whatever is reserved. Of IPv6 only global unicast is public, and
/// no form that carries an IPv4 address inside.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // This network, private, loopback, link-local, multicast and reserved.
    let inner = matches!((a, b), (0 | 10 | 127 | 224..=255, _) | (169, 254) | (172, 16..=31) | (192, 168));
    // Shared by carriers: some clouds keep their metadata service there.
    let shared = matches!((a, b), (100, 64..=127));
    // Protocol assignments, documentation, old relays, benchmarks.
    let special = matches!(
        (a, b, c),
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113)
    );
    !inner && !shared && !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments (Teredo among them), documentation, 6to4: the first block of 2000::/3 holds them.
        [0x2001, 0..=0x01FF | 0x0DB8, ..] | [0x2002, ..] | [0x3FFF, 0..=0x0FFF, ..] => false,
        [first, ..] => (0x2000..=0x3FFF).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    const INNER: &str = "0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 \
        172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 \
        203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 \
        ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 2001::1 \
        2001:10::1 2001:db8::1 2002:7f00:1:: 3fff::1 4000::1 5f00::1";
    const OUTER: &str = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 \
        223.255.255.255 2001:4860:4860::8888 2400:3200::1 2606:4700::1111 2001:200::1 3ffe::1";

    #[test]
    fn only_what_everybody_can_reach_is_public() {
        for inner in INNER.split_whitespace() {
            assert!(!is_public(inner.parse().unwrap()), "{inner}");
        }
        for outer in OUTER.split_whitespace() {
            assert!(is_public(outer.parse().unwrap()), "{outer}");
        }
    }
}
