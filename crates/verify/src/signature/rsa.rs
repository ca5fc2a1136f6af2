//! A bare RSA signature over the document: `adbe.x509.rsa_sha1` of ISO 32000-1 §12.8.3.2. The value is an OCTET
//! STRING, the certificates stand beside it in the dictionary, and nothing names the digest that is inside.

use std::sync::Arc;

use crypto::{KeyKind, SignatureAlgorithm};
use formats::asn1::{BitString, DeviationKind};
use formats::oid;

use super::{
    Judged, Original, judge_algorithm, judge_form, judge_signer, judge_stamp, judge_time, judge_unseen,
};
use crate::catalogue as rule;
use crate::certificate::{CertificateFacts, Prepared};
use crate::checks::{CheckId, Checks, Outcomes, PendingCheck, Signed};
use crate::deviation;
use crate::finding::Findings;
use crate::options::Options;
use crate::report::CertificateSummary;
use crate::trust::Trust;
use crate::verdict::Status;

/// What may be inside: the one of the name, and those that writers of later versions put there (Table 257).
const ALGORITHMS: [SignatureAlgorithm; 4] = [
    SignatureAlgorithm::RsaPkcs1Sha1,
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
];

/// What is known of a bare value before any signature was verified.
#[derive(Debug)]
pub(super) struct RsaFacts {
    notes: Vec<DeviationKind>,
    signer: Option<CertificateFacts>,
    /// One check for each digest that may be inside; none without an RSA key.
    values: Vec<(SignatureAlgorithm, CheckId)>,
    /// True when a digest that may be inside was not handed over.
    is_unseen: bool,
}

impl RsaFacts {
    /// Gathers what is known of the number `value`; the first of the certificates is the signer's.
    pub(super) fn gather(
        value: &[u8],
        mut notes: Vec<DeviationKind>,
        certificates: &[Vec<u8>],
        original: &Original<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let leaf = certificates.first().and_then(|der| Prepared::parse(der));
        let Some(leaf) = leaf else {
            return Self { notes, signer: None, values: Vec::new(), is_unseen: false };
        };
        let beside = Prepared::parse_beside(certificates);
        notes.extend(deviation::kinds(&leaf.certificate.deviations));
        let (mut values, mut is_unseen) = (Vec::new(), false);
        if let Some(key) = leaf.key().filter(|key| key.kind() == KeyKind::Rsa) {
            let value = BitString::from_bytes(value);
            for algorithm in ALGORITHMS {
                let Some(digest) = original.content.prehash(key, algorithm) else {
                    is_unseen = true;
                    continue;
                };
                let digest = Signed::Prehash(Arc::from(digest));
                let check = PendingCheck::over(key.clone(), algorithm, [(digest, None)], &value);
                values.push((algorithm, checks.add(check)));
            }
        }
        Self {
            notes,
            signer: Some(CertificateFacts::gather(&leaf, &beside, trust, checks)),
            values,
            is_unseen,
        }
    }

    /// Judges it. The time is the one that the dictionary claims, which the value covers.
    pub(super) fn judge(
        &self,
        original: &Original<'_>,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) -> Judged {
        judge_form(None, findings);
        deviation::report(&rule::SIGNATURE_DEVIATION, &self.notes, options.profile, findings);
        let signed_at = original.declared_time.map(|time| time.at);
        let signer = self.signer.as_ref();
        let inside = self.values.iter().find(|(_, value)| outcomes.is_good(*value));
        let algorithm = inside.map(|(algorithm, _)| *algorithm);
        // Of a wrong value nobody knows which digest it was made over.
        if algorithm.is_some() || (self.values.is_empty() && !self.is_unseen) {
            let (named, at) = (oid::RSA_ENCRYPTION, signed_at.unwrap_or(options.at));
            judge_algorithm(&named, algorithm, signer, at, options, findings);
        }
        if algorithm.is_none() && self.is_unseen {
            findings.add(&rule::SIGNATURE_VALUE, Status::Unknown);
            judge_unseen(findings);
        } else if self.values.is_empty() {
            findings.add(&rule::SIGNATURE_VALUE, Status::Unknown);
            findings.add(&rule::DATA_HASH, Status::Unknown);
        } else {
            findings.good_or_bad(&rule::SIGNATURE_VALUE, algorithm.is_some());
            findings.good_or_bad(&rule::DATA_HASH, algorithm.is_some());
        }
        judge_signer(signer, signed_at, None, original, options, outcomes, findings);
        judge_time(signed_at, original, false, options, findings);
        judge_stamp(None, signed_at, signer, options, outcomes, findings);
        Judged {
            sign_time: signed_at,
            signer: signer.map(|signer| CertificateSummary::of(&signer.leaf.certificate)),
            ..Judged::default()
        }
    }
}
