//! Applications for access (入驻申请; standard 6.1.1.1 b): what a system is for, which interfaces it wants, and whom to
//! reach. The four fields that name persons are encrypted by the platform before they come here.

use crate::{Result, Tx};

text_enum! {
    /// What became of an application.
    ApplicationState {
        /// It waits for two reviewers.
        Submitted = "submitted",
        /// Two reviewers agreed.
        Approved = "approved",
        /// It went back, with a reason.
        Rejected = "rejected",
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ApplicationRow {
    /// Whose it is.
    pub app_id: String,
    /// 1 for the first of a system, then counting.
    pub number: i64,
    /// What became of it.
    #[sqlx(try_from = "String")]
    pub state: ApplicationState,
    /// What the system is and what it is for.
    pub description: String,
    /// Names of the interfaces it wants, with spaces between.
    pub interfaces: String,
    /// Signatures it expects in a month, if it says so.
    pub monthly_volume: Option<i64>,
    /// Who answers questions (接口人); encrypted.
    pub contact: String,
    /// Telephone of that person; encrypted.
    pub contact_mobile: String,
    /// Whom to reach at any hour (应急联系人); encrypted.
    pub emergency: String,
    /// Telephone of that person; encrypted.
    pub emergency_mobile: String,
    /// Who entered it.
    pub submitted_by: String,
    /// When.
    pub submitted_at: i64,
    /// Who decided; of two reviewers the second.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// Why it went back.
    pub reason: Option<String>,
}

macro_rules! columns {
    () => {
        "app_id, number, state, description, interfaces, monthly_volume, contact, contact_mobile, emergency, \
         emergency_mobile, submitted_by, submitted_at, decided_by, decided_at, reason"
    };
}

sql! {
    NEXT = "SELECT COALESCE(MAX(number), 0) + 1 FROM system_applications WHERE app_id = $1";
    INSERT = "INSERT INTO system_applications (app_id, number, state, description, interfaces, monthly_volume, contact, \
        contact_mobile, emergency, emergency_mobile, submitted_by, submitted_at) \
        VALUES ($1, $2, 'submitted', $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    DECIDE = "UPDATE system_applications SET state = $2, decided_by = $3, decided_at = $4, reason = $5 \
        WHERE app_id = $1 AND state = 'submitted'";
    OF_SYSTEM = concat!("SELECT ", columns!(), " FROM system_applications WHERE app_id = $1 ORDER BY number");
}

/// Enters an application under the next number of its system, whatever number it has; gives that number.
///
/// # Errors
/// [`crate::Error::Refused`] when there is no such system.
pub async fn insert(tx: &mut Tx, row: &ApplicationRow) -> Result<i64> {
    let number = run!(&mut *tx, scalar::<i64>(NEXT, &row.app_id))?;
    run!(
        tx,
        execute(
            INSERT,
            &row.app_id,
            number,
            &row.description,
            &row.interfaces,
            row.monthly_volume,
            &row.contact,
            &row.contact_mobile,
            &row.emergency,
            &row.emergency_mobile,
            &row.submitted_by,
            row.submitted_at
        )
    )?;
    Ok(number)
}

/// Decides what waits; `false` when nothing waits.
///
/// # Errors
/// Failures of the database.
pub async fn decide(
    tx: &mut Tx,
    app_id: &str,
    state: ApplicationState,
    at: i64,
    (actor, reason): (&str, Option<&str>),
) -> Result<bool> {
    run!(tx, execute(DECIDE, app_id, state.as_str(), actor, at, reason)).map(|rows| rows > 0)
}

/// Every application of a system, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn of_system(tx: &mut Tx, app_id: &str) -> Result<Vec<ApplicationRow>> {
    run!(tx, all::<ApplicationRow>(OF_SYSTEM, app_id))
}
