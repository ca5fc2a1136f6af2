//! Whether a database can be served from: what a server looks at before it says that it is ready.

use std::path::Path;
use std::time::Duration;

use crate::evidence::{self, NewEntry};
use crate::{Database, Engine, Error, Result, dialect, migrate, partitions};

/// How long one look may take: a database that needs longer is not ready.
const PATIENCE: Duration = Duration::from_secs(3);
/// How far our clock may be from that of the database, which all replicas share.
const SKEW_MILLIS: u64 = 30_000;

/// What was looked at, and why it is not good.
pub type Check = (&'static str, std::result::Result<(), String>);

/// What a server demands of its database.
#[derive(Debug, Clone, Copy)]
pub struct Demands {
    /// Now, in milliseconds UTC, by the server's own clock.
    pub now: i64,
    /// Room that has to be left on the disk of an SQLite database, in bytes.
    pub free_bytes: u64,
}

/// Looks at everything. Nothing is changed.
///
/// - `database`: it answers.
/// - `migrations`: it has what this program needs.
/// - `evidence`: an entry can be appended to the evidence log (it is taken back).
/// - `partitions`: the evidence log has room ahead, on PostgreSQL.
/// - `disk`: there is room; where the database is a file.
/// - `clock`: it agrees with ours; where the database has one.
pub async fn look(database: &Database, demands: Demands) -> Vec<Check> {
    let answers = told(database.ping()).await;
    if answers.is_err() {
        // The rest would only wait for the same.
        let mut checks = vec![("database", answers)];
        checks.extend(disk(database, demands.free_bytes));
        return checks;
    }
    let mut checks = vec![
        ("database", answers),
        ("migrations", told(migrate::check(database)).await),
        ("evidence", told(appendable(database, demands.now)).await),
    ];
    if database.engine() == Engine::Postgres {
        checks.push(("partitions", told(partitions::check(database)).await));
    }
    checks.extend(disk(database, demands.free_bytes));
    checks.extend(clock(database, demands.now).await);
    checks
}

async fn told<T>(look: impl Future<Output = Result<T>>) -> std::result::Result<T, String> {
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(result) => result.map_err(|error| chain(&error)),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// An error with everything behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Appends to the evidence log and takes it back, which needs everything that appending needs but the commit.
async fn appendable(database: &Database, now: i64) -> Result<()> {
    let entry = NewEntry { at: now, kind: "probe", request_id: "", subject: "", payload: b"{}" };
    let mut tx = database.begin().await?;
    evidence::append(&mut tx, &entry).await?;
    tx.rollback().await
}

fn disk(database: &Database, least: u64) -> Option<Check> {
    let folder = database.file()?.parent()?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let room = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Some(("disk", Err(error.to_string()))),
    };
    let enough = if room >= least { Ok(()) } else { Err(format!("{room} bytes left, {least} are needed")) };
    Some(("disk", enough))
}

async fn clock(database: &Database, now: i64) -> Option<Check> {
    let look = async {
        let mut tx = database.read().await?;
        let theirs = dialect::server_time(&mut tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(theirs)
    };
    let agrees = match told(look).await {
        Ok(None) => return None,
        Ok(Some(theirs)) if now.abs_diff(theirs) > SKEW_MILLIS => {
            Err(format!("our clock is {} ms from the database's", now.abs_diff(theirs)))
        }
        Ok(Some(_)) => Ok(()),
        Err(cause) => Err(cause),
    };
    Some(("clock", agrees))
}
