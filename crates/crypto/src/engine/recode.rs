//! Signed digits of the numbers that points are multiplied by.

use super::field::Limbs;

/// Bits `from` to `from + width` of a number; zero above its end. `width` is at most 16.
#[inline]
fn bits(number: &Limbs, from: usize, width: usize) -> u16 {
    let (limb, shift) = (from / 64, from % 64);
    let low = number.get(limb).map_or(0, |limb| limb >> shift);
    // Shifting in two steps keeps the amount below 64 where shift is 0.
    let high = number.get(limb + 1).map_or(0, |limb| (limb << 1) << (63 - shift));
    let [b0, b1, ..] = (low | high).to_le_bytes();
    u16::from_le_bytes([b0, b1]) & ((1 << width) - 1)
}

/// How many windows of `width` bits cover 256 bits and the carry above them.
pub(super) const fn windows(width: usize) -> usize {
    256 / width + 1
}

/// Fixed windows of `WIDTH` bits: digit i stands for digit · 2^(WIDTH·i), each from 1 − 2^(WIDTH−1) to 2^(WIDTH−1).
/// `COUNT` is [`windows`] of the width.
#[inline]
pub(super) fn fixed<const WIDTH: usize, const COUNT: usize>(number: &Limbs) -> [i16; COUNT] {
    let mut carry = 0;
    let mut from = 0;
    std::array::from_fn(|_| {
        let value = bits(number, from, WIDTH).cast_signed() + carry;
        from += WIDTH;
        carry = i16::from(value > 1 << (WIDTH - 1));
        value - (carry << WIDTH)
    })
}

/// The longest w-NAF of a number below 2^256.
pub(super) const NAF_LEN: usize = 257;

/// w-NAF (GB/T 32918.1 appendix A.3): digits are zero or odd and below 2^(WIDTH−1) in size, and of `WIDTH`
/// neighbours at most one is not zero. Digit i stands for 2^i.
pub(super) fn naf<const WIDTH: usize>(number: &Limbs) -> [i8; NAF_LEN] {
    let mut digits = [0; NAF_LEN];
    let mut carry = 0_i16;
    let mut at = 0;
    while at < NAF_LEN {
        let next = bits(number, at, 1).cast_signed() + carry;
        if next & 1 == 0 {
            // 0 and no carry, or 1 and a carry that goes on.
            at += 1;
            continue;
        }
        let value = bits(number, at, WIDTH).cast_signed() + carry;
        carry = i16::from(value > 1 << (WIDTH - 1));
        let digit = value - (carry << WIDTH);
        if let (Some(place), Ok(digit)) = (digits.get_mut(at), i8::try_from(digit)) {
            *place = digit;
        }
        at += WIDTH;
    }
    digits
}
