//! Many verifications at once.

use crate::engine::{Job, verify_many};
use crate::sm3;
use crate::{SignatureAlgorithm, Sm2Signature, VerifyError, VerifyingKey};

/// One signature to be verified among others; the fields are the arguments of [`VerifyingKey::verify`].
#[derive(Debug, Clone, Copy)]
pub struct BatchItem<'a> {
    /// The key.
    pub key: &'a VerifyingKey,
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// What was signed.
    pub message: &'a [u8],
    /// The signature as [`VerifyingKey::verify`] takes it.
    pub signature: &'a [u8],
}

/// One SM2 signature over a digest; the fields are the arguments of [`VerifyingKey::verify_sm2_digest`].
#[derive(Debug, Clone, Copy)]
pub struct DigestItem<'a> {
    /// The key.
    pub key: &'a VerifyingKey,
    /// SM3(Z || M).
    pub e: [u8; 32],
    /// The signature in DER.
    pub signature: &'a [u8],
}

/// Verifies every item, each with the result that [`VerifyingKey::verify`] gives for it, in the order of the items.
/// Several SM2 signatures take less time together than one after the other.
pub fn verify_batch(items: &[BatchItem<'_>]) -> Vec<Result<(), VerifyError>> {
    verify_batch_and_digest(items, &[]).0
}

/// The same, and the SM3 digests of further messages, which cost little beside those of the items.
pub fn verify_batch_and_digest(
    items: &[BatchItem<'_>],
    messages: &[&[u8]],
) -> (Vec<Result<(), VerifyError>>, Vec<[u8; 32]>) {
    let (digests, further) = digests(items, messages);
    let mut digests = digests.into_iter();
    let results = run(items, |item| match digests.next().flatten() {
        Some(e) => prepare(item.key, e, item.signature),
        None => Err(item.key.verify(item.algorithm, item.message, item.signature)),
    });
    (results, further)
}

/// e = SM3(Z || M) of the items that are SM2, for each item in its place; and the digests of further messages.
fn digests(items: &[BatchItem<'_>], messages: &[&[u8]]) -> (Vec<Option<[u8; 32]>>, Vec<[u8; 32]>) {
    let is_sm2 =
        |item: &BatchItem<'_>| item.algorithm == SignatureAlgorithm::Sm2Sm3 && item.key.sm2_key().is_some();
    // Copying a message costs a small part of hashing it, and side by side they are hashed several times as fast.
    let inputs: Vec<Option<Vec<u8>>> =
        items.iter().map(|item| is_sm2(item).then(|| [&item.key.sm2_z(), item.message].concat())).collect();
    let mut present: Vec<&[u8]> = inputs.iter().flatten().map(Vec::as_slice).collect();
    present.extend_from_slice(messages);
    let mut made = sm3::digest_many(&present).into_iter();
    let of_items = inputs.iter().map(|input| input.as_ref().and_then(|_| made.next())).collect();
    (of_items, made.collect())
}

/// Verifies every item, each with the result that [`VerifyingKey::verify_sm2_digest`] gives for it, in the order of
/// the items.
pub fn verify_digest_batch(items: &[DigestItem<'_>]) -> Vec<Result<(), VerifyError>> {
    run(items, |item| prepare(item.key, item.e, item.signature))
}

fn prepare<'i>(
    key: &'i VerifyingKey,
    e: [u8; 32],
    signature: &[u8],
) -> Result<Job<'i>, Result<(), VerifyError>> {
    let key = key.sm2_key().ok_or(Err(VerifyError::WrongKeyKind))?;
    let signature = Sm2Signature::from_der(signature).map_err(Err)?;
    Ok(Job { key, e, signature })
}

/// Runs the jobs among the items together; other items have their result already.
fn run<'i, T>(
    items: &'i [T],
    mut prepare: impl FnMut(&'i T) -> Result<Job<'i>, Result<(), VerifyError>>,
) -> Vec<Result<(), VerifyError>> {
    let mut jobs = Vec::with_capacity(items.len());
    let prepared: Vec<Option<Result<(), VerifyError>>> =
        items.iter().map(|item| prepare(item).map(|job| jobs.push(job)).err()).collect();
    let mut outcomes = verify_many(&jobs).into_iter();
    let mut next = || if outcomes.next() == Some(true) { Ok(()) } else { Err(VerifyError::Mismatch) };
    prepared.into_iter().map(|done| done.unwrap_or_else(&mut next)).collect()
}
