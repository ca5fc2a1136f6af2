//! Seals that the platform's operator disabled (强制停用; `facts` §3.3): their system cannot enable them until two
//! administrators lift the hold.

use crate::{Result, Tx};

/// A hold on a seal.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SealHold {
    /// The seal.
    pub seal_code: String,
    /// Since when.
    pub since: i64,
    /// Why.
    pub reason: String,
    /// The administrator who asked for it.
    pub proposed_by: String,
    /// The administrator who agreed.
    pub approved_by: String,
    /// When it was lifted.
    pub lifted_at: Option<i64>,
    /// Who agreed to that.
    pub lifted_by: Option<String>,
    /// Why.
    pub lift_reason: Option<String>,
}

macro_rules! columns {
    () => {
        "seal_code, since, reason, proposed_by, approved_by, lifted_at, lifted_by, lift_reason"
    };
}

sql! {
    PLACE = "INSERT INTO seal_holds (seal_code, since, reason, proposed_by, approved_by) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    LIFT = "UPDATE seal_holds SET lifted_at = $2, lifted_by = $3, lift_reason = $4 \
        WHERE seal_code = $1 AND lifted_at IS NULL";
    CURRENT = concat!("SELECT ", columns!(), " FROM seal_holds WHERE seal_code = $1 AND lifted_at IS NULL");
    OF_SEAL = concat!("SELECT ", columns!(), " FROM seal_holds WHERE seal_code = $1 ORDER BY since");
}

/// Places a hold; `false` when the seal is held already.
///
/// # Errors
/// Failures of the database.
pub async fn place(
    tx: &mut Tx,
    seal_code: &str,
    (since, reason): (i64, &str),
    (proposed_by, approved_by): (&str, &str),
) -> Result<bool> {
    run!(tx, execute(PLACE, seal_code, since, reason, proposed_by, approved_by)).map(|rows| rows == 1)
}

/// Lifts the hold; `false` when there is none.
///
/// # Errors
/// Failures of the database.
pub async fn lift(
    tx: &mut Tx,
    seal_code: &str,
    at: i64,
    (actor, reason): (&str, Option<&str>),
) -> Result<bool> {
    run!(tx, execute(LIFT, seal_code, at, actor, reason)).map(|rows| rows == 1)
}

/// The hold that is on a seal now.
///
/// # Errors
/// Failures of the database.
pub async fn current(tx: &mut Tx, seal_code: &str) -> Result<Option<SealHold>> {
    run!(tx, optional::<SealHold>(CURRENT, seal_code))
}

/// Every hold that there ever was on a seal, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn of_seal(tx: &mut Tx, seal_code: &str) -> Result<Vec<SealHold>> {
    run!(tx, all::<SealHold>(OF_SEAL, seal_code))
}
