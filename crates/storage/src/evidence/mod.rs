//! The evidence log (存证日志; `facts` §5.2 B1 to B3, §7): what was done is chained with SM3, so that changing,
//! deleting, inserting or reordering a row shows.
//!
//! The hash of an entry covers the hash before it and, each with its length, sequence number, time, kind, request,
//! subject and the SM3 of the payload; see [`entry_hash`]. The payload itself may be erased later (personal data):
//! its digest stays, and with it the chain. Appending locks the one row that holds the end of the chain, so the
//! chain stays linear on both databases, also with several replicas.

mod audit;

pub use audit::{Audit, Fault, FaultKind, PAGE, audit};

pub use protocol::log::GENESIS;
use protocol::log::{EntryFields, entry_bytes};

use crate::database::Inner;
use crate::postgres::within;
use crate::{Engine, Error, Result, Tx, dialect, meta};

/// The value that names the last entry that was taken out after its retention.
const FLOOR: &str = "evidence.floor";

/// What is to be remembered.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// When it happened, milliseconds UTC.
    pub at: i64,
    /// What kind of event, a short stable word such as `seal.filed`.
    pub kind: &'a str,
    /// The request it belongs to, empty if none.
    pub request_id: &'a str,
    /// What it is about: a seal code, an appId; never personal data.
    pub subject: &'a str,
    /// The details, for example JSON. Personal data in it must be encrypted.
    pub payload: &'a [u8],
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: i64,
    /// When it happened.
    pub at: i64,
    /// What kind of event.
    pub kind: String,
    /// The request it belongs to.
    pub request_id: String,
    /// What it is about.
    pub subject: String,
    /// The details; `None` when they were erased.
    pub payload: Option<Vec<u8>>,
    /// SM3 of the details.
    pub payload_sm3: Vec<u8>,
    /// The hash of the entry before.
    pub prev_hash: Vec<u8>,
    /// The hash of this entry.
    pub hash: Vec<u8>,
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// Number of the last entry, 0 when there is none.
    pub seq: i64,
    /// Its hash, [`GENESIS`] when there is none.
    pub hash: Vec<u8>,
}

/// Where an appended entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

macro_rules! columns {
    () => {
        "seq, at, kind, request_id, subject, payload, payload_sm3, prev_hash, hash"
    };
}

sql! {
    CREATE_HEAD = "INSERT INTO evidence_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT DO NOTHING";
    TAKE_HEAD = "UPDATE evidence_head SET seq = seq WHERE id = 1 RETURNING seq, hash";
    HEAD = "SELECT seq, hash FROM evidence_head WHERE id = 1";
    FIND = concat!("SELECT ", columns!(), " FROM evidence WHERE seq = $1");
    OF_REQUEST = concat!("SELECT ", columns!(), " FROM evidence WHERE request_id = $1 ORDER BY seq");
    OF_SUBJECT = concat!("SELECT ", columns!(), " FROM evidence WHERE subject = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    OF_SEAL = concat!("SELECT ", columns!(), " FROM evidence WHERE subject = $1 AND kind IN ('seal.filed', \
        'seal.mirrored', 'seal.checked', 'seal.extended', 'seal.changed', 'seal.state') ORDER BY seq LIMIT $2");
    AFTER = concat!("SELECT ", columns!(), " FROM evidence WHERE seq > $1 ORDER BY seq LIMIT $2");
    LAST = concat!("SELECT ", columns!(), " FROM evidence ORDER BY seq DESC LIMIT $1");
    HAS = "SELECT 1 FROM evidence WHERE request_id = $1 AND kind = $2 LIMIT 1";
    ERASE = "UPDATE evidence SET payload = NULL WHERE seq = $1 AND payload IS NOT NULL";
}

/// The hash of an entry, as [`protocol::log::entry_bytes`] says.
pub fn entry_hash(prev: &[u8], seq: i64, entry: &NewEntry<'_>, payload_sm3: &[u8]) -> [u8; 32] {
    crypto::sm3::digest(&hashed(prev, seq, entry, payload_sm3))
}

/// What the hash of an entry is taken over.
fn hashed(prev: &[u8], seq: i64, entry: &NewEntry<'_>, payload_sm3: &[u8]) -> Vec<u8> {
    let NewEntry { at, kind, request_id, subject, .. } = *entry;
    entry_bytes(prev, &EntryFields { seq, at, kind, request_id, subject, payload_sm3 })
}

/// Appends one entry. Call it last in a transaction: others wait for its commit.
///
/// # Errors
/// Failures of the database.
pub async fn append(tx: &mut Tx, entry: &NewEntry<'_>) -> Result<Receipt> {
    let mut receipts = append_all(tx, std::slice::from_ref(entry)).await?;
    receipts.pop().ok_or_else(|| Error::Corrupt("nothing was appended".to_owned()))
}

/// Appends several entries in this order, taking the end of the chain once. Sixteen entries are one statement, which moves
/// the end of the chain too.
///
/// # Errors
/// Failures of the database.
pub async fn append_all(tx: &mut Tx, entries: &[NewEntry<'_>]) -> Result<Vec<Receipt>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let head = take_head(tx).await?;
    let rows = chain(head, entries)?;
    let mut left = &rows[..];
    while !left.is_empty() {
        let size = dialect::APPENDS.iter().copied().find(|size| *size <= left.len()).unwrap_or(1);
        let (some, others) = left.split_at(size);
        append_rows(tx, some).await?;
        left = others;
    }
    Ok(rows.iter().map(|row| Receipt { seq: row.seq, hash: row.hash }).collect())
}

/// An entry with its place in the chain.
struct Row<'a> {
    seq: i64,
    entry: &'a NewEntry<'a>,
    payload_sm3: [u8; 32],
    prev: Vec<u8>,
    hash: [u8; 32],
}

/// Chains entries behind the end of the log.
fn chain<'a>(head: Head, entries: &'a [NewEntry<'a>]) -> Result<Vec<Row<'a>>> {
    let (mut seq, mut prev) = (head.seq, head.hash);
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        seq = seq.checked_add(1).ok_or_else(|| Error::Corrupt("the evidence log is full".to_owned()))?;
        let payload_sm3 = crypto::sm3::digest(entry.payload);
        let hash = entry_hash(&prev, seq, entry, &payload_sm3);
        rows.push(Row { seq, entry, payload_sm3, prev, hash });
        prev = hash.to_vec();
    }
    Ok(rows)
}

/// The end of the chain, then nine values for each row: as the text of [`dialect::append`] has them.
macro_rules! bound {
    ($engine:expr, $rows:expr, $last:expr) => {{
        let mut query =
            sqlx::query(dialect::append($engine, $rows.len())).bind($last.seq).bind(&$last.hash[..]);
        for row in $rows {
            let e = row.entry;
            query = query.bind(row.seq).bind(e.at).bind(e.kind).bind(e.request_id).bind(e.subject);
            query = query.bind(e.payload).bind(&row.payload_sm3[..]).bind(&row.prev[..]).bind(&row.hash[..]);
        }
        query
    }};
}

/// Inserts as many rows as one of the texts takes, and moves the end of the chain behind them.
async fn append_rows(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let Some(last) = rows.last() else { return Ok(()) };
    let limit = tx.limit();
    let result = match tx.inner() {
        Inner::Sqlite(open) => bound!(Engine::Sqlite, rows, last).execute(&mut **open).await.map(|_| ()),
        Inner::Postgres(open) => {
            within(limit, bound!(Engine::Postgres, rows, last).execute(&mut **open)).await.map(|_| ())
        }
    };
    tx.note(result)
}

/// Updating the row to what it is locks it on PostgreSQL until the transaction ends.
async fn take_head(tx: &mut Tx) -> Result<Head> {
    if let Some(head) = run!(&mut *tx, optional::<Head>(TAKE_HEAD))? {
        return Ok(head);
    }
    run!(&mut *tx, execute(CREATE_HEAD, &GENESIS[..]))?;
    run!(tx, one::<Head>(TAKE_HEAD))
}

/// The end of the chain.
///
/// # Errors
/// Failures of the database.
pub async fn head(tx: &mut Tx) -> Result<Head> {
    let found = run!(tx, optional::<Head>(HEAD))?;
    Ok(found.unwrap_or_else(|| Head { seq: 0, hash: GENESIS.to_vec() }))
}

/// The last entry that was taken out after its retention: the log goes on behind it. Number 0 when none was.
///
/// # Errors
/// Failures of the database; [`Error::Corrupt`] when what is stored is none.
pub async fn floor(tx: &mut Tx) -> Result<Head> {
    let Some(text) = meta::get(tx, FLOOR).await? else { return Ok(Head { seq: 0, hash: GENESIS.to_vec() }) };
    let read = || {
        let (seq, hash) = text.split_once(' ')?;
        Some(Head { seq: seq.parse().ok()?, hash: hex::decode(hash).ok().filter(|hash| hash.len() == 32)? })
    };
    read().ok_or_else(|| Error::Corrupt(format!("{FLOOR}: {text}")))
}

/// Remembers the last entry that is taken out.
pub(crate) async fn set_floor(tx: &mut Tx, last: &Head) -> Result<()> {
    meta::set(tx, FLOOR, &format!("{} {}", last.seq, hex::encode(&last.hash))).await
}

/// The entry with this number.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, seq: i64) -> Result<Option<Entry>> {
    run!(tx, optional::<Entry>(FIND, seq))
}

/// Whether a request has an entry of this kind.
///
/// # Errors
/// Failures of the database.
pub async fn has(tx: &mut Tx, request_id: &str, kind: &str) -> Result<bool> {
    run!(tx, scalar_optional::<i32>(HAS, request_id, kind)).map(|found| found.is_some())
}

/// Every entry of a request, in order.
///
/// # Errors
/// Failures of the database.
pub async fn of_request(tx: &mut Tx, request_id: &str) -> Result<Vec<Entry>> {
    run!(tx, all::<Entry>(OF_REQUEST, request_id))
}

/// At most `limit` entries about a subject after the number `after`, in order.
///
/// # Errors
/// Failures of the database.
pub async fn of_subject(tx: &mut Tx, subject: &str, after: i64, limit: i64) -> Result<Vec<Entry>> {
    run!(tx, all::<Entry>(OF_SUBJECT, subject, after, limit))
}

/// At most `limit` entries about the filing and the states of a seal, in order.
///
/// # Errors
/// Failures of the database.
pub async fn of_seal(tx: &mut Tx, seal_code: &str, limit: i64) -> Result<Vec<Entry>> {
    run!(tx, all::<Entry>(OF_SEAL, seal_code, limit))
}

/// At most `limit` entries after the number `after`, in order.
///
/// # Errors
/// Failures of the database.
pub async fn after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Entry>> {
    run!(tx, all::<Entry>(AFTER, after, limit))
}

/// The last `limit` entries, newest first.
///
/// # Errors
/// Failures of the database.
pub async fn last(tx: &mut Tx, limit: i64) -> Result<Vec<Entry>> {
    run!(tx, all::<Entry>(LAST, limit))
}

/// Erases the payload of an entry, keeping its digest and the chain; `false` when there is none.
///
/// # Errors
/// Failures of the database.
pub async fn erase_payload(tx: &mut Tx, seq: i64) -> Result<bool> {
    run!(tx, execute(ERASE, seq)).map(|rows| rows == 1)
}
