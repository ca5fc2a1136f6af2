//! What the operator decides about filing, consent, signing and verification.

use schemars::JsonSchema;
use serde::Deserialize;

use super::signing::Signing;

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

/// About document verification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verification {
    /// What missing revocation data mean: `soft` judges without them and says so, `strict` cannot judge then,
    /// `off` does not look.
    pub revocation: Revocation,
    /// The certificate policies (dotted identifiers) of which signers and seal makers must have one; empty: not judged.
    pub certificate_policies: Vec<String>,
    /// Whose seals are accepted when the register does not have them: `listed` those of the makers on the trust list (of
    /// any system, or of a platform that is trusted), and where there is none, everybody's; `any` everybody's.
    pub makers: Makers,
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

/// Whose seals are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Makers {
    /// Those of makers on the trust list; others leave a verdict open.
    #[default]
    Listed,
    /// Those of anybody below a trusted certificate, which a note says.
    Any,
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
