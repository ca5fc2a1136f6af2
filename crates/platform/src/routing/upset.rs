//! Why a call of a seal system brought nothing, and what the caller is told.

use std::time::Duration;

use client::{ClientError, Refusal};
use protocol::code::Actor;
use protocol::{ApiError, Code, Upstream};

/// Codes about the system behind a platform begin so.
const BEHIND: char = '6';

/// Why a call of a seal system brought nothing.
#[derive(Debug)]
pub enum Upset {
    /// Nothing was done: it is not reachable, is busy, or has too many calls under way.
    NotSent {
        /// Why, for the log.
        cause: String,
        /// How long to wait before trying again, where that is known.
        wait: Option<Duration>,
    },
    /// No answer in time. It may have done the work.
    Late,
    /// An answer that is malformed or not rightly signed. It may have done the work.
    Wrong(String),
    /// It refused.
    Refused(Box<Refusal>, Before),
    /// Another platform refused because of the seal: its word about its own seals is passed on as it is.
    Elsewhere(Box<Refusal>, Code),
    /// A fault of ours.
    Fault(String),
}

/// What became of earlier tries of the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// There was none, or it is certain that nothing was done.
    Nothing,
    /// One of them may have been done.
    Unknown,
}

impl Upset {
    /// What an error of the client means.
    pub(super) fn of(error: ClientError) -> Self {
        match error {
            ClientError::Unreachable(cause) => Self::NotSent { cause, wait: None },
            ClientError::Late(_) | ClientError::Broken(_) => Self::Late,
            ClientError::Refused(refusal) if refusal.code == Code::Busy.text() => {
                Self::NotSent { cause: "it is busy".to_owned(), wait: refusal.retry_after }
            }
            // The word of a platform about the system behind it, which may have done the work.
            ClientError::Refused(refusal) if refusal.code.starts_with(BEHIND) => {
                Self::Refused(refusal, Before::Unknown)
            }
            ClientError::Refused(refusal) => Self::Refused(refusal, Before::Nothing),
            ClientError::Request(cause) => Self::Fault(cause),
            error
            @ (ClientError::TooLarge(_) | ClientError::Malformed(_) | ClientError::WronglySigned(_)) => {
                Self::Wrong(error.to_string())
            }
        }
    }

    /// The same from another platform, which knows about its seals what we know about ours.
    pub(super) fn of_platform(error: ClientError) -> Self {
        match Self::of(error) {
            Self::Refused(refusal, Before::Nothing) => match refusal.code.parse::<Code>() {
                Ok(code) if code.actor() == Actor::SealOwner => Self::Elsewhere(refusal, code),
                _ => Self::Refused(refusal, Before::Nothing),
            },
            other => other,
        }
    }

    /// Whether it is certain that the system did not do what was asked.
    pub fn nothing_done(&self) -> bool {
        matches!(
            self,
            Self::NotSent { .. } | Self::Refused(_, Before::Nothing) | Self::Elsewhere(..) | Self::Fault(_)
        )
    }

    /// Whether another address may be asked: certainly when nothing was done, and where a second sending has no
    /// second effect also when no word came back.
    pub(super) fn may_go_on(&self, repeatable: bool) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::Late | Self::Wrong(_) => repeatable,
            Self::Refused(..) | Self::Elsewhere(..) | Self::Fault(_) => false,
        }
    }

    /// This end of a call whose earlier try ended in `earlier`: what may have been done stays in doubt.
    pub(super) fn after(self, earlier: Option<Self>) -> Self {
        match (earlier, self) {
            (Some(earlier), Self::NotSent { .. } | Self::Fault(_)) if !earlier.nothing_done() => earlier,
            // The more telling of two: somebody answered wrongly.
            (Some(earlier @ Self::Wrong(_)), Self::Late) => earlier,
            (Some(earlier), Self::Refused(refusal, _)) if !earlier.nothing_done() => {
                Self::Refused(refusal, Before::Unknown)
            }
            (Some(earlier), Self::Elsewhere(refusal, _)) if !earlier.nothing_done() => {
                Self::Refused(refusal, Before::Unknown)
            }
            (_, later) => later,
        }
    }

    /// The refusal's code, when it is one of those that a platform passes on as its own.
    pub fn passed_on(&self, codes: &[Code]) -> Option<Code> {
        let Self::Refused(refusal, _) = self else { return None };
        codes.iter().copied().find(|code| code.text() == refusal.code)
    }

    /// What the caller is told.
    pub fn error(&self) -> ApiError {
        match self {
            Self::NotSent { cause, wait } => {
                let error = ApiError::new(Code::SealSystemUnreachable).because(cause);
                match wait {
                    Some(wait) => error.after(*wait),
                    None => error,
                }
            }
            Self::Late => ApiError::new(Code::SealSystemUnreachable).because("no answer in time"),
            Self::Wrong(cause) => ApiError::new(Code::SealSystemAnswerWrong).because(cause),
            Self::Fault(cause) => ApiError::fault(cause),
            Self::Elsewhere(refusal, code) => ApiError::new(*code).upstream(upstream(refusal)),
            Self::Refused(refusal, _) => {
                // What may help at the other platform may help here.
                let again = [Code::SealSystemUnreachable, Code::TimeStampMissing];
                let code = again.into_iter().find(|code| code.text() == refusal.code);
                let error =
                    ApiError::new(code.unwrap_or(Code::SealSystemRefused)).upstream(upstream(refusal));
                match refusal.retry_after.filter(|_| code.is_some()) {
                    Some(wait) => error.after(wait),
                    None => error,
                }
            }
        }
    }
}

fn upstream(refusal: &Refusal) -> Upstream {
    Upstream { code: refusal.code.clone(), message: refusal.message.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_sent() -> Upset {
        Upset::NotSent { cause: "refused".to_owned(), wait: None }
    }

    fn refused() -> Upset {
        let refusal = Refusal {
            code: "40006".to_owned(),
            message: String::new(),
            status: 200,
            retryable: false,
            retry_after: None,
            request_id: String::new(),
            body: Vec::new(),
        };
        Upset::Refused(Box::new(refusal), Before::Nothing)
    }

    #[test]
    fn a_try_that_may_have_been_done_keeps_the_whole_in_doubt() {
        assert!(not_sent().after(None).nothing_done());
        assert!(not_sent().after(Some(not_sent())).nothing_done());
        assert!(!not_sent().after(Some(Upset::Late)).nothing_done());
        assert!(refused().after(Some(not_sent())).nothing_done());
        assert!(!refused().after(Some(Upset::Late)).nothing_done());
        assert_eq!(
            refused().after(Some(Upset::Late)).passed_on(&[Code::SignIdUnknown]),
            Some(Code::SignIdUnknown)
        );
        assert!(matches!(Upset::Late.after(Some(Upset::Wrong(String::new()))), Upset::Wrong(_)));
    }

    #[test]
    fn only_what_is_harmless_goes_on() {
        assert!(not_sent().may_go_on(false));
        assert!(!Upset::Late.may_go_on(false) && Upset::Late.may_go_on(true));
        assert!(!refused().may_go_on(true));
    }
}
