//! Eight points in Jacobian coordinates (x = X / Z^2, y = Y / Z^3), their mixed addition and their doubling.
//!
//! # Bounds, in units of U = 2^256 as in `field`
//!
//! A [`Point`] keeps X < 1.001, Y < 2.3, Z < 1.45, ZZ < 1.14 (1.45^2 / 16 + 1 = 1.132), all with normal limbs. Each
//! formula below states the bounds of its values and ends within these again. A difference gets a multiple of p that
//! is larger than what is subtracted, so that it is never negative; p > 0.999 U in these comparisons.

use super::field::{
    F, ONE, TO_256, all, carry, choose, constant, cut, difference, difference_where, least, lessened,
    multiple, product, product_onto, reduce, square, sum, sum_where,
};
use super::rows::Entries;

/// Eight points. Lanes outside `started` are the point at infinity, whatever else stands there, with Z = 0.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: F,
    pub(super) y: F,
    pub(super) z: F,
    /// Z^2.
    pub(super) zz: F,
    /// The lanes that have met a point.
    pub(super) started: u8,
}

impl Point {
    /// Eight points at infinity.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn infinity() -> Self {
        let zero = [all(0); 5];
        Self { x: zero, y: zero, z: zero, zz: zero, started: 0 }
    }

    /// The entries themselves, in the lanes of the mask.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn start(&mut self, mask: u8, entries: &Entries) {
        let one = constant(ONE); // below p
        let y = carry(&lessened(&cut(&entries.y))); // below 1.001
        let minus = carry(&difference(&constant(multiple(2)), &y)); // below 2
        self.x = choose(mask, &self.x, &carry(&lessened(&cut(&entries.x))));
        self.y = choose(mask, &self.y, &choose(entries.negative, &y, &minus));
        self.z = choose(mask, &self.z, &one);
        self.zz = choose(mask, &self.zz, &one);
        self.started |= mask;
    }

    /// Adds the entries, in the lanes that have one; the others stay as they are.
    ///
    /// Where the point is plus or minus the entry already, H = 0 mod p and so Z = 0 mod p; Z stays 0 mod p from then
    /// on, because each new Z is a multiple of the old one and `start` touches only lanes that have not started.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add(&mut self, entries: &Entries) {
        let first = entries.active & !self.started;
        if self.started != 0 {
            self.add_to_all(entries);
        }
        if first != 0 {
            self.start(first, entries);
        }
    }

    /// 8M + 3S, less one reduction. Lanes that have not started come out as nonsense within the bounds.
    ///
    /// X2, Y2 < 16 are the entry's (with its sign taken into R), X1, Y1, Z1 the point's.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_to_all(&mut self, entries: &Entries) {
        // U2 = X2 ZZ < 2.14; H = U2 - X1 + 2p < 4.14 and > 0.
        let u2 = reduce(&product(&entries.x, &self.zz));
        // ZZZ < 1.45 * 1.14 / 16 + 1 < 1.11.
        let zzz = carry(&reduce(&product(&self.z, &self.zz)));
        let h = carry(&sum(&u2, &difference(&constant(multiple(2)), &self.x)));
        // Z3 = Z1 H < 1.45 * 4.14 / 16 + 1 < 1.38.
        let z3 = carry(&reduce(&product(&self.z, &h)));
        // HH < 4.14^2 / 16 + 1 < 2.08.
        let hh = carry(&reduce(&square(&h)));
        // S2 = Y2 ZZZ < 2.11. R = Y1 - S2: Y1 + S2 for an entry with minus, else Y1 + 3p - S2; so 0 <= R < 5.3.
        let s2 = reduce(&product(&entries.y, &zzz));
        let plus = !entries.negative;
        let y1 = sum_where(plus, &self.y, &constant(multiple(3)));
        let y1 = sum_where(entries.negative, &y1, &s2);
        let r = carry(&difference_where(plus, &y1, &s2));
        // ZZ3 < 1.38^2 / 16 + 1 < 1.12.
        let zz3 = carry(&reduce(&square(&z3)));
        // V = X1 HH < 1.001 * 2.08 / 16 + 1 < 1.14.
        let v = reduce(&product(&self.x, &hh));
        // -HHH + 2p, with HHH < 4.14 * 2.08 / 16 + 1 < 1.54: in (0.45, 2].
        let minus_hhh = difference(&constant(multiple(2)), &reduce(&product(&h, &hh)));
        // X3 = R^2 - HHH - 2V + 3p < (5.3^2 / 16 + 1) + 2 + 3 < 7.8, and > 0.45 + 2.99 - 2.28 > 0; then below 1.001.
        let rr = reduce(&square(&r));
        let constants_less_2v = difference(&constant(multiple(3)), &sum(&v, &v));
        let x3 = sum(&rr, &sum(&minus_hhh, &constants_less_2v));
        let x3 = carry(&lessened(&x3));
        // X3 - V + 2p < 3.01, and > 1.99 - 1.14 > 0.
        let w = carry(&sum(&x3, &difference(&constant(multiple(2)), &v)));
        // Y3 = R (X3 - V) - Y1 HHH < (5.3 * 3.01 + 2.3 * 2) / 16 + 1 < 2.29.
        let wide = product(&self.y, &carry(&minus_hhh));
        let y3 = carry(&reduce(&product_onto(wide, &r, &w)));
        self.x = choose(entries.active, &self.x, &x3);
        self.y = choose(entries.active, &self.y, &y3);
        self.z = choose(entries.active, &self.z, &z3);
        self.zz = choose(entries.active, &self.zz, &zz3);
    }

    /// X and Z in Montgomery form with R = 2^256, below p; Z = 0 in lanes that are not started.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn ratio(&self) -> (F, F) {
        let factor = constant(TO_256);
        // Below 1.45 / 16 + 1 < 1.1, so below 2p.
        let x = least(&carry(&reduce(&product(&self.x, &factor))));
        let z = least(&carry(&reduce(&product(&self.z, &factor))));
        (x, choose(!self.started, &z, &[all(0); 5]))
    }
}
