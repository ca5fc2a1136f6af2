//! Files that nothing leads to and that somebody added after a signature, and files that programs look for by their names.
//!
//! What nothing leads to is not shown, and who signs may leave notes of his own in the package. But a reader that knows of
//! encryption (GM/T 0099) opens `Encryptions.xml` beside the entry file, whatever leads there, and shows what it decrypts in
//! the place of what was signed; a program for another format of archives opens the package by the file that it knows. A
//! file of OFD that nothing leads to, or one with the name of a file of the content in another folder, is there for a reader
//! that takes a path otherwise. And a program or a document, or what stands at the root of the package, is there for somebody
//! who unpacks it.

use std::collections::{BTreeSet, HashSet};

use formats::ofd::{Outcome, Package, Role};

use super::coverage::Shown;
use super::foreign;
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
        let content: Vec<&str> = content.map(|file| file.location.path.as_str()).collect();
        let of_content: HashSet<String> = content.iter().map(|path| last(path).to_lowercase()).collect();
        let folders = Folders::of(&content, &shown.reach.paths(|role| role == Role::Document));
        let own = signatures.list.iter().map(|gathered| folder(&gathered.entry.location.path));
        let own: HashSet<&str> = own.filter(|own| folders.leave(own)).collect();
        let mut found = Self::default();
        for entry in package.files() {
            let path = entry.path();
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
                    || (!own.contains(folder(path))
                        && (of_content.contains(&last(path).to_lowercase())
                            || folders.stands_outside(path)
                            || foreign::is_for_somebody_else(
                                path,
                                &package.archive().head(entry, foreign::HEAD),
                            )))
            };
            if is_by_name || (is_loose && looks_like()) {
                found.special.insert(path.to_owned());
            }
        }
        found
    }
}

/// The folders of the content, in lower case.
struct Folders {
    /// Those of its files.
    direct: HashSet<String>,
    /// These, and all that they are in.
    above: HashSet<String>,
    /// Those of documents' roots.
    of_roots: HashSet<String>,
    /// The names of those of its files.
    names: HashSet<String>,
    /// The first parts of their paths.
    tops: HashSet<String>,
}

impl Folders {
    fn of(content: &[&str], roots: &BTreeSet<&str>) -> Self {
        let direct: HashSet<String> = content.iter().map(|path| folder(path).to_lowercase()).collect();
        let above = direct.iter().flat_map(|path| lineage(path)).map(str::to_owned).collect();
        let names = direct.iter().map(|path| last(path).to_owned()).collect();
        let tops = direct.iter().map(|path| top(path).to_owned()).collect();
        Self {
            above,
            names,
            tops,
            direct,
            of_roots: roots.iter().map(|path| folder(path).to_lowercase()).collect(),
        }
    }

    /// Whether a signature may have this folder for itself: nothing of the content lies in it, below it or, but for documents'
    /// roots and what lies at the root of the package, beside the way to it, and no path of the content ends in its name, so
    /// that no reader looks there for a file of the content.
    fn leave(&self, own: &str) -> bool {
        let own = own.to_lowercase();
        let is_clear =
            |above: &str| above.is_empty() || self.of_roots.contains(above) || !self.direct.contains(above);
        !own.is_empty()
            && !self.above.contains(&own)
            && !self.names.contains(last(&own))
            && lineage(folder(&own)).all(is_clear)
    }

    /// Whether a file stands where no document is: at the root of the package, or in a folder there.
    fn stands_outside(&self, path: &str) -> bool {
        !path.contains('/') || !self.tops.contains(top(&path.to_lowercase()))
    }
}

/// A folder, and each that it is in.
fn lineage(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| (!path.is_empty()).then(|| folder(path)))
}

fn top(path: &str) -> &str {
    path.split_once('/').map_or(path, |(top, _)| top)
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
    use super::{Folders, is_by_name};

    #[test]
    fn a_folder_is_a_signatures_own_when_no_reader_looks_there_for_content() {
        let content = [
            "Doc_0/Document.xml",
            "Doc_0/Pages/Page_0/Content.xml",
            "Doc_0/Res/image_1.png",
            "Doc_0/Annots/Page_0/Annotation.xml",
        ];
        let folders = Folders::of(&content, &["Doc_0/Document.xml"].into());
        for own in ["Doc_0/Signs/Sign_0", "Signs", "Doc_0/Signatures"] {
            assert!(folders.leave(own), "{own}");
        }
        for other in [
            "",
            "Doc_0",
            "doc_0/pages",
            "Doc_0/Pages/Page_0",
            "Doc_0/Pages/Page_0/Res",
            "Res",
            "Signs/res",
            "Doc_0/Res/a",
        ] {
            assert!(!folders.leave(other), "{other}");
        }
        for outside in ["a.pdf", "Payload/a.app/Info.plist", "Res/image_1.png"] {
            assert!(folders.stands_outside(outside), "{outside}");
        }
        assert!(!folders.stands_outside("Doc_0/notes.txt") && !folders.stands_outside("DOC_0/a/b"));
    }

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
