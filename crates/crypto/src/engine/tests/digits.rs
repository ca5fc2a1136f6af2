//! Digits stand for their number.

use sm2::elliptic_curve::bigint::U512;

use super::super::claim::N;
use super::super::field::Limbs;
use super::super::recode::{fixed, naf, windows};
use super::made::Numbers;

fn numbers() -> Vec<Limbs> {
    let mut numbers = vec![[0; 4], [1, 0, 0, 0], [u64::MAX; 4], N, [N[0] - 1, N[1], N[2], N[3]]];
    for bit in 0..256 {
        let mut power = [0; 4];
        power[bit / 64] = 1_u64 << (bit % 64);
        numbers.push(power);
        // All bits below it, and all bits from it on.
        let below: Limbs = std::array::from_fn(|i| match i.cmp(&(bit / 64)) {
            std::cmp::Ordering::Less => u64::MAX,
            std::cmp::Ordering::Equal => power[i] - 1,
            std::cmp::Ordering::Greater => 0,
        });
        numbers.push(below);
        numbers.push(below.map(|limb| !limb));
    }
    let mut random = Numbers(91);
    numbers.extend((0..500).map(|_| random.limbs()));
    numbers
}

/// The sum of digit[i] 2^(width i), modulo 2^512.
fn value(digits: impl DoubleEndedIterator<Item = i64>, width: u32) -> U512 {
    digits.rev().fold(U512::ZERO, |sum, digit| {
        let sum = sum.shl_vartime(width);
        let size = U512::from_u64(digit.unsigned_abs());
        if digit < 0 { sum.wrapping_sub(&size) } else { sum.wrapping_add(&size) }
    })
}

fn wide(limbs: &Limbs) -> U512 {
    let mut words = [0; 8];
    words[..4].copy_from_slice(limbs);
    U512::from_words(words)
}

fn check_fixed<const WIDTH: usize, const COUNT: usize>() {
    assert_eq!(COUNT, windows(WIDTH));
    let half = 1_i16 << (WIDTH - 1);
    for number in numbers() {
        let digits = fixed::<WIDTH, COUNT>(&number);
        assert!(digits.iter().all(|digit| (1 - half..=half).contains(digit)));
        let width = u32::try_from(WIDTH).unwrap();
        assert_eq!(value(digits.into_iter().map(i64::from), width), wide(&number), "{number:x?}");
    }
}

#[test]
fn windows_of_every_width_in_use() {
    check_fixed::<7, 37>();
    check_fixed::<11, 24>();
    check_fixed::<5, 52>();
    check_fixed::<8, 33>();
}

fn check_naf<const WIDTH: usize>() {
    for number in numbers() {
        let digits = naf::<WIDTH>(&number);
        assert_eq!(value(digits.iter().map(|digit| i64::from(*digit)), 1), wide(&number), "{number:x?}");
        assert!(
            digits
                .iter()
                .all(|digit| *digit == 0 || digit % 2 != 0 && digit.unsigned_abs() < 1 << (WIDTH - 1))
        );
        assert!(digits.windows(WIDTH).all(|near| near.iter().filter(|digit| **digit != 0).count() <= 1));
    }
}

#[test]
fn nafs_of_every_width_in_use() {
    check_naf::<2>();
    check_naf::<5>();
}
