//! Points of the SM2 curve y² = x³ − 3x + b in Jacobian coordinates, variable-time, for verification only.
//!
//! The additions are incomplete: where the two points are equal or opposite, and where one is infinity, they give
//! Z = 0, and every later addition and doubling keeps Z = 0. Who adds must look at Z in the end and compute such a
//! case with complete formulas; since X is then 0 as well, comparing X with a multiple of Z would accept.

use lanes::sm2::Affine;

use super::field::{Fe, limbs};

/// The x and y of the generator (GB/T 32918.5), big-endian.
const GENERATOR: [u8; 64] = [
    0x32, 0xc4, 0xae, 0x2c, 0x1f, 0x19, 0x81, 0x19, 0x5f, 0x99, 0x04, 0x46, 0x6a, 0x39, 0xc9, 0x94, 0x8f,
    0xe3, 0x0b, 0xbf, 0xf2, 0x66, 0x0b, 0xe1, 0x71, 0x5a, 0x45, 0x89, 0x33, 0x4c, 0x74, 0xc7, 0xbc, 0x37,
    0x36, 0xa2, 0xf4, 0xf6, 0x77, 0x9c, 0x59, 0xbd, 0xce, 0xe3, 0x6b, 0x69, 0x21, 0x53, 0xd0, 0xa9, 0x87,
    0x7c, 0xc6, 0x2a, 0x47, 0x40, 0x02, 0xdf, 0x32, 0xe5, 0x21, 0x39, 0xf0, 0xa0,
];

/// A point other than infinity as x and y.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: Fe,
    pub(super) y: Fe,
}

/// X/Z², Y/Z³; Z = 0 as told above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jacobian {
    pub(super) x: Fe,
    pub(super) y: Fe,
    pub(super) z: Fe,
}

impl Point {
    /// The point of two big-endian coordinates; `None` when one is not below p. The caller knows that the point
    /// is on the curve.
    pub(super) fn from_bytes(xy: &[u8; 64]) -> Option<Self> {
        let (halves, _) = xy.as_chunks::<32>();
        Some(Self { x: Fe::from_number(limbs(&halves[0]))?, y: Fe::from_number(limbs(&halves[1]))? })
    }

    pub(super) fn generator() -> Self {
        // The coordinates are below p, as a test shows.
        Self::from_bytes(&GENERATOR).unwrap_or(Self { x: Fe::ZERO, y: Fe::ZERO })
    }

    pub(super) fn to_entry(self) -> Affine {
        let [x0, x1, x2, x3] = self.x.0;
        let [y0, y1, y2, y3] = self.y.0;
        Affine([x0, x1, x2, x3, y0, y1, y2, y3])
    }

    #[inline]
    pub(super) fn from_entry(entry: &Affine) -> Self {
        let [x0, x1, x2, x3, y0, y1, y2, y3] = entry.0;
        Self { x: Fe([x0, x1, x2, x3]), y: Fe([y0, y1, y2, y3]) }
    }

    pub(super) fn neg(&self) -> Self {
        Self { x: self.x, y: self.y.neg() }
    }
}

impl From<Point> for Jacobian {
    fn from(point: Point) -> Self {
        Self { x: point.x, y: point.y, z: Fe::ONE }
    }
}

impl Jacobian {
    /// What an exceptional addition leaves.
    pub(super) const NOWHERE: Self = Self { x: Fe::ZERO, y: Fe::ZERO, z: Fe::ZERO };

    /// Twice the point (4 multiplications, 4 squarings; uses a = −3).
    pub(super) fn double(&self) -> Self {
        let zz = self.z.square();
        let y2 = self.y.double();
        let yy4 = y2.square();
        let s = self.x.mul(&yy4);
        let product = self.x.sub(&zz).mul(&self.x.add(&zz));
        let m = product.double().add(&product);
        let x = m.square().sub(&s.double());
        let y = m.mul(&s.sub(&x)).sub(&yy4.square().half());
        Self { x, y, z: y2.mul(&self.z) }
    }

    /// The sum with a point of a table (8 multiplications, 3 squarings). Z = 0 when the points are equal or
    /// opposite or `self` has Z = 0.
    #[expect(clippy::many_single_char_names, reason = "the letters are those of the formulas")]
    #[inline]
    pub(super) fn add_point(&self, other: &Point) -> Self {
        let zz = self.z.square();
        let h = other.x.mul(&zz).sub(&self.x);
        let r = other.y.mul(&zz.mul(&self.z)).sub(&self.y);
        let hh = h.square();
        let hhh = hh.mul(&h);
        let v = self.x.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&hhh));
        Self { x, y, z: self.z.mul(&h) }
    }

    /// The sum of two points (12 multiplications, 4 squarings). Z = 0 when they are equal or opposite or one has
    /// Z = 0.
    #[expect(clippy::many_single_char_names, reason = "the letters are those of the formulas")]
    pub(super) fn add(&self, other: &Self) -> Self {
        let z1z1 = self.z.square();
        let z2z2 = other.z.square();
        let u1 = self.x.mul(&z2z2);
        let h = other.x.mul(&z1z1).sub(&u1);
        let s1 = self.y.mul(&z2z2.mul(&other.z));
        let r = other.y.mul(&z1z1.mul(&self.z)).sub(&s1);
        let hh = h.square();
        let hhh = hh.mul(&h);
        let v = u1.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&hhh));
        Self { x, y, z: self.z.mul(&other.z).mul(&h) }
    }

    pub(super) fn neg(&self) -> Self {
        Self { x: self.x, y: self.y.neg(), z: self.z }
    }
}

/// The points as x and y, with one inversion for all of them. None may have Z = 0: then all come out as zeros.
pub(super) fn normalise(points: &[Jacobian]) -> Vec<Point> {
    let mut product = Fe::ONE;
    // Product of the Z before each point.
    let before: Vec<Fe> = points
        .iter()
        .map(|point| {
            let so_far = product;
            product = product.mul(&point.z);
            so_far
        })
        .collect();
    let mut inverse = product.invert();
    let mut result: Vec<Point> = points
        .iter()
        .zip(&before)
        .rev()
        .map(|(point, before)| {
            let z_inverse = inverse.mul(before);
            inverse = inverse.mul(&point.z);
            let zz = z_inverse.square();
            Point { x: point.x.mul(&zz), y: point.y.mul(&zz.mul(&z_inverse)) }
        })
        .collect();
    result.reverse();
    result
}
