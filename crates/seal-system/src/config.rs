//! Configuration of a seal system: one TOML file, unknown fields refused, defaults in code.

use std::path::PathBuf;

use http_server::Sm2Settings;
use serde::Deserialize;

/// A seal system's settings. Only `app_id`, `name`, `public_url`, `database` and `platform` have no default.
#[derive(Debug, Clone, Deserialize)]
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
    /// How SM2 signatures are verified, and with how much memory.
    #[serde(default)]
    pub sm2: Sm2Settings,
}

/// Who puts a time stamp (GB/T 20520) over each signature.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStampConfig {
    /// Its address.
    pub url: String,
    /// Whether a document may not be sealed without.
    #[serde(default)]
    pub required: bool,
}

/// The reference authority: for tests and demonstrations.
#[derive(Debug, Clone, Deserialize)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformConfig {
    /// Base address, without a slash at the end.
    pub url: String,
    /// The platform's id: the audience of our requests, and the appId of its requests to us.
    pub id: String,
    /// The platform's signing keys: PEM files with certificates or public keys.
    pub keys: Vec<PathBuf>,
}

/// This system's own keys. Each is an encrypted PKCS#12 file; the password comes from the environment.
#[derive(Debug, Clone, Deserialize)]
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
#[derive(Debug, Clone, Default, Deserialize)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicationConfig {
    /// Whether the page is there at all.
    pub enabled: bool,
    /// Whether browsers on other machines may use it, under the name in `public_url` and over https. There is no
    /// sign-in yet, so the default is no.
    pub remote: bool,
    /// Largest document, in bytes.
    pub max_document: usize,
}

impl Default for ApplicationConfig {
    fn default() -> Self {
        Self { enabled: true, remote: false, max_document: 50 << 20 }
    }
}

/// Rules for consent (意愿认证).
#[derive(Debug, Clone, Deserialize)]
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
