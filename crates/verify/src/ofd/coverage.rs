//! What is shown, what is covered, and what may stay uncovered without harm.
//!
//! A signature that does not cover all that is shown can be made to say something else. So every file that
//! is reached from `OFD.xml` must be covered, and every file beside is named. What may be uncovered is this
//! short list; what no rule explains makes the verdict at least indeterminate.
//!
//! 1. **The lists of signatures** (§18.1): an open list is the way to let others sign too. What it can do,
//!    name or leave out a signature, is judged by itself.
//! 2. **A listed signature's own files**: its description and seal are bound by its value, and the value
//!    binds itself.
//! 3. **`OFD.xml`**, when every document root, cover and version it leads to is covered: putting in the first
//!    signature changes this file, so that many writers leave it out. All it can then do is tell other
//!    metadata (title, author), which is said. Where several document roots are covered (versions, documents, or a
//!    file that is one by its content, whatever it is called and whatever leads to it), it also chooses which one
//!    is shown, and then this rule does not hold.

use std::collections::{BTreeSet, HashMap, HashSet};

use formats::ofd::{Document, Id, Package, ROOT_FILE, Reach, Rect, Role};

use super::gather::Signatures;
use crate::catalogue as rule;
use crate::deviation::worth;
use crate::finding::Findings;
use crate::options::Profile;
use crate::report::SignatureReport;
use crate::text::Detail;
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 8;

/// The files of a document that is not there.
static NOTHING: BTreeSet<String> = BTreeSet::new();

/// Everything that a reader shows or follows.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) reach: Reach,
    /// Path of the entry file.
    pub(super) entry: String,
    /// False when the document was not seen, only digests of its files.
    pub(super) is_seen: bool,
    /// By document: the files of its content, the entry file left out.
    by_body: Vec<BTreeSet<String>>,
    /// By document: the path of its root, and the place of each page by its id, when it can be read.
    pages: Vec<Option<Pages>>,
}

/// The pages of a document.
#[derive(Debug)]
pub(super) struct Pages {
    root: String,
    by_id: HashMap<Id, usize>,
}

impl Pages {
    fn of(document: &Document) -> Self {
        let mut by_id = HashMap::with_capacity(document.pages.len());
        for (index, page) in document.pages.iter().enumerate() {
            by_id.entry(Id::of(&page.id)).or_insert(index);
        }
        Self { root: document.path.clone(), by_id }
    }

    /// Whether there is a page with this id.
    pub(super) fn has(&self, id: &Id) -> bool {
        self.by_id.contains_key(id)
    }
}

impl Shown {
    pub(super) fn find(package: &Package<'_>) -> Self {
        let reach = package.reachable();
        let entry =
            reach.files.first().map_or_else(|| ROOT_FILE.to_owned(), |root| root.location.path.clone());
        let by_body = package.bodies().iter().map(|body| {
            let roots =
                body.doc_root.iter().chain(&body.cover).chain(body.versions.iter().map(|v| &v.location));
            closure(&reach, roots.map(|root| root.path.as_str()), package.bodies().len() == 1, &entry)
        });
        let pages = package.bodies().iter().map(|body| {
            let document = reach.documents.get(&body.doc_root.as_ref()?.path)?;
            Some(Pages::of(document))
        });
        Self { by_body: by_body.collect(), pages: pages.collect(), reach, entry, is_seen: true }
    }

    /// Nothing is known of what is shown.
    pub(super) fn unseen() -> Self {
        let (reach, entry) = (Reach::default(), ROOT_FILE.to_owned());
        Self { reach, entry, is_seen: false, by_body: Vec::new(), pages: Vec::new() }
    }

    /// The files that one document of the package shows.
    pub(super) fn of_body(&self, body: usize) -> &BTreeSet<String> {
        self.by_body.get(body).unwrap_or(&NOTHING)
    }

    /// The pages of one document of the package, when it can be read.
    pub(super) fn pages_of(&self, body: usize) -> Option<&Pages> {
        self.pages.get(body)?.as_ref()
    }

    /// The sheet of the page with this id, as far as it is known.
    pub(super) fn sheet(&self, pages: &Pages, id: &Id) -> Option<Rect> {
        let document = self.reach.documents.get(&pages.root)?;
        self.reach.sheet(document, document.pages.get(*pages.by_id.get(id)?)?)
    }

    /// The files reached in roles that `wanted` accepts.
    fn paths(&self, wanted: impl Fn(Role) -> bool) -> BTreeSet<&str> {
        self.reach.paths(wanted)
    }
}

/// The content reached from some files; all content when there is one document alone.
fn closure<'r>(
    reach: &'r Reach,
    roots: impl Iterator<Item = &'r str>,
    is_only: bool,
    entry: &str,
) -> BTreeSet<String> {
    let content = |role: Role| role.is_content() && role != Role::Root;
    if is_only {
        return reach.paths(content).into_iter().map(str::to_owned).collect();
    }
    let mut found: HashSet<&str> = roots.collect();
    // Files are in the order in which they were found, so one pass meets every file after what leads to it.
    for file in &reach.files {
        if content(file.role) && file.from != entry && found.contains(file.from.as_str()) {
            found.insert(&file.location.path);
        }
    }
    let there = reach.paths(content);
    found.into_iter().filter(|path| there.contains(path)).map(str::to_owned).collect()
}

/// The files that signatures cover and that are unchanged, by path without leading slash.
///
/// What a failed signature covers counts too: it cannot make the document valid, and naming everything
/// under it as uncovered would only hide why it failed.
pub(super) fn covered(reports: &[SignatureReport]) -> HashSet<String> {
    let covered = reports.iter().flat_map(|report| &report.coverage.covered);
    covered.map(|path| path.trim_start_matches('/').to_owned()).collect()
}

/// Judges the coverage of the document as a whole.
pub(super) fn judge(
    package: &Package<'_>,
    shown: &Shown,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    let is_covered = |path: &str| covered.contains(path);
    let roots_are_covered = judge_roots(package, shown, covered, signatures, findings);
    let content = shown.paths(|role| role.is_content() && !matches!(role, Role::Root | Role::Document));
    let naked: Vec<String> =
        content.iter().filter(|path| !is_covered(path)).map(|path| format!("/{path}")).collect();
    if naked.is_empty() {
        findings.add(&rule::COVERAGE_SHOWN, Status::Good);
    } else {
        let detail = Detail::list(naked.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::COVERAGE_SHOWN, Status::Unknown, detail);
    }
    if !is_covered(&shown.entry) && roots_are_covered {
        judge_entry(package, shown, signatures, profile, findings);
    }
    judge_lock(covered, signatures, findings);
}

/// An entry file that is not covered, while everything it leads to is. With one document root there is nothing
/// to choose; among several, versions or documents, it decides which one is shown, and nobody signed that.
fn judge_entry(
    package: &Package<'_>,
    shown: &Shown,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    let roots = shown.paths(|role| role == Role::Document);
    let roots: Vec<String> = roots.into_iter().map(|path| format!("/{path}")).collect();
    let roots = [roots, other_roots(package, shown, signatures)].concat();
    if roots.len() < 2 {
        return findings.add(&rule::COVERAGE_ENTRY, worth(profile));
    }
    let status = if profile == Profile::Strict { Status::Bad } else { Status::Unknown };
    findings.add_with(&rule::COVERAGE_ENTRY, status, Detail::list(roots.iter().map(String::as_str), NAMED));
}

/// Signed document roots that the entry file does not lead to. They are told by their content alone: a file may be
/// called as it likes, be as large as it likes, and be named as an attachment or whatever else by the other root.
fn other_roots(package: &Package<'_>, shown: &Shown, signatures: &Signatures<'_>) -> Vec<String> {
    let references = signatures.list.iter().filter_map(|signature| signature.description.as_ref().ok());
    let signed = references.flat_map(|description| &description.references);
    let signed: BTreeSet<&str> = signed.map(|check| check.path.as_str()).collect();
    let known = shown.paths(|role| role == Role::Document);
    signed
        .difference(&known)
        .filter(|path| package.root_element(path).as_deref() == Some("Document"))
        .map(|path| format!("/{path}"))
        .collect()
}

/// Whether the lists of signatures are closed.
pub(super) fn judge_lock(covered: &HashSet<String>, signatures: &Signatures<'_>, findings: &mut Findings) {
    let is_locked = signatures.lists.iter().all(|list| covered.contains(list));
    findings.add(&rule::COVERAGE_LIST, if is_locked { Status::Good } else { Status::Note });
}

/// The document roots; true when all are covered. One that is not covered while a covered one is no longer shown was put in its place.
fn judge_roots(
    package: &Package<'_>,
    shown: &Shown,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    findings: &mut Findings,
) -> bool {
    let roots = shown.paths(|role| role == Role::Document);
    let naked: Vec<&str> = roots.iter().filter(|path| !covered.contains(**path)).copied().collect();
    if roots.is_empty() {
        // A missing root is a matter of the document's structure.
        return false;
    }
    if naked.is_empty() {
        findings.add(&rule::COVERAGE_ROOT, Status::Good);
        return true;
    }
    let hidden = other_roots(package, shown, signatures);
    let naked: Vec<String> = naked.into_iter().map(|path| format!("/{path}")).collect();
    let (status, names) =
        if hidden.is_empty() { (Status::Unknown, naked) } else { (Status::Bad, [naked, hidden].concat()) };
    findings.add_with(&rule::COVERAGE_ROOT, status, Detail::list(names.iter().map(String::as_str), NAMED));
    false
}

/// Files that nothing leads to: signatures that are not listed, and, in a signed document, whatever else
/// was put in.
pub(super) fn judge_beside(
    package: &Package<'_>,
    shown: &Shown,
    covered: &HashSet<String>,
    is_signed: bool,
    findings: &mut Findings,
) {
    let reached = shown.paths(|_| true);
    let beside: Vec<&str> =
        package.files().map(formats::zip::Entry::path).filter(|path| !reached.contains(path)).collect();
    let (mut unlisted, mut extra) = (Vec::new(), Vec::new());
    for path in beside {
        if package.root_element(path).as_deref() == Some("Signature") {
            unlisted.push(format!("/{path}"));
        } else if is_signed && !covered.contains(path) {
            extra.push(format!("/{path}"));
        }
    }
    for (rule, names) in [(&rule::SIGNATURES_UNLISTED, unlisted), (&rule::COVERAGE_EXTRA, extra)] {
        if !names.is_empty() {
            findings.add_with(rule, Status::Unknown, Detail::list(names.iter().map(String::as_str), NAMED));
        }
    }
}
