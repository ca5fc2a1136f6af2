//! The image that an appearance draws against the picture inside the seal.

mod ink;

use std::collections::HashMap;

use formats::pdf::{Pdf, PdfError, Stream, StreamData};

use super::image::{Pixels, Unread, is_jpeg_as_it_is};
use crate::text::Text;
pub(crate) use ink::Ink;

/// Images of one signature that are decoded: a riding seal shows one, or one for each of its pages.
const MOST_IMAGES: usize = 256;

/// What came of comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same file, or the same pixels.
    Same,
    /// It cannot be told, or it looks the same and is of other pixels.
    Unclear,
    /// It is coded in a way that is not decoded here.
    Uncoded(Text),
    /// It is shown other than its samples are, or cannot be drawn.
    Odd(Text),
    /// Another picture.
    Other,
    /// It was not compared: there is too much of it.
    Limit(PdfError),
}

const NOTHING: Text = Text::new("图片在白纸上看不见", "nothing of the picture is seen on white paper");

/// The picture inside a seal.
pub(super) struct Picture<'s> {
    bytes: &'s [u8],
    pixels: Option<Pixels>,
    ink: Option<Ink>,
    /// What came of comparing the images whose data begin there.
    known: HashMap<usize, (Stream, Likeness)>,
}

impl<'s> Picture<'s> {
    pub(super) fn new(bytes: &'s [u8]) -> Self {
        let pixels = Pixels::of_file(bytes);
        let ink = pixels.as_ref().map(Ink::of);
        Self { bytes, pixels, ink, known: HashMap::new() }
    }

    /// Compares an image of a PDF with it, each image once.
    pub(super) fn likeness(&mut self, pdf: &Pdf<'_>, image: &Stream) -> Likeness {
        let StreamData::File { range, .. } = &image.data else { return self.compare(pdf, image) };
        if let Some((_, known)) = self.known.get(&range.start).filter(|(known, _)| known == image) {
            return known.clone();
        }
        if self.known.len() >= MOST_IMAGES {
            return Likeness::Limit(PdfError::Limit("images of one signature"));
        }
        let likeness = self.compare(pdf, image);
        self.known.insert(range.start, (image.clone(), likeness.clone()));
        likeness
    }

    fn compare(&self, pdf: &Pdf<'_>, image: &Stream) -> Likeness {
        let stored = match &image.data {
            StreamData::File { .. } => pdf.raw_data(image).ok(),
            StreamData::New(_) => None,
        };
        if stored.is_some_and(|stored| *stored == *self.bytes) && is_jpeg_as_it_is(pdf, image) {
            return Likeness::Same;
        }
        let shown = match Pixels::of_image(pdf, image) {
            Ok(shown) => shown,
            Err(Unread::Unsupported(what)) => return Likeness::Uncoded(what),
            Err(Unread::Odd(what)) => return Likeness::Odd(what),
            Err(Unread::Limit(error)) => return Likeness::Limit(error),
        };
        let (Some(wanted), Some(wanted_ink)) = (&self.pixels, &self.ink) else { return Likeness::Unclear };
        let is_about = shown.is_about || wanted.is_about;
        if (wanted.width, wanted.height) == (shown.width, shown.height) && !is_about {
            return if is_same(wanted, &shown) { Likeness::Same } else { Likeness::Other };
        }
        let ink = Ink::of(&shown);
        if !wanted_ink.is_blank() && ink.is_blank() {
            return Likeness::Odd(NOTHING);
        }
        if wanted_ink.is_like(&ink) { Likeness::Unclear } else { Likeness::Other }
    }
}

/// The same colours wherever anything is to be seen.
fn is_same(a: &Pixels, b: &Pixels) -> bool {
    a.rgba.iter().zip(&b.rgba).all(|(a, b)| match (a, b) {
        ([.., 0], [.., 0]) => true,
        (a, b) => a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 2),
    })
}
