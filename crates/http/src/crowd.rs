//! How much one address may have under way at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is under way for each address. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// One thing under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
    network: IpAddr,
}

/// What counts as one address: of IPv6 the network that one customer is given (/64).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets[8..].fill(0);
            IpAddr::V6(Ipv6Addr::from(octets))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Crowd {
    /// So much at once.
    pub(crate) fn new(most: usize) -> Self {
        Self { counts: Arc::default(), most }
    }

    /// A place for one more from `address`, if it has not taken all of its own.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { counts: Arc::clone(&self.counts), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_own_places_and_gives_them_back() {
        let crowd = Crowd::new(2);
        let first = crowd.enter(ip("192.0.2.1")).unwrap();
        let _second = crowd.enter(ip("::ffff:192.0.2.1")).unwrap();
        assert!(crowd.enter(ip("192.0.2.1")).is_none());
        let _other = crowd.enter(ip("192.0.2.2")).unwrap();
        drop(first);
        drop(crowd.enter(ip("192.0.2.1")).unwrap());
        let one = crowd.enter(ip("2001:db8:0:1::1")).unwrap();
        let _two = crowd.enter(ip("2001:db8:0:1:ffff::2")).unwrap();
        assert!(crowd.enter(ip("2001:db8:0:1::3")).is_none(), "one network");
        assert!(crowd.enter(ip("2001:db8:0:2::3")).is_some());
        drop(one);
        assert_eq!(crowd.counts.lock().unwrap().len(), 3, "who has nothing under way is forgotten");
    }
}
