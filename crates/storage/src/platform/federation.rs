//! Other platforms (联邦): their root keys, what they may answer for, the newest trust list of each, and the number of
//! our own.

use crate::{Result, Tx};

/// Another platform.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PeerRow {
    /// Its id; it is a system too.
    pub app_id: String,
    /// Its root key, SubjectPublicKeyInfo in DER, as the operator imported it.
    pub root_spki: Vec<u8>,
    /// The code spaces that it may answer for, separated by spaces.
    pub code_spaces: String,
    /// Whether the certificates that it vouches for are trusted.
    pub accept_anchors: bool,
    /// When it was added.
    pub added_at: i64,
    /// The number of its newest list.
    pub sequence: Option<i64>,
    /// The digest of the contents of that list.
    pub content_sm3: Option<String>,
    /// That list, JSON.
    pub list: Option<Vec<u8>>,
    /// When that copy was signed.
    pub issued_at: Option<i64>,
    /// Until when it may be relied on.
    pub not_after: Option<i64>,
    /// When it was fetched.
    pub fetched_at: Option<i64>,
    /// When a newer one was last asked for.
    pub tried_at: Option<i64>,
    /// What was wrong then.
    pub fault: Option<String>,
    /// How far its feed of changes was read; 0 at the beginning.
    pub changes_cursor: i64,
    /// When it was last read.
    pub changes_at: Option<i64>,
    /// Why it could not be read since.
    pub changes_fault: Option<String>,
}

/// A trust list about to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewList<'a> {
    /// Its number.
    pub sequence: i64,
    /// The digest of its contents.
    pub content_sm3: &'a str,
    /// The list, JSON.
    pub list: &'a [u8],
    /// When this copy was signed.
    pub issued_at: i64,
    /// Until when it may be relied on.
    pub not_after: i64,
    /// When it was fetched.
    pub at: i64,
}

/// The number of our own list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnList {
    /// It grows.
    pub sequence: i64,
    /// The digest of the contents that have it.
    pub content_sm3: String,
    /// Since when.
    pub changed_at: i64,
}

macro_rules! columns {
    () => {
        "app_id, root_spki, code_spaces, accept_anchors, added_at, sequence, content_sm3, list, issued_at, not_after, \
         fetched_at, tried_at, fault, changes_cursor, changes_at, changes_fault"
    };
}

sql! {
    ADD = "INSERT INTO federation_peers (app_id, root_spki, code_spaces, accept_anchors, added_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND = concat!("SELECT ", columns!(), " FROM federation_peers WHERE app_id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM federation_peers ORDER BY app_id");
    SET_SPACES = "UPDATE federation_peers SET code_spaces = $2, accept_anchors = $3 WHERE app_id = $1";
    STORE = "UPDATE federation_peers SET sequence = $2, content_sm3 = $3, list = $4, issued_at = $5, not_after = $6, \
        fetched_at = $7, tried_at = $7, fault = NULL WHERE app_id = $1 AND (sequence IS NULL OR sequence < $2 \
        OR (sequence = $2 AND content_sm3 = $3 AND issued_at <= $5))";
    SET_FAULT = "UPDATE federation_peers SET tried_at = $2, fault = $3 WHERE app_id = $1";
    ADVANCE = "UPDATE federation_peers SET changes_cursor = $3, changes_at = $4, changes_fault = NULL \
        WHERE app_id = $1 AND changes_cursor = $2";
    FORGET_CURSOR = "UPDATE federation_peers SET changes_cursor = 0 WHERE app_id = $1 AND changes_cursor = $2";
    SET_CHANGES_FAULT = "UPDATE federation_peers SET changes_fault = $2 WHERE app_id = $1";
    SET_KEY_END = "UPDATE system_keys SET not_after = $3 WHERE app_id = $1 AND key_id = $2";
    OWN = "SELECT sequence, content_sm3, changed_at FROM federation_own WHERE one = 1";
    FIRST_OWN = "INSERT INTO federation_own (one, sequence, content_sm3, changed_at) VALUES (1, $1, $2, $3) \
        ON CONFLICT DO NOTHING";
    NEXT_OWN = "UPDATE federation_own SET sequence = $2, content_sm3 = $3, changed_at = $4 \
        WHERE one = 1 AND sequence = $1";
}

/// Adds a platform, whose system is there already; `false` when it is known.
///
/// # Errors
/// Failures of the database.
pub async fn add(tx: &mut Tx, new: &PeerRow) -> Result<bool> {
    let p = new;
    run!(tx, execute(ADD, &p.app_id, &p.root_spki, &p.code_spaces, p.accept_anchors, p.added_at))
        .map(|rows| rows == 1)
}

/// The platform with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, app_id: &str) -> Result<Option<PeerRow>> {
    run!(tx, optional::<PeerRow>(FIND, app_id))
}

/// Every other platform.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<PeerRow>> {
    run!(tx, all::<PeerRow>(LIST))
}

/// Changes what a platform may answer for, and whether its certificates are trusted; `false` when it is not known.
///
/// # Errors
/// Failures of the database.
pub async fn set_spaces(tx: &mut Tx, app_id: &str, code_spaces: &str, accept_anchors: bool) -> Result<bool> {
    run!(tx, execute(SET_SPACES, app_id, code_spaces, accept_anchors)).map(|rows| rows == 1)
}

/// Stores a list unless that would be a step back: a lower number, other contents under the same number, or an older
/// copy. `false` then.
///
/// # Errors
/// Failures of the database.
pub async fn store(tx: &mut Tx, app_id: &str, new: &NewList<'_>) -> Result<bool> {
    let n = new;
    run!(tx, execute(STORE, app_id, n.sequence, n.content_sm3, n.list, n.issued_at, n.not_after, n.at))
        .map(|rows| rows == 1)
}

/// Notes that a newer list was asked for and what was wrong.
///
/// # Errors
/// Failures of the database.
pub async fn set_fault(tx: &mut Tx, app_id: &str, at: i64, fault: &str) -> Result<()> {
    run!(tx, execute(SET_FAULT, app_id, at, fault)).map(|_| ())
}

/// Moves the cursor of a platform's feed of changes on, in the transaction that takes them over; `false` when another
/// replica was faster.
///
/// # Errors
/// Failures of the database.
pub async fn advance(tx: &mut Tx, app_id: &str, (from, to): (i64, i64), at: i64) -> Result<bool> {
    run!(tx, execute(ADVANCE, app_id, from, to, at)).map(|rows| rows == 1)
}

/// Begins a platform's feed of changes anew, where it is still at `from`.
///
/// # Errors
/// Failures of the database.
pub async fn forget_cursor(tx: &mut Tx, app_id: &str, from: i64) -> Result<()> {
    run!(tx, execute(FORGET_CURSOR, app_id, from)).map(|_| ())
}

/// Notes why a platform's feed of changes could not be read on.
///
/// # Errors
/// Failures of the database.
pub async fn set_changes_fault(tx: &mut Tx, app_id: &str, fault: &str) -> Result<()> {
    run!(tx, execute(SET_CHANGES_FAULT, app_id, fault)).map(|_| ())
}

/// Lets a key of a platform end at `not_after`: the list that named it says until when.
///
/// # Errors
/// Failures of the database.
pub async fn set_key_end(tx: &mut Tx, app_id: &str, key_id: &str, not_after: i64) -> Result<bool> {
    run!(tx, execute(SET_KEY_END, app_id, key_id, not_after)).map(|rows| rows == 1)
}

/// The number of our own list, once there is one.
///
/// # Errors
/// Failures of the database.
pub async fn own(tx: &mut Tx) -> Result<Option<OwnList>> {
    run!(tx, optional::<OwnList>(OWN))
}

/// Gives our own list with these contents a number: the one it has, or a higher one than any before, never below
/// `at_least`. `None` when another replica was faster; look again then.
///
/// # Errors
/// Failures of the database.
pub async fn number_own(
    tx: &mut Tx,
    content_sm3: &str,
    (at_least, at): (i64, i64),
) -> Result<Option<OwnList>> {
    let changed = |sequence| OwnList { sequence, content_sm3: content_sm3.to_owned(), changed_at: at };
    let Some(before) = own(tx).await? else {
        let first = run!(tx, execute(FIRST_OWN, at_least, content_sm3, at))?;
        return Ok((first == 1).then(|| changed(at_least)));
    };
    if before.content_sm3 == content_sm3 {
        return Ok(Some(before));
    }
    let next = before.sequence.saturating_add(1).max(at_least);
    let moved = run!(tx, execute(NEXT_OWN, before.sequence, next, content_sm3, at))?;
    Ok((moved == 1).then(|| changed(next)))
}
