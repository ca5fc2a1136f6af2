//! From digits to table entries in lanes.

use std::arch::x86_64::{
    _MM_HINT_T0, _mm_prefetch, _mm512_loadu_si512, _mm512_or_si512, _mm512_permutex2var_epi64,
    _mm512_set_epi64, _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_srli_epi64, _mm512_storeu_si512,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::field::{F, V};
use super::{Affine, Part};

/// What a lane without a digit reads.
static NOTHING: Affine = Affine([0; 8]);

/// Which entries the eight lanes add next.
pub(super) struct Rows<'a> {
    entries: [&'a Affine; 8],
    /// Lanes that have an entry.
    active: u8,
    /// Lanes whose entry is to be negated.
    negative: u8,
    /// Lanes whose digit has no entry in its table.
    pub(super) bad: u8,
}

impl<'a> Rows<'a> {
    /// The entries that the digits of one window name. A missing digit is 0.
    #[inline]
    pub(super) fn find(parts: &[&Part<'a>; 8], window: usize) -> Self {
        let mut found = Self { entries: [&NOTHING; 8], active: 0, negative: 0, bad: 0 };
        for (lane, part) in parts.iter().enumerate() {
            let digit = part.digits.get(window).copied().unwrap_or(0);
            let size = usize::from(digit.unsigned_abs());
            if size == 0 {
                continue;
            }
            let index = window.saturating_mul(part.half).saturating_add(size - 1);
            match part.table.get(index).filter(|_| size <= part.half) {
                Some(row) => {
                    found.entries[lane] = row;
                    found.active |= 1 << lane;
                    found.negative |= u8::from(digit < 0) << lane;
                }
                None => found.bad |= 1 << lane,
            }
        }
        found
    }

    /// Asks for the entries' cache lines.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn prefetch(&self) {
        for row in self.entries {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(row).cast());
        }
    }

    /// Reads the entries.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn entries(&self) -> Entries {
        let r = self.entries;
        let words = transpose(&[
            load(r[0]),
            load(r[1]),
            load(r[2]),
            load(r[3]),
            load(r[4]),
            load(r[5]),
            load(r[6]),
            load(r[7]),
        ]);
        Entries {
            x: sixteenfold([words[0], words[1], words[2], words[3]]),
            y: sixteenfold([words[4], words[5], words[6], words[7]]),
            active: self.active,
            negative: self.negative,
        }
    }
}

/// Eight table entries times 16, which turns R = 2^256 into R = 2^260: coordinates below 16 U, whose limbs have other
/// bits above their 52 (`vpmadd52` does not read them).
pub(super) struct Entries {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) active: u8,
    pub(super) negative: u8,
}

/// The eight words of an entry.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "vectors are loaded through pointers")]
fn load(row: &Affine) -> V {
    // SAFETY: the pointer comes from a reference to 64 bytes of plain words.
    unsafe { _mm512_loadu_si512(row.0.as_ptr().cast()) }
}

/// The words of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "vectors are stored through pointers")]
pub(super) fn store(vector: V) -> [u64; 8] {
    let mut words = [0u64; 8];
    // SAFETY: the pointer comes from a mutable reference to 64 bytes of plain words.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) };
    words
}

/// Word j of row i becomes word i of vector j.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(r: &[V; 8]) -> [V; 8] {
    // Two rows each: words 0 0 2 2 4 4 6 6, and 1 1 3 3 5 5 7 7.
    let (a0, a1) = (unpacked_low(r[0], r[1]), unpacked_high(r[0], r[1]));
    let (b0, b1) = (unpacked_low(r[2], r[3]), unpacked_high(r[2], r[3]));
    let (c0, c1) = (unpacked_low(r[4], r[5]), unpacked_high(r[4], r[5]));
    let (d0, d1) = (unpacked_low(r[6], r[7]), unpacked_high(r[6], r[7]));
    // Four rows each: words 0 0 0 0 4 4 4 4 for `low` of the even ones, 2 2 2 2 6 6 6 6 for `high`.
    let low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
    let high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    let w04 = pair(a0, b0, c0, d0, low);
    let w15 = pair(a1, b1, c1, d1, low);
    let w26 = pair(a0, b0, c0, d0, high);
    let w37 = pair(a1, b1, c1, d1, high);
    [w04[0], w15[0], w26[0], w37[0], w04[1], w15[1], w26[1], w37[1]]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn unpacked_low(a: V, b: V) -> V {
    _mm512_unpacklo_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn unpacked_high(a: V, b: V) -> V {
    _mm512_unpackhi_epi64(a, b)
}

/// Two words of all eight rows, from vectors that hold two rows each.
#[inline]
#[target_feature(enable = "avx512f")]
fn pair(a: V, b: V, c: V, d: V, which: V) -> [V; 2] {
    let first = _mm512_permutex2var_epi64(a, which, b);
    let second = _mm512_permutex2var_epi64(c, which, d);
    [_mm512_shuffle_i64x2::<0x44>(first, second), _mm512_shuffle_i64x2::<0xee>(first, second)]
}

/// Four words of 64 bits times 16 as limbs of 52 bits; the limbs keep other bits above their 52.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sixteenfold(w: [V; 4]) -> F {
    [
        _mm512_slli_epi64::<4>(w[0]),
        _mm512_or_si512(_mm512_srli_epi64::<48>(w[0]), _mm512_slli_epi64::<16>(w[1])),
        _mm512_or_si512(_mm512_srli_epi64::<36>(w[1]), _mm512_slli_epi64::<28>(w[2])),
        _mm512_or_si512(_mm512_srli_epi64::<24>(w[2]), _mm512_slli_epi64::<40>(w[3])),
        _mm512_srli_epi64::<12>(w[3]),
    ]
}

/// Values below 2^256 with normal limbs as four words for each lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn words(a: &F) -> [[u64; 4]; 8] {
    let columns = [
        store(_mm512_or_si512(a[0], _mm512_slli_epi64::<52>(a[1]))),
        store(_mm512_or_si512(_mm512_srli_epi64::<12>(a[1]), _mm512_slli_epi64::<40>(a[2]))),
        store(_mm512_or_si512(_mm512_srli_epi64::<24>(a[2]), _mm512_slli_epi64::<28>(a[3]))),
        store(_mm512_or_si512(_mm512_srli_epi64::<36>(a[3]), _mm512_slli_epi64::<16>(a[4]))),
    ];
    std::array::from_fn(|lane| std::array::from_fn(|word| columns[word][lane]))
}
