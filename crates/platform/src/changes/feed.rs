//! Reading on by a cursor.

use http_server::Caller;
use protocol::ids::{Cursor, Word};
use protocol::tables::{ChangeEntry, ChangePage, ChangesRequest};
use protocol::{ApiError, Code, SealCode};
use storage::platform::changes::{self, Change};

use super::stored_id;
use crate::context::Context;
use crate::failure::Outcome;

/// Changes of one page.
const PAGE: usize = 500;

/// What changed behind the cursor, for this caller.
///
/// # Errors
/// 20004 for a cursor behind which something went after its time: the caller reads its seals anew (reconciliation), and
/// goes on without a cursor.
pub async fn page(context: &Context, caller: &Caller, request: &ChangesRequest) -> Outcome<ChangePage> {
    let cursor = request.cursor.as_ref().map_or(0, Cursor::number);
    let mut tx = context.database.read().await?;
    let floor = changes::floor(&mut tx).await?;
    if request.cursor.is_some() && cursor < floor {
        let (zh, en) = (
            "游标之后的变更已清理，请对账后不带游标重新开始",
            "what came after the cursor has gone: reconcile, and begin without a cursor",
        );
        return Err(ApiError::explained(Code::Contradiction, zh, en).into());
    }
    let limit = i64::try_from(PAGE).map_err(ApiError::fault)?.saturating_add(1);
    let mut found = changes::after(&mut tx, caller.app_id.as_str(), cursor, limit).await?;
    tx.commit().await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().map_or(cursor.max(floor), |last| last.seq);
    let changes = found.iter().map(entry).collect::<Result<_, _>>()?;
    Ok(ChangePage { changes, next: Cursor::of(next), more })
}

/// A change as it is told.
pub(super) fn entry(change: &Change) -> Result<ChangeEntry, ApiError> {
    let word = |text: &str| Word::parse(text).map_err(|fault| ApiError::fault(fault.en));
    let code = |text: &String| SealCode::parse(text).map_err(|fault| ApiError::fault(fault.en));
    Ok(ChangeEntry {
        cursor: Cursor::of(change.seq),
        kind: word(&change.kind)?,
        system_id: stored_id(&change.app_id)?,
        seal_code: change.seal_code.as_ref().map(code).transpose()?,
        state: word(&change.state)?,
        revision: Cursor::of(change.version),
        changed_at: change.at.to_string(),
    })
}
