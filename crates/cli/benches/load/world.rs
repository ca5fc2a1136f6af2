//! The servers that are measured, with what they have to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use client::{Client, Identity, Peer};
use crypto::{Random, Signer, Sm2KeyPair};
use formats::x509::Certificate;
use protocol::lists::SealType;
use protocol::{AppId, CertNumber, Clock, IdCard, Mobile, PersonName, Uscc};
use seal_system::{NewUser, OwnerId, SealOrder, SealSystem as Library};
use storage::{Engine, Schema};
use testkit::databases::{self, Session, TestDatabase};
use testkit::pki::TEST_USCC;
use testkit::process::{Program, free_port};
use testkit::processor;

use crate::kind::Way;
use crate::phone::Phone;
use crate::seal_system::{B, SealSystem, open, write_files};
use crate::site::{PLATFORM, Site};
use crate::{Failure, said};

/// Who calls, both ways.
const A: &str = "system-a";
/// The organisation of the seals that sign.
pub(crate) const SIGNING_USCC: &str = "91330100799655058B";
/// What a telephone is sent in a day: so many signatures has each signer.
const CODES: usize = 10;
/// Signers of each signing seal.
const SIGNERS: usize = 10;
/// Limits that the benchmark does not want to meet: everything comes from one system and one address.
const RATE: &str = "{ per_second = 1000000, burst = 1000000 }";
/// The same for requests under way, as many as are allowed altogether.
const UNDER_WAY: usize = 1024;

/// Somebody who has a one-time code left.
pub(crate) struct Turn {
    pub(crate) certificate: CertNumber,
    pub(crate) mobile: Mobile,
    pub(crate) id_card: IdCard,
}

/// A platform, a seal system and who calls them.
pub(crate) struct World {
    pub(crate) site: Site,
    pub(crate) app_id: AppId,
    pub(crate) key: Sm2KeyPair,
    pub(crate) random: Random,
    pub(crate) phone: Phone,
    pub(crate) platform: Program,
    pub(crate) seal_system: Program,
    /// The PostgreSQL server, where it is on this machine, and the names of the platform's database in it and of the
    /// seal system's.
    pub(crate) postgres: Option<(u32, [String; 2])>,
    engine: Engine,
    direct: Client,
    routed: Client,
    /// The certificates of the signing seals, as many as there are.
    signing: Vec<CertNumber>,
    signed: AtomicUsize,
    #[expect(dead_code, reason = "removed when dropped, after the servers ended")]
    databases: Option<[TestDatabase; 2]>,
}

impl World {
    /// Starts everything, with seals for so many signatures. `None` where there is no PostgreSQL.
    pub(crate) async fn start(engine: Engine, signatures: usize) -> Result<Option<Self>, Failure> {
        let databases = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => match fresh().await {
                None => return Ok(None),
                both => both,
            },
        };
        let address = |which: usize, file: &str| {
            databases.as_ref().map_or_else(|| file.to_owned(), |both| both[which].address().to_owned())
        };
        let site = Site::new();
        std::fs::write(
            site.path("platform.toml"),
            platform_toml(site.port, &address(0, "sqlite:platform.db")),
        )?;
        let platform = site.platform();
        let (app_id, random) = (AppId::parse(A).map_err(said)?, Random::system());
        let key = site.join(A, "0A01", None);
        let port = free_port(u64::from(site.port) + 1);
        let their_key = SealSystem::enter(&site, port);
        let database = format!("database = \"{}\"", address(1, "seal-system.db"));
        let server = format!(
            "[server]\nrequests = {UNDER_WAY}\nrequests_per_address = {UNDER_WAY}\naddress_rate = {RATE}"
        );
        write_files(&site, port, &database, &server);
        let signing =
            furnish(&open(&site).await, &app_id, &key, signatures.div_ceil(CODES * SIGNERS)).await?;
        let seal_system = SealSystem::start(&site);
        let postgres = match &databases {
            Some(both) => server_of(both).await,
            None => None,
        };
        let routed = site.client(A, &key);
        let peer =
            Peer::new(seal_system.url(), AppId::parse(B).map_err(said)?, [their_key.verifying_key().clone()]);
        let signer: Arc<dyn Signer> = Arc::new(key.clone());
        let me = Identity { app_id: app_id.clone(), signer };
        let direct = Client::new(me, peer, Clock::system(), random.clone())?;
        let phone = Phone::new(&site.path("messages"));
        let signed = AtomicUsize::new(0);
        Ok(Some(Self {
            site,
            app_id,
            key,
            random,
            phone,
            platform,
            seal_system,
            postgres,
            engine,
            direct,
            routed,
            signing,
            signed,
            databases,
        }))
    }

    pub(crate) fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }

    /// A client that calls that way.
    pub(crate) fn client(&self, way: Way) -> &Client {
        match way {
            Way::Direct => &self.direct,
            Way::Routed => &self.routed,
        }
    }

    /// Who answers that way.
    pub(crate) fn peer(&self, way: Way) -> &Peer {
        self.client(way).peer()
    }

    /// Whose turn it is to agree.
    pub(crate) fn signer(&self) -> Result<Turn, Failure> {
        let number = self.signed.fetch_add(1, Ordering::Relaxed) / CODES;
        let certificate = self.signing.get(number / SIGNERS).ok_or("no signer has a one-time code left")?;
        let user = user(number)?;
        Ok(Turn { certificate: certificate.clone(), mobile: user.mobile, id_card: user.id_card })
    }

    /// Ends the servers, which have to end well.
    pub(crate) fn end(self) {
        for (name, server) in [("platform", self.platform), ("seal system", self.seal_system)] {
            let ended = server.end();
            if !ended.success() {
                eprintln!("the {name} ended with {ended}");
            }
        }
    }
}

/// Two fresh PostgreSQL databases, where there is a server.
async fn fresh() -> Option<[TestDatabase; 2]> {
    let platform = databases::postgres(Schema::Platform).await?;
    Some([platform, databases::postgres(Schema::SealSystem).await?])
}

/// The server process of two databases and their names.
async fn server_of(databases: &[TestDatabase; 2]) -> Option<(u32, [String; 2])> {
    let [one, _] = databases;
    let server = processor::parent(Session::open(one.address()).await.process().await)?;
    let name = |database: &TestDatabase| database.address().rsplit('/').next().map(str::to_owned);
    let [platform, seal_system] = databases.each_ref().map(name);
    Some((server, [platform?, seal_system?]))
}

fn platform_toml(port: u16, database: &str) -> String {
    format!(
        "[platform]\nid = \"{PLATFORM}\"\n[server]\nlisten = \"127.0.0.1:{port}\"\n\
         [database]\naddress = \"{database}\"\n\
         [limits]\nrequests = {UNDER_WAY}\nrequests_per_address = {UNDER_WAY}\n\
         rate = {RATE}\nsystem_rate = {RATE}\naddress_rate = {RATE}\n[onboarding]\nway = \"short\"\n"
    )
}

/// Seals: one of the test organisation, and `signing` of another, each with signers of its own. The calling system may
/// call the seal system itself.
async fn furnish(
    system: &Library,
    app_id: &AppId,
    key: &Sm2KeyPair,
    signing: usize,
) -> Result<Vec<CertNumber>, Failure> {
    let nowhere = "http://127.0.0.1:9";
    system.connect_platform(app_id, "direct", nowhere, &[key.verifying_key().clone()]).await?;
    let mut next = 0..;
    let uscc = |text: &str| Uscc::parse(text).map_err(said);
    let owner = system.add_organization("示例科技有限公司", &uscc(TEST_USCC)?).await?;
    // Signers of this one are never asked.
    make_seal(system, &owner, "示例科技有限公司合同专用章", (1_000..).take(2)).await?;
    let owner = system.add_organization("示例贸易有限公司", &uscc(SIGNING_USCC)?).await?;
    let mut certificates = Vec::with_capacity(signing);
    for number in 0..signing {
        let name = format!("示例贸易有限公司合同专用章{number}");
        let certificate = make_seal(system, &owner, &name, next.by_ref().take(SIGNERS)).await?;
        certificates.push(CertNumber::from_bytes(&certificate.serial));
    }
    let told = system.tell_platform().await?;
    if (told.accepted, told.refused, told.postponed) != (signing + 1, 0, 0) {
        return Err(format!("of {} seals were filed: {told:?}", signing + 1).into());
    }
    Ok(certificates)
}

async fn make_seal(
    system: &Library,
    owner: &OwnerId,
    name: &str,
    numbers: impl Iterator<Item = usize>,
) -> Result<Certificate, Failure> {
    let mut users = Vec::new();
    for number in numbers {
        users.push(system.add_user(owner, &user(number)?).await?);
    }
    let (owner, name) = (owner.clone(), name.to_owned());
    let order = SealOrder { owner, seal_type: SealType::Contract, name, design: None, users, days: 30 };
    Ok(Certificate::from_der(&system.make_seal(&order).await?.certificate)?)
}

/// A signer with a telephone and an identity number of its own.
fn user(number: usize) -> Result<NewUser, Failure> {
    let (day, place) = (number % 28 + 1, number / 28 % 1000);
    let digits = format!("110105199001{day:02}{place:03}");
    let check = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"];
    let mut numbers = check.iter().filter_map(|last| IdCard::parse(&format!("{digits}{last}")).ok());
    Ok(NewUser {
        name: PersonName::parse("张示例").map_err(said)?,
        mobile: Mobile::parse(&format!("137{number:08}")).map_err(said)?,
        id_card: numbers.next().ok_or("no identity number")?,
    })
}
