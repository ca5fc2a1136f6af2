//! What is known of revocation along the paths of a certificate: lists and answers together.
//!
//! Both kinds say the same thing: as of a time a certificate was revoked, or it was not. Revocation is for good, so
//! whoever says that it was not revoked as of a time says so of every time before, and whoever rightly says that it
//! was is never outvoted. A hold is not for good: it counts in the newest information alone.

mod answers;
mod lists;

use std::sync::Arc;

use formats::crl::CrlReason;
use jiff::Timestamp;

use super::{Paths, Prepared};
use crate::checks::{Checks, Outcomes};
use crate::stamp::CLOCK_SKEW;
use crate::trust::{Trust, Want};

pub(crate) use answers::AnswerFate;

/// Lists, and answers, about one certificate that a document brings and that are verified. An honest one has one for each
/// of its signatures at most; of more it is not known what they say, and nothing is called good. What whoever verifies
/// has is verified whatever a document brings.
const MAX_BROUGHT: usize = 1_024;

/// What was found, and whether there was more than is verified.
#[derive(Debug)]
struct Found<T> {
    list: Vec<T>,
    is_cut_off: bool,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { list: Vec::new(), is_cut_off: false }
    }
}

/// The revocation status of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not revoked, as far as this time.
    Good(Timestamp),
    /// Revoked, with this date.
    Revoked(Timestamp),
    /// There is no list of its issuer, and no answer about it.
    NoList,
    /// There are some, none of them rightly signed or understood.
    Unusable,
    /// The document brings more than is verified, and nothing that was says that it was revoked.
    TooMany,
    /// It had expired before the newest information was issued, which drops what has expired.
    NoLongerListed,
    /// All that there is was issued after the time judged for, first at this time.
    NotYetIssued(Timestamp),
}

/// Where a status is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A revocation list.
    List,
    /// An answer of an OCSP responder.
    Answer,
}

/// The revocation status of one certificate, and how it is known.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    certificate: Arc<Prepared>,
    pub(crate) status: Status,
    pub(crate) source: Source,
    /// Why it was revoked.
    pub(crate) reason: Option<CrlReason>,
    /// What became of the best answer about it; `None` when there is none.
    pub(crate) answer: Option<AnswerFate>,
}

impl Standing {
    /// The name people know the certificate by.
    pub(crate) fn name(&self) -> String {
        self.certificate.label()
    }
}

/// What a list or an answer says that may be believed.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    source: Source,
    says: Says,
    /// As of when.
    this_update: Timestamp,
    /// When newer information was promised.
    until: Option<Timestamp>,
}

impl Evidence {
    /// Whether it had been issued by then, as far as clocks agree.
    fn is_issued(&self, by: Timestamp) -> bool {
        by.checked_add(CLOCK_SKEW).is_ok_and(|latest| self.this_update <= latest)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Good,
    Revoked { at: Timestamp, reason: Option<CrlReason> },
}

/// Lists and answers found for every link of every path.
#[derive(Debug)]
pub(crate) struct Facts {
    /// By path, then by certificate.
    links: Vec<Vec<Sources>>,
}

/// What there is about one certificate.
#[derive(Debug, Default)]
struct Sources {
    lists: Vec<lists::Candidate>,
    answers: Vec<answers::Answer>,
    is_cut_off: bool,
}

impl Facts {
    pub(super) fn gather(paths: &Paths, trust: &Trust, checks: &mut Checks) -> Self {
        let links = paths.list.iter().map(|path| {
            // Nobody asks about a path that is not trusted, whatever stands in it.
            if !path.is_anchored() {
                return Vec::new();
            }
            // Only a certificate of a trusted authority may send anybody anywhere.
            let may_want = trust.notes_wants() && path.is_genuine();
            let links = path.nodes.windows(2);
            links
                .map(|link| match link {
                    [subject, issuer] => {
                        let sources = Sources::gather(subject, issuer, trust, checks);
                        if may_want {
                            trust.want(|at| sources.wants(subject, issuer, at));
                        }
                        sources
                    }
                    _ => Sources::default(),
                })
                .collect()
        });
        Self { links: links.collect() }
    }

    /// The status of every certificate of a path but the trusted one, with the name people know it by.
    pub(crate) fn statuses(
        &self,
        paths: &Paths,
        path: usize,
        at: Timestamp,
        outcomes: &Outcomes,
    ) -> Vec<(String, Status)> {
        let standings = self.standings(paths, path, at, outcomes).into_iter();
        standings.map(|standing| (standing.name(), standing.status)).collect()
    }

    /// The same with how it is known.
    pub(crate) fn standings(
        &self,
        paths: &Paths,
        path: usize,
        at: Timestamp,
        outcomes: &Outcomes,
    ) -> Vec<Standing> {
        let nodes = paths.list.get(path).map(|path| path.nodes.as_slice()).unwrap_or_default();
        let links = self.links.get(path).map(Vec::as_slice).unwrap_or_default();
        nodes.iter().zip(links).map(|(node, sources)| sources.standing(node, at, outcomes)).collect()
    }
}

impl Sources {
    fn gather(subject: &Prepared, issuer: &Arc<Prepared>, trust: &Trust, checks: &mut Checks) -> Self {
        let lists = lists::gather(subject, issuer, trust, checks);
        let answers = answers::gather(subject, issuer, trust, checks);
        let is_cut_off = lists.is_cut_off || answers.is_cut_off;
        Self { lists: lists.list, answers: answers.list, is_cut_off }
    }

    /// What is lacking for a time. What a document brings along counts only when it is rightly signed, so that nobody
    /// can keep the truth away by bringing rubbish.
    fn wants(&self, subject: &Prepared, issuer: &Prepared, at: Timestamp) -> Vec<Want> {
        let has_list = self.lists.iter().any(|list| list.is_current(issuer, at));
        let has_answer = self.answers.iter().any(|answer| answer.is_current(issuer, at));
        if has_list || has_answer { Vec::new() } else { Want::status_of(subject, issuer) }
    }

    fn standing(&self, node: &Arc<Prepared>, at: Timestamp, outcomes: &Outcomes) -> Standing {
        let mut evidence: Vec<Evidence> =
            self.lists.iter().filter_map(|list| list.evidence(node, outcomes)).collect();
        let mut fates = Vec::new();
        for answer in &self.answers {
            match answer.evidence(outcomes) {
                Ok(found) => {
                    let is_good = found.says == Says::Good;
                    let stale = found.until.filter(|until| *until < at && is_good);
                    let early = Some(found.this_update).filter(|_| is_good && !found.is_issued(at));
                    let fate = early.map(AnswerFate::NotYet).or(stale.map(AnswerFate::Stale));
                    fates.push(fate.unwrap_or(AnswerFate::Used));
                    evidence.push(found);
                }
                Err(fate) => fates.push(fate),
            }
        }
        let is_used = |fate: &&AnswerFate| **fate == AnswerFate::Used;
        let answer = fates.iter().find(is_used).or(fates.first()).copied();
        let nothing = if self.lists.is_empty() && !fates.iter().any(|fate| *fate != AnswerFate::Unknown) {
            Status::NoList
        } else {
            Status::Unusable
        };
        let (mut status, source, reason) =
            conclude(node, &evidence, at).unwrap_or((nothing, Source::List, None));
        if self.is_cut_off && !matches!(status, Status::Revoked(_)) {
            status = Status::TooMany;
        }
        Standing { certificate: Arc::clone(node), status, source, reason, answer }
    }
}

/// The status that follows from everything that may be believed, for a time of verification; `None` when there is nothing.
///
/// What was issued after that time cannot have been known then, so it never shows that a certificate was not revoked (RFC
/// 6960 §4.2.2.1). Whoever has it now knows better all the same of what it says was revoked: a revocation is told later
/// than it happened, and looking from an earlier time must not hide it.
fn conclude(
    node: &Prepared,
    evidence: &[Evidence],
    now: Timestamp,
) -> Option<(Status, Source, Option<CrlReason>)> {
    let newest = evidence.iter().map(|evidence| evidence.this_update).max()?;
    let revoked = evidence.iter().filter_map(|evidence| match evidence.says {
        Says::Revoked { at, reason } => Some((at, reason, evidence)),
        Says::Good => None,
    });
    let counts = |reason: Option<CrlReason>, evidence: &Evidence| {
        reason != Some(CrlReason::CertificateHold) || evidence.this_update == newest
    };
    let first = revoked.filter(|(_, reason, evidence)| counts(*reason, evidence)).min_by_key(|(at, ..)| *at);
    if let Some((at, reason, evidence)) = first {
        return Some((Status::Revoked(at), evidence.source, reason));
    }
    let (issued, early): (Vec<&Evidence>, Vec<&Evidence>) =
        evidence.iter().partition(|evidence| evidence.is_issued(now));
    if issued.is_empty() {
        let first = early.into_iter().min_by_key(|evidence| evidence.this_update)?;
        return Some((Status::NotYetIssued(first.this_update), first.source, None));
    }
    // What was issued after the certificate's end says nothing of it.
    let speaking = issued.into_iter().filter(|evidence| evidence.this_update <= node.certificate.not_after);
    let Some(last) = speaking.max_by_key(|evidence| evidence.this_update) else {
        return Some((Status::NoLongerListed, Source::List, None));
    };
    let until = last.until.map_or(Timestamp::MAX, |until| until.max(last.this_update));
    Some((Status::Good(until), last.source, None))
}
