//! What a signature value stands over: one slice, or several of a file that is never copied. In PDF these are the two
//! ranges around the value (ISO 32000-1 §12.8.1).

use std::sync::{Mutex, PoisonError};

use crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm, VerifyingKey};

/// Content up to this length is digested together with that of other checks, for which it is copied.
const TOGETHER: usize = 1 << 20;

/// Digests of one content, each computed when it is first asked for and then kept.
#[derive(Debug, Default)]
pub(crate) struct Digests(Mutex<Vec<(DigestAlgorithm, Vec<u8>)>>);

/// Bytes in one or more pieces, to be read one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    first: &'a [u8],
    rest: &'a [&'a [u8]],
    digests: Option<&'a Digests>,
}

impl<'a> Content<'a> {
    /// Content in one piece.
    pub(crate) fn whole(bytes: &'a [u8]) -> Self {
        Self { first: bytes, rest: &[], digests: None }
    }

    /// Content in pieces, whose digests are kept for whoever asks again.
    pub(crate) fn pieces(pieces: &'a [&'a [u8]], digests: &'a Digests) -> Self {
        let (first, rest) = pieces.split_first().map_or((&[][..], pieces), |(first, rest)| (*first, rest));
        Self { first, rest, digests: Some(digests) }
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// The content as one slice, when it is in one piece and short enough to be copied.
    pub(super) fn short(&self) -> Option<&'a [u8]> {
        (self.rest.is_empty() && self.first.len() <= TOGETHER).then_some(self.first)
    }

    /// The digest.
    pub(super) fn digest(&self, algorithm: DigestAlgorithm) -> Vec<u8> {
        let Some(Digests(known)) = self.digests else { return self.hash(Hasher::new(algorithm)) };
        // Held while it is computed, so that nobody computes it twice.
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, digest)) = known.iter().find(|(of, _)| *of == algorithm) {
            return digest.clone();
        }
        let digest = self.hash(Hasher::new(algorithm));
        known.push((algorithm, digest.clone()));
        digest
    }

    /// What a key verifies when the content itself is signed: SM3(Z || content) for SM2, else the digest.
    pub(super) fn prehash(&self, key: &VerifyingKey, algorithm: SignatureAlgorithm) -> Vec<u8> {
        if algorithm == SignatureAlgorithm::Sm2Sm3 {
            self.hash(key.hasher(algorithm))
        } else {
            self.digest(algorithm.digest())
        }
    }

    fn hash(&self, mut hasher: Hasher) -> Vec<u8> {
        self.iter().for_each(|piece| hasher.update(piece));
        hasher.finalize()
    }
}

/// Compares with a single slice.
impl PartialEq<[u8]> for Content<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        let mut left = other;
        for piece in self.iter() {
            match left.strip_prefix(piece) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::{Random, Signer, Sm2KeyPair};

    #[test]
    fn pieces_are_the_same_as_the_whole() {
        let pieces: [&[u8]; 4] = [b"", b"one ", b"", b"two"];
        let digests = Digests::default();
        let (content, whole) = (Content::pieces(&pieces, &digests), Content::whole(b"one two"));
        for algorithm in [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
            assert_eq!(content.digest(algorithm), whole.digest(algorithm));
        }
        assert_eq!(digests.0.lock().unwrap().len(), 2);
        assert!(content == *b"one two".as_slice() && whole == *b"one two".as_slice());
        assert!(content != *b"one twos".as_slice() && content != *b"one".as_slice());
        assert_eq!(Content::pieces(&[], &digests).short(), Some(&[][..]));
    }

    #[test]
    fn a_signature_over_pieces_verifies() {
        let pair = Sm2KeyPair::generate(&Random::system()).unwrap();
        let signature = pair.sign(b"one two").unwrap();
        let digests = Digests::default();
        let pieces: [&[u8]; 2] = [b"one ", b"two"];
        let algorithm = SignatureAlgorithm::Sm2Sm3;
        let prehash = Content::pieces(&pieces, &digests).prehash(pair.verifying_key(), algorithm);
        assert_eq!(pair.verifying_key().verify_prehashed(algorithm, &prehash, &signature), Ok(()));
    }
}
