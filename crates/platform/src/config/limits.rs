//! Sizes, rates, concurrency, life times and deadlines.

use std::collections::BTreeMap;
use std::time::Duration;

use http_server::Rate;
use jiff::SignedDuration;
use protocol::endpoints::{CloudSign, ConsentApply, DocumentVerify, SealQuery};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sizes, rates and concurrency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// What one system may ask of one interface (10009 beyond it).
    pub rate: Rate,
    /// What one system may ask of all interfaces together, counted by `cost` (10009 beyond it).
    pub system_rate: Rate,
    /// What a request of an interface counts in `system_rate`, by the interface's name; 1 where none is given.
    pub cost: BTreeMap<String, u32>,
    /// What one address may ask for, pages too, before anybody is looked up (10009 beyond it).
    pub address_rate: Rate,
    /// Most requests under way at once (90001 beyond it).
    pub requests: usize,
    /// Most requests under way at once from one address.
    pub requests_per_address: usize,
    /// Most documents being received or verified at once (90001 beyond it).
    pub uploads: usize,
    /// Most documents being received or verified at once from one address.
    pub uploads_per_address: usize,
    /// Most connections at once from one address; more are closed. The gateways of `server.proxies` are not counted.
    pub connections_per_address: usize,
    /// The largest document to verify, in bytes (20010 beyond it). How large a JSON body may be stands with each
    /// interface in the OpenAPI document.
    pub document_bytes: usize,
    /// How many documents are verified at once; more wait for `verification_wait_ms` and are then told 90001.
    pub verifications: usize,
    /// How long a document waits for its turn, in milliseconds.
    pub verification_wait_ms: u64,
    /// How many requests are sent to one seal system at once; more are told 60001 at once, so that a slow
    /// system holds up nobody else.
    pub calls_per_system: usize,
    /// Seals that one query hands on at most; beyond it the query must be narrowed.
    pub seals_per_query: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: Rate::default(),
            system_rate: Rate { per_second: 400, burst: 800 },
            cost: [
                (DocumentVerify::NAME, 10),
                (SealQuery::NAME, 2),
                (ConsentApply::NAME, 2),
                (CloudSign::NAME, 2),
            ]
            .map(|(name, cost)| (name.to_owned(), cost))
            .into(),
            address_rate: Rate { per_second: 1000, burst: 2000 },
            requests: 1024,
            requests_per_address: 256,
            uploads: 16,
            uploads_per_address: 8,
            connections_per_address: 1024,
            document_bytes: 50 * 1024 * 1024,
            verifications: 4,
            verification_wait_ms: 2_000,
            calls_per_system: 64,
            seals_per_query: 200,
        }
    }
}

/// Life times and deadlines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Times {
    /// Life of a signId, in minutes.
    pub sign_id_minutes: u32,
    /// Life of an authId, in minutes.
    pub auth_id_minutes: u32,
    /// Life of an authCode once it was handed over, in minutes.
    pub auth_code_minutes: u32,
    /// How long a filing without a business code counts as the same one, in hours (`facts` §1.2 c).
    pub filing_window_hours: u32,
    /// How long a seal system may take to answer, over all tries of one request, in milliseconds (60001 beyond it).
    pub route_ms: u64,
    /// How long a seal system may take to sign, over all tries of one request, in milliseconds.
    pub sign_ms: u64,
    /// How long a JSON body may take to come in, in milliseconds (90001 beyond it).
    pub body_ms: u64,
    /// How long a document may take to come in, in milliseconds (90001 beyond it).
    pub document_ms: u64,
    /// How often the jobs run, in milliseconds: fetching the data of newly filed seals, forgetting old nonces.
    pub jobs_ms: u64,
    /// How often the platform signs a checkpoint (检查点) over what the evidence log has grown by, in minutes.
    pub checkpoint_minutes: u32,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            sign_id_minutes: 30,
            auth_id_minutes: 10,
            auth_code_minutes: 5,
            filing_window_hours: 24,
            route_ms: 5_000,
            sign_ms: 10_000,
            body_ms: 10_000,
            document_ms: 60_000,
            jobs_ms: 15_000,
            checkpoint_minutes: 10,
        }
    }
}

impl Times {
    /// Life of a signId.
    pub fn sign_id(&self) -> SignedDuration {
        SignedDuration::from_mins(self.sign_id_minutes.into())
    }

    /// Life of an authId.
    pub fn auth_id(&self) -> SignedDuration {
        SignedDuration::from_mins(self.auth_id_minutes.into())
    }

    /// Life of an authCode.
    pub fn auth_code(&self) -> SignedDuration {
        SignedDuration::from_mins(self.auth_code_minutes.into())
    }

    /// How long a filing without a business code counts as the same one.
    pub fn filing_window(&self) -> SignedDuration {
        SignedDuration::from_hours(self.filing_window_hours.into())
    }

    /// How long a seal system may take to answer.
    pub fn route(&self) -> Duration {
        Duration::from_millis(self.route_ms)
    }

    /// How long a seal system may take to sign.
    pub fn sign(&self) -> Duration {
        Duration::from_millis(self.sign_ms)
    }
}
