//! What the caller decides: the time, how strict, how much.

use crypto::policy::AlgorithmPolicy;
use formats::oid::Oid;
use jiff::Timestamp;

use crate::rendering::Rendering;

/// What missing revocation data means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Revocation {
    /// Missing data makes the verdict indeterminate.
    Strict,
    /// Missing data is reported and judged without: the default where there is no network.
    #[default]
    Soft,
    /// Revocation is not looked at.
    Off,
}

impl Revocation {
    /// The stable word used on the command line and in the policy id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Soft => "soft",
            Self::Off => "off",
        }
    }
}

/// What a departure from the letter of a format means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// Every departure is a failure.
    Strict,
    /// Departures known from the field are understood and reported.
    #[default]
    Compat,
}

impl Profile {
    /// The stable word used on the command line and in the policy id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Compat => "compat",
        }
    }
}

/// How much a document may ask for. Sizes inside the container are limited by the readers of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub file_len: usize,
    /// Most signatures in one document.
    pub signatures: usize,
    /// Most bytes unpacked to find out what a document shows.
    pub walk_len: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_len: 256 << 20, signatures: 1000, walk_len: 256 << 20 }
    }
}

/// Everything the verdict depends on beside the bytes and the trust.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time of verification: "now", or another time to look from.
    pub at: Timestamp,
    /// What missing revocation data means.
    pub revocation: Revocation,
    /// What departures mean.
    pub profile: Profile,
    /// How much a document may ask for.
    pub limits: Limits,
    /// The algorithms allowed.
    pub algorithms: AlgorithmPolicy,
    /// The certificate policies of which signers and seal makers must have one; not judged when there is none.
    pub certificate_policies: Vec<Oid>,
    /// Whether the pages of a PDF are compared by how they look, as they were signed and as they are now, and who draws
    /// them. Not compared by default.
    pub rendering: Option<Rendering>,
}

impl Options {
    /// The usual policy, at a time.
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            revocation: Revocation::default(),
            profile: Profile::default(),
            limits: Limits::default(),
            algorithms: AlgorithmPolicy::standard(),
            certificate_policies: Vec::new(),
            rendering: None,
        }
    }

    /// The id of the policy, which the report carries: same id, same rules.
    pub fn policy_id(&self) -> String {
        let mut id = format!("sealbridge-3/{}/{}", self.profile.as_str(), self.revocation.as_str());
        if self.rendering.is_some() {
            id.push_str("/render");
        }
        let mut policies: Vec<String> = self.certificate_policies.iter().map(ToString::to_string).collect();
        policies.sort_unstable();
        policies.dedup();
        for policy in policies {
            id.push('/');
            id.push_str(&policy);
        }
        // The bounds and algorithms of `sealbridge-3` are part of that name; a test holds them fast. Others are told.
        if self.limits != Limits::default() || self.algorithms != AlgorithmPolicy::standard() {
            id.push('/');
            id.push_str(&crate::replay::policy_sm3(self));
        }
        id
    }
}
