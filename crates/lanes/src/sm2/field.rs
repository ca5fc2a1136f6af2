//! Eight elements of the SM2 prime field side by side (GB/T 33560: p = 2^256 - 2^224 - 2^96 + 2^64 - 1).
//!
//! An element is five limbs of 52 bits, one vector for each limb, one 64-bit lane of it for each of the eight elements.
//! Products are Montgomery products with R = 2^260.
//!
//! # Bounds
//!
//! Bounds are given in units of U = 2^256; p is a little less than U (p > U * (1 - 2^-31)). "Normal" limbs means
//! that limbs 0 to 3 are in [0, 2^52) and limb 4 is in [0, 2^52): exactly what `vpmadd52` reads of an operand. Every
//! non-negative value below 2^260 = 16 U has normal limbs, and [`carry`] finds them.
//!
//! * [`Wide`], ten columns: a product adds to each column at most 9 halves of products of limbs, each below 2^52, so
//!   columns are below 2^55.2; with two products in one `Wide` below 2^56.2. A square doubles columns of at most 4
//!   halves and then adds at most 1 half: below the same.
//! * [`reduce`] adds a carry, in size at most 2^7; columns of D = Q * c, each at most 2 halves, below 2^53; and 16
//!   times such a column, below 2^57. So what it handles and leaves is in size below 2^58.
//! * [`Raw`], five limbs with sign: the formulas in `point` add up at most 12 of those that `reduce` leaves, and
//!   constants below 2^52, so limbs are in size below 2^62, and no sum comes near the sign bit at 2^63.
//!
//! The Montgomery product of a and b is (a * b + Q * p) / 2^260 with Q < 2^260, so for a < s U and b < t U it is below
//! (s t / 16 + 1) U; it is not negative; two products reduced together come below ((s t + s' t') / 16 + 1) U.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cmplt_epi64_mask, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_add_epi64, _mm512_mask_mov_epi64, _mm512_mask_sub_epi64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_sub_epi64,
};

/// One word of each of the eight lanes.
pub(super) type V = __m512i;
/// Eight elements with normal limbs.
pub(super) type F = [V; 5];
/// Eight elements whose limbs have a sign and wait for their carries.
pub(super) type Raw = [V; 5];
/// Eight products before their reduction.
pub(super) type Wide = [V; 10];

/// The bits of a limb.
const LIMB: i64 = (1 << 52) - 1;
/// p in limbs.
const P: [u64; 5] = multiple(1);
/// 2^260 mod p: one, in the Montgomery form of the lanes.
/// 2^260 = 16 * (2^224 + 2^96 - 2^64 + 1) mod p, which is below p already.
pub(super) const ONE: [u64; 5] = [16, (1 << 48) - (1 << 16), 0, 0, 1 << 20];
/// 2^256 mod p = 2^224 + 2^96 - 2^64 + 1: a Montgomery product with it takes the factor 2^260 to 2^256.
pub(super) const TO_256: [u64; 5] = [1, (1 << 44) - (1 << 12), 0, 0, 1 << 16];

/// Limbs of k * p for k up to 15, which is below 2^260.
pub(super) const fn multiple(k: u64) -> [u64; 5] {
    // From the least: bits 0 to 63 are ones, 64 to 95 zeros, 96 to 223 ones, 224 is zero, 225 to 255 are ones.
    let p: [u64; 5] = [(1 << 52) - 1, 0x000f_f000_0000_0fff, (1 << 52) - 1, (1 << 52) - 1, 0xffff_fffe_ffff];
    let mut out = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let t = p[i] * k + carry; // below 2^56
        out[i] = t & ((1 << 52) - 1);
        carry = t >> 52;
        i += 1;
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn add(a: V, b: V) -> V {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sub(a: V, b: V) -> V {
    _mm512_sub_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn lo(t: V, a: V, b: V) -> V {
    _mm512_madd52lo_epu64(t, a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn hi(t: V, a: V, b: V) -> V {
    _mm512_madd52hi_epu64(t, a, b)
}

/// The same word in every lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn all(word: u64) -> V {
    _mm512_set1_epi64(word.cast_signed())
}

/// The same element in every lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn constant(limbs: [u64; 5]) -> F {
    [all(limbs[0]), all(limbs[1]), all(limbs[2]), all(limbs[3]), all(limbs[4])]
}

/// a + b, limb by limb.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sum(a: &Raw, b: &Raw) -> Raw {
    [add(a[0], b[0]), add(a[1], b[1]), add(a[2], b[2]), add(a[3], b[3]), add(a[4], b[4])]
}

/// a - b, limb by limb.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn difference(a: &Raw, b: &Raw) -> Raw {
    [sub(a[0], b[0]), sub(a[1], b[1]), sub(a[2], b[2]), sub(a[3], b[3]), sub(a[4], b[4])]
}

/// `new` in the lanes of the mask, `old` in the others.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn choose(mask: u8, old: &F, new: &F) -> F {
    [
        _mm512_mask_mov_epi64(old[0], mask, new[0]),
        _mm512_mask_mov_epi64(old[1], mask, new[1]),
        _mm512_mask_mov_epi64(old[2], mask, new[2]),
        _mm512_mask_mov_epi64(old[3], mask, new[3]),
        _mm512_mask_mov_epi64(old[4], mask, new[4]),
    ]
}

/// a, and a + b in the lanes of the mask.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn sum_where(mask: u8, a: &Raw, b: &Raw) -> Raw {
    [
        _mm512_mask_add_epi64(a[0], mask, a[0], b[0]),
        _mm512_mask_add_epi64(a[1], mask, a[1], b[1]),
        _mm512_mask_add_epi64(a[2], mask, a[2], b[2]),
        _mm512_mask_add_epi64(a[3], mask, a[3], b[3]),
        _mm512_mask_add_epi64(a[4], mask, a[4], b[4]),
    ]
}

/// a, and a - b in the lanes of the mask.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn difference_where(mask: u8, a: &Raw, b: &Raw) -> Raw {
    [
        _mm512_mask_sub_epi64(a[0], mask, a[0], b[0]),
        _mm512_mask_sub_epi64(a[1], mask, a[1], b[1]),
        _mm512_mask_sub_epi64(a[2], mask, a[2], b[2]),
        _mm512_mask_sub_epi64(a[3], mask, a[3], b[3]),
        _mm512_mask_sub_epi64(a[4], mask, a[4], b[4]),
    ]
}

/// Adds a product of limbs I and J to the columns it belongs to.
macro_rules! multiply_limbs {
    ($t:ident, $a:ident, $b:ident, $($i:literal $j:literal),+) => {
        $(
            $t[$i + $j] = lo($t[$i + $j], $a[$i], $b[$j]);
            $t[$i + $j + 1] = hi($t[$i + $j + 1], $a[$i], $b[$j]);
        )+
    };
}

/// a * b added to the columns of t.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn product_onto(mut t: Wide, a: &F, b: &F) -> Wide {
    // Row by row, so that ten chains of dependent additions run beside one another.
    multiply_limbs!(t, a, b, 0 0, 0 1, 0 2, 0 3, 0 4);
    multiply_limbs!(t, a, b, 1 0, 1 1, 1 2, 1 3, 1 4);
    multiply_limbs!(t, a, b, 2 0, 2 1, 2 2, 2 3, 2 4);
    multiply_limbs!(t, a, b, 3 0, 3 1, 3 2, 3 3, 3 4);
    multiply_limbs!(t, a, b, 4 0, 4 1, 4 2, 4 3, 4 4);
    t
}

/// a * b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn product(a: &F, b: &F) -> Wide {
    product_onto([_mm512_setzero_si512(); 10], a, b)
}

/// a * a.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square(a: &F) -> Wide {
    let mut t = [_mm512_setzero_si512(); 10];
    // The products of different limbs occur twice. Doubling a limb beforehand would lose its bit 52, so the columns
    // are doubled instead.
    multiply_limbs!(t, a, a, 0 1, 0 2, 0 3, 0 4, 1 2, 1 3, 1 4, 2 3, 2 4, 3 4);
    t[1] = add(t[1], t[1]);
    t[2] = add(t[2], t[2]);
    t[3] = add(t[3], t[3]);
    t[4] = add(t[4], t[4]);
    t[5] = add(t[5], t[5]);
    t[6] = add(t[6], t[6]);
    t[7] = add(t[7], t[7]);
    t[8] = add(t[8], t[8]);
    multiply_limbs!(t, a, a, 0 0, 1 1, 2 2, 3 3, 4 4);
    t
}

/// t / 2^260 mod p: exactly (t + Q * p) / 2^260 for a Q in [0, 2^260).
///
/// p = -1 mod 2^52, so each limb of Q is what stands in its column at its turn. With c = 2^44 - 2^12:
/// p = -1 - c * 2^52 + 16 c * 2^208, so Q * p = -Q - D * 2^52 + 16 D * 2^208 for D = Q * c, whose columns are
/// `d` below. -Q empties the low five columns; their carries and D go to the columns above.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce(t: &Wide) -> Raw {
    let zero = _mm512_setzero_si512();
    let c = all((1 << 44) - (1 << 12));
    // `vpmadd52` reads only the low 52 bits of q: the limb of Q. What is above them is the carry, with its sign.
    let q = t[0];
    let d0 = lo(zero, q, c);
    let d1 = hi(zero, q, c);
    let q = sub(add(t[1], _mm512_srai_epi64::<52>(q)), d0);
    let d1 = lo(d1, q, c);
    let d2 = hi(zero, q, c);
    let q = sub(add(t[2], _mm512_srai_epi64::<52>(q)), d1);
    let d2 = lo(d2, q, c);
    let d3 = hi(zero, q, c);
    let q = sub(add(t[3], _mm512_srai_epi64::<52>(q)), d2);
    let d3 = lo(d3, q, c);
    let d4 = hi(zero, q, c);
    let t4 = add(t[4], _mm512_slli_epi64::<4>(d0));
    let q = sub(add(t4, _mm512_srai_epi64::<52>(q)), d3);
    let d4 = lo(d4, q, c);
    let d5 = hi(zero, q, c);
    let t5 = add(t[5], _mm512_slli_epi64::<4>(d1));
    [
        sub(add(t5, _mm512_srai_epi64::<52>(q)), d4),
        sub(add(t[6], _mm512_slli_epi64::<4>(d2)), d5),
        add(t[7], _mm512_slli_epi64::<4>(d3)),
        add(t[8], _mm512_slli_epi64::<4>(d4)),
        add(t[9], _mm512_slli_epi64::<4>(d5)),
    ]
}

/// Normal limbs of a value in [0, 16 U). Of a negative value above -16 U, limb 4 is negative and the others normal.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn carry(a: &Raw) -> F {
    let limb = all(LIMB.cast_unsigned());
    let a1 = add(a[1], _mm512_srai_epi64::<52>(a[0]));
    let a2 = add(a[2], _mm512_srai_epi64::<52>(a1));
    let a3 = add(a[3], _mm512_srai_epi64::<52>(a2));
    let a4 = add(a[4], _mm512_srai_epi64::<52>(a3));
    [
        _mm512_and_si512(a[0], limb),
        _mm512_and_si512(a1, limb),
        _mm512_and_si512(a2, limb),
        _mm512_and_si512(a3, limb),
        a4,
    ]
}

/// The limbs without what stands above their 52 bits.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn cut(a: &F) -> F {
    let limb = all(LIMB.cast_unsigned());
    [
        _mm512_and_si512(a[0], limb),
        _mm512_and_si512(a[1], limb),
        _mm512_and_si512(a[2], limb),
        _mm512_and_si512(a[3], limb),
        _mm512_and_si512(a[4], limb),
    ]
}

/// A value in [0, 16 U), less a multiple of p: the result, with limbs that wait for their carries, is in
/// [0, (1 + 2^-26) U).
///
/// Limbs in size below 2^62 put the value within 2^219 of limb 4 * 2^208, and t is limb 4 / 2^48 rounded down, so
/// value - t U is in [-2^219, U + 2^219) and t in [-1, 16]. Subtracting t p instead leaves
/// t * (2^224 + 2^96 - 2^64 + 1) more, at most 2^229. The result is not negative: for t = 0 it is the value, for
/// t = -1 the value + p, otherwise at least 2^224 - 2^219.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn lessened(a: &Raw) -> Raw {
    let t = _mm512_srai_epi64::<48>(a[4]);
    let top = _mm512_and_si512(a[4], all((1 << 48) - 1));
    [
        add(a[0], t),
        add(a[1], sub(_mm512_slli_epi64::<44>(t), _mm512_slli_epi64::<12>(t))),
        a[2],
        a[3],
        add(top, _mm512_slli_epi64::<16>(t)),
    ]
}

/// The least residue of a value with normal limbs in [0, 2 p).
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn least(a: &F) -> F {
    let less = carry(&difference(a, &constant(P)));
    // Limb 4 keeps its sign through `carry`: where it is negative, the value was below p.
    let below = _mm512_cmplt_epi64_mask(less[4], _mm512_setzero_si512());
    choose(below, &less, a)
}
