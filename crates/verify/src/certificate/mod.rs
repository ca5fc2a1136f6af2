//! Facts about one certificate, and how they are judged: chain, period, revocation, key usage.

mod chain;
mod judge;
mod revocation;
mod standing;

pub(crate) use chain::{ChainOutcome, Paths};
pub(crate) use judge::{Moment, Party, Proof, Rules, judge_authority, judge_party};
pub(crate) use revocation::Status as RevocationStatus;

use std::sync::{Arc, OnceLock};

use crypto::VerifyingKey;
use formats::asn1::Mode;
use formats::x509::Certificate;

use crate::checks::{CheckId, Checks, PendingCheck, Source};
use crate::trust::Trust;

/// A certificate with what is needed to work with it more than once.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) certificate: Certificate,
    /// SM3 over the certificate.
    pub(crate) sm3: [u8; 32],
    /// Made when it is first asked for: a document may carry many certificates that nothing leads to.
    key: OnceLock<Option<VerifyingKey>>,
}

impl Prepared {
    pub(crate) fn new(certificate: Certificate) -> Self {
        let sm3 = certificate.sm3();
        Self { certificate, sm3, key: OnceLock::new() }
    }

    /// The public key; `None` when it is of no kind that can be verified with.
    pub(crate) fn key(&self) -> Option<&VerifyingKey> {
        self.key.get_or_init(|| self.certificate.verifying_key().ok()).as_ref()
    }

    /// Reads the certificates that stand beside a signature, all of them: nobody signs which come first.
    pub(crate) fn parse_beside(ders: &[Vec<u8>]) -> Vec<Arc<Self>> {
        ders.iter().filter_map(|der| Self::parse(der)).collect()
    }

    /// Reads a certificate that stands in a document.
    pub(crate) fn parse(der: &[u8]) -> Option<Arc<Self>> {
        Certificate::parse(der, Mode::Tolerant).ok().map(|certificate| Arc::new(Self::new(certificate)))
    }

    /// What it is called in hints: an authority by its whole name, anybody else by the owner's (a person's
    /// masked) and the serial number.
    pub(crate) fn label(&self) -> String {
        let constraints = self.certificate.extensions.basic_constraints.as_ref();
        if constraints.is_some_and(|constraints| constraints.ca) {
            return crate::text::printable(&self.certificate.subject.to_string());
        }
        format!("{} ({})", crate::report::owner(&self.certificate), self.certificate.serial_hex())
    }
}

/// What is known of one certificate before any signature was verified.
#[derive(Debug)]
pub(crate) struct CertificateFacts {
    pub(crate) leaf: Arc<Prepared>,
    pub(crate) paths: Paths,
    pub(crate) revocation: revocation::Facts,
}

impl CertificateFacts {
    /// Gathers paths to trusted certificates and the revocation information along them.
    ///
    /// `beside` are certificates that came with the document: they may complete a path, never anchor it.
    pub(crate) fn gather(
        leaf: &Arc<Prepared>,
        beside: &[Arc<Prepared>],
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let paths = Paths::gather(leaf, beside, trust, checks);
        let revocation = revocation::Facts::gather(&paths, trust, checks);
        Self { leaf: Arc::clone(leaf), paths, revocation }
    }
}

/// Queues the check that `issuer` signed `subject`; `None` when the issuer's key or the algorithm is of no
/// kind that can be verified.
fn queue_link(subject: &Prepared, issuer: &Prepared, checks: &mut Checks) -> Option<CheckId> {
    let check = check_link(subject, issuer)?;
    Some(checks.add_link(subject.sm3, issuer.sm3, || check))
}

/// Whether `issuer` signed `subject`, found out at once; `None` when so many were that nobody knows.
fn try_link(source: Source, subject: &Prepared, issuer: &Prepared, checks: &mut Checks) -> Option<bool> {
    checks.try_link(source, subject.sm3, issuer.sm3, || check_link(subject, issuer))
}

fn check_link(subject: &Prepared, issuer: &Prepared) -> Option<PendingCheck> {
    let key = issuer.key()?.clone();
    let algorithm = subject.certificate.signature_algorithm.signature_algorithm()?;
    let messages = [(subject.certificate.tbs().to_vec(), None)];
    Some(PendingCheck::new(key, algorithm, &messages, subject.certificate.signature()))
}
