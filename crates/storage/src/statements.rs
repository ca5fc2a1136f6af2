//! The list of every SQL text in this crate, for the test that prepares each on both databases.

use crate::{Engine, Schema, dialect, evidence, meta, migrate, nonces, platform, seal_system, sequences};

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
    ];
    match schema {
        Schema::Platform => {
            groups.extend_from_slice(platform::STATEMENTS);
            if engine == Engine::Postgres {
                groups.push(dialect::POSTGRES_PLATFORM);
            }
        }
        Schema::SealSystem => groups.extend_from_slice(seal_system::STATEMENTS),
    }
    groups.concat()
}
