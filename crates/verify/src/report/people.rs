//! A report as people read it, whatever it is shown on: the verdict in one sentence, why, and each signature with its
//! seal, what it covers and its steps. Names of persons are masked already; whatever a document can put into a name is
//! made harmless here. The page of HTML and the PDF are made from this, so that both say the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::{Coverage, Extent, Report, SealSummary, SignatureKind, SignatureReport, StepResult, StepStatus};
use crate::catalogue::SubIndication;
use crate::finding::Finding;
use crate::text::{Detail, Text, moment};
use crate::verdict::{Status, Verdict};

/// Reasons told at the top.
const REASONS: usize = 12;
/// Files listed of one signature.
pub(super) const LISTED: usize = 200;
/// Largest picture that is shown, in bytes.
const PICTURE: usize = 2 << 20;
/// Largest side of a picture that is shown, in millimetres.
const SIDE: i64 = 120;

/// A result as a word, a sign and a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// `good`, `bad` or `open`; empty for what does not apply.
    pub class: &'static str,
    /// One character that says it without a colour.
    pub icon: &'static str,
    /// The word in Chinese.
    pub zh: &'static str,
    /// The word in English.
    pub en: &'static str,
}

/// A whole report.
pub struct Page {
    /// The verdict.
    pub mark: Mark,
    /// The verdict in one sentence.
    pub sentence: Detail,
    /// Its reason in one stable word; empty when the document is valid.
    pub sub_indication: &'static str,
    /// Name of the file, made harmless.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// SM3 of the document in hexadecimal digits.
    pub sm3: String,
    /// The time it was judged for, for people.
    pub at: String,
    /// Why the verdict is what it is, the worst first.
    pub reasons: Vec<Reason>,
    /// Every signature, in the document's order.
    pub signatures: Vec<Signature>,
    /// Id of the trust it was judged with.
    pub trust_id: String,
    /// Id of the policy it was judged by.
    pub policy_id: String,
    /// Version of this program.
    pub version: &'static str,
}

/// The report on `document` as people read it.
pub fn page(report: &Report, document: &[u8]) -> Page {
    Page {
        mark: Mark::of(report.verdict),
        sentence: sentence(report),
        sub_indication: word(report.sub_indication()),
        file: harmless(&report.file),
        size: report.file_size,
        sm3: hex::encode(crypto::sm3::digest(document)),
        at: moment(report.at).zh,
        reasons: reasons(report),
        signatures: signatures(report),
        trust_id: report.trust_id.clone(),
        policy_id: report.policy_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

impl Mark {
    const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Valid => Self { class: "good", icon: "✔", zh: "有效", en: "valid" },
            Verdict::Invalid => Self { class: "bad", icon: "✘", zh: "无效", en: "invalid" },
            Verdict::Indeterminate => {
                Self { class: "open", icon: "?", zh: "无法判断", en: "cannot be judged" }
            }
        }
    }

    const fn of_step(status: StepStatus) -> Self {
        match status {
            StepStatus::Good => Self { class: "good", icon: "✔", zh: "通过", en: "passed" },
            StepStatus::Bad => Self { class: "bad", icon: "✘", zh: "失败", en: "failed" },
            StepStatus::Unknown => Self { class: "open", icon: "?", zh: "未能确认", en: "open" },
            StepStatus::NotApplicable => {
                Self { class: "", icon: "–", zh: "不适用", en: "not applicable" }
            }
        }
    }
}

/// Why the verdict is what it is.
pub struct Reason {
    /// What it does to the verdict.
    pub mark: Mark,
    /// What was found.
    pub words: Detail,
    /// The same in one stable word; empty where there is none.
    pub sub_indication: &'static str,
}

/// One line about a signature.
pub struct Fact {
    /// What it is.
    pub name: Text,
    /// Made harmless.
    pub value: String,
}

/// The picture of a seal.
pub struct Shown {
    /// Its media type; none when it is not of a kind that is safe to show.
    pub kind: Option<&'static str>,
    /// The picture; empty when it is not shown.
    pub bytes: Vec<u8>,
    /// In millimetres, as it is shown.
    pub width: i64,
    /// In millimetres, as it is shown.
    pub height: i64,
    /// Its size as the seal says it.
    pub size: String,
    /// Said in its place where it is not shown.
    pub unshown: Detail,
}

impl Shown {
    /// The picture as a `data:` address.
    pub fn uri(&self) -> Option<String> {
        self.kind.map(|kind| format!("data:{kind};base64,{}", STANDARD.encode(&self.bytes)))
    }
}

/// One signature.
pub struct Signature {
    /// The verdict on it.
    pub mark: Mark,
    /// Its reason in one stable word; empty when it is valid.
    pub sub_indication: &'static str,
    /// Seal or signature.
    pub title: Detail,
    /// Who, when, with what.
    pub facts: Vec<Fact>,
    /// The picture of its seal.
    pub picture: Option<Shown>,
    /// What it covers in one sentence.
    pub covers: Detail,
    /// Files covered and unchanged, so many of them as are listed.
    pub covered: Vec<String>,
    /// Files changed or missing.
    pub changed: Vec<String>,
    /// Files that are shown and not covered.
    pub uncovered: Vec<String>,
    /// True when its steps are to be seen at once.
    pub opened: bool,
    /// The twelve steps.
    pub steps: Vec<Step>,
}

/// One step of table 28.
pub struct Step {
    /// What came out.
    pub mark: Mark,
    /// The step.
    pub name: Text,
    /// What was found.
    pub words: Detail,
    /// The clause of the standard that decided; may be empty.
    pub clause: &'static str,
    /// Why it is not good in one stable word; empty when it is.
    pub sub_indication: &'static str,
    /// True where the standard's procedure ends.
    pub is_exit: bool,
}

/// The word, or nothing.
fn word(reason: Option<SubIndication>) -> &'static str {
    reason.map_or("", SubIndication::as_str)
}

/// The verdict in one sentence.
fn sentence(report: &Report) -> Detail {
    // Nobody signs with a time stamp.
    let count = report.signatures.iter().filter(|one| one.kind != SignatureKind::Stamp).count();
    let is_whole = report.signatures.iter().all(|one| one.coverage.is_whole());
    let first = weighty(report).next();
    let because = |zh: &str, en: &str| match &first {
        Some(finding) => {
            let (hint_zh, hint_en) = (harmless(&finding.hint_zh()), harmless(&finding.hint_en()));
            Detail::new(format!("{zh}：{hint_zh}。"), format!("{en}: {hint_en}."))
        }
        None => Detail::new(format!("{zh}。"), format!("{en}.")),
    };
    match report.verdict {
        Verdict::Valid if !is_whole => Detail::new(
            format!("{count} 个签名全部有效；所显示的内容中有的不受签名保护，例如签名后填写的表单，见下。"),
            format!(
                "All signatures ({count}) are good. Not all that is shown is covered, a form filled since for example: see below."
            ),
        ),
        Verdict::Valid => Detail::new(
            format!("{count} 个签名全部有效，签名后所显示的内容没有改动。"),
            format!("All signatures ({count}) are good, and what is shown has not changed since."),
        ),
        Verdict::Invalid => because("不应信赖这份文档", "This document is not to be relied on"),
        Verdict::Indeterminate => because("不能确认这份文档有效", "This document cannot be said to be good"),
    }
}

/// What weighs, the worst first.
fn weighty(report: &Report) -> impl Iterator<Item = &Finding> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    let mut all: Vec<&Finding> =
        of_signatures.chain(&report.findings).filter(|finding| finding.status() >= Status::Unknown).collect();
    all.sort_by_key(|finding| (std::cmp::Reverse(finding.status()), finding.clause().rank));
    all.into_iter()
}

/// What weighs, each said once.
fn reasons(report: &Report) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for finding in weighty(report) {
        let words = Detail::new(harmless(&finding.hint_zh()), harmless(&finding.hint_en()));
        if reasons.len() < REASONS && reasons.iter().all(|reason| reason.words != words) {
            reasons.push(Reason {
                mark: Mark::of(finding.status().verdict()),
                words,
                sub_indication: word(finding.sub_indication()),
            });
        }
    }
    reasons
}

/// Every signature.
fn signatures(report: &Report) -> Vec<Signature> {
    report.signatures.iter().map(|signature| one(report, signature)).collect()
}

fn one(report: &Report, signature: &SignatureReport) -> Signature {
    let coverage = &signature.coverage;
    let paths = |paths: &[String]| paths.iter().take(LISTED).map(|path| harmless(path)).collect();
    Signature {
        mark: Mark::of(signature.verdict),
        sub_indication: word(signature.sub_indication()),
        title: match signature.kind {
            SignatureKind::Seal => Detail::new("电子印章", "electronic seal"),
            SignatureKind::Sign => Detail::new("数字签名", "digital signature"),
            SignatureKind::Stamp => Detail::new("文档时间戳", "time stamp over the document"),
        },
        facts: facts(signature),
        picture: signature.seal.as_ref().map(picture),
        covers: covers(signature),
        covered: paths(&coverage.covered),
        changed: paths(&coverage.changed),
        uncovered: paths(&coverage.shown_uncovered),
        opened: signature.verdict != Verdict::Valid,
        steps: report.steps(signature).iter().map(step).collect(),
    }
}

fn facts(signature: &SignatureReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |zh, en, value: Option<String>| {
        let value = value.map(|value| harmless(&value)).filter(|value| !value.is_empty());
        facts.extend(value.map(|value| Fact { name: Text::new(zh, en), value }));
    };
    let time = |at: Option<Timestamp>| at.map(|at| moment(at).zh);
    let (seal, signer) = (signature.seal.as_ref(), signature.signer.as_ref());
    add("印章名称", "seal", seal.map(|seal| seal.name.clone()));
    add("印章编码", "code", signature.seal_code.clone());
    add("签章人", "signer", signer.map(|signer| signer.owner.clone()));
    // Whoever signs says when; only a time stamp over the document is a time by itself.
    let (zh, en) = match signature.kind {
        SignatureKind::Stamp => ("签章时间", "signed"),
        SignatureKind::Seal | SignatureKind::Sign => ("签章时间（自述）", "signed, as claimed"),
    };
    add(zh, en, time(signature.sign_time));
    add("时间戳", "time stamp", time(signature.stamp_time));
    add("证书颁发者", "issuer", signer.map(|signer| signer.issuer.clone()));
    add("证书序列号", "serial number", signer.map(|signer| signer.serial.clone()));
    let period =
        signer.map(|signer| format!("{} 至 {}", moment(signer.not_before).zh, moment(signer.not_after).zh));
    add("证书有效期", "period of the certificate", period);
    let provider = &signature.provider;
    let software = [provider.company.as_str(), &provider.name, &provider.version].join(" ");
    add("签章软件（自述）", "software, as it says", Some(software.trim().to_owned()));
    for root in &signature.roots {
        add("所依赖的可信根", "trusted root", Some(format!("{} SM3 {}", root.subject, root.sm3)));
    }
    facts
}

/// A picture is shown when its bytes are of a raster kind that browsers read without running anything.
fn picture(seal: &SealSummary) -> Shown {
    let kind = [
        (&b"\x89PNG\r\n\x1a\n"[..], "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"BM", "image/bmp"),
    ]
    .into_iter()
    .find(|(begin, _)| seal.picture.starts_with(begin))
    .filter(|_| seal.picture.len() <= PICTURE);
    let bytes = kind.map(|_| seal.picture.clone()).unwrap_or_default();
    let (width, height) = (seal.width_mm, seal.height_mm);
    let size = format!("{width} × {height} mm");
    let written = harmless(&seal.picture_type);
    let unshown = Detail::new(
        format!("{size}；类型 {written} 的图片不在此显示"),
        format!("a picture of type {written} is not shown here"),
    );
    let kind = kind.map(|(_, kind)| kind);
    Shown { kind, bytes, width: width.clamp(5, SIDE), height: height.clamp(5, SIDE), size, unshown }
}

fn covers(signature: &SignatureReport) -> Detail {
    let coverage = &signature.coverage;
    let (covered, open) = (coverage.covered.len(), coverage.shown_uncovered.len());
    let changed = coverage.changed.len();
    if let Some(extent) = coverage.extent {
        return covers_revision(coverage, extent);
    }
    let mut words = if coverage.is_unseen {
        Detail::new(
            format!("保护 {covered} 个文件；只提交了杂凑值，未见所显示的内容。"),
            format!("It covers {covered} files; only digests were handed over, what is shown was not seen."),
        )
    } else if coverage.is_whole() {
        Detail::new(
            format!("保护所显示的全部内容（{covered} 个文件，均未改动）。"),
            format!("It covers everything that is shown ({covered} files, all unchanged)."),
        )
    } else {
        Detail::new(
            format!(
                "{covered} 个文件受保护且未改动，{changed} 个已被改动或缺失；所显示的内容中有 {open} 个文件不在保护之内。"
            ),
            format!(
                "{covered} files are covered and unchanged, {changed} were changed or are missing; {open} files of what is shown are not covered."
            ),
        )
    };
    if coverage.locks {
        words.zh.push_str("签名列表已锁定。");
        words.en.push_str(" The list of signatures is locked.");
    }
    words
}

/// The same for a signature over a revision.
fn covers_revision(coverage: &Coverage, extent: Extent) -> Detail {
    let (number, of) = (extent.revision, extent.revisions);
    if coverage.is_unseen && of == 0 {
        return Detail::new(
            "只提交了杂凑值，未见所显示的内容。",
            "Only digests were handed over, what is shown was not seen.",
        );
    }
    let mut words = if number == 0 {
        Detail::new("没有覆盖任何完整的修订版。", "It covers no whole revision.")
    } else {
        Detail::new(
            format!("保护共 {of} 个修订版中的前 {number} 个。"),
            format!("It covers the first {number} of {of} revisions."),
        )
    };
    if coverage.is_whole() {
        words.zh.push_str("其后所显示的内容没有改动。");
        words.en.push_str(" What is shown has not changed since.");
    } else if number > 0 {
        words.zh.push_str("其后有改动，见下。");
        words.en.push_str(" There were changes since, see below.");
    }
    words
}

fn step(result: &StepResult) -> Step {
    Step {
        mark: Mark::of_step(result.status),
        name: result.step.name(),
        words: Detail::new(harmless(&result.hint_zh), harmless(&result.hint_en)),
        clause: result.clause,
        sub_indication: word(result.sub_indication),
        is_exit: result.is_exit,
    }
}

/// Text that shows all that is in it: what turns the direction of writing, or cannot be seen, is written out.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => {
                let hexadecimal = format!("⟨U+{:04X}⟩", u32::from(character));
                out.push_str(&hexadecimal);
            }
            other if other.is_control() => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}
