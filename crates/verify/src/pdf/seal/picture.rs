//! The image that an appearance draws against the picture inside the seal.

use formats::pdf::{Pdf, Stream, StreamData};

use super::image::{Pixels, Unread, is_jpeg_as_it_is};
use crate::text::Text;

/// Parts of a side in which pictures of different sizes are compared.
const PARTS: usize = 48;
/// How far two pictures of different sizes may be apart, on average of 255.
const APART: u64 = 40;

/// What came of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same file, or the same pixels.
    Same,
    /// It cannot be told.
    Unclear,
    /// It is shown other than its samples are, or cannot be drawn.
    Odd(Text),
    /// Another picture.
    Other,
}

/// The picture inside a seal.
pub(super) struct Picture<'s> {
    bytes: &'s [u8],
    pixels: Option<Pixels>,
}

impl<'s> Picture<'s> {
    pub(super) fn new(bytes: &'s [u8]) -> Self {
        Self { bytes, pixels: Pixels::of_file(bytes) }
    }

    /// Compares an image of a PDF with it.
    pub(super) fn likeness(&self, pdf: &Pdf<'_>, image: &Stream) -> Likeness {
        let stored = match &image.data {
            StreamData::File { .. } => pdf.raw_data(image).ok(),
            StreamData::New(_) => None,
        };
        if stored.is_some_and(|stored| *stored == *self.bytes) && is_jpeg_as_it_is(pdf, image) {
            return Likeness::Same;
        }
        let shown = match Pixels::of_image(pdf, image) {
            Ok(shown) => shown,
            Err(Unread::Unsupported) => return Likeness::Unclear,
            Err(Unread::Odd(what)) => return Likeness::Odd(what),
        };
        let Some(wanted) = &self.pixels else { return Likeness::Unclear };
        let is_about = shown.is_about || wanted.is_about;
        if (wanted.width, wanted.height) == (shown.width, shown.height) && !is_about {
            return if is_same(wanted, &shown) { Likeness::Same } else { Likeness::Other };
        }
        if distance(wanted, &shown) > APART { Likeness::Other } else { Likeness::Unclear }
    }
}

/// The same colours wherever anything is to be seen.
fn is_same(a: &Pixels, b: &Pixels) -> bool {
    a.rgba.iter().zip(&b.rgba).all(|(a, b)| match (a, b) {
        ([.., 0], [.., 0]) => true,
        (a, b) => a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 2),
    })
}

/// How far two pictures are apart on white paper.
fn distance(a: &Pixels, b: &Pixels) -> u64 {
    let places = (0..PARTS).flat_map(|y| (0..PARTS).map(move |x| (x, y)));
    let apart: u64 = places
        .map(|(x, y)| {
            let pairs = a.on_paper(x, y, PARTS).into_iter().zip(b.on_paper(x, y, PARTS));
            pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>()
        })
        .sum();
    apart / (PARTS * PARTS * 3) as u64
}
