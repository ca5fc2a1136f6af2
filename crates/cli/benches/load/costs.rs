//! What calls cost in processor time, and what SM2, HTTP and a commit cost alone.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crypto::{Random, SignatureAlgorithm, Signer, Sm2KeyPair};
use testkit::load::Times;
use testkit::processor::{Machine, of_children, of_family, of_process, of_threads};
use tokio::task::JoinSet;

use crate::Failure;
use crate::kind::Way;
use crate::world::World;

/// How the threads of an SQLite connection are called, as far as the system keeps a name.
const SQLITE: &str = "sqlx-sqlite";
/// Rounds of SM2 alone, of which the quickest counts, and operations in each.
const ROUNDS: usize = 7;
const OPERATIONS: u32 = 400;
/// Requests for HTTP alone, and connections.
const REQUESTS: u32 = 4_000;
const CONNECTIONS: u32 = 8;
/// Commits alone.
const COMMITS: usize = 100;

/// Processor time so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) platform: Server,
    pub(crate) seal_system: Server,
    /// The whole PostgreSQL server.
    pub(crate) postgres: Duration,
    /// The load generator.
    pub(crate) client: Duration,
    pub(crate) machine: Machine,
}

/// Of one server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Server {
    /// All its threads.
    pub(crate) all: Duration,
    /// Those of its SQLite connections.
    pub(crate) sqlite: Duration,
    /// The processes of the PostgreSQL server that work for it.
    pub(crate) postgres: Duration,
}

impl Server {
    fn now(id: u32, database: Option<(u32, &str)>) -> Self {
        let postgres = database.map(|(server, name)| of_children(server, name)).unwrap_or_default();
        Self { all: of_process(id), sqlite: of_threads(id, SQLITE), postgres }
    }

    /// Its share for one of `count`.
    pub(crate) fn over(self, count: u32) -> Self {
        self.with(Self::default(), |all, _| all / count)
    }

    fn with(self, other: Self, each: impl Fn(Duration, Duration) -> Duration) -> Self {
        Self {
            all: each(self.all, other.all),
            sqlite: each(self.sqlite, other.sqlite),
            postgres: each(self.postgres, other.postgres),
        }
    }
}

impl Spent {
    pub(crate) fn now(world: &World) -> Self {
        let database = |which: usize| {
            let (server, names) = world.postgres.as_ref()?;
            Some((*server, names.get(which)?.as_str()))
        };
        Self {
            platform: Server::now(world.platform.id(), database(0)),
            seal_system: Server::now(world.seal_system.id(), database(1)),
            postgres: world.postgres.as_ref().map(|(server, _)| of_family(*server)).unwrap_or_default(),
            client: of_process(std::process::id()),
            machine: Machine::now(),
        }
    }

    pub(crate) fn since(self, before: Self) -> Self {
        let machine = self.machine.since(before.machine);
        Self { machine, ..self.with(before, Duration::saturating_sub) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let (one, two) = (self.machine, other.machine);
        let machine =
            Machine { busy: one.busy + two.busy, disk: one.disk + two.disk, idle: one.idle + two.idle };
        Self { machine, ..self.with(other, |one, two| one + two) }
    }

    fn with(self, other: Self, each: impl Fn(Duration, Duration) -> Duration + Copy) -> Self {
        Self {
            platform: self.platform.with(other.platform, each),
            seal_system: self.seal_system.with(other.seal_system, each),
            postgres: each(self.postgres, other.postgres),
            client: each(self.client, other.client),
            machine: self.machine,
        }
    }

    /// Everything that belongs to the measurement.
    pub(crate) fn ours(&self) -> Duration {
        self.platform.all + self.seal_system.all + self.postgres + self.client
    }
}

/// What things cost alone, on this machine and in this run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alone {
    /// One verification with a known key.
    pub(crate) verify: Duration,
    /// One signature.
    pub(crate) sign: Duration,
    /// Processor time of the platform for one bare HTTP request.
    pub(crate) serve: Duration,
    /// Processor time of our client for one.
    pub(crate) call: Duration,
    /// Time on the wall until 4 KiB are on the disk, in the median.
    pub(crate) commit: Duration,
}

impl Alone {
    pub(crate) async fn measure(world: &World) -> Result<Self, Failure> {
        let (verify, sign) = tokio::task::spawn_blocking(sm2).await??;
        let (serve, call) = http(world).await?;
        let folder = world.site.folder.path().to_path_buf();
        let commit = tokio::task::spawn_blocking(move || commit(&folder)).await??;
        Ok(Self { verify, sign, serve, call, commit })
    }
}

/// One verification by a known key, and one signature: the quickest of some rounds, so that nothing else is counted.
fn sm2() -> Result<(Duration, Duration), Failure> {
    let key = Sm2KeyPair::generate(&Random::system())?;
    let message = [7_u8; 300];
    let signature = key.sign(&message)?;
    let verifying = key.verifying_key();
    let verify =
        || -> Result<(), Failure> { Ok(verifying.verify(SignatureAlgorithm::Sm2Sm3, &message, &signature)?) };
    let sign = || -> Result<(), Failure> {
        key.sign(&message)?;
        Ok(())
    };
    Ok((quickest(verify)?, quickest(sign)?))
}

fn quickest(operation: impl Fn() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..OPERATIONS {
            operation()?;
        }
        best = best.min(started.elapsed() / OPERATIONS);
    }
    Ok(best)
}

/// A request that the platform answers with a few octets and nothing else: what it costs there, and here.
async fn http(world: &World) -> Result<(Duration, Duration), Failure> {
    let url = format!("{}/health/live", world.peer(Way::Routed).base_url);
    let http = reqwest::Client::builder().no_proxy().build()?;
    let before = Spent::now(world);
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (http, url) = (http.clone(), url.clone());
        tasks.spawn(async move {
            for _ in 0..REQUESTS / CONNECTIONS {
                http.get(&url).send().await?.error_for_status()?.bytes().await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let spent = Spent::now(world).since(before);
    Ok((spent.platform.all / REQUESTS, spent.client / REQUESTS))
}

/// A page of a database log, written and waited for until it is on the disk.
fn commit(folder: &Path) -> Result<Duration, Failure> {
    let path = folder.join("commit-alone");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    std::fs::remove_file(path)?;
    times.into_iter().collect::<Times>().at(500).ok_or_else(|| "no commits".into())
}
