//! `sealbridge migrate`: brings a server's database to what this program needs before a server is started on it, or says
//! what that would be.

use std::path::{Path, PathBuf};

use clap::Args;
use storage::{Database, Migrations, Options, Schema, migrate};

use super::platform::{file_of, open_database, read_config};
use crate::args::ServerArg;
use crate::outcome::{About, End, Failure, Outcome};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Whose it is; a seal system's has app_id
    #[arg(long, value_enum)]
    server: Option<ServerArg>,
    /// 只检查 · Change nothing and say what is missing: ends 0 nothing, 1 something
    #[arg(long)]
    check: bool,
}

/// Applies what is missing, under the lock that servers take too.
pub(crate) fn run(args: &MigrateArgs) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")?;
    runtime.block_on(async {
        let database = open(args).await?;
        let names =
            if args.check { migrate::pending(&database).await } else { migrate::apply(&database).await };
        let names = names.map_err(|error| {
            Failure::new(format!("数据库未更改 the database was not changed: {error}")).hint(
                "须用建库的程序或更新的程序，且平台与印章系统各用各的库 a database is served by the program that made it or a later one, and by one kind of server",
            )
        })?;
        for name in &names {
            say!("{} {name}", if args.check { "缺少 missing:" } else { "已执行 applied:" });
        }
        if names.is_empty() {
            say!("数据库结构已是最新 the database has everything this program needs");
        }
        database.close().await;
        Ok(if args.check && !names.is_empty() { End::Bad } else { End::Good })
    })
}

async fn open(args: &MigrateArgs) -> Outcome<Database> {
    if server(args)? == ServerArg::Platform {
        let config = read_config(&args.config)?;
        has_file(args, &config.database.address)?;
        return open_database(&config, Migrations::Ignore).await;
    }
    let config = seal_system::read_config(&args.config).about("configuration")?;
    has_file(args, &config.database)?;
    let options = Options { migrations: Migrations::Ignore, ..Options::new(Schema::SealSystem) };
    Database::open(&config.database, &options).await.about("database")
}

/// A look makes no database.
fn has_file(args: &MigrateArgs, address: &str) -> Outcome<()> {
    match file_of(address) {
        Some(file) if args.check && !Path::new(file).exists() => {
            Err(Failure::new(format!("{file}: 没有数据库 no database"))
                .hint("不带 --check 则新建 without --check it is made, as at a server's first start"))
        }
        _ => Ok(()),
    }
}

/// As `config check` tells them apart.
fn server(args: &MigrateArgs) -> Outcome<ServerArg> {
    match args.server {
        Some(server) => Ok(server),
        None => crate::config::server_of(&args.config),
    }
}
