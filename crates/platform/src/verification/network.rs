//! What the verifier lacks, fetched from the addresses in certificates: the one place where verification meets the
//! network, and only where the operator allows it.

use std::time::Duration;

use client::fetch::{FetchRules, Fetcher, Item};
use formats::ocsp::OcspRequest;
use tokio::runtime::Handle;
use tokio::time::Instant;
use verify::{Want, WantKind};

use crate::config;

/// Time for all that one document lacks.
const BUDGET: Duration = Duration::from_secs(12);

/// The network for the verification of one document, used from a thread that may wait.
#[derive(Debug)]
pub struct Network {
    fetcher: Fetcher,
    handle: Handle,
    until: Instant,
}

impl Network {
    /// The network for one document, whose time begins now. `handle` is that of a runtime with threads of its own.
    pub fn new(fetcher: Fetcher, handle: Handle) -> Self {
        Self { fetcher, handle, until: Instant::now() + BUDGET }
    }
}

impl verify::Fetcher for Network {
    fn fetch(&self, wants: &[Want]) -> Vec<Option<Vec<u8>>> {
        let wanted: Vec<(Vec<String>, Item)> =
            wants.iter().map(|want| (want.urls.clone(), item(&want.kind))).collect();
        let work = self.fetcher.fetch_all(wanted);
        let found = self.handle.block_on(async { tokio::time::timeout_at(self.until, work).await });
        let found = found.unwrap_or_default();
        (0..wants.len()).map(|at| found.get(at)?.as_ref().map(|content| content.to_vec())).collect()
    }
}

/// Questions carry no nonce, so that an answer can be kept as long as it says it is good (RFC 5019 §4).
fn item(kind: &WantKind) -> Item {
    match kind {
        WantKind::Crl => Item::Crl,
        WantKind::Issuer => Item::Certificate,
        WantKind::Ocsp(id) => Item::Ocsp(OcspRequest::without_nonce(vec![id.clone()]).to_der()),
    }
}

/// The rules of a configuration; `None` when nothing may be fetched.
pub(super) fn rules(fetch: &config::Fetch) -> Option<FetchRules> {
    let rules = FetchRules {
        allowed_hosts: fetch.allowed_hosts.clone(),
        ports: fetch.ports.clone(),
        deadline: Duration::from_millis(fetch.deadline_ms),
        ..FetchRules::default()
    };
    fetch.enabled.then_some(rules)
}
