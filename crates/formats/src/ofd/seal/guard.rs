//! What is already there, and whether something may be added.

use super::error::SealError;
use crate::ofd::{OfdError, Package, ROOT_FILE, Signature, SignatureList};
use std::sync::Arc;

/// `OFDEntries.xml` at the root lists all files under GM/T 0099 integrity protection.
const INTEGRITY_FILE: &str = "OFDEntries.xml";

/// The signatures of one document.
#[derive(Debug)]
pub(super) struct Existing {
    /// The list, when there is one.
    pub list: Option<Arc<SignatureList>>,
    /// Its signatures with their ids.
    pub signatures: Vec<(String, Arc<Signature>)>,
}

/// The signatures of every document of the package, in the order of the documents.
pub(super) fn existing(package: &Package<'_>) -> Result<Vec<Existing>, SealError> {
    let mut all = Vec::new();
    for body in package.bodies() {
        let list = package.signatures(body.index)?;
        let mut signatures = Vec::new();
        // One that cannot be read might cover anything, so the error is passed on.
        for entry in list.iter().flat_map(|list| &list.entries) {
            signatures.push((entry.id.clone(), package.signature(entry)?));
        }
        all.push(Existing { list, signatures });
    }
    Ok(all)
}

/// Refuses packages that should not be signed by anybody.
pub(super) fn check_package(package: &Package<'_>) -> Result<(), SealError> {
    if let Some(fact) = package.archive().facts().iter().find(|fact| fact.is_ambiguous()) {
        return Err(SealError::Ambiguous { code: fact.code() });
    }
    if package.archive().find_ignoring_case(INTEGRITY_FILE).is_some() {
        return Err(SealError::IntegrityProtected);
    }
    if package.archive().find(ROOT_FILE).is_none() {
        // A strict reader would not open it at all.
        return Err(SealError::Package(OfdError::MissingFile { file: ROOT_FILE.to_owned() }));
    }
    Ok(())
}

/// Refuses when an existing signature covers what has to be edited: the list at `list_path`, or `OFD.xml` when
/// the list is not named there yet.
pub(super) fn check_coverage(all: &[Existing], body: usize, list_path: &str) -> Result<(), SealError> {
    let is_new = all.get(body).is_none_or(|existing| existing.list.is_none());
    for (id, signature) in all.iter().flat_map(|existing| &existing.signatures) {
        let covers = |path: &str| {
            signature.signed_info.references.items.iter().any(|item| same_file(&item.location.path, path))
        };
        if covers(list_path) {
            return Err(SealError::Locked { signature: id.clone() });
        }
        if is_new && covers(ROOT_FILE) {
            return Err(SealError::Covered { file: ROOT_FILE.to_owned(), signature: id.clone() });
        }
    }
    Ok(())
}

/// Whether two paths may mean the same file to a tolerant reader.
fn same_file(left: &str, right: &str) -> bool {
    left == right || left.to_lowercase() == right.to_lowercase()
}

/// The next free number for ids: one more than the largest in any signature, stamp or MaxSignId.
pub(super) fn next_id(existing: &Existing) -> u64 {
    let list = existing.list.iter().flat_map(|list| {
        list.entries.iter().map(|entry| entry.id.as_str()).chain(list.max_sign_id.as_deref())
    });
    let stamps = existing.signatures.iter().flat_map(|(_, signature)| &signature.signed_info.stamps);
    let used = list.chain(stamps.map(|stamp| stamp.id.as_str())).filter_map(number);
    used.max().unwrap_or(0).saturating_add(1)
}

/// The number at the end of an id such as `s001`, `001` or `1`. Absurdly large ones do not count.
fn number(id: &str) -> Option<u64> {
    let digits = id.rsplit(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|number| *number < 1_000_000_000)
}

/// The first folder `Sign_N` beneath `folder` with a number above all that are there, so that no earlier
/// name comes back.
pub(super) fn new_folder(package: &Package<'_>, folder: &str) -> String {
    let prefix = format!("{folder}/").to_lowercase();
    let used = package.archive().entries().iter().filter_map(|entry| {
        let path = entry.path().to_lowercase();
        number(path.strip_prefix(&prefix)?.split('/').next()?.strip_prefix("sign_")?)
    });
    let next = used.max().map_or(0, |number| number + 1);
    format!("{folder}/Sign_{next}")
}
