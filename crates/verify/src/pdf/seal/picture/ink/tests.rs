//! The measure tried with drawn seals: the same one in other sizes and compressed, and others with the same ring.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "pictures of some hundred pixels, drawn by formulas"
)]

use std::f64::consts::PI;

use super::Ink;
use crate::pdf::seal::image::Pixels;

/// A seal: a ring, fifteen made-up characters along it, and something in the middle.
#[derive(Clone, Copy)]
struct Seal {
    name: u32,
    middle: u32,
    colour: [u8; 3],
}

const RED: [u8; 3] = [0xE6, 0x21, 0x29];
const ONE: Seal = Seal { name: 1, middle: 0, colour: RED };

/// The strokes of a character: a bit for each of 6 by 6 boxes, about half of them set.
fn strokes(seed: u32, at: u32) -> u64 {
    let mut state = u64::from(seed) << 32 | u64::from(at).wrapping_mul(0x9E37_79B9);
    for _ in 0..4 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    }
    state
}

impl Seal {
    /// True where there is ink; both from -1 to 1.
    fn inks(self, x: f64, y: f64) -> bool {
        let (radius, angle) = (x.hypot(y), y.atan2(x));
        if (0.90..0.97).contains(&radius) {
            return true;
        }
        // The name runs over five sixths of the ring.
        let turn = (angle / (2.0 * PI) + 0.25).rem_euclid(1.0);
        if (0.62..0.84).contains(&radius) && turn < 5.0 / 6.0 {
            let place = turn * 6.0 / 5.0 * 15.0;
            let (column, row) = ((place.fract() - 0.1) / 0.8 * 6.0, (radius - 0.62) / 0.22 * 6.0);
            return (0.0..6.0).contains(&column) && bit(strokes(self.name, place as u32), column, row);
        }
        match self.middle {
            0 => {
                // A star.
                let turned = (angle + PI / 2.0).rem_euclid(2.0 * PI / 5.0) - PI / 5.0;
                radius < 0.36 * (PI / 10.0).sin() / (turned.abs() * 0.75 + 0.3).sin()
            }
            1 => false,
            other => {
                x.abs() < 0.3 && y.abs() < 0.3 && {
                    bit(strokes(other, 99), (x + 0.3) * 10.0, (y + 0.3) * 10.0)
                }
            }
        }
    }

    /// With smooth edges, transparent where there is no ink.
    fn drawn(self, side: usize) -> Pixels {
        let [red, green, blue] = self.colour;
        let place =
            |at: usize, part: usize| (at as f64 + (part as f64 + 0.5) / 4.0) / side as f64 * 2.0 - 1.0;
        let pixel = |x: usize, y: usize| {
            let parts = (0..16).filter(|part| self.inks(place(x, part % 4), place(y, part / 4))).count();
            [red, green, blue, u8::try_from(parts * 255 / 16).unwrap()]
        };
        let rgba = (0..side * side).map(|at| pixel(at % side, at / side)).collect();
        Pixels { width: side, height: side, rgba, is_about: false }
    }
}

fn bit(strokes: u64, column: f64, row: f64) -> bool {
    strokes >> (column as u64 * 6 + row as u64) & 1 == 1
}

/// On white paper, as JPEG of a quality leaves it: each square of 8 by 8 through the cosine transform and the tables of
/// ITU-T T.81 annex K, scaled as libjpeg does.
fn compressed(pixels: &Pixels, quality: u32) -> Pixels {
    let (width, height) = (pixels.width, pixels.height);
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let steps = |table: &[u32; 64]| table.map(|step| f64::from(((step * scale + 50) / 100).clamp(1, 255)));
    let (luma, chroma) = (steps(&LUMA), steps(&CHROMA));
    let paper = |x: usize, y: usize| {
        let [red, green, blue, opacity] = pixels.at(x.min(width - 1), y.min(height - 1)).map(f64::from);
        let [r, g, b] = [red, green, blue].map(|colour| 255.0 - (255.0 - colour) * opacity / 255.0);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        [y - 128.0, (b - y) * 0.564, (r - y) * 0.713]
    };
    let mut rgba = vec![[255; 4]; width * height];
    for (top, left) in (0..height).step_by(8).flat_map(|y| (0..width).step_by(8).map(move |x| (y, x))) {
        let planes = [0, 1, 2].map(|plane| {
            let square: [f64; 64] = std::array::from_fn(|at| paper(left + at % 8, top + at / 8)[plane]);
            through(&square, if plane == 0 { &luma } else { &chroma })
        });
        let [lumas, blues, reds] = planes;
        for (at, ((luma, blue), red)) in lumas.into_iter().zip(blues).zip(reds).enumerate() {
            let (x, y) = (left + at % 8, top + at / 8);
            if x < width && y < height {
                let [luma, blue, red] = [luma + 128.0, blue / 0.564, red / 0.713];
                let (r, b) = (luma + red, luma + blue);
                let g = (luma - 0.299 * r - 0.114 * b) / 0.587;
                let [r, g, b] = [r, g, b].map(|colour| colour.clamp(0.0, 255.0) as u8);
                rgba[y * width + x] = [r, g, b, 255];
            }
        }
    }
    Pixels { rgba, ..pixels.clone() }
}

/// There and back, rounded to the steps on the way.
fn through(square: &[f64; 64], steps: &[f64; 64]) -> [f64; 64] {
    let cosine = |at: usize, wave: usize| ((2 * at + 1) as f64 * wave as f64 * PI / 16.0).cos();
    let part = |wave: usize| if wave == 0 { (0.125_f64).sqrt() } else { 0.5 };
    let basis: [f64; 64] = std::array::from_fn(|at| cosine(at % 8, at / 8) * part(at / 8));
    let along = |rows: &[f64; 64], forth: bool| -> [f64; 64] {
        std::array::from_fn(|at| {
            let (row, to) = (at / 8, at % 8);
            let factor = |from: usize| if forth { basis[to * 8 + from] } else { basis[from * 8 + to] };
            (0..8).map(|from| rows[row * 8 + from] * factor(from)).sum()
        })
    };
    let turned = |rows: [f64; 64]| -> [f64; 64] { std::array::from_fn(|at| rows[at % 8 * 8 + at / 8]) };
    let mut waves = turned(along(&turned(along(square, true)), true));
    waves.iter_mut().zip(steps).for_each(|(wave, step)| *wave = (*wave / step).round() * step);
    turned(along(&turned(along(&waves, false)), false))
}

const LUMA: [u32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA: [u32; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The nearest pixel, as the plainest of programs do it.
fn resized(pixels: &Pixels, side: usize) -> Pixels {
    let at = |at: usize| pixels.at(at % side * pixels.width / side, at / side * pixels.height / side);
    Pixels { width: side, height: side, rgba: (0..side * side).map(at).collect(), is_about: true }
}

/// The same seal in other hands: drawn anew, resized, and compressed.
fn same() -> Vec<(String, Pixels)> {
    let own = ONE.drawn(400);
    let mut all = Vec::new();
    for side in [100, 160, 300, 800] {
        all.push((format!("drawn in {side}"), ONE.drawn(side)));
    }
    for side in [160, 300, 800] {
        all.push((format!("resized to {side}"), resized(&own, side)));
    }
    for (side, quality) in [(100, 75), (100, 95), (200, 50), (200, 75), (400, 50), (400, 75)] {
        all.push((format!("{side} at {quality}"), compressed(&ONE.drawn(side), quality)));
    }
    all
}

/// Others with the same ring.
fn others() -> Vec<(String, Seal)> {
    let mut all: Vec<(String, Seal)> =
        (2..12).map(|name| (format!("name {name}"), Seal { name, ..ONE })).collect();
    all.extend((1..6).map(|middle| (format!("middle {middle}"), Seal { middle, ..ONE })));
    all.push(("blue".to_owned(), Seal { colour: [0x20, 0x30, 0xD0], ..ONE }));
    all.push(("black".to_owned(), Seal { colour: [0; 3], ..ONE }));
    all
}

/// Room on either side, in hundredths.
const ROOM: u64 = 8;

#[test]
fn the_same_seal_is_told_from_others() {
    let own = Ink::of(&ONE.drawn(400));
    for (what, pixels) in same() {
        let (whole, part) = own.apart(&Ink::of(&pixels));
        let is_clear = whole + ROOM <= super::APART && part + ROOM <= super::APART_IN_PART;
        assert!(is_clear && own.is_like(&Ink::of(&pixels)), "{what}: {whole}, {part}");
    }
    for (what, seal) in others() {
        for (how, pixels) in [
            ("in 100", seal.drawn(100)),
            ("in 399", seal.drawn(399)),
            ("200 at 50", compressed(&seal.drawn(200), 50)),
        ] {
            let (whole, part) = own.apart(&Ink::of(&pixels));
            let is_clear = whole >= super::APART + ROOM || part >= super::APART_IN_PART + ROOM;
            assert!(is_clear && !own.is_like(&Ink::of(&pixels)), "{what} {how}: {whole}, {part}");
        }
    }
}

#[test]
fn paper_is_blank_and_a_seal_is_not() {
    let blank = Pixels { rgba: vec![[230, 20, 30, 0]; 100 * 100], ..ONE.drawn(100) };
    assert!(Ink::of(&blank).is_blank());
    assert!(!Ink::of(&ONE.drawn(100)).is_blank());
}
