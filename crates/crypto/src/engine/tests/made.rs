//! Signatures that are right without a private key: for any r, s and point Q there is a key P = (Q - s G) / t, and a
//! digest e = r - x(Q). With them every number of a verification can be chosen.

use std::sync::Arc;

use sm2::elliptic_curve::Group;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use sm2::{AffinePoint, ProjectivePoint, Scalar, U256};

use super::super::Sm2Key;
use super::super::table::KeyTable;
use crate::signature::Sm2Signature;

/// A key as the engines hold it, with its table.
pub(super) struct Key {
    pub(super) key: Sm2Key,
    pub(super) table: Arc<KeyTable>,
}

/// x, then y, of a point that is not at infinity.
pub(super) fn coordinates(point: &ProjectivePoint) -> [u8; 64] {
    point.to_affine().to_sec1_point(false).as_bytes()[1..].try_into().unwrap()
}

impl Key {
    /// `None` for infinity.
    pub(super) fn new(point: &ProjectivePoint) -> Option<Self> {
        let public = sm2::PublicKey::from_affine(point.to_affine()).ok()?;
        let xy = coordinates(point);
        let key = Sm2Key::new(public, &xy, crate::sm3::digest(&xy)).unwrap();
        let table = Arc::new(KeyTable::new(&key.point));
        Some(Self { key, table })
    }
}

/// A right signature.
pub(super) struct Made {
    pub(super) key: Key,
    pub(super) signature: Sm2Signature,
    pub(super) e: [u8; 32],
}

/// For r and s whose sum is not zero, and a sum Q; `None` when such a key would be infinity, or r or s is zero.
pub(super) fn made(r: &Scalar, s: &Scalar, q: &ProjectivePoint) -> Option<Made> {
    let inverse: Scalar = Option::from((r + s).invert())?;
    let key = Key::new(&((*q - ProjectivePoint::GENERATOR * s) * inverse))?;
    Some(Made { key, signature: signature(r, s)?, e: digest(r, q) })
}

/// The digest over which r is right when the sum is Q.
pub(super) fn digest(r: &Scalar, q: &ProjectivePoint) -> [u8; 32] {
    (*r - x_mod_n(q)).to_bytes().into()
}

pub(super) fn x_mod_n(q: &ProjectivePoint) -> Scalar {
    Scalar::reduce(&U256::from_be_slice(&coordinates(q)[..32]))
}

pub(super) fn signature(r: &Scalar, s: &Scalar) -> Option<Sm2Signature> {
    let mut raw = [0; 64];
    raw[..32].copy_from_slice(&r.to_bytes());
    raw[32..].copy_from_slice(&s.to_bytes());
    Sm2Signature::from_raw64(&raw).ok()
}

/// The point of an x, where there is one.
pub(super) fn point_at(x: &U256) -> Option<ProjectivePoint> {
    let mut compressed = [2; 33];
    compressed[1..].copy_from_slice(&x.to_be_bytes());
    let point = sm2::Sec1Point::from_bytes(compressed).ok()?;
    Option::<AffinePoint>::from(AffinePoint::from_sec1_point(&point)).map(ProjectivePoint::from)
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.word() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(super) fn limbs(&mut self) -> [u64; 4] {
        std::array::from_fn(|_| self.word())
    }

    pub(super) fn scalar(&mut self) -> Scalar {
        Scalar::reduce(&U256::from_words(self.limbs()))
    }

    pub(super) fn point(&mut self) -> ProjectivePoint {
        ProjectivePoint::mul_by_generator(&self.scalar())
    }
}
