//! What can go wrong in a call, by who must act.

use std::time::Duration;

use protocol::ApiError;
use protocol::wire::ReplyFault;

/// A call that gave no answer to use.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Our own request or configuration is not in order; nothing was sent.
    #[error("request not sent: {0}")]
    Request(String),
    /// No connection to the other side.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// The other side did not answer in time. It may have done the work.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// The connection broke before the answer was whole. The other side may have done the work.
    #[error("connection broke: {0}")]
    Broken(String),
    /// The answer is larger than allowed.
    #[error("answer larger than {0} bytes")]
    TooLarge(usize),
    /// The answer is no envelope of ours, or its data has another form.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The answer is not signed by the other side for this request: nobody knows who made it.
    #[error("answer not believed: {0}")]
    WronglySigned(#[from] ReplyFault),
    /// The other side refused.
    #[error("refused: {0}")]
    Refused(Box<Refusal>),
}

/// A refusal by the other side, rightly signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code, as sent.
    pub code: String,
    /// The message, as sent.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// How long to wait first, where it was said.
    pub retry_after: Option<Duration>,
    /// The other side's name for the request.
    pub request_id: String,
    /// The signed body, for the evidence.
    pub body: Vec<u8>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} (request {})", self.code, self.message, self.request_id)
    }
}

impl ClientError {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the other side may have done what was asked although we do not know its answer.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Request(_) | Self::Unreachable(_) | Self::Refused(_) => false,
            Self::Late(_)
            | Self::Broken(_)
            | Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::WronglySigned(_) => true,
        }
    }
}

impl From<ApiError> for ClientError {
    fn from(error: ApiError) -> Self {
        Self::Request(error.to_string())
    }
}

impl From<crypto::SignError> for ClientError {
    fn from(error: crypto::SignError) -> Self {
        Self::Request(error.to_string())
    }
}
