//! Answers of OCSP responders (GB/T 19713, RFC 6960 §3.2 and §4.2.2.2).
//!
//! An answer counts when it is signed by the authority that issued the certificate, by somebody whom that very
//! authority certified for it (id-kp-OCSPSigning), or by a responder who is trusted by himself for it.

use std::sync::Arc;

use crypto::{DigestAlgorithm, VerifyingKey};
use formats::ocsp::{CertStatus, SingleResponse};
use formats::oid;
use formats::x509::{Certificate, KeyUsage};
use jiff::Timestamp;

use super::lists::{self, Candidate};
use super::{Evidence, Says, Source};
use crate::certificate::{Prepared, queue_link};
use crate::checks::{CheckId, Checks, Outcomes, PendingCheck};
use crate::stamp::CLOCK_SKEW;
use crate::trust::{PreparedOcsp, Trust};

/// Answers looked at for one certificate: two or three are honest, an attacker brings thousands.
const MAX_ANSWERS: usize = 16;

/// An answer about a certificate, with the checks that it may be believed.
#[derive(Debug)]
pub(super) struct Answer {
    response: Arc<PreparedOcsp>,
    single: SingleResponse,
    responder: Responder,
}

/// Who signed an answer.
#[derive(Debug)]
enum Responder {
    /// Nobody who may answer for the issuer.
    Unauthorized,
    /// Somebody who may, if the checks are good.
    Found {
        signer: Arc<Prepared>,
        check: Option<CheckId>,
        /// For a delegate: the check that the issuer signed its certificate, and the issuer's lists, which are asked
        /// unless that certificate says that they need not be.
        delegate: Option<(Option<CheckId>, Vec<Candidate>)>,
    },
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerFate {
    /// It was believed and counts.
    Used,
    /// Newer information should have been there since this time.
    Stale(Timestamp),
    /// The responder does not know the certificate.
    Unknown,
    /// Its signature is wrong.
    WrongSignature,
    /// Whoever signed it may not answer for the issuer.
    Unauthorized,
    /// Its algorithm or a critical extension is not understood or not allowed.
    NotUnderstood,
}

pub(super) fn gather(
    subject: &Prepared,
    issuer: &Arc<Prepared>,
    trust: &Trust,
    checks: &mut Checks,
) -> Vec<Answer> {
    let mut found: Vec<(&Arc<PreparedOcsp>, SingleResponse)> = trust
        .answers()
        .iter()
        .filter_map(|response| {
            let single = response.basic.find(&subject.certificate, &issuer.certificate)?;
            Some((response, single.clone()))
        })
        .collect();
    found.sort_by_key(|(_, single)| std::cmp::Reverse(single.this_update));
    found.truncate(MAX_ANSWERS);
    found
        .into_iter()
        .map(|(response, single)| {
            let responder = find_responder(response, issuer, trust, checks);
            Answer { response: Arc::clone(response), single, responder }
        })
        .collect()
}

fn find_responder(
    response: &PreparedOcsp,
    issuer: &Arc<Prepared>,
    trust: &Trust,
    checks: &mut Checks,
) -> Responder {
    let id = &response.basic.responder;
    if id.names(&issuer.certificate) && may_sign(&issuer.certificate, true) {
        let check = queue(response, issuer, checks);
        return Responder::Found { signer: Arc::clone(issuer), check, delegate: None };
    }
    let pinned = trust
        .anchors()
        .iter()
        .find(|anchor| id.names(&anchor.certificate) && is_responder(&anchor.certificate));
    if let Some(pinned) = pinned {
        let check = queue(response, pinned, checks);
        return Responder::Found { signer: Arc::clone(pinned), check, delegate: None };
    }
    let delegate = response.certs.iter().find(|candidate| {
        let certificate = &candidate.certificate;
        id.names(certificate)
            && certificate.issuer_der() == issuer.certificate.subject_der()
            && is_responder(certificate)
    });
    let Some(delegate) = delegate else { return Responder::Unauthorized };
    let link = queue_link(delegate, issuer, checks);
    let asks = delegate.certificate.extensions.get(&oid::OCSP_NO_CHECK).is_none();
    let lists = if asks { lists::gather(delegate, issuer, trust, checks) } else { Vec::new() };
    let check = queue(response, delegate, checks);
    Responder::Found { signer: Arc::clone(delegate), check, delegate: Some((link, lists)) }
}

/// True for a certificate whose purpose is to answer.
fn is_responder(certificate: &Certificate) -> bool {
    let purposes = certificate.extensions.extended_key_usage.as_deref().unwrap_or_default();
    purposes.contains(&oid::EKU_OCSP_SIGNING)
        && certificate.extensions.unknown_critical.is_empty()
        && may_sign(certificate, false)
}

/// An authority that signs lists may sign answers, which say the same.
fn may_sign(certificate: &Certificate, is_authority: bool) -> bool {
    certificate.extensions.key_usage.is_none_or(|usage| {
        usage.has(KeyUsage::DIGITAL_SIGNATURE) || (is_authority && usage.has(KeyUsage::CRL_SIGN))
    })
}

fn queue(response: &PreparedOcsp, signer: &Prepared, checks: &mut Checks) -> Option<CheckId> {
    let key = signer.key()?.clone();
    let basic = &response.basic;
    let algorithm = basic.signature_algorithm.signature_algorithm()?;
    // Answers are made anew every few days: there are no old ones to be lenient with.
    if algorithm.digest() == DigestAlgorithm::Sha1 {
        return None;
    }
    Some(checks.add_link(response.sm3, signer.sm3, || {
        PendingCheck::new(key, algorithm, &[(basic.tbs().to_vec(), None)], basic.signature())
    }))
}

impl Answer {
    /// True when it is rightly signed by whoever may, says something and is still current.
    pub(super) fn is_current(&self, issuer: &Prepared, at: Timestamp) -> bool {
        let basic = &self.response.basic;
        let speaks = self.single.status != CertStatus::Unknown
            && self.single.next_update.is_some_and(|next| at <= next);
        let Responder::Found { signer, check: Some(_), delegate } = &self.responder else { return false };
        let signed_by =
            |key: Option<&VerifyingKey>| key.is_some_and(|key| basic.check_signature(key).is_ok());
        let certified = delegate.is_none()
            || issuer.key().is_some_and(|key| signer.certificate.check_signature(key).is_ok());
        let understood = basic.unknown_critical.is_empty() && self.single.unknown_critical.is_empty();
        speaks && understood && certified && signed_by(signer.key())
    }

    /// What the answer says, when it may be believed, and else why not.
    pub(super) fn evidence(&self, outcomes: &Outcomes) -> Result<Evidence, AnswerFate> {
        let basic = &self.response.basic;
        if !basic.unknown_critical.is_empty() || !self.single.unknown_critical.is_empty() {
            return Err(AnswerFate::NotUnderstood);
        }
        self.check_responder(outcomes)?;
        let says = match self.single.status {
            CertStatus::Unknown => return Err(AnswerFate::Unknown),
            CertStatus::Good => Says::Good,
            CertStatus::Revoked { at, reason } => Says::Revoked { at, reason },
        };
        let this_update = self.single.this_update;
        // Without a next update there is always something newer: it speaks of its own moment alone.
        let until = self.single.next_update.or_else(|| this_update.checked_add(CLOCK_SKEW).ok());
        Ok(Evidence { source: Source::Answer, says, this_update, until })
    }

    fn check_responder(&self, outcomes: &Outcomes) -> Result<(), AnswerFate> {
        let Responder::Found { signer, check, delegate } = &self.responder else {
            return Err(AnswerFate::Unauthorized);
        };
        let check = check.ok_or(AnswerFate::NotUnderstood)?;
        if !outcomes.is_good(check) {
            return Err(AnswerFate::WrongSignature);
        }
        let Some((link, lists)) = delegate else { return Ok(()) };
        let produced = self.response.basic.produced_at;
        let certified = link.is_some_and(|link| outcomes.is_good(link));
        let revoked = lists
            .iter()
            .filter_map(|list| list.evidence(signer, outcomes))
            .any(|evidence| matches!(evidence.says, Says::Revoked { at, .. } if at <= produced));
        if certified && !revoked && signer.certificate.is_in_force(produced) {
            Ok(())
        } else {
            Err(AnswerFate::Unauthorized)
        }
    }
}
