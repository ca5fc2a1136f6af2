//! One signature of a PDF judged: its bytes, its value, its revision, and what came after.

use std::collections::HashSet;

use formats::pdf::{Form, Name};

use super::changes::{self, Change, Changes, Kind};
use super::file::{File, Opened};
use super::found::State;
use super::gather::{Gap, Gathered, Shape};
use super::permission::Permission;
use super::rendered::Job;
use super::seal;
use super::signed::{self, Signed, Tail, Whole};
use super::{same, seal as place};
use crate::catalogue as rule;
use crate::checks::Outcomes;
use crate::deviation::worth;
use crate::finding::Findings;
use crate::options::{Options, Profile};
use crate::report::{Coverage, Extent, Provider, SignatureReport};
use crate::signature::Judged;
use crate::text::{Detail, printable};
use crate::trust::Trust;
use crate::verdict::Status;

/// Changes told in one hint.
const SHOWN: usize = 6;
/// Changes listed in a report as what the signature does not cover.
const LISTED: usize = 2_000;

/// What every signature is judged with.
pub(super) struct Context<'c, 'a> {
    pub(super) file: &'c File<'a>,
    pub(super) form: Option<&'c Form>,
    pub(super) trust: &'c Trust,
    pub(super) options: &'c Options,
    pub(super) outcomes: &'c Outcomes,
}

/// Judges every signature; with each what there is to compare of how its pages look.
pub(super) fn signatures<'a>(
    context: &Context<'_, 'a>,
    gathered: &[Gathered<'a>],
) -> (Vec<SignatureReport>, Vec<Option<Job>>) {
    gathered.iter().map(|one| judge_one(context, one, gathered)).unzip()
}

fn judge_one<'a>(
    context: &Context<'_, 'a>,
    one: &Gathered<'a>,
    all: &[Gathered<'a>],
) -> (SignatureReport, Option<Job>) {
    let mut findings = Findings::new(one.value.scheme(one.kind));
    if context.file.view.is_some() {
        judge_reached(one, &mut findings);
    }
    judge_handler(one, context.options.profile, &mut findings);
    judge_bytes(one, &mut findings);
    if let Some(error) = &one.limit {
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, Detail::same(error.to_string()));
        let job = Job::of(findings.scheme(), context.file, None);
        return (report(one, None, Judged::default(), Coverage::default(), findings), job);
    }
    let judged = judge_value(one, context.trust, context.options, context.outcomes, &mut findings);
    judge_overlap(one, all, &mut findings);
    // Opened for this signature alone, and let go with it: a file can have a thousand revisions.
    let signed = one.range.as_ref().map(|range| Signed::find(context.file, range));
    let after = judge_revision(context, one, signed.as_ref(), &mut findings);
    seal::judge(context, one, judged.seal.as_ref(), after.as_ref(), &mut findings);
    let coverage = coverage(context, one, after.as_ref());
    let job = Job::of(findings.scheme(), context.file, after.as_ref());
    (report(one, after.as_ref(), judged, coverage, findings), job)
}

/// Judges one of a document that is not at hand. Its revision, its appearance and what came after it are not seen.
pub(super) fn judge_unseen(
    one: &Gathered<'_>,
    all: &[Gathered<'_>],
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
) -> SignatureReport {
    let mut findings = Findings::new(one.value.scheme(one.kind));
    judge_handler(one, options.profile, &mut findings);
    judge_range(one, &mut findings);
    let judged = judge_value(one, trust, options, outcomes, &mut findings);
    judge_overlap(one, all, &mut findings);
    let detail = Detail::new(
        "只提交了杂凑值，未见所显示的内容",
        "only digests were handed over: what is shown was not seen",
    );
    findings.add_with(&rule::COVERAGE, Status::Unknown, detail);
    let ranges = one.range.as_ref().filter(|_| one.range_fault.is_none());
    let coverage = Coverage {
        covered: ranges.map(super::range::ByteRange::words).into_iter().collect(),
        is_unseen: true,
        extent: Some(Extent { revision: 0, revisions: 0 }),
        ..Coverage::default()
    };
    report(one, None, judged, coverage, findings)
}

fn report(
    one: &Gathered<'_>,
    after: Option<&After<'_, '_>>,
    judged: Judged,
    coverage: Coverage,
    findings: Findings,
) -> SignatureReport {
    let dictionary = &one.found.dictionary;
    SignatureReport {
        id: identity(one, after),
        location: location(one, after),
        kind: one.kind,
        verdict: findings.verdict(),
        provider: provider(dictionary),
        seal: judged.seal,
        seal_code: judged.seal_code,
        seal_type: judged.seal_type,
        sign_time: judged.sign_time,
        declared_time: dictionary
            .get(b"M")
            .and_then(|value| value.as_string())
            .map(|value| printable(&formats::pdf::text_of(value))),
        stamp_time: judged.stamp_time,
        signer: judged.signer,
        maker: judged.maker,
        roots: findings.roots(),
        coverage,
        findings: findings.into_list(),
    }
}

/// The name of its field, else of its object, else its place.
fn identity(one: &Gathered<'_>, after: Option<&After<'_, '_>>) -> String {
    let signed_name = after.map_or("", |after| after.whole.field.name.as_str());
    let name = if one.found.name.is_empty() { signed_name } else { &one.found.name };
    if !name.is_empty() {
        return printable(name);
    }
    one.found.id.map_or_else(|| "Contents".to_owned(), |id| format!("{id} obj"))
}

fn location(one: &Gathered<'_>, after: Option<&After<'_, '_>>) -> String {
    let object = one.found.id.map(|id| format!("{id} obj"));
    let at = one.found.contents.first().map(|span| format!("@{}", span.start));
    [Some(identity(one, after)), object, at].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Who made it, as the dictionary says: `Filter` is the handler, `Prop_Build` names the program.
fn provider(dictionary: &formats::pdf::Dictionary) -> Provider {
    let name = |key: &[u8]| dictionary.name(key).map(Name::to_text).map(|name| printable(&name));
    let build = dictionary
        .get(b"Prop_Build")
        .and_then(|build| build.as_dictionary())
        .and_then(|build| build.get(b"App"))
        .and_then(|app| app.as_dictionary())
        .and_then(|app| app.name(b"Name"))
        .map(|name| printable(&name.to_text()));
    Provider {
        name: build.or_else(|| name(b"Filter")).unwrap_or_default(),
        version: name(b"SubFilter").unwrap_or_default(),
        company: String::new(),
    }
}

fn judge_reached(one: &Gathered<'_>, findings: &mut Findings) {
    let why = match one.found.state {
        State::Field => return findings.add(&rule::SIGNATURE_REACHED, Status::Good),
        State::Orphan => {
            Detail::new("页面上有其签名域，表单中没有", "its field is on a page and not in the form")
        }
        State::Replaced => Detail::new("其对象已被替换或删除", "its object was replaced or freed"),
        State::Removed => Detail::new("没有签名域引用它", "no field refers to it"),
        State::Hidden => Detail::new("交叉引用数据中没有它", "no cross-reference data names it"),
    };
    findings.add_with(&rule::SIGNATURE_REACHED, Status::Bad, why);
}

/// What encodings are called, and what they are.
const ENCODINGS: [(&[u8], Shape); 8] = [
    (b"adbe.pkcs7.detached", Shape::Message),
    (b"adbe.pkcs7.sha1", Shape::Message),
    (b"ETSI.CAdES.detached", Shape::Message),
    (b"ETSI.RFC3161", Shape::Message),
    (b"GM.sm2cms.detached", Shape::Message),
    (b"GM.SM2", Shape::Message),
    (b"GM.sm2seal", Shape::Seal),
    (b"adbe.x509.rsa_sha1", Shape::Bare),
];

fn judge_handler(one: &Gathered<'_>, profile: Profile, findings: &mut Findings) {
    let dictionary = &one.found.dictionary;
    let text =
        |key: &[u8]| dictionary.name(key).map_or_else(|| "-".to_owned(), |name| printable(&name.to_text()));
    let names = Detail::same(format!("{} / {}", text(b"Filter"), text(b"SubFilter")));
    let named = dictionary.name(b"SubFilter").map(Name::as_bytes).unwrap_or_default();
    let status = match ENCODINGS.iter().find(|(name, _)| *name == named) {
        Some((_, shape)) if *shape == one.shape => Status::Good,
        Some(_) => worth(profile),
        None => Status::Note,
    };
    findings.add_with(&rule::SIGNATURE_HANDLER, status, names);
}

/// Rule 1: ranges and gap.
fn judge_bytes(one: &Gathered<'_>, findings: &mut Findings) {
    judge_range(one, findings);
    match one.gap {
        Gap::Contents => findings.add(&rule::SIGNATURE_GAP, Status::Good),
        Gap::Other => findings.add(&rule::SIGNATURE_GAP, Status::Bad),
        Gap::None => {}
    }
    if one.is_padded_oddly {
        findings.add(&rule::SIGNATURE_PADDING, Status::Unknown);
    }
}

fn judge_range(one: &Gathered<'_>, findings: &mut Findings) {
    match &one.range_fault {
        None => findings.add(&rule::BYTE_RANGE, Status::Good),
        Some(fault) => findings.add_with(&rule::BYTE_RANGE, Status::Bad, fault.clone()),
    }
}

fn judge_value(
    one: &Gathered<'_>,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) -> Judged {
    if let Some(stamp) = &one.stamp {
        stamp.judge(None, None, options, outcomes, findings);
        let time = stamp.time();
        return Judged { sign_time: time, stamp_time: time, ..Judged::default() };
    }
    one.value.judge(&one.original(), trust, options, outcomes, findings)
}

/// Rule 6: ranges of two signatures lie one in the other, each over the value of the earlier one.
fn judge_overlap(one: &Gathered<'_>, all: &[Gathered<'_>], findings: &mut Findings) {
    let more = one.found.duplicates;
    if more > 0 {
        let words = Detail::new(
            format!("另有 {more} 个签名域持有同一签名值"),
            format!("{more} more fields hold the same value"),
        );
        findings.add_with(&rule::SIGNATURE_OVERLAP, Status::Bad, words);
    }
    let Some(range) = &one.range else { return };
    let contradicts = all.iter().filter(|other| !std::ptr::eq(*other, one)).find(|other| {
        other.range.as_ref().is_some_and(|other| {
            let is_later = other.end() < range.end();
            other.end() == range.end() || (is_later && range.gap().start < other.end())
        })
    });
    if let Some(other) = contradicts {
        findings.add_with(&rule::SIGNATURE_OVERLAP, Status::Bad, Detail::same(location(other, None)));
    }
}

/// What came after a signature.
pub(super) struct After<'g, 'a> {
    pub(super) whole: &'g Whole<'a>,
    pub(super) tail: Tail,
    pub(super) changes: Changes,
    pub(super) level: Option<i64>,
}

/// Rules 2, 3, 5 and 7: the revision, and what follows it.
fn judge_revision<'g, 'a>(
    context: &Context<'_, 'a>,
    one: &Gathered<'a>,
    signed: Option<&'g Signed<'a>>,
    findings: &mut Findings,
) -> Option<After<'g, 'a>> {
    let whole = match signed? {
        Signed::Whole(whole) => whole,
        Signed::NoEnd => {
            let detail = Detail::new("末尾不是修订版的末尾", "no revision ends there");
            findings.add_with(&rule::SIGNATURE_REVISION, Status::Bad, detail);
            return None;
        }
        Signed::NotHeld => {
            let detail = Detail::new("该修订版的签名域中没有本签名", "no field of that revision holds it");
            findings.add_with(&rule::SIGNATURE_REVISION, Status::Bad, detail);
            return None;
        }
        Signed::Unreadable(error) => {
            findings.add_with(&rule::SIGNATURE_REVISION, Status::Unknown, Detail::same(error.to_string()));
            return None;
        }
    };
    match &whole.grows {
        None => findings.add(&rule::SIGNATURE_REVISION, Status::Good),
        Some(words) => findings.add_with(&rule::SIGNATURE_REVISION, Status::Unknown, words.clone()),
    }
    let tail = signed::tail(context.file, whole);
    judge_tail(&tail, findings);
    judge_dictionary(context, one, whole, findings);
    let mut changes = Changes::default();
    let permission = Permission::read(whole);
    if let (Some(view), Some(form)) = (context.file.view.as_deref(), context.form) {
        if !matches!(tail, Tail::Nothing | Tail::White) {
            changes = changes::compare(context.file, whole, view, form);
        }
        judge_appearance(context, one, whole, findings);
        judge_changes(&changes, permission.level, findings);
        judge_filled(&changes, findings);
    } else {
        let detail = Detail::new("当前文档无法打开", "the document as it is now cannot be opened");
        findings.add_with(&rule::SIGNATURE_CHANGES, Status::Unknown, detail);
    }
    permission.judge(&changes, findings);
    Some(After { whole, tail, changes, level: permission.level })
}

fn judge_tail(tail: &Tail, findings: &mut Findings) {
    let (status, detail) = match tail {
        Tail::Nothing => return findings.add(&rule::SIGNATURE_TAIL, Status::Good),
        Tail::White => return findings.add(&rule::SIGNATURE_TAIL, Status::Note),
        Tail::Revisions(count) => {
            let words = Detail::new(format!("其后有 {count} 个修订版"), format!("{count} revisions follow"));
            (Status::Good, words)
        }
        Tail::Foreign(at) => {
            (Status::Bad, Detail::new(format!("自第 {at} 字节起"), format!("from byte {at} on")))
        }
        Tail::Odd(at, words) => {
            let zh = format!("第 {at} 字节处：{}", words.zh);
            (Status::Unknown, Detail::new(zh, format!("at byte {at}: {}", words.en)))
        }
        Tail::Elsewhere => {
            let zh = "当前文档的修订链不经过所签修订版";
            (Status::Bad, Detail::new(zh, "the document as it is now does not build on the signed revision"))
        }
    };
    findings.add_with(&rule::SIGNATURE_TAIL, status, detail);
}

/// Rule 5: the dictionary in the signed revision and the one that is reached now.
fn judge_dictionary(
    context: &Context<'_, '_>,
    one: &Gathered<'_>,
    whole: &Whole<'_>,
    findings: &mut Findings,
) {
    if one.found.state != State::Field {
        return;
    }
    let Some(view) = context.file.view.as_deref() else { return };
    let signed = whole.field.value.as_ref().and_then(|value| whole.pdf.resolve(value).ok());
    let Some(signed) = signed.as_ref().and_then(|value| value.as_dictionary()) else { return };
    let keys = same::differing(&whole.pdf, signed, view, &one.found.dictionary);
    if !keys.is_empty() {
        let names: Vec<String> = keys.iter().map(|key| format!("/{}", key.to_text())).collect();
        let names = Detail::list(names.iter().map(String::as_str), SHOWN);
        return findings.add_with(&rule::SIGNATURE_DICTIONARY, Status::Bad, names);
    }
    let status = if one.found.contents.len() > 1 { Status::Note } else { Status::Good };
    findings.add(&rule::SIGNATURE_DICTIONARY, status);
}

/// Rule 5: widget, page, place and appearance in both.
fn judge_appearance(
    context: &Context<'_, '_>,
    one: &Gathered<'_>,
    whole: &Whole<'_>,
    findings: &mut Findings,
) {
    if one.found.state != State::Field {
        return;
    }
    let Some(view) = context.file.view.as_deref() else { return };
    let differs = place::differs(&whole.pdf, &whole.field.widgets, view, &one.found.widgets);
    match differs {
        None => findings.add(&rule::SIGNATURE_APPEARANCE, Status::Good),
        Some(what) => findings.add_with(&rule::SIGNATURE_APPEARANCE, Status::Bad, what),
    }
}

/// What each class of change means for a signature.
pub(super) fn meaning(change: &Change, level: Option<i64>) -> Status {
    match change.kind {
        Kind::Refused => Status::Bad,
        // Who certified with level 3 means remarks to be made.
        Kind::Remark if level == Some(3) => Status::Note,
        Kind::Annotation | Kind::Ambiguous | Kind::Orphan | Kind::Remark | Kind::FilledDoubtfully => {
            Status::Unknown
        }
        Kind::Unused
        | Kind::Signature
        | Kind::Stamp
        | Kind::Evidence
        | Kind::Metadata
        | Kind::Structure
        | Kind::Filled => Status::Note,
    }
}

fn judge_changes(changes: &Changes, level: Option<i64>, findings: &mut Findings) {
    let worst = changes.list.iter().map(|change| meaning(change, level)).max();
    if let Some(error) = &changes.incomplete {
        let words = Detail::same(error.to_string());
        findings.add_with(&rule::SIGNATURE_CHANGES, Status::Unknown, words);
    }
    match worst {
        None if changes.incomplete.is_some() => {}
        None => findings.add(&rule::SIGNATURE_CHANGES, Status::Good),
        Some(worst) => {
            let told = changes.list.iter().filter(|change| meaning(change, level) == worst);
            findings.add_with(&rule::SIGNATURE_CHANGES, worst, list(told));
        }
    }
}

fn judge_filled(changes: &Changes, findings: &mut Findings) {
    for (kind, status) in [(Kind::Filled, Status::Note), (Kind::FilledDoubtfully, Status::Unknown)] {
        let told: Vec<&Change> = changes.list.iter().filter(|change| change.kind == kind).collect();
        if !told.is_empty() {
            findings.add_with(&rule::SIGNATURE_FILLED, status, list(told.into_iter()));
        }
    }
}

/// Changes for people, each once.
fn list<'c>(changes: impl Iterator<Item = &'c Change>) -> Detail {
    let mut known = HashSet::new();
    let told: Vec<Detail> =
        changes.map(Change::told).filter(|words| known.insert(words.zh.clone())).collect();
    let zh = Detail::list(told.iter().map(|words| words.zh.as_str()), SHOWN).zh;
    let en = Detail::list(told.iter().map(|words| words.en.as_str()), SHOWN).en;
    Detail::new(zh, en)
}

/// What it covers, in the terms of revisions.
fn coverage(context: &Context<'_, '_>, one: &Gathered<'_>, after: Option<&After<'_, '_>>) -> Coverage {
    let revisions = context.file.ends.iter().filter(|end| end.offset != 0).count();
    let is_known = matches!(context.file.opened, Opened::ByXref | Opened::Earlier(_));
    let shown = |change: &&Change| {
        matches!(
            change.kind,
            Kind::Refused | Kind::Annotation | Kind::Remark | Kind::Filled | Kind::FilledDoubtfully
        )
    };
    let ranges = one.range.as_ref().filter(|_| one.range_fault.is_none() && one.gap == Gap::Contents);
    let mut uncovered: Vec<String> = Vec::new();
    let mut number = 0;
    if let Some(after) = after {
        number = after.whole.number;
        let shown = after.changes.list.iter().filter(shown).take(LISTED);
        uncovered.extend(shown.map(|change| change.told().zh));
        if matches!(after.tail, Tail::Foreign(_) | Tail::Odd(..) | Tail::Elsewhere)
            || after.changes.incomplete.is_some()
        {
            uncovered.push("%%EOF".to_owned());
        }
    } else if ranges.is_some() {
        uncovered.push("%%EOF".to_owned());
    }
    Coverage {
        covered: ranges.map(super::range::ByteRange::words).into_iter().collect(),
        changed: Vec::new(),
        shown_uncovered: uncovered,
        is_unseen: !is_known,
        locks: after.is_some_and(|after| after.level == Some(1)),
        extent: Some(Extent { revision: number, revisions: revisions.max(number) }),
    }
}
