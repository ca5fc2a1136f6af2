//! The signature checks of a document, gathered first and run together.
//!
//! Gathering knows which signature is checked with which key; running knows nothing else. So the checks of
//! one document go together through an engine that verifies several at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crypto::{BatchItem, SignatureAlgorithm, VerifyError, VerifyingKey};
use formats::asn1::{BitString, DeviationKind};
use formats::signature_value::signature_candidates;

/// One signature that is to be verified, in each way in which its stored bytes can be read.
#[derive(Clone, Debug)]
pub struct PendingCheck {
    /// The key.
    pub key: VerifyingKey,
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The readings, the stored one first. The signature is right when one of them is.
    pub readings: Vec<Reading>,
}

/// One reading of a signed structure.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What was signed.
    pub message: Signed,
    /// The signature value: DER for SM2 and ECDSA, the bare number for RSA.
    pub signature: Vec<u8>,
    /// What it takes to read it so.
    pub deviation: Option<DeviationKind>,
}

/// What was signed.
#[derive(Clone, Debug)]
pub enum Signed {
    /// The message.
    Message(Arc<[u8]>),
    /// What [`VerifyingKey::hasher`] made of a message that is too long to be kept.
    Prehash(Arc<[u8]>),
}

/// Messages up to this length are kept for the batch; of longer ones only the digest is, since there may be many.
const TOGETHER: usize = 64 << 10;

impl PendingCheck {
    /// The check of a value over messages: as stored first, then in the other readings that writers are
    /// known for. Only SM2 values have other readings.
    pub(crate) fn new(
        key: VerifyingKey,
        algorithm: SignatureAlgorithm,
        messages: &[(Vec<u8>, Option<DeviationKind>)],
        value: &BitString,
    ) -> Self {
        let signed = |message: &[u8]| {
            if message.len() <= TOGETHER {
                return Signed::Message(Arc::from(message));
            }
            let mut hasher = key.hasher(algorithm);
            hasher.update(message);
            Signed::Prehash(Arc::from(hasher.finalize()))
        };
        let signed: Vec<_> = messages.iter().map(|(message, form)| (signed(message), *form)).collect();
        Self::over(key, algorithm, signed, value)
    }

    /// The same, over messages of which some are known by their digest alone.
    pub(crate) fn over(
        key: VerifyingKey,
        algorithm: SignatureAlgorithm,
        messages: impl IntoIterator<Item = (Signed, Option<DeviationKind>)>,
        value: &BitString,
    ) -> Self {
        let mut values = signature_candidates(value);
        if algorithm != SignatureAlgorithm::Sm2Sm3 {
            values.truncate(1);
        }
        let mut readings = Vec::new();
        for (message, form) in messages {
            for value in &values {
                readings.push(Reading {
                    message: message.clone(),
                    signature: value.der.clone(),
                    deviation: form.or(value.deviation),
                });
            }
        }
        Self { key, algorithm, readings }
    }

    /// The reading as part of a batch; `None` when it is verified by itself.
    fn item<'a>(&'a self, reading: &'a Reading) -> Option<BatchItem<'a>> {
        let Signed::Message(message) = &reading.message else { return None };
        let (key, algorithm, signature) = (&self.key, self.algorithm, reading.signature.as_slice());
        Some(BatchItem { key, algorithm, message, signature })
    }

    /// Verifies a reading whose message is known by its digest.
    fn verify(&self, reading: &Reading) -> Result<(), VerifyError> {
        let (Signed::Message(bytes) | Signed::Prehash(bytes)) = &reading.message;
        self.key.verify_prehashed(self.algorithm, bytes, &reading.signature)
    }

    /// Verifies this one signature; tells what it took to read it.
    ///
    /// # Errors
    /// The error of the stored reading, when none is right.
    pub fn run(&self) -> Result<Option<DeviationKind>, VerifyError> {
        run(std::slice::from_ref(self), &[]).0.pop().unwrap_or(Err(VerifyError::Malformed))
    }
}

/// What came of a check: what it took to read the signature, or the error of the stored reading.
type Outcome = Result<Option<DeviationKind>, VerifyError>;

/// Runs all checks, each as if it were alone: one batch takes the first reading of every check, and the next one
/// the next reading of those that were not right yet.
fn run(checks: &[PendingCheck], messages: &[Vec<u8>]) -> (Vec<Outcome>, Vec<[u8; 32]>) {
    let mut messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut digests = Vec::new();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; checks.len()];
    for round in 0.. {
        let open: Vec<(usize, &PendingCheck, &Reading)> = checks
            .iter()
            .zip(&outcomes)
            .enumerate()
            .filter(|(_, (_, outcome))| !matches!(outcome, Some(Ok(_))))
            .filter_map(|(at, (check, _))| Some((at, check, check.readings.get(round)?)))
            .collect();
        if open.is_empty() && messages.is_empty() {
            break;
        }
        let items: Vec<BatchItem<'_>> =
            open.iter().filter_map(|(_, check, reading)| check.item(reading)).collect();
        // The digests that are wanted beside go with the first batch.
        let (results, made) = crypto::verify_batch_and_digest(&items, &messages);
        messages.clear();
        digests.extend(made);
        let mut results = results.into_iter();
        for (at, check, reading) in open {
            let Some(outcome) = outcomes.get_mut(at) else { continue };
            let result = match &reading.message {
                Signed::Message(_) => results.next().unwrap_or(Err(VerifyError::Malformed)),
                Signed::Prehash(_) => check.verify(reading),
            };
            match result {
                Ok(()) => *outcome = Some(Ok(reading.deviation)),
                Err(error) => *outcome = outcome.take().or(Some(Err(error))),
            }
        }
    }
    let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(VerifyError::Malformed)));
    (outcomes.collect(), digests)
}

/// The place of a check among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CheckId(usize);

/// The place of a digest among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DigestId(usize);

/// Who brought something that is to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// Whoever verifies.
    Own,
    /// The document, in which strangers may have put as much as they like.
    Document,
}

/// Signatures that are verified before the others, to tell apart several that may be meant: of each source so many. An
/// honest document needs hardly any, since what was found out of a pair is kept.
const MOST_TRIED: [usize; 2] = [16_384, 8_192];
/// Checks of revocation information that a document brings, and bytes of it.
const MOST_BROUGHT: usize = 16_384;
const MOST_BROUGHT_BYTES: usize = 256 << 20;

/// The checks gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    pending: Vec<PendingCheck>,
    links: HashMap<([u8; 32], [u8; 32]), CheckId>,
    messages: Vec<Vec<u8>>,
    /// Signatures that were verified at once, by source.
    tried: [usize; 2],
    known: HashMap<([u8; 32], [u8; 32]), bool>,
    brought: usize,
    brought_bytes: usize,
}

impl Checks {
    /// Adds a check.
    pub(crate) fn add(&mut self, check: PendingCheck) -> CheckId {
        self.pending.push(check);
        CheckId(self.pending.len() - 1)
    }

    /// Adds the check that one structure was signed by another's key, once for each pair of fingerprints.
    pub(crate) fn add_link(
        &mut self,
        signed: [u8; 32],
        signer: [u8; 32],
        check: impl FnOnce() -> PendingCheck,
    ) -> CheckId {
        if let Some(known) = self.links.get(&(signed, signer)) {
            return *known;
        }
        let id = self.add(check());
        self.links.insert((signed, signer), id);
        id
    }

    /// Verifies a signature at once, where several may be meant and one has to be chosen. `None` when so many of that
    /// source were that no more are: then nothing is known.
    pub(crate) fn try_now(&mut self, source: Source, check: Option<PendingCheck>) -> Option<bool> {
        let place = usize::from(source == Source::Document);
        let (count, most) = (self.tried.get_mut(place)?, MOST_TRIED.get(place)?);
        if *count >= *most {
            return None;
        }
        *count += 1;
        Some(check.is_some_and(|check| check.run().is_ok()))
    }

    /// The same for one structure signed by another's key, found out once for each pair of fingerprints.
    pub(crate) fn try_link(
        &mut self,
        source: Source,
        signed: [u8; 32],
        signer: [u8; 32],
        check: impl FnOnce() -> Option<PendingCheck>,
    ) -> Option<bool> {
        if let Some(known) = self.known.get(&(signed, signer)) {
            return Some(*known);
        }
        let found = self.try_now(source, check())?;
        self.known.insert((signed, signer), found);
        Some(found)
    }

    /// True when there is room for one more check of revocation information from this source: what whoever verifies has
    /// always finds room.
    pub(crate) fn has_room(
        &mut self,
        source: Source,
        signed: [u8; 32],
        signer: [u8; 32],
        len: usize,
    ) -> bool {
        if source == Source::Own || self.links.contains_key(&(signed, signer)) {
            return true;
        }
        let bytes = self.brought_bytes.saturating_add(len);
        if self.brought >= MOST_BROUGHT || bytes > MOST_BROUGHT_BYTES {
            return false;
        }
        self.brought += 1;
        self.brought_bytes = bytes;
        true
    }

    /// Adds a message whose SM3 is wanted.
    pub(crate) fn add_digest<'m>(&mut self, message: impl Into<Cow<'m, [u8]>>) -> DigestId {
        self.messages.push(message.into().into_owned());
        DigestId(self.messages.len() - 1)
    }

    /// Runs them all, together.
    pub(crate) fn run(self) -> Outcomes {
        let (checks, digests) = run(&self.pending, &self.messages);
        Outcomes { checks, digests }
    }
}

/// What came out, by place.
#[derive(Debug)]
pub(crate) struct Outcomes {
    checks: Vec<Outcome>,
    digests: Vec<[u8; 32]>,
}

impl Outcomes {
    /// True when the signature was right.
    pub(crate) fn is_good(&self, id: CheckId) -> bool {
        matches!(self.checks.get(id.0), Some(Ok(_)))
    }

    /// What it took to read a signature that was right.
    pub(crate) fn deviation(&self, id: CheckId) -> Option<DeviationKind> {
        self.checks.get(id.0).and_then(|outcome| outcome.as_ref().ok().copied().flatten())
    }

    /// The SM3 of a message.
    pub(crate) fn digest(&self, id: DigestId) -> [u8; 32] {
        self.digests.get(id.0).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Checks, Outcome, PendingCheck, Reading, Signed, run};
    use crypto::{Random, SignatureAlgorithm, Signer, Sm2KeyPair, VerifyError};
    use formats::asn1::DeviationKind;
    use std::sync::Arc;

    /// How a reading ends.
    #[derive(Clone, Copy)]
    enum Kind {
        Good,
        Wrong,
        Malformed,
    }

    /// One check after the other, one reading after the other: what a batch has to be the same as.
    fn one_by_one(check: &PendingCheck) -> Outcome {
        let mut first = None;
        for reading in &check.readings {
            let Signed::Message(message) = &reading.message else { panic!("no message") };
            match check.key.verify(check.algorithm, message, &reading.signature) {
                Ok(()) => return Ok(reading.deviation),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(VerifyError::Malformed))
    }

    /// A check with these readings; the deviation of a reading tells which it was.
    fn check(pair: &Sm2KeyPair, kinds: &[Kind]) -> PendingCheck {
        let signature = pair.sign(b"signed").unwrap();
        let readings = kinds.iter().zip(DeviationKind::ALL).map(|(kind, deviation)| {
            let message: &[u8] = if matches!(kind, Kind::Wrong) { b"another" } else { b"signed" };
            let cut = usize::from(matches!(kind, Kind::Malformed));
            Reading {
                message: Signed::Message(Arc::from(message)),
                signature: signature[cut..].to_vec(),
                deviation: Some(*deviation),
            }
        });
        PendingCheck {
            key: pair.verifying_key().clone(),
            algorithm: SignatureAlgorithm::Sm2Sm3,
            readings: readings.collect(),
        }
    }

    /// Every sequence of at most three kinds.
    fn sequences() -> Vec<Vec<Kind>> {
        let mut all = vec![Vec::new()];
        for from in 0..13 {
            for kind in [Kind::Good, Kind::Wrong, Kind::Malformed] {
                let mut longer: Vec<Kind> = Vec::clone(&all[from]);
                longer.push(kind);
                all.push(longer);
            }
        }
        all
    }

    #[test]
    fn together_is_the_same_as_one_by_one() {
        let random = Random::system();
        let pairs = [Sm2KeyPair::generate(&random).unwrap(), Sm2KeyPair::generate(&random).unwrap()];
        let mut checks: Vec<PendingCheck> = sequences()
            .iter()
            .enumerate()
            .flat_map(|(at, kinds)| {
                let fitting = check(&pairs[at % 2], kinds);
                let misfit =
                    PendingCheck { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..fitting.clone() };
                [fitting, misfit]
            })
            .collect();
        assert_eq!(checks.len(), 80);
        for _ in 0..2 {
            let expected: Vec<Outcome> = checks.iter().map(one_by_one).collect();
            assert_eq!(run(&checks, &[]).0, expected);
            assert_eq!(checks.iter().map(PendingCheck::run).collect::<Vec<_>>(), expected);
            checks.reverse();
        }
    }

    #[test]
    fn the_first_right_reading_and_the_first_error_count() {
        let pair = Sm2KeyPair::generate(&Random::system()).unwrap();
        let [first, second, third] = [0, 1, 2].map(|at| Some(DeviationKind::ALL[at]));
        let (good, wrong, malformed) = (Kind::Good, Kind::Wrong, Kind::Malformed);
        let cases: [(&[Kind], Outcome); 7] = [
            (&[good, good, wrong], Ok(first)),
            (&[wrong, good, good], Ok(second)),
            (&[malformed, wrong, good], Ok(third)),
            (&[wrong, malformed], Err(VerifyError::Mismatch)),
            (&[malformed, wrong, wrong], Err(VerifyError::Malformed)),
            (&[wrong], Err(VerifyError::Mismatch)),
            (&[], Err(VerifyError::Malformed)),
        ];
        let mut checks = Checks::default();
        let ids: Vec<_> = cases.iter().map(|(kinds, _)| checks.add(check(&pair, kinds))).collect();
        let outcomes = checks.run();
        for ((_, expected), id) in cases.iter().zip(ids) {
            assert_eq!(outcomes.is_good(id), expected.is_ok());
            assert_eq!(outcomes.deviation(id), expected.ok().flatten());
            assert_eq!(&outcomes.checks[id.0], expected);
        }
    }

    #[test]
    fn nothing_to_check_is_no_outcome() {
        assert!(Checks::default().run().checks.is_empty());
    }
}
