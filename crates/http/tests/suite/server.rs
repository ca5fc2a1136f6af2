//! A server with a gatekeeper that tests can set up, and requests to it.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crypto::{Random, Signer, Sm2KeyPair};
use jiff::{SignedDuration, Timestamp};
use protocol::endpoints::{ConsentOutcome, DocumentVerify, SealStateChange};
use protocol::lists::{Indication, SealState};
use protocol::schema::RequestTable;
use protocol::tables::{DocumentReport, StateRequest};
use protocol::wire::{Canonical, Detail, Params, sign};
use protocol::{ApiError, AppId, Clock, Code, Endpoint, Head, MillisTime, Nonce, ParamValue, SealCode};
use sealbridge_http::{
    Admitted, AnswerSigner, Api, Caller, CallerKey, Done, Entrance, Fingerprint, Gatekeeper, KeyState,
    Limits, Metrics, Outgoing, Shutdown, Source, Tasks, serve_at,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::raw::{self, Answer};

/// Key pairs that live as long as the program: the server's, the caller's, somebody else's.
pub(crate) fn pair(which: usize) -> &'static Arc<Sm2KeyPair> {
    static PAIRS: OnceLock<Vec<Arc<Sm2KeyPair>>> = OnceLock::new();
    let make = || (0..4).map(|_| Arc::new(Sm2KeyPair::generate(&Random::system()).unwrap())).collect();
    &PAIRS.get_or_init(make)[which]
}

pub(crate) const SERVER: usize = 0;
pub(crate) const CALLER: usize = 1;
pub(crate) const RETIRED: usize = 2;
pub(crate) const OTHER: usize = 3;

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn app(text: &str) -> AppId {
    AppId::parse(text).unwrap()
}

type Remembered = HashSet<(AppId, MillisTime, Nonce)>;

/// What a test sets and looks at.
#[derive(Default)]
pub(crate) struct Knobs {
    /// What asking for a caller's keys answers instead.
    pub(crate) refuse: Mutex<Option<Code>>,
    /// Whether the store of nonces is in doubt.
    pub(crate) in_doubt: AtomicBool,
    /// Whether the caller's rate is used up.
    pub(crate) fast: AtomicBool,
    /// Whether evidence cannot be kept.
    pub(crate) no_evidence: AtomicBool,
    /// Whether the caller has no active key.
    pub(crate) no_active: AtomicBool,
    /// Whether the sandbox explains signatures.
    pub(crate) sandbox: AtomicBool,
    pub(crate) nonces: Mutex<Remembered>,
    /// Codes of the answers kept as evidence.
    pub(crate) evidence: Mutex<Vec<String>>,
    /// Addresses callers were seen at.
    pub(crate) addresses: Mutex<Vec<IpAddr>>,
    /// The certificates they showed.
    pub(crate) certificates: Mutex<Vec<Option<Fingerprint>>>,
    /// Work that came to its end.
    pub(crate) worked: Mutex<u32>,
}

struct Gate(Arc<Knobs>);

impl Gatekeeper for Gate {
    async fn keys(
        &self,
        app_id: &AppId,
        _: &'static str,
        source: &Source,
    ) -> Result<Vec<CallerKey>, ApiError> {
        self.0.addresses.lock().unwrap().push(source.address);
        self.0.certificates.lock().unwrap().push(source.certificate);
        if let Some(code) = *self.0.refuse.lock().unwrap() {
            return Err(ApiError::new(code));
        }
        if app_id.as_str() != "A1" {
            return Err(ApiError::new(Code::UnknownCaller));
        }
        let of = |which: usize, state| CallerKey { key: raw::key_of(&**pair(which)).clone(), state };
        let active =
            if self.0.no_active.load(Ordering::SeqCst) { KeyState::Inactive } else { KeyState::Active };
        Ok(vec![of(CALLER, active), of(RETIRED, KeyState::Inactive)])
    }

    async fn remember(&self, app_id: &AppId, time: MillisTime, nonce: Nonce) -> Result<bool, ApiError> {
        if self.0.in_doubt.load(Ordering::SeqCst) {
            return Err(ApiError::busy(Duration::from_millis(700), "the store of nonces is in doubt"));
        }
        Ok(self.0.nonces.lock().unwrap().insert((app_id.clone(), time, nonce)))
    }

    fn pass(&self, _: &AppId, _: &'static str) -> Result<(), Duration> {
        if self.0.fast.load(Ordering::SeqCst) { Err(Duration::from_millis(1500)) } else { Ok(()) }
    }

    async fn answered(&self, _: &Caller, _: &'static str, answer: &Outgoing) -> Result<(), ApiError> {
        if self.0.no_evidence.load(Ordering::SeqCst) {
            return Err(ApiError::busy(Duration::from_secs(1), "evidence cannot be kept"));
        }
        assert!(answer.headers.is_some(), "what is kept is signed");
        self.0.evidence.lock().unwrap().push(answer.code.clone());
        Ok(())
    }

    fn detail(&self) -> Detail {
        if self.0.sandbox.load(Ordering::SeqCst) { Detail::Sandbox } else { Detail::Terse }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) knobs: Arc<Knobs>,
    pub(crate) metrics: Metrics,
    pub(crate) shutdown: Shutdown,
    pub(crate) ended: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::build(limits, Entrance::default(), |api| api).await
    }

    pub(crate) async fn with_limits_behind(limits: Limits, proxies: &[&str]) -> Self {
        let proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Self::build(limits, Entrance::default(), |api| api.behind(proxies)).await
    }

    pub(crate) async fn behind(proxies: &[&str]) -> Self {
        Self::at(Entrance::default(), proxies).await
    }

    pub(crate) async fn at(entrance: Entrance, proxies: &[&str]) -> Self {
        let proxies = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Self::build(Limits::default(), entrance, |api| api.behind(proxies)).await
    }

    async fn build(limits: Limits, entrance: Entrance, change: impl FnOnce(Api<Gate>) -> Api<Gate>) -> Self {
        let knobs = Arc::new(Knobs::default());
        let metrics = Metrics::new().unwrap();
        let (tasks, shutdown) = (Tasks::default(), Shutdown::new());
        let signer = Arc::clone(pair(SERVER)) as Arc<dyn Signer>;
        let answers = AnswerSigner::new(app("server"), signer, Clock::fixed(now()), Random::system());
        let api = Api::new(Gate(Arc::clone(&knobs)), answers, limits, metrics.clone(), tasks.clone());
        let work = Arc::clone(&knobs);
        let api = change(api)
            .endpoint::<SealStateChange, _, _>(move |admitted| state(Arc::clone(&work), admitted))
            .endpoint::<ConsentOutcome, _, _>(|_| async { Err(ApiError::new(Code::ConsentPending)) })
            .endpoint::<DocumentVerify, _, _>(verify)
            .resource("/api/v1/time", || async { Done::data(&"now") })
            .resource("/broken", || async { panic!("a resource that panics") });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ended = tokio::spawn(serve_at(entrance, listener, api.into_router(), tasks, shutdown.clone()));
        Self { address, knobs, metrics, shutdown, ended }
    }

    /// Sends signed parameters and checks that the answer is signed for them.
    pub(crate) async fn post(&self, path: &str, signed: &Signed) -> Answer {
        let answer =
            raw::send(self.address, "POST", path, "application/json", &signed.params.to_json()).await;
        let bound = answer.believe(
            &app("server"),
            Some((&app("A1"), &signed.canonical)),
            raw::key_of(&**pair(SERVER)),
            now(),
        );
        assert_eq!(bound, Ok(protocol::wire::Bound::Yes), "{answer:?}");
        answer
    }

    /// Sends a body as it is and checks that the answer is signed, bound to no request.
    pub(crate) async fn post_raw(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let answer = raw::send(self.address, "POST", path, kind, body).await;
        unbound(&answer);
        answer
    }
}

/// Checks that an answer is signed, bound to no request.
pub(crate) fn unbound(answer: &Answer) {
    let bound = answer.believe(&app("server"), None, raw::key_of(&**pair(SERVER)), now());
    assert_eq!(bound, Ok(protocol::wire::Bound::No), "{answer:?}");
}

/// What the state interface does here: enabling answers, disabling waits a little, revoking panics.
async fn state(knobs: Arc<Knobs>, admitted: Admitted<StateRequest>) -> Result<Done, ApiError> {
    match admitted.request.state {
        SealState::Enabled => {}
        SealState::Disabled => tokio::time::sleep(Duration::from_millis(400)).await,
        SealState::Revoked => panic!("the work fails"),
    }
    *knobs.worked.lock().unwrap() += 1;
    Done::data(&())
}

async fn verify(admitted: Admitted<protocol::tables::DocumentVerifyRequest>) -> Result<Done, ApiError> {
    let upload = admitted.upload.ok_or_else(|| ApiError::fault("no file"))?;
    assert_eq!(admitted.request.file, upload.sm3);
    Done::data(&DocumentReport {
        file_name: upload.file_name.clone(),
        file_size: upload.bytes.len() as u64,
        sign_count: 0,
        verify_result: false,
        details: Vec::new(),
        indication: Indication::Indeterminate,
        sub_indication: None,
        hint: None,
        report: None,
        report_key_id: None,
        report_sign: None,
    })
}

/// A signed request.
pub(crate) struct Signed {
    pub(crate) params: Params,
    pub(crate) canonical: Canonical,
}

/// How a request is made, to be changed by tests.
pub(crate) struct Making {
    pub(crate) app_id: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) seconds: i64,
    pub(crate) nonce: u32,
    pub(crate) key: usize,
    pub(crate) state: SealState,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            app_id: "A1",
            audience: "server",
            seconds: 0,
            nonce: 7,
            key: CALLER,
            state: SealState::Enabled,
        }
    }
}

impl Making {
    pub(crate) fn state_request(&self) -> Signed {
        let request = StateRequest {
            seal_code: SealCode::parse("E11101080A0101000000001F").unwrap(),
            state: self.state,
        };
        let mut params = Params::new();
        request.write(&mut params);
        self.sign::<SealStateChange>(params)
    }

    /// Adds the head and signs.
    pub(crate) fn sign<E: Endpoint>(&self, mut params: Params) -> Signed {
        let time = MillisTime::of(now() + SignedDuration::from_secs(self.seconds));
        Head::write(&app(self.app_id), Some(time), Nonce::new(self.nonce), &mut params);
        let canonical = Canonical::of(&E::INFO.target(&app(self.audience)), &params).unwrap();
        let value = sign(&**pair(self.key), canonical.bytes()).unwrap();
        params.insert("sign", ParamValue::Text(value)).unwrap();
        Signed { params, canonical }
    }
}
