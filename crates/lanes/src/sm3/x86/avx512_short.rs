//! Eight lanes with the rotations and three-operand functions of AVX-512, for the time when no more lanes are busy.

use std::arch::x86_64::{__m256i, _mm256_rol_epi32, _mm256_ternarylogic_epi32};

use super::half::{add, gather, high32, high64, load, low32, low64, splat, store, xor};
use super::{Block, MOST, States, TURNED, row};

rounds!("avx512f,avx512bw,avx512vl", __m256i);

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn turn<const LEFT: i32, const RIGHT: i32>(a: __m256i) -> __m256i {
    _mm256_rol_epi32::<LEFT>(a)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_ternarylogic_epi32::<0x96>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_ternarylogic_epi32::<0xE8>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn choose(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_ternarylogic_epi32::<0xCA>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn p0(a: __m256i) -> __m256i {
    xor3(a, turn::<9, 23>(a), turn::<17, 15>(a))
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn p1(a: __m256i) -> __m256i {
    xor3(a, turn::<15, 17>(a), turn::<23, 9>(a))
}
