//! Sums of points for eight SM2 verifications at once, or for one that is spread over eight lanes (GB/T 32918.2 §7.1,
//! step B6).
//!
//! The sum stays a fraction, X and Z of Jacobian coordinates, because a verification can compare without dividing.
//! Additions are incomplete: where a point meets itself or its opposite, Z becomes 0 and remains 0, and the caller
//! computes that sum again with complete formulas. A lane that got something it cannot use leaves with Z = 0 too.

#[cfg(target_arch = "x86_64")]
mod field;
#[cfg(target_arch = "x86_64")]
mod join;
#[cfg(target_arch = "x86_64")]
mod point;
#[cfg(target_arch = "x86_64")]
mod rows;
#[cfg(target_arch = "x86_64")]
mod sums;

#[cfg(not(target_arch = "x86_64"))]
use std::convert::Infallible as Proof;
#[cfg(target_arch = "x86_64")]
type Proof = ();

/// A point of a table, ready for addition: x then y, four 64-bit limbs each, least significant first, in
/// Montgomery form with R = 2^256, below p. One point is one cache line.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affine(pub [u64; 8]);

/// A multiple of a point as a sum of table entries: digit d of window i stands for
/// `sign(d) * table[i * half + |d| - 1]`, and 0 for nothing.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The entries of every window, one window after the other; the last window may be shorter.
    pub table: &'a [Affine],
    /// Entries of a whole window: half of two to the window's width.
    pub half: usize,
    /// Signed digits, one for each window, at most `half` in size.
    pub digits: &'a [i16],
}

/// What one lane adds up.
#[derive(Debug, Clone, Copy)]
pub struct Sum<'a> {
    /// Usually s·G and t·P.
    pub parts: [Part<'a>; 2],
}

/// A point that is added once, in Jacobian coordinates: x = X / Z^2, y = Y / Z^3. All in Montgomery form with
/// R = 2^256, below p, four 64-bit limbs, least significant first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// X.
    pub x: [u64; 4],
    /// Y.
    pub y: [u64; 4],
    /// Z. A term with Z = 0 leaves no answer.
    pub z: [u64; 4],
}

/// A sum as a fraction: x = X / Z^2. Both in Montgomery form with R = 2^256, below p, four 64-bit limbs, least
/// significant first.
///
/// Z = 0 says that this lane has no answer: the sum is the point at infinity, or an addition on the way to it was
/// exceptional (a point met itself or its opposite), or a digit had no entry in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// X of the sum.
    pub x: [u64; 4],
    /// Z of the sum, or 0.
    pub z: [u64; 4],
}

/// Proof that the processor has AVX-512 with IFMA, and the way to what needs it.
#[derive(Debug, Clone, Copy)]
pub struct Ifma(Proof);

impl Ifma {
    /// Asks the processor; the standard library remembers its answer. `None` where the lanes cannot run.
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512ifma")
        {
            return Some(Self(()));
        }
        None
    }

    /// Adds up eight sums. The parts of different lanes may differ in shape; it is quickest when they do not.
    ///
    /// Every entry must be a point of the curve (or of its table's owner's choosing: a lane never disturbs another).
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calls a function for processors with AVX-512 IFMA")
    )]
    pub fn sums(self, jobs: &[Sum<'_>; 8]) -> [Ratio; 8] {
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = jobs;
            match self.0 {}
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `self` exists, so `detect` has found both features of the function.
        unsafe {
            sums::sums(jobs)
        }
    }

    /// Adds up one sum in all eight lanes: a part for each lane, and any number of terms. It is quickest when all
    /// parts have as many digits.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calls a function for processors with AVX-512 IFMA")
    )]
    pub fn total(self, parts: &[Part<'_>; 8], terms: &[Term]) -> Ratio {
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = (parts, terms);
            match self.0 {}
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `self` exists, so `detect` has found both features of the function.
        unsafe {
            sums::total(parts, terms)
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[cfg(test)]
mod tests;
