//! The two ends of a call: who we are and whom we believe.

use std::fmt;
use std::sync::Arc;

use crypto::{Signer, VerifyingKey};
use protocol::AppId;
use protocol::wire::key_id;

/// Who calls.
#[derive(Clone)]
pub struct Identity {
    /// Our id (`appId`).
    pub app_id: AppId,
    /// Our key.
    pub signer: Arc<dyn Signer>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.app_id)
    }
}

/// The other side.
#[derive(Clone)]
pub struct Peer {
    /// Its base address, without a slash at the end.
    pub base_url: String,
    /// Its id: the audience of our requests.
    pub id: AppId,
    /// Its signing keys by key id.
    keys: Vec<(String, VerifyingKey)>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer({} at {})", self.id, self.base_url)
    }
}

impl Peer {
    /// The other side at `base_url`, called `id`, whose answers are signed by one of `keys`.
    pub fn new(base_url: &str, id: AppId, keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            id,
            keys: keys.into_iter().map(|key| (key_id(&key), key)).collect(),
        }
    }

    /// The key with this id.
    pub fn key(&self, id: &str) -> Option<VerifyingKey> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key.clone())
    }
}
