//! Sixteen lanes with AVX-512.

use std::arch::x86_64::{
    __m512i, _mm_loadu_si128, _mm512_add_epi32, _mm512_broadcast_i32x4, _mm512_castsi128_si512,
    _mm512_inserti32x4, _mm512_loadu_si512, _mm512_rol_epi32, _mm512_set1_epi32, _mm512_shuffle_epi8,
    _mm512_storeu_si512, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::{Block, MOST, States, TURN_BYTES, TURNED, piece, row};

rounds!("avx512f,avx512bw,avx512vl", __m512i);

#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "vector loads")]
fn load(states: &States) -> [__m512i; 8] {
    // SAFETY: the pointer is a reference to 64 bytes, and the load needs no alignment.
    states.0.each_ref().map(|row| unsafe { _mm512_loadu_si512(row.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "vector stores")]
fn store(states: &mut States, values: &[__m512i; 8]) {
    for (row, value) in states.0.iter_mut().zip(values) {
        // SAFETY: the pointer is a mutable reference to 64 bytes, and the store needs no alignment.
        unsafe { _mm512_storeu_si512(row.as_mut_ptr().cast(), *value) };
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn gather<const Q: usize>(row: &[&Block; MOST], lane: usize) -> __m512i {
    let value = _mm512_castsi128_si512(piece::<Q>(row, lane));
    let value = _mm512_inserti32x4::<1>(value, piece::<Q>(row, lane + 4));
    let value = _mm512_inserti32x4::<2>(value, piece::<Q>(row, lane + 8));
    turn_bytes(_mm512_inserti32x4::<3>(value, piece::<Q>(row, lane + 12)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
#[expect(unsafe_code, reason = "a vector load")]
fn turn_bytes(value: __m512i) -> __m512i {
    // SAFETY: the pointer is a reference to 16 bytes, and the load needs no alignment.
    let order = unsafe { _mm_loadu_si128(TURN_BYTES.as_ptr().cast()) };
    _mm512_shuffle_epi8(value, _mm512_broadcast_i32x4(order))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn low32(a: __m512i, b: __m512i) -> __m512i {
    _mm512_unpacklo_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn high32(a: __m512i, b: __m512i) -> __m512i {
    _mm512_unpackhi_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn low64(a: __m512i, b: __m512i) -> __m512i {
    _mm512_unpacklo_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn high64(a: __m512i, b: __m512i) -> __m512i {
    _mm512_unpackhi_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor(a: __m512i, b: __m512i) -> __m512i {
    _mm512_xor_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn turn<const LEFT: i32, const RIGHT: i32>(a: __m512i) -> __m512i {
    _mm512_rol_epi32::<LEFT>(a)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn majority(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xE8>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn choose(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xCA>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn p0(a: __m512i) -> __m512i {
    xor3(a, turn::<9, 23>(a), turn::<17, 15>(a))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn p1(a: __m512i) -> __m512i {
    xor3(a, turn::<15, 17>(a), turn::<23, 9>(a))
}
