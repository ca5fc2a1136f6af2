//! Walking the evidence log and recomputing every hash.

use crate::evidence::{Entry, GENESIS, NewEntry, after, entry_hash, head};
use crate::{Database, Result};

/// Entries read at once during an audit; the memory it needs is bounded by it.
pub const PAGE: i64 = 500;

/// Faults listed at most; beyond it they are only counted.
const LISTED: usize = 100;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Entries read.
    pub entries: u64,
    /// Entries whose payload was erased.
    pub erased: u64,
    /// Number of the last entry read.
    pub last_seq: i64,
    /// Its hash, or [`GENESIS`]: what a checkpoint kept elsewhere is compared with.
    pub last_hash: Vec<u8>,
    /// Every fault there is.
    pub fault_count: u64,
    /// The first of them.
    pub faults: Vec<Fault>,
}

impl Audit {
    /// Whether the log is whole.
    pub fn is_good(&self) -> bool {
        self.fault_count == 0
    }

    fn fault(&mut self, seq: i64, kind: FaultKind) {
        self.fault_count += 1;
        if self.faults.len() < LISTED {
            self.faults.push(Fault { seq, kind });
        }
    }
}

/// One fault, with the number of the entry where it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The entry.
    pub seq: i64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The payload is not the one whose digest is stored.
    Payload,
    /// The hash is not that of the entry: one of its fields was changed.
    Hash,
    /// The entry does not continue the one before it.
    Link,
    /// Entries before this one are missing.
    Gap,
    /// The end of the log is not where it was left: entries at the end are missing or were added.
    Head,
}

/// Walks the whole log as it is at this moment and recomputes every hash. `each` sees every entry, so that the
/// caller can export it or check its contents in the same walk.
///
/// # Errors
/// Failures of the database. A log that is not whole is a result, not an error.
pub async fn audit(database: &Database, mut each: impl FnMut(&Entry)) -> Result<Audit> {
    let mut tx = database.read().await?;
    let mut audit = Audit { last_hash: GENESIS.to_vec(), ..Audit::default() };
    loop {
        let page = after(&mut tx, audit.last_seq, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            check(&mut audit, &entry);
            each(&entry);
            audit.entries += 1;
            audit.last_seq = entry.seq;
            audit.last_hash = entry.hash;
        }
    }
    let head = head(&mut tx).await?;
    if head.seq != audit.last_seq || head.hash != audit.last_hash {
        audit.fault(head.seq, FaultKind::Head);
    }
    tx.commit().await?;
    Ok(audit)
}

fn check(audit: &mut Audit, entry: &Entry) {
    if entry.seq.checked_sub(1) != Some(audit.last_seq) {
        audit.fault(entry.seq, FaultKind::Gap);
    } else if entry.prev_hash != audit.last_hash {
        audit.fault(entry.seq, FaultKind::Link);
    }
    match &entry.payload {
        None => audit.erased += 1,
        Some(payload) if crypto::sm3::digest(payload)[..] != entry.payload_sm3 => {
            audit.fault(entry.seq, FaultKind::Payload);
        }
        Some(_) => {}
    }
    let again = NewEntry {
        at: entry.at,
        kind: &entry.kind,
        request_id: &entry.request_id,
        subject: &entry.subject,
        payload: &[],
    };
    if entry_hash(&entry.prev_hash, entry.seq, &again, &entry.payload_sm3)[..] != entry.hash {
        audit.fault(entry.seq, FaultKind::Hash);
    }
}
