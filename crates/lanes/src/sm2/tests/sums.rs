//! Sums of table entries beside RustCrypto's.

use sm2::ProjectivePoint;
use sm2::elliptic_curve::Group;

use super::lanes;
use super::reference::{NO_PART, Random, assert_none, assert_ratio, digits, part, scalar, table, windows};
use crate::sm2::{Affine, Part, Sum};

fn sum<'a>(a: Part<'a>, b: Part<'a>) -> Sum<'a> {
    Sum { parts: [a, b] }
}

/// A point that nobody knows in relation to G, for these tests.
fn key() -> ProjectivePoint {
    ProjectivePoint::GENERATOR * scalar([5, 7, 11, 13])
}

/// The value of digits over a table of that width.
fn value(digits: &[i16], point: ProjectivePoint, width: usize) -> ProjectivePoint {
    let mut total = ProjectivePoint::IDENTITY;
    for digit in digits.iter().rev() {
        for _ in 0..width {
            total = total.double();
        }
        let size = point * scalar([u64::from(digit.unsigned_abs()), 0, 0, 0]);
        total += if *digit < 0 { -size } else { size };
    }
    total
}

/// Random scalars over tables of two widths, in all eight lanes.
fn compare(widths: [usize; 2], rounds: usize, seed: u64) {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(seed);
    let points = [ProjectivePoint::GENERATOR, key()];
    let tables = [table(points[0], widths[0]), table(points[1], widths[1])];
    for round in 0..rounds {
        let scalars: [[[u64; 4]; 2]; 8] = std::array::from_fn(|_| std::array::from_fn(|_| random.scalar()));
        let digits = scalars.map(|s| [digits(s[0], widths[0]), digits(s[1], widths[1])]);
        let jobs = std::array::from_fn(|lane| {
            sum(part(&tables[0], widths[0], &digits[lane][0]), part(&tables[1], widths[1], &digits[lane][1]))
        });
        let ratios = ifma.sums(&jobs);
        for lane in 0..8 {
            let expected = points[0] * scalar(scalars[lane][0]) + points[1] * scalar(scalars[lane][1]);
            assert_ratio(&ratios[lane], &expected, &format!("round {round} lane {lane}"));
        }
    }
}

#[test]
fn small_windows() {
    compare([2, 3], 12, 11);
    compare([4, 5], 25, 12);
}

#[test]
fn the_windows_of_verification() {
    compare([11, 7], 25, 13);
}

#[test]
fn zeros_and_empty_lanes() {
    let Some(ifma) = lanes() else { return };
    let width = 4;
    let (g, k) = (ProjectivePoint::GENERATOR, key());
    let (gs, ks) = (table(g, width), table(k, width));
    let none = vec![0; windows(width)];
    let mut random = Random(21);
    let mut seldom = |keep: u64| -> Vec<i16> {
        let all = digits(random.scalar(), width);
        all.iter().map(|digit| if random.word() % 8 < keep { *digit } else { 0 }).collect()
    };
    for round in 0..10 {
        let a: [Vec<i16>; 8] = std::array::from_fn(|lane| match lane {
            0 | 1 => none.clone(),
            2 => seldom(1),
            _ => seldom(4),
        });
        let b: [Vec<i16>; 8] = std::array::from_fn(|lane| match lane {
            0 | 3 => none.clone(),
            4 => seldom(1),
            _ => seldom(4),
        });
        let jobs = std::array::from_fn(|lane| sum(part(&gs, width, &a[lane]), part(&ks, width, &b[lane])));
        let ratios = ifma.sums(&jobs);
        for lane in 0..8 {
            let expected = value(&a[lane], g, width) + value(&b[lane], k, width);
            assert_ratio(&ratios[lane], &expected, &format!("round {round} lane {lane}"));
        }
    }
    let nothing = ifma.sums(&[sum(NO_PART, NO_PART); 8]);
    for ratio in nothing {
        assert_none(&ratio, "no parts at all");
    }
}

#[test]
fn one_entry_is_the_point_itself() {
    let Some(ifma) = lanes() else { return };
    let width = 3;
    let gs = table(ProjectivePoint::GENERATOR, width);
    let digits: Vec<Vec<i16>> = [1, -1, 2, -2, 3, -3, 4, -4].iter().map(|d| vec![*d]).collect();
    let jobs = std::array::from_fn(|lane| sum(part(&gs, width, &digits[lane]), NO_PART));
    for (ratio, digits) in ifma.sums(&jobs).iter().zip(&digits) {
        let expected = value(digits, ProjectivePoint::GENERATOR, width);
        assert_ratio(ratio, &expected, "one entry");
    }
}

#[test]
fn exceptional_additions_leave_no_answer() {
    let Some(ifma) = lanes() else { return };
    let width = 4;
    let g = ProjectivePoint::GENERATOR;
    let gs = table(g, width);
    let ks = table(key(), width);
    // Entry d of window 0 twice, or with its opposite: at the start, in the middle, at the end.
    let mut random = Random(31);
    let mut rest = digits(random.scalar(), width);
    rest[0] = 0;
    let d = |digit: i16| vec![digit];
    let cases: [(Vec<i16>, Vec<i16>); 8] = [
        (d(3), d(3)),
        (d(3), d(-3)),
        (d(-8), d(8)),
        (d(-8), d(-8)),
        (d(3), with_first(&rest, 3)),
        (d(3), with_first(&rest, -3)),
        (d(1), d(2)),
        (d(3), with_first(&rest, 4)),
    ];
    let jobs =
        std::array::from_fn(|lane| sum(part(&gs, width, &cases[lane].0), part(&gs, width, &cases[lane].1)));
    let ratios = ifma.sums(&jobs);
    for (lane, ratio) in ratios.iter().enumerate().take(6) {
        assert_none(ratio, &format!("lane {lane}"));
    }
    for lane in 6..8 {
        let expected = value(&cases[lane].0, g, width) + value(&cases[lane].1, g, width);
        assert_ratio(&ratios[lane], &expected, "3 G and others");
    }
    // In the middle: s G by one table, then -s G by the table of the other part; then the other way round, met at
    // the last addition: s G + (-s G) digit by digit ends in infinity, s G + s G in windows of a table for s G itself.
    let s = random.scalar();
    let sg = table(g * scalar(s), width);
    let sd = digits(s, width);
    let opposite: Vec<i16> = sd.iter().map(|digit| -digit).collect();
    let k = digits(random.scalar(), width);
    let jobs = [
        sum(part(&gs, width, &sd), part(&gs, width, &opposite)),
        sum(part(&gs, width, &sd), part(&sg, width, &[1])),
        sum(part(&gs, width, &sd), part(&sg, width, &[-1])),
        sum(part(&sg, width, &[-1]), part(&gs, width, &sd)),
        sum(part(&gs, width, &sd), part(&sg, width, &[1, 5, 3])),
        sum(part(&gs, width, &sd), part(&sg, width, &[-1, 5, 3])),
        sum(part(&gs, width, &sd), part(&sg, width, &[2, 5, 3])),
        sum(part(&gs, width, &sd), part(&ks, width, &k)),
    ];
    let ratios = ifma.sums(&jobs);
    for lane in [0, 1, 2, 3, 4, 5] {
        assert_none(&ratios[lane], &format!("met itself, lane {lane}"));
    }
    let expected = g * scalar(s) * scalar([2 + 5 * 16 + 3 * 256 + 1, 0, 0, 0]);
    assert_ratio(&ratios[6], &expected, "does not meet itself");
    let expected = g * scalar(s) + value(&k, key(), width);
    assert_ratio(&ratios[7], &expected, "the neighbour of such lanes");
}

fn with_first(digits: &[i16], first: i16) -> Vec<i16> {
    let mut digits = digits.to_vec();
    digits[0] = first;
    digits
}

#[test]
fn shapes_may_differ_between_lanes() {
    let Some(ifma) = lanes() else { return };
    let mut random = Random(41);
    let points: [ProjectivePoint; 8] =
        std::array::from_fn(|_| ProjectivePoint::GENERATOR * scalar(random.scalar()));
    let widths = [2, 3, 4, 5, 6, 7, 3, 4];
    let tables: Vec<Vec<Affine>> =
        points.iter().zip(widths).map(|(point, width)| table(*point, width)).collect();
    let scalars: [[u64; 4]; 8] = std::array::from_fn(|_| random.scalar());
    let digits: [Vec<i16>; 8] = std::array::from_fn(|lane| digits(scalars[lane], widths[lane]));
    // The other part of each lane is its neighbour's table with the neighbour's digits; some lanes have one part.
    let jobs = std::array::from_fn(|lane| {
        let own = part(&tables[lane], widths[lane], &digits[lane]);
        let next = (lane + 1) % 8;
        let other = part(&tables[next], widths[next], &digits[next]);
        match lane {
            2 => sum(own, NO_PART),
            5 => sum(NO_PART, other),
            _ => sum(own, other),
        }
    });
    let ratios = ifma.sums(&jobs);
    for lane in 0..8 {
        let own = points[lane] * scalar(scalars[lane]);
        let next = (lane + 1) % 8;
        let other = points[next] * scalar(scalars[next]);
        let expected = match lane {
            2 => own,
            5 => other,
            _ => own + other,
        };
        assert_ratio(&ratios[lane], &expected, &format!("lane {lane}"));
    }
}

#[test]
fn digits_without_an_entry_leave_no_answer() {
    let Some(ifma) = lanes() else { return };
    let width = 3;
    let g = ProjectivePoint::GENERATOR;
    let gs = table(g, width);
    let good = digits([1, 2, 3, 4], width);
    let replaced = |at: usize, digit: i16| {
        let mut digits = good.clone();
        digits[at] = digit;
        digits
    };
    let longer = [good.clone(), vec![1]].concat();
    let large = replaced(0, 5);
    let negative = replaced(40, -5);
    let least = replaced(85, i16::MIN);
    let short = &gs[..gs.len() / 2];
    let twisted = Part { table: &gs, half: usize::MAX, digits: &good };
    let empty = Part { table: &[], half: 4, digits: &good };
    let jobs = [
        sum(part(&gs, width, &large), NO_PART),
        sum(part(&gs, width, &negative), NO_PART),
        sum(NO_PART, part(&gs, width, &least)),
        sum(part(&gs, width, &longer), NO_PART),
        sum(part(short, width, &good), NO_PART),
        sum(twisted, part(&gs, width, &good)),
        sum(part(&gs, width, &good), empty),
        sum(part(&gs, width, &good), NO_PART),
    ];
    let ratios = ifma.sums(&jobs);
    for (lane, ratio) in ratios.iter().enumerate().take(7) {
        assert_none(ratio, &format!("lane {lane}"));
    }
    assert_ratio(&ratios[7], &(g * scalar([1, 2, 3, 4])), "the good lane");
}
