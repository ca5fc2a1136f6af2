//! Why a use case of the platform did not go through, and its one conversion to the wire.

use std::time::Duration;

use protocol::ApiError;

/// A caller that met a busy database may try again after this long.
const STORE_WAIT: Duration = Duration::from_millis(500);

/// Either the caller is refused, or the database failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A refusal with its code.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The database failed; nothing was changed, or what was changed is safe to repeat.
    #[error("database: {0}")]
    Store(#[from] storage::Error),
}

/// The result of a use case.
pub type Outcome<T> = Result<T, Failure>;

impl From<Failure> for ApiError {
    /// A database that is away or in doubt is "try again" (90001), because every use case may be repeated with
    /// the same business key (wire profile §7). A database that refuses a statement is our fault (99999).
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Store(error) => {
                let retry = error.retryable() || matches!(error, storage::Error::OutcomeUnknown(_));
                let cause = chain(&error);
                if retry { Self::busy(STORE_WAIT, cause) } else { Self::fault(cause) }
            }
        }
    }
}

/// An error with everything behind it, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use protocol::Code;

    use super::*;

    #[test]
    fn a_database_in_doubt_is_retryable_and_a_broken_one_is_our_fault() {
        let aborted = ApiError::from(Failure::Store(storage::Error::Aborted));
        assert_eq!(aborted.code(), Code::Fault);
        let refused = ApiError::from(Failure::from(ApiError::new(Code::SealNotFound)));
        assert_eq!(refused.code(), Code::SealNotFound);
    }
}
