//! Names to addresses: once, before anything is checked. The connection then goes to the checked address.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// The addresses of a name, on their way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Whoever knows the addresses of names.
pub trait Resolve: Send + Sync {
    /// All addresses of a host name.
    fn resolve(&self, host: &str) -> Resolving;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Gives the HTTP client the one checked address for whatever name it asks about: there is no second resolution that
/// could say something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pinned(pub(super) IpAddr);

impl reqwest::dns::Resolve for Pinned {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let address = SocketAddr::new(self.0, 0);
        Box::pin(std::future::ready(Ok(Box::new(std::iter::once(address)) as reqwest::dns::Addrs)))
    }
}

impl Pinned {
    pub(super) fn shared(address: IpAddr) -> Arc<Self> {
        Arc::new(Self(address))
    }
}
