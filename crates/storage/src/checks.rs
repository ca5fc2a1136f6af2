//! Whether a database can be served from: what a server looks at before it says that it is ready.

use std::path::Path;
use std::time::Duration;

use crate::evidence::{self, NewEntry};
use crate::{Database, Engine, Error, Result, dialect, migrate, partitions};

/// How long one look may take: a database that needs longer is not ready.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a disk counts as full after it took no more. Small things may find room where larger ones do not, so that
/// one success says nothing.
const FULL_FOR: Duration = Duration::from_secs(10);
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
/// - `disk`: there is room, where the database is a file; and it took what it was given a moment ago.
/// - `clock`: it agrees with ours; where the database has one.
pub async fn look(database: &Database, demands: Demands) -> Vec<Check> {
    let answers = told(database.ping()).await;
    if answers.is_err() {
        // The rest would only wait for the same.
        return vec![("database", answers), disk(database, demands.free_bytes)];
    }
    let mut checks = vec![
        ("database", answers),
        ("migrations", told(migrate::check(database)).await),
        ("evidence", told(appendable(database, demands.now)).await),
        disk(database, demands.free_bytes),
    ];
    if database.engine() == Engine::Postgres {
        checks.push(("partitions", told(partitions::check(database)).await));
    }
    checks.extend(clock(database, demands.now).await);
    checks
}

/// What came of a look. It is kept on the heap: whoever asks whether we are ready need not hold what statements hold.
fn told<'l, T: 'l>(
    look: impl Future<Output = Result<T>> + Send + 'l,
) -> impl Future<Output = std::result::Result<T, String>> + Send + 'l {
    let look = Box::pin(look);
    async move {
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(result) => result.map_err(|error| chain(&error)),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
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

/// Room where we can see it, and whether the disk took something that we asked for.
fn disk(database: &Database, least: u64) -> Check {
    let last = database.was_full().filter(|ago| *ago < FULL_FOR);
    let result = match last {
        Some(ago) => Err(format!("the disk of the database took no more {} s ago", ago.as_secs())),
        None => database.file().and_then(Path::parent).map_or(Ok(()), |folder| room(folder, least)),
    };
    ("disk", result)
}

fn room(folder: &Path, least: u64) -> std::result::Result<(), String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let disk = rustix::fs::statvfs(folder).map_err(|error| error.to_string())?;
    let room = disk.f_bavail.saturating_mul(disk.f_frsize);
    if room >= least { Ok(()) } else { Err(format!("{room} bytes left, {least} are needed")) }
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
