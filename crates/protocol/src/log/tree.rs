//! The tree over the hashes of a run of entries, in the shape of RFC 9162 §2.1 with SM3: a leaf is SM3(0x00 ‖ hash), a
//! node SM3(0x01 ‖ left ‖ right), and a list is split at the largest power of two below its length.

use crypto::sm3::{digest, digest_many};

const LEAF: u8 = 0;
const NODE: u8 = 1;

type Hash = [u8; 32];

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    digest(&bytes)
}

fn leaf(hash: &Hash) -> [u8; 33] {
    let mut bytes = [LEAF; 33];
    bytes[1..].copy_from_slice(hash);
    bytes
}

/// The tree over a run of entries.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Every level, the leaves first.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over these hashes. A last node without a partner goes up as it is, which gives the same tree as splitting
    /// at powers of two.
    pub fn over(hashes: &[Hash]) -> Self {
        let leaves: Vec<[u8; 33]> = hashes.iter().map(leaf).collect();
        let leaves: Vec<&[u8]> = leaves.iter().map(<[u8; 33]>::as_slice).collect();
        let mut levels = vec![digest_many(&leaves)];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let above = last.chunks(2).filter_map(|pair| match pair {
                [left, right] => Some(node(left, right)),
                [single] => Some(*single),
                _ => None,
            });
            let above = above.collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root; `None` over nothing.
    pub fn root(&self) -> Option<Hash> {
        self.levels.last()?.first().copied()
    }

    /// The hashes that lead from the entry at `index` up to the root, from the nearest on; `None` when there is no such
    /// entry.
    pub fn path(&self, index: usize) -> Option<Vec<Hash>> {
        self.levels.first()?.get(index)?;
        let mut at = index;
        let mut path = Vec::new();
        for level in &self.levels {
            path.extend(level.get(at ^ 1));
            at /= 2;
        }
        Some(path)
    }
}

/// The root that a path leads to from the entry `hash` at `index` among `count`; `None` when the path has another length
/// than such a tree gives.
pub fn root_of_path(hash: &Hash, index: u64, count: u64, path: &[Hash]) -> Option<Hash> {
    if index >= count {
        return None;
    }
    let (mut at, mut last) = (index, count - 1);
    let mut found = digest(&leaf(hash));
    let mut steps = path.iter();
    while last > 0 {
        if at % 2 == 1 {
            found = node(steps.next()?, &found);
        } else if at < last {
            found = node(&found, steps.next()?);
        }
        (at, last) = (at / 2, last / 2);
    }
    steps.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: usize) -> Vec<Hash> {
        (0..count).map(|number| digest(&number.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162 §2.1.1, word for word.
    fn defined(hashes: &[Hash]) -> Hash {
        match hashes {
            [one] => digest(&leaf(one)),
            many => {
                let split = (many.len().next_power_of_two()) / 2;
                node(&defined(&many[..split]), &defined(&many[split..]))
            }
        }
    }

    #[test]
    fn the_tree_is_the_one_that_is_defined_and_every_entry_leads_to_its_root() {
        assert_eq!(Tree::over(&[]).root(), None);
        for count in 1..70 {
            let hashes = hashes(count);
            let tree = Tree::over(&hashes);
            let root = tree.root().unwrap();
            assert_eq!(root, defined(&hashes), "{count}");
            for (index, hash) in hashes.iter().enumerate() {
                let path = tree.path(index).unwrap();
                let (at, of) = (index as u64, count as u64);
                assert_eq!(root_of_path(hash, at, of, &path), Some(root), "{index} of {count}");
                assert_ne!(root_of_path(&[7; 32], at, of, &path), Some(root));
                let mut longer = path.clone();
                longer.push([1; 32]);
                assert_eq!(root_of_path(hash, at, of, &longer), None);
                if let Some((_, shorter)) = path.split_last() {
                    assert_eq!(root_of_path(hash, at, of, shorter), None);
                }
                for other in (0..of).filter(|other| *other != at) {
                    assert_ne!(root_of_path(hash, other, of, &path), Some(root), "{index} as {other}");
                }
            }
            assert_eq!(tree.path(count), None);
            assert_eq!(root_of_path(&hashes[0], count as u64, count as u64, &[]), None);
        }
    }
}
