//! Reconciliation (对账): a signed digest of every system's seals for each day in Beijing, the platform's rows behind it,
//! and the comparison with what the system has. Rows are as they stood at a moment, out of the histories that are only
//! added to, so that a digest can be made again and compared at any time.

use std::collections::BTreeMap;

use http_server::Caller;
use jiff::civil::Date;
use jiff::tz::{self, Offset};
use jiff::{SignedDuration, Timestamp};
use protocol::ids::{Cursor, DayText, Word};
use protocol::reconciliation::{Difference, DigestMaker, SealLine, compare};
use protocol::tables::{DailyDigest, DigestRequest, RowPage, RowsRequest, SealRow};
use protocol::{ApiError, AppId, Code, SealCode};
use storage::platform::reconciliation::{self, DigestRow, Stood};
use storage::platform::systems;

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// A day's digest is made so long after its end, when no change of that day is still under way.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_mins(10);
/// Rows read at once, and rows of one page.
const PAGE: usize = 1_000;

/// The time of Beijing.
const BEIJING: Offset = tz::offset(8);

/// The last millisecond of a day in Beijing.
fn end_of(day: Date) -> Result<Timestamp, ApiError> {
    let next = day.tomorrow().map_err(ApiError::fault)?.at(0, 0, 0, 0);
    let next = BEIJING.to_timestamp(next).map_err(ApiError::fault)?;
    next.checked_sub(SignedDuration::from_millis(1)).map_err(ApiError::fault)
}

fn date(day: &DayText) -> Result<Date, ApiError> {
    day.as_str().parse().map_err(|_| ApiError::explained(Code::Malformed, "日期格式错误", "no such day"))
}

/// Makes the digests of yesterday that are lacking; gives how many were made. Replicas may run it side by side.
///
/// # Errors
/// Failures of the database; what was made stays.
pub async fn make_digests(context: &Context) -> Outcome<usize> {
    let settled = context.now().checked_sub(AFTER_MIDNIGHT).map_err(ApiError::fault)?;
    let day = BEIJING.to_datetime(settled).date().yesterday().map_err(ApiError::fault)?;
    let as_of = end_of(day)?;
    let mut tx = context.database.read().await?;
    let lacking = reconciliation::lacking(&mut tx, &day.to_string(), as_of.as_millisecond()).await?;
    tx.commit().await?;
    let mut made = 0;
    for app_id in lacking {
        made += usize::from(make_digest(context, &app_id, day, as_of).await?);
    }
    Ok(made)
}

async fn make_digest(context: &Context, app_id: &str, day: Date, as_of: Timestamp) -> Outcome<bool> {
    let mut maker = DigestMaker::default();
    let mut after = String::new();
    loop {
        // A transaction for each page: what stood at a past moment does not move.
        let rows = rows(context, app_id, &after, (as_of, PAGE)).await?;
        let Some(last) = rows.last() else { break };
        for row in &rows {
            maker.add(&row.seal_code, &line(row));
        }
        after.clone_from(&last.seal_code);
        if rows.len() < PAGE {
            break;
        }
    }
    let id = AppId::parse(app_id).map_err(|fault| ApiError::fault(fault.en))?;
    let text = DayText::parse(&day.to_string()).map_err(|fault| ApiError::fault(fault.en))?;
    let moment = (text, as_of.as_millisecond());
    let digest = DailyDigest::signed((&context.id, &id), moment, maker.finish(), &*context.signer)
        .map_err(ApiError::fault)?;
    let number = |number: u64| i64::try_from(number).map_err(ApiError::fault);
    let now = context.now();
    let row = DigestRow {
        app_id: app_id.to_owned(),
        day: digest.day.as_str().to_owned(),
        as_of: as_of.as_millisecond(),
        count: number(digest.count)?,
        enabled: number(digest.enabled)?,
        disabled: number(digest.disabled)?,
        revoked: number(digest.revoked)?,
        digest: digest.digest.clone(),
        key_id: digest.key_id.clone(),
        sign: digest.sign.clone(),
        made_at: now.as_millisecond(),
    };
    let event = Event::new(Kind::DigestMade, now, "", app_id, &digest)?;
    let mut tx = context.database.begin().await?;
    if !reconciliation::insert(&mut tx, &row).await? {
        return Ok(false);
    }
    evidence::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(true)
}

async fn rows(
    context: &Context,
    app_id: &str,
    after: &str,
    (at, limit): (Timestamp, usize),
) -> Outcome<Vec<Stood>> {
    let limit = i64::try_from(limit).map_err(ApiError::fault)?;
    let mut tx = context.database.read().await?;
    let rows = reconciliation::stood(&mut tx, app_id, after, (at.as_millisecond(), limit)).await?;
    tx.commit().await?;
    Ok(rows)
}

fn line(row: &Stood) -> SealLine {
    SealLine { state: row.state.as_str().to_owned(), cert_number: row.cert_number.clone() }
}

/// The digest of a day of the caller's own seals.
///
/// # Errors
/// 20003 when there is none of this day.
pub async fn digest(context: &Context, caller: &Caller, request: &DigestRequest) -> Outcome<DailyDigest> {
    let day = request.day.as_ref().map(DayText::as_str);
    let mut tx = context.database.read().await?;
    let row = reconciliation::find(&mut tx, caller.app_id.as_str(), day).await?;
    tx.commit().await?;
    let none = || ApiError::explained(Code::NotInList, "没有该日的对账单", "there is no digest of this day");
    let row = row.ok_or_else(none)?;
    let number = |number: i64| u64::try_from(number).map_err(ApiError::fault);
    Ok(DailyDigest {
        platform: context.id.clone(),
        system_id: caller.app_id.clone(),
        day: DayText::parse(&row.day).map_err(|fault| ApiError::fault(fault.en))?,
        as_of: row.as_of.to_string(),
        count: number(row.count)?,
        enabled: number(row.enabled)?,
        disabled: number(row.disabled)?,
        revoked: number(row.revoked)?,
        digest: row.digest,
        key_id: row.key_id,
        sign: row.sign,
    })
}

/// A page of the caller's own seals as they stood at the end of a day, or as they stand.
///
/// # Errors
/// 20002 for what is no day.
pub async fn page(context: &Context, caller: &Caller, request: &RowsRequest) -> Outcome<RowPage> {
    let at = match &request.day {
        Some(day) => end_of(date(day)?)?.min(context.now()),
        None => context.now(),
    };
    let after = request.after.as_ref().map_or("", SealCode::as_str);
    let mut found = rows(context, caller.app_id.as_str(), after, (at, PAGE.saturating_add(1))).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let rows = found.iter().map(row).collect::<Result<_, _>>()?;
    Ok(RowPage { rows, more })
}

fn row(stood: &Stood) -> Result<SealRow, ApiError> {
    Ok(SealRow {
        seal_code: SealCode::parse(&stood.seal_code).map_err(|fault| ApiError::fault(fault.en))?,
        code: stood.code.clone(),
        state: Word::parse(stood.state.as_str()).map_err(|fault| ApiError::fault(fault.en))?,
        version: Cursor::of(stood.version),
        cert_number: stood.cert_number.clone(),
    })
}

/// Compares what a system has with what the platform has, now or at the end of a day (差异报告).
///
/// # Errors
/// 10001 when there is no such system.
pub async fn differences(
    context: &Context,
    app_id: &AppId,
    theirs: &BTreeMap<String, SealLine>,
    day: Option<Date>,
) -> Outcome<Vec<(String, Difference)>> {
    let at = day.map_or_else(|| Ok(context.now()), end_of)?;
    let mut tx = context.database.read().await?;
    systems::find(&mut tx, app_id.as_str()).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    tx.commit().await?;
    let (mut ours, mut after) = (BTreeMap::new(), String::new());
    loop {
        let rows = rows(context, app_id.as_str(), &after, (at, PAGE)).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.seal_code);
        let all = rows.len() < PAGE;
        ours.extend(rows.iter().map(|row| (row.seal_code.clone(), line(row))));
        if all {
            break;
        }
    }
    Ok(compare(theirs, &ours))
}
