//! What the lanes are compared with: big numbers of crypto-bigint, points of RustCrypto's `sm2`, tables made of them.

use sm2::elliptic_curve::bigint::{NonZero, U1024};
use sm2::elliptic_curve::group::Curve;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::elliptic_curve::{Group, PrimeField};
use sm2::{AffinePoint, ProjectivePoint, Scalar};

use crate::sm2::{Affine, Part, Ratio};

/// Numbers wide enough for every product here.
pub(super) type N = U1024;

/// p of GB/T 33560.
pub(super) fn p() -> NonZero<N> {
    let words = [u64::MAX, 0xffff_ffff_0000_0000, u64::MAX, 0xffff_fffe_ffff_ffff];
    NonZero::new(number(&words)).unwrap()
}

/// A number from words, least significant first.
pub(super) fn number(words: &[u64]) -> N {
    let mut all = [0; 16];
    all[..words.len()].copy_from_slice(words);
    N::from_words(all)
}

/// 2^bits.
pub(super) fn power_of_two(bits: u32) -> N {
    N::ONE.shl_vartime(bits)
}

pub(super) fn modulo(n: &N) -> N {
    n.rem_vartime(&p()).resize()
}

pub(super) fn times(a: &N, b: &N) -> N {
    modulo(&modulo(a).wrapping_mul(&modulo(b)))
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A scalar below the order, as words.
    pub(super) fn scalar(&mut self) -> [u64; 4] {
        [self.word(), self.word(), self.word(), self.word() >> 1]
    }
}

/// RustCrypto's scalar.
pub(super) fn scalar(words: [u64; 4]) -> Scalar {
    let mut bytes = [0; 32];
    for (i, word) in words.iter().rev().enumerate() {
        bytes[8 * i..8 * i + 8].copy_from_slice(&word.to_be_bytes());
    }
    Scalar::from_repr(bytes.into()).unwrap()
}

/// The coordinates of a point that is not at infinity.
pub(super) fn coordinates(point: &AffinePoint) -> (N, N) {
    let encoded = point.to_sec1_point(false);
    let bytes = encoded.as_bytes();
    assert_eq!(bytes.len(), 65, "a point at infinity has no coordinates");
    let read = |bytes: &[u8]| {
        let mut words: Vec<u64> =
            bytes.chunks(8).map(|word| u64::from_be_bytes(word.try_into().unwrap())).collect();
        words.reverse();
        number(&words)
    };
    (read(&bytes[1..33]), read(&bytes[33..]))
}

/// A point as tables hold it.
pub(super) fn entry(point: &AffinePoint) -> Affine {
    let (x, y) = coordinates(point);
    let mut words = [0; 8];
    for (half, coordinate) in words.chunks_mut(4).zip([x, y]) {
        let montgomery = modulo(&coordinate.shl_vartime(256));
        half.copy_from_slice(&montgomery.to_words()[..4]);
    }
    Affine(words)
}

/// The windows a scalar of 256 bits has.
pub(super) fn windows(width: usize) -> usize {
    257_usize.div_ceil(width)
}

/// The multiples of a point for every window.
pub(super) fn table(point: ProjectivePoint, width: usize) -> Vec<Affine> {
    let half = 1 << (width - 1);
    let mut base = point;
    let mut points = Vec::with_capacity(windows(width) * half);
    for _ in 0..windows(width) {
        let mut multiple = base;
        for _ in 0..half {
            points.push(multiple);
            multiple += base;
        }
        base = points[points.len() - 1].double();
    }
    let mut affine = vec![AffinePoint::IDENTITY; points.len()];
    ProjectivePoint::batch_normalize(&points, &mut affine);
    affine.iter().map(entry).collect()
}

/// Signed digits of a number, least significant first: -half < digit <= half.
pub(super) fn digits(words: [u64; 4], width: usize) -> Vec<i16> {
    let mut rest = number(&words);
    let mut carry = 0;
    let mut digits = Vec::new();
    for _ in 0..windows(width) {
        let low = i16::try_from(rest.to_words()[0] & ((1 << width) - 1)).unwrap() + carry;
        rest = rest.shr_vartime(u32::try_from(width).unwrap());
        carry = i16::from(low > 1 << (width - 1));
        digits.push(low - (carry << width));
    }
    assert_eq!((carry, rest), (0, N::ZERO));
    digits
}

/// A part of a job.
pub(super) fn part<'a>(table: &'a [Affine], width: usize, digits: &'a [i16]) -> Part<'a> {
    Part { table, half: 1 << (width - 1), digits }
}

/// No part at all.
pub(super) const NO_PART: Part<'static> = Part { table: &[], half: 0, digits: &[] };

/// Whether the ratio is the x of the point; for the point at infinity, whether Z is 0.
pub(super) fn assert_ratio(ratio: &Ratio, point: &ProjectivePoint, what: &str) {
    let (x, z) = (number(&ratio.x), number(&ratio.z));
    assert!(x < *p() && z < *p(), "{what}: not fully reduced");
    if bool::from(point.is_identity()) {
        assert_eq!(z, N::ZERO, "{what}: infinity");
        return;
    }
    assert_ne!(z, N::ZERO, "{what}: no answer");
    // X R and Z R with R = 2^256: x (Z R)^2 = (X R) R.
    let expected = coordinates(&point.to_affine()).0;
    assert_eq!(times(&expected, &times(&z, &z)), times(&x, &power_of_two(256)), "{what}: x");
}

/// Whether the lane said that it has no answer.
pub(super) fn assert_none(ratio: &Ratio, what: &str) {
    assert_eq!(ratio.z, [0; 4], "{what}");
}
