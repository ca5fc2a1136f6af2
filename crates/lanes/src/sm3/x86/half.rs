//! What AVX2 and the short vectors of AVX-512 have in common: eight lanes in 256 bits.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_broadcastsi128_si256, _mm256_castsi128_si256,
    _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_set1_epi32, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::{Block, MOST, States, TURN_BYTES, piece};

#[inline]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "vector loads")]
pub(super) fn load(states: &States) -> [__m256i; 8] {
    states.0.each_ref().map(|row| {
        let half: Option<&[u32; 8]> = row.first_chunk();
        // SAFETY: the pointer is a reference to 32 bytes, and the load needs no alignment.
        half.map_or(_mm256_setzero_si256(), |half| unsafe { _mm256_loadu_si256(half.as_ptr().cast()) })
    })
}

#[inline]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "vector stores")]
pub(super) fn store(states: &mut States, values: &[__m256i; 8]) {
    for (row, value) in states.0.iter_mut().zip(values) {
        if let Some(half) = row.first_chunk_mut::<8>() {
            // SAFETY: the pointer is a mutable reference to 32 bytes, and the store needs no alignment.
            unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), *value) };
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn gather<const Q: usize>(row: &[&Block; MOST], lane: usize) -> __m256i {
    let low = _mm256_castsi128_si256(piece::<Q>(row, lane));
    turn_bytes(_mm256_inserti128_si256::<1>(low, piece::<Q>(row, lane + 4)))
}

#[inline]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "a vector load")]
fn turn_bytes(value: __m256i) -> __m256i {
    // SAFETY: the pointer is a reference to 16 bytes, and the load needs no alignment.
    let order = unsafe { _mm_loadu_si128(TURN_BYTES.as_ptr().cast()) };
    _mm256_shuffle_epi8(value, _mm256_broadcastsi128_si256(order))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn low32(a: __m256i, b: __m256i) -> __m256i {
    _mm256_unpacklo_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn high32(a: __m256i, b: __m256i) -> __m256i {
    _mm256_unpackhi_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn low64(a: __m256i, b: __m256i) -> __m256i {
    _mm256_unpacklo_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn high64(a: __m256i, b: __m256i) -> __m256i {
    _mm256_unpackhi_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}
