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
//!    metadata (title, author), which is said. Where it has several documents, or several document roots are covered
//!    (versions, documents, or a file that is one by its content, whatever it is called and whatever leads to it), it
//!    also chooses which one is shown, and then this rule does not hold for any signature that leaves the file open,
//!    whoever else covers it. Nor does it where the file makes a picture of the pages the cover, or names a version that
//!    is not there.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use formats::ofd::{DocBody, Document, Id, Package, ROOT_FILE, Reach, Rect, Role};
use formats::zip::Entry;

use super::gather::Signatures;
use super::strays::Strays;
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
    by_body: Vec<Arc<BTreeSet<String>>>,
    /// By document: the path of its root, and the place of each page by its id, when it can be read.
    pages: Vec<Option<Pages>>,
}

/// The pages of a document.
#[derive(Debug)]
pub(super) struct Pages {
    root: String,
    /// Nothing for an id that several pages have.
    by_id: HashMap<Id, Option<usize>>,
}

impl Pages {
    fn of(document: &Document) -> Self {
        let mut by_id = HashMap::with_capacity(document.pages.len());
        for (index, page) in document.pages.iter().enumerate() {
            by_id.entry(Id::of(&page.id)).and_modify(|place| *place = None).or_insert(Some(index));
        }
        Self { root: document.path.clone(), by_id }
    }

    /// Whether there is one page with this id, and no other.
    pub(super) fn has(&self, id: &Id) -> bool {
        self.by_id.get(id).is_some_and(Option::is_some)
    }
}

impl Shown {
    pub(super) fn find(package: &Package<'_>) -> Self {
        let mut reach = package.reachable();
        let entry =
            reach.files.first().map_or_else(|| ROOT_FILE.to_owned(), |root| root.location.path.clone());
        let by_body = contents(package, &reach);
        // What the documents show together is too much to tell apart.
        reach.is_cut_off |= by_body.is_none();
        let by_body = by_body.unwrap_or_else(|| {
            let all = content(&reach);
            package.bodies().iter().map(|_| Arc::clone(&all)).collect()
        });
        let pages = package.bodies().iter().map(|body| {
            let document = reach.documents.get(&body.doc_root.as_ref()?.path)?;
            Some(Pages::of(document))
        });
        let pages = pages.collect();
        Self { by_body, pages, reach, entry, is_seen: true }
    }

    /// Nothing is known of what is shown.
    pub(super) fn unseen() -> Self {
        let (reach, entry) = (Reach::default(), ROOT_FILE.to_owned());
        Self { reach, entry, is_seen: false, by_body: Vec::new(), pages: Vec::new() }
    }

    /// The files that one document of the package shows.
    pub(super) fn of_body(&self, body: usize) -> &BTreeSet<String> {
        self.by_body.get(body).map_or(&NOTHING, |content| content)
    }

    /// The pages of one document of the package, when it can be read.
    pub(super) fn pages_of(&self, body: usize) -> Option<&Pages> {
        self.pages.get(body)?.as_ref()
    }

    /// The sheet of the page with this id, as far as it is known.
    pub(super) fn sheet(&self, pages: &Pages, id: &Id) -> Option<Rect> {
        let document = self.reach.documents.get(&pages.root)?;
        self.reach.sheet(document, document.pages.get((*pages.by_id.get(id)?)?)?)
    }

    /// The file of the page with this id.
    pub(super) fn page_path(&self, pages: &Pages, id: &Id) -> Option<&str> {
        let document = self.reach.documents.get(&pages.root)?;
        Some(document.pages.get((*pages.by_id.get(id)?)?)?.location.path.as_str())
    }

    /// The files reached in roles that `wanted` accepts.
    fn paths(&self, wanted: impl Fn(Role) -> bool) -> BTreeSet<&str> {
        self.reach.paths(wanted)
    }
}

/// Files of the content that are kept altogether, for each that may be followed: documents may share files.
const KEPT_PER_FILE: usize = 4;

/// All content, the entry file left out.
fn content(reach: &Reach) -> Arc<BTreeSet<String>> {
    let content = reach.paths(|role| role.is_content() && role != Role::Root);
    Arc::new(content.into_iter().map(str::to_owned).collect())
}

/// By document: the content that its root, cover and versions lead to, shared or not; all content when there is one
/// document alone. `None` when that is too much.
fn contents(package: &Package<'_>, reach: &Reach) -> Option<Vec<Arc<BTreeSet<String>>>> {
    if package.bodies().len() == 1 {
        return Some(vec![content(reach)]);
    }
    let mut room = package.limits().followed.saturating_mul(KEPT_PER_FILE);
    let of_body = |body: &DocBody| {
        let versions = body.versions.iter().map(|version| &version.location);
        let roots = body.doc_root.iter().chain(&body.cover).chain(versions);
        let found = reach.content_from(roots.map(|root| root.path.as_str()), &mut room)?;
        Some(Arc::new(found.into_iter().map(str::to_owned).collect()))
    };
    package.bodies().iter().map(of_body).collect()
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
    shown: &Shown,
    strays: &Strays,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    let is_covered = |path: &str| covered.contains(path);
    let roots_are_covered = judge_roots(shown, strays, covered, signatures, findings);
    let content = shown.paths(|role| role.is_content() && !matches!(role, Role::Root | Role::Document));
    let naked: Vec<String> =
        content.iter().filter(|path| !is_covered(path)).map(|path| format!("/{path}")).collect();
    if naked.is_empty() {
        findings.add(&rule::COVERAGE_SHOWN, Status::Good);
    } else {
        let detail = Detail::list(naked.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::COVERAGE_SHOWN, Status::Unknown, detail);
    }
    if roots_are_covered {
        judge_entry(shown, strays, is_covered(&shown.entry), signatures, profile, findings);
    }
    judge_lock(covered, signatures, findings);
}

/// An entry file that a signature leaves open, while everything it leads to is covered. With one document root there is
/// nothing to choose; among several, versions or documents, it decides which one is shown, and with which signatures,
/// and that signer did not sign it. That another one covers it later does not help: he may have led it elsewhere.
fn judge_entry(
    shown: &Shown,
    strays: &Strays,
    is_covered: bool,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    let open = signatures.leaving_open(&shown.entry, None);
    if is_covered && open.is_empty() {
        return;
    }
    let roots = shown.paths(|role| role == Role::Document);
    let roots: Vec<String> = roots.into_iter().map(|path| format!("/{path}")).collect();
    let roots =
        [roots, other_roots(&strays.roots, signatures), other_roots(&strays.likely_roots, signatures)];
    let roots = roots.concat();
    let bodies = shown.by_body.len();
    let status = if profile == Profile::Strict { Status::Bad } else { Status::Unknown };
    let chosen = chosen(shown);
    let has_choice = roots.len() > 1 || bodies > 1;
    if !chosen.is_empty() {
        let names = Detail::list(chosen.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::COVERAGE_ENTRY, status, names);
    } else if !has_choice && !is_covered {
        findings.add(&rule::COVERAGE_ENTRY, worth(profile));
    }
    if !has_choice {
        return;
    }
    let names = Detail::list(roots.iter().map(String::as_str), NAMED);
    let open = Detail::list(open.iter().map(String::as_str), NAMED);
    let detail = Detail::new(
        format!("文档 {bodies} 个：{}；未保护入口文件的签名：{}", names.zh, open.zh),
        format!("{bodies} documents: {}; left open by {}", names.en, open.en),
    );
    findings.add_with(&rule::COVERAGE_ENTRY, status, detail);
}

/// What an entry file that is open chooses beside the document: a cover that is a part of the pages or of a signature and may
/// never have been one, and a version that is not there.
fn chosen(shown: &Shown) -> Vec<String> {
    let parts = shown.paths(|role| !matches!(role, Role::Root | Role::Cover));
    let entered = shown.reach.files.iter().filter(|file| match file.role {
        Role::Cover => parts.contains(file.location.path.as_str()),
        Role::Version => !file.location.is_there(),
        _ => false,
    });
    entered.map(|file| file.location.absolute()).collect()
}

/// Signed document roots that the entry file does not lead to. They are told by their content alone: a file may be
/// called as it likes, be as large as it likes, and be named as an attachment or whatever else by the other root.
fn other_roots(strays: &BTreeSet<String>, signatures: &Signatures<'_>) -> Vec<String> {
    let signed: HashSet<&str> = signatures.covered_paths().collect();
    let signed = strays.iter().filter(|path| signed.contains(path.as_str()));
    signed.map(|path| format!("/{path}")).collect()
}

/// Whether the lists of signatures are closed.
pub(super) fn judge_lock(covered: &HashSet<String>, signatures: &Signatures<'_>, findings: &mut Findings) {
    let is_locked = signatures.lists.iter().all(|list| covered.contains(list));
    findings.add(&rule::COVERAGE_LIST, if is_locked { Status::Good } else { Status::Note });
}

/// The document roots; true when all are covered. One that is not covered while a covered one is no longer shown was put in its place.
fn judge_roots(
    shown: &Shown,
    strays: &Strays,
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
    let hidden = other_roots(&strays.roots, signatures);
    let naked: Vec<String> = naked.into_iter().map(|path| format!("/{path}")).collect();
    let (status, names) =
        if hidden.is_empty() { (Status::Unknown, naked) } else { (Status::Bad, [naked, hidden].concat()) };
    findings.add_with(&rule::COVERAGE_ROOT, status, Detail::list(names.iter().map(String::as_str), NAMED));
    false
}

/// Signatures that are not listed, whatever else leads to them; and, in a signed document, other files that nothing
/// leads to.
pub(super) fn judge_beside(
    package: &Package<'_>,
    shown: &Shown,
    strays: &Strays,
    covered: &HashSet<String>,
    is_signed: bool,
    findings: &mut Findings,
) {
    let reached = shown.paths(|_| true);
    let (mut unlisted, mut extra) = (Vec::new(), Vec::new());
    for path in package.files().map(Entry::path) {
        if strays.descriptions.contains(path) {
            unlisted.push(format!("/{path}"));
        } else if is_signed && !covered.contains(path) && !reached.contains(path) {
            extra.push(format!("/{path}"));
        }
    }
    if package.is_read_out() {
        let detail = Detail::new("文件过大，未能全部查看", "there is more in its files than is read");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
    for (rule, names) in [(&rule::SIGNATURES_UNLISTED, unlisted), (&rule::COVERAGE_EXTRA, extra)] {
        if !names.is_empty() {
            findings.add_with(rule, Status::Unknown, Detail::list(names.iter().map(String::as_str), NAMED));
        }
    }
}
