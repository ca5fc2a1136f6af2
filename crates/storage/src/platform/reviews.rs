//! What two administrators decide together (两人复核; `facts` §3.3, §6.2): asked for by one, done when another asks for
//! the same while what it is about has not moved.

use crate::{Result, Tx};

text_enum! {
    /// What became of a review.
    ReviewState {
        /// It waits for a second administrator.
        Open = "open",
        /// A second administrator agreed, and it was done.
        Done = "done",
        /// Somebody said no.
        Refused = "refused",
        /// Its time ran out, or what it was about moved.
        Lapsed = "lapsed",
    }
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReviewRow {
    /// Its id.
    pub review_id: String,
    /// What is to be done, a short stable word.
    pub action: String,
    /// What it is about: an appId or a seal code.
    pub subject: String,
    /// The version that its subject had when it was asked for.
    pub basis: i64,
    /// Why.
    pub reason: Option<String>,
    /// Who asked for it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: i64,
    /// Until when another may agree.
    pub expires_at: i64,
    /// What became of it.
    #[sqlx(try_from = "String")]
    pub state: ReviewState,
    /// Who ended it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// What that one said.
    pub decision: Option<String>,
}

macro_rules! columns {
    () => {
        "review_id, action, subject, basis, reason, proposed_by, proposed_at, expires_at, state, decided_by, \
         decided_at, decision"
    };
}

sql! {
    INSERT = "INSERT INTO reviews (review_id, action, subject, basis, reason, proposed_by, proposed_at, expires_at, \
        state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open') ON CONFLICT DO NOTHING";
    WAITING = concat!("SELECT ", columns!(), " FROM reviews WHERE action = $1 AND subject = $2 AND state = 'open'");
    FIND = concat!("SELECT ", columns!(), " FROM reviews WHERE review_id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM reviews WHERE state = 'open' ORDER BY proposed_at, review_id LIMIT $1");
    OF_SUBJECT = concat!("SELECT ", columns!(), " FROM reviews WHERE subject = $1 ORDER BY proposed_at, review_id");
    CLOSE = "UPDATE reviews SET state = $2, decided_by = $3, decided_at = $4, decision = $5 \
        WHERE review_id = $1 AND state = 'open'";
}

/// Opens a review; `false` when one of this action and subject is open already.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, row: &ReviewRow) -> Result<bool> {
    let rows = run!(
        tx,
        execute(
            INSERT,
            &row.review_id,
            &row.action,
            &row.subject,
            row.basis,
            &row.reason,
            &row.proposed_by,
            row.proposed_at,
            row.expires_at
        )
    )?;
    Ok(rows == 1)
}

/// The open review of this action and subject.
///
/// # Errors
/// Failures of the database.
pub async fn waiting(tx: &mut Tx, action: &str, subject: &str) -> Result<Option<ReviewRow>> {
    run!(tx, optional::<ReviewRow>(WAITING, action, subject))
}

/// The review with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, review_id: &str) -> Result<Option<ReviewRow>> {
    run!(tx, optional::<ReviewRow>(FIND, review_id))
}

/// Open reviews, oldest first, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn list_open(tx: &mut Tx, limit: i64) -> Result<Vec<ReviewRow>> {
    run!(tx, all::<ReviewRow>(LIST, limit))
}

/// Every review about this, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn of_subject(tx: &mut Tx, subject: &str) -> Result<Vec<ReviewRow>> {
    run!(tx, all::<ReviewRow>(OF_SUBJECT, subject))
}

/// Ends an open review; `false` when it is not open any more.
///
/// # Errors
/// Failures of the database.
pub async fn close(
    tx: &mut Tx,
    review_id: &str,
    state: ReviewState,
    at: i64,
    (actor, decision): (&str, Option<&str>),
) -> Result<bool> {
    run!(tx, execute(CLOSE, review_id, state.as_str(), actor, at, decision)).map(|rows| rows == 1)
}
