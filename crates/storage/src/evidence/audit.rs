//! Walking the evidence log and recomputing every hash.

use crypto::sm3::digest_many;

use crate::evidence::{Entry, NewEntry, after, floor, hashed, head};
use crate::{Database, Result};

/// Entries read at once during an audit; the memory it needs is bounded by it.
pub const PAGE: i64 = 500;

/// Faults listed at most; beyond it they are only counted.
const LISTED: usize = 100;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// The last entry that was taken out after its retention; the first read is the one behind it.
    pub floor: i64,
    /// Entries read.
    pub entries: u64,
    /// Entries whose payload was erased.
    pub erased: u64,
    /// Number of the last entry read.
    pub last_seq: i64,
    /// Its hash, or [`super::GENESIS`]: what a checkpoint kept elsewhere is compared with.
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
    let floor = floor(&mut tx).await?;
    let mut audit =
        Audit { floor: floor.seq, last_seq: floor.seq, last_hash: floor.hash, ..Audit::default() };
    loop {
        let page = after(&mut tx, audit.last_seq, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for (digests, entry) in digests(&page).into_iter().zip(page) {
            check(&mut audit, &entry, &digests);
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

/// What an entry's digests have to be.
struct Digests {
    /// SM3 of the payload, if there is one.
    payload: Option<[u8; 32]>,
    hash: [u8; 32],
}

/// The digests of all entries of a page, computed side by side: each hash is taken over the stored hash before it.
fn digests(page: &[Entry]) -> Vec<Digests> {
    let payloads: Vec<&[u8]> = page.iter().filter_map(|entry| entry.payload.as_deref()).collect();
    let mut payloads = digest_many(&payloads).into_iter();
    let hashed: Vec<Vec<u8>> = page.iter().map(stored).collect();
    let hashed: Vec<&[u8]> = hashed.iter().map(Vec::as_slice).collect();
    let digests = page.iter().zip(digest_many(&hashed)).map(|(entry, hash)| {
        let payload = entry.payload.as_ref().and_then(|_| payloads.next());
        Digests { payload, hash }
    });
    digests.collect()
}

/// What the hash of a stored entry is taken over.
fn stored(entry: &Entry) -> Vec<u8> {
    let again = NewEntry {
        at: entry.at,
        kind: &entry.kind,
        request_id: &entry.request_id,
        subject: &entry.subject,
        payload: &[],
    };
    hashed(&entry.prev_hash, entry.seq, &again, &entry.payload_sm3)
}

fn check(audit: &mut Audit, entry: &Entry, digests: &Digests) {
    if entry.seq.checked_sub(1) != Some(audit.last_seq) {
        audit.fault(entry.seq, FaultKind::Gap);
    } else if entry.prev_hash != audit.last_hash {
        audit.fault(entry.seq, FaultKind::Link);
    }
    match digests.payload {
        None => audit.erased += 1,
        Some(digest) if digest[..] != entry.payload_sm3 => audit.fault(entry.seq, FaultKind::Payload),
        Some(_) => {}
    }
    if digests.hash[..] != entry.hash {
        audit.fault(entry.seq, FaultKind::Hash);
    }
}
