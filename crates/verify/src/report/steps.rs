//! The findings of one signature gathered into the twelve steps of table 28.

use crate::catalogue::{Clause, SubIndication};
use crate::finding::{Finding, weightiest};
use crate::report::SignatureReport;
use crate::step::Step;
use crate::verdict::{Status, Verdict};

/// What came out of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepStatus {
    /// Nothing in this step applies to the signature.
    NotApplicable,
    /// Passed.
    Good,
    /// Could not be established.
    Unknown,
    /// Failed.
    Bad,
}

/// One step of the flow with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepResult {
    /// The step.
    pub step: Step,
    /// What came out.
    pub status: StepStatus,
    /// What a person is told, in Chinese.
    pub hint_zh: String,
    /// What a person is told, in English.
    pub hint_en: String,
    /// The clause of the step that decided, where there is one.
    pub clause: &'static str,
    /// Why the step is not good, in one stable word.
    pub sub_indication: Option<SubIndication>,
    /// True for the step at which the standard's procedure exits.
    pub is_exit: bool,
}

impl StepResult {
    /// Table 28 `status`: 1 good (or not applicable), 0 not good.
    pub fn table_status(&self) -> u8 {
        u8::from(matches!(self.status, StepStatus::Good | StepStatus::NotApplicable))
    }

    /// Our extension beside it: valid, invalid, or indeterminate.
    pub fn indication(&self) -> Verdict {
        match self.status {
            StepStatus::Good | StepStatus::NotApplicable => Verdict::Valid,
            StepStatus::Unknown => Verdict::Indeterminate,
            StepStatus::Bad => Verdict::Invalid,
        }
    }
}

/// All twelve steps, from the findings of the signature and those of the document it stands in.
pub(super) fn of(document: &[Finding], signature: &SignatureReport) -> Vec<StepResult> {
    let all: Vec<&Finding> = document.iter().chain(&signature.findings).collect();
    let exit = all
        .iter()
        .filter(|finding| finding.status() >= Status::Unknown)
        .min_by_key(|finding| finding.clause().rank)
        .map(|finding| finding.step());
    Step::ALL.into_iter().map(|step| gather(step, &all, exit)).collect()
}

fn gather(step: Step, all: &[&Finding], exit: Option<Step>) -> StepResult {
    let mine: Vec<&Finding> = all.iter().filter(|finding| finding.step() == step).copied().collect();
    let Some(worst) = mine.iter().map(|finding| finding.status()).max() else {
        return StepResult {
            step,
            status: StepStatus::NotApplicable,
            hint_zh: "不适用".to_owned(),
            hint_en: "not applicable".to_owned(),
            clause: "",
            sub_indication: None,
            is_exit: false,
        };
    };
    let decisive: Vec<&&Finding> = mine.iter().filter(|finding| finding.status() == worst).collect();
    StepResult {
        step,
        status: match worst {
            Status::Good | Status::Note => StepStatus::Good,
            Status::Unknown => StepStatus::Unknown,
            Status::Bad => StepStatus::Bad,
        },
        hint_zh: decisive.iter().map(|finding| finding.hint_zh()).collect::<Vec<_>>().join("；"),
        hint_en: decisive.iter().map(|finding| finding.hint_en()).collect::<Vec<_>>().join("; "),
        clause: decisive
            .iter()
            .map(|finding| finding.clause())
            .min_by_key(rank)
            .map_or("", |clause| clause.text),
        sub_indication: weightiest(mine).and_then(Finding::sub_indication),
        is_exit: exit == Some(step),
    }
}

fn rank(clause: &Clause) -> u8 {
    clause.rank
}
