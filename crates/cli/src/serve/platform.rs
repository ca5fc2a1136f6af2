//! `sealbridge platform`: configuration, database, keys, self-test, then serving until Ctrl-C or SIGTERM.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crypto::{Random, Sm2Engine};
use http_server::Shutdown;
use platform::key_files::Missing;
use platform::{Config, Platform};
use protocol::Clock;
use storage::{Database, Migrations, Options, Schema};

use super::keys;
use crate::args::ServeArgs;
use crate::draw;
use crate::outcome::{About, End, Failure, Outcome};

/// Goes before the configuration's address of the database, which may hold a password.
const DATABASE: &str = "SEALBRIDGE_DATABASE";
/// Largest configuration file, in bytes.
const MAX_CONFIG: u64 = 1 << 20;

/// Runs the platform until it is asked to end.
pub(crate) fn run(args: &ServeArgs, engine: Option<Sm2Engine>) -> Outcome {
    let config = read_config(&args.config)?;
    let (telemetry, id) = (config.telemetry.clone(), config.platform.id.clone());
    super::run_server(&telemetry, &id, serve(config, engine))
}

async fn serve(config: Config, engine: Option<Sm2Engine>) -> Outcome {
    let random = Random::system();
    // Before the self-test, which goes through the engine in use.
    config.sm2.apply(engine);
    // First the port: a second start by mistake touches nothing.
    let listener = super::bind(config.server.listen, "server.listen").await?;
    let database = open_database(&config, Migrations::Apply).await?;
    let keys = keys::open(&config.keys, &database, Missing::Make, &random).await?;
    let secure = config.server.tls.is_some();
    let drawing = Duration::from_millis(config.policy.verification.render.deadline_ms);
    let started = Platform::new(config, database.clone(), keys, Clock::system(), random).await;
    let platform = started.about("platform")?.drawn_by(Arc::new(draw::renderer(drawing)));
    let shutdown = Shutdown::new();
    shutdown.on_signal();
    super::announce("platform", &listener, secure)?;
    platform.serve(listener, shutdown).await.about("listener")?;
    database.close().await;
    tracing::info!("ended");
    Ok(End::Good)
}

/// Reads the configuration. Relative paths in it are taken from its own folder, so that the platform finds its
/// database and keys wherever it is started.
pub(super) fn read_config(path: &Path) -> Outcome<Config> {
    let bytes = crate::keys::read_file(path, MAX_CONFIG)?;
    let text = crate::keys::text(bytes, path)?;
    let mut config = Config::from_toml(&text).about(path.display())?;
    let folder = std::path::absolute(path).about(path.display())?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    let settle = |path: &mut PathBuf| *path = folder.join(&*path);
    settle(&mut config.keys.signing);
    settle(&mut config.keys.root);
    settle(&mut config.keys.fields);
    config.keys.password_file.as_mut().map(settle);
    config.routing.tls.files().for_each(settle);
    if let Some(tls) = &mut config.server.tls {
        settle(&mut tls.certificate);
        settle(&mut tls.key);
    }
    config.database.address = match std::env::var(DATABASE) {
        Ok(address) if !address.is_empty() => address,
        _ => in_folder(folder, &config.database.address),
    };
    Ok(config)
}

/// The file of an SQLite address; `None` for other databases and for one in memory.
pub(super) fn file_of(address: &str) -> Option<&str> {
    let path =
        address.strip_prefix("sqlite://").or_else(|| address.strip_prefix("sqlite:")).unwrap_or(address);
    (!path.contains("://") && path != ":memory:" && !path.is_empty()).then_some(path)
}

/// An address whose file, where it is one, is taken from `folder`.
fn in_folder(folder: &Path, address: &str) -> String {
    match file_of(address) {
        Some(file) => format!("sqlite:{}", folder.join(file).display()),
        None => address.to_owned(),
    }
}

/// Opens the platform's database. Where its migrations are required it has to be there already.
pub(super) async fn open_database(config: &Config, migrations: Migrations) -> Outcome<Database> {
    let address = &config.database.address;
    if migrations == Migrations::Require
        && let Some(file) = file_of(address)
        && !Path::new(file).exists()
    {
        return Err(Failure::new(format!("{file}: 没有数据库 no database"))
            .hint("首次启动时生成 `sealbridge platform --config …` makes it at its first start"));
    }
    let connections = config.database.connections;
    let acquire_timeout = Duration::from_millis(config.database.wait_ms);
    let options = Options { connections, acquire_timeout, migrations, ..Options::new(Schema::Platform) };
    // An address may hold a password: it is not printed.
    Database::open(address, &options).await.map_err(|error| {
        let hint =
            format!("`database.address` in the configuration, or the environment's {DATABASE}, names it");
        Failure::new(format!("数据库无法使用 database: {}", chain(&error))).hint(hint)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_files_are_taken_from_the_folder_of_the_configuration() {
        let folder = Path::new("/srv/seal");
        for (address, settled) in [
            ("sqlite:platform.db", "sqlite:/srv/seal/platform.db"),
            ("data/p.db", "sqlite:/srv/seal/data/p.db"),
            ("sqlite:///var/p.db", "sqlite:/var/p.db"),
            ("sqlite:/var/p.db", "sqlite:/var/p.db"),
            (":memory:", ":memory:"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("postgres://db/platform", "postgres://db/platform"),
        ] {
            assert_eq!(in_folder(folder, address), settled);
        }
    }
}
