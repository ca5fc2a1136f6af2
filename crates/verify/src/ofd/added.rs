//! Files that nothing leads to and that somebody added after a signature, and files that programs look for by their names.
//!
//! What nothing leads to is not shown, and who signs may leave notes of his own in the package. But a reader that knows of
//! encryption (GM/T 0099) opens `Encryptions.xml` beside the entry file, whatever leads there, and shows what it decrypts in
//! the place of what was signed; a program for another format of archives opens the package by the file that it knows. A
//! file of OFD that nothing leads to, or one with the name of a file of the content in another folder, is there for a reader
//! that takes a path otherwise.

use std::collections::{BTreeSet, HashSet};

use formats::ofd::{Outcome, Package, Role};
use formats::zip::Entry;

use super::coverage::Shown;
use super::gather::{Gathered, Signatures};
use super::seen::tell;
use super::strays::Strays;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::report::SignatureReport;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;

/// In lower case: the entry to encryption and the list of integrity protection (GM/T 0099), and how other formats of
/// archives begin: OPC (Office), ODF and EPUB, Android. What Java and several others begin with is in a folder.
const BY_NAME: [&str; 5] =
    ["encryptions.xml", "ofdentries.xml", "[content_types].xml", "mimetype", "androidmanifest.xml"];
const BY_FOLDER: [&str; 2] = ["meta-inf/", "_rels/"];

/// Files that are told although nothing leads to them.
#[derive(Debug, Default)]
pub(super) struct Loose {
    /// Nothing leads there.
    all: BTreeSet<String>,
    /// Programs look for them by name, or nothing leads there and they are files of OFD or have a name of the content.
    special: BTreeSet<String>,
    /// The former of these.
    by_name: BTreeSet<String>,
}

impl Loose {
    pub(super) fn find(
        package: &Package<'_>,
        shown: &Shown,
        strays: &Strays,
        signatures: &Signatures<'_>,
    ) -> Self {
        let mut reached = shown.reach.paths(|role| role != Role::Seal);
        // A seal's file is one where it is compared with the seal in a value, or judged as a seal itself.
        let is_seal = |gathered: &&Gathered<'_>| {
            gathered.value.holds_seal() || gathered.beside.as_deref().is_some_and(Result::is_ok)
        };
        let compared = signatures.list.iter().filter(is_seal);
        reached.extend(compared.filter_map(seal_path));
        let content = shown.reach.files.iter().filter(|file| file.role.is_content());
        let of_content: HashSet<String> =
            content.map(|file| last(&file.location.path).to_lowercase()).collect();
        let own = signatures.list.iter().map(|gathered| folder(&gathered.entry.location.path));
        let own: HashSet<&str> = own.collect();
        let mut found = Self::default();
        for path in package.files().map(Entry::path) {
            let is_loose = !reached.contains(path);
            let is_by_name = is_by_name(path);
            if is_loose {
                found.all.insert(path.to_owned());
            }
            if is_by_name {
                found.by_name.insert(path.to_owned());
            }
            // Who signs keeps pictures of his own in the folder of his signature.
            let looks_like = || {
                strays.of_ofd.contains(path)
                    || (!own.contains(folder(path)) && of_content.contains(&last(path).to_lowercase()))
            };
            if is_by_name || (is_loose && looks_like()) {
                found.special.insert(path.to_owned());
            }
        }
        found
    }
}

/// The name of a file in its folder, and the folder.
fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn seal_path<'s>(gathered: &'s Gathered<'_>) -> Option<&'s str> {
    let seal = gathered.description.as_ref().ok()?.signature.signed_info.seal.as_ref()?;
    Some(seal.location.path.as_str())
}

fn is_by_name(path: &str) -> bool {
    let path = path.to_lowercase();
    BY_NAME.contains(&path.trim_end_matches(['.', ' ']))
        || BY_FOLDER.iter().any(|folder| path.starts_with(folder))
}

/// Tells each signature's files that were added after it.
pub(super) fn judge(signatures: &Signatures<'_>, loose: &Loose, reports: &mut [SignatureReport]) {
    if loose.all.is_empty() && loose.by_name.is_empty() {
        return;
    }
    for (gathered, report) in signatures.list.iter().zip(reports) {
        let Ok(description) = &gathered.description else { continue };
        let listed: HashSet<&str> = description.references.iter().map(|check| check.path.as_str()).collect();
        let (status, added) = match missing(&loose.special, &listed) {
            special if special.is_empty() => (Status::Note, missing(&loose.all, &listed)),
            special => (Status::Unknown, special),
        };
        if !added.is_empty() {
            tell(gathered, report, &rule::ADDED_FILES, status, names(added));
        }
    }
}

/// The same for the document as a whole: what is covered by every signature is told where programs look for its name.
pub(super) fn judge_document(signatures: &Signatures<'_>, loose: &Loose, findings: &mut Findings) {
    let mut added = [BTreeSet::new(), BTreeSet::new()];
    for gathered in &signatures.list {
        let Ok(description) = &gathered.description else { continue };
        let unchanged = description.references.iter().filter(|check| check.outcome == Outcome::Match);
        let listed: HashSet<&str> = unchanged.map(|check| check.path.as_str()).collect();
        for (added, files) in added.iter_mut().zip([&loose.all, &loose.special]) {
            added.extend(missing(files, &listed));
        }
    }
    let [all, special] = added;
    let (status, told) = if special.is_empty() {
        (Status::Note, all.into_iter().chain(loose.by_name.iter().map(String::as_str)).collect())
    } else {
        (Status::Unknown, special)
    };
    let told: BTreeSet<&str> = told;
    if !told.is_empty() {
        findings.add_with(&rule::COVERAGE_ADDED, status, names(told.into_iter().take(NAMED + 1).collect()));
    }
}

/// The first of these files that are not listed.
fn missing<'f>(files: &'f BTreeSet<String>, listed: &HashSet<&str>) -> Vec<&'f str> {
    // Counted from what is listed, so that a thousand signatures over a large package are no thousand times its size.
    let count = files.len() - listed.iter().filter(|path| files.contains(**path)).count();
    let missing = files.iter().filter(|path| !listed.contains(path.as_str()));
    missing.take(count.min(NAMED + 1)).map(String::as_str).collect()
}

fn names(paths: Vec<&str>) -> Detail {
    let names: Vec<String> = paths.into_iter().map(|path| format!("/{}", printable(path))).collect();
    Detail::list(names.iter().map(String::as_str), NAMED)
}

#[cfg(test)]
mod tests {
    use super::is_by_name;

    #[test]
    fn names_that_programs_look_for() {
        for path in
            ["Encryptions.xml", "ENCRYPTIONS.XML", "OFDEntries.xml", "META-INF/MANIFEST.MF", "mimetype"]
        {
            assert!(is_by_name(path), "{path}");
        }
        for path in ["OFD.xml", "Doc_0/Encryptions.xml", "Doc_0/META-INF/a", "Encryptions.xml/a", "metainf"] {
            assert!(!is_by_name(path), "{path}");
        }
    }
}
