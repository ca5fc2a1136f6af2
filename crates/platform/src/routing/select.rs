//! In which order the addresses of a system are tried.

/// How much is hoped of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hope {
    /// Nothing speaks against it.
    Good,
    /// Its last probe failed.
    Doubtful,
    /// Its breaker is open: it is not tried.
    None,
}

/// What decides about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// How much is hoped of it.
    pub hope: Hope,
    /// Lower ones go first.
    pub priority: i64,
    /// The share among equals; 0 only when nothing else is left.
    pub weight: u32,
}

/// The candidates that may be tried, by their index: first by hope, then by priority, then drawn by weight.
/// `draw(n)` gives a number below `n`.
pub(super) fn order(candidates: &[Candidate], mut draw: impl FnMut(u64) -> u64) -> Vec<usize> {
    let rank = |index: &usize| candidates.get(*index).map(|one| (one.hope, one.priority));
    let mut sorted: Vec<usize> = (0..candidates.len()).collect();
    sorted.retain(|index| candidates.get(*index).is_some_and(|one| one.hope != Hope::None));
    sorted.sort_by_key(rank);
    let mut ordered = Vec::with_capacity(sorted.len());
    for equals in sorted.chunk_by(|a, b| rank(a) == rank(b)) {
        let mut left = equals.to_vec();
        while !left.is_empty() {
            let weight = |index: usize| candidates.get(index).map_or(0, |one| u64::from(one.weight));
            let total: u64 = left.iter().map(|index| weight(*index)).sum();
            let mut drawn = if total == 0 { 0 } else { draw(total) };
            let place = left.iter().position(|index| {
                let own = weight(*index);
                let hit = drawn < own;
                drawn = drawn.saturating_sub(own);
                hit
            });
            ordered.push(left.remove(place.unwrap_or(0)));
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(hope: Hope, priority: i64, weight: u32) -> Candidate {
        Candidate { hope, priority, weight }
    }

    #[test]
    fn hope_goes_before_priority_and_priority_before_weight() {
        let list = [
            one(Hope::None, 1, 100),
            one(Hope::Doubtful, 1, 100),
            one(Hope::Good, 2, 100),
            one(Hope::Good, 1, 0),
            one(Hope::Good, 1, 1),
        ];
        assert_eq!(order(&list, |_| 0), [4, 3, 2, 1]);
    }

    #[test]
    fn weights_are_shares() {
        let list = [one(Hope::Good, 1, 30), one(Hope::Good, 1, 70)];
        let first = |number| order(&list, |_| number)[0];
        let shares = (0..100).filter(|number| first(*number) == 0).count();
        assert_eq!(shares, 30);
        // Whatever is drawn, each is there once.
        for number in [0, 29, 30, 99, 100, u64::MAX] {
            let mut all = order(&list, |_| number);
            all.sort_unstable();
            assert_eq!(all, [0, 1]);
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(order(&[], |_| 0).is_empty());
        assert!(order(&[one(Hope::None, 1, 1)], |_| 0).is_empty());
    }
}
