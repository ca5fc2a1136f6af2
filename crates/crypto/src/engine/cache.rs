//! The tables of the keys in use, for the whole process.
//!
//! A key gets a table at its [`SIGHTINGS`]th verification: making one takes as long as some twenty
//! verifications with it save, and a key that was seen once, such as that of a stranger's document, never displaces one in use. Both lists
//! are bounded, and the key used longest ago goes first.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::point::Point;
use super::table::{KEY_TABLE_BYTES, KeyTable};

/// SM3 of a key's `SubjectPublicKeyInfo`.
pub(super) type KeyId = [u8; 32];

/// The verification at which a key's table is made.
const SIGHTINGS: u8 = 8;
/// Keys whose sightings are counted.
const COUNTED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8191);
/// Tables held unless told otherwise: 145 MiB at most.
const DEFAULT_TABLES: usize = 1024;

static CACHE: LazyLock<TableCache> = LazyLock::new(|| TableCache::new(DEFAULT_TABLES));

/// How full the cache of key tables is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableUse {
    /// Keys that have a table.
    pub tables: usize,
    /// Bytes of these tables.
    pub bytes: usize,
    /// The most tables there may be.
    pub capacity: usize,
}

/// Sets how many keys may have a table of 145 KiB for quick verification (1,024 at first; 0 for none). Tables
/// above the new number are dropped at once.
pub fn set_table_capacity(tables: usize) {
    CACHE.resize(tables);
}

/// How full the cache of key tables is.
pub fn table_use() -> TableUse {
    CACHE.usage()
}

/// The table of a key, where it has one or has earned one by this use.
pub(super) fn table(id: &KeyId, point: &Point) -> Option<Arc<KeyTable>> {
    CACHE.table(id, point)
}

struct TableCache(Mutex<State>);

struct State {
    capacity: usize,
    tables: LruCache<KeyId, Arc<KeyTable>>,
    sightings: LruCache<KeyId, u8>,
}

impl TableCache {
    fn new(capacity: usize) -> Self {
        Self(Mutex::new(State { capacity, tables: LruCache::unbounded(), sightings: LruCache::new(COUNTED) }))
    }

    fn table(&self, id: &KeyId, point: &Point) -> Option<Arc<KeyTable>> {
        {
            let mut state = self.state();
            if let Some(table) = state.tables.get(id) {
                return Some(Arc::clone(table));
            }
            if !state.earned(id) {
                return None;
            }
        }
        // Made outside the lock; only the use that completed the count comes here.
        let table = Arc::new(KeyTable::new(point));
        let mut state = self.state();
        state.tables.put(*id, Arc::clone(&table));
        state.trim();
        Some(table)
    }

    fn resize(&self, capacity: usize) {
        let mut state = self.state();
        state.capacity = capacity;
        state.trim();
    }

    fn usage(&self) -> TableUse {
        let state = self.state();
        let tables = state.tables.len();
        TableUse { tables, bytes: tables * KEY_TABLE_BYTES, capacity: state.capacity }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves the lists half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts one use; true when it is the one that makes a table worthwhile.
    fn earned(&mut self, id: &KeyId) -> bool {
        if self.capacity == 0 {
            return false;
        }
        let seen = self.sightings.get_or_insert_mut(*id, || 0);
        *seen += 1;
        if *seen < SIGHTINGS {
            return false;
        }
        self.sightings.pop(id);
        true
    }

    fn trim(&mut self) {
        while self.tables.len() > self.capacity {
            self.tables.pop_lru();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> KeyId {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_le_bytes());
        id
    }

    #[test]
    fn a_table_is_made_at_the_eighth_use_and_shared() {
        let cache = TableCache::new(4);
        let point = Point::generator();
        for _ in 1..SIGHTINGS {
            assert!(cache.table(&id(1), &point).is_none());
        }
        let first = cache.table(&id(1), &point).unwrap();
        let second = cache.table(&id(1), &point).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(cache.usage(), TableUse { tables: 1, bytes: KEY_TABLE_BYTES, capacity: 4 });
    }

    #[test]
    fn memory_has_a_bound_whatever_is_asked() {
        let cache = TableCache::new(3);
        let point = Point::generator();
        for number in 0..20 {
            for _ in 0..SIGHTINGS + 2 {
                cache.table(&id(number), &point);
            }
            let state = cache.state();
            assert!(state.tables.len() <= 3 && state.tables.contains(&id(number)));
        }
        cache.resize(1);
        assert_eq!(cache.usage().tables, 1);
        cache.resize(0);
        for _ in 0..100 {
            assert!(cache.table(&id(7), &point).is_none());
        }
        assert_eq!(cache.usage(), TableUse { tables: 0, bytes: 0, capacity: 0 });
        const { assert!(KEY_TABLE_BYTES <= 150 * 1024) };
    }

    #[test]
    fn strangers_seen_once_are_counted_in_bounded_space_and_displace_nobody() {
        let cache = TableCache::new(2);
        let point = Point::generator();
        for _ in 0..SIGHTINGS {
            cache.table(&id(1), &point);
        }
        for number in 2..20_000 {
            assert!(cache.table(&id(number), &point).is_none());
        }
        let state = cache.state();
        assert!(state.tables.contains(&id(1)));
        assert_eq!(state.sightings.len(), COUNTED.get());
    }
}
