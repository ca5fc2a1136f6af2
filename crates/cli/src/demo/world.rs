//! The servers of the demonstration, each on its own loopback port and with its own database, all over real HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::{Client, Identity, Peer};
use crypto::{FieldCipher, Random, Signer, Sm2KeyPair};
use formats::x509::{Profile, pem_encode};
use http_server::{Shutdown, Tasks};
use jiff::SignedDuration;
use platform::onboarding::{Grants, KeyMaterial, NewKey, NewSystem, Proof};
use platform::{Platform, onboarding};
use protocol::{AppId, Clock, Uscc};
use seal_system::authority::{
    Authority, AuthorityFiles, AuthorityService, Credential, ListAddresses, Subject,
};
use seal_system::sender::FileSender;
use seal_system::{Parts, SealSystem};
use storage::platform::systems::SystemState;
use storage::platform::trust::Purpose;
use storage::{Database, Options, Schema};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use verify::Trust;

use super::federation;
use super::people::{BUYER, NEIGHBOUR, Organization, SELLER};
use super::progress::Progress;
use crate::outcome::{About, Failure, Outcome};

/// The platform's id.
const PLATFORM: &str = "demo-platform";
/// The second platform's id.
const SECOND_PLATFORM: &str = "demo-platform-2";
/// Days that the demonstration's certificates are valid.
const DAYS: u32 = 365;
/// The administrators whose two signatures a registration needs.
pub(super) const ADMINISTRATORS: [&str; 2] = ["demo-business-admin", "demo-security-admin"];

/// Everything that runs.
pub(super) struct World {
    pub(super) platform: Arc<Platform>,
    pub(super) platform_url: String,
    pub(super) authority_url: String,
    pub(super) a: SealSystem,
    pub(super) b: SealSystem,
    /// What a run with `--federation` has more.
    pub(super) second: Option<Second>,
    pub(super) documents: PathBuf,
    pub(super) messages_b: PathBuf,
    pub(super) clock: Clock,
    pub(super) shutdown: Shutdown,
    authority: AuthorityService,
    trust: PathBuf,
    servers: Vec<Server>,
}

/// The second platform, which B has joined, and a further system at the first one.
pub(super) struct Second {
    pub(super) platform: Arc<Platform>,
    pub(super) url: String,
    pub(super) c: SealSystem,
}

/// How much is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// One platform with the systems A and B.
    OnePlatform,
    /// Two platforms: A and C have joined the first, B the second.
    Federation,
}

impl Scale {
    /// Ports that are used.
    pub(super) const fn ports(self) -> u16 {
        match self {
            Self::OnePlatform => 4,
            Self::Federation => 6,
        }
    }
}

/// A listener with its address for browsers.
struct Door {
    listener: TcpListener,
    url: String,
}

/// What is shared while the servers are started.
struct Builder<'a> {
    folder: &'a Path,
    clock: Clock,
    random: Random,
    shutdown: Shutdown,
    password: String,
}

impl World {
    /// Starts everything.
    pub(super) async fn start(
        folder: &Path,
        (port, scale): (Option<u16>, Scale),
        progress: &mut Progress,
    ) -> Outcome<Self> {
        let random = Random::system();
        let password = random.hex_id();
        let shutdown = Shutdown::new();
        shutdown.on_signal();
        let builder =
            Builder { folder, clock: Clock::system(), random, shutdown: shutdown.clone(), password };
        let words = "密码自检 known-answer tests of the algorithms";
        progress.step("self_test", words, async { builder.self_test() }).await?;
        let mut doors = Doors::open(port, scale).await?;
        let words = "CA 与时间戳服务启动 a CA and a TSA";
        let door = doors.next()?;
        let ca = progress.step("authority", words, async { builder.authority(door) }).await?;
        let words = "互认平台启动 the platform";
        let starting = builder.platform((PLATFORM, "platform.db"), doors.next()?, &ca);
        let home = progress.step("platform", words, starting).await?;
        let a = Joining { name: "demo-system-a", organization: &BUYER, door: doors.next()? };
        let words = "印章系统 A 入驻 seal system A joins";
        let (a, a_server) = progress.step("system_a", words, builder.join(a, &home, &ca)).await?;
        let b = Joining { name: "demo-system-b", organization: &SELLER, door: doors.next()? };
        let mut servers = vec![a_server];
        let (b, second) = match scale {
            Scale::OnePlatform => {
                let words = "印章系统 B 入驻 seal system B joins";
                let (b, server) = progress.step("system_b", words, builder.join(b, &home, &ca)).await?;
                servers.push(server);
                (b, None)
            }
            Scale::Federation => {
                let (b, second) =
                    builder.second((&home, &ca), b, (&mut doors, &mut servers), progress).await?;
                (b, Some(second))
            }
        };
        let documents = folder.join("documents");
        std::fs::create_dir_all(&documents).about(documents.display())?;
        servers.extend([ca.server, home.server]);
        Ok(Self {
            trust: builder.trust(),
            platform: home.platform,
            platform_url: home.url,
            authority_url: ca.url,
            a,
            b,
            second,
            documents,
            messages_b: folder.join("demo-system-b.messages"),
            clock: builder.clock,
            shutdown,
            authority: ca.service,
            servers,
        })
    }

    /// Leaves the issuing authority's revocation list beside the trusted certificates, so that everything can be
    /// verified again when this authority is gone: nobody will issue another list, hence its long life.
    pub(super) fn leave_revocation_list(&self) -> Outcome<()> {
        let list =
            self.authority.crl_for(SignedDuration::from_hours(24 * i64::from(DAYS))).about("ca.crl")?;
        std::fs::write(self.trust.join("ca.crl"), list).about("ca.crl")
    }

    /// Stops every server; requests under way are answered first. Then the databases are closed, which leaves
    /// nothing beside their files.
    pub(super) async fn stop(self) {
        self.shutdown.begin();
        for server in self.servers {
            if let Ok(Err(error)) = server.await {
                complain!("{error}");
            }
        }
        self.platform.context().database.close().await;
        self.a.close().await;
        self.b.close().await;
        if let Some(second) = self.second {
            second.platform.context().database.close().await;
            second.c.close().await;
        }
    }
}

/// The ports from `first` on; 0 stands for a free one.
///
/// # Errors
/// There are not that many ports from `first` on.
pub(super) fn ports(first: Option<u16>, scale: Scale) -> Outcome<Vec<u16>> {
    let count = scale.ports();
    let Some(first) = first else { return Ok(vec![0; usize::from(count)]) };
    let last = first.checked_add(count - 1).filter(|_| first != 0);
    last.map(|last| (first..=last).collect()).ok_or_else(|| {
        let zh = format!("需要从它起的 {count} 个连续端口");
        let en = format!("{count} ports are used, from this one on");
        let highest = u16::MAX - (count - 1);
        Failure::new(format!("--port {first}: {zh} {en}"))
            .hint(format!("1 to {highest}, or none to take free ones"))
    })
}

/// The doors of a run that are still to be given out.
struct Doors(std::vec::IntoIter<Door>);

impl Doors {
    /// Doors on loopback, at the ports from `first` on or at free ones.
    async fn open(first: Option<u16>, scale: Scale) -> Outcome<Self> {
        let mut doors = Vec::new();
        for port in ports(first, scale)? {
            doors.push(Door::at(port).await?);
        }
        Ok(Self(doors.into_iter()))
    }

    fn next(&mut self) -> Outcome<Door> {
        self.0.next().ok_or_else(|| Failure::new("fewer ports than servers"))
    }
}

impl Door {
    async fn at(port: u16) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.map_err(|error| {
            Failure::new(format!("port {port}: {error}"))
                .hint("choose another with --port, or none to take free ones")
        })?;
        let url = format!("http://{}", listener.local_addr().about("port")?);
        Ok(Self { listener, url })
    }
}

/// A seal system about to join.
struct Joining {
    name: &'static str,
    organization: &'static Organization,
    door: Door,
}

type Server = JoinHandle<std::io::Result<()>>;

/// The running CA and TSA.
struct RunningAuthority {
    authority: Arc<Authority>,
    service: AuthorityService,
    url: String,
    server: Server,
}

/// The running platform.
struct RunningPlatform {
    platform: Arc<Platform>,
    url: String,
    server: Server,
}

impl Builder<'_> {
    /// The folder with what is trusted.
    fn trust(&self) -> PathBuf {
        self.folder.join("trust")
    }

    fn self_test(&self) -> Outcome<((), String)> {
        let report = crypto::self_test(&self.random).about("self-test")?;
        Ok(((), report.passed.join(", ")))
    }

    fn authority(&self, door: Door) -> Outcome<(RunningAuthority, String)> {
        let files = AuthorityFiles::new(&self.folder.join("authority"));
        let at = |path: &str| format!("{}/{path}", door.url);
        let lists = ListAddresses {
            root: at("root.crl"),
            issuing: at("ca.crl"),
            ocsp: at("ocsp"),
            certificate: at("issuing.cer"),
        };
        let authority =
            files.found("sealbridge 演示", Some(lists), &self.password, self.clock.now(), &self.random);
        let authority = Arc::new(authority.about("authority")?);
        let trust = self.trust();
        std::fs::create_dir_all(&trust).about(trust.display())?;
        for (name, certificate) in [("root.pem", authority.root()), ("issuing.pem", authority.issuing())] {
            let pem = pem_encode("CERTIFICATE", certificate.der());
            std::fs::write(trust.join(name), pem).about(name)?;
        }
        if let Some(list) = authority.root_crl() {
            std::fs::write(trust.join("root.crl"), list).about("root.crl")?;
        }
        let service = AuthorityService::new(Arc::clone(&authority), self.clock.clone(), self.random.clone());
        let serving =
            http_server::serve(door.listener, service.router(), Tasks::default(), self.shutdown.clone());
        let server = tokio::spawn(serving);
        let running = RunningAuthority { authority, service, url: door.url.clone(), server };
        Ok((running, door.url))
    }

    async fn platform(
        &self,
        (id, file): (&str, &str),
        door: Door,
        ca: &RunningAuthority,
    ) -> Outcome<(RunningPlatform, String)> {
        let database = self.database(file, Schema::Platform).await?;
        let mut config = platform::Config::default();
        id.clone_into(&mut config.platform.id);
        // Two administrators put a system live; its papers are not part of the story.
        config.onboarding.way = platform::config::Way::Short;
        let stamping = &mut config.policy.signing.time_stamp;
        (stamping.mode, stamping.url) = (platform::config::Stamping::Required, format!("{}/tsa", ca.url));
        let keys = platform::Keys {
            signing: Arc::new(self.key()?),
            root: Arc::new(self.key()?),
            fields: FieldCipher::new(&self.random.bytes()),
        };
        let started = Platform::new(config, database, keys, self.clock.clone(), self.random.clone()).await;
        let platform = Arc::new(started.about("platform")?);
        let [actor, _] = ADMINISTRATORS;
        for (purpose, certificate) in
            [(Purpose::Root, ca.authority.root()), (Purpose::Intermediate, ca.authority.issuing())]
        {
            let added =
                platform::trust::add(platform.context(), (purpose, None), certificate.der(), actor).await;
            added.about("trust list")?;
        }
        let serving = Arc::clone(&platform);
        let shutdown = self.shutdown.clone();
        let server = tokio::spawn(async move { serving.serve(door.listener, shutdown).await });
        Ok((RunningPlatform { platform, url: door.url.clone(), server }, door.url))
    }

    /// A second platform starts, which B joins; C joins the first one, and the platforms get to know each other.
    async fn second(
        &self,
        (home, ca): (&RunningPlatform, &RunningAuthority),
        b: Joining,
        (doors, servers): (&mut Doors, &mut Vec<Server>),
        progress: &mut Progress,
    ) -> Outcome<(SealSystem, Second)> {
        let words = "第二个互认平台启动 a second platform";
        let starting = self.platform((SECOND_PLATFORM, "platform-2.db"), doors.next()?, ca);
        let second = progress.step("platform_2", words, starting).await?;
        let words = "印章系统 B 入驻第二个平台 seal system B joins the second platform";
        let (b, server) = progress.step("system_b", words, self.join(b, &second, ca)).await?;
        servers.push(server);
        let c = Joining { name: "demo-system-c", organization: &NEIGHBOUR, door: doors.next()? };
        let words = "印章系统 C 入驻第一个平台 seal system C joins the first platform";
        let (c, server) = progress.step("system_c", words, self.join(c, home, ca)).await?;
        servers.extend([server, second.server]);
        let words = "两个平台互换信任列表 the platforms exchange their trust lists";
        let (one, other) = ((&*home.platform, home.url.as_str()), (&*second.platform, second.url.as_str()));
        progress.step("federate", words, federation::introduce_both(one, other, b.public_url())).await?;
        Ok((b, Second { platform: second.platform, url: second.url, c }))
    }

    /// A system joins: it is registered with proof of possession of its key, granted what it needs, and put live
    /// by two administrators.
    async fn join(
        &self,
        joining: Joining,
        home: &RunningPlatform,
        ca: &RunningAuthority,
    ) -> Outcome<((SealSystem, Server), String)> {
        let Joining { name, organization, door } = joining;
        let app_id = AppId::parse(name).map_err(|fault| Failure::new(fault.en))?;
        let service = |what: &str| Subject::Service {
            name: format!("{name} {what}"),
            organization: organization.name.to_owned(),
        };
        let now = self.clock.now();
        let identity =
            ca.authority.credential(Profile::ServerIdentity, &service("identity"), now, DAYS).about(name)?;
        let maker = Subject::Organization {
            name: format!("{}制章系统", organization.name),
            uscc: organization.uscc.to_owned(),
        };
        let maker = ca.authority.credential(Profile::SealMaker, &maker, now, DAYS).about(name)?;
        self.register(&home.platform, &app_id, organization, &door.url, &identity, &maker).await?;
        let identity_key = Arc::new(identity.key);
        let system = self
            .seal_system(
                (name, &format!("{}电子印章系统", organization.name)),
                &app_id,
                &door.url,
                (identity_key, maker),
                home,
                ca,
            )
            .await?;
        let running = system.clone();
        let shutdown = self.shutdown.clone();
        let handle =
            tokio::spawn(
                async move { running.run(door.listener, shutdown).await.map_err(std::io::Error::other) },
            );
        Ok(((system, handle), door.url))
    }

    async fn register(
        &self,
        platform: &Platform,
        app_id: &AppId,
        organization: &Organization,
        url: &str,
        identity: &Credential,
        maker: &Credential,
    ) -> Outcome<()> {
        let context = platform.context();
        let [first, second] = ADMINISTRATORS;
        let host = url.trim_start_matches("http://").to_owned();
        let new = NewSystem {
            app_id: app_id.clone(),
            code: organization.code.to_owned(),
            name: organization.name.to_owned(),
            uscc: Uscc::parse(organization.uscc).map_err(|fault| Failure::new(fault.en))?,
            base_url: Some(url.to_owned()),
            dest_host: None,
            personal_data: false,
            grants: Grants {
                addresses: vec!["127.0.0.1".to_owned()],
                interfaces: protocol::ENDPOINTS.iter().map(|endpoint| endpoint.name.to_owned()).collect(),
                redirects: Vec::new(),
                consent_hosts: vec![host],
                client_certificates: Vec::new(),
            },
        };
        onboarding::register_system(context, &new, first).await.about("registration")?;
        let challenge = onboarding::challenge(context, app_id);
        let signature = identity.key.sign(challenge.as_bytes()).about("challenge")?;
        let now = self.clock.now();
        let key = NewKey {
            app_id: app_id.clone(),
            material: KeyMaterial::Certificate(identity.certificate.clone()),
            not_before: now,
            not_after: now.checked_add(SignedDuration::from_hours(24 * i64::from(DAYS))).about("time")?,
            proof: Proof { challenge, signature },
        };
        let key_id = onboarding::register_key(context, &key, first).await.about("key")?;
        onboarding::approve_key(context, &key_id, second).await.about("key")?;
        let maker_purpose = (Purpose::Maker, Some(app_id));
        platform::trust::add(context, maker_purpose, &maker.certificate, first).await.about("seal maker")?;
        let state = (second, Some("demonstration"));
        onboarding::set_state(context, app_id, SystemState::Online, state).await.about("going live")?;
        Ok(())
    }

    async fn seal_system(
        &self,
        (name, title): (&str, &str),
        app_id: &AppId,
        url: &str,
        (identity, maker): (Arc<Sm2KeyPair>, Credential),
        home: &RunningPlatform,
        ca: &RunningAuthority,
    ) -> Outcome<SealSystem> {
        let (authority, platform_url) = (&ca.authority, home.url.as_str());
        let platform_id = home.platform.context().id.clone();
        let platform_key = home.platform.context().signer.verifying_key().clone();
        let peer = Peer::new(platform_url, platform_id.clone(), [platform_key.clone()]);
        let me = Identity { app_id: app_id.clone(), signer: identity.clone() };
        let mut trust = Trust::new();
        trust.add_anchor(authority.root().clone());
        trust.add_intermediate(authority.issuing().clone());
        let messages = self.folder.join(format!("{name}.messages"));
        let parts = Parts {
            app_id: app_id.clone(),
            name: title.to_owned(),
            public_url: url.to_owned(),
            database: self.database(&format!("{name}.db"), Schema::SealSystem).await?,
            signer: identity,
            maker,
            cipher: FieldCipher::new(&self.random.bytes()),
            platform: Client::new(me, peer, self.clock.clone(), self.random.clone()).about("client")?,
            sender: Arc::new(FileSender::new(messages)),
            certifier: Some(Arc::clone(authority) as Arc<dyn seal_system::Certifier>),
            trust,
            application: seal_system::config::ApplicationConfig::default(),
            consent: seal_system::config::ConsentConfig::default(),
            // The platform has its own put over every signature that it carries.
            time_stamp: None,
            clock: self.clock.clone(),
            random: self.random.clone(),
        };
        let system = SealSystem::new(parts);
        system.connect_platform(&platform_id, "互认平台", platform_url, &[platform_key]).await.about(name)?;
        Ok(system)
    }

    async fn database(&self, name: &str, schema: Schema) -> Outcome<Database> {
        let path = self.folder.join(name);
        Database::open(&path.to_string_lossy(), &Options::new(schema)).await.about(path.display())
    }

    fn key(&self) -> Outcome<Sm2KeyPair> {
        Sm2KeyPair::generate(&self.random).about("key")
    }
}
