//! The record of one-time codes sent, for the limits per telephone number (`facts` §7: ten a day).

use crate::{Result, Tx};

sql! {
    RECORD = "INSERT INTO otp_sends (auth_id, at, mobile_index) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    COUNT = "SELECT COUNT(*) FROM otp_sends WHERE mobile_index = $1 AND at >= $2";
    PURGE = "DELETE FROM otp_sends WHERE at < $1";
}

/// Notes that a code was sent to the number with this blind index.
///
/// # Errors
/// Failures of the database.
pub async fn record(tx: &mut Tx, auth_id: &str, mobile_index: &str, at: i64) -> Result<()> {
    run!(tx, execute(RECORD, auth_id, at, mobile_index)).map(|_| ())
}

/// How many codes were sent to the number since `since`.
///
/// # Errors
/// Failures of the database.
pub async fn count_since(tx: &mut Tx, mobile_index: &str, since: i64) -> Result<i64> {
    run!(tx, scalar::<i64>(COUNT, mobile_index, since))
}

/// Forgets what was sent before `before`.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
