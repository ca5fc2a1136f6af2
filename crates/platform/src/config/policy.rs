//! What the operator decides about filing, consent, signing and verification.

use schemars::JsonSchema;
use serde::Deserialize;

/// The operator's decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// About filing.
    pub filing: Filing,
    /// About consent and signing.
    pub signing: Signing,
    /// About document verification.
    pub verification: Verification,
}

/// What happens when a system files a second seal of type 01 for the same organisation and certificate while
/// the first is in force (`facts` §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DuplicateSeal {
    /// It is refused (30004).
    #[default]
    Deny,
    /// It is filed.
    Allow,
}

/// About filing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filing {
    /// A second official seal of the same organisation with the same certificate.
    pub duplicate_official_seal: DuplicateSeal,
}

/// About consent and signing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// Types of seals ("01" to "08") for which an application for consent must name the digest of the document
    /// (resolution 24). Empty by default, as the tables have no such field.
    pub document_binding: Vec<String>,
    /// Whether hashType 3 (SHA-256) may be used with seals that have an RSA certificate (resolution 28).
    pub rsa: bool,
    /// Whether the message of a P1 signature must be a TBS_Sign of GB/T 38540 with the very seal. When it is
    /// not demanded, a message that is one is still compared with the seal.
    pub p1_must_be_seal_data: bool,
    /// About time stamps over the signatures that are carried.
    pub time_stamp: TimeStamp,
}

/// Whether the platform has a time stamp (GB/T 20520) put over each signature that it carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeStamp {
    /// Whether there is one.
    pub mode: Stamping,
    /// The authority's address, `http://` or `https://`. Its certificate must lead to the trust list.
    pub url: String,
    /// The policy under which it shall stamp, a dotted identifier; empty leaves it to the authority.
    pub policy: String,
    /// How long it may take, in milliseconds.
    pub deadline_ms: u64,
}

impl Default for TimeStamp {
    fn default() -> Self {
        let (url, policy) = (String::new(), String::new());
        Self { mode: Stamping::Off, url, policy, deadline_ms: 3_000 }
    }
}

/// What is done about time stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stamping {
    /// None is asked for.
    #[default]
    Off,
    /// One is asked for; where none comes, the signature is handed out without, and the answer says so.
    Wanted,
    /// No signature is handed out without (60005 until there is one).
    Required,
}

/// About document verification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verification {
    /// What missing revocation data mean: `soft` judges without them and says so, `strict` cannot judge then,
    /// `off` does not look.
    pub revocation: Revocation,
    /// The certificate policies (dotted identifiers) of which signers and seal makers must have one; empty: not judged.
    pub certificate_policies: Vec<String>,
    /// About fetching what is lacking from addresses in certificates.
    pub fetch: Fetch,
    /// About comparing the pages of a PDF by how they look.
    pub render: Render,
}

/// About drawing the pages of a PDF as they were signed and as they are now, and comparing the pictures. A process of its
/// own draws, with bounds on its memory and time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Render {
    /// Whether pages are compared so.
    pub enabled: bool,
    /// Time for one document, in milliseconds; pages beyond it are not compared, and the report says so.
    pub deadline_ms: u64,
}

impl Default for Render {
    fn default() -> Self {
        Self { enabled: false, deadline_ms: 20_000 }
    }
}

/// About fetching revocation lists, OCSP answers and issuers' certificates from the addresses that certificates name.
/// Those addresses are chosen by whoever made a document: nothing inside is reached unless its host is listed here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Fetch {
    /// Whether anything is fetched at all.
    pub enabled: bool,
    /// Hosts that may have inner addresses, as `host` or `host:port`.
    pub allowed_hosts: Vec<String>,
    /// The ports that may be used.
    pub ports: Vec<u16>,
    /// Time for one item, in milliseconds.
    pub deadline_ms: u64,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { enabled: false, allowed_hosts: Vec::new(), ports: vec![80, 443], deadline_ms: 5_000 }
    }
}

/// What missing revocation data mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Revocation {
    /// Judge without them and report it.
    #[default]
    Soft,
    /// The verdict is indeterminate.
    Strict,
    /// Do not look at them.
    Off,
}
