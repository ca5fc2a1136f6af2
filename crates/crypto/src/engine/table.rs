//! Tables of multiples: one for the generator, one for every key that is used often.

use std::sync::LazyLock;

use lanes::sm2::{Affine, Part};

use super::field::Limbs;
use super::point::{Jacobian, Point, normalise};
use super::recode::{fixed, windows};

/// Width of the generator's windows: 24 windows, 1.5 MiB, made once.
const G_WIDTH: usize = 11;
const G_COUNT: usize = windows(G_WIDTH);
/// Width of a key's windows: 37 windows.
const KEY_WIDTH: usize = 7;
const KEY_COUNT: usize = windows(KEY_WIDTH);

/// Bytes of one key's table.
pub(super) const KEY_TABLE_BYTES: usize = entries(KEY_WIDTH) * size_of::<Affine>();

static GENERATOR: LazyLock<Box<[Affine]>> = LazyLock::new(|| build(&Point::generator(), G_WIDTH));

/// The digits of s in the generator's table.
#[derive(Debug, Clone, Copy)]
pub(super) struct GeneratorDigits([i16; G_COUNT]);

impl GeneratorDigits {
    pub(super) fn new(s: &Limbs) -> Self {
        Self(fixed::<G_WIDTH, G_COUNT>(s))
    }

    pub(super) fn part(&self) -> Part<'_> {
        Part { table: &GENERATOR, half: half(G_WIDTH), digits: &self.0 }
    }
}

/// The digits of t in a key's table.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyDigits([i16; KEY_COUNT]);

impl KeyDigits {
    pub(super) fn new(t: &Limbs) -> Self {
        Self(fixed::<KEY_WIDTH, KEY_COUNT>(t))
    }

    pub(super) fn part<'a>(&'a self, table: &'a KeyTable) -> Part<'a> {
        Part { table: &table.0, half: half(KEY_WIDTH), digits: &self.0 }
    }
}

/// The multiples of one public key.
#[derive(Debug)]
pub(super) struct KeyTable(Box<[Affine]>);

impl KeyTable {
    /// Computes the table, which takes as long as some twenty verifications with it.
    pub(super) fn new(key: &Point) -> Self {
        Self(build(key, KEY_WIDTH))
    }
}

/// Adds the entries that the digits name to `sum`.
#[inline]
pub(super) fn add_part(mut sum: Option<Jacobian>, part: &Part<'_>) -> Option<Jacobian> {
    let mut window = part.table;
    for digit in part.digits {
        if *digit != 0 {
            // Digits are never larger than the window, so there is an entry; without one nothing is accepted.
            let Some(entry) = window.get(usize::from(digit.unsigned_abs()) - 1) else {
                return Some(Jacobian::NOWHERE);
            };
            let entry = Point::from_entry(entry);
            let entry = if *digit < 0 { entry.neg() } else { entry };
            sum = Some(sum.map_or(entry.into(), |sum| sum.add_point(&entry)));
        }
        window = window.get(part.half..).unwrap_or_default();
    }
    sum
}

const fn half(width: usize) -> usize {
    1 << (width - 1)
}

/// Entries of the last window, where only the topmost bits and a carry are left.
const fn last_window(width: usize) -> usize {
    1 << (256 % width)
}

const fn entries(width: usize) -> usize {
    (windows(width) - 1) * half(width) + last_window(width)
}

/// All multiples j·2^(width·i)·P that digits can name. No addition is exceptional: the order of P is a prime far
/// above every j.
fn build(point: &Point, width: usize) -> Box<[Affine]> {
    let mut base = Jacobian::from(*point);
    let mut bases = Vec::with_capacity(windows(width));
    for _ in 0..windows(width) {
        bases.push(base);
        for _ in 0..width {
            base = base.double();
        }
    }
    let bases = normalise(&bases);
    let mut multiples = Vec::with_capacity(entries(width));
    for base in &bases {
        let left = (entries(width) - multiples.len()).min(half(width));
        let mut multiple = Jacobian::from(*base);
        multiples.push(multiple);
        for j in 2..=left {
            multiple = if j == 2 { multiple.double() } else { multiple.add_point(base) };
            multiples.push(multiple);
        }
    }
    normalise(&multiples).into_iter().map(Point::to_entry).collect()
}
