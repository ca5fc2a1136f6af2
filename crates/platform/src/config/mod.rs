//! The platform's configuration: one TOML file, every field with a default that works, unknown fields refused.
//!
//! Nothing secret stands in it: key files are named by path, and their password comes from elsewhere
//! (see [`Keys::password_file`]). What belongs to one system (addresses, keys, grants) is data in the
//! registry and not configuration.

mod events;
mod federation;
mod limits;
mod onboarding;
mod policy;
mod routing;
mod signing;

use std::net::SocketAddr;
use std::path::PathBuf;

use formats::oid::Oid;
pub use http_server::Rate;
use http_server::{PlainHttp, PlainRefused, Sm2Settings, TelemetrySettings, TlsSettings};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

pub use events::Events;
pub use federation::Federation;
pub use limits::{Limits, Times};
pub use onboarding::{Expired, Onboarding, Way};
pub use policy::{DuplicateSeal, Fetch, Filing, Makers, Policy, Render, Revocation, Verification};
pub use routing::Routing;
pub use signing::{Algorithm, Form, Rules, SealTypeRules, Signing, Stamping, TimeStamp};

/// The whole configuration. A field that is absent has the value of [`Config::default`].
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who the platform is.
    pub platform: Identity,
    /// Where it listens and what stands in front of it.
    pub server: Server,
    /// Where its data are.
    pub database: DatabaseAddress,
    /// Where its keys are.
    pub keys: Keys,
    /// Sizes, rates and concurrency.
    pub limits: Limits,
    /// Life times and deadlines.
    pub times: Times,
    /// How calls find their way to seal systems.
    pub routing: Routing,
    /// How it goes together with other platforms.
    pub federation: Federation,
    /// How access systems join.
    pub onboarding: Onboarding,
    /// What changed, and who is told.
    pub events: Events,
    /// What the operator decides about filing, signing and verification.
    pub policy: Policy,
    /// Whether traces are sent, and where to.
    pub telemetry: TelemetrySettings,
    /// How SM2 signatures are verified, and with how much memory.
    pub sm2: Sm2Settings,
}

/// Who the platform is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// The id that callers write as audience into the string they sign (wire profile §2), and the appId under
    /// which the platform calls seal systems. One per environment: a sandbox has another id than production.
    pub id: String,
    /// The name people see, Chinese.
    pub name: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self { id: "sealbridge-platform".to_owned(), name: "电子印章互通互认服务平台".to_owned() }
    }
}

/// Where the platform listens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Where plain HTTP may be spoken without `tls`: `loopback`, an address that nobody outside this machine reaches,
    /// or `anywhere`, for a platform that only a TLS gateway reaches.
    pub plain_http: PlainHttp,
    /// TLS; plain HTTP when absent.
    pub tls: Option<TlsSettings>,
    /// Gateways in front, as addresses or networks (`192.0.2.7/32`): only they are believed about the caller before
    /// them (`X-Forwarded-For`, `X-Forwarded-Proto`, `Client-Cert`), and they have to overwrite these headers.
    #[schemars(with = "Vec<String>")]
    pub proxies: Vec<IpNet>,
    /// The overview page for people, on the same address.
    pub pages: bool,
    /// Further addresses that may read `/metrics`; this machine always may.
    #[schemars(with = "Vec<String>")]
    pub metrics_from: Vec<std::net::IpAddr>,
    /// How long connections are still taken after the platform was asked to end, in milliseconds: until load balancers
    /// have seen that it is not ready any more.
    pub drain_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8400)),
            plain_http: PlainHttp::Loopback,
            tls: None,
            proxies: Vec::new(),
            pages: true,
            metrics_from: Vec::new(),
            drain_ms: 0,
        }
    }
}

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseAddress {
    /// `sqlite:PATH` or `postgres://…`, with several hosts (`a:5432,b:5432`) where a primary has standbys. An address
    /// with a password is better given by the environment (`SEALBRIDGE_DATABASE`), which goes before this field.
    pub address: String,
    /// Connections at most.
    pub connections: u32,
    /// How long a request waits for a connection, in milliseconds (90001 beyond it).
    pub wait_ms: u64,
    /// Megabytes that have to be left on the disk of an SQLite database; with less the platform is not ready.
    pub min_free_mb: u64,
}

impl Default for DatabaseAddress {
    fn default() -> Self {
        Self { address: "sqlite:platform.db".to_owned(), connections: 8, wait_ms: 5_000, min_free_mb: 256 }
    }
}

/// Where the keys are. All are made by `sealbridge` when they are missing at the first start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The SM2 key that signs answers and the requests to seal systems (encrypted PKCS#8, PEM).
    pub signing: PathBuf,
    /// The long-lived SM2 root key that signs the list of the platform's keys (encrypted PKCS#8, PEM).
    pub root: PathBuf,
    /// The key that encrypts personal data at rest (encrypted, as `crypto::seal_secret` writes it).
    pub fields: PathBuf,
    /// A file with the password of the three, readable by the platform's user only. The environment variable
    /// `SEALBRIDGE_KEY_PASSWORD` goes before it.
    pub password_file: Option<PathBuf>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            signing: PathBuf::from("platform-signing.pem"),
            root: PathBuf::from("platform-root.pem"),
            fields: PathBuf::from("platform-fields.pem"),
            password_file: None,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown field, or a value of the wrong type.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Plain HTTP would be spoken where others can listen.
    #[error("server.listen: {0}")]
    Plain(#[from] PlainRefused),
    /// A value that the platform must not run with.
    #[error("{field}: {reason}")]
    Value {
        /// The field, dotted.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Config {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`ConfigError`], with line and column where the text is at fault.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// The first of [`Self::faults`].
    pub fn check(&self) -> Result<(), ConfigError> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// Every value that the platform must not run with.
    pub fn faults(&self) -> Vec<ConfigError> {
        let mut faults = Vec::new();
        let mut require = |good: bool, field, reason| {
            if !good {
                faults.push(ConfigError::Value { field, reason });
            }
        };
        require(
            protocol::AppId::try_from(self.platform.id.as_str()).is_ok(),
            "platform.id",
            "letters, digits, dot, underscore and hyphen, at most 64",
        );
        self.check_limits(&mut require);
        self.check_times(&mut require);
        self.check_policy(&mut require);
        if let Some((field, reason)) = self.telemetry.fault() {
            require(false, field, reason);
        }
        faults.extend(
            self.server.plain_http.check(self.server.listen, self.server.tls.as_ref()).err().map(Into::into),
        );
        faults
    }

    fn check_limits(&self, require: &mut impl FnMut(bool, &'static str, &'static str)) {
        let limits = &self.limits;
        require(limits.verifications > 0, "limits.verifications", "at least 1");
        for (number, field) in [
            (limits.requests, "limits.requests"),
            (limits.requests_per_address, "limits.requests_per_address"),
            (limits.uploads, "limits.uploads"),
            (limits.uploads_per_address, "limits.uploads_per_address"),
            (limits.connections_per_address, "limits.connections_per_address"),
        ] {
            require(number > 0, field, "at least 1");
        }
        let of = |rate: Rate| (rate.per_second > 0, rate.burst > 0);
        for (rate, per_second, burst) in [
            (limits.rate, "limits.rate.per_second", "limits.rate.burst"),
            (limits.system_rate, "limits.system_rate.per_second", "limits.system_rate.burst"),
            (limits.address_rate, "limits.address_rate.per_second", "limits.address_rate.burst"),
        ] {
            require(of(rate).0, per_second, "at least 1");
            require(of(rate).1, burst, "at least 1");
        }
        let known = |name: &String| protocol::ENDPOINTS.iter().any(|endpoint| endpoint.name == *name);
        require(
            limits.cost.keys().all(known),
            "limits.cost",
            "names of interfaces, as in the OpenAPI document",
        );
        require(limits.cost.values().all(|cost| *cost > 0), "limits.cost", "at least 1 each");
    }

    fn check_times(&self, require: &mut impl FnMut(bool, &'static str, &'static str)) {
        let times = &self.times;
        require(
            (1..=30).contains(&times.sign_id_minutes),
            "times.sign_id_minutes",
            "1 to 30, the longest a signId may live",
        );
        require((1..=30).contains(&times.auth_id_minutes), "times.auth_id_minutes", "1 to 30");
        require((1..=5).contains(&times.auth_code_minutes), "times.auth_code_minutes", "1 to 5");
        require(
            (1..=1_440).contains(&times.checkpoint_minutes),
            "times.checkpoint_minutes",
            "1 to 1440: what stands behind the last checkpoint is the log's word alone",
        );
        require(times.route_ms > 0, "times.route_ms", "more than 0");
        if let Some((field, reason)) = self
            .routing
            .fault()
            .or_else(|| self.federation.fault())
            .or_else(|| self.onboarding.fault())
            .or_else(|| self.events.fault())
        {
            require(false, field, reason);
        }
        require((1..=60_000).contains(&self.database.wait_ms), "database.wait_ms", "1 to 60000");
        require(self.server.drain_ms <= 600_000, "server.drain_ms", "at most 600000");
    }

    fn check_policy(&self, require: &mut impl FnMut(bool, &'static str, &'static str)) {
        if let Some((field, reason)) = self.policy.signing.fault() {
            require(false, field, reason);
        }
        let stamp = &self.policy.signing.time_stamp;
        let is_address = stamp.url.starts_with("http://") || stamp.url.starts_with("https://");
        require(
            is_address || (stamp.url.is_empty() && stamp.mode == Stamping::Off),
            "policy.signing.time_stamp.url",
            "the address of a time-stamping authority, http:// or https://",
        );
        require(
            stamp.policy.is_empty() || stamp.policy.parse::<Oid>().is_ok(),
            "policy.signing.time_stamp.policy",
            "a dotted object identifier, such as 1.2.156.112600.1",
        );
        require(
            (1..=60_000).contains(&stamp.deadline_ms),
            "policy.signing.time_stamp.deadline_ms",
            "1 to 60000",
        );
        let verification = &self.policy.verification;
        require(
            verification.certificate_policies.iter().all(|policy| policy.parse::<Oid>().is_ok()),
            "policy.verification.certificate_policies",
            "dotted object identifiers, such as 1.2.156.112600.1",
        );
        require(
            (1..=60_000).contains(&verification.fetch.deadline_ms),
            "policy.verification.fetch.deadline_ms",
            "1 to 60000",
        );
        require(
            (1..=60_000).contains(&verification.render.deadline_ms),
            "policy.verification.render.deadline_ms",
            "1 to 60000",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_file_is_the_default() {
        assert_eq!(Config::from_toml("").unwrap(), Config::default());
    }

    #[test]
    fn unknown_fields_are_refused_with_their_place() {
        let error = Config::from_toml("[platform]\nnmae = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("nmae"), "{error}");
    }

    #[test]
    fn values_out_of_range_name_their_field() {
        for (text, field) in [
            ("[platform]\nid = \"a b\"", "platform.id"),
            ("[times]\nsign_id_minutes = 31", "times.sign_id_minutes"),
            ("[times]\ncheckpoint_minutes = 0", "times.checkpoint_minutes"),
            ("[limits]\nverifications = 0", "limits.verifications"),
            ("[limits.rate]\nburst = 0", "limits.rate.burst"),
            ("[limits]\nuploads_per_address = 0", "limits.uploads_per_address"),
            ("[limits.cost]\nseal_query = 0", "limits.cost"),
            ("[limits.cost]\nseals = 2", "limits.cost"),
            ("[server]\nlisten = \"0.0.0.0:8400\"", "server.listen"),
            ("[routing]\nbreaker_failures = 0", "routing.breaker_failures"),
            ("[federation]\nmax_platforms = 0", "federation.max_platforms"),
            ("[federation]\nlist_hours = 0", "federation.list_hours"),
            ("[onboarding]\nrequired_documents = [\"diploma\"]", "onboarding.required_documents"),
            ("[onboarding]\nreview_hours = 0", "onboarding.review_hours"),
            ("[events]\nkeep_days = 1", "events.keep_days"),
            ("[events]\nlongest_pause_ms = 1", "events.longest_pause_ms"),
            ("[onboarding]\ndocument_bytes = 16777217", "onboarding.document_bytes"),
            ("[routing]\nbreaker_longest_ms = 10", "routing.breaker_longest_ms"),
            ("[routing]\nprobe_deadline_ms = 0", "routing.probe_deadline_ms"),
            (
                "[policy.verification]\ncertificate_policies = [\"1.x\"]",
                "policy.verification.certificate_policies",
            ),
            ("[policy.signing]\ndocument_binding = [\"1\"]", "policy.signing.document_binding"),
            ("[policy.signing]\nformats = []", "policy.signing.formats"),
            ("[policy.signing]\nbatch_documents = 0", "policy.signing.batch_documents"),
            ("[policy.signing]\nbatch_documents = 101", "policy.signing.batch_documents"),
            ("[policy.signing.seal_types.09]\nconsent_minutes = 5", "policy.signing.seal_types"),
            ("[policy.signing.seal_types.01]\nconsent_minutes = 31", "policy.signing.seal_types"),
            ("[policy.signing.seal_types.01]\nvoucher_minutes = 6", "policy.signing.seal_types"),
            ("[policy.signing.seal_types.01]\nalgorithms = []", "policy.signing.seal_types"),
            ("[policy.signing.time_stamp]\nmode = \"wanted\"", "policy.signing.time_stamp.url"),
            ("[policy.signing.time_stamp]\nurl = \"tsa.example.cn\"", "policy.signing.time_stamp.url"),
            ("[policy.signing.time_stamp]\npolicy = \"1.x\"", "policy.signing.time_stamp.policy"),
            ("[policy.signing.time_stamp]\ndeadline_ms = 0", "policy.signing.time_stamp.deadline_ms"),
            ("[policy.verification.fetch]\ndeadline_ms = 0", "policy.verification.fetch.deadline_ms"),
            ("[policy.verification.render]\ndeadline_ms = 0", "policy.verification.render.deadline_ms"),
        ] {
            let error = Config::from_toml(text).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }

    #[test]
    fn every_field_can_be_set() {
        let text = include_str!("../../platform.example.toml");
        let config = Config::from_toml(text).unwrap();
        assert_eq!(config, Config::default(), "the example shows the defaults");
    }
}
