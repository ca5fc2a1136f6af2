//! Hash-only verification (仅提交杂凑值): a document is judged by its signatures' own files and the digests of the files
//! that they cover, without being shown to the verifier.
//!
//! What is handed over is JSON of the form `sealbridge-digests-1`: the lists of signatures, the files of each signature
//! (description, value, seal) with their content, and digests of what they cover. Every step of GB/T 38540 §7.3 is
//! judged as ever. What the document shows was not seen, so the verdict on it is never better than indeterminate, and
//! digests are the word of whoever made them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::DigestAlgorithm;
use formats::ofd::{FileDigest, HashedPackage, OfdError, Package};
use serde::{Deserialize, Serialize};

use super::added::Loose;
use super::coverage::{self, Shown};
use super::gather::Signatures;
use super::judge::Around;
use super::strays::Lists;
use super::{judge, judge_lists, limits, refuse, report, structure};
use crate::catalogue::Scheme;
use crate::checks::Checks;
use crate::finding::Findings;
use crate::handed::{DigestsError, Document, FORM, MAX_LEN};
use crate::options::Options;
use crate::report::{Readability, Report};
use crate::trust::{SealIdentity, Trust};

/// Files and digests together.
const MAX_FILES: usize = 50_000;

/// What is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    form: String,
    document: Document,
    /// Paths of the lists of signatures.
    lists: Vec<String>,
    files: Vec<File>,
    digests: Vec<Digest>,
}

/// A file with its content in Base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    content: String,
}

/// The digest of a file, in Base64 as references write it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    path: String,
    method: String,
    value: String,
}

/// Makes what is handed over of a document: JSON, one line. The document's own content is not in it, but the names of
/// its files are, and everything that its signatures hold.
///
/// # Errors
/// [`DigestsError`].
pub(crate) fn digests_of(bytes: &[u8], options: &Options) -> Result<Vec<u8>, DigestsError> {
    let package = Package::open(bytes, &limits(options))?;
    let mut made = Made::default();
    for body in package.bodies() {
        let Some(list) = package.signatures(body.index)? else { continue };
        if !made.lists.insert(list.path.clone()) {
            continue;
        }
        made.files.insert(list.path.clone(), list.raw.clone());
        let mut seen = BTreeSet::new();
        for entry in list.entries.iter().filter(|entry| seen.insert(entry.location.path.as_str())) {
            made.add(&package, &*package.signature(entry)?)?;
        }
    }
    if made.files.len() == made.lists.len() {
        return Err(DigestsError::Unsigned);
    }
    let Made { lists, files, mut digests } = made;
    digests.retain(|(path, _), _| !files.contains_key(path));
    let handed = Handed {
        form: FORM.to_owned(),
        document: Document::of(bytes),
        lists: lists.into_iter().collect(),
        files: files
            .into_iter()
            .map(|(path, content)| File { path, content: STANDARD.encode(content) })
            .collect(),
        digests: digests
            .into_iter()
            .map(|((path, method), digest)| Digest {
                path,
                method: method.to_owned(),
                value: STANDARD.encode(digest),
            })
            .collect(),
    };
    // What cannot be used is not made: every path must be one that a package may have.
    handed.package()?;
    serde_json::to_vec(&handed).map_err(|error| DigestsError::Form(error.to_string()))
}

/// What is gathered of a document.
#[derive(Default)]
struct Made {
    lists: BTreeSet<String>,
    files: BTreeMap<String, Vec<u8>>,
    digests: BTreeMap<(String, &'static str), Vec<u8>>,
}

impl Made {
    fn add(&mut self, package: &Package<'_>, signature: &formats::ofd::Signature) -> Result<(), OfdError> {
        self.files.insert(signature.path.clone(), signature.raw.clone());
        let info = &signature.signed_info;
        let own = signature.signed_value.iter().chain(info.seal.as_ref().map(|seal| &seal.location));
        for location in own.filter(|location| location.is_there()) {
            self.files.insert(location.path.clone(), package.read(&location.path)?.into_owned());
        }
        let Some(algorithm) = info.references.check_method.kind.algorithm() else { return Ok(()) };
        for location in info.references.items.iter().map(|item| &item.location) {
            if location.is_there() {
                let digest = package.digest(&location.path, algorithm)?;
                self.digests.insert((location.path.clone(), algorithm.name()), digest);
            }
        }
        Ok(())
    }
}

impl Handed {
    fn read(bytes: &[u8]) -> Result<Self, DigestsError> {
        if bytes.len() > MAX_LEN {
            return Err(DigestsError::TooLarge);
        }
        let handed: Self =
            serde_json::from_slice(bytes).map_err(|error| DigestsError::Form(error.to_string()))?;
        if handed.form != FORM {
            return Err(DigestsError::Form("form".to_owned()));
        }
        let count =
            handed.lists.len().saturating_add(handed.files.len()).saturating_add(handed.digests.len());
        if count > MAX_FILES { Err(DigestsError::TooLarge) } else { Ok(handed) }
    }

    fn package(&self) -> Result<HashedPackage, DigestsError> {
        let malformed = |what: &str, path: &str| DigestsError::Form(format!("{what} of {path}"));
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let content = STANDARD.decode(&file.content);
            files.push((file.path.clone(), content.map_err(|_| malformed("content", &file.path))?));
        }
        let mut digests = Vec::with_capacity(self.digests.len());
        let mut seen = BTreeSet::new();
        for digest in &self.digests {
            let algorithm = algorithm(&digest.method).ok_or_else(|| malformed("method", &digest.path))?;
            let value = STANDARD.decode(&digest.value).ok().filter(|value| value.len() == algorithm.len());
            let value = value.ok_or_else(|| malformed("value", &digest.path))?;
            if !seen.insert((&digest.path, algorithm.name())) {
                return Err(malformed("a second value", &digest.path));
            }
            digests.push(FileDigest { path: digest.path.clone(), algorithm, digest: value });
        }
        Ok(HashedPackage::new(self.lists.clone(), &files, digests)?)
    }
}

fn algorithm(name: &str) -> Option<DigestAlgorithm> {
    use DigestAlgorithm as A;
    [A::Sm3, A::Sha256, A::Sha1, A::Md5].into_iter().find(|algorithm| algorithm.name() == name)
}

/// Judges what was handed over.
pub(crate) fn verify(bytes: &[u8], trust: &Trust, options: &Options) -> Report {
    let findings = Findings::new(Scheme::Gbt38540);
    let handed = match Handed::read(bytes).and_then(|handed| Ok((handed.package()?, handed.document))) {
        Ok(handed) => handed,
        Err(error) => return unusable(&error, bytes, trust, options, findings),
    };
    let (hashed, document) = handed;
    match hashed.open(&limits(options)) {
        Ok(package) => judge_package(&package, &document, bytes, trust, options, findings),
        Err(error) => refuse(&error, bytes, trust, options, findings),
    }
}

fn judge_package(
    package: &Package<'_>,
    document: &Document,
    bytes: &[u8],
    trust: &Trust,
    options: &Options,
    mut findings: Findings,
) -> Report {
    document.judge(&mut findings);
    let mut checks = Checks::default();
    let mut signatures = Signatures::gather(package, options.limits.signatures, trust, &mut checks);
    let covered = signatures.digest_covered(package, &mut checks);
    let outcomes = checks.run();
    signatures.check_references(package, &covered, &outcomes);
    let shown = Shown::unseen();
    let around = Around { shown: &shown, lists: &Lists::default(), loose: &Loose::default() };
    let reports = judge::signatures(&signatures, &around, trust, options, &outcomes);
    judge_lists(&signatures, options.profile, &mut findings);
    let covered = coverage::covered(&reports);
    structure::judge(&shown, &covered, &signatures, options.profile, &mut findings);
    if !signatures.list.is_empty() {
        coverage::judge_lock(&covered, &signatures, &mut findings);
    }
    report(bytes, trust, options, findings, reports)
}

fn unusable(
    error: &DigestsError,
    bytes: &[u8],
    trust: &Trust,
    options: &Options,
    mut findings: Findings,
) -> Report {
    error.judge(&mut findings);
    let mut report = report(bytes, trust, options, findings, Vec::new());
    report.readability = Readability::Damaged;
    report
}

/// The seals in what was handed over.
pub(crate) fn seals_in(bytes: &[u8], options: &Options) -> Vec<SealIdentity> {
    let Ok(hashed) = Handed::read(bytes).and_then(|handed| handed.package()) else { return Vec::new() };
    let opened = hashed.open(&limits(options));
    opened.map_or_else(|_| Vec::new(), |package| super::seals_of(&package, options))
}
