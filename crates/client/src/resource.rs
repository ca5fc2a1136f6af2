//! Public resources of the other side: its clock and its keys (wire profile §1 and §4).

use crypto::VerifyingKey;
use jiff::Timestamp;
use protocol::resources::{
    KEYS, ListedKey, PublishedKeys, ServerTime, TIME, TRUST_LIST, TrustList, TrustListFault,
};
use protocol::wire::{Reply, ReplyFault, key_id, verify_reply};
use protocol::{Envelope, Fault, MillisTime};
use serde::de::DeserializeOwned;

use crate::call::{Client, reply_headers};
use crate::error::ClientError;
use crate::transport::{RawAnswer, exchange};

/// Where servers tell whether they are ready, and how they say that they are not.
const READY: &str = "/health/ready";
const UNAVAILABLE: u16 = 503;

/// What a server says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It is ready, or does not say.
    Ready,
    /// It says that it is not.
    NotReady,
}

/// Finds a key by its id.
type KeyById<'a> = &'a (dyn Fn(&str) -> Option<VerifyingKey> + Sync);

impl Client {
    /// Gets the other side's clock, for whoever is told that its own is off (10005). It is a hint for people: the
    /// answer is signed, but with a wrong clock of our own nobody can tell whether it is an old one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn server_time(&self) -> Result<Timestamp, ClientError> {
        let raw = self.get(TIME.path).await?;
        let time: ServerTime = content(&raw.body)?;
        let malformed = |fault: Fault| ClientError::Malformed(fault.to_string());
        let time = MillisTime::parse(&time.time).map_err(malformed)?.timestamp();
        self.check_resource(&raw, &|id| self.peer.key(id), time)?;
        Ok(time)
    }

    /// Gets the keys that sign the other side's answers and believes those that `root` vouches for. The list is
    /// its own proof: the answer that brings it may be signed by a key that is not known yet, if the list holds it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn published_keys(&self, root: &VerifyingKey) -> Result<Vec<VerifyingKey>, ClientError> {
        let raw = self.get(KEYS.path).await?;
        let list: PublishedKeys = content(&raw.body)?;
        let now = self.clock.now();
        let keys = list.verified(&self.peer.id, root, now).map_err(|_| ReplyFault::UnknownKey)?;
        let listed = |id: &str| keys.iter().find(|key| key_id(key) == id).cloned();
        self.check_resource(&raw, &listed, now)?;
        Ok(keys)
    }

    /// Gets the other platform's trust list and believes it when `root` signed it. The list is its own proof: the
    /// answer that brings it has to be signed by a key that it names.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn trust_list(&self, root: &VerifyingKey) -> Result<TrustList, ClientError> {
        let raw = self.get(TRUST_LIST.path).await?;
        let list: TrustList = content(&raw.body)?;
        let now = self.clock.now();
        let malformed = |fault: TrustListFault| ClientError::Malformed(fault.to_string());
        list.verify(&self.peer.id, root, now).map_err(malformed)?;
        let keys = list.keys().map_err(malformed)?;
        let in_force = |key: &&ListedKey| key.not_before <= now && now <= key.not_after;
        let listed = |id: &str| {
            keys.iter()
                .filter(in_force)
                .find(|listed| key_id(&listed.key) == id)
                .map(|listed| listed.key.clone())
        };
        self.check_resource(&raw, &listed, now)?;
        Ok(list)
    }

    /// Whether the other side is there, which a rightly signed answer shows whatever it says, and ready, which it tells
    /// at `/health/ready` unsigned, if it has that.
    ///
    /// # Errors
    /// [`ClientError`] when it is not there, or somebody else is.
    pub async fn readiness(&self) -> Result<Readiness, ClientError> {
        let there = self.get(TIME.path).await?;
        self.check_resource(&there, &|id| self.peer.key(id), self.clock.now())?;
        let ready = self.get(READY).await?;
        Ok(if ready.status == UNAVAILABLE { Readiness::NotReady } else { Readiness::Ready })
    }

    async fn get(&self, path: &str) -> Result<RawAnswer, ClientError> {
        let url = format!("{}{path}", self.peer.base_url);
        exchange(&self.pool.get(), reqwest::Method::GET, &url, None, self.bounds).await
    }

    /// The signature of a public resource, which is bound to no request.
    fn check_resource(&self, raw: &RawAnswer, key: KeyById<'_>, now: Timestamp) -> Result<(), ClientError> {
        let headers = reply_headers(raw)?;
        let reply = Reply {
            audience: &self.peer.id,
            binding: None,
            status: raw.status,
            body_sm3: crypto::sm3::digest(&raw.body),
        };
        verify_reply(&reply, &headers, key, now)?;
        Ok(())
    }
}

/// The `data` of a public resource.
fn content<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    let envelope: Envelope<T> =
        serde_json::from_slice(body).map_err(|error| ClientError::Malformed(error.to_string()))?;
    envelope.data.ok_or_else(|| ClientError::Malformed("no data".to_owned()))
}
