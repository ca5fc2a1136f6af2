//! Digests of a package's files: each is computed once, and SM3 of several files side by side.

use crate::zip::{Archive, Entry, Method, ZipError};
use crypto::{DigestAlgorithm, Hasher, sm3};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Unpacked bytes that are held at a time for digests side by side. A file that is larger is digested alone, while
/// it is unpacked, in little memory.
const HELD: u64 = 8 << 20;

/// A digest, or why there is none.
type Digested = Result<Vec<u8>, ZipError>;
/// The entry's position, and the algorithm.
type Key = (usize, DigestAlgorithm);
type Known = HashMap<Key, Digested>;

/// Digests that are known, by position of the entry.
#[derive(Debug, Default)]
pub(super) struct Digests(Mutex<Known>);

impl Digests {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a digest that was computed elsewhere.
    pub(super) fn put(&self, index: usize, algorithm: DigestAlgorithm, digest: Vec<u8>) {
        self.lock().insert((index, algorithm), Ok(digest));
    }

    /// A digest that is known already.
    pub(super) fn known(&self, index: usize, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        self.lock().get(&(index, algorithm))?.as_ref().ok().cloned()
    }

    /// The digest of one file.
    pub(super) fn one(&self, archive: &Archive<'_>, entry: &Entry, algorithm: DigestAlgorithm) -> Digested {
        let mut known = self.lock();
        let digest = known.entry((entry.index(), algorithm)).or_insert_with(|| {
            let mut hasher = Hasher::new(algorithm);
            archive.stream(entry, &mut |piece| hasher.update(piece))?;
            Ok(hasher.finalize())
        });
        digest.clone()
    }

    /// Computes the SM3 digests of files that will be asked for, as far as they are not known yet.
    pub(super) fn prepare_sm3<'e>(&self, archive: &Archive<'_>, entries: impl Iterator<Item = &'e Entry>) {
        let mut known = self.lock();
        let mut batch = Batch::default();
        let mut seen = HashSet::new();
        for entry in entries {
            let is_new = seen.insert(entry.index()) && !known.contains_key(&key(entry));
            if is_new && entry.size() <= HELD {
                batch.add(archive, entry, &mut known);
            }
        }
        batch.finish(&mut known);
    }
}

fn key(entry: &Entry) -> Key {
    (entry.index(), DigestAlgorithm::Sm3)
}

/// Files that are unpacked and wait for their digests.
#[derive(Default)]
struct Batch<'a> {
    files: Vec<(Key, Cow<'a, [u8]>)>,
    /// Bytes held for them; a file that is not compressed lies in the archive.
    held: u64,
}

impl<'a> Batch<'a> {
    fn add(&mut self, archive: &Archive<'a>, entry: &Entry, known: &mut Known) {
        let size = if entry.method() == Method::Stored { 0 } else { entry.size() };
        if self.held.saturating_add(size) > HELD {
            std::mem::take(self).finish(known);
        }
        match archive.read(entry) {
            Ok(content) => {
                self.held = self.held.saturating_add(size);
                self.files.push((key(entry), content));
            }
            Err(error) => {
                known.insert(key(entry), Err(error));
            }
        }
    }

    fn finish(self, known: &mut Known) {
        let contents: Vec<&[u8]> = self.files.iter().map(|(_, content)| &**content).collect();
        let digests = sm3::digest_many(&contents);
        for ((key, _), digest) in self.files.iter().zip(digests) {
            known.insert(*key, Ok(digest.to_vec()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Digests, HELD, key};
    use crate::zip::{Archive, DosTime, Limits, Method, Writer};
    use crypto::DigestAlgorithm;

    /// Text that deflates to about a third.
    fn text(len: usize, seed: u32) -> Vec<u8> {
        let letter = |i: u32| b"0123456789abcdef"[(i.wrapping_mul(2_654_435_761) >> 28) as usize];
        // Repeated from so far that deflate does not see it.
        let once: Vec<u8> = (seed..).map(|i| letter(i ^ (i >> 7))).take(len.min(40_000)).collect();
        once.iter().copied().cycle().take(len).collect()
    }

    /// Small files, empty ones, some that fill the room together, one that is too large for it, and stored ones.
    fn archive() -> Vec<u8> {
        let mut writer = Writer::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
        for number in 0..60_u32 {
            let len = 37 * number as usize * number as usize;
            writer.add(&format!("a/{number}.xml"), &text(len, number)).unwrap();
        }
        for number in 0..4 {
            writer.add(&format!("b/{number}.bin"), &text(3 << 20, number << 20)).unwrap();
        }
        writer.add("b/large.bin", &text(usize::try_from(HELD).unwrap() + 1, 5)).unwrap();
        for number in 0..9_u32 {
            let noise: Vec<u8> =
                (0..40).flat_map(|i| crypto::sm3::digest(&(number * 100 + i).to_be_bytes())).collect();
            writer.add(&format!("c/{number}.png"), &noise).unwrap();
        }
        writer.finish().unwrap()
    }

    /// Every digest, and every error, is the one that comes of looking at the file alone.
    fn check(bytes: &[u8]) -> (usize, usize) {
        let archive = Archive::open(bytes, &Limits::default()).unwrap();
        let (together, alone) = (Digests::default(), Digests::default());
        // What is known already is left, and a file that is named twice is taken once.
        together.one(&archive, &archive.entries()[3], DigestAlgorithm::Sm3).ok();
        together.prepare_sm3(&archive, archive.entries().iter().chain(archive.entries()));
        let prepared = together.lock().len();
        let mut errors = 0;
        for entry in archive.entries() {
            let is_held = entry.size() <= HELD;
            assert_eq!(together.lock().contains_key(&key(entry)), is_held, "{}", entry.path());
            let expected = alone.one(&archive, entry, DigestAlgorithm::Sm3);
            errors += usize::from(expected.is_err());
            let found = together.one(&archive, entry, DigestAlgorithm::Sm3);
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{}", entry.path());
        }
        (prepared, errors)
    }

    #[test]
    fn side_by_side_is_the_same_as_one_by_one() {
        let bytes = archive();
        assert_eq!(check(&bytes), (73, 0), "all files but the large one");
        let opened = Archive::open(&bytes, &Limits::default()).unwrap();
        assert!(
            opened.entries().iter().any(|entry| entry.method() == Method::Stored && entry.size() > 1_000)
        );
        let mut broken = bytes.clone();
        for entry in opened.entries().iter().filter(|entry| entry.index() % 5 == 4) {
            if let Some(byte) = broken.get_mut(entry.data_range()).and_then(|data| data.last_mut()) {
                *byte ^= 0x55;
            }
        }
        let (prepared, errors) = check(&broken);
        assert!(prepared == 73 && errors > 5, "{prepared} prepared, {errors} broken");
    }
}
