//! The register of filed seals, asked for the state of a seal at the signing time (GB/T 38540 §7.3 d4).

use jiff::Timestamp;

/// What identifies a seal in a register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SealIdentity {
    /// The id in the seal (esID).
    pub es_id: String,
    /// The maker's id (Vid).
    pub vendor_id: String,
    /// SM3 over the seal as stored: one version of one seal.
    pub sm3: [u8; 32],
}

/// What a register says of a seal at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterAnswer {
    /// The register does not know the seal.
    NotFiled,
    /// The register could not be asked, or has no history that reaches back so far.
    Unavailable,
    /// The seal is filed.
    Filed(Filing),
}

/// A filed seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The seal's code (印章编码).
    pub seal_code: String,
    /// The seal's type as the register codes it, for example `01`.
    pub seal_type: String,
    /// Its state at the time asked for.
    pub state: SealState,
    /// Since when it has been in that state.
    pub since: Option<Timestamp>,
}

/// The state of a filed seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealState {
    /// In force (启用).
    InForce,
    /// Not filed yet at that time.
    NotYetFiled,
    /// Disabled (停用).
    Disabled,
    /// Revoked (注销).
    Revoked,
    /// The system it belongs to was suspended.
    Suspended,
    /// This version had been replaced by another one.
    Replaced,
}

impl SealState {
    /// The name in Chinese and English.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::InForce => ("启用", "in force"),
            Self::NotYetFiled => ("尚未备案", "not yet filed"),
            Self::Disabled => ("停用", "disabled"),
            Self::Revoked => ("注销", "revoked"),
            Self::Suspended => ("所属系统暂停", "its system suspended"),
            Self::Replaced => ("已被新版本替换", "replaced by a newer version"),
        }
    }
}

/// A register of seals. Answers come from memory: a caller with a database looks up the seals of a document
/// beforehand (see [`crate::seals_in`]).
pub trait SealRegister: Send + Sync {
    /// The state of a seal at a time.
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer;
}
