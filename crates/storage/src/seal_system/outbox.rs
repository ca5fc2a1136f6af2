//! What must still be told to the platform: filings and changes of state. An item is written in the transaction
//! of the change it tells of, and stays until the platform has answered, also over restarts.

use crate::{Result, Tx};

text_enum! {
    /// What the platform is told.
    Operation {
        /// 备案
        File = "file",
        /// 延期
        Extend = "extend",
        /// 变更
        Change = "change",
        /// 启用
        Enable = "enable",
        /// 停用
        Disable = "disable",
        /// 注销
        Revoke = "revoke",
    }
}

text_enum! {
    /// How far an item is.
    ItemState {
        /// It has to be sent, again perhaps.
        Pending = "pending",
        /// The platform accepted it.
        Filed = "filed",
        /// The platform refused it for good; somebody must look.
        Failed = "failed",
    }
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Our id.
    pub item_id: String,
    /// The seal it is about.
    pub seal_id: String,
    /// What happened.
    #[sqlx(try_from = "String")]
    pub operation: Operation,
    /// The making of the seal it is about.
    pub seal_version: i64,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub state: ItemState,
    /// How often it was sent.
    pub attempts: i64,
    /// When it is to be sent, or sent again.
    pub due_at: i64,
    /// The code of the last answer, or of our own failure to get one.
    pub last_code: Option<String>,
    /// When it happened.
    pub created_at: i64,
    /// When the item last changed.
    pub changed_at: i64,
}

macro_rules! columns {
    () => {
        "item_id, seal_id, operation, seal_version, state, attempts, due_at, last_code, created_at, changed_at"
    };
}

sql! {
    ADD = "INSERT INTO outbox (item_id, seal_id, operation, seal_version, state, attempts, due_at, created_at, \
        changed_at) VALUES ($1, $2, $3, $4, 'pending', 0, $5, $5, $5)";
    CLAIM = concat!("UPDATE outbox SET attempts = attempts + 1, due_at = $2, changed_at = $1 \
        WHERE state = 'pending' AND due_at <= $1 AND item_id IN (SELECT o.item_id FROM outbox o \
        WHERE o.state = 'pending' AND o.due_at <= $1 AND NOT EXISTS (SELECT 1 FROM outbox e \
        WHERE e.seal_id = o.seal_id AND e.state = 'pending' AND (e.created_at < o.created_at \
        OR (e.created_at = o.created_at AND e.item_id < o.item_id))) ORDER BY o.due_at LIMIT $3) RETURNING ",
        columns!());
    SETTLE = "UPDATE outbox SET state = $2, last_code = $3, changed_at = $4 WHERE item_id = $1 AND state = 'pending'";
    POSTPONE = "UPDATE outbox SET due_at = $2, last_code = $3, changed_at = $4 \
        WHERE item_id = $1 AND state = 'pending'";
    RETRY = "UPDATE outbox SET state = 'pending', due_at = $2, changed_at = $2 \
        WHERE item_id = $1 AND state = 'failed'";
    OF_SEAL = concat!("SELECT ", columns!(), " FROM outbox WHERE seal_id = $1 ORDER BY created_at, item_id");
    OPEN = "SELECT COUNT(*) FROM outbox WHERE state = 'pending'";
}

/// Adds something to tell, due at once.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the id is taken.
pub async fn add(
    tx: &mut Tx,
    item_id: &str,
    (seal_id, seal_version): (&str, i64),
    operation: Operation,
    at: i64,
) -> Result<()> {
    run!(tx, execute(ADD, item_id, seal_id, operation.as_str(), seal_version, at)).map(|_| ())
}

/// Takes at most `limit` items that are due at `now`, and makes them due again at `lease_until` in case the
/// sender dies. Of one seal only the oldest open item is given, so the platform hears things in their order.
/// Two senders never get the same item.
///
/// # Errors
/// Failures of the database.
pub async fn claim(tx: &mut Tx, now: i64, lease_until: i64, limit: i64) -> Result<Vec<Item>> {
    run!(tx, all::<Item>(CLAIM, now, lease_until, limit))
}

/// Closes an item as filed or failed; `false` when it is closed already.
///
/// # Errors
/// Failures of the database.
pub async fn settle(tx: &mut Tx, item_id: &str, state: ItemState, code: &str, at: i64) -> Result<bool> {
    run!(tx, execute(SETTLE, item_id, state.as_str(), code, at)).map(|rows| rows == 1)
}

/// Makes an item due again at `due_at` after a failure that may pass.
///
/// # Errors
/// Failures of the database.
pub async fn postpone(tx: &mut Tx, item_id: &str, due_at: i64, code: &str, at: i64) -> Result<bool> {
    run!(tx, execute(POSTPONE, item_id, due_at, code, at)).map(|rows| rows == 1)
}

/// Opens a failed item again, due at once, after somebody has looked.
///
/// # Errors
/// Failures of the database.
pub async fn retry(tx: &mut Tx, item_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(RETRY, item_id, at)).map(|rows| rows == 1)
}

/// Everything told and still to tell about a seal, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn of_seal(tx: &mut Tx, seal_id: &str) -> Result<Vec<Item>> {
    run!(tx, all::<Item>(OF_SEAL, seal_id))
}

/// How many items are open.
///
/// # Errors
/// Failures of the database.
pub async fn open_count(tx: &mut Tx) -> Result<i64> {
    run!(tx, scalar::<i64>(OPEN))
}
