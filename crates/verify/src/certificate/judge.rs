//! The facts about one certificate turned into findings.

use formats::oid;
use formats::x509::{Certificate, KeyUsage};
use jiff::Timestamp;

use super::revocation::Standing;
use super::standing::{gather, judge_answers, judge_now, judge_revocation};
use super::{CertificateFacts, ChainOutcome};
use crate::catalogue::{Rule, SubIndication};
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::Options;
use crate::text::{Detail, outside_period};
use crate::verdict::Status;

/// The rules for one role: signer, seal maker, time-stamp authority.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) chain: &'static Rule,
    pub(crate) key_usage: &'static Rule,
    pub(crate) period: &'static Rule,
    pub(crate) revocation: &'static Rule,
    /// True for a time-stamp authority, which needs the purpose of time stamping.
    pub(crate) stamps: bool,
}

/// A signer or a seal maker: what is judged beside the rules of every certificate.
#[derive(Clone, Copy)]
pub(crate) struct Party {
    pub(crate) rules: Rules,
    /// Extended key usage, where the certificate has it.
    pub(crate) purpose: &'static Rule,
    /// What became of OCSP answers.
    pub(crate) answers: &'static Rule,
    /// The certificate at the time of verification.
    pub(crate) now: &'static Rule,
    /// Certificate policies.
    pub(crate) policy: &'static Rule,
}

/// What proves when something was signed, for a key that is known to have fallen into other hands later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A time stamp or a filing from this time; without one there is only the word of whoever had the key.
    Before(Option<Timestamp>),
    /// It is a time stamp, the proof itself: its own time is the word of the authority's key.
    Itself,
}

/// A point in time at which a certificate should have been good, and what it means if it was not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// Meaning of being outside the period then.
    pub(crate) period: Status,
    /// Meaning of having been revoked by then.
    pub(crate) revocation: Status,
}

/// Judges chain, key usage, period and revocation of a time-stamp authority. The chain is judged for the first moment.
pub(crate) fn judge_authority(
    facts: &CertificateFacts,
    rules: Rules,
    moments: &[Moment],
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    judge(facts, rules, Proof::Itself, moments, options, outcomes, findings);
}

/// The same for a signer or a seal maker, with what is judged of those alone.
pub(crate) fn judge_party(
    facts: &CertificateFacts,
    party: Party,
    proof: Proof,
    moments: &[Moment],
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    let (chain, standings) = judge(facts, party.rules, proof, moments, options, outcomes, findings);
    let standings = standings.as_deref();
    let certificate = &facts.leaf.certificate;
    judge_purposes(certificate, party.purpose, findings);
    judge_answers(standings, party.answers, findings);
    judge_now(certificate, standings.and_then(<[_]>::first), party.now, options, findings);
    judge_policy(facts, &chain, party.policy, options, findings);
}

fn judge(
    facts: &CertificateFacts,
    rules: Rules,
    proof: Proof,
    moments: &[Moment],
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) -> (ChainOutcome, Option<Vec<Standing>>) {
    let chain_at = moments.first().map_or(options.at, |moment| moment.at);
    let chain = facts.paths.outcome(chain_at, &options.algorithms, outcomes);
    judge_chain(&chain, rules.chain, findings);
    if let ChainOutcome::Trusted(path) = chain
        && let Some(trusted) = facts.paths.list.get(path).and_then(|path| path.nodes.last())
    {
        findings.rely_on(trusted);
    }
    if rules.stamps {
        judge_stamping(&facts.leaf.certificate, rules.key_usage, findings);
    } else {
        judge_key_usage(&facts.leaf.certificate, rules.key_usage, findings);
    }
    judge_period(&facts.leaf.certificate, rules.period, moments, findings);
    let standings = gather(facts, &chain, options, outcomes);
    judge_revocation(standings.as_deref(), rules.revocation, proof, moments, options, findings);
    (chain, standings)
}

/// RFC 5280 §6.1.5 g, when the operator names policies. Who asks for a policy means to rely on what it promises, so a
/// certificate without it is refused, not merely doubted.
fn judge_policy(
    facts: &CertificateFacts,
    chain: &ChainOutcome,
    rule: &'static Rule,
    options: &Options,
    findings: &mut Findings,
) {
    if options.certificate_policies.is_empty() {
        let detail = Detail::new("未设置可接受的策略", "no acceptable policy was configured");
        return findings.add_with(rule, Status::Note, detail);
    }
    let ChainOutcome::Trusted(path) = chain else {
        let detail = Detail::new("证书链未确认", "the chain is not established");
        return findings.add_with(rule, Status::Note, detail);
    };
    let path = facts.paths.list.get(*path);
    if path.is_some_and(|path| path.asserts_one_of(&options.certificate_policies)) {
        return findings.add(rule, Status::Good);
    }
    let named: Vec<String> =
        facts.leaf.certificate.extensions.policies.iter().map(ToString::to_string).collect();
    if named.is_empty() {
        return findings.add_with(rule, Status::Bad, Detail::new("证书未声明策略", "it names none"));
    }
    findings.add_with(rule, Status::Bad, Detail::list(named.iter().map(String::as_str), 3));
}

fn judge_chain(chain: &ChainOutcome, rule: &'static Rule, findings: &mut Findings) {
    match chain {
        ChainOutcome::Trusted(_) => findings.add(rule, Status::Good),
        ChainOutcome::NoTrust => findings.add_with(
            rule,
            Status::Unknown,
            Detail::new("没有给出任何可信根", "no trusted root was given"),
        ),
        ChainOutcome::IssuerUnknown(name) => findings.add_with(
            rule,
            Status::Unknown,
            Detail::new(
                format!("缺少签发者证书 {name}"),
                format!("the issuer's certificate is not at hand: {name}"),
            ),
        ),
        ChainOutcome::Untrusted(name) => findings.add_with(
            rule,
            Status::Bad,
            Detail::new(format!("根 {name} 不在信任列表中"), format!("the root {name} is not trusted")),
        ),
        ChainOutcome::Broken(name, fault) => {
            let (zh, en) = fault.text();
            let detail = Detail::new(format!("{name}：{zh}"), format!("{name}: {en}"));
            findings.add_because(rule, fault.status(), fault.sub_indication(), Some(detail));
        }
    }
}

/// GB/T 20518: a signing certificate has digitalSignature or nonRepudiation.
fn judge_key_usage(certificate: &Certificate, rule: &'static Rule, findings: &mut Findings) {
    let status = match certificate.extensions.key_usage {
        None => Status::Note,
        Some(usage) if usage.has(KeyUsage::DIGITAL_SIGNATURE) || usage.has(KeyUsage::NON_REPUDIATION) => {
            Status::Good
        }
        Some(_) => Status::Bad,
    };
    findings.add(rule, status);
}

/// Purposes that have nothing to do with signing documents. Real signers' certificates name those of a TLS client and of
/// e-mail, since there is no purpose of their own.
const ELSEWHERE: [oid::Oid; 4] =
    [oid::EKU_SERVER_AUTH, oid::EKU_CODE_SIGNING, oid::EKU_TIME_STAMPING, oid::EKU_OCSP_SIGNING];

/// RFC 5280 §4.2.1.12: a certificate that names purposes is for those alone. One that names nothing but purposes
/// elsewhere, and says critically that it means it, does not do; where it does not say so, that is a hint.
fn judge_purposes(certificate: &Certificate, rule: &'static Rule, findings: &mut Findings) {
    let extensions = &certificate.extensions;
    let Some(purposes) = extensions.extended_key_usage.as_deref().filter(|purposes| !purposes.is_empty())
    else {
        return;
    };
    if !purposes.iter().all(|purpose| ELSEWHERE.contains(purpose)) {
        return findings.add(rule, Status::Good);
    }
    let is_critical = extensions.is_critical(&oid::EXTENDED_KEY_USAGE);
    findings.add(rule, if is_critical { Status::Bad } else { Status::Note });
}

/// RFC 3161 §2.3, GB/T 20520: the one purpose is time stamping, and it is critical.
fn judge_stamping(certificate: &Certificate, rule: &'static Rule, findings: &mut Findings) {
    let extensions = &certificate.extensions;
    let may_sign = extensions
        .key_usage
        .is_none_or(|usage| usage.has(KeyUsage::DIGITAL_SIGNATURE) || usage.has(KeyUsage::NON_REPUDIATION));
    let purposes = extensions.extended_key_usage.as_deref().unwrap_or_default();
    let status = if !may_sign || !purposes.contains(&oid::EKU_TIME_STAMPING) {
        Status::Bad
    } else if purposes.len() > 1 || !extensions.is_critical(&oid::EXTENDED_KEY_USAGE) {
        Status::Note
    } else {
        Status::Good
    };
    findings.add(rule, status);
}

fn judge_period(certificate: &Certificate, rule: &'static Rule, moments: &[Moment], findings: &mut Findings) {
    let worst = moments
        .iter()
        .filter(|moment| !certificate.is_in_force(moment.at))
        .max_by_key(|moment| moment.period);
    let Some(moment) = worst else { return findings.add(rule, Status::Good) };
    let detail = outside_period(certificate.not_before, certificate.not_after, moment.at);
    let has_begun = certificate.not_before.as_second() <= moment.at.as_second();
    let reason = if has_begun { SubIndication::Expired } else { SubIndication::NotYetValid };
    findings.add_because(rule, moment.period, reason, Some(detail));
}
