//! The platform as a second process, which can be killed with -9: this test's own program, told by its environment to
//! be a platform. Around it the caller A and the scripted seal system B with one seal.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Bounds, Client, ClientError, Identity, Peer};
use crypto::{FieldCipher, Random, Sm2KeyPair};
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{SealTypeFilter, SignFormat};
use protocol::tables::{CloudSignRequest, ConsentResultRequest, SealQueryRequest, SignatureValueData};
use protocol::{AppId, Clock, Endpoint, SealCode};
use sealbridge_platform::{Keys, Platform, trust};
use storage::platform::trust::Purpose;
use storage::{Database, Durability, Options, Schema};
use testkit::databases::TestDatabase;
use testkit::pki::pki;
use testkit::process::free_port;
use testkit::scripted_system::ScriptedSystem;

use super::raw::get;
use super::{PLATFORM, application, config, contract, filed_by, grants, query, register, signing};

/// Address, database, and the three secrets of the child, separated by spaces.
const CHILD: &str = "SEALBRIDGE_TEST_PLATFORM";
/// How long a process may take to listen, and the same request to be answered, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// What all replicas of a platform have.
pub(crate) struct Secrets {
    signing: [u8; 32],
    root: [u8; 32],
    fields: [u8; 32],
}

impl Secrets {
    pub(crate) fn new() -> Self {
        Self { signing: secret(), root: secret(), fields: secret() }
    }

    pub(crate) fn keys(&self) -> Keys {
        let random = Random::system();
        let pair = |secret: &[u8; 32]| Arc::new(Sm2KeyPair::from_scalar(secret, &random).unwrap());
        Keys { signing: pair(&self.signing), root: pair(&self.root), fields: FieldCipher::new(&self.fields) }
    }
}

/// A secret that is a scalar for certain: its first bits are zero.
fn secret() -> [u8; 32] {
    let mut bytes: [u8; 32] = Random::system().bytes();
    bytes[0] = 1;
    bytes
}

async fn platform(database: &str, secrets: &Secrets) -> Platform {
    let mut config = config();
    config.times.route_ms = 10_000;
    config.times.sign_ms = 10_000;
    let wait = Duration::from_millis(config.database.wait_ms);
    let options =
        Options { durability: Durability::Normal, acquire_timeout: wait, ..Options::new(Schema::Platform) };
    let database = Database::open(database, &options).await.unwrap();
    Platform::new(config, database, secrets.keys(), Clock::system(), Random::system()).await.unwrap()
}

/// The second process.
#[test]
#[ignore = "is the second process of other tests"]
fn serve() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let parts: Vec<&str> = told.split(' ').collect();
    let bytes = |hex: &str| -> [u8; 32] { hex::decode(hex).unwrap().try_into().unwrap() };
    let secrets = Secrets { signing: bytes(parts[2]), root: bytes(parts[3]), fields: bytes(parts[4]) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let platform = platform(parts[1], &secrets).await;
        let listener = tokio::net::TcpListener::bind(parts[0]).await.unwrap();
        platform.serve(listener, http_server::Shutdown::new()).await.unwrap();
    });
}

/// A platform in a second process.
pub(crate) struct Process {
    pub(crate) address: String,
    told: String,
    /// Shell commands before the program is run, which it inherits the effect of.
    before: Option<String>,
    child: Option<Child>,
}

impl Process {
    pub(crate) async fn start(database: &str, secrets: &Secrets, before: Option<&str>) -> Self {
        let port = free_port(u64::from_le_bytes(Random::system().bytes()));
        let address = format!("127.0.0.1:{port}");
        let [signing, root, fields] = [secrets.signing, secrets.root, secrets.fields].map(hex::encode);
        let told = format!("{address} {database} {signing} {root} {fields}");
        let mut process = Self { address, told, before: before.map(str::to_owned), child: None };
        process.start_again().await;
        process
    }

    /// Starts it after [`Self::kill`], and waits until it listens.
    pub(crate) async fn start_again(&mut self) {
        let program = std::env::current_exe().unwrap();
        let mut command = match &self.before {
            None => Command::new(program),
            Some(before) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(program);
                shell
            }
        };
        command.args(["--exact", "common::child::serve", "--ignored", "--quiet"]);
        self.child = Some(command.env(CHILD, &self.told).stdout(Stdio::null()).spawn().unwrap());
        let until = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(&self.address).await.is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
            assert!(ended.is_none(), "the child ended");
            assert!(Instant::now() < until, "the child does not listen");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// kill -9; returns when it is gone.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Its number among the processes.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Polls `/health/ready` until it has this status; what it says then.
    pub(crate) async fn until_ready_says(&self, status: u16) -> serde_json::Value {
        until_ready_says(&self.address, status).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Polls `/health/ready` until it has this status; what it says then.
pub(crate) async fn until_ready_says(address: &str, status: u16) -> serde_json::Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = get(address, "/health/ready").await;
        if answer.status == status {
            return answer.json();
        }
        let said = answer.json();
        assert!(Instant::now() < until, "ready never becomes {status}: {said}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The names of the checks that are not good.
pub(crate) fn not_good(ready: &serde_json::Value) -> Vec<&str> {
    let checks = ready["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["ok"] == false).map(|check| check["name"].as_str().unwrap()).collect()
}

/// A database, one platform process over it, and those who talk to it.
pub(crate) struct Stage {
    pub(crate) process: Process,
    pub(crate) database: TestDatabase,
    pub(crate) secrets: Secrets,
    pub(crate) b: ScriptedSystem,
    pub(crate) b_client: Client,
    pub(crate) a: Client,
    /// A cloud seal of B, the only contract seal there is.
    pub(crate) seal: SealCode,
}

impl Stage {
    /// Does the operator's work in this process; then the platform serves in the second.
    pub(crate) async fn new(database: TestDatabase, before: Option<&str>) -> Self {
        let secrets = Secrets::new();
        let keys = secrets.keys();
        let id = AppId::parse(PLATFORM).unwrap();
        let b = ScriptedSystem::start("SYSB", &id, keys.signing.verifying_key(), &Clock::system()).await;
        let a_key = Sm2KeyPair::generate(&Random::system()).unwrap();
        let desk = platform(database.address(), &secrets).await;
        register(&desk, ("SYSA", "0A01"), None, &a_key, grants(&[], &[])).await;
        register(&desk, ("SYSB", "0B01"), Some(&b.base_url), &b.key, grants(&[], &[b.host()])).await;
        let maker = (Purpose::Maker, Some(&b.app_id));
        trust::add(desk.context(), maker, &pki().maker.der(), "admin").await.unwrap();
        desk.context().database.close().await;
        drop(desk);
        let process = Process::start(database.address(), &secrets, before).await;
        let peer =
            Peer::new(&format!("http://{}", process.address), id, [keys.signing.verifying_key().clone()]);
        let b_client = b.client(peer.clone());
        let (seal, _) = filed_by(&b, &b_client, &contract("ES0001")).await;
        let me = Identity { app_id: AppId::parse("SYSA").unwrap(), signer: Arc::new(a_key) };
        let bounds = Bounds { deadline: Duration::from_secs(15), ..Bounds::default() };
        let a = Client::new(me, peer, Clock::system(), Random::system()).unwrap().with_bounds(bounds);
        Self { process, database, secrets, b, b_client, a, seal }
    }

    /// The platform at an address, as clients call it.
    pub(crate) fn peer(&self, address: &str) -> Peer {
        let key = self.secrets.keys().signing.verifying_key().clone();
        Peer::new(&format!("http://{address}"), AppId::parse(PLATFORM).unwrap(), [key])
    }

    /// A request that the signer has agreed to.
    pub(crate) async fn ready_to_sign(&self, message: &[u8]) -> CloudSignRequest {
        let (a, seal) = (&self.a, &self.seal);
        let only = SealQueryRequest { seal_type: SealTypeFilter::Contract, ..query() };
        let info = a.call::<SealQuery>(&only).await.unwrap().data.remove(0);
        let applied = a.call::<ConsentApply>(&application(seal)).await.unwrap().data;
        let ask = ConsentResultRequest { auth_id: applied.auth_id.clone(), seal_code: seal.clone() };
        let given = a.call::<ConsentOutcome>(&ask).await.unwrap().data;
        signing(seal, (applied.auth_id, given.auth_code), info.sign_id, message, SignFormat::P1)
    }

    /// The log is whole, and this is what it says was released, in this order.
    pub(crate) async fn check_released(&self, handed_out: &[String]) {
        let report = sealbridge_platform::evidence::audit(&self.database).await.unwrap();
        assert!(report.good, "{report:?}");
        let mut tx = self.database.read().await.unwrap();
        let log = storage::evidence::after(&mut tx, 0, 100_000).await.unwrap();
        let released: Vec<String> = log
            .iter()
            .filter(|entry| entry.kind == "signature.released")
            .map(|entry| {
                serde_json::from_slice::<serde_json::Value>(entry.payload.as_deref().unwrap()).unwrap()
            })
            .map(|detail| detail["signature"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(released, handed_out);
        assert_eq!(self.b.complaints(), Vec::<String>::new());
    }
}

/// The same request until it is answered, as an application does.
pub(crate) async fn insist<E: Endpoint>(client: &Client, request: &E::Request) -> E::Answer {
    let until = Instant::now() + PATIENCE;
    loop {
        match client.call::<E>(request).await {
            Ok(answer) => return answer.data,
            Err(ClientError::Refused(refusal)) if !refusal.retryable => panic!("{refusal}"),
            Err(error) => assert!(Instant::now() < until, "never answered: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The first sending of a signing request, which may come to nothing.
pub(crate) fn first(
    client: &Client,
    request: &CloudSignRequest,
) -> tokio::task::JoinHandle<Result<SignatureValueData, ClientError>> {
    let (client, request) = (client.clone(), request.clone());
    tokio::spawn(async move { client.call::<CloudSign>(&request).await.map(|answer| answer.data) })
}
