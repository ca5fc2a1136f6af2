//! Files that are told by their content, whatever they are called and whatever leads to them: document roots,
//! descriptions of signatures and lists of signatures that the package holds and does not use as such.
//!
//! Who may change the entry file may name any file of the package as a cover, a version or a document's picture. So
//! what a file is to those that lead to it says nothing of what it is.
//!
//! Others call their outermost elements `Document` (ISO 20022) and `Signature` (XMLDSig) as well. In a namespace of their own
//! they are no files of OFD, unless they name pages or signatures as those do: there are readers that go by names alone.

use std::collections::{BTreeSet, HashMap, HashSet};

use formats::ofd::{Fact, Package, ROOT_INSIDE, Reach, Role};
use formats::xml::Look;
use formats::zip::Entry;

use super::gather::{Gathered, Signatures};

/// Lists that are not in use and that are read; of more than that nothing is known.
const MOST_LISTS: usize = 16;

/// Outermost elements that tell what a file is, whatever is in it.
const TELLING: [&str; 3] = ["Document", "Signature", "Signatures"];

/// In lower case: outermost elements of other files of OFD, for readers that do not look at namespaces.
const OF_OFD: [&str; 15] = [
    "annotations",
    "attachments",
    "customtags",
    "docversion",
    "encryptions",
    "encryptinfo",
    "extensions",
    "ofd",
    "ofdentries",
    "page",
    "pageannot",
    "res",
    "signatureinfo",
    "versions",
    "wmdescription",
];

/// What the package holds and does not use.
#[derive(Debug, Default)]
pub(super) struct Strays {
    /// Document roots.
    pub(super) roots: BTreeSet<String>,
    /// Files that are document roots to readers which do not look at the name of the outermost element, or which read what
    /// is not read here.
    pub(super) likely_roots: BTreeSet<String>,
    /// Descriptions of signatures.
    pub(super) descriptions: BTreeSet<String>,
    /// Lists of signatures.
    pub(super) lists: BTreeSet<String>,
    /// All of these, and every other file of OFD that no document uses.
    pub(super) of_ofd: BTreeSet<String>,
}

impl Strays {
    /// Looks at every file that was not read as what it is when everything was followed.
    pub(super) fn find(package: &Package<'_>, reach: &Reach) -> Self {
        let unread: HashSet<&str> = reach.problems.iter().map(|(path, _)| path.as_str()).collect();
        let known = reach.paths(is_read);
        // The entry file may be anybody's.
        let used = reach.paths(|role| role.is_content() && !is_of_entry(role));
        let mut found = Self::default();
        let inside = |fact: &&Fact| matches!(fact, Fact::Letter { code: ROOT_INSIDE, .. });
        found.likely_roots.extend(reach.facts.iter().filter(inside).map(|fact| fact.file().to_owned()));
        for path in package.files().map(Entry::path) {
            if known.contains(path) && !unread.contains(path) {
                continue;
            }
            found.sort(path, package.look(path, is_telling), used.contains(path));
        }
        // One that is listed and cannot be read has findings of its own, and so has a list.
        let listed = reach.paths(|role| role == Role::Signature);
        found.descriptions.retain(|path| !listed.contains(path.as_str()));
        let used = reach.paths(|role| role == Role::Signatures);
        found.lists.retain(|path| !used.contains(path.as_str()));
        let roots = reach.paths(|role| role == Role::Document);
        found.roots.retain(|path| !roots.contains(path.as_str()));
        found.likely_roots.retain(|path| !roots.contains(path.as_str()));
        found
    }

    /// Puts a file where it belongs by its content.
    fn sort(&mut self, path: &str, look: Look, is_used: bool) {
        let (mut is_of_ofd, mut names_of_ofd) = (true, false);
        let group = match look {
            Look::Xml { root, namespace, names_pages, names_signatures } => {
                is_of_ofd = namespace.as_deref().is_some_and(formats::ofd::is_of_ofd);
                let may_be = is_of_ofd || namespace.is_none();
                names_of_ofd = namespace.is_none() && OF_OFD.contains(&root.to_lowercase().as_str());
                match root.as_str() {
                    "Document" if is_of_ofd || names_pages => Some(&mut self.roots),
                    "Signature" if may_be => Some(&mut self.descriptions),
                    "Signatures" if may_be || names_signatures => Some(&mut self.lists),
                    _ if names_pages => Some(&mut self.likely_roots),
                    _ => None,
                }
            }
            // What is attached, or a picture, may be anything.
            Look::Unreadable { names_pages } if names_pages || !is_used => Some(&mut self.likely_roots),
            Look::Other | Look::Unreadable { .. } => return,
        };
        if is_of_ofd || names_of_ofd || group.is_some() {
            self.of_ofd.insert(path.to_owned());
        }
        if let Some(group) = group {
            group.insert(path.to_owned());
        }
    }
}

/// Whether an outermost element tells what a file is, whatever is in it. Where no namespace is declared there are readers
/// that take it for one of OFD.
fn is_telling(name: &str, namespace: Option<&str>) -> bool {
    match namespace {
        Some(namespace) => TELLING.contains(&name) && formats::ofd::is_of_ofd(namespace),
        None => TELLING.contains(&name) && name != "Document",
    }
}

/// Roles that the entry file gives.
fn is_of_entry(role: Role) -> bool {
    matches!(role, Role::Root | Role::Cover | Role::Document | Role::Version)
}

/// Whether a file in this role is read, and its outermost element must be the one of the role.
fn is_read(role: Role) -> bool {
    matches!(
        role,
        Role::Root
            | Role::Document
            | Role::Version
            | Role::Page
            | Role::Template
            | Role::Resource
            | Role::Annotations
            | Role::Attachments
            | Role::CustomTags
            | Role::Extensions
            | Role::Signatures
            | Role::Signature
    )
}

/// Lists of signatures and the descriptions that each names.
#[derive(Debug, Default)]
pub(super) struct Lists {
    by_path: HashMap<String, List>,
}

#[derive(Debug, Default)]
struct List {
    is_used: bool,
    names: HashSet<String>,
}

/// A list that a signature covers, and that is not the one it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherList {
    /// It names the signature: it was the list in use when that was made.
    Own,
    /// No document uses it.
    Unused,
}

impl Lists {
    /// The lists in use, and those that signatures cover though no document uses them.
    pub(super) fn find(package: &Package<'_>, strays: &Strays, signatures: &Signatures<'_>) -> Self {
        let mut by_path: HashMap<String, List> = HashMap::new();
        for path in &signatures.lists {
            by_path.insert(path.clone(), List { is_used: true, names: HashSet::new() });
        }
        for Gathered { list_path, entry, .. } in &signatures.list {
            by_path.entry(list_path.clone()).or_default().names.insert(entry.location.path.clone());
        }
        let covered: HashSet<&str> = signatures.covered_paths().collect();
        let covered = strays.lists.iter().filter(|path| covered.contains(path.as_str()));
        for (index, path) in covered.enumerate() {
            let list = if index < MOST_LISTS { package.signatures_at(path).ok() } else { None };
            let entries = list.iter().flat_map(|list| &list.entries);
            let names = entries.map(|entry| entry.location.path.clone()).collect();
            by_path.insert(path.clone(), List { is_used: false, names });
        }
        Self { by_path }
    }

    /// What a file that a signature covers is to the signature, when it is a list and not the one it stands in.
    pub(super) fn other(&self, path: &str, gathered: &Gathered<'_>) -> Option<OtherList> {
        let list = self.by_path.get(path).filter(|_| path != gathered.list_path)?;
        if list.names.contains(&gathered.entry.location.path) {
            Some(OtherList::Own)
        } else {
            (!list.is_used).then_some(OtherList::Unused)
        }
    }
}
