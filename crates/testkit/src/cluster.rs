//! PostgreSQL servers of one test's own, for what may not happen to the shared one: stopped, hung, followed by a
//! standby that takes over.
#![expect(clippy::expect_used, reason = "a test that cannot have its database must stop")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::databases::run as sql;
use crate::postgres::{binaries, give_away, home, init, run, serve, tool, watch};
use crate::process::free_port;

/// How long a change of a server is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server. It is stopped and its folder removed when it is dropped, or when this process is gone.
pub struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts an empty server; `None` with a line on standard error when PostgreSQL is not installed.
    ///
    /// # Panics
    /// When PostgreSQL is installed but does not start.
    pub fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            eprintln!("skipped: PostgreSQL not found");
            return None;
        };
        let server = Self { binaries, folder: folder(), port: port() };
        init(&server.binaries, &server.folder);
        server.start_again();
        watch(&server.binaries, &server.folder, std::process::id());
        Some(server)
    }

    /// Starts a standby (备库) of this server: every commit waits for it from then on.
    ///
    /// # Panics
    /// When it does not follow in time.
    pub async fn standby(&self) -> Self {
        let standby = Self { binaries: self.binaries.clone(), folder: folder(), port: port() };
        let data = home(&standby.folder).join("data");
        let from = format!("host=127.0.0.1 port={} user=sealbridge", self.port);
        // A folder on the search path may have links to some of the tools only.
        let real = self.binaries.join("pg_ctl").canonicalize().expect("the tools of the server");
        let mut copy = tool(real.parent().unwrap_or(&self.binaries), "pg_basebackup");
        copy.args(["--checkpoint=fast", "--no-sync", "-R", "-X", "stream", "-d", &from, "-D"]).arg(data);
        run(&mut copy, &standby.folder);
        standby.start_again();
        watch(&standby.binaries, &standby.folder, std::process::id());
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        self.sql("SELECT pg_reload_conf()").await;
        // Division by zero until the standby is one that commits wait for.
        let follows = "SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        let until = Instant::now() + PATIENCE;
        while sql(&self.url("postgres"), follows.to_owned()).await.is_err() {
            assert!(Instant::now() < until, "the standby does not follow");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        standby
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://sealbridge@{}/{database}", self.place())
    }

    /// Runs SQL in the database `postgres`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn sql(&self, text: &str) {
        sql(&self.url("postgres"), text.to_owned()).await.expect("the server takes the SQL of the test");
    }

    /// A folder that belongs to the account that runs the server.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn own(&self, path: &Path) {
        give_away(path, &self.folder);
    }

    /// It is gone at once: its connections break, nothing is finished.
    ///
    /// # Panics
    /// When it does not end.
    pub fn crash(&self) {
        run(self.control().args(["-m", "immediate", "-w", "stop"]), &self.folder);
    }

    /// Starts it again at the same address, after [`Self::crash`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        serve(&self.binaries, &self.folder, self.port);
    }

    /// Makes a standby the primary (主库).
    ///
    /// # Panics
    /// When it does not become one.
    pub fn promote(&self) {
        run(self.control().args(["-w", "promote"]), &self.folder);
    }

    /// Every process of it stops where it is: connections stay and nothing answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// It goes on after [`Self::hang`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let file = self.folder.join("server/data/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("the server runs");
        let main = text.lines().next().unwrap_or_default().to_owned();
        // The main process first, so that no further ones are made.
        kill(signal, std::slice::from_ref(&main));
        kill(signal, &children(&main));
    }

    fn control(&self) -> Command {
        let mut control = tool(&self.binaries, "pg_ctl");
        control.arg("-D").arg(self.folder.join("server").join("data"));
        control
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when it is gone already, or is a copy that never started.
        if self.folder.join("server/data/postmaster.pid").exists() {
            self.go_on();
            drop(self.control().args(["-m", "immediate", "-w", "stop"]).output());
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// One that stays free while the server is down.
fn port() -> u16 {
    free_port(u64::from_le_bytes(crypto::Random::system().bytes()))
}

/// A new folder under the temporary one.
fn folder() -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("sealbridge-cluster-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for PostgreSQL");
    folder
}

fn kill(signal: &str, processes: &[String]) {
    if !processes.is_empty() {
        // One that ended meanwhile is no failure.
        drop(Command::new("kill").arg(signal).args(processes).output().expect("the command `kill`"));
    }
}

/// The processes whose parent is `parent`.
fn children(parent: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|name| {
            let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
            // The name in brackets may hold anything; after it come the state and the parent.
            let rest = stat.rsplit_once(") ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
            rest.split(' ').nth(1) == Some(parent)
        })
        .collect()
}
