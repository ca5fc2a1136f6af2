//! One signature of an OFD package judged: its value, and what OFD adds to it (GB/T 33190 §18).

use formats::ofd::{CheckMethodKind, Outcome, Signature, same_id};

use super::coverage::Shown;
use super::gather::{Description, Gathered, Signatures};
use crate::catalogue as rule;
use crate::checks::Outcomes;
use crate::finding::{Finding, Findings};
use crate::options::Options;
use crate::report::{Coverage, Provider, SignatureReport};
use crate::signature::Judged;
use crate::text::{Detail, printable};
use crate::trust::Trust;
use crate::verdict::{Status, Verdict};

/// Names told in one hint.
const SHOWN: usize = 5;

/// Judges every signature, and then those that build on another.
pub(super) fn signatures(
    signatures: &Signatures<'_>,
    shown: &Shown,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
) -> Vec<SignatureReport> {
    let mut reports: Vec<SignatureReport> = signatures
        .list
        .iter()
        .map(|signature| judge_one(signature, shown, trust, options, outcomes))
        .collect();
    judge_bases(signatures, &mut reports);
    reports
}

fn judge_one(
    gathered: &Gathered<'_>,
    shown: &Shown,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
) -> SignatureReport {
    let mut findings = Findings::new(gathered.value.scheme(gathered.kind));
    let (judged, coverage, provider, declared) = match &gathered.description {
        Err(error) => {
            let status = if super::is_limit(error) { Status::Unknown } else { Status::Bad };
            findings.add_with(&rule::SIGNATURE_DESCRIPTION, status, Detail::same(error.to_string()));
            (Judged::default(), Coverage::default(), Provider::default(), None)
        }
        Ok(description) => {
            findings.add(&rule::SIGNATURE_DESCRIPTION, Status::Good);
            let original = description.original();
            let judged = gathered.value.judge(&original, trust, options, outcomes, &mut findings);
            judge_references(description, &mut findings);
            let coverage = judge_coverage(gathered, description, shown, &mut findings);
            judge_stamps(shown, gathered.body, &description.signature, &mut findings);
            let declared = description.signature.signed_info.date_time.clone();
            (judged, coverage, provider(&description.signature), declared)
        }
    };
    SignatureReport {
        id: printable(&gathered.entry.id),
        location: gathered.entry.location.absolute(),
        kind: gathered.kind,
        verdict: findings.verdict(),
        provider,
        seal: judged.seal,
        seal_code: judged.seal_code,
        seal_type: judged.seal_type,
        sign_time: judged.sign_time,
        declared_time: declared.map(|declared| printable(&declared)),
        stamp_time: judged.stamp_time,
        signer: judged.signer,
        maker: judged.maker,
        coverage,
        findings: findings.into_list(),
    }
}

fn provider(signature: &Signature) -> Provider {
    let provider = signature.signed_info.provider.as_ref();
    provider.map_or_else(Provider::default, |provider| Provider {
        name: printable(&provider.name),
        version: printable(provider.version.as_deref().unwrap_or_default()),
        company: printable(provider.company.as_deref().unwrap_or_default()),
    })
}

/// GB/T 33190 §18.2.2: the digest method, and the digest of every covered file.
fn judge_references(description: &Description<'_>, findings: &mut Findings) {
    let method = &description.signature.signed_info.references.check_method;
    let status = match method.kind {
        CheckMethodKind::Sm3 => Status::Good,
        CheckMethodKind::Sha256 => Status::Note,
        CheckMethodKind::Md5
        | CheckMethodKind::Sha1
        | CheckMethodKind::KeyedSm3
        | CheckMethodKind::Unknown => Status::Bad,
    };
    let written = method.written.as_deref().map_or_else(
        || Detail::new("未写明，按标准默认为 MD5", "not named, which means MD5"),
        |written| Detail::same(printable(written)),
    );
    match status {
        Status::Good => findings.add(&rule::REFERENCES_METHOD, Status::Good),
        status => findings.add_with(&rule::REFERENCES_METHOD, status, written),
    }
    if description.references.is_empty() {
        let detail = Detail::new("没有列出任何受保护的文件", "it lists no file that it covers");
        return findings.add_with(&rule::REFERENCES, Status::Bad, detail);
    }
    let wrong = description.references.iter().filter(|check| check.outcome != Outcome::Match);
    let (unread, wrong): (Vec<_>, Vec<_>) = wrong.partition(|check| check.outcome == Outcome::Unreadable);
    // What is damaged is told of the container; of what cannot be unpacked nothing is known.
    let (status, named) = match (wrong.is_empty(), unread.is_empty()) {
        (false, _) => (Status::Bad, wrong),
        (true, false) => (Status::Unknown, unread),
        (true, true) => return findings.add(&rule::REFERENCES, Status::Good),
    };
    let named = named.iter().map(|check| format!("/{} ({})", check.path, outcome_word(check.outcome)));
    let named: Vec<String> = named.collect();
    findings.add_with(&rule::REFERENCES, status, Detail::list(named.iter().map(String::as_str), SHOWN));
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Match => "match",
        Outcome::Mismatch => "changed",
        Outcome::Missing => "missing",
        Outcome::Unreadable => "unreadable",
        Outcome::NotComparable => "not comparable",
    }
}

/// What it covers of what is shown, and whether it locks the list of signatures.
fn judge_coverage(
    gathered: &Gathered<'_>,
    description: &Description<'_>,
    shown: &Shown,
    findings: &mut Findings,
) -> Coverage {
    let unchanged = |check: &&formats::ofd::ReferenceCheck| check.outcome == Outcome::Match;
    let covered: Vec<String> =
        description.references.iter().filter(unchanged).map(|check| check.path.clone()).collect();
    let changed = description.references.iter().filter(|check| check.outcome != Outcome::Match);
    let changed = changed.map(|check| format!("/{}", check.path)).collect();
    let lock = description.references.iter().find(|check| check.path == gathered.list_path);
    if let Some(lock) = lock {
        findings.good_or_bad(&rule::LOCK, lock.outcome == Outcome::Match);
    }
    let listed: std::collections::HashSet<&str> =
        description.references.iter().map(|check| check.path.as_str()).collect();
    let uncovered: Vec<String> = shown
        .of_body(gathered.body)
        .filter(|path| !listed.contains(path))
        .map(|path| format!("/{path}"))
        .collect();
    if !shown.is_seen {
        let detail = Detail::new(
            "只提交了杂凑值，未见所显示的内容",
            "only digests were handed over: what is shown was not seen",
        );
        findings.add_with(&rule::COVERAGE, Status::Unknown, detail);
    } else if uncovered.is_empty() {
        findings.add(&rule::COVERAGE, Status::Good);
    } else {
        let detail = Detail::list(uncovered.iter().map(String::as_str), SHOWN);
        findings.add_with(&rule::COVERAGE, Status::Unknown, detail);
    }
    Coverage {
        covered: covered.into_iter().map(|path| format!("/{path}")).collect(),
        changed,
        shown_uncovered: uncovered,
        is_unseen: !shown.is_seen,
        locks: lock.is_some_and(|lock| lock.outcome == Outcome::Match),
        extent: None,
    }
}

/// A seal stands on pages that exist (§18.2.3).
fn judge_stamps(shown: &Shown, body: usize, signature: &Signature, findings: &mut Findings) {
    let Some(pages) = shown.pages_of(body) else { return };
    let missing: Vec<String> = signature
        .signed_info
        .stamps
        .iter()
        .filter(|stamp| !pages.iter().any(|page| same_id(page, &stamp.page_ref)))
        .map(|stamp| printable(&stamp.page_ref))
        .collect();
    if !missing.is_empty() {
        let detail = Detail::list(missing.iter().map(String::as_str), SHOWN);
        findings.add_with(&rule::STAMPS, Status::Unknown, detail);
    }
}

/// GM/T 0099: a signature that names a base is no better than the base. A loop leads nowhere.
fn judge_bases(signatures: &Signatures<'_>, reports: &mut [SignatureReport]) {
    let base_of = |index: usize| -> Option<Option<usize>> {
        let this = signatures.list.get(index)?;
        let id = this.entry.relative.as_ref()?;
        let same_list = |other: &Gathered<'_>| other.body == this.body && same_id(&other.entry.id, id);
        Some(signatures.list.iter().position(same_list).filter(|base| *base != index))
    };
    for index in 0..signatures.list.len() {
        let (mut at, mut worst, mut seen) = (index, Status::Good, vec![index]);
        if base_of(index).is_none() {
            continue;
        }
        while let Some(base) = base_of(at) {
            let Some(base) = base.filter(|base| !seen.contains(base)) else {
                worst = Status::Bad;
                break;
            };
            worst = worst.max(reports.get(base).map_or(Status::Bad, own_status));
            seen.push(base);
            at = base;
        }
        if let (Some(report), Some(gathered)) = (reports.get_mut(index), signatures.list.get(index)) {
            let finding = Finding::new(&rule::BASE, gathered.value.scheme(gathered.kind), worst);
            report.verdict = report.verdict.and(worst.verdict());
            report.findings.push(finding);
        }
    }
}

/// What a signature is worth by itself.
fn own_status(report: &SignatureReport) -> Status {
    let own = report.findings.iter().filter(|finding| finding.id() != rule::BASE.id).map(Finding::status);
    match Verdict::of(own) {
        Verdict::Valid => Status::Good,
        Verdict::Indeterminate => Status::Unknown,
        Verdict::Invalid => Status::Bad,
    }
}
