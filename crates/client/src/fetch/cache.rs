//! What was fetched, as long as it says of itself that it is good; and what failed, for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use formats::crl::read_crls;
use formats::ocsp::read_responses;
use formats::x509::read_certificates;
use jiff::Timestamp;

use super::{FetchError, Fetched, Item};

/// Items kept at most.
const MAX_ITEMS: usize = 512;
/// Bytes kept at most.
const MAX_BYTES: usize = 128 << 20;
/// How long a failure is kept.
const FAILURE: Duration = Duration::from_mins(1);

type Key = (String, Item);

#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    items: HashMap<Key, (Fetched, Timestamp)>,
    bytes: usize,
}

/// Reads what came as what was asked for; until when it may be kept, where it says so.
pub(super) fn examine(item: &Item, body: &[u8]) -> Result<Option<Timestamp>, FetchError> {
    match item {
        Item::Crl => {
            let lists = read_crls(body).map_err(|_| FetchError::Content)?;
            Ok(lists.iter().map(|list| list.next_update).min().flatten())
        }
        Item::Certificate => {
            let certificates = read_certificates(body).map_err(|_| FetchError::Content)?;
            Ok(certificates.iter().map(|certificate| certificate.not_after).min())
        }
        Item::Ocsp(_) => {
            let answers = read_responses(body).map_err(|_| FetchError::Content)?;
            let singles = answers.iter().flat_map(|answer| &answer.singles);
            Ok(singles.map(|single| single.next_update).min().flatten())
        }
    }
}

impl Cache {
    pub(super) fn get(&self, url: &str, item: &Item, now: Timestamp) -> Option<Fetched> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, until) = kept.items.get(&(url.to_owned(), item.clone()))?;
        (now < *until).then(|| found.clone())
    }

    /// Keeps what says until when it is good, and nothing else.
    pub(super) fn keep(
        &self,
        url: &str,
        item: &Item,
        body: Arc<[u8]>,
        until: Option<Timestamp>,
        now: Timestamp,
        longest: Duration,
    ) {
        let latest = now.checked_add(longest).unwrap_or(now);
        if let Some(until) = until.map(|until| until.min(latest)).filter(|until| now < *until) {
            self.insert((url.to_owned(), item.clone()), Ok(body), until, now);
        }
    }

    pub(super) fn keep_failure(&self, url: &str, item: &Item, error: FetchError, now: Timestamp) {
        let until = now.checked_add(FAILURE).unwrap_or(now);
        self.insert((url.to_owned(), item.clone()), Err(error), until, now);
    }

    fn insert(&self, key: Key, found: Fetched, until: Timestamp, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let size = size(&key, &found);
        if size > MAX_BYTES {
            return;
        }
        if kept.items.len() >= MAX_ITEMS || kept.bytes.saturating_add(size) > MAX_BYTES {
            kept.items.retain(|_, (_, until)| now < *until);
            kept.count();
        }
        // Still no room: everything goes. It can be fetched again, and this needs no order of use.
        if kept.items.len() >= MAX_ITEMS || kept.bytes.saturating_add(size) > MAX_BYTES {
            kept.items.clear();
        }
        kept.items.insert(key, (found, until));
        kept.count();
    }
}

impl Kept {
    fn count(&mut self) {
        self.bytes = self.items.iter().map(|(key, (found, _))| size(key, found)).sum();
    }
}

fn size(key: &Key, found: &Fetched) -> usize {
    let question = if let Item::Ocsp(question) = &key.1 { question.len() } else { 0 };
    let body = found.as_ref().map_or(0, |body| body.len());
    key.0.len().saturating_add(question).saturating_add(body)
}
