//! Recomputing the evidence log (`sealbridge log audit`).

use std::collections::BTreeMap;

use serde::Serialize;
use storage::Database;
use storage::evidence::FaultKind;

use crate::failure::Outcome;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditReport {
    /// Whether the log is whole.
    pub good: bool,
    /// The last entry that was taken out after its retention; 0 when none was.
    pub floor: i64,
    /// Entries read.
    pub entries: u64,
    /// How many there are of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Number of the last entry.
    pub last_seq: i64,
    /// Its hash, lower hexadecimal: what a copy kept elsewhere is compared with.
    pub last_hash: String,
    /// Number of the first wrong entry.
    pub first_wrong: Option<i64>,
    /// What is wrong with it.
    pub fault: Option<&'static str>,
    /// Every fault there is.
    pub fault_count: u64,
}

/// Recomputes the whole log and names the first wrong entry.
///
/// # Errors
/// Failures of the database; a log that is not whole is a result.
pub async fn audit(database: &Database) -> Outcome<AuditReport> {
    let mut kinds = BTreeMap::new();
    let found = storage::evidence::audit(database, |entry| {
        *kinds.entry(entry.kind.clone()).or_insert(0) += 1;
    })
    .await?;
    let first = found.faults.iter().min_by_key(|fault| fault.seq);
    Ok(AuditReport {
        good: found.is_good(),
        floor: found.floor,
        entries: found.entries,
        kinds,
        last_seq: found.last_seq,
        last_hash: hex::encode(&found.last_hash),
        first_wrong: first.map(|fault| fault.seq),
        fault: first.map(|fault| text(fault.kind)),
        fault_count: found.fault_count,
    })
}

fn text(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Payload => "the payload is not the one that was written",
        FaultKind::Hash => "a field of the entry was changed",
        FaultKind::Link => "the entry does not continue the one before it",
        FaultKind::Gap => "entries before this one are missing",
        FaultKind::Head => "entries at the end are missing or were added",
    }
}
