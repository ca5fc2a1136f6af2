//! Eight lanes with AVX2, which has neither rotations nor functions of three operands.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_or_si256, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_slli_epi32,
    _mm256_srli_epi32,
};

use super::half::{add, gather, high32, high64, load, low32, low64, splat, store, xor};
use super::{Block, MOST, States, TURNED, row};

rounds!("avx2", __m256i);

#[inline]
#[target_feature(enable = "avx2")]
fn turn<const LEFT: i32, const RIGHT: i32>(a: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(a), _mm256_srli_epi32::<RIGHT>(a))
}

/// A rotation by eight is a movement of whole bytes, in one instruction.
#[inline]
#[target_feature(enable = "avx2")]
fn turn8(a: __m256i) -> __m256i {
    let order = _mm256_setr_epi8(
        3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12,
        13, 14,
    );
    _mm256_shuffle_epi8(a, order)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(xor(a, b), c)
}

#[inline]
#[target_feature(enable = "avx2")]
fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(_mm256_or_si256(a, b), c))
}

#[inline]
#[target_feature(enable = "avx2")]
fn choose(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(_mm256_and_si256(xor(b, c), a), c)
}

#[inline]
#[target_feature(enable = "avx2")]
fn p0(a: __m256i) -> __m256i {
    let by9 = turn::<9, 23>(a);
    xor3(a, by9, turn8(by9))
}

#[inline]
#[target_feature(enable = "avx2")]
fn p1(a: __m256i) -> __m256i {
    let by15 = turn::<15, 17>(a);
    xor3(a, by15, turn8(by15))
}
