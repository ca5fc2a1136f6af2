//! A folder with the platform's configuration, and the binary that is run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use client::{Bounds, Client, Identity, Peer};
use crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};
use formats::x509::{Profile, pem_blocks, pem_encode};
use protocol::{AppId, Clock};
use seal_system::authority::{Authority, AuthorityFiles, Subject, write_secret};
use testkit::pki::TEST_USCC;
use testkit::process::{Program, free_port};

pub(crate) const PASSWORD: &str = "a password for tests";
pub(crate) const PLATFORM: &str = "kill-platform";
/// Two administrators: what one registers the other approves.
pub(crate) const FIRST: &str = "business-admin";
pub(crate) const SECOND: &str = "security-admin";
const DAYS: u32 = 30;

/// A folder with everything that servers and operator need.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: Authority,
    pub(crate) port: u16,
}

impl Site {
    /// A site whose platform was not started yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (random, now) = (Random::system(), Clock::system().now());
        let files = AuthorityFiles::new(&folder.path().join("authority"));
        let authority = files.found("测试", None, PASSWORD, now, &random).unwrap();
        let port = free_port(u64::from_le_bytes(random.bytes()));
        let config = format!(
            "[platform]\nid = \"{PLATFORM}\"\n[server]\nlisten = \"127.0.0.1:{port}\"\n\
             [onboarding]\nway = \"short\"\n[limits.rate]\nper_second = 1000\nburst = 1000\n"
        );
        std::fs::write(folder.path().join("platform.toml"), config).unwrap();
        Self { folder, authority, port }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the platform and waits until it is ready.
    pub(crate) fn platform(&self) -> Program {
        let mut command = sealbridge();
        command.arg("platform").arg("--config").arg(self.path("platform.toml"));
        Program::start(&mut command, &self.path("platform.log"))
    }

    /// Runs a verb of the operator.
    pub(crate) fn operator(&self, args: &[&str]) -> Output {
        let mut command = sealbridge();
        let (verb, rest) = args.split_first().unwrap();
        command.args(["operator", verb, "--config"]).arg(self.path("platform.toml")).args(rest);
        command.output().unwrap()
    }

    /// Runs a verb of the operator that has to do its work; what it printed.
    pub(crate) fn operate(&self, args: &[&str]) -> String {
        let output = self.operator(args);
        let said = String::from_utf8(output.stdout).unwrap();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}{complained}");
        said
    }

    /// A key with a certificate, in a PKCS#12 file of the site.
    pub(crate) fn credential(&self, file: &str, profile: Profile) -> Sm2KeyPair {
        let (random, now) = (Random::system(), Clock::system().now());
        let subject = Subject::Service { name: file.to_owned(), organization: "测试".to_owned() };
        let made = self.authority.credential(profile, &subject, now, DAYS).unwrap();
        let certificate = pem_encode("CERTIFICATE", &made.certificate);
        std::fs::write(self.path(&format!("{file}.pem")), certificate).unwrap();
        let pfx = made.key.to_pkcs12(&[made.certificate], PASSWORD, file, &random).unwrap();
        write_secret(&self.path(&format!("{file}.p12")), &pfx).unwrap();
        made.key
    }

    /// Registers a system with a new key, and puts it live.
    pub(crate) fn join(&self, app_id: &str, code: &str, port: Option<u16>) -> Sm2KeyPair {
        let key = self.credential(app_id, Profile::ServerIdentity);
        let (url, host);
        let mut args =
            vec!["add-system", "--as", FIRST, "--app-id", app_id, "--code", code, "--name", "测试系统"];
        args.extend(["--uscc", TEST_USCC, "--address", "127.0.0.0/8", "--interface", "all"]);
        if let Some(port) = port {
            (url, host) = (format!("http://127.0.0.1:{port}"), format!("127.0.0.1:{port}"));
            args.extend(["--base-url", &url, "--consent-host", &host]);
        }
        self.operate(&args);
        let key_id = self.add_key(app_id);
        self.operate(&["approve-key", "--as", SECOND, "--key", &key_id]);
        self.operate(&["set-state", "--as", SECOND, "--app-id", app_id, "--state", "online"]);
        key
    }

    /// Registers the key in the system's PKCS#12 file; its id.
    pub(crate) fn add_key(&self, app_id: &str) -> String {
        let file = self.path(&format!("{app_id}.p12"));
        let said = self.operate(&["add-key", "--as", FIRST, "--app-id", app_id, "--pkcs12", &text(&file)]);
        said.trim_end().rsplit(' ').next().unwrap().to_owned()
    }

    /// The platform's public key, also in the file `platform.pem`.
    pub(crate) fn platform_key(&self) -> VerifyingKey {
        let pem = self.operate(&["public-key"]);
        std::fs::write(self.path("platform.pem"), &pem).unwrap();
        let blocks = pem_blocks(pem.as_bytes()).unwrap();
        VerifyingKey::from_spki_der(&blocks.first().unwrap().der).unwrap()
    }

    /// A client that calls the platform.
    pub(crate) fn client(&self, app_id: &str, key: &Sm2KeyPair) -> Client {
        let url = format!("http://127.0.0.1:{}", self.port);
        let peer = Peer::new(&url, AppId::parse(PLATFORM).unwrap(), [self.platform_key()]);
        let signer: Arc<dyn Signer> = Arc::new(key.clone());
        let me = Identity { app_id: AppId::parse(app_id).unwrap(), signer };
        let bounds = Bounds { deadline: std::time::Duration::from_secs(15), ..Bounds::default() };
        Client::new(me, peer, Clock::system(), Random::system()).unwrap().with_bounds(bounds)
    }
}

/// The binary, started elsewhere than in the folder of its configuration.
pub(crate) fn sealbridge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealbridge"));
    command.env("SEALBRIDGE_KEY_PASSWORD", PASSWORD).env_remove("SEALBRIDGE_DATABASE");
    command.env_remove("RUST_LOG").env_remove("SEALBRIDGE_LOG").current_dir(std::env::temp_dir());
    command
}

pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
