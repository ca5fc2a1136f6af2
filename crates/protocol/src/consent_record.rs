//! How a signer agreed (意愿认证记录, `facts` §7): what the seal system that asked the signer states, inside its signed
//! answer to table 13 (extension field `record`). The platform keeps it with the evidence of the signing.

use serde::{Deserialize, Serialize};

/// Longest record that is taken, in bytes of its JSON.
pub const MAX_RECORD: usize = 256 << 10;

/// The record, as JSON with these names. Times are milliseconds UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentRecord {
    /// The application (本次认证标识ID).
    pub auth_id: String,
    /// How the signer proved who they are, such as `one-time code`.
    pub method: String,
    /// Which text the signer agreed to.
    pub wording: String,
    /// When consent was applied for.
    pub applied_at: i64,
    /// When the signer opened the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<i64>,
    /// When the signer agreed.
    pub decided_at: i64,
    /// The signer's name, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The signer's telephone, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The document that was shown: its digest as in table 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_hash: Option<String>,
    /// The documents that were shown, where there were several: their digests as in table 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_hashes: Option<String>,
    /// The one signature that the consent is for, where it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_id: Option<String>,
    /// Address and program of the signer's browser, encrypted by the seal system, which alone can open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Where the decision stands in the seal system's own evidence log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogPlace>,
}

/// An entry of an evidence log, by number and hash: whoever states it cannot change that log before it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogPlace {
    /// The entry.
    pub seq: i64,
    /// Its hash, lower hexadecimal.
    pub hash: String,
}
