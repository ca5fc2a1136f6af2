//! What becomes of seals of other platforms after they were handed over (状态同步): each platform's feed of changes
//! (decision 26) is read on by a cursor, and what it says of the states of its own seals is taken over. So what was
//! handed out here dies as there, our own callers are told, and a document is judged by the states of its time.
//!
//! A page and its cursor are one transaction: of replicas one takes a page, and none is taken twice or left out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_server::Shutdown;
use protocol::endpoints::SealChanges;
use protocol::ids::Cursor;
use protocol::tables::{ChangeEntry, ChangePage, ChangesRequest};
use protocol::{ApiError, AppId, Code};
use storage::platform::federation::{self, PeerRow};
use storage::platform::filing::Origin;
use storage::platform::seals::SealState;
use storage::platform::systems::{self, SystemState};

use crate::context::Context;
use crate::evidence;
use crate::failure::Outcome;
use crate::registry;
use crate::routing::{Budget, Routes};

/// Pages that are read in one go; what is left comes the next time.
const PAGES: usize = 20;
/// Changes of a page at most; what is longer was not asked for.
const MOST_CHANGES: usize = 1_000;
/// Longest cause that is kept, in characters.
const MAX_FAULT: usize = 300;

/// What one look at a platform's feed came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// It was read to its end; so many seals were moved.
    Read(usize),
    /// It could not be read on, because of this.
    Not(String),
}

/// What became of one page.
enum Page {
    /// So many seals were moved, and there is more.
    Taken(usize, bool),
    /// Another replica was faster.
    Elsewhere,
    /// Nothing was changed, because of this.
    Refused(String),
}

/// Reads the feeds on until shutdown.
pub async fn run_follow(context: Context, routes: Arc<Routes>, shutdown: Shutdown) {
    let Some(every) = context.config.federation.follow() else { return };
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(every) => {}
        }
        if let Err(error) = follow_all(&context, &routes).await {
            tracing::warn!(error = %ApiError::from(error), "other platforms' changes could not be read");
        }
    }
}

async fn follow_all(context: &Context, routes: &Routes) -> Outcome<()> {
    let mut tx = context.database.read().await?;
    let rows = federation::list(&mut tx).await?;
    tx.commit().await?;
    for row in rows {
        let app_id = AppId::parse(&row.app_id).map_err(|fault| ApiError::fault(fault.en))?;
        follow(context, routes, &app_id).await?;
    }
    Ok(())
}

/// Reads one platform's feed on to its end. A platform that is not live is left alone.
///
/// # Errors
/// 10001 when it is not known, failures of the database. A feed that cannot be read is a result.
pub async fn follow(context: &Context, routes: &Routes, app_id: &AppId) -> Outcome<Followed> {
    let mut moved = 0;
    for _ in 0..PAGES {
        let mut tx = context.database.read().await?;
        let row = federation::find(&mut tx, app_id.as_str()).await?;
        let system = systems::find(&mut tx, app_id.as_str()).await?;
        let row = row.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
        let Some(system) = system.filter(|system| system.state == SystemState::Online) else {
            return Ok(Followed::Not("it is not live".to_owned()));
        };
        let route = match routes.to(&mut tx, &system, context.now()).await {
            Ok(route) => route,
            Err(error) => {
                let cause = ApiError::from(error).message().to_owned();
                tx.commit().await?;
                return not_read(context, &row, cause).await;
            }
        };
        tx.commit().await?;
        let cursor = (row.changes_cursor > 0).then(|| Cursor::of(row.changes_cursor));
        let budget = Budget::new(context.config.times.route(), None, Instant::now());
        let answer = match route.call::<SealChanges>(&ChangesRequest { cursor }, None, budget).await {
            Ok(answer) => answer.data,
            Err(upset) => {
                if upset.passed_on(&[Code::Contradiction]).is_some() && row.changes_cursor > 0 {
                    // What came after our cursor has gone there: what is kept is read anew.
                    let mut tx = context.database.begin().await?;
                    federation::forget_cursor(&mut tx, app_id.as_str(), row.changes_cursor).await?;
                    tx.commit().await?;
                }
                return not_read(context, &row, upset.error().message().to_owned()).await;
            }
        };
        match take(context, &row, &answer).await? {
            Page::Taken(count, more) => {
                moved += count;
                if !more {
                    break;
                }
            }
            Page::Elsewhere => break,
            Page::Refused(cause) => return not_read(context, &row, cause).await,
        }
    }
    Ok(Followed::Read(moved))
}

/// Takes a page over with its cursor, or nothing.
async fn take(context: &Context, row: &PeerRow, page: &ChangePage) -> Outcome<Page> {
    if let Some(cause) = fault_of(row.changes_cursor, page) {
        return Ok(Page::Refused(cause.to_owned()));
    }
    let at = context.now().as_millisecond();
    let mut tx = context.database.begin().await?;
    let step = (row.changes_cursor, page.next.number());
    if !federation::advance(&mut tx, &row.app_id, step, at).await? {
        return Ok(Page::Elsewhere);
    }
    let mut events = Vec::new();
    for entry in &page.changes {
        let (Some(code), Some(to)) = (&entry.seal_code, state(entry)) else { continue };
        let reason = format!("{}: {} {}", row.app_id, entry.kind.as_str(), entry.changed_at);
        let origin = Origin { request_id: "", actor: &row.app_id, at };
        events.extend(registry::follow(&mut tx, code, (to, &reason), origin).await?);
    }
    let moved = events.len();
    if moved > 0 {
        evidence::append_all(&mut tx, &events).await?;
    }
    tx.commit().await?;
    Ok(Page::Taken(moved, page.more))
}

/// The state of a seal that an entry tells; `None` for a word that is none.
fn state(entry: &ChangeEntry) -> Option<SealState> {
    SealState::try_from(entry.state.as_str().to_owned()).ok()
}

/// What is wrong with a page behind `cursor`: numbers only grow, and a page with more leads on.
fn fault_of(cursor: i64, page: &ChangePage) -> Option<&'static str> {
    if page.changes.len() > MOST_CHANGES {
        return Some("too many changes in one page");
    }
    let mut last = cursor;
    for entry in &page.changes {
        if entry.cursor.number() <= last {
            return Some("changes out of order");
        }
        last = entry.cursor.number();
    }
    if page.next.number() < last || (page.more && page.next.number() == cursor) {
        return Some("a cursor that does not lead on");
    }
    None
}

async fn not_read(context: &Context, row: &PeerRow, cause: String) -> Outcome<Followed> {
    let cause: String = cause.chars().filter(|c| !c.is_control()).take(MAX_FAULT).collect();
    if row.changes_fault.as_ref() != Some(&cause) {
        tracing::warn!(platform = row.app_id, cause, "the changes of another platform could not be read");
        let mut tx = context.database.begin().await?;
        federation::set_changes_fault(&mut tx, &row.app_id, &cause).await?;
        tx.commit().await?;
    }
    Ok(Followed::Not(cause))
}

impl crate::config::Federation {
    /// How often other platforms' changes are read; `None` for never.
    fn follow(&self) -> Option<Duration> {
        (self.follow_seconds > 0).then(|| Duration::from_secs(self.follow_seconds.into()))
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Word;

    use super::*;

    fn page(cursors: &[i64], next: i64, more: bool) -> ChangePage {
        let entry = |number: &i64| ChangeEntry {
            cursor: Cursor::of(*number),
            kind: Word::parse("seal.state").unwrap(),
            system_id: AppId::parse("SYSB").unwrap(),
            seal_code: None,
            state: Word::parse("disabled").unwrap(),
            revision: Cursor::of(1),
            changed_at: "1".to_owned(),
        };
        ChangePage { changes: cursors.iter().map(entry).collect(), next: Cursor::of(next), more }
    }

    #[test]
    fn a_page_leads_on_or_is_not_taken() {
        assert_eq!(fault_of(5, &page(&[6, 9], 9, true)), None);
        assert_eq!(fault_of(5, &page(&[], 5, false)), None);
        assert_eq!(fault_of(5, &page(&[], 7, false)), None, "what went there leaves a gap");
        for wrong in [
            page(&[5], 6, false),
            page(&[9, 6], 9, false),
            page(&[6, 6], 6, false),
            page(&[6], 5, false),
            page(&[], 4, false),
            page(&[], 5, true),
        ] {
            assert!(fault_of(5, &wrong).is_some(), "{wrong:?}");
        }
        let endless: Vec<i64> = (6..1_007).collect();
        assert!(fault_of(5, &page(&endless, 1_006, false)).is_some());
        assert_eq!(state(&page(&[6], 6, false).changes[0]), Some(SealState::Disabled));
    }
}
