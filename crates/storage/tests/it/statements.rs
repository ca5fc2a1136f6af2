//! Every SQL text is understood by both databases.

use std::collections::BTreeSet;

use sealbridge_storage::{Schema, statements};
use testkit::databases::databases;

#[tokio::test]
async fn every_statement_is_prepared_on_both() {
    for schema in [Schema::Platform, Schema::SealSystem] {
        for database in databases(schema).await {
            let all = statements::all(schema, database.engine());
            assert!(all.len() > 50, "the list has lost statements: {}", all.len());
            let names: BTreeSet<_> = all.iter().map(|statement| statement.name).collect();
            assert_eq!(names.len(), all.len(), "two statements of one name");
            for statement in all {
                // A transaction each: on PostgreSQL a failure spoils the rest of the transaction.
                let mut tx = database.begin().await.unwrap();
                if let Err(error) = statements::prepare(&mut tx, statement).await {
                    panic!("{} on {}: {error:?}\n{}", statement.name, database.name(), statement.sql);
                }
                tx.rollback().await.unwrap();
            }
        }
    }
}
