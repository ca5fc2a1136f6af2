//! Address lists: which addresses a system may call from (10008).

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// One address or network, for example `192.0.2.7` or `2001:db8::/48`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange(IpNet);

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an address nor a network")]
pub struct NotAnAddress;

impl FromStr for AddressRange {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(Self)
            .map_err(|_| NotAnAddress)
    }
}

impl AddressRange {
    fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The addresses of one system. An empty list allows none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList(Vec<AddressRange>);

impl AddressList {
    /// Reads entries as they were registered. One that cannot be read allows nothing.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        Self(entries.into_iter().filter_map(|entry| entry.parse().ok()).collect())
    }

    /// Whether `address` is allowed. An IPv4 address that came in over an IPv6 socket counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &[&str], address: &str) -> bool {
        AddressList::read(list.iter().copied()).contains(address.parse().unwrap())
    }

    #[test]
    fn an_empty_list_allows_none() {
        assert!(!allows(&[], "127.0.0.1"));
        assert!(!allows(&["nonsense"], "127.0.0.1"));
    }

    #[test]
    fn addresses_and_networks() {
        assert!(allows(&["127.0.0.1"], "127.0.0.1"));
        assert!(!allows(&["127.0.0.1"], "127.0.0.2"));
        assert!(allows(&["192.0.2.0/24"], "192.0.2.255"));
        assert!(!allows(&["192.0.2.0/24"], "192.0.3.0"));
        assert!(allows(&["2001:db8::/48"], "2001:db8::1"));
        assert!(allows(&["192.0.2.0/24"], "::ffff:192.0.2.1"));
    }
}
