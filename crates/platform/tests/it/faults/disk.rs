//! No room on the disk of the database: SQLite and PostgreSQL on a small file system that is full, and a process that may
//! write no more.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use client::{Client, ClientError};
use protocol::endpoints::{CloudSign, SealQuery};
use protocol::lists::SignFormat;
use storage::{Options, Schema};
use testkit::cluster::Server;
use testkit::databases::{at, sqlite};

use super::refused;
use crate::common::child::{Stage, insist, not_good, until_ready_says};
use crate::common::{World, config, query};

/// A file system in memory.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` with a line on standard error where this account may mount nothing.
    fn mount(mib: u32) -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().unwrap() };
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=0777"), "none"]).arg(disk.path());
        if mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(disk);
        }
        eprintln!("skipped: no small file system can be mounted");
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        let full = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
    }

    fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Fails where it was not mounted, which is as good.
        drop(Command::new("umount").arg("-l").arg(self.path()).stderr(Stdio::null()).status());
    }
}

/// Asks until the room that was left inside the database is used up; every request writes evidence.
async fn until_refused(a: &Client) -> String {
    for _ in 0..2_000 {
        match a.call::<SealQuery>(&query()).await {
            Ok(_) => {}
            Err(ClientError::Refused(refusal)) => return refusal.code,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never full");
}

#[tokio::test]
async fn sqlite_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let mut roomy = config();
    roomy.database.min_free_mb = 1;
    let address = disk.path().join("platform.db").to_string_lossy().into_owned();
    let world = World::on(at(&address, Options::new(Schema::Platform)).await, roomy).await;
    world.contract_seal().await;
    let done = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
    let signature = world.sign(&done).await.unwrap().data;
    let waiting = world.ready_to_sign(&[2; 32], SignFormat::P1).await;
    until_ready_says(&world.address(), 200).await;
    disk.fill();
    assert_eq!(until_refused(&world.a.client).await, "90001");
    assert_eq!(refused::<CloudSign>(&world.a.client, &waiting).await, "90001");
    let ready = until_ready_says(&world.address(), 503).await;
    assert!(not_good(&ready).contains(&"disk"), "{ready}");
    world.a.client.server_time().await.unwrap();
    disk.empty();
    until_ready_says(&world.address(), 200).await;
    assert_eq!(world.sign(&done).await.unwrap().data, signature);
    world.sign(&waiting).await.unwrap();
    assert!(world.b.signatures_made(waiting.sign_id.as_str()) == 1);
    assert_eq!(world.evidence("signature.released").await.len(), 2);
    world.check().await;
}

/// Bounds the files that a process may write; what is over the bound fails as a full disk does.
fn limit(stage: &Stage, size: &str) -> bool {
    let id = stage.process.id().to_string();
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &id, &format!("--fsize={size}:unlimited")]);
    let done = prlimit.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !done {
        eprintln!("skipped: no command prlimit");
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_may_write_no_more() {
    let stage = Stage::new(sqlite(Schema::Platform).await, Some("trap '' XFSZ")).await;
    let done = stage.ready_to_sign(&[1; 32]).await;
    let earlier = stage.a.call::<CloudSign>(&done).await.unwrap().data.sign_data.text();
    let waiting = stage.ready_to_sign(&[2; 32]).await;
    let process = stage.process.id();
    if !limit(&stage, "1") {
        return;
    }
    assert_eq!(refused::<CloudSign>(&stage.a, &waiting).await, "90001");
    assert_eq!(refused::<SealQuery>(&stage.a, &query()).await, "90001");
    assert_eq!(stage.b.signatures_made(waiting.sign_id.as_str()), 0);
    let ready = stage.process.until_ready_says(503).await;
    assert!(not_good(&ready).contains(&"disk"), "{ready}");
    stage.a.server_time().await.unwrap();
    assert!(limit(&stage, "unlimited"));
    stage.process.until_ready_says(200).await;
    let signature = insist::<CloudSign>(&stage.a, &waiting).await.sign_data.text();
    assert_eq!(insist::<CloudSign>(&stage.a, &done).await.sign_data.text(), earlier);
    assert_eq!(stage.b.signatures_made(waiting.sign_id.as_str()), 1);
    assert_eq!(stage.process.id(), process, "the same process");
    stage.check_released(&[earlier, signature]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_on_a_full_disk() {
    let (Some(disk), Some(server)) = (SmallDisk::mount(32), Server::start()) else { return };
    server.own(disk.path());
    // The log of the server has room; what has none is the database.
    server.sql(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display())).await;
    server.sql("CREATE DATABASE platform TABLESPACE small").await;
    let stage = Stage::new(at(&server.url("platform"), Options::new(Schema::Platform)).await, None).await;
    let done = stage.ready_to_sign(&[1; 32]).await;
    let earlier = stage.a.call::<CloudSign>(&done).await.unwrap().data.sign_data.text();
    let waiting = stage.ready_to_sign(&[2; 32]).await;
    stage.process.until_ready_says(200).await;
    disk.fill();
    assert_eq!(until_refused(&stage.a).await, "90001");
    let ready = stage.process.until_ready_says(503).await;
    assert!(not_good(&ready).contains(&"disk"), "{ready}");
    stage.a.server_time().await.unwrap();
    disk.empty();
    stage.process.until_ready_says(200).await;
    let signature = insist::<CloudSign>(&stage.a, &waiting).await.sign_data.text();
    assert_eq!(insist::<CloudSign>(&stage.a, &done).await.sign_data.text(), earlier);
    assert_eq!(stage.b.signatures_made(waiting.sign_id.as_str()), 1);
    stage.check_released(&[earlier, signature]).await;
}
