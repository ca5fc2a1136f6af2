//! The verdict of whoever asks, beside that of a record. What a record holds and nobody signed (answers of a register, names
//! of makers, the policy, the time, what pages looked like) is the word of whoever wrote it. So the document is judged once
//! more with the reader's own; where that is worse, the record made it better, and that counts for nothing.
//!
//! Lists, answers of responders and authorities in the middle are taken from both: each is believed for its own signature.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::register::Player;
use super::{Difference, Record, Replayed};
use crate::options::Options;
use crate::rendering::Rendering;
use crate::report::Report;
use crate::trust::{Role, Trust};
use crate::verdict::Verdict;

/// With what whoever asks judges himself.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// His roots, makers, lists and answers.
    pub trust: &'a Trust,
    /// His policy, and the time he judges for.
    pub options: Options,
    /// True when somebody whom he believes signed the report: then its register, makers, policy, time and pages are as good
    /// as his own.
    pub believes_report: bool,
}

/// A part of a record that can make its verdict better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What the register answered.
    Register,
    /// Who may make seals.
    Makers,
    /// The trusted certificates.
    Roots,
    /// Revocation lists and answers of responders: those of the reader are not in it.
    Revocation,
    /// The policy.
    Policy,
    /// The time judged for.
    Time,
    /// What was seen of the pages.
    Pages,
}

impl Part {
    const ALL: [Self; 7] =
        [Self::Register, Self::Makers, Self::Roots, Self::Revocation, Self::Policy, Self::Time, Self::Pages];
    /// What somebody vouches for who signs a report.
    const SIGNED: [Self; 5] = [Self::Register, Self::Makers, Self::Policy, Self::Time, Self::Pages];

    /// Its name in Chinese and English.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Register => ("备案查询结果", "answers of a register"),
            Self::Makers => ("制章者", "makers of seals"),
            Self::Roots => ("可信根", "trusted roots"),
            Self::Revocation => ("吊销信息", "revocation information"),
            Self::Policy => ("验证策略", "policy"),
            Self::Time => ("验证时间", "time judged for"),
            Self::Pages => ("页面图像比对结果", "look of the pages"),
        }
    }
}

/// The verdict of whoever asks.
#[derive(Clone, Debug)]
pub struct Own {
    /// The report made with his own.
    pub report: Report,
    /// True when it is worse than that of the record, of the document or of a signature.
    pub is_worse: bool,
    /// What of the record made it better; empty when nothing did.
    pub better: Vec<Part>,
}

impl Replayed {
    /// Judges the document once more as whoever asks does ([`Own`]), with nothing of the record but what proves itself. A
    /// worse verdict is a difference ([`Difference::Own`]), and counts ([`Self::verdict`]).
    pub fn judge_own(&mut self, bytes: &[u8], record: &Record, reader: &Reader<'_>) {
        let judge = Judge { bytes, record, recorded: &self.trust, reader };
        let report = judge.with(&[]);
        let is_worse = is_worse(&report, &self.report);
        let better = if is_worse { judge.what_is_better(&report) } else { Vec::new() };
        if is_worse {
            self.differs.push(Difference::Own);
        }
        self.own = Some(Own { report, is_worse, better });
    }

    /// The verdict that counts: that of the record, or a worse one of whoever asks. `None` where the inputs are others, so
    /// that nothing can be said.
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.own {
            Some(own) if own.is_worse => Some(own.report.verdict.and(self.report.verdict)),
            _ => self.differs.is_empty().then_some(self.report.verdict),
        }
    }

    /// The report that goes with it.
    pub fn telling(&self) -> &Report {
        self.own.as_ref().filter(|own| own.is_worse).map_or(&self.report, |own| &own.report)
    }
}

/// Everything there is to judge with.
struct Judge<'a> {
    bytes: &'a [u8],
    record: &'a Record,
    /// The trust of the record.
    recorded: &'a Trust,
    reader: &'a Reader<'a>,
}

impl Judge<'_> {
    /// The report as the reader makes it, with these parts of the record in the place of his own.
    fn with(&self, parts: &[Part]) -> Report {
        let is_signed = self.reader.believes_report;
        let has = |part| parts.contains(&part) || (is_signed && Part::SIGNED.contains(&part));
        let mut trust = self.trust(&has);
        if has(Part::Register)
            && let Some(entries) = &self.record.register
        {
            trust.set_register(Arc::new(Player::new(entries)));
        }
        crate::verify(self.bytes, &trust, &self.options(&has))
    }

    fn trust(&self, has: &impl Fn(Part) -> bool) -> Trust {
        let (own, recorded) = (self.reader.trust, self.recorded);
        let mut trust = Trust::new();
        trust.take_over(Role::Anchor, if has(Part::Roots) { recorded } else { own });
        trust.take_over(Role::Maker, if has(Part::Makers) { recorded } else { own });
        for role in [Role::Intermediate, Role::Crl, Role::Ocsp] {
            if role == Role::Intermediate || !has(Part::Revocation) {
                trust.take_over(role, own);
            }
            trust.take_over(role, recorded);
        }
        trust
    }

    fn options(&self, has: &impl Fn(Part) -> bool) -> Options {
        let own = &self.reader.options;
        let at: Timestamp = if has(Part::Time) { self.record.at.0 } else { own.at };
        // It was read when the record was judged.
        let recorded = if has(Part::Policy) { self.record.policy.options(at) } else { None };
        let mut options = recorded.unwrap_or_else(|| Options { at, ..own.clone() });
        let seen = self.record.pages.as_ref().filter(|_| has(Part::Pages));
        options.rendering = seen.map(|pages| Rendering::recorded(pages.seen.clone()));
        options
    }

    /// The parts of the record that by themselves give a better verdict than the reader's, and those without which the whole
    /// record gives a worse one; all, where no single one does either.
    fn what_is_better(&self, own: &Report) -> Vec<Part> {
        let all = self.with(&Part::ALL);
        let others = |part: Part| Part::ALL.into_iter().filter(|other| *other != part).collect::<Vec<_>>();
        let weighs =
            |part: &Part| is_worse(own, &self.with(&[*part])) || is_worse(&self.with(&others(*part)), &all);
        let weighing: Vec<Part> = Part::ALL.into_iter().filter(weighs).collect();
        if weighing.is_empty() { Part::ALL.to_vec() } else { weighing }
    }
}

/// True when a report on the same document says worse of it, or of one of its signatures.
fn is_worse(report: &Report, than: &Report) -> bool {
    let worse = |one: Verdict, than: Verdict| one.and(than) != than;
    let pairs = report.signatures.iter().zip(&than.signatures);
    worse(report.verdict, than.verdict)
        || report.signatures.len() != than.signatures.len()
        || pairs.into_iter().any(|(one, than)| worse(one.verdict, than.verdict))
}
