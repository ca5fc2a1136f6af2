//! The platform's configuration: one TOML file, every field with a default that works, unknown fields refused.
//!
//! Nothing secret stands in it: key files are named by path, and their password comes from elsewhere
//! (see [`Keys::password_file`]). What belongs to one system (addresses, keys, grants) is data in the
//! registry and not configuration.

mod federation;
mod limits;
mod policy;
mod routing;

use std::net::SocketAddr;
use std::path::PathBuf;

use formats::oid::Oid;
use http_server::Sm2Settings;
use serde::Deserialize;

pub use federation::Federation;
pub use limits::{Limits, Rate, Times};
pub use policy::{
    DuplicateSeal, Fetch, Filing, Policy, Revocation, Signing, Stamping, TimeStamp, Verification,
};
pub use routing::Routing;

/// The whole configuration. A field that is absent has the value of [`Config::default`].
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
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
    /// What the operator decides about filing, signing and verification.
    pub policy: Policy,
    /// How SM2 signatures are verified, and with how much memory.
    pub sm2: Sm2Settings,
}

/// Who the platform is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The overview page for people, on the same address.
    pub pages: bool,
    /// Further addresses that may read `/metrics`; this machine always may.
    pub metrics_from: Vec<std::net::IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8400)), pages: true, metrics_from: Vec::new() }
    }
}

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseAddress {
    /// `sqlite:PATH` or `postgres://…`. An address with a password is better given by the environment
    /// (`SEALBRIDGE_DATABASE`), which goes before this field.
    pub address: String,
    /// Connections at most.
    pub connections: u32,
}

impl Default for DatabaseAddress {
    fn default() -> Self {
        Self { address: "sqlite:platform.db".to_owned(), connections: 8 }
    }
}

/// Where the keys are. All are made by `sealbridge` when they are missing at the first start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
    /// [`ConfigError::Value`] for the first value that is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let require = |good: bool, field, reason| {
            if good { Ok(()) } else { Err(ConfigError::Value { field, reason }) }
        };
        require(
            protocol::AppId::try_from(self.platform.id.as_str()).is_ok(),
            "platform.id",
            "letters, digits, dot, underscore and hyphen, at most 64",
        )?;
        require(
            (1..=30).contains(&self.times.sign_id_minutes),
            "times.sign_id_minutes",
            "1 to 30, the longest a signId may live",
        )?;
        require((1..=30).contains(&self.times.auth_id_minutes), "times.auth_id_minutes", "1 to 30")?;
        require((1..=5).contains(&self.times.auth_code_minutes), "times.auth_code_minutes", "1 to 5")?;
        require(self.times.route_ms > 0, "times.route_ms", "more than 0")?;
        require(self.limits.verifications > 0, "limits.verifications", "at least 1")?;
        require(self.limits.rate.per_second > 0, "limits.rate.per_second", "at least 1")?;
        require(self.limits.rate.burst > 0, "limits.rate.burst", "at least 1")?;
        if let Some((field, reason)) = self.routing.fault().or_else(|| self.federation.fault()) {
            return Err(ConfigError::Value { field, reason });
        }
        let stamp = &self.policy.signing.time_stamp;
        let is_address = stamp.url.starts_with("http://") || stamp.url.starts_with("https://");
        require(
            is_address || (stamp.url.is_empty() && stamp.mode == Stamping::Off),
            "policy.signing.time_stamp.url",
            "the address of a time-stamping authority, http:// or https://",
        )?;
        require(
            stamp.policy.is_empty() || stamp.policy.parse::<Oid>().is_ok(),
            "policy.signing.time_stamp.policy",
            "a dotted object identifier, such as 1.2.156.112600.1",
        )?;
        require(
            (1..=60_000).contains(&stamp.deadline_ms),
            "policy.signing.time_stamp.deadline_ms",
            "1 to 60000",
        )?;
        let verification = &self.policy.verification;
        require(
            verification.certificate_policies.iter().all(|policy| policy.parse::<Oid>().is_ok()),
            "policy.verification.certificate_policies",
            "dotted object identifiers, such as 1.2.156.112600.1",
        )?;
        require(
            (1..=60_000).contains(&verification.fetch.deadline_ms),
            "policy.verification.fetch.deadline_ms",
            "1 to 60000",
        )
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
            ("[limits]\nverifications = 0", "limits.verifications"),
            ("[limits.rate]\nburst = 0", "limits.rate.burst"),
            ("[routing]\nbreaker_failures = 0", "routing.breaker_failures"),
            ("[federation]\nmax_platforms = 0", "federation.max_platforms"),
            ("[federation]\nlist_hours = 0", "federation.list_hours"),
            ("[routing]\nbreaker_longest_ms = 10", "routing.breaker_longest_ms"),
            ("[routing]\nprobe_deadline_ms = 0", "routing.probe_deadline_ms"),
            (
                "[policy.verification]\ncertificate_policies = [\"1.x\"]",
                "policy.verification.certificate_policies",
            ),
            ("[policy.signing.time_stamp]\nmode = \"wanted\"", "policy.signing.time_stamp.url"),
            ("[policy.signing.time_stamp]\nurl = \"tsa.example.cn\"", "policy.signing.time_stamp.url"),
            ("[policy.signing.time_stamp]\npolicy = \"1.x\"", "policy.signing.time_stamp.policy"),
            ("[policy.signing.time_stamp]\ndeadline_ms = 0", "policy.signing.time_stamp.deadline_ms"),
            ("[policy.verification.fetch]\ndeadline_ms = 0", "policy.verification.fetch.deadline_ms"),
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
