//! What is known of revocation turned into findings: for the times that count, for now, and what became of answers.

use formats::crl::CrlReason;
use formats::x509::Certificate;
use jiff::Timestamp;

use super::revocation::{AnswerFate, Source, Standing, Status as Revoked};
use super::{CertificateFacts, ChainOutcome, Moment, Proof};
use crate::catalogue::{Rule, SubIndication};
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::{Options, Revocation};
use crate::text::{self, Detail};
use crate::verdict::Status;

/// What is known of every certificate of a trusted path; `None` where there is no such path, or nobody asks.
pub(super) fn gather(
    facts: &CertificateFacts,
    chain: &ChainOutcome,
    options: &Options,
    outcomes: &Outcomes,
) -> Option<Vec<Standing>> {
    match chain {
        ChainOutcome::Trusted(path) if options.revocation != Revocation::Off => {
            Some(facts.revocation.standings(&facts.paths, *path, options.at, outcomes))
        }
        _ => None,
    }
}

/// Judges revocation for the moments that count.
pub(super) fn judge_revocation(
    standings: Option<&[Standing]>,
    rule: &'static Rule,
    proof: Proof,
    moments: &[Moment],
    options: &Options,
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
    let Some(standings) = standings else {
        return findings.add_with(
            rule,
            missing,
            Detail::new("证书链未确认，未检查", "not looked at, since the chain is not established"),
        );
    };
    let mut worst = (Status::Good, Detail::same(""), false);
    for standing in standings {
        let (status, detail) = meaning(standing, missing, proof, moments);
        if status > worst.0 {
            worst = (status, detail, matches!(standing.status, Revoked::Revoked(_)));
        }
    }
    match worst {
        (Status::Good, ..) => findings.add(rule, Status::Good),
        // Revoked, yet not by the signing time: what is lacking is the proof of that time.
        (Status::Unknown, detail, true) => {
            findings.add_because(rule, Status::Unknown, SubIndication::RevokedNoPoe, Some(detail));
        }
        (status, detail, _) => findings.add_with(rule, status, detail),
    }
}

/// What the standing of one certificate of the path means.
fn meaning(standing: &Standing, missing: Status, proof: Proof, moments: &[Moment]) -> (Status, Detail) {
    if let Revoked::Good(until) = standing.status
        && moments.iter().all(|moment| moment.at <= until)
    {
        return (Status::Good, Detail::same(""));
    }
    let name = standing.name();
    match standing.status {
        Revoked::Good(until) => {
            // Not knowing of a moment weighs no more than having been revoked by then.
            let uncovered = moments.iter().filter(|moment| moment.at > until);
            let status = uncovered.map(|moment| missing.min(moment.revocation)).max();
            (status.unwrap_or(Status::Good), ran_out(standing, until))
        }
        Revoked::Revoked(at) => revoked(standing, at, proof, moments),
        Revoked::NoList if standing.answer == Some(AnswerFate::Unknown) => (
            missing,
            Detail::new(
                format!("OCSP 服务不认识 {name}，也没有其吊销列表"),
                format!("the OCSP responder does not know {name}, and there is no revocation list for it"),
            ),
        ),
        Revoked::NoList => (
            missing,
            Detail::new(
                format!("没有 {name} 的吊销列表或 OCSP 应答"),
                format!("no revocation list and no OCSP answer for {name}"),
            ),
        ),
        Revoked::Unusable => (
            missing,
            Detail::new(
                format!("{name} 的吊销列表或 OCSP 应答签名不正确或不可用"),
                format!("the revocation list or OCSP answer for {name} is not rightly signed, or not usable"),
            ),
        ),
        Revoked::TooMany => {
            // Not knowing weighs no more than having been revoked, whoever is content with what is missing.
            let status = moments.iter().map(|moment| Status::Unknown.min(moment.revocation)).max();
            let detail = Detail::new(
                format!("文档所带的 {name} 的吊销信息过多，未全部验证"),
                format!("the document brings more revocation information for {name} than is verified"),
            );
            (status.unwrap_or(Status::Unknown), detail)
        }
        Revoked::NotYetIssued(issued) => (missing, not_yet_issued(standing, issued)),
        Revoked::NoLongerListed => (
            missing,
            Detail::new(
                format!("{name} 已过期，现行吊销信息不再记载"),
                format!("{name} has expired, and revocation information no longer speaks of it"),
            ),
        ),
    }
}

fn ran_out(standing: &Standing, until: Timestamp) -> Detail {
    let (name, when) = (standing.name(), text::moment(until));
    let (zh, en) = source(standing.source);
    Detail::new(
        format!("{name} 的{zh}已于{}到期", when.zh),
        format!("the {en} for {name} ran out at {}", when.en),
    )
}

fn not_yet_issued(standing: &Standing, issued: Timestamp) -> Detail {
    let (name, when) = (standing.name(), text::moment(issued));
    let (zh, en) = source(standing.source);
    Detail::new(
        format!("{name} 的{zh}签发于{}，晚于所判时间，不能说明当时未被吊销", when.zh),
        format!(
            "the {en} for {name} was issued at {}, after the time judged for: it does not show that it was not revoked then",
            when.en
        ),
    )
}

/// Revoked by a moment that counts, or after all of them. A key that fell into other hands can sign with any time it
/// likes: then only something from before, that others vouch for, tells that its owner signed.
fn revoked(standing: &Standing, at: Timestamp, proof: Proof, moments: &[Moment]) -> (Status, Detail) {
    let (name, when) = (standing.name(), text::moment(at));
    let (source_zh, source_en) = source(standing.source);
    let (reason_zh, reason_en) = reason(standing.reason);
    let mut zh = format!("{name} 于{}被吊销（{source_zh}，原因：{reason_zh}）", when.zh);
    let mut en = format!("{name} was revoked at {} ({source_en}, reason: {reason_en})", when.en);
    let worst = moments.iter().filter(|moment| at <= moment.at).map(|moment| moment.revocation).max();
    // Revoked after every moment that counts: worth telling, no more.
    let mut status = worst.unwrap_or(Status::Note).max(Status::Note);
    if let Some(doubt) = doubt(standing.reason, at, proof).filter(|_| status < Status::Unknown) {
        status = Status::Unknown;
        zh.push_str(&doubt.zh);
        en.push_str(&doubt.en);
    }
    (status, Detail::new(zh, en))
}

/// What the reason of a revocation leaves open of what was signed before. Stamps of an authority stay good only where
/// the reason says that its key was not lost (RFC 3161 §4).
fn doubt(reason: Option<CrlReason>, at: Timestamp, proof: Proof) -> Option<Detail> {
    use CrlReason::{
        AaCompromise, AffiliationChanged, CaCompromise, CessationOfOperation, KeyCompromise, Superseded,
        Unspecified,
    };
    match proof {
        Proof::Before(proven) => {
            let is_compromised = matches!(reason, Some(KeyCompromise | CaCompromise | AaCompromise));
            (is_compromised && proven.is_none_or(|proven| at <= proven)).then(|| {
                Detail::new(
                    "；密钥已泄露，没有早于吊销的时间戳或备案，无法证明由其所有者作出",
                    "; the key was compromised, and no time stamp or filing from before proves that its owner signed",
                )
            })
        }
        Proof::Itself => {
            let is_harmless =
                matches!(reason, Some(Unspecified | AffiliationChanged | Superseded | CessationOfOperation));
            (!is_harmless).then(|| {
                Detail::new(
                    "；其密钥可能已泄露，所签时间戳不再能证明时间（RFC 3161 第 4 节）",
                    "; its key may have been lost, so that its stamps no longer prove a time (RFC 3161 §4)",
                )
            })
        }
    }
}

/// What became of OCSP answers, where there are any.
pub(super) fn judge_answers(standings: Option<&[Standing]>, rule: &'static Rule, findings: &mut Findings) {
    let answered = || standings.unwrap_or_default().iter().filter(|standing| standing.answer.is_some());
    let Some(first) = answered().next() else { return };
    let fates = answered().filter_map(|standing| Some((standing, standing.answer?)));
    let unused_one = fates.into_iter().find(|(_, fate)| *fate != AnswerFate::Used);
    let Some((standing, fate)) = unused_one else {
        return findings.add_with(rule, Status::Good, Detail::same(first.name()));
    };
    let (name, (zh, en)) = (standing.name(), unused(fate));
    findings.add_with(rule, Status::Note, Detail::new(format!("{name}：{zh}"), format!("{name}: {en}")));
}

fn unused(fate: AnswerFate) -> (String, String) {
    let (zh, en) = match fate {
        AnswerFate::Stale(until) => {
            let when = text::moment(until);
            return (format!("应答已于{}到期", when.zh), format!("it ran out at {}", when.en));
        }
        AnswerFate::NotYet(issued) => {
            let when = text::moment(issued);
            return (
                format!("应答签发于{}，晚于所判时间", when.zh),
                format!("it was issued at {}, after the time judged for", when.en),
            );
        }
        AnswerFate::Used => ("已采用", "used"),
        AnswerFate::Unknown => ("服务不认识该证书", "the responder does not know the certificate"),
        AnswerFate::WrongSignature => ("应答签名不正确", "its signature is wrong"),
        AnswerFate::Unauthorized => {
            ("应答者未获签发者授权", "whoever signed it may not answer for the issuer")
        }
        AnswerFate::NotUnderstood => {
            ("应答的算法或关键扩展不受支持", "its algorithm or a critical extension is not supported")
        }
    };
    (zh.to_owned(), en.to_owned())
}

/// The certificate at the time of verification: what has ended since does not undo what was signed.
pub(super) fn judge_now(
    certificate: &Certificate,
    standing: Option<&Standing>,
    rule: &'static Rule,
    options: &Options,
    findings: &mut Findings,
) {
    if let Some(Standing { status: Revoked::Revoked(at), .. }) = standing
        && *at <= options.at
    {
        let when = text::moment(*at);
        let detail = Detail::new(format!("已于{}吊销", when.zh), format!("revoked at {}", when.en));
        return findings.add_with(rule, Status::Note, detail);
    }
    if !certificate.is_in_force(options.at) {
        let detail = text::outside_period(certificate.not_before, certificate.not_after, options.at);
        return findings.add_with(rule, Status::Note, detail);
    }
    match standing.map(|standing| standing.status) {
        Some(Revoked::Good(until)) if options.at <= until => findings.add(rule, Status::Good),
        _ => findings.add_with(
            rule,
            Status::Note,
            Detail::new(
                "在有效期内，目前的吊销状态未知",
                "in its period, and whether it is revoked now is not known",
            ),
        ),
    }
}

fn source(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::List => ("吊销列表", "revocation list"),
        Source::Answer => ("OCSP 应答", "OCSP answer"),
    }
}

/// GB/T 20518, RFC 5280 §5.3.1.
fn reason(reason: Option<CrlReason>) -> (&'static str, &'static str) {
    match reason {
        None | Some(CrlReason::Unspecified | CrlReason::RemoveFromCrl) => ("未说明", "not told"),
        Some(CrlReason::KeyCompromise) => ("密钥泄露", "key compromise"),
        Some(CrlReason::CaCompromise) => ("CA 密钥泄露", "compromise of the authority's key"),
        Some(CrlReason::AffiliationChanged) => ("从属关系变更", "affiliation changed"),
        Some(CrlReason::Superseded) => ("已被替代", "superseded"),
        Some(CrlReason::CessationOfOperation) => ("停止使用", "cessation of operation"),
        Some(CrlReason::CertificateHold) => ("暂停使用", "on hold"),
        Some(CrlReason::PrivilegeWithdrawn) => ("权限撤回", "privilege withdrawn"),
        Some(CrlReason::AaCompromise) => ("属性权威密钥泄露", "compromise of an attribute authority's key"),
    }
}
