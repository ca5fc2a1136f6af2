//! Paths from a certificate to a trusted one (RFC 5280 §6 with the profile of GB/T 20518).
//!
//! Paths are found by names and key identifiers alone; whether each link is really signed is queued and
//! judged afterwards.

use std::collections::HashSet;
use std::sync::Arc;

use crypto::policy::AlgorithmPolicy;
use formats::oid::{self, Oid};
use formats::x509::KeyUsage;
use jiff::Timestamp;

use super::{Prepared, check_link, queue_link, try_link};
use crate::catalogue::SubIndication;
use crate::checks::{CheckId, Checks, Outcomes, Source};
use crate::trust::{Trust, Want};
use crate::verdict::Status;

/// Certificates in one path, the first and the trusted one included.
const MAX_LENGTH: usize = 8;
/// Paths kept for one certificate: of those to a trusted certificate, and of the others, which are told where none is.
/// Cross-certified authorities have a few.
const MAX_PATHS: usize = 16;
/// Certificates that the search for paths comes to. Beyond that nobody knows whether there is a path.
const MAX_STEPS: usize = 256;
/// Issuers followed where none of several signed.
const MAX_TOLD: usize = 2;

/// All paths worth looking at.
#[derive(Debug)]
pub(crate) struct Paths {
    pub(crate) list: Vec<Path>,
    has_anchors: bool,
    /// True when there were more certificates to try than are tried.
    is_cut_off: bool,
}

/// One path, the certificate in question first.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) nodes: Vec<Arc<Prepared>>,
    /// The check that node i was signed by node i + 1.
    links: Vec<Option<CheckId>>,
    end: End,
}

/// Why a path goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Its last certificate is trusted.
    Anchor,
    /// Its last certificate is its own issuer and is not trusted.
    SelfIssued,
    /// The issuer of its last certificate is not at hand.
    IssuerMissing,
    /// It is longer than any honest path.
    TooLong,
}

/// What the chain of a certificate amounts to.
#[derive(Clone, Debug)]
pub(crate) enum ChainOutcome {
    /// It leads to a trusted certificate; the path is told for the revocation that follows.
    Trusted(usize),
    /// No certificate is trusted at all, so nothing can be said.
    NoTrust,
    /// An issuer is not at hand, so nothing can be said.
    IssuerUnknown(String),
    /// It ends at a certificate that is its own issuer and is not trusted.
    Untrusted(String),
    /// A certificate on the way does not do.
    Broken(String, Fault),
}

/// What is wrong with a certificate on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Signature,
    Unsupported,
    Algorithm,
    NotAuthority,
    KeyUsage,
    PathLength,
    Period,
    CriticalExtension,
    NameConstraint,
    TooLong,
    TooMany,
}

impl Fault {
    /// What is not supported, and what was not looked at, leaves it open whether the chain is good.
    pub(crate) fn status(self) -> Status {
        if matches!(self, Self::Unsupported | Self::TooMany) { Status::Unknown } else { Status::Bad }
    }

    /// The reason in one stable word.
    pub(crate) fn sub_indication(self) -> SubIndication {
        match self {
            Self::Signature | Self::TooMany => SubIndication::CertificateChainGeneralFailure,
            Self::Unsupported | Self::Algorithm => SubIndication::CryptoConstraintsFailure,
            Self::Period => SubIndication::Expired,
            Self::NotAuthority
            | Self::KeyUsage
            | Self::PathLength
            | Self::CriticalExtension
            | Self::NameConstraint
            | Self::TooLong => SubIndication::ChainConstraintsFailure,
        }
    }

    pub(crate) fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Signature => ("签发者签名不正确", "the issuer's signature is wrong"),
            Self::Unsupported => ("公钥或签名算法不受支持", "key or signature algorithm not supported"),
            Self::Algorithm => ("签名算法不允许", "signature algorithm not allowed"),
            Self::NotAuthority => ("签发者不是 CA", "the issuer is no authority"),
            Self::KeyUsage => {
                ("签发者密钥用途不含证书签发", "the issuer's key is not for signing certificates")
            }
            Self::PathLength => ("超出路径长度限制", "the path is longer than the authority allows"),
            Self::Period => ("CA 证书不在有效期内", "an authority's certificate is out of its period"),
            Self::CriticalExtension => ("含有无法识别的关键扩展", "an unknown critical extension"),
            Self::NameConstraint => {
                ("名称不在签发者的名称约束之内", "its name is outside what an authority above may certify")
            }
            Self::TooLong => ("证书链过长", "the chain is too long"),
            Self::TooMany => (
                "文档所带的同名签发者证书过多，未全部验证",
                "the document brings more issuers of that name than are tried",
            ),
        }
    }
}

impl Paths {
    pub(super) fn gather(
        leaf: &Arc<Prepared>,
        beside: &[Arc<Prepared>],
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let mut walk = Walk {
            beside,
            trust,
            checks,
            trusted: Vec::new(),
            others: Vec::new(),
            steps: 0,
            is_cut_off: false,
        };
        walk.extend(&mut vec![Arc::clone(leaf)], &mut Vec::new());
        let (mut list, is_cut_off) = (walk.trusted, walk.is_cut_off);
        list.extend(walk.others);
        Self { list, has_anchors: trust.has_anchors(), is_cut_off }
    }

    /// True when a path that is good for a time leads through such a certificate, the first left out.
    pub(crate) fn leads_through(
        &self,
        is: impl Fn(&Prepared) -> bool,
        at: Timestamp,
        policy: &AlgorithmPolicy,
        outcomes: &Outcomes,
    ) -> bool {
        self.list.iter().enumerate().any(|(index, path)| {
            path.nodes.iter().skip(1).any(|node| is(node))
                && matches!(path.judge(index, at, policy, outcomes), ChainOutcome::Trusted(_))
        })
    }

    /// The best that can be said of the paths, for a time.
    pub(crate) fn outcome(
        &self,
        at: Timestamp,
        policy: &AlgorithmPolicy,
        outcomes: &Outcomes,
    ) -> ChainOutcome {
        let judged: Vec<ChainOutcome> = self
            .list
            .iter()
            .enumerate()
            .map(|(index, path)| path.judge(index, at, policy, outcomes))
            .collect();
        let best = judged.into_iter().min_by_key(preference);
        if self.is_cut_off && !matches!(best, Some(ChainOutcome::Trusted(_))) {
            let leaf = self.list.first().and_then(|path| path.nodes.first());
            let name = leaf.map(|leaf| leaf.label()).unwrap_or_default();
            return ChainOutcome::Broken(name, Fault::TooMany);
        }
        match best {
            Some(ChainOutcome::Untrusted(_) | ChainOutcome::IssuerUnknown(_)) | None if !self.has_anchors => {
                ChainOutcome::NoTrust
            }
            Some(outcome) => outcome,
            None => ChainOutcome::IssuerUnknown(String::new()),
        }
    }
}

/// Of several paths the one counts that says most for the certificate.
fn preference(outcome: &ChainOutcome) -> u8 {
    match outcome {
        ChainOutcome::Trusted(_) => 0,
        ChainOutcome::Broken(_, fault) if *fault != Fault::Signature => 1,
        ChainOutcome::Untrusted(_) => 2,
        ChainOutcome::IssuerUnknown(_) => 3,
        ChainOutcome::NoTrust => 4,
        ChainOutcome::Broken(..) => 5,
    }
}

/// The search for paths: depth first, bounded in length and steps. What whoever verifies has comes first.
///
/// Names and key identifiers anybody writes into a certificate of his own, and a certificate over the right key too. So of
/// several issuers those are followed that signed, and of several paths to a trusted certificate those are kept that are
/// signed all along: what strangers add takes no place from what is right.
struct Walk<'a> {
    beside: &'a [Arc<Prepared>],
    trust: &'a Trust,
    checks: &'a mut Checks,
    trusted: Vec<Path>,
    others: Vec<Path>,
    steps: usize,
    is_cut_off: bool,
}

impl Walk<'_> {
    /// Recursion is bounded by [`MAX_LENGTH`].
    fn extend(&mut self, nodes: &mut Vec<Arc<Prepared>>, links: &mut Vec<Option<CheckId>>) {
        let Some(last) = nodes.last().cloned() else { return };
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.is_cut_off = true;
            return;
        }
        if self.trust.is_anchor(&last.sm3) {
            return self.push(nodes, links, End::Anchor);
        }
        if nodes.len() >= MAX_LENGTH {
            return self.push(nodes, links, End::TooLong);
        }
        let issuers = self.issuers_of(&last, nodes);
        if issuers.is_empty() {
            let end = if last.certificate.is_self_issued() { End::SelfIssued } else { End::IssuerMissing };
            if end == End::IssuerMissing {
                self.trust.want(|_| Want::issuer_of(&last));
            }
            return self.push(nodes, links, end);
        }
        for issuer in issuers {
            let link = queue_link(&last, &issuer, self.checks);
            nodes.push(issuer);
            links.push(link);
            self.extend(nodes, links);
            nodes.pop();
            links.pop();
        }
    }

    /// Certificates that issued `subject`, each once, none that is in the path already: where several may have, those
    /// whose key signed it, and where none did, a few, so that it can be told what is wrong.
    fn issuers_of(&mut self, subject: &Prepared, nodes: &[Arc<Prepared>]) -> Vec<Arc<Prepared>> {
        let own = self.trust.authorities().map(|issuer| (Source::Own, issuer));
        let brought = self.trust.brought_authorities().iter().chain(self.beside);
        let mut seen: HashSet<[u8; 32]> = nodes.iter().map(|node| node.sm3).collect();
        let issuers: Vec<(Source, Arc<Prepared>)> = own
            .chain(brought.map(|issuer| (Source::Document, issuer)))
            .filter(|(_, issuer)| may_have_issued(issuer, subject) && seen.insert(issuer.sm3))
            .map(|(source, issuer)| (source, Arc::clone(issuer)))
            .collect();
        if issuers.len() < 2 {
            return issuers.into_iter().map(|(_, issuer)| issuer).collect();
        }
        let (mut signed, mut unsupported, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (source, issuer) in issuers {
            match try_link(source, subject, &issuer, self.checks) {
                Some(true) => signed.push(issuer),
                Some(false) if check_link(subject, &issuer).is_none() => unsupported.push(issuer),
                Some(false) => wrong.push(issuer),
                None => self.is_cut_off = true,
            }
        }
        if signed.is_empty() {
            return unsupported.into_iter().chain(wrong).take(MAX_TOLD).collect();
        }
        signed
    }

    fn push(&mut self, nodes: &[Arc<Prepared>], links: &[Option<CheckId>], end: End) {
        let is_trusted = end == End::Anchor && (!self.is_contested() || self.is_signed(nodes));
        let list = if is_trusted { &mut self.trusted } else { &mut self.others };
        if list.len() < MAX_PATHS {
            list.push(Path { nodes: nodes.to_vec(), links: links.to_vec(), end });
        } else {
            self.is_cut_off |= is_trusted;
        }
    }

    /// True when there is a path already, so that another one must show that it is right to take a place.
    fn is_contested(&self) -> bool {
        !self.trusted.is_empty() || !self.others.is_empty()
    }

    fn is_signed(&mut self, nodes: &[Arc<Prepared>]) -> bool {
        nodes.windows(2).all(|link| match link {
            [subject, issuer] => {
                let is_signed = try_link(Source::Document, subject, issuer, self.checks);
                self.is_cut_off |= is_signed.is_none();
                is_signed == Some(true)
            }
            _ => false,
        })
    }
}

/// Names fit, and key identifiers fit where both are there.
fn may_have_issued(issuer: &Prepared, subject: &Prepared) -> bool {
    let key_ids_fit = match (
        &subject.certificate.extensions.authority_key_id,
        &issuer.certificate.extensions.subject_key_id,
    ) {
        (Some(wanted), Some(offered)) => wanted == offered,
        _ => true,
    };
    let names_fit = subject.certificate.issuer_der() == issuer.certificate.subject_der()
        || (!subject.certificate.issuer.attributes.is_empty()
            && subject.certificate.issuer == issuer.certificate.subject);
    key_ids_fit && names_fit
}

impl Path {
    /// True when it ends at a trusted certificate.
    pub(crate) fn is_anchored(&self) -> bool {
        self.end == End::Anchor
    }

    /// True when it ends at a trusted certificate and every link is rightly signed: checked at once, for whoever has to
    /// know before anything is judged.
    pub(crate) fn is_genuine(&self) -> bool {
        self.end == End::Anchor
            && self.nodes.windows(2).all(|link| match link {
                [subject, issuer] => {
                    issuer.key().is_some_and(|key| subject.certificate.check_signature(key).is_ok())
                }
                _ => false,
            })
    }

    fn judge(
        &self,
        index: usize,
        at: Timestamp,
        policy: &AlgorithmPolicy,
        outcomes: &Outcomes,
    ) -> ChainOutcome {
        if let Some((node, fault)) = self.fault(at, policy, outcomes) {
            return ChainOutcome::Broken(node.label(), fault);
        }
        let last = self.nodes.last();
        let name = last.map(|node| node.label()).unwrap_or_default();
        match self.end {
            End::Anchor => ChainOutcome::Trusted(index),
            End::SelfIssued => ChainOutcome::Untrusted(name),
            End::IssuerMissing => ChainOutcome::IssuerUnknown(
                last.map(|node| crate::text::printable(&node.certificate.issuer.to_string()))
                    .unwrap_or_default(),
            ),
            End::TooLong => ChainOutcome::Broken(name, Fault::TooLong),
        }
    }

    /// The first certificate that does not do, and why.
    fn fault(
        &self,
        at: Timestamp,
        policy: &AlgorithmPolicy,
        outcomes: &Outcomes,
    ) -> Option<(&Prepared, Fault)> {
        let ends_in_anchor = self.end == End::Anchor;
        for (position, node) in self.nodes.iter().enumerate() {
            let is_anchor = ends_in_anchor && position + 1 == self.nodes.len();
            if !is_anchor && !node.certificate.extensions.unknown_critical.is_empty() {
                return Some((node, Fault::CriticalExtension));
            }
            if let Some(link) = self.links.get(position)
                && let Some(fault) =
                    link_fault(node, *link, self.nodes.get(position + 1)?, at, policy, outcomes)
            {
                return Some((node, fault));
            }
            if !self.name_is_allowed(position) {
                return Some((node, Fault::NameConstraint));
            }
            if position > 0
                && let Some(fault) = self.authority_fault(position, node, is_anchor, at)
            {
                return Some((node, fault));
            }
        }
        None
    }

    /// RFC 5280 §6.1.3 b and c: every authority above may limit the names below it; a certificate in the middle that
    /// is its own issuer is not bound. Constraints of other forms of name are not understood: they bind nobody who has
    /// no alternative name, and whoever has one is refused.
    fn name_is_allowed(&self, position: usize) -> bool {
        let Some(node) = self.nodes.get(position) else { return true };
        let certificate = &node.certificate;
        if position > 0 && certificate.is_self_issued() {
            return true;
        }
        let has_other_names = certificate.extensions.get(&oid::SUBJECT_ALT_NAME).is_some()
            || certificate.subject.get(&oid::EMAIL_ADDRESS).is_some();
        let above = self.nodes.iter().skip(position.saturating_add(1));
        let mut limits = above.filter_map(|node| node.certificate.extensions.name_constraints.as_ref());
        limits.all(|limit| limit.allows(&certificate.subject) && !(limit.has_other_forms && has_other_names))
    }

    /// RFC 5280 §6.1.5: true when one of the policies is asserted by every certificate of the path but the trusted
    /// one. Mappings of policies are not followed: a mapped policy does not count.
    pub(crate) fn asserts_one_of(&self, accepted: &[Oid]) -> bool {
        let below =
            self.nodes.len().saturating_sub(usize::from(self.end == End::Anchor && self.nodes.len() > 1));
        let asserted = |node: &Arc<Prepared>, policy: &Oid| {
            let policies = &node.certificate.extensions.policies;
            policies.contains(policy) || policies.contains(&oid::ANY_POLICY)
        };
        accepted.iter().any(|policy| self.nodes.iter().take(below).all(|node| asserted(node, policy)))
    }

    /// Why a certificate may not issue those before it in the path.
    fn authority_fault(
        &self,
        position: usize,
        node: &Prepared,
        is_anchor: bool,
        at: Timestamp,
    ) -> Option<Fault> {
        let certificate = &node.certificate;
        let constraints = certificate.extensions.basic_constraints.as_ref();
        // Roots from before version 3 have no extensions; trusting one means trusting it to issue.
        let old_root = is_anchor && certificate.version < 3;
        if !old_root && !constraints.is_some_and(|constraints| constraints.ca) {
            return Some(Fault::NotAuthority);
        }
        if certificate.extensions.key_usage.is_some_and(|usage| !usage.has(KeyUsage::KEY_CERT_SIGN)) {
            return Some(Fault::KeyUsage);
        }
        if !certificate.is_in_force(at) {
            return Some(Fault::Period);
        }
        let between = self.nodes.get(1..position).unwrap_or_default();
        let counted = between.iter().filter(|node| !node.certificate.is_self_issued()).count();
        let limit = constraints.and_then(|constraints| constraints.path_len);
        limit
            .filter(|limit| u32::try_from(counted).is_ok_and(|counted| counted > *limit))
            .map(|_| Fault::PathLength)
    }
}

fn link_fault(
    node: &Prepared,
    link: Option<CheckId>,
    issuer: &Prepared,
    at: Timestamp,
    policy: &AlgorithmPolicy,
    outcomes: &Outcomes,
) -> Option<Fault> {
    let named = &node.certificate.signature_algorithm;
    let (Some(link), Some(key)) = (link, issuer.key()) else {
        let is_broken = formats::oid::is_broken(&named.oid);
        return Some(if is_broken { Fault::Algorithm } else { Fault::Unsupported });
    };
    if !outcomes.is_good(link) {
        return Some(Fault::Signature);
    }
    let algorithm = named.signature_algorithm()?;
    let refused = policy.check_signature(algorithm, key.size(), at).is_err();
    refused.then_some(Fault::Algorithm)
}
