//! Every finding there can be: its stable id, the clause it comes from, the step it belongs to, its texts.
//!
//! Ids are part of the product's interface: they are added, never renamed. `docs/findings.md` is this list
//! in readable form, and a test compares the two.

mod document;
mod pdf;
mod seal;
mod signature;
mod stamp;
mod sub_indication;

pub use document::*;
pub use pdf::*;
pub use seal::*;
pub use signature::*;
pub use stamp::*;
pub use sub_indication::SubIndication;

use crate::step::Step;
use crate::text::Text;
use crate::verdict::Status;

/// Which procedure judges a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// GB/T 38540-2020 §7.3: seals of version 4, and of version 5, which only refines it.
    Gbt38540,
    /// GM/T 0031-2014 §6.2.3: seals of versions 1 to 3.
    Gmt0031,
    /// A digital signature without a seal: GB/T 35275 value in the manner of GM/T 0099.
    Plain,
}

/// Where a finding comes from in the text of the procedure, and its place in the standard's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Order of the step in the procedure: the lowest rank that is not good is where the standard exits.
    pub rank: u8,
    /// Standard and clause.
    pub text: &'static str,
}

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable id.
    pub id: &'static str,
    /// The step of table 28 it counts for.
    pub step: Step,
    /// The clause under each procedure: GB/T 38540, GM/T 0031, plain signature.
    pub clauses: [Clause; 3],
    /// What is checked.
    pub about: Text,
    /// What each possible result means. A result that is not listed cannot occur.
    pub texts: &'static [(Status, Text)],
}

impl Rule {
    /// The clause under a procedure.
    pub const fn clause(&self, scheme: Scheme) -> Clause {
        let [v4, v1, plain] = self.clauses;
        match scheme {
            Scheme::Gbt38540 => v4,
            Scheme::Gmt0031 => v1,
            Scheme::Plain => plain,
        }
    }

    /// Why a result of this check weighs, in one stable word; none for good results and notes. A finding may know better
    /// ([`crate::Finding::sub_indication`]).
    pub fn sub_indication(&self, status: Status) -> Option<SubIndication> {
        sub_indication::of(self, status)
    }

    /// What a result of this check means.
    pub fn text(&self, status: Status) -> Text {
        self.texts.iter().find(|(of, _)| *of == status).map_or(self.about, |(_, text)| *text)
    }
}

/// Every rule, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    document::ALL.iter().chain(pdf::ALL).chain(signature::ALL).chain(seal::ALL).chain(stamp::ALL).copied()
}

/// The catalogue as the Markdown of `docs/findings.md`.
pub fn markdown() -> String {
    let sections = Step::ALL.into_iter().map(|step| {
        let title = format!("\n## {} {} / {}\n", step.number(), step.name().zh, step.name().en);
        let rules = all().filter(|rule| rule.step == step).map(rule_markdown);
        format!("{title}\nStep id `{}`.\n{}", step.id(), rules.collect::<String>())
    });
    std::iter::once(HEADER.to_owned()).chain(std::iter::once(words_markdown())).chain(sections).collect()
}

fn rule_markdown(rule: &Rule) -> String {
    let mut clauses: Vec<&str> = rule.clauses.iter().map(|clause| clause.text).collect();
    clauses.retain(|text| !text.is_empty());
    clauses.dedup();
    let texts = rule.texts.iter();
    let texts = texts.map(|(status, text)| {
        let word = rule.sub_indication(*status).map(|word| format!(" (`{}`)", word.as_str()));
        format!("- **{}**{}: {} / {}\n", status.as_str(), word.unwrap_or_default(), text.zh, text.en)
    });
    let (id, about, clauses) = (rule.id, rule.about, clauses.join("; "));
    let head = format!("\n### `{id}`\n\n{} / {}\n\nClauses: {clauses}\n\n", about.zh, about.en);
    std::iter::once(head).chain(texts).collect()
}

/// The sub-indications as a table.
fn words_markdown() -> String {
    let rows = SubIndication::ALL.iter().map(|word| {
        let from = if word.is_etsi() { "EN 319 102-1" } else { "sealbridge" };
        format!("| `{}` | {from} | {} / {} |\n", word.as_str(), word.text().zh, word.text().en)
    });
    std::iter::once(WORDS.to_owned()).chain(rows).collect()
}

const WORDS: &str = "\n## Sub-indications\n\n\
Every result that weighs has one stable word for its reason, `subIndication` in reports, in tables 26 to 28 and on the \
pages for people. A step, a signature and a document have the word of their weightiest finding: the worst result, and \
of several the one whose step comes first in the standard's order. The word behind a result below is the usual one; \
periods say `NOT_YET_VALID` in the place of `EXPIRED`, and broken chains what broke, where that is the case.\n\n\
| word | from | meaning |\n|---|---|---|\n";

const HEADER: &str = "# Findings of the verifier\n\n\
Generated from `crates/verify/src/catalogue`; a test compares this page with the code.\n\
Run `SEALBRIDGE_BLESS=1 cargo test -p sealbridge-verify findings_page` after a change.\n\n\
A finding has a stable id, the clause it comes from, a status and a hint. `bad` makes the verdict invalid, \
`unknown` makes it indeterminate, `good` and `note` leave it. Ids are never renamed.\n\n\
Every deviation from the letter of a format that was understood all the same is reported as a note of \
`container.deviation`, `document.deviation`, `signature.deviation` or `timestamp.deviation`, and is bad \
under the strict profile.\n";

/// Declares rules and the list of them.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $id:literal $step:ident
        [$($clause:expr),+] ($zh:literal, $en:literal)
        { $($status:ident: $szh:literal, $sen:literal;)+ })+) => {
        $($(#[$doc])*
        pub static $name: $crate::catalogue::Rule = $crate::catalogue::Rule {
            id: $id,
            step: $crate::step::Step::$step,
            clauses: $crate::catalogue::clauses(&[$($clause),+]),
            about: $crate::text::Text::new($zh, $en),
            texts: &[$(($crate::verdict::Status::$status, $crate::text::Text::new($szh, $sen))),+],
        };)+
        pub(super) static ALL: &[&$crate::catalogue::Rule] = &[$(&$name),+];
    };
}
use rules;

/// One clause for all procedures, or one for each.
const fn clauses(list: &[(u8, &'static str)]) -> [Clause; 3] {
    match list {
        [a, b, c] => [clause(*a), clause(*b), clause(*c)],
        [a, b] => [clause(*a), clause(*b), clause((0, ""))],
        [a] => [clause(*a), clause(*a), clause(*a)],
        _ => [clause((0, "")), clause((0, "")), clause((0, ""))],
    }
}

const fn clause((rank, text): (u8, &'static str)) -> Clause {
    Clause { rank, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = HashSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} twice", rule.id);
            assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '-'), "{}", rule.id);
            assert!(!rule.texts.is_empty(), "{} has no result", rule.id);
            let statuses: HashSet<_> = rule.texts.iter().map(|(status, _)| status).collect();
            assert_eq!(statuses.len(), rule.texts.len(), "{} lists a result twice", rule.id);
        }
    }

    #[test]
    fn findings_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/findings.md");
        if std::env::var_os("SEALBRIDGE_BLESS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == markdown(),
            "docs/findings.md is not what the code says: run with SEALBRIDGE_BLESS=1"
        );
    }
}
