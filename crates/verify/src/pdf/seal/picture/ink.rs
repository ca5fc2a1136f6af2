//! What a picture puts on white paper, in a raster that pictures of any size are brought to.
//!
//! A seal is mostly paper, so that two seals with the same ring differ in little of the whole. Compared is therefore the
//! ink: how much of it lies elsewhere, or in another colour, as a part of all the ink there is, over the whole and
//! in each part by itself.

use super::super::image::Pixels;

/// Cells of a side.
const CELLS: usize = 64;
/// Cells of a side of one part, and parts of a side. Parts overlap by half, so that none is cut in an unlucky way.
const PART: usize = 12;
const STEP: usize = PART / 2;
/// Points of a side of a cell that are looked at: few for small pictures, so many that no pixel is left out of large
/// ones.
const FEWEST: usize = 6;
const MOST: usize = 64;

/// Hundredths of the ink that may be elsewhere: over the whole, and in one part. Another name or another middle is seen in
/// its part (60 and more, where the same seal in another size or compressed has up to 37), another colour in the whole
/// (40 and more against 18): the tests below measure both sides.
const APART: u64 = 30;
const APART_IN_PART: u64 = 50;
/// Hundredths of a part that are inked before it is looked at: what compression leaves on the paper is no ink.
const INKED: u64 = 6;
/// Thousandths of the paper below which nothing is seen.
const SEEN: u64 = 2;

/// How much red, green and blue is taken from the paper, cell by cell, each of 255.
pub(crate) struct Ink(Vec<[u32; 3]>);

impl Ink {
    pub(crate) fn of(pixels: &Pixels) -> Self {
        let side = pixels.width.max(pixels.height);
        let points = side.div_ceil(CELLS).clamp(FEWEST, MOST);
        let all = CELLS * points;
        let cell = |x: usize, y: usize| {
            let mut sum = [0_u64; 3];
            for (row, column) in (0..points).flat_map(|row| (0..points).map(move |column| (row, column))) {
                let (column, row) = (x * points + column, y * points + row);
                let [red, green, blue, opacity] =
                    pixels.at(column * pixels.width / all, row * pixels.height / all);
                for (sum, colour) in sum.iter_mut().zip([red, green, blue]) {
                    *sum += u64::from(u32::from(255 - colour) * u32::from(opacity));
                }
            }
            let count = 255 * points as u64 * points as u64;
            sum.map(|sum| u32::try_from(sum / count).unwrap_or_default())
        };
        let cells = (0..CELLS).flat_map(|y| (0..CELLS).map(move |x| (x, y)));
        Self(cells.map(|(x, y)| cell(x, y)).collect())
    }

    /// True when nothing is seen.
    pub(super) fn is_blank(&self) -> bool {
        let all: u64 = self.0.iter().flatten().map(|part| u64::from(*part)).sum();
        all * 1000 < SEEN * 255 * self.0.len() as u64
    }

    /// True when two may be the same picture.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (whole, part) = self.apart(other);
        whole <= APART && part <= APART_IN_PART
    }

    /// Hundredths of the ink that are elsewhere: of all, and of the part in which they are most.
    fn apart(&self, other: &Self) -> (u64, u64) {
        let (apart, ink) = self.within(other, 0, 0, CELLS);
        let whole = apart * 100 / ink.max(1);
        let least = INKED * 255 * (PART * PART) as u64 / 100;
        let steps = (0..=CELLS - PART).step_by(STEP);
        let parts = steps.clone().flat_map(|y| steps.clone().map(move |x| (x, y)));
        let parts = parts.map(|(x, y)| self.within(other, x, y, PART)).filter(|(_, ink)| *ink >= least);
        (whole, parts.map(|(apart, ink)| apart * 100 / ink).max().unwrap_or_default())
    }

    /// The ink that is elsewhere and all ink in a square, of the colour that has most of it.
    fn within(&self, other: &Self, left: usize, top: usize, side: usize) -> (u64, u64) {
        let (mut apart, mut ink) = ([0_u64; 3], [0_u64; 3]);
        for y in top..top + side {
            let row = y * CELLS + left..y * CELLS + left + side;
            let pairs =
                self.0.get(row.clone()).into_iter().flatten().zip(other.0.get(row).into_iter().flatten());
            for (a, b) in pairs {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    if let (Some(apart), Some(ink)) = (apart.get_mut(index), ink.get_mut(index)) {
                        *apart += u64::from(a.abs_diff(*b));
                        *ink += u64::from(*a.max(b));
                    }
                }
            }
        }
        (apart.into_iter().sum(), ink.into_iter().sum())
    }
}

#[cfg(test)]
mod tests;
