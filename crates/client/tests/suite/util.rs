//! Keys, identities and a server of ours.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};
use http_server::{
    Admitted, AnswerSigner, Api, CallerKey, Done, Gatekeeper, KeyState, Limits, Metrics, Shutdown, Source,
    Tasks, serve,
};
use jiff::{SignedDuration, Timestamp};
use protocol::endpoints::{ConsentApply, DocumentVerify, SealFiling, SealQuery, SealStateChange};
use protocol::lists::{BizType, CertType, Indication, OwnerKind, SealState, SealType};
use protocol::resources::{KEYS, PublishedKey, PublishedKeys, ServerTime, TIME};
use protocol::tables::{
    ConsentApplication, ConsentApplyRequest, DocumentReport, FilingRequest, SealQueryRequest, StateRequest,
};
use protocol::{ApiError, AppId, AuthId, Clock, Code, Endpoint, MillisTime, Nonce, Origin, SealCode};
use sealbridge_client::{Bounds, Client, Identity, Peer};
use tokio::net::TcpListener;

/// Key pairs that live as long as the program.
pub(crate) fn pair(which: usize) -> &'static Arc<Sm2KeyPair> {
    static PAIRS: OnceLock<Vec<Arc<Sm2KeyPair>>> = OnceLock::new();
    let make = || (0..4).map(|_| Arc::new(Sm2KeyPair::generate(&Random::system()).unwrap())).collect();
    &PAIRS.get_or_init(make)[which]
}

pub(crate) const SERVER: usize = 0;
pub(crate) const CALLER: usize = 1;
pub(crate) const ROOT: usize = 2;
pub(crate) const OTHER: usize = 3;

pub(crate) fn public(which: usize) -> VerifyingKey {
    pair(which).verifying_key().clone()
}

pub(crate) fn app(text: &str) -> AppId {
    AppId::parse(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// A client of the system called `server` at an address, with short bounds.
pub(crate) fn client(base: &str) -> Client {
    client_at(base, now())
}

pub(crate) fn client_at(base: &str, at: Timestamp) -> Client {
    let me = Identity { app_id: app("A1"), signer: Arc::clone(pair(CALLER)) as Arc<dyn Signer> };
    let peer = Peer::new(base, app("server"), [public(SERVER)]);
    let bounds = Bounds { deadline: Duration::from_secs(2), max_answer: 100_000 };
    Client::new(me, peer, Clock::fixed(at), Random::system()).unwrap().with_bounds(bounds)
}

pub(crate) fn seal_code() -> SealCode {
    SealCode::parse("E11101080A0101000000001F").unwrap()
}

pub(crate) fn state(state: SealState) -> StateRequest {
    StateRequest { seal_code: seal_code(), state }
}

pub(crate) fn filing(code: Option<&str>) -> FilingRequest {
    FilingRequest {
        code: code.map(|code| code.parse().unwrap()),
        seal_code: None,
        name: "合同专用章".parse().unwrap(),
        seal_type: SealType::Contract,
        ukey_id: None,
        cert_number: None,
        possessor: "示例科技有限公司".parse().unwrap(),
        possessor_cert_no: "91110000802100433B".parse().unwrap(),
        possessor_type: OwnerKind::Organisation,
        biz_type: BizType::File,
        cert_type: CertType::Cloud,
        valid_start: None,
        valid_end: None,
        seal_data: None,
        cert_data: None,
    }
}

pub(crate) fn consent() -> ConsentApplyRequest {
    ConsentApplyRequest {
        org_code: None,
        name: None,
        id_card: None,
        mobile: "13800001234".parse().unwrap(),
        seal_code: seal_code(),
        redirect_url: None,
        doc_hash: None,
        hash_type: None,
        doc_name: None,
        sign_id: None,
        expire_time: None,
        doc_hashes: None,
        doc_names: None,
    }
}

/// What the server of these tests was asked.
#[derive(Default)]
pub(crate) struct Seen {
    nonces: Mutex<HashSet<(MillisTime, Nonce)>>,
    pub(crate) calls: AtomicU32,
    /// How many calls are answered 90001 first.
    pub(crate) busy: AtomicU32,
    pub(crate) origins: Mutex<Vec<AppId>>,
}

impl Seen {
    fn call(&self) -> Result<(), ApiError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let left = self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { Err(ApiError::busy(Duration::from_millis(10), "a test")) } else { Ok(()) }
    }
}

struct Gate(Arc<Seen>);

impl Gatekeeper for Gate {
    async fn keys(&self, _: &AppId, _: &'static str, _: &Source) -> Result<Vec<CallerKey>, ApiError> {
        Ok(vec![CallerKey { key: public(CALLER), state: KeyState::Active }])
    }

    async fn remember(&self, _: &AppId, time: MillisTime, nonce: Nonce) -> Result<bool, ApiError> {
        Ok(self.0.nonces.lock().unwrap().insert((time, nonce)))
    }

    fn pass(&self, _: &AppId, _: &'static str) -> Result<(), Duration> {
        Ok(())
    }
}

/// A server of ours; returns its base address.
pub(crate) async fn server(seen: Arc<Seen>) -> String {
    let signer = Arc::clone(pair(SERVER)) as Arc<dyn Signer>;
    let answers = AnswerSigner::new(app("server"), signer, Clock::fixed(now()), Random::system());
    let tasks = Tasks::default();
    let metrics = Metrics::new().unwrap();
    let api = Api::new(Gate(Arc::clone(&seen)), answers, Limits::default(), metrics, tasks.clone());
    let with = |seen: &Arc<Seen>| Arc::clone(seen);
    let (a, b, c, d) = (with(&seen), with(&seen), with(&seen), with(&seen));
    let api = api
        .endpoint::<SealFiling, _, _>(move |_| filed(Arc::clone(&a)))
        .endpoint::<SealStateChange, _, _>(move |admitted| switched(Arc::clone(&b), admitted))
        .endpoint::<ConsentApply, _, _>(move |_| applied(Arc::clone(&c)))
        .endpoint::<SealQuery, _, _>(move |admitted| queried(Arc::clone(&d), admitted))
        .endpoint::<DocumentVerify, _, _>(verified)
        .resource(TIME.path, || async { Done::data(&ServerTime::of(now())) })
        .resource(KEYS.path, || async { Done::data(&published()) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, api.into_router(), tasks, Shutdown::new()));
    base
}

pub(crate) fn published() -> PublishedKeys {
    let day = SignedDuration::from_hours(24);
    let key = PublishedKey::new(&public(SERVER), now() - day, now() + day);
    PublishedKeys::signed(app("server"), vec![key], now(), &**pair(ROOT)).unwrap()
}

async fn filed(seen: Arc<Seen>) -> Result<Done, ApiError> {
    seen.call()?;
    Done::data(&seal_code())
}

async fn switched(seen: Arc<Seen>, admitted: Admitted<StateRequest>) -> Result<Done, ApiError> {
    seen.call()?;
    match admitted.request.state {
        SealState::Revoked => Err(ApiError::new(Code::StateForbids)),
        _ => Done::data(&()),
    }
}

async fn applied(seen: Arc<Seen>) -> Result<Done, ApiError> {
    seen.call()?;
    Done::data(&ConsentApplication {
        auth_url: "https://seal.example.cn/c/x".into(),
        client_type: protocol::lists::ClientType::H5,
        auth_id: AuthId::parse("0f8fad5bd9cb469fa16570867728950e").unwrap(),
    })
}

/// Holds a forwarded caller to what it signed, as a seal system does.
async fn queried(seen: Arc<Seen>, admitted: Admitted<SealQueryRequest>) -> Result<Done, ApiError> {
    if let Some(origin) = Origin::read(&admitted.params)? {
        let platform = admitted.caller.app_id.clone();
        let request = origin.verify(&<SealQuery as Endpoint>::INFO.target(&platform))?;
        request.agree(&admitted.params, &[])?;
        seen.origins.lock().unwrap().push(request.app_id);
    }
    Done::data(&Vec::<protocol::tables::SealInfo>::new())
}

async fn verified(admitted: Admitted<protocol::tables::DocumentVerifyRequest>) -> Result<Done, ApiError> {
    let upload = admitted.upload.ok_or_else(|| ApiError::fault("no file"))?;
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
