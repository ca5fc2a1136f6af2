//! Gapless numbers that are allocated in the transaction that uses them: the nine digits of a seal code
//! (`facts` §1.2), CRL numbers.

use crate::{Result, Tx};

/// The sequence of seal codes on the platform.
pub const SEAL_CODE: &str = "seal_code";

sql! {
    CREATE = "INSERT INTO sequences (name, value) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
    NEXT = "UPDATE sequences SET value = value + 1 WHERE name = $1 RETURNING value";
    RAISE = "UPDATE sequences SET value = $2 WHERE name = $1 AND value < $2";
}

/// Lets the sequence `name` go on behind `number` at the least: it was given away elsewhere.
///
/// # Errors
/// Failures of the database.
pub async fn raise(tx: &mut Tx, name: &str, number: i64) -> Result<()> {
    run!(&mut *tx, execute(CREATE, name))?;
    run!(tx, execute(RAISE, name, number)).map(|_| ())
}

/// The next number of the sequence `name`, from 1. Other transactions wait for this one before they get theirs,
/// and a roll-back gives the number back.
///
/// # Errors
/// Failures of the database.
pub async fn next(tx: &mut Tx, name: &str) -> Result<i64> {
    if let Some(value) = run!(&mut *tx, scalar_optional::<i64>(NEXT, name))? {
        return Ok(value);
    }
    run!(&mut *tx, execute(CREATE, name))?;
    run!(tx, scalar::<i64>(NEXT, name))
}
