//! The first step: everything but the signature value.

use super::describe::Description;
use super::edit::{self, NewEntry};
use super::error::SealError;
use super::guard::{self, Existing};
use super::placement::{Kind, Mode, Placement, Stamp};
use super::prepared::Prepared;
use super::stamps;
use crate::asn1::Mode as Asn1Mode;
use crate::cms::SignedDataDraft;
use crate::ofd::{Limits, OfdError, Package, ROOT_FILE};
use crate::ses::{Seal, TbsSignDraft};
use crate::zip::{DosTime, Entry, Rewrite};
use crypto::{DigestAlgorithm, sm3};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Prepares a package for a seal or signature: writes the list of signatures, the seal's file and the
/// description of the signature, and digests what it covers. What remains is to sign
/// ([`Prepared::to_sign`], [`Prepared::data_hash`]) and to [`embed`](super::embed()) the value.
///
/// # Errors
/// [`SealError`] when the package cannot be read, is locked, would be broken, or a stamp is not on its page.
pub fn prepare(ofd: &[u8], placement: &Placement, limits: &Limits) -> Result<Prepared, SealError> {
    let package = Package::open(ofd, limits)?;
    guard::check_package(&package)?;
    let body = package.body(placement.body)?;
    let all = guard::existing(&package)?;
    let list_path = match &body.signatures {
        Some(location) => location.path.clone(),
        None => new_list_path(&package, placement.body)?,
    };
    guard::check_coverage(&all, placement.body, &list_path)?;
    let here = all.get(placement.body).ok_or(OfdError::NoSuch { what: "document", index: placement.body })?;
    let page_ids = stamps::check(&package, placement)?;
    let plan = Plan::new(&package, placement, here, list_path, page_ids)?;
    plan.carry_out(&package, placement, &all)
}

/// Where the list of signatures of a document goes that has none: beneath the folder of its root file.
fn new_list_path(package: &Package<'_>, body: usize) -> Result<String, SealError> {
    let missing = || OfdError::Missing { file: ROOT_FILE.to_owned(), what: "DocRoot" };
    let root = package.body(body)?.doc_root.as_ref().ok_or_else(missing)?;
    let folder = root.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    Ok(format!("{folder}Signs/Signatures.xml"))
}

/// The new names and ids, and the files that are written before anything is digested.
struct Plan {
    id: String,
    list_path: String,
    /// The folder of the new signature.
    folder: String,
    /// Id, id of the page, and place of every stamp.
    stamps: Vec<(String, String, Stamp)>,
    /// Replaced files.
    replaced: BTreeMap<String, Vec<u8>>,
    /// Added files.
    added: Vec<(String, Vec<u8>)>,
    /// The seal exactly as it will stand in the signature value.
    seal: Option<Vec<u8>>,
}

impl Plan {
    fn new(
        package: &Package<'_>,
        placement: &Placement,
        here: &Existing,
        list_path: String,
        page_ids: Vec<String>,
    ) -> Result<Self, SealError> {
        let first = guard::next_id(here);
        let id = id_text(first);
        let numbered = (first + 1..).map(id_text).zip(page_ids).zip(&placement.stamps);
        let stamps: Vec<_> = numbered.map(|((id, page), stamp)| (id, page, *stamp)).collect();
        let max_id = stamps.last().map_or(id.clone(), |(id, ..)| id.clone());
        let parent = list_path.rsplit_once('/').map_or("Signs", |(folder, _)| folder);
        let folder = guard::new_folder(package, parent);
        if !folder.is_ascii() {
            return Err(SealError::NotAscii { path: folder });
        }
        let (kind, seal) = match &placement.kind {
            Kind::Seal(der) => ("Seal", Some(Seal::parse(der, Asn1Mode::Tolerant)?.0.raw().to_vec())),
            Kind::Sign => ("Sign", None),
        };
        let path = format!("{folder}/Signature.xml");
        let entry = NewEntry { id: &id, kind, path: &path, max_id: &max_id };
        let mut replaced = BTreeMap::new();
        let mut added = Vec::new();
        if let Some(list) = &here.list {
            replaced.insert(list_path.clone(), edit::extend_list(package, list, &entry)?);
        } else {
            replaced.insert(ROOT_FILE.to_owned(), edit::name_list(package, placement.body, &list_path)?);
            added.push((list_path.clone(), edit::new_list(&entry)));
        }
        if let Some(seal) = &seal {
            added.push((format!("{folder}/Seal.esl"), seal.clone()));
        }
        Ok(Self { id, list_path, folder, stamps, replaced, added, seal })
    }

    fn carry_out(
        self,
        package: &Package<'_>,
        placement: &Placement,
        all: &[Existing],
    ) -> Result<Prepared, SealError> {
        let references = self.references(package, placement.mode, all)?;
        let signing_time = whole_seconds(placement.signing_time);
        let path = |name: &str| format!("{}/{name}", self.folder);
        let (seal_path, value_path) = (path("Seal.esl"), path("SignedValue.dat"));
        let description = Description {
            provider: &placement.provider,
            signing_time,
            references: &references,
            stamps: &self.stamps,
            seal_path: self.seal.is_some().then_some(&*seal_path),
            value_path: &value_path,
        };
        let signature_xml = description.to_xml();
        let data_hash = sm3::digest(&signature_xml);
        let signature_path = path("Signature.xml");
        let to_sign = match &self.seal {
            None => SignedDataDraft::detached(data_hash, signing_time).attributes_der(),
            Some(seal) => TbsSignDraft {
                seal_der: seal.clone(),
                time: signing_time,
                data_hash,
                property_info: format!("/{signature_path}"),
                ext_datas: Vec::new(),
            }
            .to_der()?,
        };
        let mut rewrite = Rewrite::new(package.archive(), DosTime::from_timestamp(signing_time));
        for (path, content) in self.replaced {
            rewrite.replace(&path, content)?;
        }
        for (path, content) in self.added {
            rewrite.add(&path, content)?;
        }
        rewrite.add(&signature_path, signature_xml)?;
        let package = rewrite.finish()?;
        Ok(Prepared {
            package,
            signature_path,
            value_path,
            signature_id: self.id,
            signing_time,
            data_hash,
            to_sign,
        })
    }

    /// Path and digest of every file that is covered: all that will be there, but for the new signature itself
    /// and, unless the document is locked, the lists of signatures.
    fn references(
        &self,
        package: &Package<'_>,
        mode: Mode,
        all: &[Existing],
    ) -> Result<Vec<(String, Vec<u8>)>, SealError> {
        let lists = all.iter().filter_map(|existing| existing.list.as_ref()).map(|list| list.path.as_str());
        let open: Vec<&str> = match mode {
            Mode::Continue => lists.chain([self.list_path.as_str()]).collect(),
            Mode::Lock => Vec::new(),
        };
        let covered = || package.files().filter(|entry| !open.contains(&entry.path()));
        let stored = covered().map(Entry::path).filter(|path| !self.replaced.contains_key(*path));
        package.prepare_digests(stored, DigestAlgorithm::Sm3);
        let mut references = Vec::new();
        for entry in covered() {
            let digest = match self.replaced.get(entry.path()) {
                Some(content) => DigestAlgorithm::Sm3.digest(content),
                None => package.digest(entry.path(), DigestAlgorithm::Sm3)?,
            };
            references.push((entry.path().to_owned(), digest));
        }
        for (path, content) in self.added.iter().filter(|(path, _)| !open.contains(&path.as_str())) {
            references.push((path.clone(), DigestAlgorithm::Sm3.digest(content)));
        }
        Ok(references)
    }
}

/// An id in the recommended form (§18.1).
fn id_text(number: u64) -> String {
    format!("s{number:03}")
}

/// The time without its fraction, as GeneralizedTime will carry it.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
