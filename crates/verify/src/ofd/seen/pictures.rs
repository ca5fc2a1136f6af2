//! The pictures of seals, each decoded once, as far as there is room.

use std::collections::HashMap;

use super::placed::Placed;
use crate::pdf::{Ink, Pixels};

/// Pixels of all pictures that are decoded; one that looks like a picture and is damaged counts for so many.
const MOST_PIXELS: usize = 16 << 20;
const DAMAGED: usize = 4 << 20;
/// Pictures whose ink is compared.
const MOST_INKS: usize = 16;
/// What is seen through, of 255, and the colour of paper from which on nothing is told apart from it.
const SEEN_THROUGH: u8 = 128;
const PAPER: u8 = 230;

pub(super) struct Pictures<'r> {
    of_seals: Vec<Option<&'r [u8]>>,
    known: HashMap<usize, Option<Pixels>>,
    inks: HashMap<usize, Option<Ink>>,
    room: usize,
}

impl<'r> Pictures<'r> {
    pub(super) fn new(of_seals: Vec<Option<&'r [u8]>>) -> Self {
        Self { of_seals, known: HashMap::new(), inks: HashMap::new(), room: MOST_PIXELS }
    }

    /// The picture of a signature's seal; none that cannot be decoded here.
    fn of(&mut self, signature: usize) -> Option<&Pixels> {
        let Self { of_seals, known, room, .. } = self;
        let decode = || {
            let bytes = of_seals.get(signature).copied().flatten().filter(|_| *room > 0)?;
            let pixels = Pixels::of_file(bytes);
            let count = pixels.as_ref().map_or(0, |pixels| pixels.width.saturating_mul(pixels.height));
            let is_damaged = pixels.is_none() && is_decoded_here(bytes);
            *room = room.saturating_sub(if is_damaged { DAMAGED } else { count });
            pixels
        };
        known.entry(signature).or_insert_with(decode).as_ref()
    }

    /// Whether the picture of a stamp hides what is below it at a point of the page. One that cannot be decoded may.
    pub(super) fn is_opaque(&mut self, stamp: &Placed, at: (f64, f64)) -> bool {
        self.at(stamp, at).is_none_or(|[.., opacity]| opacity >= SEEN_THROUGH)
    }

    /// Whether something of the seal is to be seen there, and not its paper. Of one that cannot be decoded, everything is.
    pub(super) fn is_ink(&mut self, stamp: &Placed, at: (f64, f64)) -> bool {
        let is_ink = |[red, green, blue, opacity]: [u8; 4]| {
            opacity >= SEEN_THROUGH && red.min(green).min(blue) < PAPER
        };
        self.at(stamp, at).is_none_or(is_ink)
    }

    /// Whether two seals look the same, or cannot be told apart here.
    pub(super) fn are_alike(&mut self, one: usize, other: usize) -> bool {
        let of = |at: usize| self.of_seals.get(at).copied().flatten();
        if of(one) == of(other) {
            return true;
        }
        for at in [one, other] {
            if !self.inks.contains_key(&at) {
                let has_room = self.inks.len() < MOST_INKS;
                let ink = self.of(at).filter(|_| has_room).map(Ink::of);
                self.inks.insert(at, ink);
            }
        }
        let ink = |at: usize| self.inks.get(&at).and_then(Option::as_ref);
        ink(one).zip(ink(other)).is_none_or(|(first, second)| first.is_like(second))
    }

    fn at(&mut self, stamp: &Placed, (x, y): (f64, f64)) -> Option<[u8; 4]> {
        let pixels = self.of(stamp.signature)?;
        let place = |at: f64, start: f64, length: f64, count: usize| {
            let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            // Between the two ends, so that the fraction has no place.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the picture"
            )]
            let index = ((at - start) / length * count).clamp(0.0, count - 1.0) as usize;
            index
        };
        let column = place(x, stamp.boundary.x, stamp.boundary.width, pixels.width);
        let row = place(y, stamp.boundary.y, stamp.boundary.height, pixels.height);
        Some(pixels.at(column, row))
    }
}

/// Whether a file begins as pictures do that are decoded here.
fn is_decoded_here(bytes: &[u8]) -> bool {
    [&b"\x89PNG"[..], b"\xff\xd8\xff", b"GIF8", b"BM"].iter().any(|begin| bytes.starts_with(begin))
}
