//! The evidence log (存证日志) as arithmetic: what an entry's hash covers, the tree over a run of entries, and the
//! checkpoints (检查点) that the platform signs over it. Whoever checks a piece of the log offline needs no more.
//!
//! Every entry holds the hash of the one before, so nothing can be changed, taken out or put in unseen. To show that one
//! entry is in the log, a chain needs every entry behind it; a tree over a run of them needs a few hashes. A checkpoint
//! stands for both: it names the last hash of the chain and the root of the tree over the entries since the checkpoint
//! before it.

mod bundle;
mod checkpoint;
mod tree;

pub use bundle::{sign_bundle, verify_bundle};
pub use checkpoint::Checkpoint;
pub use tree::{Tree, root_of_path};

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// What stands before everything that an entry's hash covers.
const DOMAIN: &[u8] = b"CCUA-EVIDENCE-1\n";

/// The fields of an entry that its hash covers beside the hash before it.
#[derive(Debug, Clone, Copy)]
pub struct EntryFields<'a> {
    /// From 1, without gaps.
    pub seq: i64,
    /// When it happened, milliseconds UTC.
    pub at: i64,
    /// What kind of event.
    pub kind: &'a str,
    /// The request it belongs to, empty if none.
    pub request_id: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// SM3 of the details.
    pub payload_sm3: &'a [u8],
}

/// What the hash (SM3) of an entry is taken over: `CCUA-EVIDENCE-1\n`, then previous hash, seq, at (both 8 bytes,
/// big-endian), and kind, request id, subject and SM3 of the payload, every one of these seven after its length (8 bytes,
/// big-endian).
pub fn entry_bytes(prev: &[u8], entry: &EntryFields<'_>) -> Vec<u8> {
    let (seq, at) = (entry.seq.to_be_bytes(), entry.at.to_be_bytes());
    let (kind, request, subject) =
        (entry.kind.as_bytes(), entry.request_id.as_bytes(), entry.subject.as_bytes());
    let mut bytes = DOMAIN.to_vec();
    for part in [prev, &seq, &at, kind, request, subject, entry.payload_sm3] {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

/// The hash of an entry.
pub fn entry_hash(prev: &[u8], entry: &EntryFields<'_>) -> [u8; 32] {
    crypto::sm3::digest(&entry_bytes(prev, entry))
}
