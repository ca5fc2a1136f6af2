//! Configuration of a seal system: one TOML file, unknown fields refused, defaults in code.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use client::ClientTls;
use formats::pdf::seal::Profile;
use http_server::{
    Entrance, Fingerprint, Limits, NotAFingerprint, PlainHttp, Rate, Sm2Settings, TelemetrySettings, Tls,
    TlsError, TlsSettings,
};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

/// A seal system's settings. Only `app_id`, `name`, `public_url`, `database` and `platform` have no default.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The system's id, given at onboarding.
    pub app_id: String,
    /// The name people see (平台名称, `platName` of table 7).
    pub name: String,
    /// The address under which browsers and the platform reach this server, without a slash at the end.
    pub public_url: String,
    /// The address the server listens at.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// `postgres://…` or the path of an SQLite file.
    pub database: String,
    /// The platform this system belongs to.
    pub platform: PlatformConfig,
    /// Files with this system's own keys.
    pub keys: KeyConfig,
    /// How one-time codes reach the signer.
    #[serde(default)]
    pub sender: SenderConfig,
    /// The page on which this system's own users seal documents.
    #[serde(default)]
    pub application: ApplicationConfig,
    /// What a signer must have agreed to.
    #[serde(default)]
    pub consent: ConsentConfig,
    /// The time-stamping authority asked for a stamp over each signature; none when absent.
    #[serde(default)]
    pub time_stamp: Option<TimeStampConfig>,
    /// The folder of the reference authority that certifies the owners of new seals; none where they bring their
    /// own certificates.
    #[serde(default)]
    pub authority: Option<AuthorityConfig>,
    /// How connections are taken, and how many.
    #[serde(default)]
    pub server: ServerConfig,
    /// Whether traces are sent, and where to.
    #[serde(default)]
    pub telemetry: TelemetrySettings,
    /// How SM2 signatures are verified, and with how much memory.
    #[serde(default)]
    pub sm2: Sm2Settings,
}

/// How connections are taken, and how many.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where plain HTTP may be spoken without `tls`: `loopback`, an address that nobody outside this machine reaches,
    /// or `anywhere`, for a server that only a TLS gateway reaches.
    pub plain_http: PlainHttp,
    /// TLS; plain HTTP when absent.
    pub tls: Option<TlsSettings>,
    /// Gateways in front, as addresses or networks (`192.0.2.7/32`): only they are believed about the caller before
    /// them (`X-Forwarded-For`, `X-Forwarded-Proto`, `Client-Cert`), and they have to overwrite these headers.
    #[schemars(with = "Vec<String>")]
    pub proxies: Vec<IpNet>,
    /// Further addresses that may read `/metrics`; this machine always may.
    #[schemars(with = "Vec<String>")]
    pub metrics_from: Vec<IpAddr>,
    /// How long connections are still taken after the server was asked to end, in milliseconds.
    pub drain_ms: u64,
    /// Megabytes that have to be left on the disk of an SQLite database; with less the server is not ready.
    pub min_free_mb: u64,
    /// Most requests under way at once (90001 beyond it).
    pub requests: usize,
    /// Most requests under way at once from one address; the platform is one.
    pub requests_per_address: usize,
    /// Most connections at once from one address.
    pub connections_per_address: usize,
    /// What one address may ask for, pages too, before anybody is looked up (10009 beyond it).
    pub address_rate: Rate,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            plain_http: PlainHttp::Loopback,
            tls: None,
            proxies: Vec::new(),
            metrics_from: Vec::new(),
            drain_ms: 0,
            min_free_mb: 256,
            requests: 1024,
            requests_per_address: 512,
            connections_per_address: 1024,
            address_rate: Rate { per_second: 1000, burst: 2000 },
        }
    }
}

impl Config {
    /// Every setting that a system must not run with: the field, dotted, and the reason.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut require = |good: bool, field, reason: &str| {
            if !good {
                faults.push((field, reason.to_owned()));
            }
        };
        let is_id = |text: &str| protocol::AppId::parse(text).is_ok();
        let id = "letters, digits, dot, underscore and hyphen, at most 64";
        require(is_id(&self.app_id), "app_id", id);
        require(is_id(&self.platform.id), "platform.id", id);
        let is_web = |text: &str| text.starts_with("https://") || text.starts_with("http://");
        let web = "must begin with https:// or http://";
        require(is_web(&self.public_url), "public_url", web);
        require(is_web(&self.platform.url), "platform.url", web);
        require(!self.platform.keys.is_empty(), "platform.keys", "no key of the platform");
        let prints = &self.platform.client_certificates;
        let is_print = |text: &String| text.parse::<Fingerprint>().is_ok();
        require(prints.iter().all(is_print), "platform.client_certificates", &NotAFingerprint.to_string());
        let tls = self.platform.tls.fault();
        require(tls.is_none(), "platform.tls", tls.unwrap_or_default());
        require((5..=30).contains(&self.consent.minutes), "consent.minutes", "5 to 30");
        if let Some(stamp) = &self.time_stamp {
            require(is_web(&stamp.url), "time_stamp.url", web);
        }
        for (number, field) in [
            (self.server.requests, "server.requests"),
            (self.server.requests_per_address, "server.requests_per_address"),
            (self.server.connections_per_address, "server.connections_per_address"),
        ] {
            require(number > 0, field, "at least 1");
        }
        let rate = self.server.address_rate;
        require(rate.per_second > 0 && rate.burst > 0, "server.address_rate", "at least 1 each");
        require(self.server.drain_ms <= 600_000, "server.drain_ms", "at most 600000");
        if let Some((field, reason)) = self.telemetry.fault() {
            require(false, field, reason);
        }
        match self.listen.parse::<SocketAddr>() {
            Ok(address) => {
                let plain = self.server.plain_http.check(address, self.server.tls.as_ref());
                faults.extend(plain.err().map(|error| ("listen", error.to_string())));
            }
            Err(_) => faults.push(("listen", "no address, such as 127.0.0.1:8081".to_owned())),
        }
        faults
    }
}

impl ServerConfig {
    pub(crate) fn limits(&self, file_bytes: usize) -> Limits {
        Limits {
            file_bytes,
            requests: self.requests,
            requests_per_address: self.requests_per_address,
            address_rate: self.address_rate,
            ..Limits::default()
        }
    }

    pub(crate) fn entrance(&self) -> Result<Entrance, TlsError> {
        Ok(Entrance {
            tls: self.tls.clone().map(Tls::open).transpose()?,
            proxies: self.proxies.clone(),
            connections_per_address: self.connections_per_address,
            drain: Duration::from_millis(self.drain_ms),
        })
    }
}

/// Who puts a time stamp (GB/T 20520) over each signature.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeStampConfig {
    /// Its address.
    pub url: String,
    /// Whether a document may not be sealed without.
    #[serde(default)]
    pub required: bool,
}

/// The reference authority: for tests and demonstrations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorityConfig {
    /// Its folder, with `issuing.p12` and the rest.
    pub folder: PathBuf,
    /// Where its revocation list is, written into certificates.
    #[serde(default)]
    pub crl_url: Option<String>,
    /// Where its OCSP responder is, written into certificates.
    #[serde(default)]
    pub ocsp_url: Option<String>,
}

/// Where the platform is and whom to believe.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformConfig {
    /// Base address, without a slash at the end.
    pub url: String,
    /// The platform's id: the audience of our requests, and the appId of its requests to us.
    pub id: String,
    /// The platform's signing keys: PEM files with certificates or public keys.
    pub keys: Vec<PathBuf>,
    /// SHA-256 fingerprints of the platform's TLS certificates; with any, it has to show one when it calls us.
    #[serde(default)]
    pub client_certificates: Vec<String>,
    /// How we speak TLS with it.
    #[serde(default)]
    pub tls: ClientTls,
}

/// This system's own keys. Each is an encrypted PKCS#12 file; the password comes from the environment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Signs requests to the platform and answers to it.
    pub system: PathBuf,
    /// The seal maker's key and certificate (制章者).
    pub maker: PathBuf,
    /// 32 random bytes in hexadecimal that protect personal data and users' keys in the database.
    pub master: PathBuf,
    /// Name of the environment variable with the password of the PKCS#12 files.
    #[serde(default = "default_password_variable")]
    pub password_variable: String,
    /// PEM files with the CA certificates above the makers and signers this system accepts.
    #[serde(default)]
    pub trust: Vec<PathBuf>,
}

/// The ways to deliver a one-time code. Others are added by implementing [`crate::sender::CodeSender`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "lowercase")]
pub enum SenderConfig {
    /// Prints it on the server's terminal: for a demonstration on one's own machine.
    #[default]
    Console,
    /// Appends it to a file: for tests and demonstrations.
    File {
        /// The file; made when it is not there, readable by its owner only.
        path: PathBuf,
    },
}

/// Who may use the sealing page.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicationConfig {
    /// Whether the page is there at all.
    pub enabled: bool,
    /// Whether browsers on other machines may use it, under the name in `public_url` and over https. There is no
    /// sign-in yet, so the default is no.
    pub remote: bool,
    /// Largest document, in bytes.
    pub max_document: usize,
    /// The name of the handler (`/Filter`) in sealed PDFs, where readers ask for another than ours.
    pub pdf_filter: Option<String>,
    /// The name of the encoding (`/SubFilter`) in sealed PDFs; `GM.sm2seal` without.
    pub pdf_sub_filter: Option<String>,
}

impl Default for ApplicationConfig {
    fn default() -> Self {
        Self { enabled: true, remote: false, max_document: 50 << 20, pdf_filter: None, pdf_sub_filter: None }
    }
}

impl ApplicationConfig {
    /// The names in the signature dictionary of a sealed PDF; none for the usual ones.
    pub(crate) fn profile(&self) -> Option<Profile> {
        let usual = Profile::seal();
        let profile = Profile {
            filter: self.pdf_filter.clone().unwrap_or_else(|| usual.filter.clone()),
            sub_filter: self.pdf_sub_filter.clone().unwrap_or_else(|| usual.sub_filter.clone()),
            ..usual.clone()
        };
        (profile != usual).then_some(profile)
    }
}

/// Rules for consent (意愿认证).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentConfig {
    /// Seal types ("01" to "08") whose consent must name the document's digest (resolutions 24).
    pub require_document: Vec<String>,
    /// Minutes in which a signer may decide, 5 to 30 (facts §7).
    pub minutes: u32,
}

impl Default for ConsentConfig {
    fn default() -> Self {
        Self { require_document: Vec::new(), minutes: 10 }
    }
}

fn default_listen() -> String {
    "127.0.0.1:8081".to_owned()
}

fn default_password_variable() -> String {
    "SEALBRIDGE_KEY_PASSWORD".to_owned()
}
