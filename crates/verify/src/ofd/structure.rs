//! What is unusual about the files of the package, turned into findings.

use std::collections::{BTreeMap, HashSet};

use formats::ofd::{
    Fact, MAX_ID_ABSENT, OTHER_PREFIX, PATH_BLANK, Package, PathNote, Presence, Role, TEXT_IN_PIECES,
};
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
    let places = Places {
        covered,
        left_open: left_open(shown, signatures),
        lists: signatures.lists.iter().map(String::as_str).collect(),
        descriptions: signatures
            .list
            .iter()
            .map(|signature| signature.entry.location.path.as_str())
            .collect(),
    };
    let mut seen = HashSet::new();
    for fact in shown.reach.facts.iter().chain(of_signatures).filter(|fact| seen.insert(*fact)) {
        let (rule, status) = meaning(fact, &places, profile);
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

/// What settles the content of a file.
struct Places<'a> {
    /// Files that signatures cover.
    covered: &'a HashSet<String>,
    /// The entry file and lists of signatures that not every signature covers. A later signer may cover what an
    /// earlier one left open, and have changed it before.
    left_open: HashSet<&'a str>,
    lists: HashSet<&'a str>,
    /// Descriptions of signatures, which their values settle.
    descriptions: HashSet<&'a str>,
}

impl Places<'_> {
    /// A list of signatures or an entry file that somebody could change after a signature, or any file that none covers.
    fn is_open(&self, file: &str) -> bool {
        let is_open = !self.covered.contains(file) || self.left_open.contains(file);
        is_open && !self.descriptions.contains(file)
    }
}

/// The entry file, unless every signature covers it, and each list that not every signature in it covers.
fn left_open<'a>(shown: &'a Shown, signatures: &'a Signatures<'_>) -> HashSet<&'a str> {
    let entry = Some(shown.entry.as_str()).filter(|entry| !signatures.leaving_open(entry, None).is_empty());
    let lists = signatures.lists.iter().map(String::as_str);
    entry
        .into_iter()
        .chain(lists.filter(|list| !signatures.leaving_open(list, Some(list)).is_empty()))
        .collect()
}

/// Namespaces that writers of OFD are known to use: the one of the standard, and an older one.
const KNOWN_NAMESPACES: [&str; 2] = [formats::ofd::NAMESPACE, "http://www.ofdspec.org"];

/// Most facts are departures of form. What can make two readers differ is unknown where no signature has
/// settled it, and a path out of the package is never right.
fn meaning(fact: &Fact, places: &Places<'_>, profile: Profile) -> (&'static Rule, Status) {
    let is_open = places.is_open(fact.file());
    let is_list = places.lists.contains(fact.file());
    let is_ambiguous = match fact {
        // Readers that search the whole of a description, or take the last one, see another seal, another place of it or
        // other files, whoever signed it.
        Fact::Misplaced { .. } => true,
        Fact::Path { note: PathNote::Outside, .. } => return (&rule::REFERENCES_OUTSIDE, Status::Unknown),
        // The schema leaves it open, so it is right to the letter as well.
        Fact::Letter { code: MAX_ID_ABSENT, .. } => return (&rule::DOCUMENT_DEVIATION, Status::Note),
        Fact::Repeated { .. } | Fact::Encoding { note: xml::Note::EncodingContradicted, .. } => {
            is_open && !is_list
        }
        // Some readers find an element by its name alone, others look at its namespace as well.
        Fact::Namespace { found: Some(found), .. } => is_open && !KNOWN_NAMESPACES.contains(&found.as_str()),
        // Nobody signs the names in the archive: where a signed path has another case, the file may have been renamed, and
        // is gone for readers that tell case apart.
        Fact::Path { note: PathNote::WrongCase, .. } => is_open || places.descriptions.contains(fact.file()),
        // The schema is the list of what may stand in an open file, and each id is one signature's or version's.
        Fact::NotInSchema { .. }
        | Fact::RepeatedId { .. }
        | Fact::PrefixedAttribute { .. }
        // A path that leads one reader here and another there.
        | Fact::Path { note: PathNote::Backslash, .. }
        | Fact::Letter { code: PATH_BLANK | TEXT_IN_PIECES | OTHER_PREFIX, .. } => is_open,
        _ => false,
    };
    if is_ambiguous {
        (&rule::DOCUMENT_AMBIGUOUS, Status::Unknown)
    } else {
        (&rule::DOCUMENT_DEVIATION, worth(profile))
    }
}

fn describe(fact: &Fact) -> String {
    match fact {
        Fact::Encoding { file, .. } | Fact::Namespace { file, .. } => format!("/{file}"),
        Fact::ForeignElement { file, element }
        | Fact::Repeated { file, element }
        | Fact::Misplaced { file, what: element }
        | Fact::NotInSchema { file, what: element } => {
            format!("/{file} {}", printable(element))
        }
        Fact::Path { file, written, .. } | Fact::Letter { file, written, .. } => {
            format!("/{file} {}", printable(written))
        }
        Fact::PrefixedAttribute { file, attribute } => format!("/{file} {}", printable(attribute)),
        Fact::BadValue { file, what, .. } => format!("/{file} {what}"),
        Fact::More { file, kind } => format!("/{file} {kind}"),
        Fact::RepeatedId { file, id } => format!("/{file} {}", printable(id)),
        _ => fact.code().to_owned(),
    }
}

/// Files that are not there under the names that the document gives, and are there to readers that take the bytes of names
/// for another encoding: these show something that nobody signed for that place.
pub(super) fn judge_other_readings(package: &Package<'_>, shown: &Shown, findings: &mut Findings) {
    let missing = shown.reach.files.iter().filter(|file| file.location.presence == Presence::Missing);
    let found = missing.filter_map(|file| {
        let entry = package.archive().find_in_another_reading(&file.location.path)?;
        Some(format!("{} → {}", printable(&file.location.absolute()), printable(entry.name())))
    });
    let found: Vec<String> = found.collect();
    if !found.is_empty() {
        let names = Detail::list(found.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::CONTAINER_NAMES, Status::Unknown, names);
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
