//! Small named values of a database: its role, the platform's id, when the server last started.

use crate::{Result, Tx};

/// Name of the value that says whose tables the database holds.
pub const SCHEMA: &str = "schema";

sql! {
    GET = "SELECT value FROM meta WHERE name = $1";
    SET = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    SET_IF_ABSENT = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

/// The value called `name`.
///
/// # Errors
/// Failures of the database.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    run!(tx, scalar_optional::<String>(GET, name))
}

/// Sets the value called `name`.
///
/// # Errors
/// Failures of the database.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    run!(tx, execute(SET, name, value)).map(|_| ())
}

/// Sets the value called `name` if it has none; whether it was set.
///
/// # Errors
/// Failures of the database.
pub async fn set_if_absent(tx: &mut Tx, name: &str, value: &str) -> Result<bool> {
    run!(tx, execute(SET_IF_ABSENT, name, value)).map(|rows| rows == 1)
}
