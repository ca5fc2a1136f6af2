//! Public resources beside the tables (wire profile §1): time, published keys, trust list.
//!
//! They need no signature to ask for, and their answers are signed like all others, bound to no request.

use crypto::{SignError, Signer, VerifyingKey};
use jiff::Timestamp;
use serde_json::Value;

use crate::ids::AppId;
use crate::scalar::{Described, TableType};
use crate::schema::{TableInfo, answer_table};
use crate::values::{Base64Data, MillisTime};
use crate::wire::{self, Detail, SignatureFault, key_id};

pub use crate::trust_list::{CODE_SPACE, ListedKey, TrustAnchor, TrustList, TrustListFault};

/// A public resource.
#[derive(Debug)]
pub struct ResourceInfo {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its path; the method is GET.
    pub path: &'static str,
    /// The tables of the objects in `data`; none for what is no envelope.
    pub answers: &'static [&'static TableInfo],
    /// The schema of `data`; `None` for what is no envelope.
    pub data_schema: Option<fn(TableType) -> Value>,
}

/// The server's clock.
pub const TIME: ResourceInfo = ResourceInfo {
    name: "time",
    doc: "The server's time, for callers whose clock is off (10005).",
    path: "/api/v1/time",
    answers: &[ServerTime::TABLE],
    data_schema: Some(ServerTime::schema),
};

/// The keys that sign answers.
pub const KEYS: ResourceInfo = ResourceInfo {
    name: "keys",
    doc: "The keys that sign answers, signed by the root key handed over at onboarding. A new key appears at \
          least seven days before its first use.",
    path: "/api/v1/keys",
    answers: &[PublishedKeys::TABLE, PublishedKey::TABLE],
    data_schema: Some(PublishedKeys::schema),
};

/// The certificates the platform trusts.
pub const TRUST_LIST: ResourceInfo = ResourceInfo {
    name: "trust_list",
    doc: "What the platform stands for towards other platforms, signed by its root key: its keys, the code spaces of \
          the systems that joined it, the roots of certification authorities and the seal makers that it trusts.",
    path: "/api/v1/trust-list",
    answers: &[TrustList::TABLE, TrustAnchor::TABLE, PublishedKey::TABLE],
    data_schema: Some(TrustList::schema),
};

const fn plain(name: &'static str, path: &'static str, doc: &'static str) -> ResourceInfo {
    ResourceInfo { name, doc, path, answers: &[], data_schema: None }
}

/// Every public resource.
pub const RESOURCES: &[ResourceInfo] = &[
    TIME,
    KEYS,
    TRUST_LIST,
    plain("openapi", "/openapi.json", "This document."),
    plain("health_live", "/health/live", "200 while the process runs."),
    plain("health_ready", "/health/ready", "200 when requests can be served, else 503."),
    plain("metrics", "/metrics", "Metrics in the Prometheus text format."),
];

answer_table! {
    /// The server's time.
    table ours clause "6.1" interface "time" part "response.data"
    pub struct ServerTime {
        /// Milliseconds since 1970 UTC, as in `time`.
        time: String = answer "time" String,
    }
}

answer_table! {
    /// A key that signs answers.
    table ours clause "8.2" interface "keys" part "response.data.keys[]"
    pub struct PublishedKey {
        /// As in X-Seal-Key-Id: lower-case hexadecimal SM3 of publicKey.
        key_id: String = answer "keyId" String,
        /// SubjectPublicKeyInfo, Base64 of the DER.
        public_key: Base64Data = answer "publicKey" String,
        /// First use, milliseconds since 1970 UTC.
        not_before: String = answer "notBefore" String,
        /// End of use, milliseconds since 1970 UTC.
        not_after: String = answer "notAfter" String,
    }
}

answer_table! {
    /// The keys that sign answers, now and soon.
    table ours clause "8.2" interface "keys" part "response.data"
    pub struct PublishedKeys {
        /// Whose keys these are: the audience of requests.
        id: AppId = answer "id" String,
        /// When the list was made, milliseconds since 1970 UTC.
        issued_at: String = answer "issuedAt" String,
        /// The keys.
        keys: Vec<PublishedKey> = answer "keys" Array,
        /// The root key's signature over `CCUA-SEAL-KEYS-1`, id, issuedAt and one line
        /// `keyId notBefore notAfter` for each key, each line ended by 0x0A.
        sign: String = answer "sign" String,
    }
}

impl ServerTime {
    /// The time `now`.
    pub fn of(now: Timestamp) -> Self {
        Self { time: MillisTime::of(now).to_string() }
    }
}

/// Why a list of keys is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyListFault {
    /// It is another system's.
    #[error("the list is of another system")]
    OtherSystem,
    /// The root key did not sign it.
    #[error("the list is not signed by the root key: {0}")]
    Signature(#[from] SignatureFault),
    /// A key does not have the id it is listed under, or is no SM2 key.
    #[error("a listed key is malformed")]
    Key,
}

impl PublishedKey {
    /// Lists `key` for a time.
    pub fn new(key: &VerifyingKey, not_before: Timestamp, not_after: Timestamp) -> Self {
        Self {
            key_id: key_id(key),
            public_key: key.spki_der().to_vec().into(),
            not_before: MillisTime::of(not_before).to_string(),
            not_after: MillisTime::of(not_after).to_string(),
        }
    }
}

impl PublishedKeys {
    /// Makes the list and signs it with the root key.
    ///
    /// # Errors
    /// The signer's.
    pub fn signed(
        id: AppId,
        keys: Vec<PublishedKey>,
        now: Timestamp,
        root: &dyn Signer,
    ) -> Result<Self, SignError> {
        let mut list = Self { id, issued_at: MillisTime::of(now).to_string(), keys, sign: String::new() };
        list.sign = wire::sign(root, list.canonical().as_bytes())?;
        Ok(list)
    }

    /// Verifies the list and gives the keys that may have signed at `now`.
    ///
    /// # Errors
    /// [`KeyListFault`].
    pub fn verified(
        &self,
        id: &AppId,
        root: &VerifyingKey,
        now: Timestamp,
    ) -> Result<Vec<VerifyingKey>, KeyListFault> {
        if self.id != *id {
            return Err(KeyListFault::OtherSystem);
        }
        wire::verify(root, self.canonical().as_bytes(), &self.sign, Detail::Terse)?;
        let now = MillisTime::of(now);
        let mut keys = Vec::new();
        for listed in &self.keys {
            let key = VerifyingKey::prepared(listed.public_key.bytes()).map_err(|_| KeyListFault::Key)?;
            let from = MillisTime::parse(&listed.not_before).map_err(|_| KeyListFault::Key)?;
            let to = MillisTime::parse(&listed.not_after).map_err(|_| KeyListFault::Key)?;
            if key_id(&key) != listed.key_id {
                return Err(KeyListFault::Key);
            }
            if from <= now && now <= to {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    fn canonical(&self) -> String {
        let mut text = format!("CCUA-SEAL-KEYS-1\n{}\n{}\n", self.id, self.issued_at);
        for key in &self.keys {
            // None of the three texts can hold a line feed and pass the checks of `verified`.
            for part in [&key.key_id, " ", &key.not_before, " ", &key.not_after, "\n"] {
                text.push_str(part);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Sm2KeyPair};
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn keys_are_believed_when_the_root_signed_them() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let day = SignedDuration::from_hours(24);
        let random = Random::system();
        let [root, current, next] = [(); 3].map(|()| Sm2KeyPair::generate(&random).unwrap());
        let id = AppId::parse("platform").unwrap();
        let listed = vec![
            PublishedKey::new(current.verifying_key(), now - day, now + day),
            PublishedKey::new(next.verifying_key(), now + day, now + day * 2),
        ];
        let list = PublishedKeys::signed(id.clone(), listed, now, &root).unwrap();
        let keys = list.verified(&id, root.verifying_key(), now).unwrap();
        assert_eq!(keys, [current.verifying_key().clone()]);

        let other = AppId::parse("other").unwrap();
        assert_eq!(list.verified(&other, root.verifying_key(), now), Err(KeyListFault::OtherSystem));
        let by_other = list.verified(&id, next.verifying_key(), now);
        assert!(matches!(by_other, Err(KeyListFault::Signature(_))));
        let mut longer = list.clone();
        longer.keys[0].not_after = "1999999999999".into();
        assert!(matches!(longer.verified(&id, root.verifying_key(), now), Err(KeyListFault::Signature(_))));
        let mut swapped = list;
        swapped.keys[0].public_key = next.verifying_key().spki_der().to_vec().into();
        assert_eq!(swapped.verified(&id, root.verifying_key(), now), Err(KeyListFault::Key));
    }
}
