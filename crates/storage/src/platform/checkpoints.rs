//! Checkpoints (检查点) of the evidence log: signed by the platform, never changed.

use crate::{Result, Tx};

/// A checkpoint with its signature.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredCheckpoint {
    /// From 1, without gaps.
    pub number: i64,
    /// The first entry that it covers.
    pub first_seq: i64,
    /// The last.
    pub last_seq: i64,
    /// The last entry's hash.
    pub last_hash: Vec<u8>,
    /// The root of the tree over the entries.
    pub root: Vec<u8>,
    /// SM3 of what the checkpoint before signs.
    pub previous: Option<Vec<u8>>,
    /// When it was made.
    pub at: i64,
    /// The key that signed.
    pub key_id: String,
    /// The signature, Base64.
    pub signature: String,
    /// The time stamp over the signature's octets, where one was made.
    pub time_stamp: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct Leaf {
    hash: Vec<u8>,
}

macro_rules! columns {
    () => {
        "number, first_seq, last_seq, last_hash, root, previous, at, key_id, signature, time_stamp"
    };
}

sql! {
    ADD = concat!("INSERT INTO evidence_checkpoints (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING");
    LAST = concat!("SELECT ", columns!(), " FROM evidence_checkpoints ORDER BY number DESC LIMIT 1");
    FROM = concat!("SELECT ", columns!(), " FROM evidence_checkpoints WHERE last_seq > $1 ORDER BY number");
    COVERING = concat!("SELECT ", columns!(), " FROM evidence_checkpoints WHERE last_seq >= $1 \
        ORDER BY last_seq LIMIT 1");
    HASHES = "SELECT hash FROM evidence WHERE seq >= $1 AND seq <= $2 ORDER BY seq";
}

/// Stores a checkpoint; `false` when one with its number is there: another replica was faster.
///
/// # Errors
/// Failures of the database.
pub async fn add(tx: &mut Tx, new: &StoredCheckpoint) -> Result<bool> {
    let n = new;
    let rows = run!(
        tx,
        execute(
            ADD,
            n.number,
            n.first_seq,
            n.last_seq,
            &n.last_hash,
            &n.root,
            &n.previous,
            n.at,
            &n.key_id,
            &n.signature,
            &n.time_stamp
        )
    )?;
    Ok(rows == 1)
}

/// The newest one.
///
/// # Errors
/// Failures of the database.
pub async fn last(tx: &mut Tx) -> Result<Option<StoredCheckpoint>> {
    run!(tx, optional::<StoredCheckpoint>(LAST))
}

/// Every one that covers entries behind a number, in order.
///
/// # Errors
/// Failures of the database.
pub async fn behind(tx: &mut Tx, seq: i64) -> Result<Vec<StoredCheckpoint>> {
    run!(tx, all::<StoredCheckpoint>(FROM, seq))
}

/// The one that covers an entry, if there is one already.
///
/// # Errors
/// Failures of the database.
pub async fn covering(tx: &mut Tx, seq: i64) -> Result<Option<StoredCheckpoint>> {
    let found = run!(tx, optional::<StoredCheckpoint>(COVERING, seq))?;
    Ok(found.filter(|one| one.first_seq <= seq))
}

/// The hashes of the entries from one number to another, in order.
///
/// # Errors
/// Failures of the database.
pub async fn hashes(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<Vec<u8>>> {
    let leaves = run!(tx, all::<Leaf>(HASHES, first, last))?;
    Ok(leaves.into_iter().map(|leaf| leaf.hash).collect())
}
