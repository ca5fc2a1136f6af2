//! A small seal system on loopback that does what a test tells it: well-behaved, late, garbled, down or lying.
//!
//! It is a real server with real keys, seals and signatures; only its decisions come from a [`Script`]. It checks
//! what the platform sends it, the caller's own forwarded request too, and counts what it was asked.
#![expect(clippy::expect_used, reason = "a test that cannot have its system must stop")]

mod seals;
mod serve;

pub use seals::{ScriptedSeal, SealSpec, make_seal, png};

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Client, Identity, Peer};
use crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};
use http_server::{Entrance, Fingerprint, Shutdown, Tasks, Tls};
use protocol::consent_record::ConsentRecord;
use protocol::tables::{ChangeNoticeRequest, ConsentApplication, SealInfo, SignatureValueData};
use protocol::{AppId, Clock, Code};
use tokio::net::TcpListener;

/// What goes wrong on the way of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Nothing.
    #[default]
    Good,
    /// The work is done and the answer comes so much later.
    Late(Duration),
    /// So much time goes by before the work is begun.
    Slow(Duration),
    /// The body is no JSON, so that the signature is wrong too.
    Garbled,
    /// One byte more than was signed.
    Altered,
    /// The signature is missing.
    Unsigned,
    /// One of the signed headers has another value.
    Header(&'static str, &'static str),
    /// Rightly signed, but `data` has another form.
    OtherForm,
    /// The work is done, and the connection breaks in the middle of the answer.
    Cut,
    /// Nothing is done, and the connection breaks before an answer.
    Hangup,
}

/// TLS certificates one of which the platform has to show; none: it need not. They can be exchanged while it serves.
pub type Demanded = Arc<Mutex<Vec<Fingerprint>>>;

/// A further address of the same system: the same key and the same memory behind it, with a way of its own.
pub struct Door {
    /// Where it serves.
    pub base_url: String,
    transport: Arc<Mutex<Transport>>,
    calls: Arc<AtomicUsize>,
    shutdown: Shutdown,
}

impl Door {
    /// What goes wrong on this way from now on.
    ///
    /// # Panics
    /// When a test panicked while it was held.
    pub fn transport(&self, transport: Transport) {
        *self.transport.lock().expect("no panic while it is held") = transport;
    }

    /// How many requests came this way, probes not counted.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// It goes down: connections are refused from now on.
    pub async fn stop(&self) {
        self.shutdown.begin();
        let address = self.base_url.split("://").last().unwrap_or_default();
        until_refused(address).await;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

async fn until_refused(address: &str) {
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the signer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decision {
    /// Agreed.
    #[default]
    Given,
    /// Nothing yet.
    Pending,
    /// Refused.
    Refused,
    /// Waited too long.
    Expired,
}

/// A change to something that is about to be answered.
pub type Alter<T> = Arc<dyn Fn(&mut T) + Send + Sync>;

/// What the system does; the default is well-behaved.
#[derive(Clone, Default)]
pub struct Script {
    /// What goes wrong on the way.
    pub transport: Transport,
    /// Everything is refused with this code.
    pub refuse: Option<Code>,
    /// What the signer did.
    pub decision: Decision,
    /// Changes each seal of a query.
    pub alter_seal: Option<Alter<SealInfo>>,
    /// Changes the whole list of a query.
    pub alter_seals: Option<Alter<Vec<SealInfo>>>,
    /// Changes the answer to an application for consent.
    pub alter_application: Option<Alter<ConsentApplication>>,
    /// Changes what it states of how the signer agreed.
    pub alter_record: Option<Alter<ConsentRecord>>,
    /// Changes the signature.
    pub alter_signature: Option<Alter<SignatureValueData>>,
}

/// What the system has seen and done.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) script: Script,
    pub(crate) seals: Vec<ScriptedSeal>,
    /// Signatures by signId, as a seal system stores them.
    pub(crate) signed: HashMap<String, SignatureValueData>,
    /// How many signatures were made for each signId.
    pub(crate) made: HashMap<String, usize>,
    /// The voucher of each consent.
    pub(crate) vouchers: HashMap<String, String>,
    /// What it states of each consent.
    pub(crate) records: HashMap<String, ConsentRecord>,
    /// Calls by interface.
    pub(crate) calls: HashMap<&'static str, usize>,
    /// Requests that came, before anything was done for them.
    pub(crate) arrivals: usize,
    /// What the platform told of changes.
    pub(crate) notices: Vec<ChangeNoticeRequest>,
    /// What was wrong with what the platform sent.
    pub(crate) complaints: Vec<String>,
}

/// A running scripted system. It stops when it is dropped.
pub struct ScriptedSystem {
    /// Its appId.
    pub app_id: AppId,
    /// Where it serves.
    pub base_url: String,
    /// Its key, registered at the platform.
    pub key: Sm2KeyPair,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    memory: Arc<Mutex<Memory>>,
    platform: (AppId, VerifyingKey),
    shutdown: Shutdown,
    /// Ends with the server.
    server: Mutex<Option<tokio::task::JoinHandle<std::io::Result<()>>>>,
}

impl ScriptedSystem {
    /// Starts a system that serves the platform `platform` with the key `platform_key`.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn start(app_id: &str, platform: &AppId, platform_key: &VerifyingKey, clock: &Clock) -> Self {
        let random = Random::system();
        let key = Sm2KeyPair::generate(&random).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let memory = Arc::<Mutex<Memory>>::default();
        let system = Self {
            app_id: AppId::parse(app_id).expect("an appId"),
            base_url: format!("http://{address}"),
            key,
            clock: clock.clone(),
            random,
            memory,
            platform: (platform.clone(), platform_key.clone()),
            shutdown: Shutdown::new(),
            server: Mutex::default(),
        };
        let tasks = Tasks::default();
        let router = serve::router(&system, tasks.clone(), Demanded::default());
        let shutdown = system.shutdown.clone();
        let server = tokio::spawn(http_server::serve(listener, router, tasks, shutdown));
        *system.server.lock().expect("nobody panicked") = Some(server);
        system
    }

    /// Opens a further address of this system.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn door(&self) -> Door {
        self.door_with(Entrance::default(), Demanded::default()).await
    }

    /// Opens a further address that speaks TLS, and lets in whoever shows one of these certificates.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn secure_door(&self, tls: Tls, demanded: Demanded) -> Door {
        self.door_with(Entrance { tls: Some(tls), ..Entrance::default() }, demanded).await
    }

    async fn door_with(&self, entrance: Entrance, demanded: Demanded) -> Door {
        let scheme = if entrance.tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let door = Door {
            base_url: format!("{scheme}://{address}"),
            transport: Arc::default(),
            calls: Arc::default(),
            shutdown: Shutdown::new(),
        };
        let tasks = Tasks::default();
        let way = (Arc::clone(&door.transport), Arc::clone(&door.calls));
        let router = serve::behind(serve::router(self, tasks.clone(), demanded), way);
        let shutdown = door.shutdown.clone();
        tokio::spawn(http_server::serve_at(entrance, listener, router, tasks, shutdown));
        door
    }

    /// What it does from now on.
    pub fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.memory().script);
    }

    /// It behaves well again.
    pub fn behave(&self) {
        self.memory().script = Script::default();
    }

    /// It has this seal.
    pub fn add(&self, seal: ScriptedSeal) {
        self.memory().seals.push(seal);
    }

    /// Changes the seals it has.
    pub fn change_seals(&self, change: impl FnOnce(&mut Vec<ScriptedSeal>)) {
        change(&mut self.memory().seals);
    }

    /// How often an interface was called.
    pub fn calls(&self, interface: &str) -> usize {
        self.memory().calls.get(interface).copied().unwrap_or_default()
    }

    /// What it was told of changes, and acknowledged or refused, in the order in which it came.
    pub fn notices(&self) -> Vec<ChangeNoticeRequest> {
        self.memory().notices.clone()
    }

    /// How many requests reached it, whatever became of them.
    pub fn arrivals(&self) -> usize {
        self.memory().arrivals
    }

    /// How many signatures it made for a signId.
    pub fn signatures_made(&self, sign_id: &str) -> usize {
        self.memory().made.get(sign_id).copied().unwrap_or_default()
    }

    /// What was wrong with what the platform sent; a test ends with none.
    pub fn complaints(&self) -> Vec<String> {
        self.memory().complaints.clone()
    }

    /// Host and port of its consent pages.
    pub fn host(&self) -> String {
        self.base_url.trim_start_matches("http://").to_owned()
    }

    /// It goes down: connections are refused from now on.
    ///
    /// # Panics
    /// When a test panicked while it held the lock.
    pub async fn stop(&self) {
        self.shutdown.begin();
        let server = self.server.lock().expect("nobody panicked").take();
        if let Some(server) = server {
            // A request that lasts is not waited for: nobody is let in any more by then.
            drop(tokio::time::timeout(Duration::from_secs(2), server).await);
        }
        until_refused(&self.host()).await;
    }

    /// A client that calls the platform as this system.
    ///
    /// # Panics
    /// When no connection pool can be made.
    pub fn client(&self, platform: Peer) -> Client {
        let signer: Arc<dyn Signer> = Arc::new(self.key.clone());
        let me = Identity { app_id: self.app_id.clone(), signer };
        Client::new(me, platform, self.clock.clone(), self.random.clone()).expect("a client")
    }

    pub(crate) fn platform(&self) -> &(AppId, VerifyingKey) {
        &self.platform
    }

    pub(crate) fn shared(&self) -> Arc<Mutex<Memory>> {
        Arc::clone(&self.memory)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic while the memory is held")
    }
}

impl Drop for ScriptedSystem {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}
