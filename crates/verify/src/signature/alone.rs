//! The certificate of a signer by itself, for a signature that stands in no document yet.

use jiff::Timestamp;

use super::SIGNER;
use crate::catalogue::{self as rule, Scheme};
use crate::certificate::{CertificateFacts, Moment, Prepared, Proof, judge_party};
use crate::checks::Checks;
use crate::finding::{Finding, Findings};
use crate::options::Options;
use crate::trust::Trust;
use crate::verdict::{Status, Verdict};

/// The report on a signer's certificate.
#[derive(Clone, Debug)]
pub struct SignerReport {
    /// The verdict.
    pub verdict: Verdict,
    /// The findings, in the order in which the checks were made.
    pub findings: Vec<Finding>,
}

/// Judges a signer's certificate (DER) with the time of its signature, and the time of a time stamp over it where there is
/// one: chain, use, period and revocation (GB/T 38540 §7.3 e and f).
pub fn verify_signer(
    certificate: &[u8],
    (signed_at, stamped_at): (Timestamp, Option<Timestamp>),
    trust: &Trust,
    options: &Options,
) -> SignerReport {
    let mut findings = Findings::new(Scheme::Gbt38540);
    let mut checks = Checks::default();
    match Prepared::parse(certificate) {
        None => findings.add(&rule::SIGNER_CERTIFICATE, Status::Bad),
        Some(leaf) => {
            let facts = CertificateFacts::gather(&leaf, &[], trust, &mut checks);
            let outcomes = checks.run();
            findings.add(&rule::SIGNER_CERTIFICATE, Status::Good);
            let moments = [
                Moment { at: signed_at, period: Status::Bad, revocation: Status::Bad },
                Moment { at: options.at, period: Status::Note, revocation: Status::Note },
            ];
            let proof = Proof::Before(stamped_at);
            judge_party(&facts, SIGNER, proof, &moments, options, &outcomes, &mut findings);
        }
    }
    SignerReport { verdict: findings.verdict(), findings: findings.into_list() }
}
