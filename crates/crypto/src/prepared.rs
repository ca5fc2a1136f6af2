//! Prepared keys that are used again, for the whole process.
//!
//! The same few keys come as bytes again and again: those of callers and platforms from a database, those of
//! authorities in the certificates of every document. Reading such a key anew costs a fair part of a verification.
//! Only SM2 keys are kept: they are small and of one size, so a number of keys is a bound on memory.

use std::num::NonZeroUsize;
use std::sync::{LazyLock, Mutex, PoisonError};

use lru::LruCache;

use crate::error::KeyError;
use crate::verifying::{KeyKind, VerifyingKey};

/// Keys that are kept, each of less than a kilobyte; the one used longest ago goes first.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);
/// An SM2 key as a `SubjectPublicKeyInfo` in DER has this many bytes.
const SPKI_LEN: usize = 91;

static KEYS: LazyLock<Prepared> = LazyLock::new(|| Prepared::new(KEPT));

impl VerifyingKey {
    /// As [`Self::from_spki_der`], but an SM2 key that was read before is shared instead of read anew.
    ///
    /// # Errors
    /// Those of [`Self::from_spki_der`].
    pub fn prepared(spki_der: &[u8]) -> Result<Self, KeyError> {
        KEYS.get(spki_der)
    }
}

struct Prepared(Mutex<LruCache<[u8; SPKI_LEN], VerifyingKey>>);

impl Prepared {
    fn new(kept: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(kept)))
    }

    fn get(&self, spki_der: &[u8]) -> Result<VerifyingKey, KeyError> {
        let Ok(spki) = <[u8; SPKI_LEN]>::try_from(spki_der) else {
            return VerifyingKey::from_spki_der(spki_der);
        };
        let found = self.keys(|keys| keys.get(&spki).cloned());
        if let Some(key) = found {
            return Ok(key);
        }
        // Read outside the lock; two who read the same key at once do no harm.
        let key = VerifyingKey::from_spki_der(spki_der)?;
        if key.kind() == KeyKind::Sm2 {
            self.keys(|keys| keys.put(spki, key.clone()));
        }
        Ok(key)
    }

    fn keys<T>(&self, work: impl FnOnce(&mut LruCache<[u8; SPKI_LEN], VerifyingKey>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Random, Signer, Sm2KeyPair};

    fn spki() -> Vec<u8> {
        Sm2KeyPair::generate(&Random::system()).unwrap().verifying_key().spki_der().to_vec()
    }

    #[test]
    fn a_key_is_read_once_and_shared() {
        let keys = Prepared::new(KEPT);
        let spki = spki();
        assert_eq!(spki.len(), SPKI_LEN);
        let first = keys.get(&spki).unwrap();
        assert!(first.is_same(&keys.get(&spki).unwrap()));
        assert!(!first.is_same(&VerifyingKey::from_spki_der(&spki).unwrap()));
        assert_eq!(first, VerifyingKey::prepared(&spki).unwrap());
    }

    #[test]
    fn no_more_are_kept_than_the_bound_and_what_is_no_key_never() {
        let keys = Prepared::new(NonZeroUsize::new(3).unwrap());
        let all: Vec<_> = (0..5).map(|_| spki()).collect();
        for spki in &all {
            keys.get(spki).unwrap();
            keys.get(&all[0]).unwrap();
        }
        assert_eq!(keys.keys(|keys| keys.len()), 3);
        assert!(keys.keys(|keys| keys.peek(all[0].as_slice()).is_some()), "in use, so it stays");
        for at in [5, 40, 90] {
            let mut broken = all[4].clone();
            broken[at] ^= 1;
            assert_eq!(keys.get(&broken).err(), VerifyingKey::from_spki_der(&broken).err());
            assert!(keys.get(&broken).is_err());
        }
        assert!(keys.get(&all[4][..50]).is_err());
        assert!(keys.keys(|keys| keys.iter().all(|(spki, key)| spki[..] == *key.spki_der())));
    }
}
