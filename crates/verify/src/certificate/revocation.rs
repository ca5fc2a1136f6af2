//! Revocation lists along the paths of a certificate (RFC 5280 §6.3).

use std::sync::Arc;

use formats::crl::CrlReason;
use formats::oid;
use formats::x509::KeyUsage;
use jiff::Timestamp;

use super::{Paths, Prepared};
use crate::checks::{CheckId, Checks, Outcomes, PendingCheck};
use crate::trust::{PreparedCrl, Trust};

/// The revocation status of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// A current list does not name it.
    Good,
    /// A list names it, with this date.
    Revoked(Timestamp),
    /// There is no list of its issuer.
    NoList,
    /// The newest list ran out at this time.
    Stale(Timestamp),
    /// There are lists, none of them rightly signed or understood.
    Unusable,
    /// It had expired before the newest list was issued, and lists drop what has expired.
    NoLongerListed,
}

/// The lists found for every link of every path.
#[derive(Debug)]
pub(crate) struct Facts {
    /// By path, then by certificate.
    lists: Vec<Vec<Vec<Candidate>>>,
}

/// A list of the issuer's name, with the check that the issuer's key signed it.
#[derive(Debug)]
struct Candidate {
    list: Arc<PreparedCrl>,
    check: Option<CheckId>,
}

impl Facts {
    pub(super) fn gather(paths: &Paths, trust: &Trust, checks: &mut Checks) -> Self {
        let lists = paths.list.iter().map(|path| {
            let links = path.nodes.windows(2);
            links
                .map(|link| match link {
                    [subject, issuer] => candidates(subject, issuer, trust, checks),
                    _ => Vec::new(),
                })
                .collect()
        });
        Self { lists: lists.collect() }
    }

    /// The status of every certificate of a path but the trusted one, with the name people know it by.
    pub(crate) fn statuses(
        &self,
        paths: &Paths,
        path: usize,
        at: Timestamp,
        outcomes: &Outcomes,
    ) -> Vec<(String, Status)> {
        let nodes = paths.list.get(path).map(|path| path.nodes.as_slice()).unwrap_or_default();
        let lists = self.lists.get(path).map(Vec::as_slice).unwrap_or_default();
        nodes
            .iter()
            .zip(lists)
            .map(|(node, lists)| (node.label(), status(node, lists, at, outcomes)))
            .collect()
    }
}

fn candidates(subject: &Prepared, issuer: &Prepared, trust: &Trust, checks: &mut Checks) -> Vec<Candidate> {
    let lists = trust.crls().iter();
    lists
        .filter(|list| list.crl.issuer_der() == subject.certificate.issuer_der())
        .map(|list| Candidate { list: Arc::clone(list), check: queue(list, issuer, checks) })
        .collect()
}

fn queue(list: &PreparedCrl, issuer: &Prepared, checks: &mut Checks) -> Option<CheckId> {
    let usage = issuer.certificate.extensions.key_usage;
    if usage.is_some_and(|usage| !usage.has(KeyUsage::CRL_SIGN)) {
        return None;
    }
    let key = issuer.key()?.clone();
    let algorithm = oid::signature_algorithm(&list.crl.signature_algorithm.oid)?;
    Some(checks.add_link(list.sm3, issuer.sm3, || {
        PendingCheck::new(key, algorithm, &[(list.crl.tbs().to_vec(), None)], list.crl.signature())
    }))
}

fn status(node: &Prepared, lists: &[Candidate], at: Timestamp, outcomes: &Outcomes) -> Status {
    let usable = |candidate: &&Candidate| {
        let list = &candidate.list.crl;
        let signed = candidate.check.is_some_and(|check| outcomes.is_good(check));
        signed && !list.is_delta && list.unknown_critical.is_empty()
    };
    let usable: Vec<&Candidate> = lists.iter().filter(usable).collect();
    let Some(newest) =
        &usable.iter().map(|candidate| &candidate.list.crl).max_by_key(|list| list.this_update)
    else {
        return if lists.is_empty() { Status::NoList } else { Status::Unusable };
    };
    // Any rightly signed list may say that it was revoked, however old the list: revocation is for good.
    // A hold is not, so it counts in the newest list alone.
    let named = usable.iter().filter_map(|candidate| {
        let list = &candidate.list.crl;
        let entry = list.find(&node.certificate.serial)?;
        (entry.reason != Some(CrlReason::CertificateHold) || std::ptr::eq(list, *newest)).then_some(entry)
    });
    if let Some(first) = named.map(|entry| entry.invalidity_date.unwrap_or(entry.date).min(entry.date)).min()
    {
        return Status::Revoked(first);
    }
    if node.certificate.not_after < newest.this_update {
        return Status::NoLongerListed;
    }
    match newest.next_update {
        Some(next) if next < at => Status::Stale(next),
        _ => Status::Good,
    }
}
