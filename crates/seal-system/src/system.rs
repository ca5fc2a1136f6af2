//! The system as a whole: what its parts share.

use std::sync::Arc;

use client::Client;
use crypto::{FieldCipher, Random, Signer, VerifyingKey};
use http_server::{Fingerprint, Health};
use jiff::Timestamp;
use protocol::{ApiError, AppId, Clock};
use storage::Database;
use tokio::sync::Notify;
use verify::Trust;

use crate::authority::{Authority, AuthorityError, Credential, Subject};
use crate::config::{ApplicationConfig, ConsentConfig, ServerConfig, TimeStampConfig};
use crate::failure::fault;
use crate::sender::CodeSender;

/// Issues signing certificates for the owners of seals: a CA, here the reference one.
pub trait Certifier: Send + Sync {
    /// A signing certificate (DER) for `subject`'s key, valid from now for so many days.
    ///
    /// # Errors
    /// [`AuthorityError`].
    fn certify(
        &self,
        subject: &Subject,
        key: &VerifyingKey,
        now: Timestamp,
        days: u32,
    ) -> Result<Vec<u8>, AuthorityError>;
}

impl Certifier for Authority {
    fn certify(
        &self,
        subject: &Subject,
        key: &VerifyingKey,
        now: Timestamp,
        days: u32,
    ) -> Result<Vec<u8>, AuthorityError> {
        self.issue(formats::x509::Profile::SignerSign, subject, key, now, days)
    }
}

/// What a system is made of; all of it is given from outside.
pub struct Parts {
    /// The system's id.
    pub app_id: AppId,
    /// The name people see.
    pub name: String,
    /// Its address for browsers, without a slash at the end.
    pub public_url: String,
    /// Its database.
    pub database: Database,
    /// Signs its requests and answers.
    pub signer: Arc<dyn Signer>,
    /// The seal maker's key and certificate.
    pub maker: Credential,
    /// Protects personal data and users' keys in the database.
    pub cipher: FieldCipher,
    /// Calls the platform.
    pub platform: Client,
    /// Delivers one-time codes.
    pub sender: Arc<dyn CodeSender>,
    /// Issues certificates; `None` where users bring theirs.
    pub certifier: Option<Arc<dyn Certifier>>,
    /// Which CA certificates are trusted in documents.
    pub trust: Trust,
    /// Rules of the sealing page.
    pub application: ApplicationConfig,
    /// The time-stamping authority asked for a stamp over each signature; none without.
    pub time_stamp: Option<TimeStampConfig>,
    /// Rules for consent.
    pub consent: ConsentConfig,
    /// Tells the time.
    pub clock: Clock,
    /// Gives randomness.
    pub random: Random,
}

/// An electronic seal system. Cheap to clone.
#[derive(Clone)]
pub struct SealSystem {
    pub(crate) parts: Arc<Parts>,
    /// Rung when there is something to tell the platform.
    pub(crate) outbox_bell: Arc<Notify>,
    server: Arc<ServerRules>,
    pub(crate) health: Health,
}

/// How a system serves.
#[derive(Debug, Clone, Default)]
pub struct ServerRules {
    /// How connections are taken, and how many.
    pub config: ServerConfig,
    /// The platform's TLS certificates; with any, it has to show one.
    pub platform_certificates: Vec<Fingerprint>,
    /// The files behind our own TLS towards the platform, to be looked at again.
    pub platform_tls: Option<client::TlsFiles>,
}

impl SealSystem {
    /// Puts a system together.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            outbox_bell: Arc::new(Notify::new()),
            server: Arc::default(),
            health: Health::default(),
        }
    }

    /// The same system, which serves by these rules.
    #[must_use]
    pub fn serving_by(mut self, rules: ServerRules) -> Self {
        self.server = Arc::new(rules);
        self
    }

    pub(crate) fn server(&self) -> &ServerRules {
        &self.server
    }

    /// Its id.
    pub fn app_id(&self) -> &AppId {
        &self.parts.app_id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Calls the platform as this system.
    pub fn platform(&self) -> &Client {
        &self.parts.platform
    }

    /// Its address for browsers.
    pub fn public_url(&self) -> &str {
        &self.parts.public_url
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(crate) fn now_millis(&self) -> i64 {
        self.now().as_millisecond()
    }

    pub(crate) fn random(&self) -> &Random {
        &self.parts.random
    }

    /// Closes the database; to be called when the server has ended.
    pub async fn close(&self) {
        self.parts.database.close().await;
    }

    pub(crate) fn database(&self) -> &Database {
        &self.parts.database
    }

    /// Encrypts a personal field.
    pub(crate) fn seal_field(&self, context: &str, plain: &str) -> Result<String, ApiError> {
        self.parts.cipher.seal(context, plain, &self.parts.random).map_err(fault)
    }

    /// Decrypts a personal field.
    pub(crate) fn open_field(&self, context: &str, sealed: &str) -> Result<String, ApiError> {
        self.parts.cipher.open(context, sealed).map(|text| text.to_string()).map_err(fault)
    }

    /// The blind index under which a personal field is found.
    pub(crate) fn index(&self, context: &str, plain: &str) -> String {
        self.parts.cipher.blind_index(context, plain)
    }
}
