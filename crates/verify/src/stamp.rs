//! Time stamps over signature values (GB/T 20520, GM/T 0033; GB/T 38540 §7.3 h).

use std::collections::HashSet;
use std::sync::Arc;

use formats::asn1::{BitString, DeviationKind, Mode};
use formats::cms::{SignedAttributes, SignerInfo};
use formats::oid;
use formats::ses::TbsSign;
use formats::tsp::TimeStampToken;
use jiff::{SignedDuration, Timestamp};

use crate::catalogue::{self as rule, Scheme, SubIndication};
use crate::certificate::{
    CertificateFacts, ChainOutcome, Moment, Prepared, RevocationStatus, Rules, judge_authority,
};
use crate::checks::{CheckId, Checks, Outcomes, PendingCheck, Source};
use crate::deviation;
use crate::finding::{Finding, Findings};
use crate::options::{Options, Profile};
use crate::signature::{Content, judge_unseen, signed_messages};
use crate::text::{Detail, moment};
use crate::trust::Trust;
use crate::verdict::{Status, Verdict};

const RULES: Rules = Rules {
    chain: &rule::STAMP_CHAIN,
    key_usage: &rule::STAMP_KEY_USAGE,
    period: &rule::STAMP_PERIOD,
    revocation: &rule::STAMP_REVOCATION,
    stamps: true,
};

/// How far the clocks of honest people may differ.
pub(crate) const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// What a time stamp should be over.
pub(crate) enum Over<'a> {
    /// A signature value, in the ways in which it can be read.
    Value(&'a [Vec<u8>]),
    /// The document itself (PDF).
    Document(Content<'a>),
    /// It stands inside the signed part, in the place of the time (GM/T 0031 §6.2.1).
    Inside,
}

/// Whether it is over what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IsOver {
    Yes,
    No,
    /// It is part of what is signed, so it was there before the signature. Whether it is over what this signature is for
    /// is another question ([`StampFacts::is_of_signed`]).
    Inside,
    /// It could not be read.
    Unread,
    /// The digest to compare was not handed over.
    Unseen,
}

impl IsOver {
    fn find(token: &TimeStampToken, over: &Over<'_>) -> Self {
        let is_over = match over {
            Over::Value(readings) => readings.iter().any(|reading| token.is_over(reading)),
            Over::Document(content) => {
                let imprint = &token.info.imprint;
                match oid::digest_algorithm(&imprint.algorithm.oid) {
                    None => false,
                    Some(algorithm) => match content.digest(algorithm) {
                        Some(digest) => digest == imprint.digest,
                        None => return Self::Unseen,
                    },
                }
            }
            Over::Inside => return Self::Inside,
        };
        if is_over { Self::Yes } else { Self::No }
    }
}

/// What is known of a time stamp before any signature was verified.
#[derive(Debug)]
pub(crate) struct StampFacts {
    token: Result<TimeStampToken, String>,
    is_over: IsOver,
    authority: Option<CertificateFacts>,
    check: Option<CheckId>,
}

impl StampFacts {
    /// Gathers the facts of a token.
    pub(crate) fn gather(der: &[u8], over: &Over<'_>, trust: &Trust, checks: &mut Checks) -> Self {
        let token = match TimeStampToken::parse(der, Mode::Tolerant) {
            Ok(token) => token,
            Err(error) => {
                let is_over = IsOver::Unread;
                return Self { token: Err(error.to_string()), is_over, authority: None, check: None };
            }
        };
        let is_over = IsOver::find(&token, over);
        let beside = Prepared::parse_beside(&token.signed_data.certificates);
        let signer = token.signer();
        let content = token.signed_data.content.as_deref();
        let authority = signer.and_then(|signer| find_signer(signer, content, &beside, trust, checks));
        let check = signer
            .zip(authority.as_ref())
            .and_then(|(signer, authority)| Some(checks.add(check_signer(signer, content, authority)?)));
        let authority = authority.map(|leaf| CertificateFacts::gather(&leaf, &beside, trust, checks));
        Self { token: Ok(token), is_over, authority, check }
    }

    /// True for a token that can be read and is over what it should be, whoever made it.
    pub(crate) fn is_over(der: &[u8], over: &Over<'_>) -> bool {
        TimeStampToken::parse(der, Mode::Tolerant)
            .is_ok_and(|token| IsOver::find(&token, over) == IsOver::Yes)
    }

    /// True when everything about the token is right and its authority is trusted.
    pub(crate) fn is_good(&self, options: &Options, outcomes: &Outcomes) -> bool {
        let mut findings = Findings::new(Scheme::Plain);
        self.judge(None, None, options, outcomes, &mut findings);
        self.is_over == IsOver::Yes && findings.verdict() == Verdict::Valid
    }

    /// The time it states, when it is a time stamp over this signature: then the signature was there by that time. One
    /// inside the signed part was there before the signature, and proves nothing of it.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        let token = self.token.as_ref().ok()?;
        (self.is_over == IsOver::Yes).then_some(token.info.gen_time)
    }

    /// True when it is part of what is signed, where it is no more than the signer's word for the time.
    pub(crate) fn is_inside(&self) -> bool {
        self.is_over == IsOver::Inside
    }

    /// Whether a token inside the signed part is over what that part is for; `None` for any other. GM/T 0031 does not say
    /// what it is over: the original, its digest, and the signed part without the token are what it can be. The signature
    /// value it cannot be over, since that is made afterwards.
    pub(crate) fn is_of_signed(&self, signed: &TbsSign, original: &Content<'_>) -> Option<bool> {
        let token = self.token.as_ref().ok().filter(|_| self.is_inside())?;
        let imprint = &token.info.imprint;
        let is_of_original = || {
            let algorithm = oid::digest_algorithm(&imprint.algorithm.oid)?;
            Some(original.digest(algorithm)? == imprint.digest)
        };
        // Whether the digest in the signed part is the original's is judged by itself.
        let is_bound = signed.hash_is(&imprint.digest)
            || is_of_original() == Some(true)
            || token.is_over(&signed.data_hash.bytes)
            || signed.without_time().is_some_and(|rest| token.is_over(&rest));
        Some(is_bound)
    }

    /// Judges the token, its authority, and the times.
    pub(crate) fn judge(
        &self,
        signed_at: Option<Timestamp>,
        signer: Option<&CertificateFacts>,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        findings.add(&rule::STAMP_PRESENT, Status::Good);
        let token = match &self.token {
            Ok(token) => token,
            Err(error) => return findings.add_with(&rule::STAMP_FORMAT, Status::Bad, Detail::same(error)),
        };
        self.judge_form(token, options, outcomes, findings);
        self.judge_signature(token, options, outcomes, findings);
        let stamped = token.info.gen_time;
        match &self.authority {
            Some(authority) => {
                let moment = Moment { at: stamped, period: Status::Bad, revocation: Status::Bad };
                judge_authority(authority, RULES, &[moment], options, outcomes, findings);
            }
            None => findings.add_with(
                &rule::STAMP_CHAIN,
                Status::Unknown,
                Detail::new("缺少时间戳服务证书", "the authority's certificate is not at hand"),
            ),
        }
        judge_order(token, signed_at, options, findings);
        if let Some(signer) = signer {
            judge_signer(signer, stamped, options, outcomes, findings);
        }
    }

    fn judge_form(
        &self,
        token: &TimeStampToken,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        if token.info.critical_extensions.is_empty() {
            findings.add(&rule::STAMP_FORMAT, Status::Good);
        } else {
            let names: Vec<String> = token.info.critical_extensions.iter().map(ToString::to_string).collect();
            let names = Detail::list(names.iter().map(String::as_str), 3);
            findings.add_with(&rule::STAMP_FORMAT, Status::Unknown, names);
        }
        let mut kinds: Vec<DeviationKind> = deviation::kinds(&token.deviations).collect();
        kinds.extend(self.check.and_then(|check| outcomes.deviation(check)));
        deviation::report(&rule::STAMP_DEVIATION, &kinds, options.profile, findings);
        let algorithm = oid::digest_algorithm(&token.info.imprint.algorithm.oid);
        let is_weak = algorithm
            .is_none_or(|algorithm| options.algorithms.check_digest(algorithm, token.info.gen_time).is_err());
        if is_weak {
            let oid = token.info.imprint.algorithm.oid.to_string();
            findings.add_with(&rule::STAMP_IMPRINT, Status::Bad, Detail::same(oid));
            return;
        }
        match self.is_over {
            IsOver::Yes => findings.add(&rule::STAMP_IMPRINT, Status::Good),
            IsOver::No => findings.add(&rule::STAMP_IMPRINT, Status::Bad),
            // What it is over is told by who knows the signed part.
            IsOver::Inside | IsOver::Unread => {}
            IsOver::Unseen => judge_unseen(findings),
        }
    }

    fn judge_signature(
        &self,
        token: &TimeStampToken,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        let (Some(check), Some(authority)) = (self.check, &self.authority) else {
            return findings.add(&rule::STAMP_SIGNATURE, Status::Unknown);
        };
        let fits = token.attributes_fit();
        let names = token.names_certificate(authority.leaf.certificate.der()) != Some(false);
        let allowed = token.signer().and_then(SignerInfo::algorithm).is_some_and(|algorithm| {
            authority.leaf.key().is_some_and(|key| {
                options.algorithms.check_signature(algorithm, key.size(), token.info.gen_time).is_ok()
            })
        });
        let protected = token.signer().and_then(SignerInfo::algorithms_are_protected) != Some(false);
        let is_good = outcomes.is_good(check) && fits && names && allowed && protected;
        findings.good_or_bad(&rule::STAMP_SIGNATURE, is_good);
    }
}

/// The report on a time stamp by itself.
#[derive(Clone, Debug)]
pub struct StampReport {
    /// The verdict.
    pub verdict: Verdict,
    /// The time it states, when it is a time stamp over the value.
    pub time: Option<Timestamp>,
    /// The findings, in the order in which the checks were made.
    pub findings: Vec<Finding>,
    /// Id of the trust snapshot.
    pub trust_id: String,
}

/// Judges a time stamp by itself, before it is put into a document: its form, its authority, and whether it is over
/// `value`, the octets of a signature (GB/T 38540 §7.3 h without what concerns the signer; GB/T 20520).
pub fn verify_time_stamp(token: &[u8], value: &[u8], trust: &Trust, options: &Options) -> StampReport {
    let mut findings = Findings::new(Scheme::Gbt38540);
    let mut checks = Checks::default();
    let facts = StampFacts::gather(token, &Over::Value(&[value.to_vec()]), trust, &mut checks);
    facts.judge(None, None, options, &checks.run(), &mut findings);
    StampReport {
        verdict: findings.verdict(),
        time: facts.time(),
        findings: findings.into_list(),
        trust_id: trust.id(),
    }
}

/// The certificate of a signer: beside the signature, else among those given with the trust.
///
/// Nobody signs which certificates stand beside a signature, and anybody can write a signer's name and number into one of
/// his own. So of several that one counts whose key verifies the value, and of those the one that the signer named.
pub(crate) fn find_signer(
    signer: &SignerInfo,
    content: Option<&[u8]>,
    beside: &[Arc<Prepared>],
    trust: &Trust,
    checks: &mut Checks,
) -> Option<Arc<Prepared>> {
    let all = beside.iter().chain(trust.authorities()).chain(trust.brought_authorities());
    let mut seen = HashSet::new();
    let all: Vec<&Arc<Prepared>> = all
        .filter(|candidate| signer.id.names(&candidate.certificate) && seen.insert(candidate.sm3))
        .collect();
    // What is over a document that is not inside would have to be digested anew for each.
    if all.len() < 2 || (signer.signed_attributes.is_none() && content.is_none()) {
        return all.first().copied().cloned();
    }
    let mut is_right = |candidate: &&&Arc<Prepared>| {
        checks.try_now(Source::Document, check_signer(signer, content, candidate)) == Some(true)
    };
    let right: Vec<&Arc<Prepared>> = all.iter().filter(&mut is_right).copied().collect();
    let named = signer.signed_attributes.as_ref().and_then(SignedAttributes::signing_certificate);
    let is_named = |candidate: &&&Arc<Prepared>| {
        named.as_ref().is_some_and(|named| named.names(candidate.certificate.der()) == Some(true))
    };
    right.iter().find(is_named).or(right.first()).or(all.first()).copied().cloned()
}

/// The check that a certificate's key signed the attributes of a signed message, or its content.
fn check_signer(signer: &SignerInfo, content: Option<&[u8]>, by: &Prepared) -> Option<PendingCheck> {
    let messages = signed_messages(signer, content)?;
    let value = BitString::from_bytes(&signer.signature);
    Some(PendingCheck::new(by.key()?.clone(), signer.algorithm()?, &messages, &value))
}

/// GB/T 38540 §7.3 h3, in whole seconds, within the accuracy that the authority grants. What the clocks of signer and
/// authority may differ by is a named departure under the compatible profile.
fn judge_order(
    token: &TimeStampToken,
    signed_at: Option<Timestamp>,
    options: &Options,
    findings: &mut Findings,
) {
    let stamped = token.info.gen_time;
    let late = options.at.checked_add(CLOCK_SKEW).is_ok_and(|latest| stamped > latest);
    let Some(signed_at) = signed_at else { return };
    let accuracy = token.info.accuracy.unwrap_or_default();
    let grace = i64::from(accuracy.seconds) + i64::from(accuracy.millis > 0 || accuracy.micros > 0);
    let later_by = signed_at.as_second().saturating_sub(stamped.as_second()).saturating_sub(grace);
    let skew = if options.profile == Profile::Compat { CLOCK_SKEW.as_secs() } else { 0 };
    let (signed, at) = (moment(signed_at), moment(stamped));
    let times = Detail::new(
        format!("签章时间 {}，时间戳时间 {}", signed.zh, at.zh),
        format!("signed {}, stamped {}", signed.en, at.en),
    );
    let status = if later_by > skew {
        Status::Bad
    } else if late {
        Status::Unknown
    } else if later_by > 0 {
        Status::Note
    } else {
        Status::Good
    };
    findings.add_with(&rule::STAMP_ORDER, status, times);
}

/// The stamped time against period and revocation of the signer's certificate (§7.3 h2, by step f).
fn judge_signer(
    signer: &CertificateFacts,
    stamped: Timestamp,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    let in_force = signer.leaf.certificate.is_in_force(stamped);
    let chain = signer.paths.outcome(stamped, &options.algorithms, outcomes);
    let revoked = match chain {
        ChainOutcome::Trusted(path) if options.revocation != crate::Revocation::Off => signer
            .revocation
            .statuses(&signer.paths, path, options.at, outcomes)
            .iter()
            .any(|(_, status)| matches!(status, RevocationStatus::Revoked(at) if at <= &stamped)),
        _ => false,
    };
    match (in_force, revoked) {
        (true, false) => findings.add(&rule::STAMP_SIGNER, Status::Good),
        (_, true) => findings.add_because(&rule::STAMP_SIGNER, Status::Bad, SubIndication::Revoked, None),
        (false, false) => findings.add(&rule::STAMP_SIGNER, Status::Bad),
    }
}
