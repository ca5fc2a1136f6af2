//! Revocation lists (CRL) of an issuer (RFC 5280 §6.3).

use std::sync::Arc;

use formats::x509::KeyUsage;
use jiff::Timestamp;

use super::{Evidence, Found, MAX_BROUGHT, Says, Source};
use crate::certificate::Prepared;
use crate::checks::{self, CheckId, Checks, Outcomes, PendingCheck};
use crate::stamp::CLOCK_SKEW;
use crate::trust::{PreparedCrl, Trust};

/// A list of the issuer's name, with the check that the issuer's key signed it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) list: Arc<PreparedCrl>,
    check: Option<CheckId>,
}

pub(super) fn gather(
    subject: &Prepared,
    issuer: &Prepared,
    trust: &Trust,
    checks: &mut Checks,
) -> Found<Candidate> {
    let mut found = Found { list: Vec::new(), is_cut_off: trust.is_cut_off() };
    let mut brought = 0_usize;
    let names_issuer = |list: &PreparedCrl| list.crl.issuer_der() == subject.certificate.issuer_der();
    for (source, list) in trust.crls().filter(|(_, list)| names_issuer(list)) {
        let len = list.crl.tbs().len();
        brought += usize::from(source == checks::Source::Document);
        if brought > MAX_BROUGHT || !checks.has_room(source, list.sm3, issuer.sm3, len) {
            found.is_cut_off = true;
            break;
        }
        let check = queue(list, issuer, checks);
        found.list.push(Candidate { list: Arc::clone(list), check });
    }
    found
}

fn queue(list: &PreparedCrl, issuer: &Prepared, checks: &mut Checks) -> Option<CheckId> {
    let usage = issuer.certificate.extensions.key_usage;
    if usage.is_some_and(|usage| !usage.has(KeyUsage::CRL_SIGN)) {
        return None;
    }
    let key = issuer.key()?.clone();
    let algorithm = list.crl.signature_algorithm.signature_algorithm()?;
    Some(checks.add_link(list.sm3, issuer.sm3, || {
        PendingCheck::new(key, algorithm, &[(list.crl.tbs().to_vec(), None)], list.crl.signature())
    }))
}

impl Candidate {
    /// True when it is rightly signed, understood and still current.
    pub(super) fn is_current(&self, issuer: &Prepared, at: Timestamp) -> bool {
        let list = &self.list.crl;
        let promised = list.next_update.is_some_and(|next| at <= next);
        promised
            && self.check.is_some()
            && !list.is_delta
            && list.unknown_critical.is_empty()
            && issuer.key().is_some_and(|key| list.check_signature(key).is_ok())
    }

    /// What the list says of a certificate, when it is rightly signed and understood.
    pub(super) fn evidence(&self, subject: &Prepared, outcomes: &Outcomes) -> Option<Evidence> {
        let list = &self.list.crl;
        let signed = self.check.is_some_and(|check| outcomes.is_good(check));
        if !signed || list.is_delta || !list.unknown_critical.is_empty() {
            return None;
        }
        let says = match list.find(&subject.certificate.serial) {
            Some(entry) => Says::Revoked {
                at: entry.invalidity_date.unwrap_or(entry.date).min(entry.date),
                reason: entry.reason,
            },
            None => Says::Good,
        };
        // A list that promises no next one speaks of its own moment alone, as an answer does.
        let until = list.next_update.or_else(|| list.this_update.checked_add(CLOCK_SKEW).ok());
        Some(Evidence { source: Source::List, says, this_update: list.this_update, until })
    }
}
