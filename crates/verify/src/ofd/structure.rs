//! What is unusual about the files of the package, turned into findings.

use std::collections::{BTreeMap, HashSet};

use formats::ofd::{Fact, PathNote, Presence, Role};
use formats::xml;

use super::coverage::Shown;
use super::gather::Signatures;
use crate::catalogue as rule;
use crate::catalogue::Rule;
use crate::deviation::worth;
use crate::finding::Findings;
use crate::options::Profile;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;

/// Judges what was noticed on the way through the package.
pub(super) fn judge(
    shown: &Shown,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    if shown.is_seen {
        judge_readable(shown, signatures, findings);
    }
    let mut groups: BTreeMap<(&'static str, &'static str), (&'static Rule, Status, Vec<String>)> =
        BTreeMap::new();
    let descriptions = signatures.list.iter().filter_map(|signature| signature.description.as_ref().ok());
    let of_signatures = descriptions.flat_map(|description| &description.signature.facts);
    let mut seen = HashSet::new();
    for fact in shown.reach.facts.iter().chain(of_signatures).filter(|fact| seen.insert((*fact).clone())) {
        let (rule, status) = meaning(fact, covered, signatures, profile);
        let group = groups.entry((rule.id, fact.code())).or_insert_with(|| (rule, status, Vec::new()));
        group.2.push(describe(fact));
    }
    for missing in missing_files(shown) {
        let group = groups
            .entry((rule::DOCUMENT_DEVIATION.id, "ofd.missing-file"))
            .or_insert_with(|| (&rule::DOCUMENT_DEVIATION, worth(profile), Vec::new()));
        group.2.push(missing);
    }
    for ((_, code), (rule, status, list)) in groups {
        let names = Detail::list(list.iter().map(String::as_str), NAMED);
        let detail = Detail::new(format!("{code} {}", names.zh), format!("{code} {}", names.en));
        findings.add_with(rule, status, detail);
    }
}

/// The entry file was read, or there would be no package. What of the rest could not be read hides what it
/// leads to.
fn judge_readable(shown: &Shown, signatures: &Signatures<'_>, findings: &mut Findings) {
    let of_signatures: HashSet<&str> = shown.reach.paths(|role| !role.is_content()).into_iter().collect();
    let mut broken: Vec<String> = shown
        .reach
        .problems
        .iter()
        // Lists and descriptions have findings of their own.
        .filter(|(path, _)| !of_signatures.contains(path.as_str()) && !signatures.lists.contains(path))
        .filter(|(_, error)| signatures.problems.iter().all(|problem| problem != error))
        .map(|(path, error)| format!("/{path} ({})", error.code()))
        .collect();
    let roots = shown.reach.files.iter().filter(|file| file.role == Role::Document);
    broken.extend(roots.filter(|root| !root.location.is_there()).map(|root| root.location.absolute()));
    if broken.is_empty() {
        findings.add(&rule::DOCUMENT_STRUCTURE, Status::Good);
    } else {
        let detail = Detail::list(broken.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::DOCUMENT_STRUCTURE, Status::Unknown, detail);
    }
    if shown.reach.is_cut_off {
        let detail = Detail::new("引用的文件过多", "it refers to too many files");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
}

/// Most facts are departures of form. What can make two readers differ is unknown where no signature has
/// settled it, and a path out of the package is never right.
fn meaning(
    fact: &Fact,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    profile: Profile,
) -> (&'static Rule, Status) {
    let is_open = |file: &str| !covered.contains(file) && !signatures.lists.iter().any(|list| list == file);
    let is_description =
        |file: &str| signatures.list.iter().any(|signature| signature.entry.location.path == file);
    match fact {
        Fact::Path { note: PathNote::Outside, .. } => (&rule::REFERENCES_OUTSIDE, Status::Unknown),
        Fact::Repeated { file, .. } | Fact::Encoding { file, note: xml::Note::EncodingContradicted }
            if is_open(file) && !is_description(file) =>
        {
            (&rule::DOCUMENT_AMBIGUOUS, Status::Unknown)
        }
        _ => (&rule::DOCUMENT_DEVIATION, worth(profile)),
    }
}

fn describe(fact: &Fact) -> String {
    match fact {
        Fact::Encoding { file, .. } | Fact::Namespace { file, .. } => format!("/{file}"),
        Fact::ForeignElement { file, element } | Fact::Repeated { file, element } => {
            format!("/{file} {}", printable(element))
        }
        Fact::Path { file, written, .. } => format!("/{file} {}", printable(written)),
        Fact::Letter { file, written, .. } => format!("/{file} {}", printable(written)),
        Fact::BadValue { file, what, .. } => format!("/{file} {what}"),
        Fact::RepeatedId { file, id } => format!("/{file} {}", printable(id)),
        _ => fact.code().to_owned(),
    }
}

/// Files that the document refers to and that are not there, document roots left out.
fn missing_files(shown: &Shown) -> Vec<String> {
    let files = shown.reach.files.iter();
    files
        .filter(|file| file.role.is_content() && file.role != Role::Document)
        .filter(|file| file.location.presence == Presence::Missing)
        .map(|file| file.location.absolute())
        .collect()
}
