//! Real seals for scripted systems: made by a maker's key, with a certificate to sign with.
#![expect(clippy::expect_used, reason = "a test that cannot have its system must stop")]

use crypto::Sm2KeyPair;
use formats::ses::{CertList, Picture, SealDraft};
use formats::x509::Certificate;
use jiff::Timestamp;
use protocol::lists::{CertType, OwnerKind, SealType};
use protocol::{SealCode, SealName, UkeyId};

use crate::pki::Party;

/// What a seal is made of.
#[derive(Clone)]
pub struct SealSpec<'a> {
    /// esID.
    pub es_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub seal_type: SealType,
    /// Whose it is: a credit code or an identity number.
    pub owner: &'a str,
    /// Where its key is.
    pub cert_type: CertType,
    /// The UKey.
    pub ukey_id: Option<&'a str>,
    /// Who makes it.
    pub maker: &'a Party,
    /// Who signs with it.
    pub signer: &'a Party,
    /// Its validity.
    pub valid: (Timestamp, Timestamp),
}

/// A seal of a scripted system.
#[derive(Clone)]
pub struct ScriptedSeal {
    /// The platform's code, known once it is filed.
    pub seal_code: Option<SealCode>,
    /// The seal.
    pub der: Vec<u8>,
    /// Its name.
    pub name: SealName,
    /// Its type.
    pub seal_type: SealType,
    /// Whose it is.
    pub owner: String,
    /// What the owner is.
    pub owner_kind: OwnerKind,
    /// Where its key is.
    pub cert_type: CertType,
    /// The UKey.
    pub ukey_id: Option<UkeyId>,
    /// The certificate.
    pub certificate: Certificate,
    /// The key.
    pub key: Sm2KeyPair,
    /// Its picture.
    pub picture: Vec<u8>,
    /// End of validity.
    pub valid_end: Timestamp,
}

/// Side of the square picture in millimetres and in pixels (300 dpi).
pub(crate) const SIDE_MM: u32 = 42;
pub(crate) const SIDE_PX: u32 = 496;

/// The smallest PNG there is, one transparent point; `tail` makes pictures differ.
///
/// # Panics
/// Never.
pub fn png(tail: &str) -> Vec<u8> {
    const ONE_POINT: &str = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000b4944415478da63\
                             6000020000050001e9fadcd80000000049454e44ae426082";
    let mut bytes = hex::decode(ONE_POINT).expect("hexadecimal");
    bytes.extend_from_slice(tail.as_bytes());
    bytes
}

/// Makes a seal.
///
/// # Panics
/// When the specification is none of a seal.
pub fn make_seal(spec: &SealSpec<'_>) -> ScriptedSeal {
    let picture = png(spec.es_id);
    let draft = SealDraft {
        vid: "SCRIPTED".to_owned(),
        es_id: spec.es_id.to_owned(),
        seal_type: spec.seal_type.number().into(),
        name: spec.name.to_owned(),
        cert_list: CertList::Certificates(vec![spec.signer.der()]),
        create: spec.valid.0,
        valid_start: spec.valid.0,
        valid_end: spec.valid.1,
        picture: Picture {
            kind: "PNG".to_owned(),
            data: picture.clone(),
            width_mm: SIDE_MM.into(),
            height_mm: SIDE_MM.into(),
        },
        ext_datas: Vec::new(),
    };
    let der = draft.sign(&spec.maker.key, &spec.maker.der()).expect("a seal");
    ScriptedSeal {
        seal_code: None,
        der,
        name: SealName::parse(spec.name).expect("a name"),
        seal_type: spec.seal_type,
        owner: spec.owner.to_owned(),
        owner_kind: spec.seal_type.owner(),
        cert_type: spec.cert_type,
        ukey_id: spec.ukey_id.map(|id| UkeyId::parse(id).expect("a UKey id")),
        certificate: spec.signer.certificate.clone(),
        key: spec.signer.key.clone(),
        picture,
        valid_end: spec.valid.1,
    }
}
