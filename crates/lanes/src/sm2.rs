//! Sums of table points for eight SM2 verifications at once (GB/T 32918.2 §7.1, step B6).

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
