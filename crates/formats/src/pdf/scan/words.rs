//! The words by which a file is looked through, found in one pass.

use std::sync::LazyLock;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem;

/// What a word may be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// The header of an object (or the end of one).
    Object,
    /// The end of a revision.
    End,
    /// The key `ByteRange`.
    Name,
    /// The same key, one of its characters written with `#xx` (§7.3.5).
    Escape,
}

/// All words. None overlaps another or itself, so that looking for all at once finds what looking for each does.
const WORDS: [(&[u8], Word); 12] = [
    (b"obj", Word::Object),
    (b"startxref", Word::End),
    (b"/ByteRange", Word::Name),
    (b"#42", Word::Escape),
    (b"#79", Word::Escape),
    (b"#74", Word::Escape),
    (b"#65", Word::Escape),
    (b"#52", Word::Escape),
    (b"#61", Word::Escape),
    (b"#6E", Word::Escape),
    (b"#6e", Word::Escape),
    (b"#67", Word::Escape),
];

/// Gives every word with its offset; those of one kind in rising order.
pub(super) fn each(bytes: &[u8], take: &mut dyn FnMut(Word, usize)) {
    static ALL: LazyLock<Option<Searcher>> = LazyLock::new(searcher);
    match ALL.as_ref() {
        Some(all) => at_once(all, bytes, take),
        None => one_by_one(bytes, take),
    }
}

/// None where the processor has no instructions for it.
fn searcher() -> Option<Searcher> {
    let mut config = Config::new();
    config.match_kind(MatchKind::LeftmostFirst).builder().extend(WORDS.map(|(word, _)| word)).build()
}

fn at_once(all: &Searcher, bytes: &[u8], take: &mut dyn FnMut(Word, usize)) {
    for found in all.find_iter(bytes) {
        if let Some((_, word)) = WORDS.get(found.pattern().as_usize()) {
            take(*word, found.start());
        }
    }
}

fn one_by_one(bytes: &[u8], take: &mut dyn FnMut(Word, usize)) {
    for (word, kind) in WORDS {
        memmem::find_iter(bytes, word).for_each(|at| take(kind, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Way<'w> = &'w dyn Fn(&[u8], &mut dyn FnMut(Word, usize));

    fn found(way: Way<'_>, bytes: &[u8]) -> Vec<(Word, usize)> {
        let mut all = Vec::new();
        way(bytes, &mut |word, at| all.push((word, at)));
        all.sort_unstable();
        all
    }

    /// As it is said: at every byte, every word.
    fn plainly(bytes: &[u8], take: &mut dyn FnMut(Word, usize)) {
        for at in 0..bytes.len() {
            for (word, kind) in WORDS {
                if bytes[at..].starts_with(word) {
                    take(kind, at);
                }
            }
        }
    }

    #[test]
    fn words_do_not_overlap() {
        for (a, _) in WORDS {
            for (b, _) in WORDS {
                let overlap = (1..a.len()).any(|at| a[at..].starts_with(b) || b.starts_with(&a[at..]));
                assert!(!overlap, "{} {}", a.escape_ascii(), b.escape_ascii());
            }
        }
    }

    #[test]
    fn every_character_of_the_name_may_be_escaped() {
        for byte in b"ByteRange" {
            for escape in [format!("#{byte:02x}"), format!("#{byte:02X}")] {
                assert!(WORDS.contains(&(escape.as_bytes(), Word::Escape)), "{escape}");
            }
        }
    }

    proptest! {
        #[test]
        fn either_way_finds_every_word(
            pieces in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(WORDS.map(|(word, _)| word.to_vec()).to_vec()),
                    proptest::sample::select(vec![
                        b"endobj".to_vec(), b"start".to_vec(), b"/Byte".to_vec(), b"#".to_vec(), b"ob".to_vec(),
                        b"Range".to_vec(), b"#6".to_vec(), b"/".to_vec(), b"o".to_vec(), b"startxre".to_vec(),
                    ]),
                    proptest::collection::vec(any::<u8>(), 0..70),
                ],
                0..60,
            ),
        ) {
            let bytes = pieces.concat();
            let expected = found(&plainly, &bytes);
            prop_assert_eq!(found(&each, &bytes), expected.clone());
            prop_assert_eq!(found(&one_by_one, &bytes), expected);
        }
    }
}
