//! An opened package.

use super::budget::Budget;
use super::digests::Digests;
use super::document::{self, Document};
use super::error::OfdError;
use super::fact::{Fact, Facts};
use super::hashed::FileDigest;
use super::limits::Limits;
use super::loc::{self, Location};
use super::page::{self, PageInfo};
use super::reach::{self, Reach};
use super::reference::{self, ReferenceCheck};
use super::root::{self, DocBody, Root};
use super::signature::{self, Signature};
use super::signatures::{self, SignatureEntry, SignatureList};
use super::text::{self, FoundText};
use super::words;
use crate::xml;
use crate::zip::{Archive, Entry};
use crypto::DigestAlgorithm;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a file that tell whether it may be XML.
const SNIFFED: usize = 1024;

/// An OFD package over borrowed bytes.
#[derive(Debug, Clone)]
pub struct Package<'a> {
    archive: Archive<'a>,
    limits: Limits,
    root: Root,
    /// Positions of the entries that are there by their digests alone.
    absent: HashSet<usize>,
    work: Arc<Work>,
}

/// What reading a package has cost so far, and digests that are known.
#[derive(Debug, Default)]
struct Work {
    read_bytes: AtomicU64,
    budget: Budget,
    digests: Digests,
    /// Signatures that were read, by path: many entries of a list may name the same file.
    signatures: Mutex<HashMap<String, Result<Arc<Signature>, OfdError>>>,
    lists: Mutex<Lists>,
    /// Bytes that their references and stamps take.
    reference_bytes: AtomicUsize,
}

/// Lists of signatures that were read, or why they could not be, by path: every document may name the same one.
#[derive(Debug, Default)]
struct Lists {
    read: HashMap<String, Result<Arc<SignatureList>, OfdError>>,
    /// Bytes of their files.
    bytes: u64,
}

impl<'a> Package<'a> {
    /// Opens the archive and reads `OFD.xml`; nothing else is read yet.
    ///
    /// # Errors
    /// [`OfdError`] when this is no archive, has no readable `OFD.xml`, or exceeds a limit.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, OfdError> {
        let archive = Archive::open(bytes, &limits.zip)?;
        let mut package = Self::over(archive, limits);
        package.root = root::read(&package)?;
        Ok(package)
    }

    /// Opens what stands for a package of which little is at hand.
    pub(super) fn open_hashed(
        bytes: &'a [u8],
        lists: &[String],
        digests: &[FileDigest],
        limits: &Limits,
    ) -> Result<Self, OfdError> {
        let mut package = Self::over(Archive::open(bytes, &limits.zip)?, limits);
        for FileDigest { path, algorithm, digest } in digests {
            let index = package.entry(path)?.index();
            package.absent.insert(index);
            package.work.digests.put(index, *algorithm, digest.clone());
        }
        if lists.len() > limits.bodies {
            return Err(OfdError::TooMany { file: String::new(), what: "lists", limit: limits.bodies });
        }
        let mut root = Root::default();
        let mut facts = Facts::default();
        for (index, list) in lists.iter().enumerate() {
            let location = package.locate("", list, &mut facts);
            root.bodies.push(DocBody::of_list(index, location));
        }
        root.facts = package.keep_facts(facts);
        package.root = root;
        Ok(package)
    }

    fn over(archive: Archive<'a>, limits: &Limits) -> Self {
        let limits = limits.clone();
        Self { archive, limits, root: Root::default(), absent: HashSet::new(), work: Arc::default() }
    }

    /// The archive, with its own facts.
    pub fn archive(&self) -> &Archive<'a> {
        &self.archive
    }

    /// The limits it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What is unusual about `OFD.xml`. The archive and the other files have their own facts.
    pub fn facts(&self) -> &[Fact] {
        &self.root.facts
    }

    /// The version of the format, as `OFD.xml` states it (`1.0`, `1.1`).
    pub fn version(&self) -> Option<&str> {
        self.root.version.as_deref()
    }

    /// The kind of document, as `OFD.xml` states it (`OFD`, or `OFD-A` for archives).
    pub fn doc_type(&self) -> Option<&str> {
        self.root.doc_type.as_deref()
    }

    /// The documents of the package; at least one.
    pub fn bodies(&self) -> &[DocBody] {
        &self.root.bodies
    }

    /// The entries that are files, in the order of the directory.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.archive.entries().iter().filter(|entry| !entry.is_dir())
    }

    /// The content of the file at `path` (without leading slash, case matters).
    ///
    /// # Errors
    /// [`OfdError::MissingFile`], [`OfdError::TooMuchRead`], or why the entry cannot be read.
    pub fn read(&self, path: &str) -> Result<Cow<'a, [u8]>, OfdError> {
        let entry = self.entry(path)?;
        if self.absent.contains(&entry.index()) {
            return Err(OfdError::NotAtHand { file: path.to_owned() });
        }
        let limit = self.limits.read_bytes;
        let before = self.work.read_bytes.fetch_add(entry.size(), Ordering::Relaxed);
        if before.saturating_add(entry.size()) > limit {
            return Err(OfdError::TooMuchRead { limit });
        }
        Ok(self.archive.read(entry)?)
    }

    /// Whether more was asked for than is read, digested or told of one package ([`Limits`]): nothing is known of the
    /// rest.
    pub fn is_read_out(&self) -> bool {
        self.work.read_bytes.load(Ordering::Relaxed) > self.limits.read_bytes || self.work.budget.is_spent()
    }

    /// What the file at `path` looks like to readers of XML of every kind, whatever it is called and however large it is.
    /// Behind an outermost element that `is_settled` accepts, by its name and its namespace, nothing is looked at.
    pub fn look(&self, path: &str, is_settled: impl Fn(&str, Option<&str>) -> bool) -> xml::Look {
        let entry = self.entry(path).ok().filter(|entry| !self.absent.contains(&entry.index()));
        if !entry.is_some_and(|entry| xml::begins(&self.archive.head(entry, SNIFFED))) {
            return xml::Look::Other;
        }
        let content = self.read(path).and_then(|content| self.take_xml(&content).map(|()| content));
        content.map_or(xml::Look::Other, |content| xml::look(&content, is_settled))
    }

    /// The digest of the file at `path`, in little memory however large it is. It is computed once.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn digest(&self, path: &str, algorithm: DigestAlgorithm) -> Result<Vec<u8>, OfdError> {
        let entry = self.entry(path)?;
        if self.absent.contains(&entry.index()) {
            let known = self.work.digests.known(entry.index(), algorithm);
            return known.ok_or_else(|| OfdError::NotAtHand { file: path.to_owned() });
        }
        if !self.work.budget.may_digest(entry, algorithm, &self.limits) {
            return Err(OfdError::TooMuchRead { limit: self.limits.digested_bytes });
        }
        Ok(self.work.digests.one(&self.archive, entry, algorithm)?)
    }

    /// Computes digests that will be asked for, where several take less time together than one by one (SM3); the
    /// others are computed by [`Self::digest`]. It holds a few megabytes at most.
    pub(super) fn prepare_digests<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
        algorithm: DigestAlgorithm,
    ) {
        if algorithm == DigestAlgorithm::Sm3 {
            let entries = paths.filter_map(|path| self.entry(path).ok());
            let entries = entries.filter(|entry| {
                let is_absent = self.absent.contains(&entry.index());
                !is_absent && self.work.budget.may_digest(entry, algorithm, &self.limits)
            });
            self.work.digests.prepare_sm3(&self.archive, entries);
        }
    }

    pub(super) fn entry(&self, path: &str) -> Result<&Entry, OfdError> {
        self.archive
            .find(path)
            .filter(|entry| !entry.is_dir())
            .ok_or_else(|| OfdError::MissingFile { file: path.to_owned() })
    }

    /// What was spent on it so far.
    pub(super) fn budget(&self) -> &Budget {
        &self.work.budget
    }

    /// Takes what reading these bytes as XML costs.
    pub(super) fn take_xml(&self, bytes: &[u8]) -> Result<(), OfdError> {
        self.work.budget.take_xml(bytes, self.archive.bytes().len(), &self.limits)
    }

    /// The facts of a file, as far as there is room for them ([`Limits::fact_bytes`]).
    pub(super) fn keep_facts(&self, facts: Facts) -> Vec<Fact> {
        self.work.budget.keep_facts(facts, &self.limits)
    }

    /// Where a path written in `file` leads, and what is unusual about it.
    pub fn locate(&self, file: &str, written: &str, facts: &mut Facts) -> Location {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        loc::locate(&self.archive, file, folder, written, facts)
    }

    /// The document with this position in [`Self::bodies`].
    ///
    /// # Errors
    /// [`OfdError`] when there is no such document or its root file cannot be read.
    pub fn document(&self, body: usize) -> Result<Document, OfdError> {
        document::read(self, self.body(body)?)
    }

    /// Where the page's edges are and which templates it uses (§7.7).
    ///
    /// # Errors
    /// [`OfdError`] when there is no such page or its file cannot be read.
    pub fn page(&self, document: &Document, index: usize) -> Result<PageInfo, OfdError> {
        page::read(self, document, index)
    }

    /// Where a text stands on the pages of a document, in their order; nowhere for a text of more than 100
    /// characters. White space is not compared, and a text is not found across lines.
    ///
    /// # Errors
    /// [`OfdError`] when a page cannot be read.
    pub fn find_text(&self, document: &Document, text: &str) -> Result<Vec<FoundText>, OfdError> {
        text::find(self, document, text)
    }

    /// The texts of a file in their order: those of `TextCode` where it is a page or the annotations of one, else those of all
    /// elements.
    ///
    /// # Errors
    /// [`OfdError`] when it cannot be read as XML.
    pub fn words(&self, path: &str) -> Result<Vec<String>, OfdError> {
        words::read(self, path)
    }

    /// The list of signatures of a document (§18.1); `None` when it names none. A list is read once, however often it is
    /// asked for, whatever comes of it.
    ///
    /// # Errors
    /// [`OfdError`] when `OFD.xml` names a list that is not there or cannot be read, and [`OfdError::TooMany`] when the
    /// lists together are longer than [`Limits::list_bytes`].
    pub fn signatures(&self, body: usize) -> Result<Option<Arc<SignatureList>>, OfdError> {
        let location = self.body(body)?.signatures.as_ref();
        location.map(|location| self.signatures_at(&location.path)).transpose()
    }

    /// The list of signatures in the file at `path`, whether or not a document names it; read once, as above.
    ///
    /// # Errors
    /// As [`Self::signatures`].
    pub fn signatures_at(&self, path: &str) -> Result<Arc<SignatureList>, OfdError> {
        let mut lists = self.work.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = lists.read.get(path) {
            return read.clone();
        }
        let (limit, size) = (self.limits.list_bytes, self.entry(path).map_or(0, Entry::size));
        let read = if lists.bytes.saturating_add(size) > limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            Err(OfdError::TooMany { file: path.to_owned(), what: "bytes of lists", limit })
        } else {
            lists.bytes += size;
            signatures::read(self, path).map(Arc::new)
        };
        lists.read.insert(path.to_owned(), read.clone());
        read
    }

    /// One signature (§18.2).
    ///
    /// # Errors
    /// [`OfdError`] when its file is not there or cannot be read.
    pub fn signature(&self, entry: &SignatureEntry) -> Result<Arc<Signature>, OfdError> {
        self.signature_at(&entry.location.path)
    }

    /// The signature in the file at `path`, which is read once.
    pub(super) fn signature_at(&self, path: &str) -> Result<Arc<Signature>, OfdError> {
        let known = || self.work.signatures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = known().get(path) {
            return read.clone();
        }
        let read = signature::read(self, path).map(Arc::new);
        known().insert(path.to_owned(), read.clone());
        read
    }

    /// Takes so many bytes of what the references and stamps of all signatures may take together.
    pub(super) fn take_room(&self, file: &str, bytes: usize) -> Result<(), OfdError> {
        let limit = self.limits.reference_bytes;
        let before = self.work.reference_bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > limit {
            return Err(OfdError::TooMany { file: file.to_owned(), what: "bytes of references", limit });
        }
        Ok(())
    }

    /// Compares every reference of a signature with the file as stored.
    pub fn check_references(&self, signature: &Signature) -> Vec<ReferenceCheck> {
        reference::check(self, &signature.signed_info.references)
    }

    /// The files that a signature covers with SM3 and whose digests are not known yet, with their contents, as far as
    /// these fit into `room` bytes, which shrinks: who digests other things as well digests them together
    /// ([`Self::learn`]). What does not fit, or cannot be read, [`Self::check_references`] sees to.
    pub fn undigested(&self, signature: &Signature, room: &mut u64) -> Vec<(String, Cow<'a, [u8]>)> {
        let references = &signature.signed_info.references;
        if references.check_method.kind.algorithm() != Some(DigestAlgorithm::Sm3) {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for item in references.items.iter().filter(|item| item.location.is_there() && item.digest.is_some()) {
            let path = &item.location.path;
            let Ok(entry) = self.entry(path) else { continue };
            let is_known = self.work.digests.known(entry.index(), DigestAlgorithm::Sm3).is_some();
            if is_known || entry.size() > *room || !seen.insert(entry.index()) {
                continue;
            }
            let may_digest = || self.work.budget.may_digest(entry, DigestAlgorithm::Sm3, &self.limits);
            if self.absent.contains(&entry.index()) || !may_digest() {
                continue;
            }
            if let Ok(content) = self.archive.read(entry) {
                *room -= entry.size();
                found.push((path.clone(), content));
            }
        }
        found
    }

    /// Takes the SM3 of a file of this package, computed over what [`Self::undigested`] gave.
    pub fn learn(&self, path: &str, digest: [u8; 32]) {
        if let Ok(entry) = self.entry(path) {
            self.work.digests.put(entry.index(), DigestAlgorithm::Sm3, digest.to_vec());
        }
    }

    /// Every file that a reader shows or follows from `OFD.xml`.
    pub fn reachable(&self) -> Reach {
        reach::walk(self)
    }

    pub(super) fn body(&self, index: usize) -> Result<&DocBody, OfdError> {
        self.root.bodies.get(index).ok_or(OfdError::NoSuch { what: "document", index })
    }
}
