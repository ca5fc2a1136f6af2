//! The signature checks of a document, gathered first and run together.
//!
//! Gathering knows which signature is checked with which key; running knows nothing else. So the checks of
//! one document, or of many, can later go through an engine that verifies several at once.

use std::collections::HashMap;
use std::sync::Arc;

use crypto::{SignatureAlgorithm, VerifyError, VerifyingKey};
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
    pub message: Arc<[u8]>,
    /// The signature value: DER for SM2 and ECDSA, the bare number for RSA.
    pub signature: Vec<u8>,
    /// What it takes to read it so.
    pub deviation: Option<DeviationKind>,
}

impl PendingCheck {
    /// The check of a value over messages: as stored first, then in the other readings that writers are
    /// known for. Only SM2 values have other readings.
    pub(crate) fn new(
        key: VerifyingKey,
        algorithm: SignatureAlgorithm,
        messages: &[(Vec<u8>, Option<DeviationKind>)],
        value: &BitString,
    ) -> Self {
        let mut values = signature_candidates(value);
        if algorithm != SignatureAlgorithm::Sm2Sm3 {
            values.truncate(1);
        }
        let mut readings = Vec::new();
        for (message, form) in messages {
            let message: Arc<[u8]> = Arc::from(message.as_slice());
            for value in &values {
                readings.push(Reading {
                    message: Arc::clone(&message),
                    signature: value.der.clone(),
                    deviation: form.or(value.deviation),
                });
            }
        }
        Self { key, algorithm, readings }
    }

    /// Verifies this one signature; tells what it took to read it.
    ///
    /// # Errors
    /// The error of the stored reading, when none is right.
    pub fn run(&self) -> Result<Option<DeviationKind>, VerifyError> {
        let mut first = None;
        for reading in &self.readings {
            match self.key.verify(self.algorithm, &reading.message, &reading.signature) {
                Ok(()) => return Ok(reading.deviation),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(VerifyError::Malformed))
    }
}

/// The place of a check among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CheckId(usize);

/// The checks gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    pending: Vec<PendingCheck>,
    links: HashMap<([u8; 32], [u8; 32]), CheckId>,
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

    /// Runs them all.
    pub(crate) fn run(self) -> Outcomes {
        Outcomes(self.pending.iter().map(PendingCheck::run).collect())
    }
}

/// What came out, by place.
#[derive(Debug)]
pub(crate) struct Outcomes(Vec<Result<Option<DeviationKind>, VerifyError>>);

impl Outcomes {
    /// True when the signature was right.
    pub(crate) fn is_good(&self, id: CheckId) -> bool {
        matches!(self.0.get(id.0), Some(Ok(_)))
    }

    /// What it took to read a signature that was right.
    pub(crate) fn deviation(&self, id: CheckId) -> Option<DeviationKind> {
        self.0.get(id.0).and_then(|outcome| outcome.as_ref().ok().copied().flatten())
    }
}
