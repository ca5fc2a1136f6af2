//! The facts about one certificate turned into findings.

use formats::oid;
use formats::x509::{Certificate, KeyUsage};
use jiff::Timestamp;

use super::revocation::Status as Revoked;
use super::{CertificateFacts, ChainOutcome};
use crate::catalogue::Rule;
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::{Options, Revocation};
use crate::text::{self, Detail, outside_period};
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

/// A point in time at which a certificate should have been good, and what it means if it was not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// Meaning of being outside the period then.
    pub(crate) period: Status,
    /// Meaning of having been revoked by then.
    pub(crate) revocation: Status,
}

/// Judges chain, key usage, period and revocation. The chain is judged for the first moment.
pub(crate) fn judge_certificate(
    facts: &CertificateFacts,
    rules: Rules,
    moments: &[Moment],
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    let chain_at = moments.first().map_or(options.at, |moment| moment.at);
    let chain = facts.paths.outcome(chain_at, &options.algorithms, outcomes);
    judge_chain(&chain, rules.chain, findings);
    if rules.stamps {
        judge_stamping(&facts.leaf.certificate, rules.key_usage, findings);
    } else {
        judge_key_usage(&facts.leaf.certificate, rules.key_usage, findings);
    }
    judge_period(&facts.leaf.certificate, rules.period, moments, findings);
    judge_revocation(facts, &chain, rules.revocation, moments, options, outcomes, findings);
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
            findings.add_with(
                rule,
                Status::Bad,
                Detail::new(format!("{name}：{zh}"), format!("{name}: {en}")),
            );
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
    findings.add_with(rule, moment.period, detail);
}

fn judge_revocation(
    facts: &CertificateFacts,
    chain: &ChainOutcome,
    rule: &'static Rule,
    moments: &[Moment],
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    let missing = match options.revocation {
        Revocation::Strict => Status::Unknown,
        Revocation::Soft => Status::Note,
        Revocation::Off => {
            return findings.add_with(
                rule,
                Status::Note,
                Detail::new("按设置未检查", "not looked at, as asked"),
            );
        }
    };
    let ChainOutcome::Trusted(path) = chain else {
        return findings.add_with(
            rule,
            missing,
            Detail::new("证书链未确认，未检查", "not looked at, since the chain is not established"),
        );
    };
    let mut worst = (Status::Good, Detail::new("", ""));
    for (name, status) in facts.revocation.statuses(&facts.paths, *path, options.at, outcomes) {
        let (status, detail) = meaning(&name, status, missing, moments);
        if status > worst.0 {
            worst = (status, detail);
        }
    }
    match worst.0 {
        Status::Good => findings.add(rule, Status::Good),
        status => findings.add_with(rule, status, worst.1),
    }
}

/// What the status of one certificate of the path means.
fn meaning(name: &str, status: Revoked, missing: Status, moments: &[Moment]) -> (Status, Detail) {
    match status {
        Revoked::Good => (Status::Good, Detail::new("", "")),
        Revoked::Revoked(at) => {
            let worst = moments.iter().filter(|moment| at <= moment.at).map(|moment| moment.revocation).max();
            let when = text::moment(at);
            // Revoked after every moment that counts: worth telling, no more.
            let status = worst.unwrap_or(Status::Note).max(Status::Note);
            let detail = Detail::new(
                format!("{name} 于{}被吊销", when.zh),
                format!("{name} was revoked at {}", when.en),
            );
            (status, detail)
        }
        Revoked::NoList => (
            missing,
            Detail::new(format!("没有 {name} 的吊销列表"), format!("no revocation list for {name}")),
        ),
        Revoked::Stale(next) => (
            missing,
            Detail::new(
                format!("{name} 的吊销列表已于{}到期", text::moment(next).zh),
                format!("the revocation list for {name} ran out at {}", text::moment(next).en),
            ),
        ),
        Revoked::Unusable => (
            missing,
            Detail::new(
                format!("{name} 的吊销列表签名不正确或不可用"),
                format!("the revocation list for {name} is not rightly signed, or not usable"),
            ),
        ),
        Revoked::NoLongerListed => (
            missing,
            Detail::new(
                format!("{name} 已过期，现行吊销列表不再记载"),
                format!("{name} has expired, and the list no longer speaks of it"),
            ),
        ),
    }
}
