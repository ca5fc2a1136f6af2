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

/// Whose certificate makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The signer's: the claim is to be the owner of the seal.
    Signer,
    /// The seal maker's: the claim is to be the organisation that runs the seal's system.
    Maker,
}

/// An identity number in a certificate (GB/T 20518): without spaces and hyphens, letters in upper case. `Debug` shows
/// its kind alone: it may be a person's.
#[derive(Clone, PartialEq, Eq)]
pub enum OwnerClaim {
    /// Organisation code: the unified social credit code of 18 characters, or the older one of 9.
    Organization(String),
    /// Business registration number.
    Registration(String),
    /// Tax number.
    Tax(String),
    /// Social insurance number of a person.
    Insurance(String),
    /// Resident identity card of a person.
    ResidentCard(String),
}

impl std::fmt::Debug for OwnerClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Organization(_) => "Organization",
            Self::Registration(_) => "Registration",
            Self::Tax(_) => "Tax",
            Self::Insurance(_) => "Insurance",
            Self::ResidentCard(_) => "ResidentCard",
        })
    }
}

/// What a register says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnerMatch {
    /// It is the number of whom the register knows.
    Same,
    /// It is somebody else's.
    Other,
    /// The register has no number of this kind to compare with.
    NotKnown,
}

impl OwnerClaim {
    /// Compares the claim with an organisation's unified social credit code (GB 32100). The older codes live on inside
    /// it: characters 9 to 17 are the organisation code, and a tax number of 15 characters ends in it.
    pub fn against_uscc(&self, uscc: &str) -> OwnerMatch {
        let code = uscc.get(8..17);
        let verdict = |same: bool| if same { OwnerMatch::Same } else { OwnerMatch::Other };
        match self {
            Self::Organization(number) | Self::Registration(number) | Self::Tax(number)
                if number.len() == 18 =>
            {
                verdict(number == uscc)
            }
            Self::Organization(number) if number.len() == 9 => verdict(Some(number.as_str()) == code),
            // Many tax numbers of that length were built otherwise: only agreement says something.
            Self::Tax(number)
                if number.len() == 15 && number.get(6..).is_some() && number.get(6..) == code =>
            {
                OwnerMatch::Same
            }
            _ => OwnerMatch::NotKnown,
        }
    }
}

/// A register of seals. Answers come from memory: a caller with a database looks up the seals of a document
/// beforehand (see [`crate::seals_in`]).
pub trait SealRegister: Send + Sync {
    /// The state of a seal at a time.
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer;

    /// Whether a number in a certificate is that of whom the register knows: asked for filed seals alone. The register
    /// compares by itself, so that what it knows of an owner stays with it.
    fn compare_owner(&self, _seal: &SealIdentity, _party: Party, _claim: &OwnerClaim) -> OwnerMatch {
        OwnerMatch::NotKnown
    }
}

#[cfg(test)]
mod tests {
    use super::{OwnerClaim, OwnerMatch};

    #[test]
    fn old_codes_live_on_in_the_credit_code() {
        let uscc = "91110000802100433B";
        let against = |claim: OwnerClaim| claim.against_uscc(uscc);
        let text = str::to_owned;
        assert_eq!(against(OwnerClaim::Organization(text(uscc))), OwnerMatch::Same);
        assert_eq!(against(OwnerClaim::Organization(text("802100433"))), OwnerMatch::Same);
        assert_eq!(against(OwnerClaim::Tax(text("110101802100433"))), OwnerMatch::Same);
        assert_eq!(against(OwnerClaim::Registration(text(uscc))), OwnerMatch::Same);
        assert_eq!(against(OwnerClaim::Organization(text("91110000802100433A"))), OwnerMatch::Other);
        assert_eq!(against(OwnerClaim::Organization(text("802100434"))), OwnerMatch::Other);
        assert_eq!(against(OwnerClaim::Tax(text("91110000802100433A"))), OwnerMatch::Other);
        for unknown in [
            OwnerClaim::Tax(text("110101999999999")),
            OwnerClaim::Registration(text("110000001234567")),
            OwnerClaim::Insurance(text(uscc)),
            OwnerClaim::ResidentCard(text("11010519491231002X")),
            OwnerClaim::Organization(text("8")),
            OwnerClaim::Tax(text("税税税税税")),
        ] {
            assert_eq!(unknown.against_uscc(uscc), OwnerMatch::NotKnown, "{unknown:?}");
        }
        assert_eq!(OwnerClaim::Organization(text("802100433")).against_uscc(""), OwnerMatch::Other);
        assert_eq!(format!("{:?}", OwnerClaim::ResidentCard(text("1"))), "ResidentCard");
    }
}
