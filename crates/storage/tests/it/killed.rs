//! A process killed while it writes loses nothing it has acknowledged and leaves nothing half done.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use sealbridge_storage::evidence::{self, NewEntry};
use sealbridge_storage::{Database, Options, Schema, meta};
use testkit::databases::databases;

const ADDRESS: &str = "SEALBRIDGE_TEST_ADDRESS";

/// How many commits are waited for before the process is killed.
const COMMITS: usize = 20;

#[tokio::test]
async fn what_was_acknowledged_is_there() {
    for database in databases(Schema::Platform).await {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["killed::writer", "--exact", "--ignored", "--nocapture"])
            .env(ADDRESS, database.address())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut acknowledged = lines.map_while(Result::ok).filter_map(|line| {
            let number = line.split_once("committed ")?.1;
            number.parse::<i64>().ok()
        });
        acknowledged.by_ref().take(COMMITS).for_each(drop);
        // SIGKILL: no destructor runs, whatever is open stays open.
        writer.kill().unwrap();
        writer.wait().unwrap();
        let last = acknowledged.last().unwrap_or(i64::try_from(COMMITS).unwrap());

        let again = database.reopen().await;
        let audit = evidence::audit(&again, |_| {}).await.unwrap();
        assert!(audit.is_good(), "{}: {audit:?}", database.name());
        assert!(audit.last_seq >= last, "{}: {} of {last}", database.name(), audit.last_seq);
        let mut tx = again.begin().await.unwrap();
        // Both halves of every transaction are there, or neither.
        let half = meta::get(&mut tx, "written").await.unwrap();
        assert_eq!(half, Some(audit.last_seq.to_string()), "{}", database.name());
        tx.commit().await.unwrap();
        again.close().await;
    }
}

/// Not a test: the process that is killed.
#[tokio::test]
#[ignore = "started by the test above"]
async fn writer() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let database = Database::open(&address, &Options::new(Schema::Platform)).await.unwrap();
    loop {
        let mut tx = database.begin().await.unwrap();
        let entry = NewEntry { at: 1, kind: "test", request_id: "", subject: "", payload: &[7; 5000] };
        let seq = evidence::head(&mut tx).await.unwrap().seq + 1;
        meta::set(&mut tx, "written", &seq.to_string()).await.unwrap();
        let receipt = evidence::append(&mut tx, &entry).await.unwrap();
        assert_eq!(receipt.seq, seq);
        tx.commit().await.unwrap();
        println!("committed {seq}");
    }
}
