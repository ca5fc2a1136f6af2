//! Sums of lanes with one another: eight partial sums become one.
//!
//! Bounds are in units of U = 2^256 as in `field`, and what goes in and comes out is a [`Point`] within its bounds.

use std::arch::x86_64::{_mm512_permutex_epi64, _mm512_set_epi64, _mm512_shuffle_i64x2};

use super::Term;
use super::field::{
    F, V, carry, choose, constant, cut, difference, lessened, multiple, product, product_onto, reduce,
    square, sum,
};
use super::point::Point;
use super::rows::sixteenfold;

/// The factors by which two points come to one denominator, and what they give.
struct Level {
    /// U1 = X1 ZZ2 < 1.001 * 1.14 / 16 + 1 < 1.08.
    u1: F,
    /// H = U2 - U1 + 2p, in (0.9, 3.08).
    h: F,
    /// S1 = Y1 ZZZ2 < 2.3 * 1.11 / 16 + 1 < 1.16.
    s1: F,
    /// R = S1 - S2 + 2p, in (0.8, 3.16).
    r: F,
    /// Z1 Z2 < 1.45^2 / 16 + 1 < 1.14.
    z: F,
}

impl Level {
    /// `xs` are U1 and U2, `ys` are S1 and S2. H and R are 0 mod p where the two points are one; H is where they are
    /// opposite, or one has Z = 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn new(xs: &[F; 2], ys: &[F; 2], z: &F) -> Self {
        let twice = constant(multiple(2));
        let h = carry(&sum(&xs[1], &difference(&twice, &xs[0])));
        let r = carry(&sum(&ys[0], &difference(&twice, &ys[1])));
        Self { u1: xs[0], h, s1: ys[0], r, z: *z }
    }

    /// The sum: 6M + 3S, less one reduction.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn sum(&self, started: u8) -> Point {
        // Z3 = Z1 Z2 H < 1.14 * 3.08 / 16 + 1 < 1.22; ZZ3 < 1.22^2 / 16 + 1 < 1.1.
        let z = carry(&reduce(&product(&self.z, &self.h)));
        let zz = carry(&reduce(&square(&z)));
        // HH < 3.08^2 / 16 + 1 < 1.6; V = U1 HH < 1.08 * 1.6 / 16 + 1 < 1.11.
        let hh = carry(&reduce(&square(&self.h)));
        let v = reduce(&product(&self.u1, &hh));
        // -HHH + 2p, with HHH < 3.08 * 1.6 / 16 + 1 < 1.31: in (0.68, 2].
        let minus_hhh = difference(&constant(multiple(2)), &reduce(&product(&self.h, &hh)));
        // X3 = R^2 - HHH - 2V + 3p < (3.16^2 / 16 + 1) + 2 + 3 < 6.7, and > 0.68 + 2.99 - 2.22 > 0; then below 1.001.
        let rr = reduce(&square(&self.r));
        let constants_less_2v = difference(&constant(multiple(3)), &sum(&v, &v));
        let x = carry(&lessened(&sum(&rr, &sum(&minus_hhh, &constants_less_2v))));
        // X3 - V + 2p < 3.01, and > 1.99 - 1.11 > 0.
        let x_less_v = carry(&sum(&x, &difference(&constant(multiple(2)), &v)));
        // Y3 = R (X3 - V) - S1 HHH < (3.16 * 3.01 + 1.16 * 2) / 16 + 1 < 1.74.
        let wide = product(&self.s1, &carry(&minus_hhh));
        let y = carry(&reduce(&product_onto(wide, &self.r, &x_less_v)));
        Point { x, y, z, zz, started }
    }
}

impl Point {
    /// At most eight terms, each in a lane of its own.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn load(terms: &[Term]) -> Self {
        let mut lanes = [Term { x: [0; 4], y: [0; 4], z: [0; 4] }; 8];
        let mut started = 0;
        for (at, (lane, term)) in lanes.iter_mut().zip(terms).enumerate() {
            *lane = *term;
            started |= 1 << at;
        }
        let x = element(&lanes.each_ref().map(|term| &term.x));
        let y = element(&lanes.each_ref().map(|term| &term.y));
        let z = element(&lanes.each_ref().map(|term| &term.z));
        // ZZ < 1.001^2 / 16 + 1 < 1.07.
        let zz = carry(&reduce(&square(&z)));
        Self { x, y, z, zz, started }
    }

    /// The sums of two points, lane by lane; a lane that has not started gives the other's point.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn join(&self, other: &Self) -> Self {
        // ZZZ < 1.45 * 1.14 / 16 + 1 < 1.11.
        let zzz = carry(&reduce(&product(&self.z, &self.zz)));
        let other_zzz = carry(&reduce(&product(&other.z, &other.zz)));
        let u = [carry(&reduce(&product(&self.x, &other.zz))), carry(&reduce(&product(&other.x, &self.zz)))];
        let s = [carry(&reduce(&product(&self.y, &other_zzz))), carry(&reduce(&product(&other.y, &zzz)))];
        let z = carry(&reduce(&product(&self.z, &other.z)));
        self.or_sum(other, &Level::new(&u, &s, &z))
    }

    /// The sum of all eight lanes, in each of them.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn fold(&self) -> Self {
        self.paired::<4>().paired::<2>().paired::<1>()
    }

    /// The sums of lanes that are `BY` apart, [`Self::join`] with less work: U2 and S2 of a lane are U1 and S1 of the
    /// other. Both lanes of a pair get the sum, one of them with -Y and -Z for Y and Z.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn paired<const BY: u8>(&self) -> Self {
        let other = Self {
            x: exchange::<BY>(&self.x),
            y: exchange::<BY>(&self.y),
            z: exchange::<BY>(&self.z),
            zz: exchange::<BY>(&self.zz),
            started: exchange_bits::<BY>(self.started),
        };
        let zzz = carry(&reduce(&product(&self.z, &self.zz)));
        let u1 = carry(&reduce(&product(&self.x, &other.zz)));
        let s1 = carry(&reduce(&product(&self.y, &exchange::<BY>(&zzz))));
        let z = carry(&reduce(&product(&self.z, &other.z)));
        let (u2, s2) = (exchange::<BY>(&u1), exchange::<BY>(&s1));
        self.or_sum(&other, &Level::new(&[u1, u2], &[s1, s2], &z))
    }

    /// The sum where both have started, else the one that has.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn or_sum(&self, other: &Self, level: &Level) -> Self {
        let started = self.started | other.started;
        let both = level.sum(started);
        let pick =
            |sum: &F, own: &F, others: &F| choose(!self.started, &choose(!other.started, sum, own), others);
        Self {
            x: pick(&both.x, &self.x, &other.x),
            y: pick(&both.y, &self.y, &other.y),
            z: pick(&both.z, &self.z, &other.z),
            zz: pick(&both.zz, &self.zz, &other.zz),
            started,
        }
    }
}

/// What lanes `BY` apart (4, 2 or 1) hold, exchanged.
#[inline]
#[target_feature(enable = "avx512f")]
fn exchange<const BY: u8>(a: &F) -> F {
    [one::<BY>(a[0]), one::<BY>(a[1]), one::<BY>(a[2]), one::<BY>(a[3]), one::<BY>(a[4])]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn one<const BY: u8>(v: V) -> V {
    match BY {
        4 => _mm512_shuffle_i64x2::<0b01_00_11_10>(v, v),
        2 => _mm512_permutex_epi64::<0b01_00_11_10>(v),
        _ => _mm512_permutex_epi64::<0b10_11_00_01>(v),
    }
}

/// The same for a mask of lanes.
const fn exchange_bits<const BY: u8>(mask: u8) -> u8 {
    match BY {
        4 => mask.rotate_left(4),
        2 => (mask & 0x33) << 2 | (mask & 0xcc) >> 2,
        _ => (mask & 0x55) << 1 | (mask & 0xaa) >> 1,
    }
}

/// One coordinate of eight terms, below 1.001.
#[inline]
#[target_feature(enable = "avx512f")]
fn element(lanes: &[&[u64; 4]; 8]) -> F {
    let word = |i: usize| {
        let w = lanes.map(|limbs| limbs[i].cast_signed());
        _mm512_set_epi64(w[7], w[6], w[5], w[4], w[3], w[2], w[1], w[0])
    };
    carry(&lessened(&cut(&sixteenfold([word(0), word(1), word(2), word(3)]))))
}
