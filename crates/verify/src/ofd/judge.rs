//! One signature of an OFD package judged: its value, and what OFD adds to it (GB/T 33190 §18).

use std::collections::{BTreeSet, HashMap, HashSet};

use formats::ofd::{self, CheckMethodKind, Id, Outcome, Signature};

use super::beside;
use super::coverage::Shown;
use super::gather::{Description, Gathered, Signatures};
use super::seen;
use super::stamps;
use super::strays::{Lists, OtherList};
use crate::catalogue as rule;
use crate::checks::Outcomes;
use crate::finding::{Finding, Findings};
use crate::options::{Options, Profile};
use crate::report::{Coverage, Provider, SignatureReport};
use crate::signature::Judged;
use crate::text::{Detail, printable};
use crate::trust::Trust;
use crate::verdict::{Status, Verdict};

/// Names told in one hint.
const SHOWN: usize = 5;
/// Files that one signature leaves open and that its report names.
const TOLD: usize = 1000;

/// Bytes of pictures of seals in one report. A small archive can name a large value as often as it likes.
const PICTURES: usize = 16 << 20;

/// Judges every signature, and then those that build on another.
pub(super) fn signatures(
    signatures: &Signatures<'_>,
    shown: &Shown,
    lists: &Lists,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
) -> Vec<SignatureReport> {
    let mut room = PICTURES;
    let mut reports: Vec<SignatureReport> = signatures
        .list
        .iter()
        .map(|signature| {
            let mut report = judge_one(signature, shown, lists, trust, options, outcomes);
            if let Some(seal) = &mut report.seal {
                leave_out(&mut seal.picture, &mut room);
            }
            report
        })
        .collect();
    seen::judge(signatures, shown, &mut reports);
    judge_bases(signatures, &mut reports);
    reports
}

/// A picture is left out where those before it took the room; its digest is in the seal's.
fn leave_out(picture: &mut Vec<u8>, room: &mut usize) {
    match room.checked_sub(picture.len()) {
        Some(left) => *room = left,
        None => *picture = Vec::new(),
    }
}

fn judge_one(
    gathered: &Gathered<'_>,
    shown: &Shown,
    lists: &Lists,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
) -> SignatureReport {
    let mut findings = Findings::new(gathered.value.scheme(gathered.kind));
    judge_type(gathered, options.profile, &mut findings);
    let (judged, coverage, provider, declared) = match &gathered.description {
        Err(error) => {
            let status = if super::is_limit(error) { Status::Unknown } else { Status::Bad };
            findings.add_with(&rule::SIGNATURE_DESCRIPTION, status, Detail::same(error.to_string()));
            (Judged::default(), Coverage::default(), Provider::default(), None)
        }
        Ok(description) => {
            findings.add(&rule::SIGNATURE_DESCRIPTION, Status::Good);
            let original = description.original();
            let mut judged = gathered.value.judge(&original, trust, options, outcomes, &mut findings);
            let shows = !description.signature.signed_info.stamps.is_empty();
            beside::judge(gathered, shows, &mut judged, trust, options, outcomes, &mut findings);
            judge_references(description, shown.is_seen, &mut findings);
            let coverage = judge_coverage(gathered, description, shown, lists, &mut findings);
            stamps::judge(shown, gathered.body, gathered.kind, &description.signature, &mut findings);
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
        roots: findings.roots(),
        coverage,
        findings: findings.into_list(),
    }
}

/// §18.1: the type is Seal or Sign. Any other word is one to each reader what he makes of it.
fn judge_type(gathered: &Gathered<'_>, profile: Profile, findings: &mut Findings) {
    if let ofd::SignatureKind::Other(word) = &gathered.entry.kind {
        let status = if profile == Profile::Strict { Status::Bad } else { Status::Unknown };
        findings.add_with(
            &rule::SIGNATURE_KIND,
            status,
            Detail::same(format!("Type=\"{}\"", printable(word))),
        );
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
fn judge_references(description: &Description<'_>, is_seen: bool, findings: &mut Findings) {
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
    // What is damaged is told of the container; of what cannot be unpacked, or was not handed over, nothing is known.
    let (unread, wrong): (Vec<_>, Vec<_>) = wrong.partition(|check| is_open(check.outcome, is_seen));
    let (status, named) = match (wrong.is_empty(), unread.is_empty()) {
        (false, _) => (Status::Bad, wrong),
        (true, false) => (Status::Unknown, unread),
        (true, true) => return findings.add(&rule::REFERENCES, Status::Good),
    };
    let word = |outcome| {
        if is_open(outcome, is_seen) && !is_seen { "not handed over" } else { outcome_word(outcome) }
    };
    let named = named.iter().map(|check| format!("/{} ({})", check.path, word(check.outcome)));
    let named: Vec<String> = named.collect();
    findings.add_with(&rule::REFERENCES, status, Detail::list(named.iter().map(String::as_str), SHOWN));
}

/// Whether nothing is known of a file: it cannot be unpacked or, where digests alone were handed over, its digest was
/// not among them.
const fn is_open(outcome: Outcome, is_seen: bool) -> bool {
    matches!(outcome, Outcome::Unreadable) || (!is_seen && matches!(outcome, Outcome::Missing))
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
    lists: &Lists,
    findings: &mut Findings,
) -> Coverage {
    let unchanged = |check: &&formats::ofd::ReferenceCheck| check.outcome == Outcome::Match;
    let covered: Vec<String> =
        description.references.iter().filter(unchanged).map(|check| check.path.clone()).collect();
    let is_lacking = |outcome| !shown.is_seen && is_open(outcome, false);
    let changed = description.references.iter().filter(|check| check.outcome != Outcome::Match);
    let changed = changed.filter(|check| !is_lacking(check.outcome));
    let changed = changed.map(|check| format!("/{}", check.path)).collect();
    let locks = judge_lock(gathered, description, shown, lists, findings);
    let listed: HashSet<&str> = description.references.iter().map(|check| check.path.as_str()).collect();
    let mut uncovered = uncovered(shown.of_body(gathered.body), &listed);
    uncovered.extend(unbound_seal(gathered, description));
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
        locks,
        extent: None,
    }
}

/// The seal's file that a signature names whose value holds no seal, unless it covers the file: anybody could put another
/// seal there.
fn unbound_seal(gathered: &Gathered<'_>, description: &Description<'_>) -> Option<String> {
    let seal = description.signature.signed_info.seal.as_ref().filter(|_| !gathered.value.holds_seal())?;
    let mut covered = description.references.iter().filter(|check| check.outcome == Outcome::Match);
    let is_covered = covered.any(|check| check.path == seal.location.path);
    (!is_covered).then(|| seal.location.absolute())
}

/// Whether a signature locks the list that it stands in. It may cover another list instead: the one that it stood in when
/// it was made, if that names it, and then the entry file was led elsewhere. A signature that covers the entry file as
/// it is settled itself which list is used.
fn judge_lock(
    gathered: &Gathered<'_>,
    description: &Description<'_>,
    shown: &Shown,
    lists: &Lists,
    findings: &mut Findings,
) -> bool {
    let covered = |path: &str| description.references.iter().find(|check| check.path == path);
    let lock = covered(&gathered.list_path);
    if let Some(check) = lock.filter(|check| is_open(check.outcome, shown.is_seen)) {
        findings.add_with(&rule::LOCK, Status::Unknown, Detail::same(format!("/{}", check.path)));
        return false;
    }
    let lock = lock.map(|check| check.outcome == Outcome::Match);
    let settles = covered(&shown.entry).is_some_and(|check| check.outcome == Outcome::Match);
    let references = description.references.iter().filter(|_| !settles);
    let others = references.filter_map(|check| Some((&check.path, lists.other(&check.path, gathered)?)));
    let other = others.min_by_key(|(_, other)| *other != OtherList::Own);
    match (lock, other) {
        (Some(false), _) | (Some(true), None) => findings.good_or_bad(&rule::LOCK, lock == Some(true)),
        (_, Some((path, other))) => {
            let is_bad = lock.is_none() && other == OtherList::Own;
            let detail = Detail::same(format!("/{path} → /{}", gathered.list_path));
            findings.add_with(&rule::LOCK, if is_bad { Status::Bad } else { Status::Unknown }, detail);
        }
        (None, None) => {}
    }
    lock == Some(true)
}

/// The files of a document that a signature does not list, as far as they are told.
fn uncovered(shown: &BTreeSet<String>, listed: &HashSet<&str>) -> Vec<String> {
    // Counted from what is listed, so that a thousand signatures over a large document are no thousand times its size.
    let missing = shown.len() - listed.iter().filter(|path| shown.contains(**path)).count();
    let missing = shown.iter().filter(|path| !listed.contains(path.as_str())).take(missing.min(TOLD));
    missing.map(|path| format!("/{path}")).collect()
}

/// What a signature builds on.
#[derive(Clone, Copy)]
enum Base {
    Nothing,
    /// It names a signature that is not there.
    Missing,
    At(usize),
}

/// GM/T 0099: a signature that names a base is no better than the base. A loop leads nowhere.
fn judge_bases(signatures: &Signatures<'_>, reports: &mut [SignatureReport]) {
    let mut by_id = HashMap::new();
    for (index, gathered) in signatures.list.iter().enumerate() {
        by_id.entry((gathered.body, Id::of(&gathered.entry.id))).or_insert(index);
    }
    let base_of = |gathered: &Gathered<'_>| {
        let Some(id) = &gathered.entry.relative else { return Base::Nothing };
        by_id.get(&(gathered.body, Id::of(id))).map_or(Base::Missing, |base| Base::At(*base))
    };
    let bases: Vec<Base> = signatures.list.iter().map(base_of).collect();
    let own: Vec<Status> = reports.iter().map(own_status).collect();
    let (worst, _) = worst_bases(&bases, &own);
    for ((gathered, report), worst) in signatures.list.iter().zip(reports).zip(worst) {
        let Some(worst) = worst else { continue };
        report.verdict = report.verdict.and(worst.verdict());
        report.findings.push(Finding::new(&rule::BASE, gathered.value.scheme(gathered.kind), worst));
    }
}

/// The worst of all that each signature builds on, `None` for one that builds on nothing; and the number of steps.
fn worst_bases(bases: &[Base], own: &[Status]) -> (Vec<Option<Status>>, usize) {
    let of = |base: usize| own.get(base).copied().unwrap_or(Status::Bad);
    let mut known: Vec<Option<Status>> = vec![None; bases.len()];
    let mut entered = vec![false; bases.len()];
    let mut steps = 0;
    for start in 0..bases.len() {
        let (mut at, mut way) = (start, Vec::new());
        // Down to what is known already, to what builds on nothing, or to where nothing good can come of it.
        let mut worst = loop {
            steps += 1;
            if let Some(worst) = known.get(at).copied().flatten() {
                break worst;
            }
            match (bases.get(at), entered.get_mut(at)) {
                (Some(Base::Nothing), _) => break Status::Good,
                (Some(Base::At(base)), Some(entered)) if !*entered => {
                    *entered = true;
                    way.push((at, Some(*base)));
                    at = *base;
                }
                (Some(Base::Missing), _) => {
                    way.push((at, None));
                    break Status::Bad;
                }
                _ => break Status::Bad,
            }
        };
        for (at, base) in way.into_iter().rev() {
            worst = worst.max(base.map_or(worst, of));
            if let Some(known) = known.get_mut(at) {
                *known = Some(worst);
            }
        }
    }
    (known, steps)
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

#[cfg(test)]
mod tests {
    use super::*;
    use Base::{At, Missing, Nothing};
    use Status::{Bad, Good, Note, Unknown};

    fn worst(bases: &[Base], own: &[Status]) -> Vec<Option<Status>> {
        worst_bases(bases, own).0
    }

    #[test]
    fn a_signature_is_no_better_than_what_it_builds_on() {
        let chain = [Nothing, At(0), At(1), At(2)];
        assert_eq!(worst(&chain, &[Good; 4]), [None, Some(Good), Some(Good), Some(Good)]);
        assert_eq!(
            worst(&chain, &[Good, Unknown, Good, Good]),
            [None, Some(Good), Some(Unknown), Some(Unknown)]
        );
        assert_eq!(worst(&chain, &[Bad, Good, Good, Good]), [None, Some(Bad), Some(Bad), Some(Bad)]);
        // Named from in front as from behind.
        assert_eq!(
            worst(&[At(1), At(2), Nothing], &[Note, Unknown, Good]),
            [Some(Unknown), Some(Good), None]
        );
        // One that is not there, and what builds on it.
        assert_eq!(worst(&[Missing, At(0)], &[Good; 2]), [Some(Bad), Some(Bad)]);
        // A loop, one on itself, and what leads there.
        let looped = [At(1), At(0), At(1), At(3), Nothing];
        assert_eq!(worst(&looped, &[Good; 5]), [Some(Bad), Some(Bad), Some(Bad), Some(Bad), None]);
    }

    #[test]
    fn long_chains_and_loops_take_a_few_steps_for_each_signature() {
        let count = 1000;
        let backwards: Vec<Base> =
            (0..count).map(|index: usize| index.checked_sub(1).map_or(Nothing, At)).collect();
        let forwards: Vec<Base> = (0..count).map(|index| At((index + 1) % count)).collect();
        for bases in [backwards, forwards] {
            let (worst, steps) = worst_bases(&bases, &vec![Good; count]);
            assert_eq!(worst.len(), count);
            assert!(steps <= 3 * count, "{steps} steps for {count}");
        }
    }

    #[test]
    fn what_is_left_open_is_told_within_bounds() {
        let shown: BTreeSet<String> = (0..20_000).map(|number| number.to_string()).collect();
        assert_eq!(uncovered(&shown, &HashSet::new()).len(), TOLD);
        let mut listed: HashSet<&str> = shown.iter().map(String::as_str).collect();
        assert!(uncovered(&shown, &listed).is_empty());
        listed.insert("elsewhere");
        listed.remove("77");
        assert_eq!(uncovered(&shown, &listed), ["/77"]);
    }

    #[test]
    fn pictures_take_no_more_than_the_room_there_is() {
        let mut room = 10;
        let kept = [4, 6, 1, 0].map(|len| {
            let mut picture = vec![1; len];
            leave_out(&mut picture, &mut room);
            picture.len()
        });
        assert_eq!((kept, room), ([4, 6, 0, 0], 0));
    }
}
