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
use super::{Evidence, Found, MAX_BROUGHT, Says, Source};
use crate::certificate::{Prepared, queue_link, try_link};
use crate::checks::{self, CheckId, Checks, Outcomes, PendingCheck};
use crate::stamp::CLOCK_SKEW;
use crate::trust::{PreparedOcsp, Trust};

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
    /// It was issued at this time, after the time judged for.
    NotYet(Timestamp),
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
) -> Found<Answer> {
    let mut found = Found { list: Vec::new(), is_cut_off: trust.is_cut_off() };
    let mut brought = 0_usize;
    for (source, response) in trust.answers() {
        let Some(single) = response.basic.find(&subject.certificate, &issuer.certificate) else { continue };
        let (chosen, is_open) = choose(source, response, issuer, trust, checks);
        found.is_cut_off |= is_open;
        let responder = match chosen {
            None => Responder::Unauthorized,
            Some(chosen) => {
                let (sm3, signer, len) = (response.sm3, chosen.signer.sm3, response.basic.tbs().len());
                brought += usize::from(source == checks::Source::Document);
                if brought > MAX_BROUGHT || !checks.has_room(source, sm3, signer, len) {
                    found.is_cut_off = true;
                    break;
                }
                let (responder, is_cut_off) = find_responder(response, chosen, issuer, trust, checks);
                found.is_cut_off |= is_cut_off;
                responder
            }
        };
        found.list.push(Answer { response: Arc::clone(response), single: single.clone(), responder });
    }
    found
}

/// Somebody who may answer for an issuer, if the checks are good.
struct Chosen {
    signer: Arc<Prepared>,
    is_delegate: bool,
}

/// Who signed an answer, of those who may: the issuer, a pinned responder, a delegate whose certificate came with the
/// answer, where nobody signs it. Of several the one counts whose key it is and whom the issuer certified. True when that
/// could not be found out.
fn choose(
    source: checks::Source,
    response: &PreparedOcsp,
    issuer: &Arc<Prepared>,
    trust: &Trust,
    checks: &mut Checks,
) -> (Option<Chosen>, bool) {
    let id = &response.basic.responder;
    let own = Some(issuer).filter(|one| id.names(&one.certificate) && may_sign(&one.certificate, true));
    let pinned =
        trust.anchors().iter().filter(|one| id.names(&one.certificate) && is_responder(&one.certificate));
    let delegates = response.certs.iter().filter(|one| {
        let certificate = &one.certificate;
        id.names(certificate)
            && certificate.issuer_der() == issuer.certificate.subject_der()
            && is_responder(certificate)
    });
    let of = |is_delegate| move |signer: &Arc<Prepared>| Chosen { signer: Arc::clone(signer), is_delegate };
    let mut all: Vec<Chosen> =
        own.into_iter().chain(pinned).map(of(false)).chain(delegates.map(of(true))).collect();
    let mut is_open = false;
    if all.len() > 1 {
        let produced = response.basic.produced_at;
        let mut is_it = |one: &Chosen| {
            let signer = &one.signer;
            let found = match one.is_delegate {
                true if !signer.certificate.is_in_force(produced) => Some(false),
                true => try_link(source, signer, issuer, checks),
                false => Some(true),
            };
            let found = match found {
                Some(true) => checks.try_link(source, response.sm3, signer.sm3, || check(response, signer)),
                other => other,
            };
            is_open |= found.is_none();
            found == Some(true)
        };
        if let Some(right) = all.iter().position(&mut is_it) {
            all.swap(0, right);
            is_open = false;
        }
    }
    (all.into_iter().next(), is_open)
}

fn find_responder(
    response: &PreparedOcsp,
    chosen: Chosen,
    issuer: &Arc<Prepared>,
    trust: &Trust,
    checks: &mut Checks,
) -> (Responder, bool) {
    let signer = chosen.signer;
    let check = queue(response, &signer, checks);
    if !chosen.is_delegate {
        return (Responder::Found { signer, check, delegate: None }, false);
    }
    let link = queue_link(&signer, issuer, checks);
    let asks = signer.certificate.extensions.get(&oid::OCSP_NO_CHECK).is_none();
    let lists = if asks { lists::gather(&signer, issuer, trust, checks) } else { Found::default() };
    (Responder::Found { signer, check, delegate: Some((link, lists.list)) }, lists.is_cut_off)
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
    let check = check(response, signer)?;
    Some(checks.add_link(response.sm3, signer.sm3, || check))
}

fn check(response: &PreparedOcsp, signer: &Prepared) -> Option<PendingCheck> {
    let key = signer.key()?.clone();
    let basic = &response.basic;
    let algorithm = basic.signature_algorithm.signature_algorithm()?;
    // Answers are made anew every few days: there are no old ones to be lenient with.
    if algorithm.digest() == DigestAlgorithm::Sha1 {
        return None;
    }
    Some(PendingCheck::new(key, algorithm, &[(basic.tbs().to_vec(), None)], basic.signature()))
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
