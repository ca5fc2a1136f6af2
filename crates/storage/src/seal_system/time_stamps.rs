//! The time stamps this system's time-stamp authority has issued (GB/T 20520).

use crate::{Result, Tx};

/// A time stamp issued.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TimeStamp {
    /// Serial number, upper-case hexadecimal.
    pub serial: String,
    /// genTime.
    pub at: i64,
    /// The digest that was stamped, lower hexadecimal.
    pub imprint: String,
    /// SM3 of the token, lower hexadecimal.
    pub token_sm3: String,
}

sql! {
    INSERT = "INSERT INTO time_stamps (serial, at, imprint, token_sm3) VALUES ($1, $2, $3, $4)";
    FIND = "SELECT serial, at, imprint, token_sm3 FROM time_stamps WHERE serial = $1";
}

/// Enters a time stamp just issued.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the serial number is taken.
pub async fn insert(tx: &mut Tx, stamp: &TimeStamp) -> Result<()> {
    run!(tx, execute(INSERT, &stamp.serial, stamp.at, &stamp.imprint, &stamp.token_sm3)).map(|_| ())
}

/// The time stamp with this serial number.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, serial: &str) -> Result<Option<TimeStamp>> {
    run!(tx, optional::<TimeStamp>(FIND, serial))
}
