//! What reading one package may cost altogether, whatever the number of its files and of what leads to them.

use super::error::OfdError;
use super::fact::{Fact, Facts};
use super::limits::Limits;
use crate::xml::XmlError;
use crate::zip::Entry;
use crypto::DigestAlgorithm;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a tag, and what an attribute or a reference, costs beside its bytes. Reading takes about as long for each unit of
/// cost, whatever the file is made of.
const TAG: u64 = 100;
const PART: u64 = 50;

/// Longest name of an outermost element that is kept; those of OFD are shorter.
const LONGEST_ROOT: usize = 32;

/// The outermost element of a file that was read, or why it could not be.
type Parsed = Result<Box<str>, XmlError>;

/// What was spent so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// By position of the entry.
    parsed: Mutex<HashMap<usize, Parsed>>,
    xml: Mutex<u64>,
    digested: Mutex<Digested>,
    facts: Mutex<usize>,
    is_spent: AtomicBool,
}

#[derive(Debug, Default)]
struct Digested {
    seen: HashSet<(usize, DigestAlgorithm)>,
    bytes: u64,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Budget {
    /// Whether something was left undone because it was too much.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }

    /// What is known of a file that was read before.
    pub(super) fn parsed(&self, index: usize) -> Option<Parsed> {
        lock(&self.parsed).get(&index).cloned()
    }

    /// Keeps what came of reading a file.
    pub(super) fn keep_parsed(&self, index: usize, root: Result<&str, &XmlError>) {
        let short = |root: &str| if root.len() > LONGEST_ROOT { Box::default() } else { root.into() };
        lock(&self.parsed).insert(index, root.map(short).map_err(Clone::clone));
    }

    /// Takes what reading these bytes as XML costs.
    pub(super) fn take_xml(&self, bytes: &[u8], archive_len: usize, limits: &Limits) -> Result<(), OfdError> {
        let most = (archive_len as u64).saturating_mul(limits.xml_work_per_byte);
        let most = most.saturating_add(limits.xml_work);
        let mut spent = lock(&self.xml);
        *spent = spent.saturating_add(cost(bytes));
        if *spent > most {
            self.is_spent.store(true, Ordering::Relaxed);
            return Err(OfdError::TooMuchRead { limit: most });
        }
        Ok(())
    }

    /// Whether there is room for one more digest. That of a file takes room once for each algorithm.
    pub(super) fn may_digest(&self, entry: &Entry, algorithm: DigestAlgorithm, limits: &Limits) -> bool {
        let mut digested = lock(&self.digested);
        if digested.seen.contains(&(entry.index(), algorithm)) {
            return true;
        }
        let bytes = digested.bytes.saturating_add(entry.size());
        if bytes > limits.digested_bytes {
            self.is_spent.store(true, Ordering::Relaxed);
            return false;
        }
        digested.bytes = bytes;
        digested.seen.insert((entry.index(), algorithm))
    }

    /// The facts of a file, as far as there is room for them.
    pub(super) fn keep_facts(&self, facts: Facts, limits: &Limits) -> Vec<Fact> {
        let mut spent = lock(&self.facts);
        let mut room = limits.fact_bytes.saturating_sub(*spent);
        let (kept, is_whole) = facts.into_room(&mut room);
        *spent = limits.fact_bytes.saturating_sub(room);
        if !is_whole {
            self.is_spent.store(true, Ordering::Relaxed);
        }
        kept
    }
}

/// What reading a file costs, counted without reading it.
fn cost(bytes: &[u8]) -> u64 {
    let tags = memchr::memchr_iter(b'<', bytes).count() as u64;
    let parts = memchr::memchr2_iter(b'=', b'&', bytes).count() as u64;
    bytes.len() as u64 + tags * TAG + parts * PART
}

#[cfg(test)]
mod tests {
    use super::{Budget, Fact, Facts, Limits, cost};
    use crate::zip::{Archive, DosTime, Writer};
    use crypto::DigestAlgorithm::{Md5, Sm3};

    #[test]
    fn tags_and_what_is_in_them_cost_more_than_their_bytes() {
        assert_eq!(cost(b""), 0);
        assert_eq!(cost(b"<a b='&lt;'/>"), 13 + 100 + 100);
        assert_eq!(cost(b"<a>text</a>"), 11 + 200);
        let budget = Budget::default();
        let limits = Limits { xml_work: 149, xml_work_per_byte: 10, ..Limits::default() };
        assert!(budget.take_xml(b"<a/>", 6, &limits).is_ok() && !budget.is_spent());
        assert!(budget.take_xml(b"<b/>", 6, &limits).is_ok() && !budget.is_spent());
        assert!(budget.take_xml(b"x", 6, &limits).is_ok() && !budget.is_spent());
        assert!(budget.take_xml(b"yy", 6, &limits).is_err() && budget.is_spent());
    }

    #[test]
    fn digests_of_all_algorithms_take_room_once() {
        let mut writer = Writer::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
        writer.add("a", &[1; 40]).unwrap();
        writer.add("b", &[2; 40]).unwrap();
        let bytes = writer.finish().unwrap();
        let archive = Archive::open(&bytes, &crate::zip::Limits::default()).unwrap();
        let (budget, limits) = (Budget::default(), Limits { digested_bytes: 80, ..Limits::default() });
        let [a, b] = [0, 1].map(|at| &archive.entries()[at]);
        for _ in 0..9 {
            assert!(budget.may_digest(a, Sm3, &limits) && budget.may_digest(a, Md5, &limits));
        }
        assert!(!budget.is_spent());
        assert!(!budget.may_digest(b, Sm3, &limits) && budget.is_spent());
        assert!(budget.may_digest(a, Md5, &limits));
    }

    #[test]
    fn facts_of_all_files_take_bounded_room() {
        let fact = Fact::letter("a.xml", "ofd.id-form", "1");
        let (budget, limits) =
            (Budget::default(), Limits { fact_bytes: 2 * fact.len(), ..Limits::default() });
        let facts = || {
            let mut facts = Facts::default();
            facts.push(fact.clone());
            facts
        };
        assert_eq!(budget.keep_facts(facts(), &limits).len(), 1);
        assert_eq!(budget.keep_facts(facts(), &limits).len(), 1);
        assert!(!budget.is_spent());
        assert!(budget.keep_facts(facts(), &limits).is_empty() && budget.is_spent());
    }
}
