//! What can go wrong in a database, told by who must act.

use std::borrow::Cow;

/// A failure of the database. Absent rows are no failures: functions give `Option` or an enum for them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address given for the database cannot be understood (the operator must correct the configuration).
    #[error("database address: {0}")]
    Address(String),
    /// The database cannot be reached, is busy, or is shutting down; trying again later is safe.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The transaction lost a race (serialisation, deadlock); nothing was changed, running it again is safe.
    #[error("the transaction met another one")]
    Conflict(#[source] sqlx::Error),
    /// The connection was lost while committing: the changes may or may not be there. Only work that is
    /// idempotent may be run again.
    #[error("it is not known whether the transaction was committed")]
    OutcomeUnknown(#[source] sqlx::Error),
    /// A row with this key is there already. `on` names the constraint or the columns, as the database tells it.
    #[error("a row with this key is there already ({on})")]
    Unique {
        /// The constraint (PostgreSQL) or the columns (SQLite).
        on: String,
    },
    /// The disk of the database is full (the operator must act; trying again helps once there is room).
    #[error("the disk of the database is full")]
    Full(#[source] sqlx::Error),
    /// An earlier statement of this transaction failed, so it cannot be committed.
    #[error("an earlier statement of this transaction failed")]
    Aborted,
    /// A stored value cannot be what it should be.
    #[error("a stored value is damaged: {0}")]
    Corrupt(String),
    /// The database is not what this program needs: another role, a newer version, a changed migration.
    #[error("migration: {0}")]
    Migration(String),
    /// Anything else the database refuses: a fault in this program.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
}

impl Error {
    /// Whether running the same transaction again can help and cannot do the work twice.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_) | Self::Full(_))
    }

    /// Whether a unique key was violated.
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Unique { .. })
    }

    /// Whether the disk took no more: it is full, or SQLite met a fault of input and output, as where a process may
    /// write no more.
    pub(crate) fn is_disk(&self) -> bool {
        match self {
            Self::Full(_) => true,
            Self::Unavailable(sqlx::Error::Database(told)) => {
                let code = told.code().unwrap_or(Cow::Borrowed(""));
                code.len() != 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == IO_FAULT)
            }
            _ => false,
        }
    }

    /// Sorts an error of `COMMIT`: a lost connection leaves the outcome open.
    pub(crate) fn at_commit(error: sqlx::Error) -> Self {
        if is_lost(&error) { Self::OutcomeUnknown(error) } else { error.into() }
    }
}

/// Whether the connection is lost, or the server is about to end it.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            true
        }
        // 08xxx: connection exceptions; 57P0x: the server is going down.
        sqlx::Error::Database(told) => told.code().is_some_and(|code| starts(&code, &["08", "57P0"])),
        _ => false,
    }
}

/// The class of SQLite's faults of input and output.
const IO_FAULT: u32 = 10;

fn starts(code: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| code.starts_with(prefix))
}

/// What a code of one of the two databases means to us.
enum Meaning {
    Unavailable,
    Conflict,
    Full,
    Corrupt,
    Other,
}

/// The last byte of an SQLite result code is its class; PostgreSQL has five characters of SQLSTATE.
fn meaning(code: &str) -> Meaning {
    if code.len() == 5 {
        return match code {
            "40001" | "40P01" => Meaning::Conflict,
            "53100" => Meaning::Full,
            "55P03" | "57014" | "25006" => Meaning::Unavailable,
            _ if starts(code, &["08", "53", "57P0"]) => Meaning::Unavailable,
            _ if starts(code, &["XX"]) => Meaning::Corrupt,
            _ => Meaning::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED, IOERR, CANTOPEN, PROTOCOL
        Ok(5 | 6 | 10 | 14 | 15) => Meaning::Unavailable,
        Ok(13) => Meaning::Full,
        // CORRUPT, NOTADB
        Ok(11 | 26) => Meaning::Corrupt,
        _ => Meaning::Other,
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(told) => {
                if told.is_unique_violation() {
                    let on = told.constraint().map_or_else(|| columns(told.message()), str::to_owned);
                    return Self::Unique { on };
                }
                let code = told.code().unwrap_or(Cow::Borrowed(""));
                match meaning(&code) {
                    Meaning::Unavailable => Self::Unavailable(error),
                    Meaning::Conflict => Self::Conflict(error),
                    Meaning::Full => Self::Full(error),
                    Meaning::Corrupt => Self::Corrupt(told.message().to_owned()),
                    Meaning::Other => Self::Refused(error),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(error),
            sqlx::Error::Configuration(cause) => Self::Address(cause.to_string()),
            sqlx::Error::ColumnDecode { index, source } => Self::Corrupt(format!("column {index}: {source}")),
            sqlx::Error::Decode(source) => Self::Corrupt(source.to_string()),
            _ => Self::Refused(error),
        }
    }
}

/// SQLite names the columns only in its message: `UNIQUE constraint failed: nonces.app_id, nonces.time`.
fn columns(message: &str) -> String {
    message.rsplit_once("failed: ").map_or(message, |(_, columns)| columns).to_owned()
}

/// A stored text that is none of the values its column may have.
#[derive(Debug, thiserror::Error)]
#[error("unknown value {0:?}")]
pub struct UnknownText(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_sorted() {
        for (code, retry) in [("40001", true), ("40P01", true), ("53300", true), ("5", true), ("517", true)] {
            let retryable = !matches!(meaning(code), Meaning::Corrupt | Meaning::Other);
            assert_eq!(retryable, retry, "{code}");
        }
        assert!(matches!(meaning("53100"), Meaning::Full));
        assert!(matches!(meaning("13"), Meaning::Full));
        assert!(matches!(meaning("23505"), Meaning::Other));
        assert!(matches!(meaning("42P01"), Meaning::Other));
        assert!(matches!(meaning("267"), Meaning::Corrupt));
    }

    #[test]
    fn a_lost_connection_is_retryable_except_at_commit() {
        let lost = || sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(Error::from(lost()).retryable());
        assert!(!Error::at_commit(lost()).retryable());
    }
}
