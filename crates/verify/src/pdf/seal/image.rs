//! Pictures as rows of pixels: from the files that seals hold, and from images of a PDF (ISO 32000-1 §8.9).

use std::io::Cursor;

use formats::pdf::{Dictionary, Object, Pdf, PdfError, Stream, seal};
use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};

use crate::text::Text;

/// Pixels of a picture that is decoded.
const MOST: usize = 16 << 20;

/// Pixels with red, green, blue and opacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgba: Vec<[u8; 4]>,
    /// True when decoding gives about what was encoded, or what is shown depends on a profile of colours.
    pub(super) is_about: bool,
}

/// Why an image gives no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is coded in a way that is not decoded here.
    Unsupported,
    /// Something makes it look other than its samples are, or no reader can draw it.
    Odd(Text),
}

const DAMAGED: Unread = Unread::Odd(Text::new("图片数据损坏，无法显示", "the data of the image is damaged"));
const DISTORTED: Unread = Unread::Odd(Text::new(
    "图片经蒙版、反相或替代图像改变",
    "the image is changed by a mask, by a Decode array or by alternates",
));

impl Pixels {
    /// Reads the file of a picture; none where it cannot be read, or is too large.
    pub(super) fn of_file(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Self::of_jpeg(bytes);
        }
        let pixels = seal::pixels(bytes).ok()?;
        let (width, height) = (usize::try_from(pixels.width).ok()?, usize::try_from(pixels.height).ok()?);
        Self::new(width, height, pixels.rgba)
    }

    fn of_jpeg(bytes: &[u8]) -> Option<Self> {
        let options =
            DecoderOptions::new_safe().jpeg_set_max_scans(64).jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
        decoder.decode_headers().ok()?;
        let (width, height) = decoder.dimensions()?;
        width.checked_mul(height).filter(|count| *count <= MOST)?;
        let data = decoder.decode().ok()?;
        let rgba = match decoder.output_colorspace()? {
            ColorSpace::RGB => {
                data.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, u8::MAX]).collect()
            }
            ColorSpace::Luma => data.iter().map(|gray| [*gray, *gray, *gray, u8::MAX]).collect(),
            _ => return None,
        };
        Some(Self { is_about: true, ..Self::new(width, height, rgba)? })
    }

    /// Reads an image of a PDF: a JPEG, or 8 bits a component in a plain colour space, and its mask of opacity.
    pub(super) fn of_image(pdf: &Pdf<'_>, image: &Stream) -> Result<Self, Unread> {
        let dictionary = &image.dictionary;
        let side = |key: &[u8]| number(pdf, dictionary, key).and_then(|side| usize::try_from(side).ok());
        let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else { return Err(DAMAGED) };
        let Some(count) = width.checked_mul(height).filter(|count| *count <= MOST) else {
            return Err(Unread::Unsupported);
        };
        let is_stencil = pdf.get(dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true)));
        if number(pdf, dictionary, b"BitsPerComponent") != Some(8) && !is_jpeg(pdf, image) {
            return Err(Unread::Unsupported);
        }
        let colours = colours(pdf, dictionary).ok_or(Unread::Unsupported)?;
        if is_stencil || !is_plain(pdf, dictionary) {
            return Err(DISTORTED);
        }
        let mut pixels = if is_jpeg(pdf, image) {
            let bytes = pdf.raw_data(image).map_err(|_| DAMAGED)?;
            Self::of_jpeg(&bytes).ok_or(Unread::Unsupported)?
        } else {
            let data = match pdf.data(image) {
                Ok(data) => data,
                Err(PdfError::Filter(_) | PdfError::Limit(_)) => return Err(Unread::Unsupported),
                Err(_) => return Err(DAMAGED),
            };
            Self::new(width, height, colours.pixels(&data, count)).ok_or(DAMAGED)?
        };
        pixels.is_about |= colours.is_calibrated;
        match pdf.get(dictionary, b"SMask") {
            Ok(None) => {}
            Ok(Some(Object::Stream(mask))) => pixels.mask(pdf, &mask)?,
            _ => return Err(DISTORTED),
        }
        Ok(pixels)
    }

    fn new(width: usize, height: usize, rgba: Vec<[u8; 4]>) -> Option<Self> {
        let is_whole = width > 0 && height > 0 && rgba.len() == width.checked_mul(height)?;
        is_whole.then_some(Self { width, height, rgba, is_about: false })
    }

    /// Takes the opacity from a soft mask of the same size.
    fn mask(&mut self, pdf: &Pdf<'_>, mask: &Stream) -> Result<(), Unread> {
        let side =
            |key: &[u8]| number(pdf, &mask.dictionary, key).and_then(|side| usize::try_from(side).ok());
        let is_alike = (side(b"Width"), side(b"Height")) == (Some(self.width), Some(self.height));
        if !is_alike || side(b"BitsPerComponent") != Some(8) {
            return Err(Unread::Unsupported);
        }
        if !is_plain(pdf, &mask.dictionary) {
            return Err(DISTORTED);
        }
        let data = pdf.data(mask).map_err(|_| Unread::Unsupported)?;
        if data.len() < self.rgba.len() {
            return Err(DAMAGED);
        }
        for (pixel, opacity) in self.rgba.iter_mut().zip(data) {
            pixel[3] = opacity;
        }
        Ok(())
    }

    /// The colour on white paper at a place, told as parts of the side.
    pub(super) fn on_paper(&self, x: usize, y: usize, parts: usize) -> [u8; 3] {
        let (column, row) = (x * self.width / parts, y * self.height / parts);
        let [red, green, blue, opacity] =
            self.rgba.get(row * self.width + column).copied().unwrap_or([255, 255, 255, 0]).map(u32::from);
        let blend =
            |colour: u32| u8::try_from((colour * opacity + 255 * (255 - opacity)) / 255).unwrap_or(255);
        [blend(red), blend(green), blend(blue)]
    }
}

/// True when a JPEG stands in the file as it is, and nothing comes between it and what is shown. Of CMYK the `Decode`
/// array tells which way the numbers run, which differs from program to program.
pub(super) fn is_jpeg_as_it_is(pdf: &Pdf<'_>, image: &Stream) -> bool {
    let mut dictionary = image.dictionary.clone();
    let space = pdf.get(&dictionary, b"ColorSpace").ok().flatten();
    let space = space.as_ref().and_then(Object::as_name).map(formats::pdf::Name::as_bytes);
    if space == Some(b"DeviceCMYK") {
        dictionary.set(b"Decode", Object::Null);
    }
    let is_device = matches!(space, Some(b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK"));
    let is_stencil = pdf.get(&dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true)));
    let is_absent = |key: &[u8]| pdf.get(&dictionary, key) == Ok(None);
    is_jpeg(pdf, image)
        && is_device
        && !is_stencil
        && is_plain(pdf, &dictionary)
        && is_absent(b"SMask")
        && is_absent(b"DecodeParms")
}

/// True when the only filter of an image is JPEG's.
fn is_jpeg(pdf: &Pdf<'_>, image: &Stream) -> bool {
    let filter = match pdf.get(&image.dictionary, b"Filter") {
        Ok(Some(Object::Array(names))) if names.len() == 1 => names.into_iter().next(),
        Ok(other) => other,
        Err(_) => None,
    };
    let name = filter.as_ref().and_then(Object::as_name).map(formats::pdf::Name::as_bytes);
    matches!(name, Some(b"DCTDecode" | b"DCT"))
}

/// True when nothing comes between samples and what is shown (§8.9.5): no colours are taken out or turned round, and
/// no alternate image is shown instead. A soft mask is looked at by itself.
fn is_plain(pdf: &Pdf<'_>, dictionary: &Dictionary) -> bool {
    let is_upright = match pdf.get(dictionary, b"Decode") {
        Ok(None) => true,
        Ok(Some(Object::Array(items))) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Object::as_number).collect();
            let usual = [&[0.0, 1.0][..], &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0], &[0.0, 255.0]];
            numbers.is_some_and(|numbers| usual.contains(&numbers.as_slice()))
        }
        _ => false,
    };
    let others = [&b"Mask"[..], b"Alternates", b"SMaskInData", b"Matte"];
    is_upright && others.into_iter().all(|key| pdf.get(dictionary, key) == Ok(None))
}

fn number(pdf: &Pdf<'_>, dictionary: &Dictionary, key: &[u8]) -> Option<i64> {
    pdf.get(dictionary, key).ok().flatten()?.as_integer()
}

/// A colour space.
struct Colours {
    kind: Kind,
    /// True when a profile tells what the numbers mean.
    is_calibrated: bool,
}

enum Kind {
    Gray,
    Rgb,
    Palette(Vec<u8>),
}

impl Colours {
    /// At most so many pixels.
    fn pixels(&self, data: &[u8], count: usize) -> Vec<[u8; 4]> {
        let opaque = |[red, green, blue]: [u8; 3]| [red, green, blue, u8::MAX];
        match &self.kind {
            Kind::Gray => data.iter().take(count).map(|gray| opaque([*gray; 3])).collect(),
            Kind::Rgb => data.as_chunks::<3>().0.iter().take(count).map(|pixel| opaque(*pixel)).collect(),
            Kind::Palette(palette) => {
                let colour = |index: &u8| palette.as_chunks::<3>().0.get(usize::from(*index)).copied();
                data.iter().take(count).map(|index| opaque(colour(index).unwrap_or_default())).collect()
            }
        }
    }
}

fn colours(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<Colours> {
    let plain = |kind| Some(Colours { kind, is_calibrated: false });
    let calibrated = |kind| Some(Colours { kind, is_calibrated: true });
    let space = pdf.get(dictionary, b"ColorSpace").ok()??;
    if let Some(name) = space.as_name() {
        return plain(device(name.as_bytes())?);
    }
    let items = space.as_array()?;
    match items.first()?.as_name()?.as_bytes() {
        b"ICCBased" => {
            let profile = pdf.resolve(items.get(1)?).ok()?.into_owned();
            match pdf.get(&profile.as_stream()?.dictionary, b"N").ok()??.as_integer()? {
                1 => calibrated(Kind::Gray),
                3 => calibrated(Kind::Rgb),
                _ => None,
            }
        }
        b"CalRGB" => calibrated(Kind::Rgb),
        b"CalGray" => calibrated(Kind::Gray),
        b"Indexed" => {
            let base = pdf.resolve(items.get(1)?).ok()?.into_owned();
            if !matches!(device(base.as_name()?.as_bytes())?, Kind::Rgb) {
                return None;
            }
            let table = pdf.resolve(items.get(3)?).ok()?.into_owned();
            let table = match &table {
                Object::String(bytes) => bytes.clone(),
                Object::Stream(stream) => pdf.data(stream).ok()?,
                _ => return None,
            };
            plain(Kind::Palette(table))
        }
        name => plain(device(name)?),
    }
}

fn device(name: &[u8]) -> Option<Kind> {
    match name {
        b"DeviceGray" | b"G" => Some(Kind::Gray),
        b"DeviceRGB" | b"RGB" => Some(Kind::Rgb),
        _ => None,
    }
}
