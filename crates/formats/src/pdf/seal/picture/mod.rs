//! Pictures as image XObjects (ISO 32000-1 §8.9.5): the picture of a seal keeps its transparency as a soft mask.
//!
//! JPEG goes in as it is. PNG, BMP and GIF are decoded and deflated again. A picture whose ground is opaque white is
//! placed as it is: what covers the text is for whoever made the seal to decide.

mod bmp;
mod jpeg;
mod raster;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::pdf::update::Update;
use crate::pdf::{Dictionary, Object, ObjectId, Stream, StreamData};
use crate::ses::{Picture, PictureKind};

pub use self::raster::Pixels;

/// Largest picture that is placed, in bytes. Bitmaps of 203 KB were met.
const LARGEST: usize = 16 << 20;

/// A picture that cannot be shown in a PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Of a kind that is not placed in a PDF.
    #[error("a picture of type {0} cannot be placed in a PDF")]
    Kind(String),
    /// Its bytes cannot be read.
    #[error("the {0} picture cannot be read")]
    Damaged(&'static str),
    /// Too many bytes or pixels.
    #[error("the picture is too large")]
    Size,
    /// No size in millimetres.
    #[error("the picture has no size in millimetres")]
    NoSize,
}

impl PictureError {
    /// A stable id of the kind of error, for reports and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kind(_) => "pdf.picture-kind",
            Self::Damaged(_) => "pdf.picture-damaged",
            Self::Size => "pdf.picture-size",
            Self::NoSize => "pdf.picture-no-size",
        }
    }
}

/// The colours of an image XObject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    Grey,
    Rgb,
    Cmyk,
}

impl Colours {
    const fn name(self) -> &'static str {
        match self {
            Self::Grey => "DeviceGray",
            Self::Rgb => "DeviceRGB",
            Self::Cmyk => "DeviceCMYK",
        }
    }
}

/// An image ready to be written.
struct Image {
    width: u32,
    height: u32,
    colours: Colours,
    filter: &'static str,
    data: Vec<u8>,
    /// Whether the numbers run the other way, as in CMYK files of Adobe programs.
    is_inverted: bool,
    /// Opacity of every pixel, deflated.
    alpha: Option<Vec<u8>>,
}

/// A picture that was read, before there is a file to put it in.
pub(super) struct Prepared(Image);

/// Reads a picture.
pub(super) fn read(picture: &Picture) -> Result<Prepared, PictureError> {
    if picture.data.len() > LARGEST {
        return Err(PictureError::Size);
    }
    match picture.sniff() {
        Some(PictureKind::Jpeg) => jpeg::read(&picture.data),
        Some(PictureKind::Png) => raster::png(&picture.data).and_then(Pixels::into_image),
        Some(PictureKind::Bmp) => bmp::read(&picture.data).and_then(Pixels::into_image),
        Some(PictureKind::Gif) => raster::gif(&picture.data).and_then(Pixels::into_image),
        Some(PictureKind::Svg) => Err(PictureError::Kind("SVG".to_owned())),
        Some(PictureKind::Ofd) => Err(PictureError::Kind("OFD".to_owned())),
        None => Err(PictureError::Kind(picture.kind.chars().take(16).collect())),
    }
    .map(Prepared)
}

/// The pixels of a PNG, GIF or bitmap as sealing places them.
///
/// # Errors
/// When it is of another kind, damaged or too large.
pub fn pixels(data: &[u8]) -> Result<Pixels, PictureError> {
    if data.len() > LARGEST {
        return Err(PictureError::Size);
    }
    match PictureKind::sniff(data) {
        Some(PictureKind::Png) => raster::png(data),
        Some(PictureKind::Bmp) => bmp::read(data),
        Some(PictureKind::Gif) => raster::gif(data),
        _ => Err(PictureError::Kind("unknown".to_owned())),
    }
}

impl Prepared {
    /// Adds it to a file.
    pub(super) fn add(self, update: &mut Update<'_, '_>) -> ObjectId {
        let image = self.0;
        let mask = image.alpha.map(|data| {
            let dictionary = dictionary(image.width, image.height, Colours::Grey, "FlateDecode");
            update.add(Object::Stream(Stream { dictionary, data: StreamData::New(data) }))
        });
        let mut dictionary = dictionary(image.width, image.height, image.colours, image.filter);
        if image.is_inverted {
            let decode = [1, 0, 1, 0, 1, 0, 1, 0].map(Object::Integer).to_vec();
            dictionary.set(b"Decode", Object::Array(decode));
        }
        if let Some(mask) = mask {
            dictionary.set(b"SMask", Object::Reference(mask));
        }
        update.add(Object::Stream(Stream { dictionary, data: StreamData::New(image.data) }))
    }
}

fn dictionary(width: u32, height: u32, colours: Colours, filter: &str) -> Dictionary {
    Dictionary::new()
        .with(b"Type", Object::name("XObject"))
        .with(b"Subtype", Object::name("Image"))
        .with(b"Width", Object::Integer(width.into()))
        .with(b"Height", Object::Integer(height.into()))
        .with(b"ColorSpace", Object::name(colours.name()))
        .with(b"BitsPerComponent", Object::Integer(8))
        .with(b"Filter", Object::name(filter))
}

/// Deflates.
fn deflated(data: &[u8]) -> Result<Vec<u8>, PictureError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.map_err(|_| PictureError::Size)
}

#[cfg(test)]
mod tests;
