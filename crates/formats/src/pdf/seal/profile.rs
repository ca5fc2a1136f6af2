//! How a signature calls itself, and how much room it gets.

use crate::oid::{self, Oid};

/// The names of a profile in the signature dictionary, and the signature algorithm of a SignedData.
///
/// The clause text of GM/T 0112-2021 is not public; the defaults are what public programs write and read. The handler
/// name (`/Filter`) carries the maker's name there, so that it is ours here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `/Filter`: the preferred handler.
    pub filter: String,
    /// `/SubFilter`: the encoding of the value.
    pub sub_filter: String,
    /// The signature algorithm that a SignedData names; it has no effect in a seal signature.
    pub signature_algorithm: Oid,
}

impl Profile {
    /// A seal: an SES_Signature of GB/T 38540.
    pub fn seal() -> Self {
        Self {
            filter: "Sealbridge.GMPkiLite".to_owned(),
            sub_filter: "GM.sm2seal".to_owned(),
            signature_algorithm: oid::SM2_WITH_SM3,
        }
    }

    /// A plain signature: a detached SignedData of GB/T 35275 with signed attributes.
    pub fn cms() -> Self {
        Self { sub_filter: "GM.sm2cms.detached".to_owned(), ..Self::seal() }
    }
}

/// Room that is kept free in `/Contents` beside what is known when preparing, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// For certificates: the signer's, and in a SignedData those of its issuers.
    pub certificates: usize,
    /// For a time-stamp token.
    pub time_stamp: usize,
}

impl Default for Reserve {
    /// Certificates of 8 KiB and a token of 8 KiB.
    fn default() -> Self {
        Self { certificates: 8 << 10, time_stamp: 8 << 10 }
    }
}
