//! Failures of what we stand on, as the wire tells them.

use std::fmt::Display;
use std::time::Duration;

use protocol::{ApiError, Code};

/// Turns a failure into an answer, keeping its cause for the log.
pub(crate) trait OrRefuse<T> {
    /// The value, or the refusal.
    fn or_refuse(self) -> Result<T, ApiError>;
}

impl<T> OrRefuse<T> for Result<T, storage::Error> {
    fn or_refuse(self) -> Result<T, ApiError> {
        self.map_err(|error| {
            // Whether the last commit went through is not known: every request may come again with the same
            // business key (wire profile §7), so trying again is right.
            if error.retryable() || matches!(error, storage::Error::OutcomeUnknown(_)) {
                ApiError::busy(Duration::from_secs(1), error)
            } else {
                ApiError::fault(error)
            }
        })
    }
}

/// A failure of ours (99999): the cause goes to the log.
pub(crate) fn fault(cause: impl Display) -> ApiError {
    ApiError::fault(cause)
}

/// A refusal with the code's own text and a cause for the log.
pub(crate) fn refuse(code: Code, cause: impl Display) -> ApiError {
    ApiError::new(code).because(cause)
}
