//! The list of every SQL text in this crate, for the test that prepares each on both databases.

use sqlx::{Executor, SqlSafeStr};

use crate::database::Inner;
use crate::{
    Engine, Result, Schema, Tx, dialect, evidence, meta, migrate, nonces, partitions, platform, retention,
    seal_system, sequences,
};

/// One SQL text and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Module and name of the constant.
    pub name: &'static str,
    /// The text, the same for both databases.
    pub sql: &'static str,
}

/// Every statement that is run on a database of this kind.
pub fn all(schema: Schema, engine: Engine) -> Vec<Statement> {
    let mut groups = vec![
        meta::STATEMENTS,
        migrate::STATEMENTS,
        nonces::STATEMENTS,
        sequences::STATEMENTS,
        evidence::STATEMENTS,
        retention::STATEMENTS,
    ];
    match engine {
        Engine::Sqlite => groups.push(dialect::SQLITE),
        Engine::Postgres => groups.extend([dialect::POSTGRES, partitions::POSTGRES]),
    }
    let sized = dialect::sized(engine);
    groups.push(&sized);
    match schema {
        Schema::Platform => {
            groups.extend_from_slice(platform::STATEMENTS);
            groups.push(match engine {
                Engine::Sqlite => dialect::SQLITE_PLATFORM,
                Engine::Postgres => dialect::POSTGRES_PLATFORM,
            });
        }
        Schema::SealSystem => groups.extend_from_slice(seal_system::STATEMENTS),
    }
    groups.concat()
}

/// Has the database read a statement without running it, which finds every misspelt name and wrong type.
///
/// # Errors
/// [`crate::Error::Refused`] with what is wrong in it.
pub async fn prepare(tx: &mut Tx, statement: Statement) -> Result<()> {
    let sql = statement.sql.into_sql_str();
    let result = match tx.inner() {
        Inner::Sqlite(open) => (&mut **open).prepare(sql).await.map(|_| ()),
        Inner::Postgres(open) => (&mut **open).prepare(sql).await.map(|_| ()),
    };
    tx.note(result)
}
