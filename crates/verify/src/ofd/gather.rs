//! The signatures of an OFD package and what is known of each before any signature was verified.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use formats::asn1::DeviationKind;
use formats::ofd::{
    self, OfdError, Outcome, Package, ReferenceCheck, Signature, SignatureEntry, SignatureList,
};
use formats::time;

use crate::checks::{Checks, DigestId, Outcomes};
use crate::report::SignatureKind;
use crate::signature::{Content, DeclaredTime, Original, SealBeside, SealFile, ValueFacts};
use crate::text::printable;
use crate::trust::{SealIdentity, Trust};

/// What is known of one signature.
#[derive(Debug)]
pub(super) struct Gathered<'a> {
    /// Which document of the package it signs.
    pub(super) body: usize,
    /// Path of the list it stands in.
    pub(super) list_path: String,
    pub(super) entry: SignatureEntry,
    pub(super) kind: SignatureKind,
    pub(super) description: Result<Description<'a>, OfdError>,
    pub(super) value: ValueFacts,
    /// The seal in the file that is named beside a value that holds none, or what is wrong with it.
    pub(super) beside: Option<Arc<Result<SealBeside, String>>>,
    /// The file of the value, when it could be read.
    file: Option<Arc<ValueFile>>,
}

/// The file of a value, to find copies of it.
#[derive(Debug)]
struct ValueFile {
    /// As it is: only that of the first signature, beside which there may be no other.
    bytes: Vec<u8>,
    /// SM3 of it.
    digest: OnceLock<[u8; 32]>,
}

impl ValueFile {
    fn new(bytes: Vec<u8>, is_first: bool) -> Self {
        if is_first {
            return Self { bytes, digest: OnceLock::new() };
        }
        Self { bytes: Vec::new(), digest: OnceLock::from(crypto::sm3::digest(&bytes)) }
    }

    fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| crypto::sm3::digest(&self.bytes))
    }
}

impl Gathered<'_> {
    /// The seal in its value or beside it, for a look into a register beforehand.
    pub(super) fn seal_identity(&self) -> Option<SealIdentity> {
        let beside = || self.beside.as_deref()?.as_ref().ok().map(SealBeside::identity);
        self.value.seal_identity().or_else(beside)
    }
}

/// Files of values and seals that were read: many descriptions may name the same one.
#[derive(Debug, Default)]
struct Kept<'a> {
    /// By path and kind: where in the list of signatures a value was read.
    values: HashMap<(String, SignatureKind), usize>,
    seals: HashMap<String, SealFile<Arc<Cow<'a, [u8]>>>>,
    beside: HashMap<String, Arc<Result<SealBeside, String>>>,
    /// Bytes of all that was read.
    bytes: usize,
}

impl<'a> Kept<'a> {
    fn seal(&mut self, package: &Package<'a>, path: &str) -> SealFile<Arc<Cow<'a, [u8]>>> {
        if let Some(seal) = self.seals.get(path) {
            return seal.clone();
        }
        let seal = match package.read(path) {
            Err(_) => SealFile::Unreadable,
            Ok(content) => {
                self.bytes = self.bytes.saturating_add(content.len());
                SealFile::There(Arc::new(content))
            }
        };
        self.seals.insert(path.to_owned(), seal.clone());
        seal
    }

    /// The seal in the file that a description names; each file is read as one once.
    fn beside(
        &mut self,
        description: &Description<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Option<Arc<Result<SealBeside, String>>> {
        let path = &description.signature.signed_info.seal.as_ref()?.location.path;
        if let Some(known) = self.beside.get(path) {
            return Some(Arc::clone(known));
        }
        let found = match &description.seal_file {
            SealFile::NotNamed => return None,
            SealFile::Unreadable => Err(format!("/{path}")),
            SealFile::There(content) => SealBeside::gather(content, trust, checks),
        };
        let found = Arc::new(found);
        self.beside.insert(path.clone(), Arc::clone(&found));
        Some(found)
    }
}

/// A description that could be read.
#[derive(Debug)]
pub(super) struct Description<'a> {
    pub(super) signature: Arc<Signature>,
    /// Empty until they are compared ([`Signatures::check_references`]).
    pub(super) references: Vec<ReferenceCheck>,
    seal_file: SealFile<Arc<Cow<'a, [u8]>>>,
    path: String,
    declared_time: Option<DeclaredTime>,
}

impl Description<'_> {
    /// How much there is to judge of it.
    fn work(&self) -> usize {
        let info = &self.signature.signed_info;
        info.references.items.len().saturating_add(info.stamps.len())
    }

    /// What the signature value stands over.
    pub(super) fn original(&self) -> Original<'_> {
        Original {
            content: Content::whole(&self.signature.raw),
            path: &self.path,
            declared_time: self.declared_time,
            method: self.signature.signed_info.signature_method.as_deref(),
            seal_file: match &self.seal_file {
                SealFile::NotNamed => SealFile::NotNamed,
                SealFile::Unreadable => SealFile::Unreadable,
                SealFile::There(content) => SealFile::There(content),
            },
            stamped_later: None,
        }
    }
}

/// All signatures of a package, and the lists that could not be read.
#[derive(Debug, Default)]
pub(super) struct Signatures<'a> {
    pub(super) list: Vec<Gathered<'a>>,
    /// Paths of the lists that were read.
    pub(super) lists: Vec<String>,
    pub(super) problems: Vec<OfdError>,
    /// True when there are more signatures than are judged.
    pub(super) is_cut_off: bool,
    /// Entries that lead to a signature that another entry leads to as well, or to a copy of one.
    pub(super) repeated: Vec<String>,
    /// Documents and descriptions that were gathered, so that one listed again is not judged again.
    seen: HashSet<(usize, String)>,
    /// References and stamps of all that were gathered.
    work: usize,
    kept: Kept<'a>,
}

/// References and stamps that are judged altogether. A description counts for each document that lists it.
const MOST_WORK: usize = 400_000;

/// Bytes of values and seals that are read altogether. What several descriptions name counts once, unless it has to be
/// read again for each. Of each byte five are kept, in the parts of what was read.
const MOST_KEPT: usize = 48 << 20;

/// Bytes of covered files that are digested together with what the signatures are over.
const DIGESTED_TOGETHER: u64 = 8 << 20;

impl<'a> Signatures<'a> {
    /// Adds the covered files to what is digested with the checks.
    pub(super) fn digest_covered(
        &self,
        package: &Package<'a>,
        checks: &mut Checks,
    ) -> Vec<(String, DigestId)> {
        let mut room = DIGESTED_TOGETHER;
        let mut covered = Vec::new();
        let mut seen = HashSet::new();
        for description in self.list.iter().filter_map(|gathered| gathered.description.as_ref().ok()) {
            for (path, content) in package.undigested(&description.signature, &mut room) {
                if seen.insert(path.clone()) {
                    covered.push((path, checks.add_digest(content)));
                }
            }
        }
        covered
    }

    /// Compares the covered files with their digests.
    pub(super) fn check_references(
        &mut self,
        package: &Package<'a>,
        covered: &[(String, DigestId)],
        outcomes: &Outcomes,
    ) {
        for (path, digest) in covered {
            package.learn(path, outcomes.digest(*digest));
        }
        for description in self.list.iter_mut().filter_map(|gathered| gathered.description.as_mut().ok()) {
            description.references = package.check_references(&description.signature);
        }
    }

    pub(super) fn gather(package: &Package<'a>, most: usize, trust: &Trust, checks: &mut Checks) -> Self {
        let mut found = Self::default();
        for body in package.bodies() {
            match package.signatures(body.index) {
                Ok(None) => {}
                Ok(Some(list)) => found.add_list(package, body.index, &list, most, trust, checks),
                Err(error) => found.problems.push(error),
            }
        }
        found.find_copies();
        found
    }

    fn add_list(
        &mut self,
        package: &Package<'a>,
        body: usize,
        list: &SignatureList,
        most: usize,
        trust: &Trust,
        checks: &mut Checks,
    ) {
        self.lists.push(list.path.clone());
        for entry in &list.entries {
            let path = &entry.location.path;
            if entry.location.is_there() && !self.seen.insert((body, path.clone())) {
                self.repeated.push(format!("{} /{path}", entry.id));
                continue;
            }
            if self.list.len() >= most || self.work > MOST_WORK || self.kept.bytes > MOST_KEPT {
                self.is_cut_off = true;
                return;
            }
            let gathered = self.gather_one(package, body, &list.path, entry, trust, checks);
            self.work += gathered.description.as_ref().map_or(0, Description::work);
            self.list.push(gathered);
        }
    }

    /// The ids of the signatures, of all or of those in one list, that do not cover this file as it is. What cannot be
    /// read of a signature is told elsewhere.
    pub(super) fn leaving_open(&self, path: &str, list: Option<&str>) -> Vec<String> {
        let asked = self.list.iter().filter(|gathered| list.is_none_or(|list| gathered.list_path == list));
        let open = asked.filter(|gathered| {
            let Ok(description) = &gathered.description else { return false };
            let mut checks = description.references.iter();
            !checks.any(|check| check.path == path && check.outcome == Outcome::Match)
        });
        open.map(|gathered| printable(&gathered.entry.id)).collect()
    }

    /// The files that signatures list, unchanged or not; empty until they are compared.
    pub(super) fn covered_paths(&self) -> impl Iterator<Item = &str> {
        let described = self.list.iter().filter_map(|gathered| gathered.description.as_ref().ok());
        described.flat_map(|description| &description.references).map(|check| check.path.as_str())
    }

    fn gather_one(
        &mut self,
        package: &Package<'a>,
        body: usize,
        list_path: &str,
        entry: &SignatureEntry,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Gathered<'a> {
        let kind = match entry.kind {
            ofd::SignatureKind::Sign => SignatureKind::Sign,
            // The schema's default; another word is judged by the form of the value.
            ofd::SignatureKind::Seal | ofd::SignatureKind::Other(_) => SignatureKind::Seal,
        };
        let description =
            package.signature(entry).map(|signature| describe(package, signature, &mut self.kept));
        let (value, file) = match &description {
            Ok(description) => self.gather_value(package, kind, description, trust, checks),
            Err(error) => (ValueFacts::missing(error.to_string()), None),
        };
        let plain = description.as_ref().ok().filter(|_| value.is_plain());
        let beside = plain.and_then(|description| self.kept.beside(description, trust, checks));
        let (list_path, entry) = (list_path.to_owned(), entry.clone());
        Gathered { body, list_path, entry, kind, description, value, beside, file }
    }

    /// Reads the value of a signature that is to become the next one. A value that another description named before is
    /// neither read nor kept again.
    fn gather_value(
        &mut self,
        package: &Package<'_>,
        kind: SignatureKind,
        description: &Description<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> (ValueFacts, Option<Arc<ValueFile>>) {
        let Some(location) = &description.signature.signed_value else {
            return (ValueFacts::missing("SignedValue".to_owned()), None);
        };
        let original = description.original();
        let named = (location.path.clone(), kind);
        let known = self.kept.values.get(&named).and_then(|index| self.list.get(*index));
        let file = known.and_then(|known| known.file.clone());
        if let Some(facts) = known.and_then(|known| known.value.beside(&original, checks)) {
            return (facts, file);
        }
        match package.read(&location.path) {
            Ok(value) => {
                self.kept.bytes = self.kept.bytes.saturating_add(value.len());
                let facts = ValueFacts::gather(kind, &value, &original, trust, checks);
                self.kept.values.entry(named).or_insert(self.list.len());
                let is_first = self.list.is_empty();
                let file = file.unwrap_or_else(|| Arc::new(ValueFile::new(value.into_owned(), is_first)));
                (facts, Some(file))
            }
            Err(error) => (ValueFacts::missing(error.to_string()), None),
        }
    }

    /// Whether signatures settle what is marked in a file: in a description, which its value signs; in a seal's file, which
    /// was compared with the seal in the value; in the part of a value that it signs itself.
    pub(super) fn settle(&self, path: &str, content: &[u8], is_marked: &dyn Fn(&[u8]) -> bool) -> bool {
        self.list.iter().any(|gathered| {
            let Ok(description) = &gathered.description else { return false };
            let signature = &description.signature;
            let seal = signature.signed_info.seal.as_ref().filter(|_| gathered.value.holds_seal());
            if signature.path == path || seal.is_some_and(|seal| seal.location.path == path) {
                return true;
            }
            let is_value = signature.signed_value.as_ref().is_some_and(|value| value.path == path);
            let signed = gathered.value.signed_part().filter(|_| is_value);
            let place =
                signed.and_then(|signed| memchr::memmem::find(content, signed).map(|at| (at, signed.len())));
            place.is_some_and(|(at, len)| {
                let (before, rest) = content.split_at_checked(at).unwrap_or_default();
                let behind = rest.get(len..).unwrap_or_default();
                !is_marked(before) && !is_marked(behind)
            })
        })
    }

    /// Finds signatures that stand in the lists under several names: with the same description, byte for byte, or
    /// the same value. Whoever can copy a file makes as many of them as he likes.
    fn find_copies(&mut self) {
        if self.list.len() < 2 {
            return;
        }
        let (mut descriptions, mut values) = (HashMap::new(), HashMap::new());
        for (index, gathered) in self.list.iter().enumerate() {
            let Ok(description) = &gathered.description else { continue };
            let mut first = *descriptions.entry(description.signature.raw.as_slice()).or_insert(index);
            if let Some(digest) = gathered.file.as_ref().map(|file| file.digest()) {
                first = first.min(*values.entry(digest).or_insert(index));
            }
            if first != index {
                self.repeated.push(format!("{} /{}", gathered.entry.id, gathered.entry.location.path));
            }
        }
    }
}

fn describe<'a>(package: &Package<'a>, signature: Arc<Signature>, kept: &mut Kept<'a>) -> Description<'a> {
    let seal = signature.signed_info.seal.as_ref();
    let seal_file = seal.map_or(SealFile::NotNamed, |seal| kept.seal(package, &seal.location.path));
    let declared = signature.signed_info.date_time.as_deref();
    let declared = declared.and_then(time::parse_text);
    let has_zone =
        declared.as_ref().is_some_and(|time| !time.oddities.contains(&DeviationKind::TimeWithoutZone));
    let path = format!("/{}", signature.path);
    let declared_time = declared.map(|time| DeclaredTime { at: time.at, has_zone });
    Description { signature, references: Vec::new(), seal_file, path, declared_time }
}
