//! The rounds on x86-64 vectors.
//!
//! The rounds (GB/T 32905 §5.3) are written once, in terms of a few operations; AVX2 and the two lengths of AVX-512
//! each bring their own. Within a vector, position n belongs to lane n.

use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_setzero_si128};

use super::{Block, MOST, Set, States};

/// The constants T_j, turned left by j (GB/T 32905 §4.2 and §5.3.3).
const TURNED: [[u32; 16]; 4] = {
    let mut table = [[0_u32; 16]; 4];
    let (mut j, mut turns) = (0, 0);
    while j < 64 {
        let t: u32 = if j < 16 { 0x79CC_4519 } else { 0x7A87_9D8A };
        table[j / 16][j % 16] = t.rotate_left(turns % 32);
        (j, turns) = (j + 1, turns + 1);
    }
    table
};

/// Bytes of each word turned round: the words of a message are big-endian.
const TURN_BYTES: [i8; 16] = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

/// Repeats a round with numbers known when compiled, so that no array stays in memory.
macro_rules! repeat {
    ($round:ident($words:ident, $message:ident, $constants:expr); $($number:literal)*) => {
        $($words = $round::<$number>($words, &mut $message, $constants[$number]);)*
    };
}

/// Everything that is the same for all vectors. `$features` are those of the module's operations: `load`, `store`,
/// `gather` (a quarter of the blocks of lanes n, n + 4, ...), `low32`, `high32`, `low64`, `high64` (interleaving
/// within 128 bits), `splat`, `add`, `xor`, `xor3`, `turn` (rotation to the left), `majority`, `choose`, `p0`, `p1`.
macro_rules! rounds {
    ($features:literal, $vector:ty) => {
        /// Takes `count` blocks of every lane into its state.
        #[target_feature(enable = $features)]
        pub(super) fn compress(states: &mut States, blocks: &[&[Block]; MOST], count: usize) {
            let mut state = load(states);
            for at in 0..count {
                let words = all_rounds(state, words(&row(blocks, at)));
                for (to, word) in state.iter_mut().zip(words) {
                    *to = xor(*to, word);
                }
            }
            store(states, &state);
        }

        /// The sixteen words of a block of every lane.
        #[inline]
        #[target_feature(enable = $features)]
        fn words(row: &[&Block; MOST]) -> [$vector; 16] {
            let [a, b, c, d] = quarter::<0>(row);
            let [e, f, g, h] = quarter::<1>(row);
            let [i, j, k, l] = quarter::<2>(row);
            let [m, n, o, p] = quarter::<3>(row);
            [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
        }

        /// Four words of every lane: four small transpositions side by side.
        #[inline]
        #[target_feature(enable = $features)]
        fn quarter<const Q: usize>(row: &[&Block; MOST]) -> [$vector; 4] {
            let (a, b) = (gather::<Q>(row, 0), gather::<Q>(row, 1));
            let (c, d) = (gather::<Q>(row, 2), gather::<Q>(row, 3));
            let (front, back) = ((low32(a, b), low32(c, d)), (high32(a, b), high32(c, d)));
            [
                low64(front.0, front.1),
                high64(front.0, front.1),
                low64(back.0, back.1),
                high64(back.0, back.1),
            ]
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn all_rounds(state: [$vector; 8], mut w: [$vector; 16]) -> [$vector; 8] {
            let mut words = state;
            repeat!(early(words, w, TURNED[0]); 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            for constants in &TURNED[1..] {
                repeat!(late(words, w, constants); 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            }
            words
        }

        /// Round `N` of the first sixteen.
        #[inline]
        #[target_feature(enable = $features)]
        fn early<const N: usize>(words: [$vector; 8], w: &mut [$vector; 16], constant: u32) -> [$vector; 8] {
            if N >= 12 {
                expand::<N>(w);
            }
            let [a, b, c, _, e, f, g, _] = words;
            mix(words, xor3(a, b, c), xor3(e, f, g), w[N], w[(N + 4) % 16], constant)
        }

        /// Round `N` of the second, third or fourth sixteen.
        #[inline]
        #[target_feature(enable = $features)]
        fn late<const N: usize>(words: [$vector; 8], w: &mut [$vector; 16], constant: u32) -> [$vector; 8] {
            expand::<N>(w);
            let [a, b, c, _, e, f, g, _] = words;
            mix(words, majority(a, b, c), choose(e, f, g), w[N], w[(N + 4) % 16], constant)
        }

        /// The word that round `N` needs first, four ahead, in place of the one that was sixteen before it
        /// (GB/T 32905 §5.3.2).
        #[inline]
        #[target_feature(enable = $features)]
        fn expand<const N: usize>(w: &mut [$vector; 16]) {
            let before = |distance: usize| w[(N + 20 - distance) % 16];
            let sum = xor3(before(16), before(9), turn::<15, 17>(before(3)));
            w[(N + 4) % 16] = xor3(p1(sum), turn::<7, 25>(before(13)), before(6));
        }

        /// What all rounds share (GB/T 32905 §5.3.3); `ff` and `gg` are the values of the Boolean functions.
        #[inline]
        #[target_feature(enable = $features)]
        fn mix(
            words: [$vector; 8],
            ff: $vector,
            gg: $vector,
            w: $vector,
            ahead: $vector,
            constant: u32,
        ) -> [$vector; 8] {
            let [a, b, c, d, e, f, g, h] = words;
            let turned = turn::<12, 20>(a);
            let ss1 = turn::<7, 25>(add(turned, add(e, splat(constant))));
            let ss2 = xor(ss1, turned);
            let tt1 = add(add(add(ff, d), xor(w, ahead)), ss2);
            let tt2 = add(add(add(gg, h), w), ss1);
            [tt1, a, turn::<9, 23>(b), c, p0(tt2), e, turn::<19, 13>(f), g]
        }
    };
}

mod avx2;
mod avx512;
mod avx512_short;
mod half;

/// The best that `set` has for `busy` lanes.
#[expect(unsafe_code, reason = "calls of functions that need features of the processor")]
pub(super) fn compress(set: Set, busy: usize, states: &mut States, blocks: &[&[Block]; MOST], count: usize) {
    match set {
        // SAFETY: a `Set` comes only from the constructors of `Lanes`; this one looked for avx2.
        Set::Avx2 => unsafe { avx2::compress(states, blocks, count) },
        // SAFETY: the constructor of this set looked for avx512f, avx512bw and avx512vl.
        Set::Avx512 if busy <= 8 => unsafe { avx512_short::compress(states, blocks, count) },
        // SAFETY: as above.
        Set::Avx512 => unsafe { avx512::compress(states, blocks, count) },
    }
}

/// Block `at` of every lane; zeros where there is none.
#[inline]
fn row<'a>(blocks: &[&'a [Block]; MOST], at: usize) -> [&'a Block; MOST] {
    blocks.map(|lane| lane.get(at).unwrap_or(&[0; 64]))
}

/// A quarter of a lane's block; zeros where there is none.
#[inline]
#[target_feature(enable = "avx")]
#[expect(unsafe_code, reason = "a vector load")]
fn piece<const Q: usize>(row: &[&Block; MOST], lane: usize) -> __m128i {
    let quarter = row.get(lane).and_then(|block| block.as_chunks::<16>().0.get(Q));
    // SAFETY: the pointer is a reference to 16 bytes, and the load needs no alignment.
    quarter.map_or(_mm_setzero_si128(), |quarter| unsafe { _mm_loadu_si128(quarter.as_ptr().cast()) })
}
