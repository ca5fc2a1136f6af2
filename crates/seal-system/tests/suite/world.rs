//! A seal system at work, and the platform's side of it.

use std::path::PathBuf;
use std::sync::Arc;

use client::{Answer, Client, ClientError, Identity, Peer};
use crypto::{FieldCipher, Random, Signer, Sm2KeyPair};
use formats::x509::{Certificate, Profile};
use http_server::Shutdown;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SealType, SealTypeFilter, SignFormat};
use protocol::tables::{
    CloudSignRequest, ConsentApplication, ConsentApplyRequest, ConsentResult, ConsentResultRequest, SealInfo,
    SealQueryRequest, SignatureValueData,
};
use protocol::{
    AppId, AuthCode, AuthId, Base64Data, DocName, IdCard, Mobile, OrgCode, PersonName, SealCode, SignId, Uscc,
};
use sealbridge_seal_system::authority::{Authority, Credential, Subject};
use sealbridge_seal_system::config::{ApplicationConfig, ConsentConfig, TimeStampConfig};
use sealbridge_seal_system::sender::FileSender;
use sealbridge_seal_system::{Made, NewUser, Parts, SealOrder, SealSystem};
use storage::Schema;
use tempfile::TempDir;
use testkit::clock::TestClock;
use testkit::databases::{TestDatabase, sqlite};
use testkit::pki::TEST_USCC;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use verify::Trust;

pub(crate) const MOBILE: &str = "13800001234";
pub(crate) const ID_CARD: &str = "11010519491231002X";
pub(crate) const NAME: &str = "张三丰";
const DAYS: u32 = 30;

/// One authority and one clock for all that meet in a test.
pub(crate) struct House {
    pub(crate) clock: TestClock,
    pub(crate) random: Random,
    pub(crate) authority: Arc<Authority>,
}

impl House {
    pub(crate) fn new() -> Self {
        let (clock, random) = (TestClock::at("2026-06-01T04:00:00Z"), Random::system());
        let founded = Authority::found("测试", None, clock.clock().now(), &random).unwrap();
        Self { clock, random, authority: Arc::new(founded.authority) }
    }

    fn credential(&self, profile: Profile, name: &str) -> Credential {
        let subject = Subject::Service { name: name.to_owned(), organization: "测试".to_owned() };
        self.authority.credential(profile, &subject, self.clock.clock().now(), DAYS).unwrap()
    }

    pub(crate) fn key(&self) -> Arc<Sm2KeyPair> {
        Arc::new(Sm2KeyPair::generate(&self.random).unwrap())
    }

    fn trust(&self) -> Trust {
        let mut trust = Trust::new();
        trust.add_anchor(self.authority.root().clone());
        trust.add_intermediate(self.authority.issuing().clone());
        trust
    }
}

/// What a test wants to be otherwise.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) application: Option<ApplicationConfig>,
    pub(crate) consent: Option<ConsentConfig>,
    pub(crate) time_stamp: Option<TimeStampConfig>,
    /// Where its platform is; nowhere without.
    pub(crate) platform: Option<Peer>,
    /// The key it calls the platform with.
    pub(crate) key: Option<Arc<Sm2KeyPair>>,
}

/// A seal system that serves.
pub(crate) struct Server {
    pub(crate) system: SealSystem,
    pub(crate) url: String,
    pub(crate) id: AppId,
    pub(crate) key: Arc<Sm2KeyPair>,
    pub(crate) messages: PathBuf,
    pub(crate) database: TestDatabase,
    cipher: FieldCipher,
    shutdown: Shutdown,
    running: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start(house: &House, id: &str, wishes: Wishes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let messages = folder.path().join("messages");
        let database = sqlite(Schema::SealSystem).await;
        let id = AppId::parse(id).unwrap();
        let key = wishes.key.clone().unwrap_or_else(|| house.key());
        let cipher = FieldCipher::new(&house.random.bytes());
        let mut server = Self {
            system: system(house, &id, &key, (&database, &cipher), (&url, &messages), wishes),
            url,
            id,
            key,
            messages,
            database,
            cipher,
            shutdown: Shutdown::new(),
            running: None,
            _folder: folder,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let (system, shutdown) = (self.system.clone(), self.shutdown.clone());
        self.running = Some(tokio::spawn(async move { system.run(listener, shutdown).await.unwrap() }));
    }

    /// The same system as a process that was started again would be: nothing but database and keys is left.
    pub(crate) fn again(&self, house: &House, wishes: Wishes) -> SealSystem {
        system(
            house,
            &self.id,
            &self.key,
            (&self.database, &self.cipher),
            (&self.url, &self.messages),
            wishes,
        )
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer::new(&self.url, self.id.clone(), [self.key.verifying_key().clone()])
    }

    pub(crate) async fn stop(mut self) {
        self.shutdown.begin();
        if let Some(running) = self.running.take() {
            running.await.unwrap();
        }
    }

    /// Every code that was sent, newest last.
    pub(crate) fn codes(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.messages).unwrap_or_default();
        text.lines().map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect()
    }
}

fn system(
    house: &House,
    id: &AppId,
    key: &Arc<Sm2KeyPair>,
    (database, cipher): (&TestDatabase, &FieldCipher),
    (url, messages): (&str, &std::path::Path),
    wishes: Wishes,
) -> SealSystem {
    let signer: Arc<dyn Signer> = key.clone();
    let nobody = || Peer::new("http://127.0.0.1:1", AppId::parse("nobody").unwrap(), []);
    let me = Identity { app_id: id.clone(), signer: Arc::clone(&signer) };
    let peer = wishes.platform.unwrap_or_else(nobody);
    SealSystem::new(Parts {
        app_id: id.clone(),
        name: format!("印章系统 {id}"),
        public_url: url.to_owned(),
        database: (**database).clone(),
        signer,
        maker: house.credential(Profile::SealMaker, "制章"),
        cipher: cipher.clone(),
        platform: Client::new(me, peer, house.clock.clock(), house.random.clone()).unwrap(),
        sender: Arc::new(FileSender::new(messages.to_path_buf())),
        certifier: Some(house.authority.clone()),
        trust: house.trust(),
        application: wishes.application.unwrap_or_default(),
        time_stamp: wishes.time_stamp,
        consent: wishes.consent.unwrap_or_default(),
        clock: house.clock.clock(),
        random: house.random.clone(),
    })
}

/// A seal system with one seal that is filed, and the platform that calls it.
pub(crate) struct World {
    pub(crate) house: House,
    pub(crate) server: Server,
    pub(crate) platform: Client,
    pub(crate) platform_id: AppId,
    pub(crate) seal: Made,
    pub(crate) seal_code: SealCode,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Wishes::default(), "测试科技有限公司").await
    }

    pub(crate) async fn with(wishes: Wishes, seal_name: &str) -> Self {
        let house = House::new();
        let server = Server::start(&house, "system-b", wishes).await;
        let (platform_id, key) = (AppId::parse("platform").unwrap(), house.key());
        let me = Identity { app_id: platform_id.clone(), signer: key.clone() };
        let platform = Client::new(me, server.peer(), house.clock.clock(), house.random.clone()).unwrap();
        let keys = [key.verifying_key().clone()];
        server.system.connect_platform(&platform_id, "平台", "http://127.0.0.1:1", &keys).await.unwrap();
        let (seal, seal_code) = make_seal(&server, seal_name).await;
        Self { house, server, platform, platform_id, seal, seal_code }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.seal.certificate).unwrap()
    }

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

    /// The seals as the platform gets them.
    pub(crate) async fn seals(&self) -> Vec<SealInfo> {
        self.platform.call::<SealQuery>(&Self::query()).await.unwrap().data
    }

    pub(crate) fn application(
        &self,
        doc_hash: Option<[u8; 32]>,
        sign_id: Option<&SignId>,
    ) -> ConsentApplyRequest {
        ConsentApplyRequest {
            org_code: None,
            name: Some(PersonName::parse(NAME).unwrap()),
            id_card: Some(IdCard::parse(ID_CARD).unwrap()),
            mobile: Mobile::parse(MOBILE).unwrap(),
            seal_code: self.seal_code.clone(),
            redirect_url: None,
            hash_type: doc_hash.map(|_| HashType::Sm3),
            doc_hash: doc_hash.map(|hash| Base64Data::from(hash.to_vec())),
            doc_name: Some(DocName::parse("采购合同.ofd").unwrap()),
            sign_id: sign_id.cloned(),
            expire_time: None,
            doc_hashes: None,
            doc_names: None,
        }
    }

    pub(crate) async fn apply(
        &self,
        request: &ConsentApplyRequest,
    ) -> Result<ConsentApplication, ClientError> {
        self.platform.call::<ConsentApply>(request).await.map(|answer| answer.data)
    }

    pub(crate) async fn outcome(&self, auth_id: &AuthId) -> Result<ConsentResult, ClientError> {
        let request = ConsentResultRequest { auth_id: auth_id.clone(), seal_code: self.seal_code.clone() };
        self.platform.call::<ConsentOutcome>(&request).await.map(|answer| answer.data)
    }

    pub(crate) fn sign_request(
        &self,
        (auth_id, auth_code): (&AuthId, &AuthCode),
        sign_id: &SignId,
        format: SignFormat,
        doc_hash: &[u8],
    ) -> CloudSignRequest {
        CloudSignRequest {
            seal_code: self.seal_code.clone(),
            auth_id: auth_id.clone(),
            auth_code: auth_code.clone(),
            format,
            doc_hash: Base64Data::from(doc_hash.to_vec()),
            credent_no: IdCard::parse(ID_CARD).unwrap(),
            org_code: None,
            sign_id: sign_id.clone(),
            hash_type: HashType::Sm3,
        }
    }

    pub(crate) async fn sign(&self, request: &CloudSignRequest) -> Result<SignatureValueData, ClientError> {
        self.platform.call::<CloudSign>(request).await.map(|answer: Answer<_>| answer.data)
    }
}

/// Makes a seal and gives it the code that a platform would.
pub(crate) async fn make_seal(server: &Server, name: &str) -> (Made, SealCode) {
    let uscc = Uscc::parse(TEST_USCC).unwrap();
    let owner = server.system.add_organization("测试科技有限公司", &uscc).await.unwrap();
    let user = NewUser {
        name: PersonName::parse(NAME).unwrap(),
        mobile: Mobile::parse(MOBILE).unwrap(),
        id_card: IdCard::parse(ID_CARD).unwrap(),
    };
    let user = server.system.add_user(&owner, &user).await.unwrap();
    let order = SealOrder {
        owner,
        seal_type: SealType::Contract,
        name: name.to_owned(),
        design: Some(picture::SealDesign::for_type(picture::SealType::Contract, "测试科技有限公司").unwrap()),
        users: vec![user],
        days: 30,
    };
    let seal = server.system.make_seal(&order).await.unwrap();
    let code = seal_code();
    let mut tx = server.database.begin().await.unwrap();
    storage::seal_system::seals::set_seal_code(&mut tx, &seal.seal_id, code.as_str(), 0).await.unwrap();
    tx.commit().await.unwrap();
    (seal, code)
}

fn seal_code() -> SealCode {
    SealCode::parse("E11101080A0101000000001F").unwrap()
}

/// The code of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    match result {
        Err(ClientError::Refused(refusal)) => refusal.code,
        other => panic!("no refusal: {other:?}"),
    }
}
