//! What a signature claims of a point, brought to a form that needs no inversion (GB/T 32918.2 §7.1).

use super::field::{Fe, Limbs, add_limbs, limbs, sub_limbs};
use super::point::Jacobian;

/// The order of the SM2 curve.
pub(super) const N: Limbs =
    [0x53bb_f409_39d5_4123, 0x7203_df6b_21c6_052b, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// A signature that is right when s·G + t·P has one of two values of x.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) s: Limbs,
    pub(super) t: Limbs,
    /// r − e modulo n, in Montgomery form.
    x: Fe,
    /// The same plus n, where that is below p.
    other_x: Option<Fe>,
}

/// What a computed sum says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has the claimed x.
    Right,
    /// It has another.
    Wrong,
    /// The sum met infinity or an exceptional addition: it must be computed with complete formulas.
    Exceptional,
}

impl Claim {
    /// The claim of r and s (both from 1 to n − 1, big-endian) over the digest `e`; `None` when t = r + s is zero,
    /// which step B5 refuses.
    #[expect(clippy::many_single_char_names, reason = "the letters are the standard's")]
    pub(super) fn new(e: &[u8; 32], r: &[u8; 32], s: &[u8; 32]) -> Option<Self> {
        let (r, s) = (limbs(r), limbs(s));
        let t = add_mod_n(&r, &s);
        if t == [0; 4] {
            return None;
        }
        // e is below 2^256 < 2n.
        let e = less_n(&limbs(e), false);
        let x = sub_mod_n(&r, &e);
        let (other, carry) = add_limbs(&x, &N);
        let other_x = if carry { None } else { Fe::from_number(other) };
        // n < p, so a number below n is an element of the field.
        Some(Self { s, t, x: Fe::from_number(x)?, other_x })
    }

    /// Judges s·G + t·P.
    pub(super) fn judge(&self, sum: Option<Jacobian>) -> Answer {
        sum.map_or(Answer::Exceptional, |sum| self.judge_ratio(&sum.x, &sum.z))
    }

    /// Judges s·G + t·P from its X and Z.
    pub(super) fn judge_ratio(&self, x: &Fe, z: &Fe) -> Answer {
        if z.is_zero() {
            return Answer::Exceptional;
        }
        let zz = z.square();
        if self.x.mul(&zz) == *x || self.other_x.is_some_and(|other| other.mul(&zz) == *x) {
            Answer::Right
        } else {
            Answer::Wrong
        }
    }
}

/// a + b for a and b below n.
fn add_mod_n(a: &Limbs, b: &Limbs) -> Limbs {
    let (sum, carry) = add_limbs(a, b);
    less_n(&sum, carry)
}

/// a − b for a and b below n.
fn sub_mod_n(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, borrow) = sub_limbs(a, b);
    if borrow { add_limbs(&difference, &N).0 } else { difference }
}

/// A number below 2n, given with its carry, less n where it is n or more.
fn less_n(number: &Limbs, carry: bool) -> Limbs {
    let (less, borrow) = sub_limbs(number, &N);
    if borrow && !carry { *number } else { less }
}
