//! Brings a database to the version this program needs.
//!
//! Migrations are plain SQL files in the portable subset, compiled in, applied in order inside one transaction
//! under a lock, and remembered with their SM3 checksum, so that a file changed after its release is noticed. What only
//! PostgreSQL has (partitions) stands under the same number in a folder of its own.

use crate::database::{Database, Engine, Schema, Tx};
use crate::{Error, Result, dialect, meta, partitions};

/// One migration.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number; applied in ascending order, never reused.
    pub version: i64,
    /// The name of its file.
    pub name: &'static str,
    /// The text.
    sql: &'static str,
    /// The text for PostgreSQL, where it has what SQLite has not (partitions).
    postgres: Option<&'static str>,
    /// Whose database needs it; `None` means everybody's.
    schema: Option<Schema>,
}

macro_rules! migration {
    ($version:literal, $name:literal, $schema:expr) => {
        Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $name, ".sql")),
            postgres: None,
            schema: $schema,
        }
    };
    ($version:literal, $name:literal, $schema:expr, two) => {
        Migration {
            postgres: Some(include_str!(concat!("../migrations/postgres/", $name, ".sql"))),
            ..migration!($version, $name, $schema)
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_shared", None),
    migration!(2, "0002_platform", Some(Schema::Platform)),
    migration!(3, "0003_seal_system", Some(Schema::SealSystem)),
    migration!(4, "0004_platform_time_stamps", Some(Schema::Platform)),
    migration!(6, "0006_platform_routing", Some(Schema::Platform)),
    migration!(10, "0010_platform_federation", Some(Schema::Platform)),
    migration!(30, "0030_platform_imports", Some(Schema::Platform)),
    migration!(31, "0031_partitions", None, two),
    migration!(32, "0032_platform_partitions", Some(Schema::Platform), two),
    migration!(33, "0033_platform_signings", Some(Schema::Platform)),
    migration!(34, "0034_seal_system_consent_records", Some(Schema::SealSystem)),
    migration!(35, "0035_platform_consent_documents", Some(Schema::Platform)),
    migration!(36, "0036_seal_system_consent_documents", Some(Schema::SealSystem)),
    migration!(37, "0037_platform_onboarding", Some(Schema::Platform)),
    migration!(38, "0038_platform_history", Some(Schema::Platform), two),
    migration!(39, "0039_platform_changes", Some(Schema::Platform)),
    migration!(40, "0040_platform_reconciliation", Some(Schema::Platform)),
    migration!(41, "0041_seal_system_batches", Some(Schema::SealSystem)),
    migration!(42, "0042_platform_open_notices", Some(Schema::Platform)),
    migration!(43, "0043_platform_peer_changes", Some(Schema::Platform)),
];

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";

sql! {
    APPLIED = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    RECORD = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";
}

#[derive(sqlx::FromRow)]
struct Applied {
    version: i64,
    name: String,
    checksum: String,
}

impl Migration {
    /// The text for a database.
    fn text(&self, engine: Engine) -> &'static str {
        match (engine, self.postgres) {
            (Engine::Postgres, Some(text)) => text,
            _ => self.sql,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        hex::encode(crypto::sm3::digest(self.text(engine).as_bytes()))
    }
}

fn wanted(schema: Schema) -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS.iter().filter(move |migration| migration.schema.is_none_or(|one| one == schema))
}

fn role(schema: Schema) -> &'static str {
    match schema {
        Schema::Platform => "platform",
        Schema::SealSystem => "seal-system",
    }
}

/// Applies what is missing and gives the names of what was applied. Two servers starting at once do it once.
///
/// # Errors
/// [`Error::Migration`] when the database is another server's, newer than this program, or an applied file was
/// changed; nothing is changed then.
pub async fn apply(database: &Database) -> Result<Vec<&'static str>> {
    let engine = database.engine();
    let mut tx = database.begin().await?;
    dialect::lock_migrations(&mut tx).await?;
    dialect::run_script(&mut tx, CREATE).await?;
    let missing = missing(&mut tx, database).await?;
    for migration in &missing {
        dialect::run_script(&mut tx, migration.text(engine)).await?;
        run!(&mut tx, execute(RECORD, migration.version, migration.name, migration.checksum(engine)))?;
        tracing::info!(migration = migration.name, "applied a migration");
    }
    meta::set_if_absent(&mut tx, meta::SCHEMA, role(database.schema())).await?;
    check_role(&mut tx, database.schema()).await?;
    tx.commit().await?;
    partitions::extend_evidence(database).await?;
    Ok(missing.iter().map(|migration| migration.name).collect())
}

/// The names of the migrations that [`apply`] would apply now; changes nothing.
///
/// # Errors
/// As [`apply`].
pub async fn pending(database: &Database) -> Result<Vec<&'static str>> {
    // The table of versions is made when it is not there, and unmade again by the roll-back.
    let mut tx = database.begin().await?;
    dialect::run_script(&mut tx, CREATE).await?;
    let missing = missing(&mut tx, database).await?;
    tx.rollback().await?;
    Ok(missing.iter().map(|migration| migration.name).collect())
}

/// Whether a running server finds what it needs: nothing is changed and nothing is locked. A database that has more
/// than this program knows is good, because a replica goes on while newer ones take over (expand, then contract).
///
/// # Errors
/// [`Error::Migration`] when something is missing or was changed, or the database is another server's.
pub async fn check(database: &Database) -> Result<()> {
    let mut tx = database.read().await?;
    let applied = run!(&mut tx, all::<Applied>(APPLIED))?;
    for migration in wanted(database.schema()) {
        let Some(row) = applied.iter().find(|row| row.version == migration.version) else {
            return Err(Error::Migration(format!("{} is not applied", migration.name)));
        };
        if row.checksum != migration.checksum(database.engine()) {
            return Err(Error::Migration(format!("{} was changed after it was applied", migration.name)));
        }
    }
    check_role(&mut tx, database.schema()).await?;
    tx.commit().await
}

/// Refuses a database that misses a migration.
pub(crate) async fn require(database: &Database) -> Result<()> {
    let missing = pending(database).await?;
    if missing.is_empty() {
        let mut tx = database.read().await?;
        return check_role(&mut tx, database.schema()).await;
    }
    Err(Error::Migration(format!("not applied yet: {}", missing.join(", "))))
}

async fn missing(tx: &mut Tx, database: &Database) -> Result<Vec<&'static Migration>> {
    let (schema, engine) = (database.schema(), database.engine());
    let applied = run!(tx, all::<Applied>(APPLIED))?;
    for row in &applied {
        let Some(known) = MIGRATIONS.iter().find(|migration| migration.version == row.version) else {
            return Err(Error::Migration(format!("the database is newer than this program ({})", row.name)));
        };
        if known.schema.is_some_and(|owner| owner != schema) {
            return Err(Error::Migration(format!("the database is not one of a {}", role(schema))));
        }
        if known.checksum(engine) != row.checksum {
            return Err(Error::Migration(format!("{} was changed after it was applied", row.name)));
        }
    }
    let is_applied = |one: &&Migration| applied.iter().any(|row| row.version == one.version);
    Ok(wanted(schema).filter(|one| !is_applied(one)).collect())
}

async fn check_role(tx: &mut Tx, schema: Schema) -> Result<()> {
    let found = meta::get(tx, meta::SCHEMA).await?.unwrap_or_default();
    if found == role(schema) {
        return Ok(());
    }
    Err(Error::Migration(format!("the database is one of a {found}, not of a {}", role(schema))))
}
