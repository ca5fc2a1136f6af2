//! Killing the platform with -9 in the middle of signing, again and again: at most one signature per signId, and
//! every signature that was handed out is in the evidence log.
//!
//! The platform runs as a second process: this test's own program, told by its environment to be a platform.

use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use client::{Bounds, Client, ClientError, Identity, Peer};
use crypto::{FieldCipher, Random, Sm2KeyPair};
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::SignFormat;
use protocol::tables::{CloudSignRequest, ConsentResultRequest, SignatureValueData};
use protocol::{AppId, Clock, SealCode};
use sealbridge_platform::{Keys, Platform, trust};
use storage::platform::trust::Purpose;
use storage::{Database, Durability, Options, Schema};
use testkit::databases::{TestDatabase, sqlite};
use testkit::pki::pki;
use testkit::scripted_system::{ScriptedSystem, Transport};

use crate::common::{PLATFORM, application, config, contract, filed_by, grants, query, register, signing};

/// Address, database, and the three secrets of the child, separated by spaces.
const CHILD: &str = "SEALBRIDGE_TEST_PLATFORM";
/// When the child is killed, in milliseconds after the request was sent; the seal system takes 100.
const MOMENTS: [u64; 14] = [0, 2, 5, 10, 20, 40, 60, 80, 100, 105, 110, 115, 125, 200];

struct Secrets {
    signing: [u8; 32],
    root: [u8; 32],
    fields: [u8; 32],
}

impl Secrets {
    fn keys(&self) -> Keys {
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

async fn open(database: &str) -> Database {
    let options = Options { durability: Durability::Normal, ..Options::new(Schema::Platform) };
    Database::open(database, &options).await.unwrap()
}

async fn platform(database: &str, secrets: &Secrets) -> Platform {
    let mut config = config();
    config.times.route_ms = 10_000;
    config.times.sign_ms = 10_000;
    let database = open(database).await;
    Platform::new(config, database, secrets.keys(), Clock::system(), Random::system()).await.unwrap()
}

/// The second process.
#[test]
#[ignore = "is the second process of the test below"]
fn child() {
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
struct Process {
    address: String,
    told: String,
    child: Child,
}

impl Process {
    async fn start(address: String, database: &TestDatabase, secrets: &Secrets) -> Self {
        let [signing, root, fields] = [secrets.signing, secrets.root, secrets.fields].map(hex::encode);
        let told = format!("{address} {} {signing} {root} {fields}", database.address());
        let child = Self::spawn(&told);
        let mut process = Self { address, told, child };
        process.wait().await;
        process
    }

    fn spawn(told: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child", "--ignored", "--quiet"])
            .env(CHILD, told)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    }

    async fn wait(&mut self) {
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the child ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the child does not listen");
    }

    /// kill -9, and a new one.
    async fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(&self.told);
        self.wait().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn ready_to_sign(a: &Client, seal: &SealCode, message: &[u8]) -> CloudSignRequest {
    let info = a.call::<SealQuery>(&query()).await.unwrap().data.remove(0);
    let applied = a.call::<ConsentApply>(&application(seal)).await.unwrap().data;
    let ask = ConsentResultRequest { auth_id: applied.auth_id.clone(), seal_code: seal.clone() };
    let given = a.call::<ConsentOutcome>(&ask).await.unwrap().data;
    signing(seal, (applied.auth_id, given.auth_code), info.sign_id, message, SignFormat::P1)
}

/// The same request until it is answered.
async fn insist(a: &Client, request: &CloudSignRequest) -> SignatureValueData {
    for _ in 0..100 {
        match a.call::<CloudSign>(request).await {
            Ok(answer) => return answer.data,
            Err(ClientError::Refused(refusal)) if !refusal.retryable => panic!("{refusal}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("never answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_one_signature_and_every_one_of_them_in_the_log() {
    let database = sqlite(Schema::Platform).await;
    let secrets = Secrets { signing: secret(), root: secret(), fields: secret() };
    let keys = secrets.keys();
    let id = AppId::parse(PLATFORM).unwrap();
    let b = ScriptedSystem::start("SYSB", &id, keys.signing.verifying_key(), &Clock::system()).await;
    // The operator's work, in this process; then the platform serves in the second.
    let a_key = Sm2KeyPair::generate(&Random::system()).unwrap();
    let desk = platform(database.address(), &secrets).await;
    register(&desk, ("SYSA", "0A01"), None, &a_key, grants(&[], &[])).await;
    register(&desk, ("SYSB", "0B01"), Some(&b.base_url), &b.key, grants(&[], &[b.host()])).await;
    let maker = (Purpose::Maker, Some(&b.app_id));
    trust::add(desk.context(), maker, &pki().maker.der(), "admin").await.unwrap();
    drop(desk);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut process = Process::start(port.clone(), &database, &secrets).await;
    let peer = Peer::new(&format!("http://{port}"), id, [keys.signing.verifying_key().clone()]);
    let (seal, _) = filed_by(&b, &b.client(peer.clone()), &contract("ES0001")).await;
    let me = Identity { app_id: AppId::parse("SYSA").unwrap(), signer: Arc::new(a_key) };
    let bounds = Bounds { deadline: Duration::from_secs(15), ..Bounds::default() };
    let a = Client::new(me, peer, Clock::system(), Random::system()).unwrap().with_bounds(bounds);

    let mut handed_out = Vec::new();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        b.behave();
        let message = [u8::try_from(number).unwrap(); 32];
        let request = ready_to_sign(&a, &seal, &message).await;
        b.script(|script| script.transport = Transport::Late(Duration::from_millis(100)));
        let first = {
            let (a, request) = (a.clone(), request.clone());
            tokio::spawn(async move { a.call::<CloudSign>(&request).await.map(|answer| answer.data) })
        };
        tokio::time::sleep(Duration::from_millis(moment)).await;
        process.kill_and_restart().await;
        let signature = insist(&a, &request).await;
        if let Ok(early) = first.await.unwrap() {
            assert_eq!(
                early, signature,
                "what was handed out before the kill is what is handed out after it"
            );
        }
        assert_eq!(b.signatures_made(request.sign_id.as_str()), 1, "killed after {moment} ms");
        handed_out.push(signature.sign_data.text());
    }
    check(&database, &handed_out).await;
    assert_eq!(b.complaints(), Vec::<String>::new());
}

/// The log is whole and holds each signature exactly once.
async fn check(database: &TestDatabase, handed_out: &[String]) {
    let report = sealbridge_platform::evidence::audit(database).await.unwrap();
    assert!(report.good, "{report:?}");
    let mut tx = database.read().await.unwrap();
    let log = storage::evidence::after(&mut tx, 0, 100_000).await.unwrap();
    let released: Vec<String> = log
        .iter()
        .filter(|entry| entry.kind == "signature.released")
        .map(|entry| serde_json::from_slice::<serde_json::Value>(entry.payload.as_deref().unwrap()).unwrap())
        .map(|detail| detail["signature"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(released, handed_out);
}
