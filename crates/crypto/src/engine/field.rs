//! The prime field of the SM2 curve, p = 2^256 − 2^224 − 2^96 + 2^64 − 1 (GB/T 32918.5), variable-time, for
//! verification only.
//!
//! Elements are in Montgomery form with R = 2^256 and always below p, so equal elements have equal limbs. Because
//! p ≡ −1 modulo 2^64, the quotient digit of a reduction step is the lowest limb itself, and its product with p is
//! four subtractions.

#![expect(clippy::inline_always, reason = "a call costs as much as the arithmetic in it; measured")]

use std::hint::select_unpredictable;

/// Four limbs, least significant first.
pub(super) type Limbs = [u64; 4];

/// The prime.
pub(super) const P: Limbs =
    [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];
/// R modulo p: one in Montgomery form.
const ONE: Limbs =
    [0x0000_0000_0000_0001, 0x0000_0000_ffff_ffff, 0x0000_0000_0000_0000, 0x0000_0001_0000_0000];
/// R² modulo p, which takes numbers into Montgomery form.
const R_SQUARED: Limbs =
    [0x0000_0002_0000_0003, 0x0000_0002_ffff_ffff, 0x0000_0001_0000_0001, 0x0000_0004_0000_0002];

/// An element of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fe(pub(super) Limbs);

impl Fe {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self(ONE);

    /// Takes a number below p into the field; `None` for p and above.
    pub(super) fn from_number(number: Limbs) -> Option<Self> {
        let (_, below) = sub_limbs(&number, &P);
        below.then(|| Self(number).mul(&Self(R_SQUARED)))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0 == [0; 4]
    }

    #[inline(always)]
    pub(super) fn add(&self, other: &Self) -> Self {
        let (sum, carry) = add_limbs(&self.0, &other.0);
        below_p(&sum, carry)
    }

    #[inline(always)]
    pub(super) fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = sub_limbs(&self.0, &other.0);
        // Adding p back is masked, since the branch would be taken half of the time and foreseen never.
        let mask = 0_u64.wrapping_sub(u64::from(borrow));
        Self(add_limbs(&difference, &P.map(|limb| limb & mask)).0)
    }

    pub(super) fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    #[inline(always)]
    pub(super) fn double(&self) -> Self {
        self.add(self)
    }

    /// Half of the element.
    #[inline(always)]
    pub(super) fn half(&self) -> Self {
        // p is odd: an odd number becomes even by adding it, and stays below 2p.
        let mask = 0_u64.wrapping_sub(self.0[0] & 1);
        let ([a0, a1, a2, a3], carry) = add_limbs(&self.0, &P.map(|limb| limb & mask));
        Self([
            (a0 >> 1) | (a1 << 63),
            (a1 >> 1) | (a2 << 63),
            (a2 >> 1) | (a3 << 63),
            (a3 >> 1) | (u64::from(carry) << 63),
        ])
    }

    #[inline(always)]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        let (t0, c) = a[0].carrying_mul_add(b[0], 0, 0);
        let (t1, c) = a[0].carrying_mul_add(b[1], 0, c);
        let (t2, c) = a[0].carrying_mul_add(b[2], 0, c);
        let (t3, t4) = a[0].carrying_mul_add(b[3], 0, c);

        let (t1, c) = a[1].carrying_mul_add(b[0], t1, 0);
        let (t2, c) = a[1].carrying_mul_add(b[1], t2, c);
        let (t3, c) = a[1].carrying_mul_add(b[2], t3, c);
        let (t4, t5) = a[1].carrying_mul_add(b[3], t4, c);

        let (t2, c) = a[2].carrying_mul_add(b[0], t2, 0);
        let (t3, c) = a[2].carrying_mul_add(b[1], t3, c);
        let (t4, c) = a[2].carrying_mul_add(b[2], t4, c);
        let (t5, t6) = a[2].carrying_mul_add(b[3], t5, c);

        let (t3, c) = a[3].carrying_mul_add(b[0], t3, 0);
        let (t4, c) = a[3].carrying_mul_add(b[1], t4, c);
        let (t5, c) = a[3].carrying_mul_add(b[2], t5, c);
        let (t6, t7) = a[3].carrying_mul_add(b[3], t6, c);

        reduce(&[t0, t1, t2, t3, t4, t5, t6, t7])
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        let a = &self.0;
        // The products of different limbs once,
        let (t1, c) = a[0].carrying_mul_add(a[1], 0, 0);
        let (t2, c) = a[0].carrying_mul_add(a[2], 0, c);
        let (t3, t4) = a[0].carrying_mul_add(a[3], 0, c);
        let (t3, c) = a[1].carrying_mul_add(a[2], t3, 0);
        let (t4, t5) = a[1].carrying_mul_add(a[3], t4, c);
        let (t5, t6) = a[2].carrying_mul_add(a[3], t5, 0);
        // doubled,
        let t7 = t6 >> 63;
        let t6 = (t6 << 1) | (t5 >> 63);
        let t5 = (t5 << 1) | (t4 >> 63);
        let t4 = (t4 << 1) | (t3 >> 63);
        let t3 = (t3 << 1) | (t2 >> 63);
        let t2 = (t2 << 1) | (t1 >> 63);
        let t1 = t1 << 1;
        // and the squares of the limbs.
        let (t0, c) = a[0].carrying_mul_add(a[0], 0, 0);
        let (t1, carry) = t1.carrying_add(c, false);
        let (low, high) = a[1].carrying_mul_add(a[1], 0, 0);
        let (t2, carry) = t2.carrying_add(low, carry);
        let (t3, carry) = t3.carrying_add(high, carry);
        let (low, high) = a[2].carrying_mul_add(a[2], 0, 0);
        let (t4, carry) = t4.carrying_add(low, carry);
        let (t5, carry) = t5.carrying_add(high, carry);
        let (low, high) = a[3].carrying_mul_add(a[3], 0, 0);
        let (t6, carry) = t6.carrying_add(low, carry);
        let (t7, _) = t7.carrying_add(high, carry);
        reduce(&[t0, t1, t2, t3, t4, t5, t6, t7])
    }

    /// The inverse, by Fermat's theorem; zero for zero.
    pub(super) fn invert(&self) -> Self {
        let mut result = Self::ONE;
        // p − 2, most significant bit first.
        for limb in [P[3], P[2], P[1], P[0] - 2] {
            for bit in (0..64).rev() {
                result = result.square();
                if limb >> bit & 1 == 1 {
                    result = result.mul(self);
                }
            }
        }
        result
    }
}

/// Montgomery reduction of a product of two elements below p.
///
/// A step takes the lowest limb m away and adds m·(p + 1)/2^64 = m·(2^192 − 2^160 − 2^32 + 1) to the limbs above.
/// The whole is below p² + R·p < 2·R·p before the division by R, so that one subtraction of p ends it.
#[inline(always)]
fn reduce(t: &[u64; 8]) -> Fe {
    let (t1, t2, t3, t4, c) = step(t[0], t[1], t[2], t[3], t[4], false);
    let (t2, t3, t4, t5, c) = step(t1, t2, t3, t4, t[5], c);
    let (t3, t4, t5, t6, c) = step(t2, t3, t4, t5, t[6], c);
    let (t4, t5, t6, t7, c) = step(t3, t4, t5, t6, t[7], c);
    below_p(&[t4, t5, t6, t7], c)
}

/// One step of [`reduce`]: the four limbs above `m`, and the carry of the highest, which belongs to the limb above
/// it and is taken up by the next step.
#[inline(always)]
fn step(m: u64, t1: u64, t2: u64, t3: u64, t4: u64, above: bool) -> (u64, u64, u64, u64, bool) {
    let (low, high) = (m << 32, m >> 32);
    let (d0, b) = m.borrowing_sub(low, false);
    let (d1, b) = 0_u64.borrowing_sub(high, b);
    let (d2, b) = 0_u64.borrowing_sub(low, b);
    let (d3, _) = m.borrowing_sub(high, b);
    let (t1, c) = t1.carrying_add(d0, false);
    let (t2, c) = t2.carrying_add(d1, c);
    let (t3, c) = t3.carrying_add(d2, c);
    // d3 < 2^64 − 2^32, or 0: adding the carry of the step before cannot overflow.
    let (t4, c) = t4.carrying_add(d3 + u64::from(above), c);
    (t1, t2, t3, t4, c)
}

/// A number below 2·p, given with its carry, less p where it is p or more.
#[inline(always)]
fn below_p(number: &Limbs, carry: bool) -> Fe {
    let (less, borrow) = sub_limbs(number, &P);
    let keep = borrow && !carry;
    Fe(std::array::from_fn(|i| select_unpredictable(keep, number[i], less[i])))
}

#[inline(always)]
pub(super) fn add_limbs(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].carrying_add(b[0], false);
    let (r1, c) = a[1].carrying_add(b[1], c);
    let (r2, c) = a[2].carrying_add(b[2], c);
    let (r3, c) = a[3].carrying_add(b[3], c);
    ([r0, r1, r2, r3], c)
}

#[inline(always)]
pub(super) fn sub_limbs(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].borrowing_sub(b[0], false);
    let (r1, c) = a[1].borrowing_sub(b[1], c);
    let (r2, c) = a[2].borrowing_sub(b[2], c);
    let (r3, c) = a[3].borrowing_sub(b[3], c);
    ([r0, r1, r2, r3], c)
}

/// A big-endian number.
pub(super) fn limbs(bytes: &[u8; 32]) -> Limbs {
    let (chunks, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_be_bytes(chunks[3 - i]))
}
