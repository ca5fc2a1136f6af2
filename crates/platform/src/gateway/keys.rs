//! Prepared verifying keys, so that a caller's key is not read anew for every request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crypto::VerifyingKey;
use jiff::Timestamp;
use storage::platform::system_keys::{KeyState, SystemKey};

/// When more keys than this are kept, all are dropped: three for each of many systems fit.
const MAX_KEYS: usize = 4_096;

/// Whether the key may sign at the time `at`.
pub(super) fn usable(key: &SystemKey, at: Timestamp) -> bool {
    let at = at.as_millisecond();
    key.state == KeyState::Active && key.not_before <= at && at <= key.not_after
}

/// Keys by the SM3 of their SubjectPublicKeyInfo: what a key is never changes, only whether it may be used, and
/// that is read from the database for every request.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<HashMap<String, VerifyingKey>>);

impl KeyCache {
    /// The prepared key; `None` when the stored bytes are no key.
    pub(super) fn get(&self, key: &SystemKey) -> Option<VerifyingKey> {
        let mut prepared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = prepared.get(&key.spki_sm3) {
            return Some(found.clone());
        }
        let read = VerifyingKey::from_spki_der(&key.spki).ok()?;
        if prepared.len() >= MAX_KEYS {
            prepared.clear();
        }
        prepared.insert(key.spki_sm3.clone(), read.clone());
        Some(read)
    }
}

impl std::fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyCache")
    }
}
