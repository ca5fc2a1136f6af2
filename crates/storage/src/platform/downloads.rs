//! Which caller has fetched which seal (`state` of table 7; resolutions 13).

use crate::{Result, Tx};

sql! {
    MARK = "INSERT INTO downloads (caller_app_id, seal_code, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    FIND = "SELECT at FROM downloads WHERE caller_app_id = $1 AND seal_code = $2";
}

/// Notes that the caller is given the seal. `true` when it is the first time: the answer says 1 (待下载) then, and
/// 2 (已下载) later.
///
/// # Errors
/// Failures of the database.
pub async fn mark(tx: &mut Tx, caller_app_id: &str, seal_code: &str, at: i64) -> Result<bool> {
    run!(tx, execute(MARK, caller_app_id, seal_code, at)).map(|rows| rows == 1)
}

/// When the caller was first given the seal.
///
/// # Errors
/// Failures of the database.
pub async fn first(tx: &mut Tx, caller_app_id: &str, seal_code: &str) -> Result<Option<i64>> {
    run!(tx, scalar_optional::<i64>(FIND, caller_app_id, seal_code))
}
