//! The sharing record (个人信息共享记录): every hand-over of personal data to a system (resolutions 22).

use crate::{Result, Tx};

/// One hand-over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sharing {
    /// The request that was answered with it.
    pub request_id: String,
    /// The seal it belongs to.
    pub seal_code: String,
    /// Who received it.
    pub receiver_app_id: String,
    /// Who it came from.
    pub source_app_id: String,
    /// Names of the fields, separated by commas; never their values.
    pub fields: String,
    /// What for.
    pub purpose: String,
    /// Whether the values were masked.
    pub masked: bool,
    /// When.
    pub at: i64,
}

sql! {
    INSERT = "INSERT INTO sharing_records (request_id, seal_code, receiver_app_id, source_app_id, fields, purpose, \
        masked, at) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), \
        CAST($6 AS TEXT), CAST($7 AS BOOLEAN), CAST($8 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM sharing_records \
        WHERE request_id = $1 AND seal_code = $2 AND receiver_app_id = $3) ON CONFLICT DO NOTHING";
    OF_SEAL = "SELECT request_id, seal_code, receiver_app_id, source_app_id, fields, purpose, masked, at \
        FROM sharing_records WHERE seal_code = $1 ORDER BY at, request_id, receiver_app_id";
}

/// Enters a hand-over; a repetition for the same request, seal and receiver changes nothing.
///
/// # Errors
/// Failures of the database.
pub async fn record(tx: &mut Tx, sharing: &Sharing) -> Result<()> {
    let s = sharing;
    run!(
        tx,
        execute(
            INSERT,
            &s.request_id,
            &s.seal_code,
            &s.receiver_app_id,
            &s.source_app_id,
            &s.fields,
            &s.purpose,
            s.masked,
            s.at
        )
    )
    .map(|_| ())
}

/// Every hand-over of data of this seal, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn of_seal(tx: &mut Tx, seal_code: &str) -> Result<Vec<Sharing>> {
    run!(tx, all::<Sharing>(OF_SEAL, seal_code))
}
