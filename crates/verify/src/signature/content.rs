//! What a signature value stands over: one slice, or several of a file that is never copied. In PDF these are the two
//! ranges around the value (ISO 32000-1 §12.8.1). Or it is known by its digests alone, and a digest that was not handed
//! over cannot be compared.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm, VerifyingKey};

/// Content up to this length is digested together with that of other checks, for which it is copied.
const TOGETHER: usize = 1 << 20;

/// Digests of one content, each computed when it is first asked for and then kept.
#[derive(Debug, Default)]
pub(crate) struct Digests(Mutex<Known>);

/// What is known of a content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Its digests.
    pub(crate) plain: Vec<(DigestAlgorithm, Vec<u8>)>,
    /// SM3(Z) of a key, and SM3(Z || content).
    pub(crate) with_key: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Digests {
    /// Digests that somebody made.
    pub(crate) fn given(known: Known) -> Self {
        Self(Mutex::new(known))
    }

    /// Those that were asked for so far.
    pub(crate) fn known(&self) -> Known {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes in one or more pieces, to be read one after the other; or their digests in their place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content<'a> {
    first: &'a [u8],
    rest: &'a [&'a [u8]],
    digests: Option<&'a Digests>,
    /// The length of what is known by its digests alone.
    unseen: Option<usize>,
}

impl<'a> Content<'a> {
    /// Content in one piece.
    pub(crate) fn whole(bytes: &'a [u8]) -> Self {
        Self { first: bytes, rest: &[], digests: None, unseen: None }
    }

    /// Content in pieces, whose digests are kept for whoever asks again.
    pub(crate) fn pieces(pieces: &'a [&'a [u8]], digests: &'a Digests) -> Self {
        let (first, rest) = pieces.split_first().map_or((&[][..], pieces), |(first, rest)| (*first, rest));
        Self { first, rest, digests: Some(digests), unseen: None }
    }

    /// Content of this length that is not at hand, only these digests of it.
    pub(crate) fn unseen(len: usize, digests: &'a Digests) -> Self {
        Self { first: &[], rest: &[], digests: Some(digests), unseen: Some(len) }
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    fn len(&self) -> usize {
        self.unseen.unwrap_or_else(|| self.iter().map(<[u8]>::len).sum())
    }

    /// The content as one slice, when it is in one piece and short enough to be copied.
    pub(super) fn short(&self) -> Option<&'a [u8]> {
        let is_short = self.unseen.is_none() && self.rest.is_empty() && self.first.len() <= TOGETHER;
        is_short.then_some(self.first)
    }

    /// The digest; `None` when it was not handed over.
    pub(crate) fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        let hash = || self.hash(Hasher::new(algorithm));
        let Some(digests) = self.digests else { return hash() };
        // Held while it is computed, so that nobody computes it twice.
        let mut known = digests.lock();
        if let Some((_, digest)) = known.plain.iter().find(|(of, _)| *of == algorithm) {
            return Some(digest.clone());
        }
        let digest = hash()?;
        known.plain.push((algorithm, digest.clone()));
        Some(digest)
    }

    /// What a key verifies when the content itself is signed: SM3(Z || content) for SM2, else the digest. `None` when
    /// it was not handed over.
    pub(super) fn prehash(&self, key: &VerifyingKey, algorithm: SignatureAlgorithm) -> Option<Vec<u8>> {
        if algorithm != SignatureAlgorithm::Sm2Sm3 {
            return self.digest(algorithm.digest());
        }
        let hash = || self.hash(key.hasher(algorithm));
        let Some(digests) = self.digests else { return hash() };
        let z = key.hasher(algorithm).finalize();
        let mut known = digests.lock();
        if let Some((_, digest)) = known.with_key.iter().find(|(of, _)| *of == z) {
            return Some(digest.clone());
        }
        let digest = hash()?;
        known.with_key.push((z, digest.clone()));
        Some(digest)
    }

    /// Whether it is the same as these bytes; by this digest where only digests are at hand. `None` when it was not
    /// handed over.
    pub(super) fn is(&self, other: &[u8], by: DigestAlgorithm) -> Option<bool> {
        if self.len() != other.len() {
            return Some(false);
        }
        // Asked for in any case: what is handed over of a document is what was asked for when it was at hand.
        let digest = self.digest(by)?;
        Some(if self.unseen.is_some() { digest == by.digest(other) } else { self.is_made_of(other) })
    }

    fn hash(&self, mut hasher: Hasher) -> Option<Vec<u8>> {
        if self.unseen.is_some() {
            return None;
        }
        self.iter().for_each(|piece| hasher.update(piece));
        Some(hasher.finalize())
    }

    fn is_made_of(&self, other: &[u8]) -> bool {
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
        assert_eq!(digests.known().plain.len(), 2);
        let by = DigestAlgorithm::Sm3;
        // What is known by its digests alone says the same, as far as they go.
        let unseen = Content::unseen(7, &digests);
        for content in [content, whole, unseen] {
            assert_eq!(content.is(b"one two", by), Some(true));
            for other in [&b"one twos"[..], b"one", b"one twO"] {
                assert_eq!(content.is(other, by), Some(false));
            }
        }
        assert_eq!((unseen.digest(by), unseen.short()), (whole.digest(by), None));
        let nothing = Digests::default();
        let nothing = Content::unseen(7, &nothing);
        assert_eq!((nothing.digest(by), nothing.is(b"one two", by)), (None, None));
        assert_eq!(Content::pieces(&[], &digests).short(), Some(&[][..]));
    }

    #[test]
    fn a_signature_over_pieces_verifies() {
        let pair = Sm2KeyPair::generate(&Random::system()).unwrap();
        let signature = pair.sign(b"one two").unwrap();
        let digests = Digests::default();
        let pieces: [&[u8]; 2] = [b"one ", b"two"];
        let algorithm = SignatureAlgorithm::Sm2Sm3;
        let prehash = Content::pieces(&pieces, &digests).prehash(pair.verifying_key(), algorithm).unwrap();
        let given = Digests::given(digests.known());
        let unseen = Content::unseen(7, &given);
        assert_eq!(unseen.prehash(pair.verifying_key(), algorithm).as_ref(), Some(&prehash));
        let other = Sm2KeyPair::generate(&Random::system()).unwrap();
        assert_eq!(unseen.prehash(other.verifying_key(), algorithm), None, "of another key it is another");
        assert_eq!(pair.verifying_key().verify_prehashed(algorithm, &prehash, &signature), Ok(()));
    }
}
