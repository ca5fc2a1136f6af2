//! Taking out what is older than its retention (存储期限). Nothing goes by itself: the operator says so, each time, and
//! the evidence log keeps who it was and what the log ended with.

use jiff::SignedDuration;
use protocol::{ApiError, Code};
use storage::partitions::Keep;
use storage::retention::{self, Forgotten};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// What grows with time and may be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growing {
    /// The evidence log (存证日志), from its beginning on.
    Evidence,
    /// The sharing records of personal data (个人信息共享记录).
    SharingRecords,
}

impl Growing {
    /// The shortest retention in days: five years for evidence of signatures (`facts` §7; Electronic Signature Law),
    /// six months for records (Cybersecurity Law).
    pub const fn least_days(self) -> u32 {
        match self {
            Self::Evidence => 1_827,
            Self::SharingRecords => 180,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::SharingRecords => "sharing-records",
        }
    }
}

/// Takes out what is older than so many days; on PostgreSQL whole partitions, so that some of it may stay.
///
/// # Errors
/// 20004 for less than the shortest retention, failures of the database.
pub async fn forget(
    context: &Context,
    what: Growing,
    days: u32,
    (actor, keep): (&str, Keep),
) -> Outcome<Forgotten> {
    if days < what.least_days() {
        let least = what.least_days();
        let (zh, en) =
            (format!("存储期限不得少于 {least} 天"), format!("it is kept for {least} days at the least"));
        return Err(ApiError::explained(Code::Contradiction, &zh, &en).into());
    }
    let now = context.now();
    let before =
        now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).map_err(ApiError::fault)?;
    let before_millis = before.as_millisecond();
    let mut detail = serde_json::json!({
        "actor": actor, "what": what.word(), "before": before.to_string(), "detached": keep == Keep::Detached,
    });
    match what {
        Growing::SharingRecords => {
            let event = Event::new(Kind::RecordsForgotten, now, "", what.word(), &detail)?;
            let mut tx = context.database.begin().await?;
            evidence::append(&mut tx, &event).await?;
            tx.commit().await?;
            Ok(retention::sharing(&context.database, before_millis, keep).await?)
        }
        Growing::Evidence => {
            // What goes must have been under a checkpoint: those have no holes.
            evidence::checkpoint(context).await?;
            let mut tx = context.database.begin().await?;
            if let Some(last) = retention::last_to_go(&mut tx, before_millis).await? {
                detail["lastSeq"] = last.seq.into();
                detail["lastHash"] = hex::encode(&last.hash).into();
                let event = Event::new(Kind::RecordsForgotten, now, "", what.word(), &detail)?;
                retention::decide(&mut tx, &last).await?;
                evidence::append(&mut tx, &event).await?;
            }
            tx.commit().await?;
            // What an earlier run decided and did not end, too.
            Ok(retention::carry_on(&context.database, keep).await?)
        }
    }
}
