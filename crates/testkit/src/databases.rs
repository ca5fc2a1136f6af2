//! Both databases, fresh for every test.
//!
//! SQLite is a file in a folder of its own, so that tests meet the real locking. PostgreSQL is the server named
//! by `SEALBRIDGE_TEST_POSTGRES` (`cargo xtask test` starts one), else a private one; see [`crate::postgres`].
#![expect(clippy::expect_used, reason = "a test that cannot have its database must stop")]

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use storage::{Database, Durability, Engine, Options, Schema};

use crate::postgres;

/// A fresh database, removed when dropped.
pub struct TestDatabase {
    database: Database,
    address: String,
    options: Options,
    home: Home,
}

/// What is removed at the end.
enum Home {
    Folder(PathBuf),
    Server {
        url: String,
        name: String,
    },
    /// Somebody else's.
    Elsewhere,
}

impl TestDatabase {
    /// Where it is, for opening it once more as a server that starts again would.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How it was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// For messages of tests: which of the two it is.
    pub fn name(&self) -> &'static str {
        match self.database.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }

    /// Runs SQL behind the back of the product, to damage what is stored or to look at it from outside.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn tamper(&self, sql: &str) {
        self.try_tamper(sql).await.expect("the database takes the SQL of the test");
    }

    /// The same, where the database may refuse it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn try_tamper(&self, sql: &str) -> Result<(), String> {
        let result = match &self.home {
            Home::Folder(_) => run_sqlite(&self.address, sql.to_owned()).await,
            Home::Elsewhere if !self.address.contains("://") => {
                run_sqlite(&self.address, sql.to_owned()).await
            }
            Home::Server { .. } | Home::Elsewhere => run(&self.address, sql.to_owned()).await,
        };
        result.map_err(|error| error.to_string())
    }

    /// A second set of connections to the same database, as another replica of a server has.
    ///
    /// # Panics
    /// When the database cannot be opened.
    pub async fn reopen(&self) -> Database {
        Database::open(&self.address, &self.options).await.expect("the test database opens again")
    }
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

/// A connection of the test's own to a PostgreSQL database: what it holds, it holds until it is dropped.
pub struct Session(sqlx::PgConnection);

impl Session {
    /// Connects.
    ///
    /// # Panics
    /// When the server does not let it.
    pub async fn open(address: &str) -> Self {
        let options: PgConnectOptions = address.parse().expect("an address");
        Self(options.connect().await.expect("a connection of the test"))
    }

    /// Runs SQL.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn run(&mut self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut self.0).await.expect("the database takes the SQL of the test");
    }

    /// Asks a question that is answered by one truth value.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn holds(&mut self, sql: &str) -> bool {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_one(&mut self.0).await.expect("the database answers the test")
    }

    /// The process of the server that serves this connection; its parent is the server itself.
    ///
    /// # Panics
    /// When the database does not say.
    pub async fn process(&mut self) -> u32 {
        let answer = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut self.0).await;
        let id: i32 = answer.expect("the database answers the test");
        id.try_into().expect("the number of a process")
    }
}

/// A fresh SQLite database and, where PostgreSQL is installed, a fresh PostgreSQL database.
pub async fn databases(schema: Schema) -> Vec<TestDatabase> {
    let mut all = vec![sqlite(schema).await];
    all.extend(postgres(schema).await);
    all
}

/// A fresh SQLite database.
///
/// # Panics
/// When it cannot be made.
pub async fn sqlite(schema: Schema) -> TestDatabase {
    let folder = std::env::temp_dir().join(format!("sealbridge-{}", unique()));
    std::fs::create_dir_all(&folder).expect("a folder for the test database");
    let address = folder.join("test.db").to_string_lossy().into_owned();
    open(address, options(schema), Home::Folder(folder)).await
}

/// A fresh PostgreSQL database, or `None` with a line on standard error when PostgreSQL is not installed.
///
/// # Panics
/// When PostgreSQL is installed but does not start: that is a failure, not something to skip.
pub async fn postgres(schema: Schema) -> Option<TestDatabase> {
    let Some(url) = postgres::url() else {
        eprintln!("skipped: PostgreSQL not found");
        return None;
    };
    let name = unique();
    run(&url, format!("CREATE DATABASE {name}")).await.expect("a PostgreSQL database for the test");
    let (server, _) = url.rsplit_once('/').expect("an address ends in the name of a database");
    let address = format!("{server}/{name}");
    Some(open(address, options(schema), Home::Server { url, name }).await)
}

/// A database at an address, which is not removed; an SQLite file in a folder of the test's own, for example.
///
/// # Panics
/// When it cannot be opened.
pub async fn at(address: &str, options: Options) -> TestDatabase {
    open(address.to_owned(), options, Home::Elsewhere).await
}

fn options(schema: Schema) -> Options {
    Options { durability: Durability::Normal, ..Options::new(schema) }
}

async fn open(address: String, options: Options, home: Home) -> TestDatabase {
    let database = Database::open(&address, &options).await.expect("the test database opens");
    TestDatabase { database, address, options, home }
}

/// A name no other test uses, made of the process and a counter.
fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

pub(crate) async fn run(url: &str, sql: String) -> Result<(), sqlx::Error> {
    use sqlx::Connection;
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.connect().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

/// Runs SQL on the SQLite file of a server that runs in its own process, behind its back.
///
/// # Panics
/// When the database refuses it.
pub async fn tamper_file(path: &Path, sql: &str) {
    run_sqlite(&path.to_string_lossy(), sql.to_owned())
        .await
        .expect("the database takes the SQL of the test");
}

async fn run_sqlite(path: &str, sql: String) -> Result<(), sqlx::Error> {
    use sqlx::Connection;
    let mut connection = SqliteConnectOptions::new().filename(path).foreign_keys(false).connect().await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.home {
            Home::Elsewhere => {}
            Home::Folder(folder) => {
                // Only the folder made above, under a name of this process.
                std::fs::remove_dir_all(folder).ok();
            }
            Home::Server { url, name } => {
                let (url, sql) = (url.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                // A thread of its own, because a destructor cannot wait inside the test's runtime.
                let dropping = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    runtime.block_on(run(&url, sql)).map_err(std::io::Error::other)
                });
                if !matches!(dropping.join(), Ok(Ok(()))) {
                    eprintln!("the test database {name} is left over");
                }
            }
        }
    }
}
