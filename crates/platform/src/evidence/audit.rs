//! Recomputing the evidence log (`sealbridge log audit`).

use std::collections::{BTreeMap, VecDeque};

use crypto::VerifyingKey;
use protocol::AppId;
use protocol::log::Tree;
use serde::Serialize;
use storage::Database;
use storage::evidence::{Entry, FaultKind};
use storage::platform::checkpoints::{self, StoredCheckpoint};

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
    /// Checkpoints that were compared with the entries.
    pub checkpoints: u64,
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
    walk(database, None).await
}

/// The same, with the signatures of the platform `id` over its checkpoints.
///
/// # Errors
/// As [`audit`].
pub async fn audit_signed(database: &Database, id: &AppId) -> Outcome<AuditReport> {
    walk(database, Some(id)).await
}

async fn walk(database: &Database, id: Option<&AppId>) -> Outcome<AuditReport> {
    let mut kinds = BTreeMap::new();
    let mut marks = Marks::load(database, id).await?;
    let found = storage::evidence::audit(database, |entry| {
        *kinds.entry(entry.kind.clone()).or_insert(0) += 1;
        marks.pass(entry);
    })
    .await?;
    let first = found.faults.iter().min_by_key(|fault| fault.seq).map(|fault| (fault.seq, text(fault.kind)));
    let first = first.into_iter().chain(marks.wrong).min_by_key(|(seq, _)| *seq);
    Ok(AuditReport {
        good: found.is_good() && marks.faults == 0,
        floor: found.floor,
        entries: found.entries,
        kinds,
        last_seq: found.last_seq,
        last_hash: hex::encode(&found.last_hash),
        checkpoints: marks.passed,
        first_wrong: first.map(|(seq, _)| seq),
        fault: first.map(|(_, fault)| fault),
        fault_count: found.fault_count + marks.faults,
    })
}

/// The checkpoints as the log is walked past them.
struct Marks<'a> {
    id: Option<&'a AppId>,
    keys: Vec<VerifyingKey>,
    left: VecDeque<StoredCheckpoint>,
    hashes: Vec<[u8; 32]>,
    passed: u64,
    faults: u64,
    /// The first entry of the first checkpoint that is wrong, and how.
    wrong: Option<(i64, &'static str)>,
}

impl<'a> Marks<'a> {
    async fn load(database: &Database, id: Option<&'a AppId>) -> Outcome<Self> {
        let mut tx = database.read().await?;
        let floor = storage::evidence::floor(&mut tx).await?.seq;
        let left = checkpoints::behind(&mut tx, floor).await?;
        let keys = storage::platform::keys::list(&mut tx).await?;
        tx.commit().await?;
        let keys = keys.iter().filter_map(|row| VerifyingKey::prepared(&row.spki).ok()).collect();
        // What was taken out belongs to checkpoints that can no longer be compared.
        let left = left.into_iter().filter(|one| one.first_seq > floor).collect();
        Ok(Self { id, keys, left, hashes: Vec::new(), passed: 0, faults: 0, wrong: None })
    }

    fn pass(&mut self, entry: &Entry) {
        let Some(next) = self.left.front() else { return };
        if entry.seq < next.first_seq {
            return;
        }
        self.hashes.extend(<[u8; 32]>::try_from(entry.hash.as_slice()));
        if entry.seq >= next.last_seq {
            let hashes = std::mem::take(&mut self.hashes);
            let fault = fault(next, &hashes, self.id.map(|id| (id, self.keys.as_slice())));
            if let Some(fault) = fault {
                self.faults += 1;
                self.wrong = self.wrong.or(Some((next.first_seq, fault)));
            }
            self.passed += 1;
            self.left.pop_front();
        }
    }
}

/// What is wrong with a checkpoint over these entries.
fn fault(
    stored: &StoredCheckpoint,
    hashes: &[[u8; 32]],
    signer: Option<(&AppId, &[VerifyingKey])>,
) -> Option<&'static str> {
    let plain = super::checkpoint::plain(stored).ok();
    let Some(plain) = plain.filter(|plain| {
        plain.count() == u64::try_from(hashes.len()).ok()
            && Tree::over(hashes).root() == Some(plain.root)
            && hashes.last() == Some(&plain.last_hash)
    }) else {
        return Some("the entries are not those that a checkpoint was signed over");
    };
    let (id, keys) = signer?;
    let signed = keys.iter().any(|key| plain.verify(id, &stored.signature, key).is_ok());
    if signed { None } else { Some("a checkpoint is not signed by the platform") }
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
