//! The tables that grow: their partitions, and taking out what is older than its retention.

use clap::{Args, ValueEnum};
use platform::retention::{self, Growing};
use serde::Serialize;
use storage::partitions::{self, Keep, Partition};

use super::args::{DeskArgs, LookArgs};
use super::{desk, look, told};
use crate::outcome::{About, End, Outcome};

/// What is taken out.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GrowingArg {
    /// 存证日志 · from its beginning
    Evidence,
    /// 个人信息共享记录
    SharingRecords,
}

/// Options of `operator forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// What
    #[arg(long, value_enum)]
    pub(crate) what: GrowingArg,
    /// 存储期限（天） · The retention in days: evidence at least 1827, sharing records at least 180
    #[arg(long, value_name = "DAYS")]
    pub(crate) older_than_days: u32,
    /// 删除 · Drop the partitions instead of leaving them as tables of their own, to be archived (PostgreSQL; on SQLite
    /// rows are always deleted)
    #[arg(long)]
    pub(crate) drop: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    table: &'a str,
    partition: &'a str,
    from: Option<i64>,
    to: Option<i64>,
    bytes: i64,
}

/// Lists the partitions.
pub(super) async fn partitions(args: &LookArgs) -> Outcome {
    let database = look(&args.site.config).await?;
    let mut tx = database.read().await.about("database")?;
    let all = partitions::list(&mut tx).await.about("database")?;
    tx.commit().await.about("database")?;
    let lines = all.iter().flat_map(|(table, all)| all.iter().map(move |one| line(table, one)));
    if args.json {
        say!("{}", serde_json::to_string(&lines.collect::<Vec<_>>()).about("partitions")?);
        return Ok(End::Good);
    }
    if all.is_empty() {
        say!("SQLite 没有分区 SQLite has no partitions");
    }
    for Line { table, partition, from, to, bytes } in lines {
        let bound = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        say!("  {table}: {partition} [{}, {}) {bytes} 字节 bytes", bound(from), bound(to));
    }
    Ok(End::Good)
}

fn line<'a>(table: &'a str, one: &'a Partition) -> Line<'a> {
    Line { table, partition: &one.name, from: one.from, to: one.to, bytes: one.bytes }
}

/// Takes out what is old.
pub(super) async fn forget(args: &ForgetArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let what = match args.what {
        GrowingArg::Evidence => Growing::Evidence,
        GrowingArg::SharingRecords => Growing::SharingRecords,
    };
    let keep = if args.drop { Keep::Dropped } else { Keep::Detached };
    let by = (args.desk.actor.as_str(), keep);
    let forgotten = told(retention::forget(&context, what, args.older_than_days, by).await)?;
    for name in &forgotten.partitions {
        let word = if args.drop {
            "已删除分区 dropped"
        } else {
            "已移出分区 taken out, a table of its own now"
        };
        say!("{word}: {name}");
    }
    if forgotten.rows > 0 {
        say!("已删除 deleted: {} 行 rows", forgotten.rows);
    }
    if forgotten.rows == 0 && forgotten.partitions.is_empty() {
        say!("没有到期的记录 nothing is that old");
    }
    Ok(End::Good)
}
