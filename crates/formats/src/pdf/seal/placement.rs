//! What is to be added.

use jiff::Timestamp;

use super::profile::{Profile, Reserve};
use crate::ofd::Stamp;
use crate::ses::Picture;

/// A seal or signature to be added.
#[derive(Debug, Clone)]
pub struct Placement {
    /// A seal or a plain signature.
    pub kind: Kind,
    /// Its names.
    pub profile: Profile,
    /// Where it is shown, in millimetres from the left upper corner of the page as it is shown. None for a signature
    /// that is not shown, and for a field that has its place already.
    pub stamps: Vec<Stamp>,
    /// The field that takes it.
    pub field: FieldChoice,
    /// What it says about itself.
    pub about: About,
    /// The signing time; whole seconds count.
    pub signing_time: Timestamp,
    /// Whether it certifies the document, and what may be changed afterwards.
    pub certify: Option<Certify>,
    /// Whether it locks every field of the document (FieldMDP with `All`), so that no other can be signed afterwards.
    pub lock_fields: bool,
    /// Room for the value.
    pub reserve: Reserve,
    /// Whether a time stamp will be in the value for certain, as a field may ask.
    pub is_stamped: bool,
    /// 32 random bytes, of which an encrypted file gets its initial vectors. In other files they have no effect.
    pub seed: [u8; 32],
}

impl Placement {
    /// A seal in a new field, by its default profile.
    pub fn seal(seal_der: Vec<u8>, stamps: Vec<Stamp>, signing_time: Timestamp, seed: [u8; 32]) -> Self {
        Self {
            kind: Kind::Seal(seal_der),
            profile: Profile::seal(),
            stamps,
            field: FieldChoice::New(None),
            about: About::default(),
            signing_time,
            certify: None,
            lock_fields: false,
            reserve: Reserve::default(),
            is_stamped: false,
            seed,
        }
    }

    /// A plain signature that is not shown, in a new field, by its default profile.
    pub fn sign(signing_time: Timestamp, seed: [u8; 32]) -> Self {
        Self {
            kind: Kind::Sign(None),
            profile: Profile::cms(),
            ..Self::seal(Vec::new(), Vec::new(), signing_time, seed)
        }
    }
}

/// What kind of signature is added.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A seal (GB/T 38540), given as DER; the value will be an SES_Signature.
    Seal(Vec<u8>),
    /// A plain signature (GB/T 35275), shown by a picture or not; the value will be a SignedData.
    Sign(Option<Picture>),
}

/// The field that takes a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChoice {
    /// A new one, of this name, or of the first free one of `Signature1`, `Signature2` and so on.
    New(Option<String>),
    /// The existing empty one of this full name.
    Existing(String),
    /// The first empty one, in the order of the form.
    FirstEmpty,
}

/// What a signature says about itself (§12.8.1). Nothing of it is protected beyond the digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Who signs.
    pub name: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// How the signer can be reached.
    pub contact: Option<String>,
    /// The program that signs; `sealbridge` without.
    pub application: Option<String>,
}

/// What may be changed after a certification (§12.8.2.2, table 254).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certify {
    /// Nothing.
    NoChanges,
    /// Forms may be filled in and signed.
    Forms,
    /// That, and annotations.
    Annotations,
}

impl Certify {
    /// The value of `/P`.
    pub const fn level(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::Forms => 2,
            Self::Annotations => 3,
        }
    }
}
