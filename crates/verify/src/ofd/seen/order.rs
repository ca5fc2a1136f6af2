//! Which of two signatures was made first, as far as a signature says so. The order in a list that is open is anybody's.

use std::collections::{HashMap, HashSet};

use formats::ofd::Outcome;

use crate::ofd::gather::Signatures;

/// What each signature covers of the others.
pub(super) struct Order {
    /// By position: the signatures whose descriptions it covers as they are.
    covered: Vec<HashSet<usize>>,
}

impl Order {
    pub(super) fn find(signatures: &Signatures<'_>) -> Self {
        let described = signatures.list.iter().enumerate().filter_map(|(at, gathered)| {
            let description = gathered.description.as_ref().ok()?;
            Some((description.signature.path.as_str(), at))
        });
        let by_path: HashMap<&str, usize> = described.collect();
        let covered = signatures.list.iter().map(|gathered| {
            let references = gathered.description.as_ref().map_or(&[][..], |described| &described.references);
            let unchanged = references.iter().filter(|check| check.outcome == Outcome::Match);
            unchanged.filter_map(|check| by_path.get(check.path.as_str()).copied()).collect()
        });
        Self { covered: covered.collect() }
    }

    /// Whether the signature at `first` was there when the one at `second` was made: the latter covers it.
    pub(super) fn is_before(&self, first: usize, second: usize) -> bool {
        self.covered.get(second).is_some_and(|covered| covered.contains(&first))
    }

    /// Whether a reader may draw the seal of `upper` above that of `lower`: it stands behind it in the list, or the list
    /// may have been put in another order, since `lower` does not cover it.
    pub(super) fn may_lie_above(&self, upper: usize, lower: usize) -> bool {
        upper > lower || (upper < lower && !self.is_before(upper, lower))
    }
}
