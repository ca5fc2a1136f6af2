//! A package of which only the signatures' own files are at hand, and digests of the files that they cover: what a
//! verifier sees to whom the document itself is not shown.

use super::error::OfdError;
use super::limits::Limits;
use super::package::Package;
use crate::zip::{DosTime, Writer};
use crypto::DigestAlgorithm;
use std::collections::HashSet;

/// The digest of a file that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// Path in the package, without leading slash.
    pub path: String,
    /// How it was computed.
    pub algorithm: DigestAlgorithm,
    /// The digest.
    pub digest: Vec<u8>,
}

/// What was handed over instead of a package.
#[derive(Debug, Clone)]
pub struct HashedPackage {
    archive: Vec<u8>,
    lists: Vec<String>,
    digests: Vec<FileDigest>,
}

impl HashedPackage {
    /// Puts together lists of signatures (by path), the content of files, and digests of files without content. All
    /// paths are without leading slash.
    ///
    /// # Errors
    /// [`OfdError::Zip`] for a path that no package has, or one that is there already, whatever the case.
    pub fn new(
        lists: Vec<String>,
        files: &[(String, Vec<u8>)],
        digests: Vec<FileDigest>,
    ) -> Result<Self, OfdError> {
        let mut writer = Writer::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
        for (path, content) in files {
            writer.add(path, content)?;
        }
        // A file has a digest for each algorithm that a signature names.
        let mut seen = HashSet::new();
        for digest in digests.iter().filter(|digest| seen.insert(digest.path.as_str())) {
            writer.add(&digest.path, &[])?;
        }
        Ok(Self { archive: writer.finish()?, lists, digests })
    }

    /// Opens it like a package whose documents are the lists of signatures and nothing else. Whatever is asked of a
    /// file without content is [`OfdError::NotAtHand`], but its digests.
    ///
    /// # Errors
    /// [`OfdError`] when it exceeds a limit.
    pub fn open(&self, limits: &Limits) -> Result<Package<'_>, OfdError> {
        Package::open_hashed(&self.archive, &self.lists, &self.digests, limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zip::ZipError;

    fn digest(path: &str, algorithm: DigestAlgorithm, of: &[u8]) -> FileDigest {
        FileDigest { path: path.to_owned(), algorithm, digest: algorithm.digest(of) }
    }

    #[test]
    fn what_is_not_at_hand_has_its_digests_and_nothing_else() {
        let files = [("Doc_0/Signs/Signatures.xml".to_owned(), b"<a/>".to_vec())];
        let digests = vec![
            digest("Doc_0/Document.xml", DigestAlgorithm::Sm3, b"content"),
            digest("Doc_0/Document.xml", DigestAlgorithm::Sha256, b"content"),
        ];
        let hashed = HashedPackage::new(vec![files[0].0.clone()], &files, digests).unwrap();
        let package = hashed.open(&Limits::default()).unwrap();
        assert_eq!(package.bodies().len(), 1);
        assert_eq!(&*package.read("Doc_0/Signs/Signatures.xml").unwrap(), b"<a/>");
        for algorithm in [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256] {
            let known = package.digest("Doc_0/Document.xml", algorithm).unwrap();
            assert_eq!(known, algorithm.digest(b"content"));
        }
        let not_at_hand = OfdError::NotAtHand { file: "Doc_0/Document.xml".to_owned() };
        assert_eq!(package.digest("Doc_0/Document.xml", DigestAlgorithm::Md5), Err(not_at_hand.clone()));
        assert_eq!(package.read("Doc_0/Document.xml"), Err(not_at_hand));
        // A file that is there has the digest of its content.
        let own = package.digest("Doc_0/Signs/Signatures.xml", DigestAlgorithm::Sm3).unwrap();
        assert_eq!(own, DigestAlgorithm::Sm3.digest(b"<a/>"));
    }

    #[test]
    fn a_path_is_plain_and_there_once() {
        let file = |path: &str| vec![(path.to_owned(), Vec::new())];
        let make = |files: &[(String, Vec<u8>)], digests| HashedPackage::new(Vec::new(), files, digests);
        for odd in ["../x", "/x", "a//b", "a\\b", ""] {
            let error = make(&file(odd), Vec::new()).unwrap_err();
            assert!(matches!(error, OfdError::Zip(ZipError::BadName { .. })), "{odd}");
        }
        let twice = make(&file("a"), vec![digest("A", DigestAlgorithm::Sm3, b"")]);
        assert!(matches!(twice, Err(OfdError::Zip(ZipError::Exists { .. }))));
    }
}
