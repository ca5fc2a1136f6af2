//! A platform with a caller A and a scripted seal system B, over real HTTP on loopback and a real database file.

pub(crate) mod child;
pub(crate) mod raw;

use std::sync::Arc;
use std::time::Duration;

use client::{Answer, Client, ClientError, Identity, Peer};
use crypto::{FieldCipher, Random, Signer, Sm2KeyPair};
use jiff::{SignedDuration, Timestamp};
use sealbridge_platform as platform;

use platform::config::Config;
use platform::onboarding::{self, Grants, KeyMaterial, NewKey, NewSystem, Proof};
use platform::{Keys, Platform, trust};
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealFiling, SealQuery, SealStateChange};
use protocol::lists::{
    BizType, CertType, HashType, OwnerKind, SealState, SealType, SealTypeFilter, SignFormat,
};
use protocol::tables::{
    CloudSignRequest, ConsentApplication, ConsentApplyRequest, ConsentResultRequest, FilingRequest, SealInfo,
    SealQueryRequest, SignatureValueData, StateRequest,
};
use protocol::{
    AppId, AuthCode, AuthId, Base64Data, BusinessCode, CertNumber, ENDPOINTS, IdCard, Mobile, OrgCode,
    PartyName, PartyNumber, SealCode, SealName, SignId, UkeyId, Uscc,
};
use storage::Schema;
use storage::platform::systems::SystemState;
use storage::platform::trust::Purpose;
use testkit::clock::TestClock;
use testkit::databases::{TestDatabase, sqlite};
use testkit::pki::{Party, TEST_USCC, at, pki};
use testkit::scripted_system::{ScriptedSeal, ScriptedSystem, SealSpec, make_seal};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const NOW: &str = "2026-06-01T04:00:00Z";
pub(crate) const PLATFORM: &str = "test-platform";
pub(crate) const PERSON: &str = "11010519491231002X";

/// The ids and system codes of the caller and of the seal system of a platform.
pub(crate) type Names = [(&'static str, &'static str); 2];

/// One platform with its surroundings.
pub(crate) struct World {
    pub(crate) platform: Arc<Platform>,
    pub(crate) clock: TestClock,
    pub(crate) database: TestDatabase,
    pub(crate) keys: Keys,
    pub(crate) config: Config,
    pub(crate) peer: Peer,
    /// Caller A, who only asks.
    pub(crate) a: Caller,
    /// Seal system B.
    pub(crate) b: ScriptedSystem,
    /// B as a caller.
    pub(crate) b_client: Client,
    server: Option<(http_server::Shutdown, JoinHandle<std::io::Result<()>>)>,
}

/// A caller with its key.
pub(crate) struct Caller {
    pub(crate) app_id: AppId,
    pub(crate) key: Sm2KeyPair,
    pub(crate) client: Client,
}

pub(crate) fn platform_keys() -> Keys {
    let random = Random::system();
    let signer = || -> Arc<dyn Signer> { Arc::new(Sm2KeyPair::generate(&random).unwrap()) };
    Keys { signing: signer(), root: signer(), fields: FieldCipher::new(&random.bytes()) }
}

pub(crate) fn config() -> Config {
    let mut config = Config::default();
    PLATFORM.clone_into(&mut config.platform.id);
    config.limits.rate = platform::config::Rate { per_second: 1000, burst: 1000 };
    config.limits.system_rate = config.limits.rate;
    config.times.route_ms = 1_500;
    config.times.sign_ms = 1_500;
    config.times.jobs_ms = 600_000;
    // Probes are made where a test wants them.
    config.routing.probe_ms = 0;
    // So is another platform's feed read.
    config.federation.follow_seconds = 0;
    // Systems go live with two administrators and without papers; the whole way has tests of its own.
    config.onboarding.way = platform::config::Way::Short;
    config
}

/// Everything there is to be granted.
pub(crate) fn all_interfaces() -> Vec<String> {
    ENDPOINTS.iter().map(|endpoint| endpoint.name.to_owned()).collect()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        Self::on(sqlite(Schema::Platform).await, config).await
    }

    pub(crate) async fn on(database: TestDatabase, config: Config) -> Self {
        Self::named(database, config, [("SYSA", "0A01"), ("SYSB", "0B01")], TestClock::at(NOW)).await
    }

    pub(crate) async fn named(
        database: TestDatabase,
        config: Config,
        [of_a, of_b]: Names,
        clock: TestClock,
    ) -> Self {
        let keys = platform_keys();
        let platform = start(&config, &database, &keys, &clock).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let id = AppId::parse(&config.platform.id).unwrap();
        let peer = Peer::new(&base_url, id.clone(), [keys.signing.verifying_key().clone()]);
        let b = ScriptedSystem::start(of_b.0, &id, keys.signing.verifying_key(), &clock.clock()).await;
        let context = platform.context();
        let a_key = Sm2KeyPair::generate(&Random::system()).unwrap();
        register(&platform, of_a, None, &a_key, grants(&[], &[])).await;
        let hosts = [b.host()];
        register(&platform, of_b, Some(&b.base_url), &b.key, grants(&[], &hosts)).await;
        let root = &pki().root.der();
        trust::add(context, (Purpose::Root, None), root, "admin").await.unwrap();
        let sub = &pki().sub.der();
        trust::add(context, (Purpose::Intermediate, None), sub, "admin").await.unwrap();
        let maker = &pki().maker.der();
        trust::add(context, (Purpose::Maker, Some(&b.app_id)), maker, "admin").await.unwrap();
        let a = caller(of_a.0, a_key, &peer, &clock);
        let b_client = b.client(peer.clone());
        let server = Some(serve(&platform, listener));
        Self { platform, clock, database, keys, config, peer, a, b, b_client, server }
    }

    /// Stops the server and starts the platform anew over the same database and address.
    pub(crate) async fn restart(&mut self) {
        let (shutdown, server) = self.server.take().unwrap();
        shutdown.begin();
        server.await.unwrap().unwrap();
        self.platform = start(&self.config, &self.database, &self.keys, &self.clock).await;
        let address = self.address();
        let listener = loop {
            match TcpListener::bind(&address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        self.server = Some(serve(&self.platform, listener));
    }

    /// Host and port of the platform.
    pub(crate) fn address(&self) -> String {
        self.peer.base_url.trim_start_matches("http://").to_owned()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.clock().now()
    }

    /// Registers a further caller.
    pub(crate) async fn caller(&self, app_id: &str, code: &str, grants: Grants) -> Caller {
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        register(&self.platform, (app_id, code), None, &key, grants).await;
        caller(app_id, key, &self.peer, &self.clock)
    }

    /// Registers a further scripted system with the test maker.
    pub(crate) async fn system(&self, app_id: &str, code: &str) -> ScriptedSystem {
        let id = AppId::parse(&self.config.platform.id).unwrap();
        let key = self.keys.signing.verifying_key();
        let system = ScriptedSystem::start(app_id, &id, key, &self.clock.clock()).await;
        let hosts = [system.host()];
        register(&self.platform, (app_id, code), Some(&system.base_url), &system.key, grants(&[], &hosts))
            .await;
        let maker = &pki().maker.der();
        let maker_of = (Purpose::Maker, Some(&system.app_id));
        trust::add(self.platform.context(), maker_of, maker, "admin").await.unwrap();
        system
    }

    /// B files a seal of its own making, with its data, and serves it from then on.
    pub(crate) async fn filed(&self, spec: &SealSpec<'_>) -> (SealCode, ScriptedSeal) {
        filed_by(&self.b, &self.b_client, spec).await
    }

    /// Files the usual cloud seal.
    pub(crate) async fn contract_seal(&self) -> (SealCode, ScriptedSeal) {
        self.filed(&contract("ES0001")).await
    }

    /// Gets the one seal there is.
    pub(crate) async fn get(&self) -> SealInfo {
        let answer = self.a.client.call::<SealQuery>(&query()).await.unwrap();
        answer.data.into_iter().next().unwrap()
    }

    /// A consent that was given, with its voucher.
    pub(crate) async fn consent(&self, seal: &SealCode, document: Option<&[u8]>) -> (AuthId, AuthCode) {
        let mut request = application(seal);
        request.doc_hash = document.map(|hash| Base64Data::from(hash.to_vec()));
        let application = self.a.client.call::<ConsentApply>(&request).await.unwrap().data;
        self.voucher(seal, &application).await
    }

    pub(crate) async fn voucher(
        &self,
        seal: &SealCode,
        application: &ConsentApplication,
    ) -> (AuthId, AuthCode) {
        let auth_id = application.auth_id.clone();
        let request = ConsentResultRequest { auth_id: auth_id.clone(), seal_code: seal.clone() };
        let result = self.a.client.call::<ConsentOutcome>(&request).await.unwrap().data;
        (auth_id, result.auth_code)
    }

    /// Everything that a signature needs: the seal was got, the signer agreed.
    pub(crate) async fn ready_to_sign(&self, message: &[u8], format: SignFormat) -> CloudSignRequest {
        let info = self.get().await;
        let (auth_id, auth_code) = self.consent(&info.seal_code, None).await;
        signing(&info.seal_code, (auth_id, auth_code), info.sign_id, message, format)
    }

    pub(crate) async fn sign(
        &self,
        request: &CloudSignRequest,
    ) -> Result<Answer<SignatureValueData>, ClientError> {
        self.a.client.call::<CloudSign>(request).await
    }

    pub(crate) async fn set_state(&self, seal: &SealCode, state: SealState) -> Result<(), ClientError> {
        let request = StateRequest { seal_code: seal.clone(), state };
        self.b_client.call::<SealStateChange>(&request).await.map(|answer| answer.data)
    }

    /// Entries of the evidence log of a kind.
    pub(crate) async fn evidence(&self, kind: &str) -> Vec<serde_json::Value> {
        let mut tx = self.database.read().await.unwrap();
        let all = storage::evidence::after(&mut tx, 0, 100_000).await.unwrap();
        all.into_iter()
            .filter(|entry| entry.kind == kind)
            .map(|entry| serde_json::from_slice(&entry.payload.unwrap()).unwrap())
            .collect()
    }

    /// The log is whole and nobody complained about what the platform sent.
    pub(crate) async fn check(&self) {
        let report = platform::evidence::audit(&self.database).await.unwrap();
        assert!(report.good, "{report:?}");
        assert_eq!(self.b.complaints(), Vec::<String>::new());
    }
}

async fn start(config: &Config, database: &TestDatabase, keys: &Keys, clock: &TestClock) -> Arc<Platform> {
    let database = database.reopen().await;
    let platform =
        Platform::new(config.clone(), database, keys.clone(), clock.clock(), Random::system()).await;
    Arc::new(platform.unwrap())
}

fn serve(
    platform: &Arc<Platform>,
    listener: TcpListener,
) -> (http_server::Shutdown, JoinHandle<std::io::Result<()>>) {
    let shutdown = http_server::Shutdown::new();
    let (platform, told) = (Arc::clone(platform), shutdown.clone());
    (shutdown, tokio::spawn(async move { platform.serve(listener, told).await }))
}

fn caller(app_id: &str, key: Sm2KeyPair, peer: &Peer, clock: &TestClock) -> Caller {
    let app_id = AppId::parse(app_id).unwrap();
    let me = Identity { app_id: app_id.clone(), signer: Arc::new(key.clone()) };
    let client = Client::new(me, peer.clone(), clock.clock(), Random::system()).unwrap();
    Caller { app_id, key, client }
}

pub(crate) fn grants(redirects: &[String], consent_hosts: &[String]) -> Grants {
    Grants {
        addresses: vec!["127.0.0.0/8".to_owned()],
        interfaces: all_interfaces(),
        redirects: redirects.to_vec(),
        consent_hosts: consent_hosts.to_vec(),
        client_certificates: Vec::new(),
    }
}

/// Registers a system with one key and brings it online.
pub(crate) async fn register(
    platform: &Platform,
    (app_id, code): (&str, &str),
    base_url: Option<&str>,
    key: &Sm2KeyPair,
    grants: Grants,
) {
    let context = platform.context();
    let app_id = AppId::parse(app_id).unwrap();
    let new = NewSystem {
        app_id: app_id.clone(),
        code: code.to_owned(),
        name: format!("系统{app_id}"),
        uscc: Uscc::parse(TEST_USCC).unwrap(),
        base_url: base_url.map(str::to_owned),
        dest_host: Some("https://agent.example.cn".to_owned()),
        personal_data: false,
        grants,
    };
    onboarding::register_system(context, &new, "admin").await.unwrap();
    register_key(platform, &app_id, key, (-1, 365)).await;
    onboarding::set_state(context, &app_id, SystemState::Online, ("second admin", None)).await.unwrap();
}

/// Registers and approves a key for so many days from now.
pub(crate) async fn register_key(
    platform: &Platform,
    app_id: &AppId,
    key: &Sm2KeyPair,
    days: (i64, i64),
) -> String {
    let context = platform.context();
    let day = |days: i64| context.now() + SignedDuration::from_hours(24 * days);
    let challenge = onboarding::challenge(context, app_id);
    let proof = Proof { signature: key.sign(challenge.as_bytes()).unwrap(), challenge };
    let new = NewKey {
        app_id: app_id.clone(),
        material: KeyMaterial::PublicKey(key.verifying_key().spki_der().to_vec()),
        not_before: day(days.0),
        not_after: day(days.1),
        proof,
    };
    let key_id = onboarding::register_key(context, &new, "admin").await.unwrap();
    onboarding::approve_key(context, &key_id, "second admin").await.unwrap();
    key_id
}

/// A cloud seal of the test organisation.
pub(crate) fn contract(es_id: &str) -> SealSpec<'_> {
    SealSpec {
        es_id,
        name: "示例科技有限公司合同专用章",
        seal_type: SealType::Contract,
        owner: TEST_USCC,
        cert_type: CertType::Cloud,
        ukey_id: None,
        maker: maker(),
        signer: signer(),
        valid: (at("2026-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")),
    }
}

pub(crate) fn maker() -> &'static Party {
    &pki().maker
}

pub(crate) fn signer() -> &'static Party {
    &pki().signer
}

/// The request that files a seal.
pub(crate) fn filing(seal: &ScriptedSeal, code: &str) -> FilingRequest {
    FilingRequest {
        code: Some(BusinessCode::parse(code).unwrap()),
        seal_code: None,
        name: SealName::parse(seal.name.as_str()).unwrap(),
        seal_type: seal.seal_type,
        ukey_id: seal.ukey_id.clone(),
        cert_number: Some(CertNumber::from_bytes(&seal.certificate.serial)),
        possessor: PartyName::parse(if seal.owner_kind == OwnerKind::Person {
            "张三丰"
        } else {
            "示例科技有限公司"
        })
        .unwrap(),
        possessor_cert_no: PartyNumber::parse(&seal.owner).unwrap(),
        possessor_type: seal.owner_kind,
        biz_type: BizType::File,
        cert_type: seal.cert_type,
        valid_start: None,
        valid_end: None,
        seal_data: Some(Base64Data::from(seal.der.clone())),
        cert_data: None,
    }
}

pub(crate) async fn filed_by(
    system: &ScriptedSystem,
    client: &Client,
    spec: &SealSpec<'_>,
) -> (SealCode, ScriptedSeal) {
    let mut seal = make_seal(spec);
    let code = client.call::<SealFiling>(&filing(&seal, spec.es_id)).await.unwrap().data;
    seal.seal_code = Some(code.clone());
    system.add(seal.clone());
    (code, seal)
}

/// All seals of the test organisation.
pub(crate) fn query() -> SealQueryRequest {
    SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(TEST_USCC).unwrap(),
        seal_type: SealTypeFilter::All,
        cert_type: None,
        cert_number: None,
        ukey_id: None,
    }
}

pub(crate) fn application(seal: &SealCode) -> ConsentApplyRequest {
    ConsentApplyRequest {
        org_code: Some(Uscc::parse(TEST_USCC).unwrap()),
        name: None,
        id_card: None,
        mobile: Mobile::parse("13800001234").unwrap(),
        seal_code: seal.clone(),
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

pub(crate) fn signing(
    seal: &SealCode,
    (auth_id, auth_code): (AuthId, AuthCode),
    sign_id: SignId,
    message: &[u8],
    format: SignFormat,
) -> CloudSignRequest {
    CloudSignRequest {
        seal_code: seal.clone(),
        auth_id,
        auth_code,
        format,
        doc_hash: Base64Data::from(message.to_vec()),
        credent_no: IdCard::parse(PERSON).unwrap(),
        org_code: Some(Uscc::parse(TEST_USCC).unwrap()),
        sign_id,
        hash_type: HashType::Sm3,
    }
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    match result {
        Err(ClientError::Refused(refusal)) => refusal.code,
        other => panic!("no refusal: {other:?}"),
    }
}

/// A UKey id.
pub(crate) fn ukey(id: &str) -> UkeyId {
    UkeyId::parse(id).unwrap()
}
