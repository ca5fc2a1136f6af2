//! What an empty field asks of its signature: the seed value dictionary (ISO 32000-1 §12.7.4.5, table 234).
//!
//! A demand that is not met is refused with its name. So is one that only the signer's certificate can meet, because
//! it is not known when preparing. What is a mere suggestion is not asked about.

use super::error::SealError;
use super::placement::{Certify, Placement};
use crate::pdf::{Dictionary, Object, Pdf, text_of};

/// Bits of `/Ff` (table 234): which entries are demands.
const FILTER: i64 = 1;
const SUB_FILTER: i64 = 1 << 1;
const VERSION: i64 = 1 << 2;
const REASONS: i64 = 1 << 3;
const LEGAL_ATTESTATION: i64 = 1 << 4;
const ADD_REVOCATION_INFO: i64 = 1 << 5;
const DIGEST_METHOD: i64 = 1 << 6;
const LOCK_DOCUMENT: i64 = 1 << 7;
const APPEARANCE_FILTER: i64 = 1 << 8;

/// The version of seed values that is understood here: that of ISO 32000-2 (table 237).
const UNDERSTOOD: i64 = 3;

/// Refuses a placement that does not meet the demands of the field.
pub(super) fn check(file: &Pdf<'_>, field: &Dictionary, placement: &Placement) -> Result<(), SealError> {
    let Some(seed) = file.dictionary(field, b"SV")? else { return Ok(()) };
    let flags = integer(file, &seed, b"Ff")?.unwrap_or(0);
    let demands = |bit: i64| flags & bit != 0;
    if demands(FILTER) {
        let names = names(file, &seed, b"Filter")?;
        require(names.is_empty() || names.contains(&placement.profile.filter), "another Filter")?;
    }
    if demands(SUB_FILTER) {
        let names = names(file, &seed, b"SubFilter")?;
        require(names.is_empty() || names.contains(&placement.profile.sub_filter), "another SubFilter")?;
    }
    if demands(DIGEST_METHOD) {
        let names = names(file, &seed, b"DigestMethod")?;
        require(names.is_empty() || names.iter().any(|name| name == "SM3"), "a digest other than SM3")?;
    }
    if demands(VERSION) {
        let version = integer(file, &seed, b"V")?.unwrap_or(0);
        require(version <= UNDERSTOOD, "what a later version of the standard has")?;
    }
    if demands(REASONS) {
        check_reason(file, &seed, placement)?;
    }
    for (bit, key, what) in [
        (LEGAL_ATTESTATION, &b"LegalAttestation"[..], "a legal attestation"),
        (LOCK_DOCUMENT, b"LockDocument", "a locked document"),
        (APPEARANCE_FILTER, b"AppearanceFilter", "an appearance of its own"),
    ] {
        require(!demands(bit) || file.get(&seed, key)?.is_none(), what)?;
    }
    let adds = file.get(&seed, b"AddRevInfo")? == Some(Object::Boolean(true));
    require(!(demands(ADD_REVOCATION_INFO) && adds), "revocation information in the signature")?;
    check_certification(file, &seed, placement)?;
    check_nested(file, &seed, placement)
}

/// An empty list of reasons asks that none be given; a single full stop does too.
fn check_reason(file: &Pdf<'_>, seed: &Dictionary, placement: &Placement) -> Result<(), SealError> {
    let reasons = names(file, seed, b"Reasons")?;
    let wants_none = reasons.is_empty() || reasons.iter().all(|reason| reason == ".");
    let is_met = match &placement.about.reason {
        None => wants_none,
        Some(reason) => !wants_none && reasons.contains(reason),
    };
    require(is_met, "one of its reasons")
}

/// `/MDP`: zero asks for an ordinary signature, one to three for a certification of that level. Always a demand.
fn check_certification(file: &Pdf<'_>, seed: &Dictionary, placement: &Placement) -> Result<(), SealError> {
    let Some(mdp) = file.dictionary(seed, b"MDP")? else { return Ok(()) };
    let level = integer(file, &mdp, b"P")?.unwrap_or(0);
    require(placement.certify.map_or(0, Certify::level) == level, "another certification")
}

/// Demands of the certificate and of the time stamp have flags of their own.
fn check_nested(file: &Pdf<'_>, seed: &Dictionary, placement: &Placement) -> Result<(), SealError> {
    if let Some(certificate) = file.dictionary(seed, b"Cert")? {
        let flags = integer(file, &certificate, b"Ff")?.unwrap_or(0);
        require(flags == 0, "a certificate that is not known yet")?;
    }
    if let Some(stamp) = file.dictionary(seed, b"TimeStamp")? {
        let is_demand = integer(file, &stamp, b"Ff")?.unwrap_or(0) & 1 != 0;
        require(!is_demand || placement.is_stamped, "a time stamp")?;
    }
    Ok(())
}

fn require(is_met: bool, what: &'static str) -> Result<(), SealError> {
    if is_met { Ok(()) } else { Err(SealError::SeedValue(what)) }
}

fn integer(file: &Pdf<'_>, dictionary: &Dictionary, key: &[u8]) -> Result<Option<i64>, SealError> {
    Ok(file.get(dictionary, key)?.as_ref().and_then(Object::as_integer))
}

/// Names or texts, one or a list of them.
fn names(file: &Pdf<'_>, dictionary: &Dictionary, key: &[u8]) -> Result<Vec<String>, SealError> {
    let value = file.get(dictionary, key)?;
    let one = |object: &Object| match object {
        Object::Name(name) => Some(name.to_text()),
        Object::String(bytes) => Some(text_of(bytes)),
        _ => None,
    };
    let mut out = Vec::new();
    match &value {
        Some(Object::Array(items)) => {
            for item in items {
                out.extend(one(&*file.resolve(item)?));
            }
        }
        Some(object) => out.extend(one(object)),
        None => {}
    }
    Ok(out)
}
