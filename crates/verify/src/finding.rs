//! One finding: a rule, the result it had here, and the particulars.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::SerializeStruct;

use crate::catalogue::{Clause, Rule, Scheme, SubIndication};
use crate::certificate::Prepared;
use crate::report::Root;
use crate::step::Step;
use crate::text::Detail;
use crate::verdict::{Status, Verdict};

/// The result of one check on one signature, seal or document.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    rule: &'static Rule,
    scheme: Scheme,
    status: Status,
    detail: Option<Detail>,
    /// Where the case knows better than the rule.
    because: Option<SubIndication>,
}

impl Finding {
    /// A result without particulars.
    pub fn new(rule: &'static Rule, scheme: Scheme, status: Status) -> Self {
        Self { rule, scheme, status, detail: None, because: None }
    }

    /// The same result with particulars.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The same result for a reason of its own.
    #[must_use]
    pub fn because(mut self, reason: SubIndication) -> Self {
        self.because = Some(reason);
        self
    }

    /// Why it weighs, in one stable word; none for good results and notes.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        let usual = self.rule.sub_indication(self.status);
        usual.map(|usual| self.because.unwrap_or(usual))
    }

    /// The stable id.
    pub fn id(&self) -> &'static str {
        self.rule.id
    }

    /// The rule it is a result of.
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// The clause under the procedure that judged.
    pub fn clause(&self) -> Clause {
        self.rule.clause(self.scheme)
    }

    /// The result.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The step of table 28 it counts for.
    pub fn step(&self) -> Step {
        self.rule.step
    }

    /// The particulars, where there are any.
    pub fn detail(&self) -> Option<&Detail> {
        self.detail.as_ref()
    }

    /// The hint in Chinese.
    pub fn hint_zh(&self) -> String {
        let text = self.rule.text(self.status).zh;
        self.detail.as_ref().map_or_else(|| text.to_owned(), |detail| format!("{text}：{}", detail.zh))
    }

    /// The hint in English.
    pub fn hint_en(&self) -> String {
        let text = self.rule.text(self.status).en;
        self.detail.as_ref().map_or_else(|| text.to_owned(), |detail| format!("{text}: {}", detail.en))
    }

    /// The hint in both languages, Chinese first.
    pub fn hint(&self) -> String {
        format!("{} / {}", self.hint_zh(), self.hint_en())
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_str(), self.id(), self.hint_en())
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 6)?;
        out.serialize_field("id", self.id())?;
        out.serialize_field("clause", self.clause().text)?;
        out.serialize_field("status", &self.status)?;
        out.serialize_field("hint", &self.hint())?;
        out.serialize_field("step", self.step().id())?;
        match self.sub_indication() {
            Some(word) => out.serialize_field("subIndication", &word)?,
            None => out.skip_field("subIndication")?,
        }
        out.end()
    }
}

/// Findings as they are collected under one procedure.
#[derive(Debug)]
pub(crate) struct Findings {
    scheme: Scheme,
    list: Vec<Finding>,
    /// The trusted certificates at the ends of the paths that were found good.
    roots: Vec<Arc<Prepared>>,
}

impl Findings {
    pub(crate) fn new(scheme: Scheme) -> Self {
        Self { scheme, list: Vec::new(), roots: Vec::new() }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) fn add(&mut self, rule: &'static Rule, status: Status) {
        self.list.push(Finding::new(rule, self.scheme, status));
    }

    pub(crate) fn add_with(&mut self, rule: &'static Rule, status: Status, detail: Detail) {
        self.list.push(Finding::new(rule, self.scheme, status).with(detail));
    }

    /// With a reason that the case knows better than the rule.
    pub(crate) fn add_because(
        &mut self,
        rule: &'static Rule,
        status: Status,
        reason: SubIndication,
        detail: Option<Detail>,
    ) {
        let finding = Finding::new(rule, self.scheme, status).because(reason);
        self.list.push(match detail {
            Some(detail) => finding.with(detail),
            None => finding,
        });
    }

    pub(crate) fn good_or_bad(&mut self, rule: &'static Rule, good: bool) {
        self.add(rule, if good { Status::Good } else { Status::Bad });
    }

    /// Takes note that something was found good because this certificate is trusted.
    pub(crate) fn rely_on(&mut self, trusted: &Arc<Prepared>) {
        if self.roots.iter().all(|known| known.sm3 != trusted.sm3) {
            self.roots.push(Arc::clone(trusted));
        }
    }

    /// The trusted certificates that the findings rest on.
    pub(crate) fn roots(&self) -> Vec<Root> {
        let root = |trusted: &Arc<Prepared>| Root { subject: trusted.label(), sm3: hex::encode(trusted.sm3) };
        self.roots.iter().map(root).collect()
    }

    /// Adds what was found under another procedure.
    pub(crate) fn append(&mut self, other: Self) {
        self.list.extend(other.list);
        other.roots.iter().for_each(|trusted| self.rely_on(trusted));
    }

    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::of(self.list.iter().map(Finding::status))
    }

    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

/// The weightiest of findings: the worst result, and of several the one whose step comes first in the standard's order.
/// None when nothing weighs.
pub(crate) fn weightiest<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<&'a Finding> {
    let weighing = findings.into_iter().filter(|finding| finding.status() >= Status::Unknown);
    weighing.min_by_key(|finding| (std::cmp::Reverse(finding.status()), finding.clause().rank))
}
