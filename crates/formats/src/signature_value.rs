//! Signature values as they are met: DER as the standards ask, 64 bare octets, or with zeros cut off.
//!
//! The value in the file is tried first. The others are tried after it, and whoever accepts one of them
//! also gets the deviation to report. All are encodings of one and the same pair (r, s), so that trying
//! them gives nobody a signature that was not made.

use crypto::{SignatureAlgorithm, Sm2Signature, VerifyError, VerifyingKey};

use crate::asn1::{BitString, DeviationKind};

/// Octets that a writer may have cut off: more zeros at the end of s are beyond belief.
const MAX_TRIMMED: usize = 4;

/// One reading of a signature value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureCandidate {
    /// The value to verify, in DER for SM2.
    pub der: Vec<u8>,
    /// What it takes to read it so; `None` for the value as it stands in the file.
    pub deviation: Option<DeviationKind>,
}

/// The readings of a signature value, the one in the file first.
pub fn signature_candidates(value: &BitString) -> Vec<SignatureCandidate> {
    let stored = &value.bytes;
    let mut candidates = vec![SignatureCandidate { der: stored.clone(), deviation: None }];
    if let Some(missing) = missing_of_der(stored)
        && let Some(der) = value.restored(stored.len().saturating_add(missing))
    {
        candidates.push(SignatureCandidate { der, deviation: Some(DeviationKind::BitsTrimmed) });
    }
    if let Some(der) = from_raw(value) {
        candidates.push(SignatureCandidate { der, deviation: Some(DeviationKind::RawSignature) });
    }
    candidates
}

/// What is odd about a value, told from its form alone.
///
/// A negative r or s is told, so that a report can say why the value is refused; it is not repaired, since
/// no standard gives such a value a meaning.
pub fn value_deviation(value: &BitString) -> Option<DeviationKind> {
    if missing_of_der(&value.bytes).is_some() {
        return Some(DeviationKind::BitsTrimmed);
    }
    if has_negative_number(&value.bytes) {
        return Some(DeviationKind::NegativeNumber);
    }
    let is_raw = value.bytes.len() == 64 && Sm2Signature::from_der(&value.bytes).is_err();
    is_raw.then_some(DeviationKind::RawSignature)
}

/// Verifies a value in each of its readings.
///
/// # Errors
/// The error of the value as stored, when no reading verifies.
pub fn verify_candidates(
    key: &VerifyingKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    value: &BitString,
) -> Result<Option<DeviationKind>, VerifyError> {
    let mut first_error = None;
    for candidate in signature_candidates(value) {
        match key.verify(algorithm, message, &candidate.der) {
            Ok(()) => return Ok(candidate.deviation),
            Err(error) => first_error = first_error.or(Some(error)),
        }
        if algorithm != SignatureAlgorithm::Sm2Sm3 {
            break;
        }
    }
    Err(first_error.unwrap_or(VerifyError::Malformed))
}

/// Octets missing at the end of `SEQUENCE { r, s }` by its own length.
fn missing_of_der(bytes: &[u8]) -> Option<usize> {
    let &[0x30, len, ref rest @ ..] = bytes else { return None };
    if len >= 0x80 || rest.first() != Some(&0x02) {
        return None;
    }
    let missing = usize::from(len).checked_sub(rest.len())?;
    (1..=MAX_TRIMMED).contains(&missing).then_some(missing)
}

/// True for `SEQUENCE { r, s }` in which one of the two numbers begins with a set sign bit.
fn has_negative_number(bytes: &[u8]) -> bool {
    let &[0x30, len, ref body @ ..] = bytes else { return false };
    if usize::from(len) != body.len() {
        return false;
    }
    let mut rest = body;
    let mut negative = false;
    while let &[0x02, len, ref tail @ ..] = rest {
        let Some((number, after)) = tail.split_at_checked(usize::from(len)) else { return false };
        negative |= number.first().is_some_and(|first| first & 0x80 != 0);
        rest = after;
    }
    negative && rest.is_empty()
}

/// r and s as 32 octets each, zeros at the end restored.
fn from_raw(value: &BitString) -> Option<Vec<u8>> {
    if value.bytes.len() < 64_usize.saturating_sub(MAX_TRIMMED) {
        return None;
    }
    let raw: [u8; 64] = value.restored(64)?.try_into().ok()?;
    Sm2Signature::from_raw64(&raw).ok().map(|signature| signature.to_der())
}
