//! Seal system B: its configuration, its seal, its process.

use crypto::{Random, Sm2KeyPair};
use formats::x509::{Certificate, Profile, pem_encode};
use protocol::lists::SealType;
use protocol::{Clock, IdCard, Mobile, PersonName, Uscc};
use seal_system::authority::write_secret;
use seal_system::{NewUser, SealOrder};
use testkit::pki::TEST_USCC;
use testkit::process::{Program, free_port};

use crate::site::{FIRST, PASSWORD, PLATFORM, Site, sealbridge, text};

pub(crate) const B: &str = "system-b";

/// Who may apply the seal: more than one, because a telephone gets ten codes a day.
pub(crate) const SIGNERS: [(&str, &str, &str); 2] =
    [("张示例", "13800001234", "11010519491231002X"), ("李示例", "13900005678", "440524188001010014")];

/// Seal system B, which has joined and filed one seal.
pub(crate) struct SealSystem {
    /// The certificate its seal signs with.
    pub(crate) certificate: Certificate,
}

impl SealSystem {
    /// B joins the platform that runs on the site, makes a seal and files it.
    pub(crate) async fn join(site: &Site) -> Self {
        let port = free_port(u64::from(site.port) + 1);
        Self::enter(site, port);
        write_files(site, port, "database = \"seal-system.db\"", "");
        Self { certificate: make_seal(site).await }
    }

    /// B is entered at the platform that runs on the site, with the maker of its seals; its key.
    pub(crate) fn enter(site: &Site, port: u16) -> Sm2KeyPair {
        let key = site.join(B, "0B01", Some(port));
        site.credential("maker", Profile::SealMaker);
        let authority = site.path("authority");
        for (purpose, file) in [("root", "root.pem"), ("intermediate", "issuing.pem")] {
            site.operate(&[
                "trust-add",
                "--as",
                FIRST,
                "--for",
                purpose,
                "--cert",
                &text(&authority.join(file)),
            ]);
        }
        let maker = text(&site.path("maker.pem"));
        site.operate(&["trust-add", "--as", FIRST, "--for", "maker", "--app-id", B, "--cert", &maker]);
        key
    }

    /// Starts B and waits until it is ready.
    pub(crate) fn start(site: &Site) -> Program {
        let mut command = sealbridge();
        command.arg("seal-system").arg("--config").arg(site.path("seal-system.toml"));
        Program::start(&mut command, &site.path("seal-system.log"))
    }
}

/// Its configuration with the line `database`, and `further` tables.
pub(crate) fn write_files(site: &Site, port: u16, database: &str, further: &str) {
    let root = pem_encode("CERTIFICATE", site.authority.root().der());
    std::fs::write(site.path("root.pem"), root).unwrap();
    let master = hex::encode(Random::system().bytes::<32>());
    write_secret(&site.path("master.key"), master.as_bytes()).unwrap();
    let platform = site.port;
    let config = format!(
        r#"
        app_id = "{B}"
        name = "印章系统 B"
        public_url = "http://127.0.0.1:{port}"
        listen = "127.0.0.1:{port}"
        {database}
        [platform]
        url = "http://127.0.0.1:{platform}"
        id = "{PLATFORM}"
        keys = ["platform.pem"]
        [keys]
        system = "{B}.p12"
        maker = "maker.p12"
        master = "master.key"
        trust = ["root.pem"]
        [sender]
        kind = "file"
        path = "messages"
        [authority]
        folder = "authority"
        {further}
        "#
    );
    std::fs::write(site.path("seal-system.toml"), config).unwrap();
    site.platform_key();
}

/// B as a library over its database, before its process is started.
pub(crate) async fn open(site: &Site) -> seal_system::SealSystem {
    let config = seal_system::read_config(&site.path("seal-system.toml")).unwrap();
    let opened = seal_system::from_config(&config, PASSWORD, Clock::system(), Random::system());
    opened.await.unwrap()
}

async fn make_seal(site: &Site) -> Certificate {
    let system = open(site).await;
    let uscc = Uscc::parse(TEST_USCC).unwrap();
    let owner = system.add_organization("示例科技有限公司", &uscc).await.unwrap();
    let mut users = Vec::new();
    for (name, mobile, id_card) in SIGNERS {
        let user = NewUser {
            name: PersonName::parse(name).unwrap(),
            mobile: Mobile::parse(mobile).unwrap(),
            id_card: IdCard::parse(id_card).unwrap(),
        };
        users.push(system.add_user(&owner, &user).await.unwrap());
    }
    let name = "示例科技有限公司合同专用章".to_owned();
    let order = SealOrder { owner, seal_type: SealType::Contract, name, design: None, users, days: 30 };
    let made = system.make_seal(&order).await.unwrap();
    let told = system.tell_platform().await.unwrap();
    assert_eq!((told.accepted, told.refused, told.postponed), (1, 0, 0));
    Certificate::from_der(&made.certificate).unwrap()
}
