//! A checkpoint (检查点) of the evidence log: what the platform signs over a run of entries.

use crypto::{SignError, Signer, VerifyingKey, sm3};

use crate::ids::AppId;
use crate::wire::{self, Detail, SignatureFault, key_id};

const SCHEME: &str = "CCUA-SEAL-CHECKPOINT-1";

/// A checkpoint without its signature.
///
/// ```text
/// CCUA-SEAL-CHECKPOINT-1
/// platform id
/// number
/// first entry
/// last entry
/// the last entry's hash
/// the root of the tree over the entries first to last
/// SM3 of the string that the checkpoint before signs, or -
/// at, in milliseconds
/// keyId
/// ```
///
/// Each line ends in a line feed; hashes are in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 1, without gaps.
    pub number: i64,
    /// The first entry that it covers.
    pub first: i64,
    /// The last entry.
    pub last: i64,
    /// The last entry's hash, which chains everything before it.
    pub last_hash: [u8; 32],
    /// The root of the tree over the entries.
    pub root: [u8; 32],
    /// [`Checkpoint::sm3`] of the one before; `None` for the first.
    pub previous: Option<[u8; 32]>,
    /// When it was made, milliseconds UTC.
    pub at: i64,
    /// The key that signs it.
    pub key_id: String,
}

impl Checkpoint {
    fn canonical(&self, platform: &AppId) -> String {
        let previous = self.previous.map_or_else(|| "-".to_owned(), hex::encode);
        let (last_hash, root) = (hex::encode(self.last_hash), hex::encode(self.root));
        let Self { number, first, last, at, key_id, .. } = self;
        format!(
            "{SCHEME}\n{platform}\n{number}\n{first}\n{last}\n{last_hash}\n{root}\n{previous}\n{at}\n{key_id}\n"
        )
    }

    /// SM3 of the string that is signed, by which the next one names it.
    pub fn sm3(&self, platform: &AppId) -> [u8; 32] {
        sm3::digest(self.canonical(platform).as_bytes())
    }

    /// How many entries it covers; `None` when its numbers are none.
    pub fn count(&self) -> Option<u64> {
        let count = self.last.checked_sub(self.first)?.checked_add(1)?;
        u64::try_from(count).ok().filter(|count| *count > 0 && self.first > 0)
    }

    /// Signs it as `platform`; the signature in the form of `sign`. The key's id must be the one it names.
    ///
    /// # Errors
    /// When the key refuses.
    pub fn sign(&self, platform: &AppId, signer: &dyn Signer) -> Result<String, SignError> {
        wire::sign(signer, self.canonical(platform).as_bytes())
    }

    /// Whether `platform` has signed it with this key.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn verify(&self, platform: &AppId, sign: &str, key: &VerifyingKey) -> Result<(), SignatureFault> {
        if key_id(key) != self.key_id {
            return Err(SignatureFault::Mismatch);
        }
        wire::verify(key, self.canonical(platform).as_bytes(), sign, Detail::Terse)
    }
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Sm2KeyPair};

    use super::*;

    #[test]
    fn a_checkpoint_is_bound_to_everything_in_it() {
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        let platform = AppId::parse("platform").unwrap();
        let good = Checkpoint {
            number: 2,
            first: 5,
            last: 9,
            last_hash: [1; 32],
            root: [2; 32],
            previous: Some([3; 32]),
            at: 1_767_225_600_000,
            key_id: key_id(key.verifying_key()),
        };
        assert_eq!(good.count(), Some(5));
        let sign = good.sign(&platform, &key).unwrap();
        good.verify(&platform, &sign, key.verifying_key()).unwrap();
        let changes: [fn(&mut Checkpoint); 8] = [
            |one| one.number = 3,
            |one| one.first = 4,
            |one| one.last = 10,
            |one| one.last_hash[0] = 9,
            |one| one.root[31] = 9,
            |one| one.previous = None,
            |one| one.at += 1,
            |one| one.key_id = "0".repeat(64),
        ];
        for change in changes {
            let mut other = good.clone();
            change(&mut other);
            assert!(other.verify(&platform, &sign, key.verifying_key()).is_err(), "{other:?}");
            assert_ne!(other.sm3(&platform), good.sm3(&platform));
        }
        let elsewhere = AppId::parse("another").unwrap();
        assert!(good.verify(&elsewhere, &sign, key.verifying_key()).is_err());
        for (first, last) in [(0, 3), (5, 4), (i64::MIN, i64::MAX), (1, i64::MIN)] {
            assert_eq!(Checkpoint { first, last, ..good.clone() }.count(), None);
        }
    }
}
