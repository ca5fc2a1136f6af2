//! Maintenance (维护): callers are told why, and when to come again (90001).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use protocol::{ApiError, Code};
use storage::platform::endpoints::{Maintenance, PLATFORM};

/// When it is not known how long it takes.
const UNKNOWN: Duration = Duration::from_mins(1);
/// Nobody is told to come sooner or later than this.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// Refuses while announced maintenance, of a system or of the platform itself ([`PLATFORM`]), is on.
///
/// # Errors
/// 90001 with the reason and the time to wait.
pub(crate) fn refuse_maintenance(announced: Option<&Maintenance>, now: Timestamp) -> Result<(), ApiError> {
    match announced {
        Some(announced) if is_on(announced, now) => Err(refusal(announced, now)),
        _ => Ok(()),
    }
}

/// Whether it is on: it ends by itself at its announced end.
pub(super) fn is_on(announced: &Maintenance, now: Timestamp) -> bool {
    announced.until.is_none_or(|until| now.as_millisecond() < until)
}

fn refusal(announced: &Maintenance, now: Timestamp) -> ApiError {
    let (zh, en) = if announced.app_id == PLATFORM {
        ("平台维护中".to_owned(), "the platform is in maintenance".to_owned())
    } else {
        let system = &announced.app_id;
        (format!("印章系统 {system} 维护中"), format!("the seal system {system} is in maintenance"))
    };
    let reason = &announced.reason;
    let text = |sentence: &str| format!("{sentence}: {reason}");
    ApiError::explained(Code::Busy, &text(&zh), &text(&en)).after(wait(announced.until, now))
}

fn wait(until: Option<i64>, now: Timestamp) -> Duration {
    let end = until.and_then(|until| Timestamp::from_millisecond(until).ok());
    let left = end.map(|end| end.duration_since(now).max(SignedDuration::ZERO).unsigned_abs());
    left.unwrap_or(UNKNOWN).clamp(BOUNDS.0, BOUNDS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(until: Option<i64>) -> Maintenance {
        let (app_id, reason, actor) = ("SYSB".to_owned(), "数据库升级".to_owned(), "ops".to_owned());
        Maintenance { app_id, reason, since: 0, until, actor }
    }

    #[test]
    fn callers_are_told_why_and_how_long() {
        let now = Timestamp::from_second(1_000).unwrap();
        let error = refusal(&announced(Some(1_090_000)), now);
        assert_eq!((error.code(), error.retry_after()), (Code::Busy, Some(Duration::from_secs(90))));
        assert!(error.message().contains("SYSB 维护中: 数据库升级"), "{}", error.message());
        assert_eq!(refusal(&announced(None), now).retry_after(), Some(UNKNOWN));
        assert_eq!(wait(Some(i64::MAX / 2), now), UNKNOWN, "no such time");
        assert_eq!(wait(Some(1_000_000_000), now), BOUNDS.1);
    }

    #[test]
    fn it_ends_by_itself() {
        let now = Timestamp::from_second(1_000).unwrap();
        assert!(is_on(&announced(None), now) && is_on(&announced(Some(1_000_001)), now));
        assert!(!is_on(&announced(Some(1_000_000)), now));
    }
}
