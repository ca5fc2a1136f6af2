//! The same verdict later: a report that names everything it was made with, and judging again from what it names.
//!
//! A [`Record`] holds the digests of the document, of every piece of the trust, of the policy and of what the register
//! answered, the policy and the answers themselves, and the time. With the document and the pieces (kept as files named
//! by their SM3, [`crate::Piece::file_name`]) the verifier comes to the same findings; where it cannot, [`Difference`]
//! says which input is another one. A record proves nothing by itself: whoever can change it can change all of it.

mod compare;
mod given;
mod moment;
mod own;
mod policy;
mod register;
mod strict;

pub use given::Given;
pub use own::{Own, Part, Reader};
pub(crate) use policy::policy_sm3;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fetching::{Fetcher, verify_fetching};
use crate::options::{Limits, Options};
use crate::rendering::{Entry as PageEntry, Rendering};
use crate::report::Report;
use crate::trust::{Role, Trust};
use moment::Moment;
use policy::PolicyRecord;
use register::{Entry, Player, Recorder};

/// The form of the record.
const FORM: &str = "sealbridge-replay-1";
/// Pieces of trust of one record that are looked for.
const MAX_PIECES: usize = 100_000;
/// From this length on a document is digested beside judging it, in bytes.
const LONG: usize = 1 << 20;

/// What a report was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    form: String,
    /// Version of the program that judged.
    program: String,
    document_sm3: String,
    /// The time judged for, to its last digit.
    at: Moment,
    trust_id: String,
    trust: Vec<PieceName>,
    policy_sm3: String,
    policy: PolicyRecord,
    register_sm3: String,
    /// `null` when no register was asked.
    register: Option<Vec<Entry>>,
    /// What came of comparing pages; absent where none were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pages: Option<PagesRecord>,
    /// SM3 over the verdicts, and the ids and results of all findings.
    outcome_sm3: String,
}

/// How the pages of a document looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PagesRecord {
    /// Who drew them.
    drawn_by: String,
    seen: Vec<PageEntry>,
    /// SM3 over what was seen.
    sm3: String,
}

impl PagesRecord {
    fn of(rendering: &Rendering) -> Self {
        let seen = rendering.take();
        Self { drawn_by: rendering.drawer_name(), sm3: digest_of(&seen), seen }
    }
}

/// The name of a piece of trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceName {
    /// What it is there for.
    pub role: Role,
    /// SM3 over its encoding, in hexadecimal digits.
    pub sm3: String,
}

/// A report with its record: one JSON object, the record under `replay`.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// The report.
    #[serde(flatten)]
    pub report: Report,
    /// What it was made with.
    #[serde(rename = "replay")]
    pub record: Record,
}

/// What is another one than when the report was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// The document.
    Document,
    /// The trust: a piece is missing, or the record contradicts itself.
    Trust,
    /// What the register answered: a question without answer, an answer without question, or other answers than the
    /// digest is over.
    Register,
    /// What was seen of the pages: a page that was not recorded, one recorded that is not asked for, or other results than
    /// the digest is over.
    Pages,
    /// The policy: not the one that its digest is over, or one that this program does not know.
    Policy,
    /// The trusted roots of the record are not among those of whoever asks ([`Replayed::against`]), or it accepts seal makers
    /// that he does not.
    Roots,
    /// The verdict of whoever asks is worse ([`Replayed::judge_own`]).
    Own,
    /// None of the inputs, yet the findings: the program judges otherwise now, or the report was changed.
    Findings,
    /// What the report tells beside its record: it was changed, or another version of the program words it otherwise.
    Report,
}

impl Difference {
    /// Its name in Chinese and English.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Document => ("文档", "document"),
            Self::Trust => ("信任快照", "trust"),
            Self::Register => ("备案查询结果", "register"),
            Self::Pages => ("页面图像比对结果", "pages"),
            Self::Policy => ("验证策略", "policy"),
            Self::Roots => ("可信根", "trusted roots"),
            Self::Own => ("依您自己的信任，结论更差", "the verdict by your own trust is worse"),
            Self::Findings => ("检查结果", "findings"),
            Self::Report => ("报告正文", "text of the report"),
        }
    }
}

/// What came of judging again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The report made now, from the record.
    pub report: Report,
    /// What is another one than then; empty when all is the same.
    pub differs: Vec<Difference>,
    /// Pieces of trust that were not to be had.
    pub missing: Vec<PieceName>,
    /// Version of the program that judged then.
    pub program: String,
    /// Places in the report that tell something else than the report made now, the first few, as JSON pointers.
    pub changed: Vec<String>,
    /// How the trust of the record stands to what whoever asks trusts himself, once that was compared.
    pub given: Option<Given>,
    /// The verdict of whoever asks, once that was made.
    pub own: Option<Own>,
    /// The trust of the record, as far as it was to be had.
    trust: Trust,
}

impl Replayed {
    /// Compares what a report tells beside its record with the report made now. The name of the file is the caller's
    /// word and is left out. When the inputs are other ones, so is the report, and that is told already.
    pub fn compare(&mut self, report: &[u8]) {
        if self.differs.iter().any(|difference| *difference != Difference::Findings) {
            return;
        }
        let told = serde_json::from_slice::<Value>(report).unwrap_or_default();
        let made = serde_json::to_value(&self.report).unwrap_or_default();
        self.changed = compare::differing(&told, &made, &["file", "replay"]);
        if !self.changed.is_empty() {
            self.differs.push(Difference::Report);
        }
    }
}

/// Why a record cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It is no report with a record.
    #[error("不是可重放的报告 / no report that can be replayed: {0}")]
    Unreadable(serde_json::Error),
    /// It is of a form that this program does not know, or beyond its bounds.
    #[error("报告的重放记录格式不支持 / the record of the report is not supported: {0}")]
    Unsupported(String),
}

/// Where the inputs of a replay come from.
pub trait Inputs {
    /// The encoding of a piece of trust. What does not have the digest in its name is not used.
    fn piece(&self, name: &PieceName) -> Option<Vec<u8>>;
}

/// Judges a document and tells what it was judged with.
pub fn recorded(bytes: &[u8], trust: &Trust, options: &Options) -> Recorded {
    let recorder = trust.shared_register().map(|register| Arc::new(Recorder::new(register)));
    let rendering = options.rendering.as_ref().map(Rendering::recording);
    let recording_pages = Options { rendering: rendering.clone(), ..options.clone() };
    let judge = || match &recorder {
        None => crate::verify(bytes, trust, &recording_pages),
        Some(recorder) => {
            let mut recording = trust.clone();
            recording.set_register(Arc::<Recorder>::clone(recorder));
            crate::verify(bytes, &recording, &recording_pages)
        }
    };
    let (report, document_sm3) = while_digested(bytes, judge);
    let policy = PolicyRecord::of(options);
    let register = recorder.map(|recorder| recorder.take());
    let name = |piece: crate::trust::Piece<'_>| PieceName { role: piece.role, sm3: hex::encode(piece.sm3) };
    let record = Record {
        form: FORM.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        document_sm3: hex::encode(document_sm3),
        at: Moment(options.at),
        trust_id: trust.id(),
        trust: trust.pieces().map(name).collect(),
        policy_sm3: policy.sm3(),
        policy,
        register_sm3: digest_of(&register),
        register,
        pages: rendering.as_ref().map(PagesRecord::of),
        outcome_sm3: outcome_sm3(&report),
    };
    Recorded { report, record }
}

/// Works while a document is digested: a long one in a thread of its own, since that takes longer than judging it.
fn while_digested<T>(bytes: &[u8], work: impl FnOnce() -> T) -> (T, [u8; 32]) {
    let digest = || crypto::sm3::digest(bytes);
    if bytes.len() < LONG {
        return (work(), digest());
    }
    std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().spawn_scoped(scope, digest);
        let done = work();
        // Where no thread is to be had, it is digested here.
        let digested = beside.ok().and_then(|thread| thread.join().ok());
        (done, digested.unwrap_or_else(digest))
    })
}

/// The same, fetching what is lacking first ([`verify_fetching`]). What was fetched is in `trust` afterwards, so its
/// pieces can be kept.
pub fn recorded_fetching(
    bytes: &[u8],
    trust: &mut Trust,
    options: &Options,
    fetcher: &dyn Fetcher,
) -> Recorded {
    let undrawn = Options { rendering: None, ..options.clone() };
    drop(verify_fetching(bytes, trust, &undrawn, fetcher));
    // Judging is pure: once more, without the network, gives what the last round gave.
    recorded(bytes, trust, options)
}

impl Record {
    /// The record in a report as JSON.
    ///
    /// # Errors
    /// When there is none, or one that this program cannot use: with a field that stands twice, here or anywhere in the
    /// report, or one that it does not know.
    pub fn read(report: &[u8]) -> Result<Self, ReplayError> {
        let report = strict::read(report).map_err(ReplayError::Unreadable)?;
        let missing = || ReplayError::Unreadable(serde::de::Error::missing_field("replay"));
        let told = report.get("replay").ok_or_else(missing)?;
        let record = Self::deserialize(told).map_err(ReplayError::Unreadable)?;
        if record.form != FORM {
            return Err(ReplayError::Unsupported(crate::text::printable(&record.form)));
        }
        if record.trust.len() > MAX_PIECES {
            return Err(ReplayError::Unsupported(format!("more than {MAX_PIECES} pieces of trust")));
        }
        // What nobody reads would pass unseen: the record must be the one that this program would write.
        let written = serde_json::to_value(&record).unwrap_or_default();
        if *told != written {
            let places = compare::differing(told, &written, &[]);
            let place = places.first().map(String::as_str).unwrap_or_default();
            return Err(ReplayError::Unsupported(format!(
                "未知字段 a field that is not known: /replay{place}"
            )));
        }
        Ok(record)
    }

    /// True when it was made of this document.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.document_sm3 == hex::encode(crypto::sm3::digest(bytes))
    }

    /// Puts the trust together again; gives what is missing.
    fn trust(&self, inputs: &dyn Inputs) -> (Trust, Vec<PieceName>) {
        let (mut trust, mut missing) = (Trust::new(), Vec::new());
        for name in &self.trust {
            let found = inputs.piece(name).filter(|der| hex::encode(crypto::sm3::digest(der)) == name.sm3);
            if !found.is_some_and(|der| trust.add_piece(name.role, &der)) {
                missing.push(name.clone());
            }
        }
        (trust, missing)
    }
}

/// Judges a document again as the record says. Where inputs are missing or others, it is judged with what there is, and
/// what differs is told.
///
/// # Errors
/// When the policy in the record is none that this program knows, or goes beyond its bounds.
pub fn replay(bytes: &[u8], record: &Record, inputs: &dyn Inputs) -> Result<Replayed, ReplayError> {
    let options = record.policy.options(record.at.0).filter(|_| !record.policy.exceeds(&Limits::default()));
    let Some(mut options) = options else {
        return Err(ReplayError::Unsupported("策略 policy".to_owned()));
    };
    if options.rendering.is_some() {
        let seen = record.pages.as_ref().map(|pages| pages.seen.clone());
        options.rendering = Some(Rendering::recorded(seen.unwrap_or_default()));
    }
    let (mut trust, missing) = record.trust(inputs);
    let mut differs = Vec::new();
    let mut tell = |is: bool, what: Difference| differs.extend(is.then_some(what));
    tell(!record.is_of(bytes), Difference::Document);
    tell(trust.id() != record.trust_id, Difference::Trust);
    let player = record.register.as_deref().map(|entries| Arc::new(Player::new(entries)));
    if let Some(player) = &player {
        trust.set_register(Arc::<Player>::clone(player));
    }
    let report = crate::verify(bytes, &trust, &options);
    let is_complete = player.is_none_or(|player| player.was_complete());
    // Another document asks other questions: that is no fault of the answers.
    let is_other = !record.is_of(bytes);
    let answers_changed = digest_of(&record.register) != record.register_sm3;
    tell(answers_changed || (!is_other && !is_complete), Difference::Register);
    tell(pages_differ(record, options.rendering.as_ref(), is_other), Difference::Pages);
    tell(record.policy.sm3() != record.policy_sm3, Difference::Policy);
    let is_same_outcome = outcome_sm3(&report) == record.outcome_sm3;
    if differs.is_empty() && !is_same_outcome {
        differs.push(Difference::Findings);
    }
    Ok(Replayed {
        report,
        differs,
        missing,
        program: crate::text::printable(&record.program),
        changed: Vec::new(),
        given: None,
        own: None,
        trust,
    })
}

/// True when what was seen of the pages is not what the record is over. Of another document other pages are asked for.
fn pages_differ(record: &Record, rendering: Option<&Rendering>, is_other: bool) -> bool {
    let is_changed = record.pages.as_ref().is_some_and(|pages| digest_of(&pages.seen) != pages.sm3);
    // Pages without rules to compare them, or rules without pages.
    let is_uneven = record.pages.is_some() != rendering.is_some();
    let is_complete = rendering.is_none_or(Rendering::was_complete);
    is_changed || is_uneven || (!is_other && !is_complete)
}

/// SM3 over the JSON of a value, in hexadecimal digits. Nothing that is digested here can fail to be written.
fn digest_of(value: &impl Serialize) -> String {
    hex::encode(crypto::sm3::digest(&serde_json::to_vec(value).unwrap_or_default()))
}

/// SM3 over what matters of a report, whatever words it is told in.
fn outcome_sm3(report: &Report) -> String {
    let ids = |findings: &[crate::Finding]| -> Vec<(&'static str, &'static str)> {
        findings.iter().map(|finding| (finding.id(), finding.status().as_str())).collect()
    };
    let signatures: Vec<_> = report
        .signatures
        .iter()
        .map(|one| {
            (
                &one.id,
                one.verdict.as_str(),
                &one.coverage.covered,
                &one.coverage.shown_uncovered,
                ids(&one.findings),
            )
        })
        .collect();
    digest_of(&(report.verdict.as_str(), ids(&report.findings), signatures))
}

#[cfg(test)]
mod tests {
    use super::{LONG, while_digested};

    #[test]
    fn a_document_of_any_length_is_digested_beside_the_work() {
        for length in [0, LONG - 1, LONG, LONG + 1] {
            let bytes = vec![7; length];
            let expected = (length, crypto::sm3::digest(&bytes));
            assert_eq!(while_digested(&bytes, || bytes.len()), expected);
        }
    }
}
